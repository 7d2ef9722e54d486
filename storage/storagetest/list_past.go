package storagetest

import (
	"context"
	"fmt"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

func past(ctx context.Context, s bench) error {
	b := storage.Batch{Structures: []structure.Structure{house(1)}}
	r := head(house(1).ID)
	r.Standing, r.Holder, r.Attached = attachment.Managed, account.ID(bytewise()[0]), len(bytewise())

	for i, id := range bytewise() {
		a := person("x")
		a.ID, a.Login = account.ID(id), login(fmt.Sprintf("p%d@example.fr", i))
		b.Accounts = append(b.Accounts, a)
		r.Rows = append(r.Rows, belongs(a.ID, "", habilitation.Manage))
	}

	b.Rosters = []attachment.Roster{r}

	if err := given(ctx, s, b); err != nil {
		return err
	}

	people := versioned(b, 1).Accounts

	for what, query := range map[string]func(storage.Window, account.ID) storage.Of[account.Account]{
		"Deciders": func(w storage.Window, past account.ID) storage.Of[account.Account] {
			return storage.Deciders{Window: w, Structure: house(1).ID, Past: past}
		},
		"UsersOf": func(w storage.Window, past account.ID) storage.Of[account.Account] {
			return storage.UsersOf{Window: w, Structure: house(1).ID, Past: past}
		},
	} {
		for _, last := range slices.Concat(bytewise(), []string{"", "1", "10 ", "A", "C", "aa", "b", "zzz", "e\u0301", "\U0010ffff"}) {
			greater := slices.DeleteFunc(slices.Clone(people), func(a account.Account) bool { return string(a.ID) <= last })

			if err := lists(ctx, s, greater, func(w storage.Window) storage.Of[account.Account] {
				return query(w, account.ID(last))
			}); err != nil {
				return fmt.Errorf("%s past %+q: %w", what, last, err)
			}
		}

		if err := none(what, pastWhatWasSeen(ctx, s, people, query)); err != nil {
			return err
		}
	}

	return nil
}

// pastWhatWasSeen reads page after page with a cursor and past the last one seen, which says the same twice.
func pastWhatWasSeen(
	ctx context.Context, s storage.Reader, want []account.Account, query func(storage.Window, account.ID) storage.Of[account.Account],
) error {
	var (
		got  []account.Account
		last account.ID
		w    = storage.Window{Limit: 2}
	)

	for range want {
		page, err := storage.List(ctx, s, query(w, last))
		if err != nil {
			return none("a page past the last one seen", err)
		}

		if got = append(got, page.Rows...); page.Next == "" {
			break
		}

		w.After, last = page.Next, got[len(got)-1].ID
	}

	return same("pages past the last one seen", want, got)
}
