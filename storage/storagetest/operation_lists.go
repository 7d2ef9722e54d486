package storagetest

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// listed compares the queues and lists that a model's rows make with those that the store shows.
func (m model) listed(ctx context.Context, r storage.Reader, known storage.Batch) error {
	var (
		late   = at(1_000_000)
		limit  = storage.MaxLimit
		houses = make([]structure.ID, 0, len(known.Structures))
	)

	for _, s := range known.Structures {
		houses = append(houses, s.ID)
	}

	requests, err1 := all(ctx, r, func(w storage.Window) storage.Of[storage.OpenRequest] {
		return storage.OpenRequests{Window: w, Structures: houses}
	}, limit)
	rows, err2 := all(ctx, r, func(w storage.Window) storage.Of[storage.DueRow] {
		return storage.DueRows{Window: w, At: late}
	}, limit)
	messages, err3 := all(ctx, r, func(w storage.Window) storage.Of[storage.Message] {
		return storage.DueMessages{Window: w, At: late}
	}, limit)

	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}

	return steps(
		func() error { return same("OpenRequests", m.openRequests(), requests) },
		func() error { return same("DueRows", m.dueRows(), rows) },
		func() error { return same("DueMessages", m.dueMessages(), messages) },
		func() error { return m.listedByHouse(ctx, r, houses) },
		func() error { return m.listedByPerson(ctx, r, known) },
		func() error { return m.listedInAll(ctx, r) },
		func() error { return m.listedOfPeople(ctx, r, known) },
	)
}

func (m model) listedByHouse(ctx context.Context, r storage.Reader, houses []structure.ID) error {
	facts := attachment.Facts{
		Registrations: map[account.ID]account.Registration{}, Accounts: map[account.ID]account.Account{},
	}

	for _, row := range m.Registrations {
		facts.Registrations[row.ID] = row
	}

	for _, row := range m.Accounts {
		facts.Accounts[row.ID] = row
	}

	for _, id := range houses {
		var line []account.ID
		if r := m.roster(id); r != nil {
			line = r.Line(facts, at(0))
		}

		slice, err := r.Roster(ctx, storage.RosterQuery{Structure: id, At: at(0)})
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}

		deciders, err := all(ctx, r, func(w storage.Window) storage.Of[account.Account] {
			return storage.Deciders{Window: w, Structure: id}
		}, storage.MaxLimit)

		if err := steps(
			func() error { return err },
			func() error {
				return same("the queue of "+string(id), line[:min(len(line), attachment.QueueLength)], slice.Roster.Queue)
			},
			func() error { return same("Deciders of "+string(id), m.deciders(id), deciders) },
			func() error { return m.listedOfHouse(ctx, r, id) },
		); err != nil {
			return err
		}
	}

	return nil
}

func (m model) listedByPerson(ctx context.Context, r storage.Reader, known storage.Batch) error {
	for _, bearer := range known.Registrations {
		key := bearer.Login.Key()
		if key == "" {
			continue
		}

		var want []account.Registration

		for _, row := range m.Registrations {
			if row.Open() && row.Login.Key() == key {
				want = append(want, row)
			}
		}

		slices.SortFunc(want, func(a, b account.Registration) int {
			return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
		})

		got, err := all(ctx, r, func(w storage.Window) storage.Of[account.Registration] {
			return storage.RegistrationsOf{Window: w, Login: key}
		}, storage.MaxLimit)
		if err := cmp.Or(err, same("RegistrationsOf", want, got)); err != nil {
			return err
		}
	}

	for _, row := range m.Accounts {
		got, err := r.Memberships(ctx, row.ID)
		want := storage.Memberships{Account: row, Rows: m.memberships(row.ID)}

		if err := cmp.Or(err, same("Memberships of "+string(row.ID), want, got)); err != nil {
			return err
		}
	}

	return nil
}

func (m model) structure(id structure.ID) structure.Structure {
	i := slices.IndexFunc(m.Structures, func(s structure.Structure) bool { return s.ID == id })

	return m.Structures[i]
}

func (m model) service(id structure.ID, code structure.Code) structure.Service {
	for _, s := range m.Services {
		if s.Structure == id && s.Code == code {
			return s
		}
	}

	return structure.Service{}
}

func (m model) openRequests() []storage.OpenRequest {
	var out []storage.OpenRequest

	for _, r := range m.Rosters {
		for _, row := range r.Rows {
			if _, _, waits := row.Asked(); !waits {
				continue
			}

			request := storage.OpenRequest{
				Structure: m.structure(r.Structure), Service: m.service(r.Structure, row.Service), Attachment: row,
			}

			for _, who := range m.Registrations {
				if who.ID == row.Account {
					request.Login, request.Person = who.Login, who.Person
				}
			}

			for _, who := range m.Accounts {
				if who.ID == row.Account {
					request.Login, request.Person = who.Login, who.Person
				}
			}

			out = append(out, request)
		}
	}

	slices.SortFunc(out, func(a, b storage.OpenRequest) int {
		one, oneth, _ := a.Attachment.Asked()
		other, otherth, _ := b.Attachment.Asked()

		return cmp.Or(one.Compare(other), cmp.Compare(a.Structure.ID, b.Structure.ID), cmp.Compare(oneth, otherth),
			a.Attachment.Compare(b.Attachment.Key))
	})

	return out
}

func (m model) dueRows() []storage.DueRow {
	var out []storage.DueRow

	for _, r := range m.Rosters {
		if r.Standing == attachment.InClaim {
			out = append(out, storage.DueRow{Structure: r.Structure, Account: r.Holder, Due: r.Claim.Term})
		}

		for _, row := range r.Rows {
			if row.State == attachment.Requested || row.State == attachment.Approved {
				out = append(out, storage.DueRow{Structure: r.Structure, Account: row.Account, Service: row.Service, Due: row.Due})
			}
		}
	}

	out = slices.DeleteFunc(out, func(row storage.DueRow) bool { return row.Due.IsZero() })
	slices.SortFunc(out, func(a, b storage.DueRow) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Structure, b.Structure), cmp.Compare(a.Account, b.Account),
			cmp.Compare(a.Service, b.Service))
	})

	return out
}

func (m model) dueMessages() []storage.Message {
	out := slices.DeleteFunc(slices.Clone(m.Messages), func(row storage.Message) bool { return row.State != storage.Queued })
	slices.SortFunc(out, func(a, b storage.Message) int {
		return cmp.Or(a.NotBefore.Compare(b.NotBefore), cmp.Compare(a.ID, b.ID))
	})

	return out
}

func (m model) deciders(id structure.ID) []account.Account {
	r := m.roster(id)
	if r == nil {
		return nil
	}

	return slices.DeleteFunc(slices.Clone(m.Accounts), func(a account.Account) bool {
		row, _ := r.Row(attachment.Key{Account: a.ID})
		granted := row.State == attachment.Attached && slices.ContainsFunc(row.Grants, func(g attachment.Grant) bool {
			return g.Profile == habilitation.Manage
		})

		return a.State != account.Active || !granted && (r.Standing != attachment.Managed || r.Holder != a.ID)
	})
}

func (m model) memberships(id account.ID) []storage.Membership {
	var out []storage.Membership

	for _, r := range m.Rosters {
		for _, row := range r.RowsOf(id) {
			if row.State == attachment.Attached || row.State == attachment.Suspended {
				out = append(out, storage.Membership{
					Attachment: row, Structure: m.structure(r.Structure), Service: m.service(r.Structure, row.Service),
					Standing: r.Standing, Holder: r.Holder,
				})
			}
		}
	}

	return out
}
