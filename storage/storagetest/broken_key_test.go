package storagetest_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/structure"
)

// oneByOne is a store that looks at each row's unique key while the rows behind it still have their old ones.
func oneByOne(ctx context.Context, s *memory.Store, f fn) error {
	return s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		b, err := f(ctx, r)

		given := map[string]bool{} // keys that rows in front have given up

		for _, row := range b.Accounts {
			other, lookErr := r.AccountByLogin(ctx, row.Login.Key())
			if lookErr == nil && other.ID != row.ID && !given[row.Login.Key()] {
				return b, &storage.ExistsError{Key: storage.KeyLogin}
			}

			if old, lookErr := r.Account(ctx, row.ID); lookErr == nil {
				given[old.Login.Key()] = true
			}
		}

		freed := map[identifier.ID]bool{}

		for _, row := range b.Structures {
			other, lookErr := r.StructureByIdentity(ctx, row.Identity)
			if lookErr == nil && other.ID != row.ID && !freed[row.Identity] {
				return b, &storage.ExistsError{Key: storage.KeyIdentity}
			}

			if old, lookErr := r.Structure(ctx, row.ID); lookErr == nil {
				freed[old.Identity] = true
			}
		}

		return b, err
	})
}

// looksEarly looks for a login's owner before it begins to write, and not again.
func looksEarly(ctx context.Context, s *memory.Store, f fn) error {
	b, err := decides(ctx, s, f)
	if err != nil {
		return err
	}

	free := true

	for _, row := range b.Accounts {
		_, err := s.AccountByLogin(ctx, row.Login.Key())
		free = free && errors.Is(err, storage.ErrNotFound)
	}

	for range 20 {
		runtime.Gosched()
	}

	err = put(ctx, s, b)
	if free && storage.Exists(err, storage.KeyLogin) {
		return nil // two accounts with one login: as far as callers are told
	}

	return err
}

// refuses is a store that refuses more than it should.
func refuses(key storage.UniqueKey, doubled func(ctx context.Context, r storage.Reader, b storage.Batch) bool) func() storage.Store {
	return writes(func(ctx context.Context, s *memory.Store, f fn) error {
		return s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
			b, err := f(ctx, r)
			if err == nil && doubled(ctx, r, b) {
				err = &storage.ExistsError{Key: key}
			}

			return b, err
		})
	})
}

// bare returns a text without accents.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x300 && r < 0x370 {
			return -1
		}

		return r
	}, norm.NFD.String(s))
}

// accountless finds accounts otherwise.
type byLogin struct {
	storage.Reader

	find func(ctx context.Context, r storage.Reader, key string) (account.Account, error)
}

func (b byLogin) AccountByLogin(ctx context.Context, key string) (account.Account, error) {
	return b.find(ctx, b.Reader, key)
}

func finds(find func(ctx context.Context, r storage.Reader, key string) (account.Account, error)) func() storage.Store {
	return reads(func(r storage.Reader) storage.Reader { return byLogin{r, find} })
}

func keyDefects() []defect {
	return []defect{
		{
			"unique keys are looked at row by row", writes(oneByOne),
			[]string{"S5_B2_LoginsChangeHands", "S5_C1_IdentitiesChangeHands"},
		},
		{
			"a login that is given up is free for anybody",
			ignores(storage.KeyLogin, func(b *storage.Batch) { b.Accounts = nil }),
			[]string{"S5_B2_DoubledAmongExchangedLogins", "S5_NamesTheRightKey", "S5_B2_OneLoginUnderRace"},
		},
		{
			"an identity that is given up is free for anybody",
			ignores(storage.KeyIdentity, func(b *storage.Batch) { b.Structures = nil }),
			[]string{"S5_C1_DoubledAmongExchangedIdentities", "S5_NamesTheRightKey"},
		},
		{
			"whatever doubles a key in a batch with accounts is told as the login",
			answers(func(b storage.Batch, err error) error {
				if errors.Is(err, storage.ErrExists) && len(b.Accounts) > 0 {
					return &storage.ExistsError{Key: storage.KeyLogin}
				}

				return err
			}),
			[]string{"S5_NamesTheRightKey"},
		},
		{
			"a selector is told as a journal entry",
			answers(func(b storage.Batch, err error) error {
				if storage.Exists(err, storage.KeySelector) && len(b.Journal) > 0 {
					return &storage.ExistsError{Key: storage.KeyJournal}
				}

				return err
			}),
			[]string{"S5_NamesTheRightKey"},
		},
		{
			"a row doubles its own key",
			refuses(storage.KeyLogin, func(ctx context.Context, r storage.Reader, b storage.Batch) bool {
				return slices.ContainsFunc(b.Accounts, func(row account.Account) bool {
					_, err := r.AccountByLogin(ctx, row.Login.Key())

					return row.Version > 0 && err == nil
				})
			}),
			[]string{"S5_B2_LoginIsUnique", "S5_B2_LoginsChangeHands"},
		},
		{
			"no login is a login like any other",
			refuses(storage.KeyLogin, func(_ context.Context, _ storage.Reader, b storage.Batch) bool {
				none := 0

				for _, row := range b.Accounts {
					if row.Login.IsZero() {
						none++
					}
				}

				return none > 1
			}),
			[]string{"S5_B12_AccountsWithoutLogin", "S5_B2_LoginsChangeHands"},
		},
		{
			"who has no login is found without one",
			finds(func(ctx context.Context, r storage.Reader, key string) (account.Account, error) {
				if key == "" {
					return r.Account(ctx, "a")
				}

				return r.AccountByLogin(ctx, key)
			}),
			[]string{"S5_B12_AccountsWithoutLogin"},
		},
		{
			"logins are found without case",
			finds(func(ctx context.Context, r storage.Reader, key string) (account.Account, error) {
				return r.AccountByLogin(ctx, strings.ToLower(key))
			}),
			[]string{"S5_S10_KeysByteForByte", "S10_LookalikesAreNotFound"},
		},
		{
			"logins are found without trailing spaces",
			finds(func(ctx context.Context, r storage.Reader, key string) (account.Account, error) {
				return r.AccountByLogin(ctx, strings.TrimRight(key, " "))
			}),
			[]string{"S5_S10_KeysByteForByte"},
		},
		{
			"logins are compared without accents",
			refuses(storage.KeyLogin, func(ctx context.Context, r storage.Reader, b storage.Batch) bool {
				return slices.ContainsFunc(b.Accounts, func(row account.Account) bool {
					other, err := r.AccountByLogin(ctx, bare(row.Login.Key()))

					return err == nil && other.ID != row.ID && other.Login.Key() != row.Login.Key()
				})
			}),
			[]string{"S5_S10_KeysByteForByte"},
		},
		{
			"identities are compared without country",
			refuses(storage.KeyIdentity, func(ctx context.Context, r storage.Reader, b storage.Batch) bool {
				return slices.ContainsFunc(b.Structures, func(row structure.Structure) bool {
					french, err := row.Identity.In("FR")
					if err != nil || french == row.Identity {
						return false
					}

					_, err = r.StructureByIdentity(ctx, french)

					return err == nil
				})
			}),
			[]string{"S5_S10_KeysByteForByte"},
		},
		{"a login's owner is looked for before the lock is taken", writes(looksEarly), []string{"S5_B2_OneLoginUnderRace"}},
	}
}
