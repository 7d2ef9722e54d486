package storagetest_test

import (
	"cmp"
	"context"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// reordersWhole is a store that shows the rows of one list in another order.
func reordersWhole[Q storage.Of[T], T any](order func(a, b T) int) func() storage.Store {
	return shows(func(_ context.Context, _ storage.Reader, _ Q, rows []any) []any {
		slices.SortStableFunc(rows, func(a, b any) int { return order(a.(T), b.(T)) })

		return rows
	})
}

// alsoShows is a store that shows a row in one list that is not of it.
func alsoShows[Q storage.Of[T], T any](read func(ctx context.Context, r storage.Reader) (T, error), is func(T) bool) func() storage.Store {
	return shows(func(ctx context.Context, r storage.Reader, _ Q, rows []any) []any {
		if row, err := read(ctx, r); err == nil && is(row) {
			rows = append(rows, row)
		}

		return rows
	})
}

// wholeDefects are about lists that no structure, account or moment bounds.
func wholeDefects() []defect {
	const (
		ofMessages    = "S13_F4_ParkedMessages"
		ofIndividuals = "S13_G1_Individuals"
		ofFactors     = "S13_Factors"
	)

	message := func(id string) func(context.Context, storage.Reader) (storage.Message, error) {
		return func(ctx context.Context, r storage.Reader) (storage.Message, error) { return r.Message(ctx, id) }
	}
	credential := func(id account.ID) func(context.Context, storage.Reader) (account.Credential, error) {
		return func(ctx context.Context, r storage.Reader) (account.Credential, error) { return r.Credential(ctx, id) }
	}

	return []defect{
		{
			"what was dropped was given up",
			alsoShows[storage.ParkedMessages](message("is dropped"), func(storage.Message) bool { return true }),
			[]string{ofMessages},
		},
		{
			"what is queued again is still given up",
			alsoShows[storage.ParkedMessages](message("B"), func(m storage.Message) bool { return m.State == storage.Queued }),
			[]string{ofMessages},
		},
		{
			"messages to the deciders are not given up",
			hides(func(_ storage.ParkedMessages, m storage.Message) bool { return m.To == "" }),
			[]string{ofMessages},
		},
		{
			"messages of nobody are not given up",
			hides(func(_ storage.ParkedMessages, m storage.Message) bool { return m.Account == "" }),
			[]string{ofMessages, "S13_ParkedMessagesKeyByKey"},
		},
		{
			"what was given up at no time was not",
			hides(func(_ storage.ParkedMessages, m storage.Message) bool { return m.DoneAt.IsZero() }),
			[]string{ofMessages, "S10_TimesOfEveryAge"},
		},
		{
			"what was given up is in the order in which it was due",
			reordersWhole[storage.ParkedMessages](func(a, b storage.Message) int {
				return cmp.Or(a.NotBefore.Compare(b.NotBefore), cmp.Compare(a.ID, b.ID))
			}),
			[]string{ofMessages, "S13_ParkedMessagesKeyByKey"},
		},
		{
			"what was given up is in the order in which it was written",
			reordersWhole[storage.ParkedMessages](func(a, b storage.Message) int {
				return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
			}),
			[]string{ofMessages, "S13_ParkedMessagesKeyByKey"},
		},
		{
			"individuals whom nobody has claimed are none",
			shows(func(ctx context.Context, r storage.Reader, _ storage.Individuals, rows []any) []any {
				return slices.DeleteFunc(rows, func(row any) bool {
					slice, err := r.Roster(ctx, storage.RosterQuery{Structure: row.(structure.Structure).ID})

					return err == nil && slice.Roster.Version == 0
				})
			}),
			[]string{ofIndividuals, "S13_IndividualsKeyByKey"},
		},
		{
			"individuals who gave way are none",
			hides(func(_ storage.Individuals, s structure.Structure) bool { return s.Successor != "" }),
			[]string{ofIndividuals},
		},
		{
			"individuals who are inactive are none",
			hides(func(_ storage.Individuals, s structure.Structure) bool { return s.Status == structure.Inactive }),
			[]string{ofIndividuals, "S7_ReadsSeeWhatWasCommitted"},
		},
		{
			"individuals abroad are none",
			hides(func(_ storage.Individuals, s structure.Structure) bool { return s.Identity.Country() != "FR" }),
			[]string{ofIndividuals},
		},
		{
			"individuals who are sealed are none",
			hides(func(_ storage.Individuals, s structure.Structure) bool { return len(s.Sealed) > 0 }),
			[]string{ofIndividuals, "S7_ReadsSeeWhatWasCommitted"},
		},
		{
			"individuals are who is sealed",
			hides(func(_ storage.Individuals, s structure.Structure) bool { return len(s.Sealed) == 0 }),
			[]string{ofIndividuals, "S13_IndividualsKeyByKey"},
		},
		{
			"who became a company is still an individual",
			alsoShows[storage.Individuals](func(ctx context.Context, r storage.Reader) (structure.Structure, error) {
				return r.Structure(ctx, "Managed")
			}, func(s structure.Structure) bool { return s.Identity.Kind() == identifier.SIRET }),
			[]string{ofIndividuals},
		},
		{
			"individuals are in the order of their codes",
			reordersWhole[storage.Individuals](func(a, b structure.Structure) int {
				return cmp.Compare(a.Identity.Code(), b.Identity.Code())
			}),
			[]string{ofIndividuals, "S13_IndividualsKeyByKey"},
		},
		{
			"a factor that is being set up is none",
			hides(func(_ storage.Factors, c account.Credential) bool { return c.Factor.Since.IsZero() }),
			[]string{ofFactors},
		},
		{
			"factors of accounts that are not active are none",
			shows(func(ctx context.Context, r storage.Reader, _ storage.Factors, rows []any) []any {
				return slices.DeleteFunc(rows, func(row any) bool {
					holder, err := r.Account(ctx, row.(account.Credential).Account)

					return err == nil && holder.State != account.Active
				})
			}),
			[]string{ofFactors},
		},
		{
			"recovery codes are a factor",
			alsoShows[storage.Factors](credential("codes"), func(account.Credential) bool { return true }),
			[]string{ofFactors},
		},
		{
			"a factor that was removed is one",
			alsoShows[storage.Factors](credential("B"), func(c account.Credential) bool { return len(c.Factor.Sealed) == 0 }),
			[]string{ofFactors},
		},
		{
			"factors are in the order in which they were set up",
			reordersWhole[storage.Factors](func(a, b account.Credential) int { return a.Factor.Since.Compare(b.Factor.Since) }),
			[]string{"S13_FactorsKeyByKey", ofFactors},
		},
	}
}
