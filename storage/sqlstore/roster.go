package sqlstore

import (
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

func rosters() table[attachment.Roster] {
	return table[attachment.Roster]{
		from:  "guichet_rosters",
		key:   []string{"structure"},
		taken: storage.ErrConflict,
		columns: func(r *attachment.Roster) []column {
			return []column{
				{name: "structure", at: &r.Structure},
				{name: "version", at: &r.Version},
				{name: "standing", at: name[attachment.Standing]{&r.Standing}},
				{name: "holder", at: optional[account.ID]{&r.Holder}},
				{name: "designated", at: when{&r.Claim.Designated}},
				{name: "leased", at: when{&r.Claim.Leased}},
				{name: "term", at: when{&r.Claim.Term}},
				{name: "attached", at: &r.Attached},
				{name: "contest_since", at: when{&r.Contest.Since}},
				{name: "contest_by", at: optional[account.ID]{&r.Contest.By}},
				{name: "contest_of", at: optional[account.ID]{&r.Contest.Of}},
				{name: "frozen", at: &r.Contest.Frozen},
				{name: "review_of", at: optional[account.ID]{&r.Review.Of}},
				{name: "review_until", at: when{&r.Review.Until}},
			}
		},
	}
}

// row is one row of a roster, with what the roster says of it already.
type row struct {
	attachment.Attachment

	structure structure.ID
}

func attachments() table[row] {
	return table[row]{
		from: "guichet_attachments",
		key:  []string{"structure", "account", "service"},
		columns: func(r *row) []column {
			return []column{
				{name: "structure", at: &r.structure},
				{name: "account", at: &r.Account},
				{name: "service", at: &r.Service},
				{name: "state", at: name[attachment.State]{&r.State}},
				{name: "ord", at: &r.Order},
				{name: "requested_at", at: stamp{&r.RequestedAt}},
				{name: "due", at: when{&r.Due}},
				{name: "since", at: when{&r.Since}},
				{name: "comment", at: &r.Comment},
				{name: "repeated", at: &r.Repeat},
				{name: "details", at: details{&r.Details}},
				{name: "decided_by", at: actor{&r.Decision.By}},
				{name: "decided_at", at: when{&r.Decision.At}},
				{name: "approved", at: &r.Decision.Approved},
				{name: "reason", at: &r.Decision.Reason},
				{name: "invited", at: &r.Invited},
				{name: "invited_search", at: derived(func() any { return structure.Fold(r.Invited) })},
				{name: "remind", at: when{&r.Remind}},
				{name: "reminded", at: &r.Reminded},
				{name: "escalated", at: &r.Escalated},
				{name: "contested", at: when{&r.Contested}},
				{name: "wish_profiles", at: profiles{&r.Wish.Profiles}},
				{name: "wish_comment", at: &r.Wish.Comment},
				{name: "wish_at", at: when{&r.Wish.At}},
				{name: "wish_ord", at: &r.Wish.Order},
				{name: "wish_decided_by", at: actor{&r.Wish.Decision.By}},
				{name: "wish_decided_at", at: when{&r.Wish.Decision.At}},
				{name: "wish_approved", at: &r.Wish.Decision.Approved},
				{name: "wish_reason", at: &r.Wish.Decision.Reason},
				{name: "asked_at", at: derived(r.askedAt)},
				{name: "asked_ord", at: derived(r.askedOrder)},
			}
		},
	}
}

// askedAt and askedOrder are what the list of what waits for a decision is ordered by; nil if the row does not.
func (r *row) askedAt() any {
	at, _, ok := r.Asked()
	if !ok {
		return nil
	}

	return at.UnixMicro()
}

func (r *row) askedOrder() any {
	_, order, ok := r.Asked()
	if !ok {
		return nil
	}

	return order
}

// grant is one profile of a row.
type grant struct {
	attachment.Grant

	structure structure.ID
	key       attachment.Key
}

func grants() table[grant] {
	return table[grant]{
		from: "guichet_grants",
		key:  []string{"structure", "account", "service", "application", "level"},
		columns: func(g *grant) []column {
			return []column{
				{name: "structure", at: &g.structure},
				{name: "account", at: &g.key.Account},
				{name: "service", at: &g.key.Service},
				{name: "application", at: &g.Profile.Application},
				{name: "level", at: name[habilitation.Level]{&g.Profile.Level}},
				{name: "given_by", at: actor{&g.By}},
				{name: "given_at", at: when{&g.At}},
			}
		},
	}
}

// rowsLength and grantsLength are how many rows of a roster, and grants of theirs, are written together: below the
// engines' limits of arguments.
const (
	rowsLength   = 50
	grantsLength = 2000
)

// portion returns the first rows that are written together: at least one.
func portion(rows []attachment.Attachment) []attachment.Attachment {
	n, given := 0, 0

	for n < min(len(rows), rowsLength) && (n == 0 || given+len(rows[n].Grants) <= grantsLength) {
		given += len(rows[n].Grants)
		n++
	}

	return rows[:n]
}

// belongings writes the rows that rosters name, with their grants.
func belongings(heads []attachment.Roster) []part {
	var parts []part

	for _, head := range heads {
		for left := head.Rows; len(left) > 0; {
			named := portion(left)
			left = left[len(named):]

			var (
				rows   []row
				owners [][]any
				given  []grant
			)

			for _, a := range named {
				rows = append(rows, row{a, head.Structure})
				owners = append(owners, []any{head.Structure, a.Account, a.Service})

				for _, g := range a.Grants {
					given = append(given, grant{g, head.Structure, a.Key})
				}
			}

			parts = append(parts, replace(attachments(), rows)...)
			parts = append(parts, belong(grants(), []string{"structure", "account", "service"}, owners, given)...)
		}
	}

	return parts
}
