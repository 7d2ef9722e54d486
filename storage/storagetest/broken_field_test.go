package storagetest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// field is a field of a row: lose puts into the rows of a batch what other rows of the same keys have there.
type field struct {
	name string
	lose func(b, other *storage.Batch)
}

// loses makes the field that at points to, in each row of one kind, what it is in other rows.
func loses[T, F any](rows func(*storage.Batch) []T, at func(*T) *F) func(b, other *storage.Batch) {
	return func(b, other *storage.Batch) {
		others := rows(other)
		for i := range rows(b) {
			*at(&rows(b)[i]) = *at(&others[i])
		}
	}
}

func lateFields() []field {
	structures := func(b *storage.Batch) []structure.Structure { return b.Structures }
	accounts := func(b *storage.Batch) []account.Account { return b.Accounts }
	registrations := func(b *storage.Batch) []account.Registration { return b.Registrations }
	links := func(b *storage.Batch) []account.Link { return b.Links }
	messages := func(b *storage.Batch) []storage.Message { return b.Messages }

	return []field{
		{"a structure's sealed code", loses(structures, func(s *structure.Structure) *[]byte { return &s.Sealed })},
		{"a structure's predecessor", loses(structures, func(s *structure.Structure) *structure.ID { return &s.Predecessor })},
		{"a structure's successor", loses(structures, func(s *structure.Structure) *structure.ID { return &s.Successor })},
		{
			"a structure's verification",
			loses(structures, func(s *structure.Structure) *structure.Verification { return &s.Verification }),
		},
		{"when a structure was checked", loses(structures, func(s *structure.Structure) *time.Time { return &s.CheckedAt })},
		{"that a person was away", loses(accounts, func(a *account.Account) *bool { return &a.Away })},
		{"when a contact address was confirmed", loses(accounts, func(a *account.Account) *time.Time { return &a.ContactAt })},
		{"the day of claims", loses(accounts, func(a *account.Account) *time.Time { return &a.ClaimDay })},
		{"the number of claims", loses(accounts, func(a *account.Account) *int { return &a.Claims })},
		{
			"when a mail to a login was given up",
			loses(accounts, func(a *account.Account) *time.Time { return &a.LoginFailedAt }),
		},
		{
			"when a mail to a contact address was given up",
			loses(accounts, func(a *account.Account) *time.Time { return &a.ContactFailedAt }),
		},
		{"that a registration is separate", loses(registrations, func(r *account.Registration) *bool { return &r.Separate })},
		{"that somebody was invited to register", loses(registrations, func(r *account.Registration) *bool { return &r.Invited })},
		{"when a registration lapses", loses(registrations, func(r *account.Registration) *time.Time { return &r.Due })},
		{"what a link is bound to", loses(links, func(l *account.Link) *string { return &l.Bound })},
		{"whom a message has reached", loses(messages, func(m *storage.Message) *account.ID { return &m.Recipient })},
		{"the former identifier in a mail", loses(messages, func(m *storage.Message) *string { return &m.Content.Formerly })},
		{"how many codes are left in a mail", loses(messages, func(m *storage.Message) *int { return &m.Content.Left })},
	}
}

// never returns as many rows of each kind, with nothing in them.
func never(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
	return storage.Batch{
		Structures: make([]structure.Structure, len(b.Structures)), Accounts: make([]account.Account, len(b.Accounts)),
		Registrations: make([]account.Registration, len(b.Registrations)), Links: make([]account.Link, len(b.Links)),
		Credentials: make([]account.Credential, len(b.Credentials)), Attempts: make([]account.Attempts, len(b.Attempts)),
		Messages: make([]storage.Message, len(b.Messages)), Rosters: rostersNever(b.Rosters),
	}
}

// before returns the rows as they are stored; those that are new as they come.
func before(ctx context.Context, r storage.Reader, b storage.Batch) storage.Batch {
	return storage.Batch{
		Rosters:    rostersBefore(ctx, r, b.Rosters),
		Structures: was(b.Structures, func(s structure.Structure) (structure.Structure, error) { return r.Structure(ctx, s.ID) }),
		Accounts:   was(b.Accounts, func(a account.Account) (account.Account, error) { return r.Account(ctx, a.ID) }),
		Registrations: was(b.Registrations, func(g account.Registration) (account.Registration, error) {
			return r.Registration(ctx, g.ID)
		}),
		Credentials: was(b.Credentials, func(c account.Credential) (account.Credential, error) {
			return r.Credential(ctx, c.Account)
		}),
		Attempts: was(b.Attempts, func(a account.Attempts) (account.Attempts, error) { return r.Attempts(ctx, a.Key) }),
		Links:    was(b.Links, func(l account.Link) (account.Link, error) { return r.Link(ctx, l.Selector) }),
		Messages: was(b.Messages, func(m storage.Message) (storage.Message, error) { return r.Message(ctx, m.ID) }),
	}
}

func was[T any](rows []T, read func(T) (T, error)) []T {
	out := slices.Clone(rows)

	for i, row := range rows {
		if old, err := read(row); err == nil {
			out[i] = old
		}
	}

	return out
}

func fieldDefects() []defect {
	forgets := func(f field, from func(context.Context, storage.Reader, storage.Batch) storage.Batch) func() storage.Store {
		return tampers(func(ctx context.Context, r storage.Reader, b storage.Batch) storage.Batch {
			other := from(ctx, r, b)
			f.lose(&b, &other)

			return b
		})
	}

	var out []defect

	for _, f := range slices.Concat(lateFields(), rosterFields(), secretFields()) {
		caught := []string{"S10_EveryFieldComesBack", "S7_ReadsSeeWhatWasCommitted"}
		if strings.Contains(f.name, "registration") {
			caught = append(caught, "Roster_D1_Queue")
		}

		out = append(
			out,
			defect{"forgotten is " + f.name, forgets(f, never), caught},
			defect{"forgotten on update is " + f.name, forgets(f, before), []string{"S10_EveryFieldComesBack", "S10_FieldsGoBackToZero"}},
		)
	}

	return append(
		out,
		defect{
			"who names no structure cannot register",
			answers(func(b storage.Batch, err error) error {
				if slices.ContainsFunc(b.Registrations, func(r account.Registration) bool { return r.Structure == "" }) {
					return fmt.Errorf("registrations are for a structure: %w", storage.ErrConflict)
				}

				return err
			}),
			[]string{"S10_ZeroTimesComeBackZero", "S13_DueRegistrations"},
		},
		defect{
			"links of all purposes are one list",
			tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
				for i := range b.Links {
					b.Links[i].Purpose = account.PurposeActivation
				}

				return b
			}),
			[]string{"S10_EveryStateComesBack"},
		},
		defect{
			"what a directory contradicts is not verified",
			tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
				for i, s := range b.Structures {
					if s.Verification == structure.Contradicted {
						b.Structures[i].Verification = structure.Unverified
					}
				}

				return b
			}),
			[]string{"S10_EveryStateComesBack", "S13_C3_Unverified"},
		},
	)
}
