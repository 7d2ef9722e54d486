package sqlstore

import (
	"context"

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
			}
		},
	}
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

// putRosters writes heads, and the rows that are named with their grants.
func (v view) putRosters(ctx context.Context, heads []attachment.Roster) error {
	if err := put(ctx, v, rosters(), heads); err != nil {
		return err
	}

	for _, head := range heads {
		for _, a := range head.Rows {
			if err := v.putRow(ctx, row{a, head.Structure}); err != nil {
				return err
			}
		}
	}

	return nil
}

func (v view) putRow(ctx context.Context, r row) error {
	if err := replace(ctx, v, attachments(), r); err != nil {
		return err
	}

	_, err := v.exec(ctx, "DELETE FROM guichet_grants WHERE structure = ? AND account = ? AND service = ?",
		r.structure, r.Account, r.Service)
	if err != nil {
		return err
	}

	given := make([]grant, len(r.Grants))
	for i, g := range r.Grants {
		given[i] = grant{g, r.structure, r.Key}
	}

	_, err = insertAll(ctx, v, grants(), given)

	return err
}
