package sqlstore

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// Page returns one page of a list.
func (v view) Page(ctx context.Context, q storage.Query) (storage.Page, error) {
	w := q.Bounds()

	switch q := q.(type) {
	case storage.OpenRequests:
		return v.openRequests(ctx, w, q)
	case storage.DueMessages:
		return listing[storage.Message]{
			name:  storage.ListOf(q),
			rows:  messages(),
			where: "t.state = 'queued' AND t.not_before <= ?",
			args:  []any{stamp{&q.At}},
			order: []string{"not_before", "id"},
		}.page(ctx, v, w)
	case storage.ParkedMessages:
		return listing[storage.Message]{
			name:   storage.ListOf(q),
			rows:   messages(),
			where:  "t.state = 'parked'",
			order:  []string{"done_at", "id"},
			behind: []any{int64(math.MinInt64), ""}, // so that counting takes the index, too
		}.page(ctx, v, w)
	case storage.Individuals:
		return listing[structure.Structure]{
			name:   storage.ListOf(q),
			rows:   structures(),
			where:  "t.identity_kind = 'PARTICULIER'", // as the index says it
			order:  []string{"id"},
			behind: []any{""},
		}.page(ctx, v, w)
	case storage.Factors:
		return listing[account.Credential]{
			name:   storage.ListOf(q),
			rows:   credentials(),
			where:  "t.factor_sealed IS NOT NULL",
			order:  []string{"account"},
			behind: []any{""},
		}.page(ctx, v, w)
	case storage.DueRows:
		return listing[storage.DueRow]{
			name:  storage.ListOf(q),
			rows:  dueRows(),
			where: "t.due <= ?",
			args:  []any{stamp{&q.At}},
			order: []string{"due", "structure", "account", "service"},
		}.page(ctx, v, w)
	case storage.DueReminders:
		return listing[storage.DueRow]{
			name:  storage.ListOf(q),
			rows:  dueReminders(),
			where: "t.remind <= ?",
			args:  []any{stamp{&q.At}},
			order: []string{"remind", "structure", "account", "service"},
		}.page(ctx, v, w)
	case storage.History:
		return listing[storage.Entry]{
			name:  storage.ListOf(q),
			rows:  journal(),
			where: "t.structure = ?",
			args:  []any{q.Structure},
			order: []string{"roster_version", "at", "operation", "seq"},
			down:  true,
		}.page(ctx, v, w)
	case storage.RegistrationsOf:
		return listing[account.Registration]{
			name:  storage.ListOf(q),
			rows:  registrations(),
			where: "t.login_key = ? AND t.state IN ('awaiting approval', 'awaiting activation')",
			args:  []any{q.Login},
			order: []string{"created_at", "id"},
		}.page(ctx, v, w)
	case storage.DueRegistrations:
		return listing[account.Registration]{
			name:  storage.ListOf(q),
			rows:  dueRegistrations(),
			where: "t.due <= ? AND t.state IN ('awaiting approval', 'awaiting activation')",
			args:  []any{stamp{&q.At}},
			order: []string{"due", "id"},
		}.page(ctx, v, w)
	case storage.JournalOf:
		return listing[storage.Entry]{
			name:  storage.ListOf(q),
			rows:  journalOf(),
			where: "1 = 1",
			args:  []any{q.Account, account.By(q.Account).String(), q.Account},
			order: []string{"at", "operation", "seq"},
			down:  true,
		}.page(ctx, v, w)
	case storage.RowsOf:
		return v.rowsOf(ctx, w, q)
	case storage.MessagesOf:
		return listing[storage.Message]{
			name:  storage.ListOf(q),
			rows:  messages(),
			where: "t.account = ?",
			args:  []any{q.Account},
			order: []string{"created_at", "id"},
		}.page(ctx, v, w)
	case storage.Deciders:
		return listing[account.Account]{
			name:   storage.ListOf(q),
			rows:   accounts(),
			where:  deciders,
			args:   []any{q.Structure, q.Structure},
			order:  []string{"id"},
			behind: past(q.Past),
		}.page(ctx, v, w)
	case storage.UsersOf:
		return v.usersOf(ctx, w, q)
	case storage.MembersOf:
		return v.membersOf(ctx, w, q)
	case storage.ServicesOf:
		return listing[structure.Service]{
			name:  storage.ListOf(q),
			rows:  services(),
			where: "t.structure = ?",
			args:  []any{q.Structure},
			order: []string{"code"},
		}.page(ctx, v, w)
	case storage.PublicStructures:
		return v.publicStructures(ctx, w, q)
	case storage.Unverified:
		return unverified(q).page(ctx, v, w)
	default:
		return storage.Page{}, fmt.Errorf("sqlstore: unknown query %T", q)
	}
}

// dueRows are two queries in one: claims and open rows, each with when it ends.
func dueRows() table[storage.DueRow] {
	return table[storage.DueRow]{
		from: `(SELECT structure, holder AS account, holder_service AS service, term AS due FROM guichet_rosters
				WHERE standing = 'claimed'
			UNION ALL
			SELECT structure, account, service, due FROM guichet_attachments
				WHERE state IN ('requested', 'approved'))`,
		columns: func(r *storage.DueRow) []column {
			return []column{
				{name: "structure", at: &r.Structure},
				{name: "account", at: &r.Account},
				{name: "service", at: &r.Service},
				{name: "due", at: stamp{&r.Due}},
			}
		},
	}
}

// dueReminders are rows of which only those are read that have a Remind.
func dueReminders() table[storage.DueRow] {
	return table[storage.DueRow]{
		from: attachments().from,
		columns: func(r *storage.DueRow) []column {
			return []column{
				{name: "structure", at: &r.Structure},
				{name: "account", at: &r.Account},
				{name: "service", at: &r.Service},
				{name: "remind", at: stamp{&r.Due}},
			}
		},
	}
}

// asked is a row of which something waits for a decision, with its place in the list, which is never NULL.
type asked struct {
	row

	at    time.Time
	order int64
}

func askedRows() table[asked] {
	t := attachments()

	return table[asked]{
		from: t.from,
		columns: func(a *asked) []column {
			return instead(instead(t.columns(&a.row), "asked_at", stamp{&a.at}), "asked_ord", &a.order)
		},
	}
}

// openRequests reads what waits for a decision together with what is shown with it.
func (v view) openRequests(ctx context.Context, w storage.Window, q storage.OpenRequests) (storage.Page, error) {
	named := distinct(q.Structures)
	if len(named) == 0 {
		return storage.Page{}, nil
	}

	var (
		given  = grantsOf{}
		houses = map[structure.ID]structure.Structure{}
		served = map[serviceKey]structure.Service{}
		people = map[account.ID]account.Registration{}
		active = map[account.ID]account.Account{}
	)

	const shown = "(SELECT structure, account, service FROM page)"

	rows, page, err := listing[asked]{
		name: storage.ListOf(q),
		rows: askedRows(),
		where: in("t.structure", len(named)) +
			" AND t.asked_at IS NOT NULL AND (t.state <> 'requested' OR t.due IS NULL OR t.due > ?)",
		args:   append(anys(named), stamp{&q.At}), // every Due is after the zero time
		order:  []string{"asked_at", "structure", "asked_ord", "account", "service"},
		behind: []any{int64(math.MinInt64), "", int64(math.MinInt64), "", ""}, // so that counting takes the index, too
		beside: []sheet{
			of(grants(), given.add, "WHERE (t.structure, t.account, t.service) IN "+shown),
			of(structures(), func(s structure.Structure) { houses[s.ID] = s }, "WHERE t.id IN (SELECT structure FROM page)"),
			of(services(), func(s structure.Service) { served[serviceKey{s.Structure, s.Code}] = s },
				"WHERE (t.structure, t.code) IN (SELECT structure, service FROM page)"),
			of(registrations(), func(r account.Registration) { people[r.ID] = r },
				"WHERE t.id IN (SELECT account FROM page)"),
			of(accounts(), func(a account.Account) { active[a.ID] = a }, "WHERE t.id IN (SELECT account FROM page)"),
		},
	}.read(ctx, v, w)
	if err != nil {
		return storage.Page{}, err
	}

	for _, r := range rows {
		r.Grants = given.of(r.structure, r.Key)

		line := storage.OpenRequest{
			Structure: houses[r.structure], Service: served[serviceKey{r.structure, r.Service}], Attachment: r.Attachment,
			Login: people[r.Account].Login, Person: people[r.Account].Person,
		}
		if a, ok := active[r.Account]; ok {
			line.Login, line.Person = a.Login, a.Person
		}

		page.Rows = append(page.Rows, line)
	}

	return page, nil
}

// distinct returns the texts, each once, in order.
func distinct[T ~string](texts []T) []T { return slices.Compact(slices.Sorted(slices.Values(texts))) }
