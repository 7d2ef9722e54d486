package storagetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// listedInAll compares the lists that go over everything.
func (m model) listedInAll(ctx context.Context, r storage.Reader) error {
	late, limit := at(1_000_000), storage.MaxLimit

	registrations, err1 := all(ctx, r, func(w storage.Window) storage.Of[account.Registration] {
		return storage.DueRegistrations{Window: w, At: late}
	}, limit)
	public, err2 := all(ctx, r, func(w storage.Window) storage.Of[structure.Structure] {
		return storage.PublicStructures{Window: w}
	}, limit)
	waiting, err3 := all(ctx, r, func(w storage.Window) storage.Of[structure.Structure] {
		return storage.Unverified{Window: w, At: late}
	}, limit)

	reminders, err4 := all(ctx, r, func(w storage.Window) storage.Of[storage.DueRow] {
		return storage.DueReminders{Window: w, At: late}
	}, limit)

	parked, err5 := all(ctx, r, func(w storage.Window) storage.Of[storage.Message] {
		return storage.ParkedMessages{Window: w}
	}, limit)
	individuals, err6 := all(ctx, r, func(w storage.Window) storage.Of[structure.Structure] {
		return storage.Individuals{Window: w}
	}, limit)
	factors, err7 := all(ctx, r, func(w storage.Window) storage.Of[account.Credential] {
		return storage.Factors{Window: w}
	}, limit)

	return steps(
		func() error { return errors.Join(err1, err2, err3, err4, err5, err6, err7) },
		func() error { return same("ParkedMessages", parkedOf(m.Messages), parked) },
		func() error { return same("Individuals", individualsOf(m.Structures), individuals) },
		func() error { return same("Factors", factorsOf(m.Credentials), factors) },
		func() error { return same("DueReminders", m.dueReminders(), reminders) },
		func() error { return same("DueRegistrations", m.dueRegistrations(), registrations) },
		func() error { return same("PublicStructures", m.publicStructures(), public) },
		func() error { return same("Unverified", m.unverified(), waiting) },
	)
}

// listedOfHouse compares the users and the services of one structure.
func (m model) listedOfHouse(ctx context.Context, r storage.Reader, id structure.ID) error {
	users, err1 := all(ctx, r, func(w storage.Window) storage.Of[account.Account] {
		return storage.UsersOf{Window: w, Structure: id}
	}, storage.MaxLimit)
	services, err2 := all(ctx, r, func(w storage.Window) storage.Of[structure.Service] {
		return storage.ServicesOf{Window: w, Structure: id}
	}, storage.MaxLimit)

	for _, q := range []storage.MembersOf{
		{}, {Approver: "boss"}, {Service: "SRV-1"}, {Search: "invited"}, {Search: "anne"}, {Search: "gone"}, {Search: "example fr"},
	} {
		q.Structure = id

		members, err := all(ctx, r, func(w storage.Window) storage.Of[storage.Member] {
			q.Window = w

			return q
		}, storage.MaxLimit)
		if err := cmp.Or(err, same(fmt.Sprintf("%+v", q), m.members(q), members)); err != nil {
			return err
		}
	}

	return steps(
		func() error { return errors.Join(err1, err2) },
		func() error { return same("UsersOf "+string(id), m.users(id), users) },
		func() error {
			return same("ServicesOf "+string(id), kept(m.Services, func(s structure.Service) bool { return s.Structure == id }), services)
		},
	)
}

// listedOfPeople compares what is kept of everybody who is known.
func (m model) listedOfPeople(ctx context.Context, r storage.Reader, known storage.Batch) error {
	for _, id := range peopleOf(known) {
		rows, err1 := all(ctx, r, func(w storage.Window) storage.Of[storage.RosterRow] {
			return storage.RowsOf{Window: w, Account: id}
		}, storage.MaxLimit)
		messages, err2 := all(ctx, r, func(w storage.Window) storage.Of[storage.Message] {
			return storage.MessagesOf{Window: w, Account: id}
		}, storage.MaxLimit)
		entries, err3 := all(ctx, r, func(w storage.Window) storage.Of[storage.Entry] {
			return storage.JournalOf{Window: w, Account: id}
		}, storage.MaxLimit)

		if err := steps(
			func() error { return errors.Join(err1, err2, err3) },
			func() error { return same("RowsOf "+string(id), m.rowsOf(id), rows) },
			func() error { return same("MessagesOf "+string(id), m.messagesOf(id), messages) },
			func() error { return same("JournalOf "+string(id), m.journalOf(id), entries) },
		); err != nil {
			return err
		}
	}

	return nil
}

// kept are the rows for which keep says so.
func kept[T any](rows []T, keep func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(rows), func(row T) bool { return !keep(row) })
}

func (m model) dueRegistrations() []account.Registration {
	out := kept(m.Registrations, func(r account.Registration) bool { return r.Open() && !r.Due.IsZero() })
	slices.SortStableFunc(out, func(a, b account.Registration) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID))
	})

	return out
}

// stands tells whether a structure is managed or vacant, and has no successor.
func (m model) stands(s structure.Structure) bool {
	r := m.roster(s.ID)

	return r != nil && s.Successor == "" && (r.Standing == attachment.Managed || r.Standing == attachment.Vacant)
}

func (m model) publicStructures() []structure.Structure {
	out := kept(m.Structures, func(s structure.Structure) bool {
		return s.Sector == structure.Public && s.Identity.Kind() != identifier.Individual && m.stands(s)
	})
	slices.SortStableFunc(out, func(a, b structure.Structure) int {
		return cmp.Or(cmp.Compare(a.SearchName(), b.SearchName()), cmp.Compare(a.ID, b.ID))
	})

	return out
}

func (m model) unverified() []structure.Structure {
	out := kept(m.Structures, func(s structure.Structure) bool { return s.Verification == structure.Unverified && m.stands(s) })
	slices.SortStableFunc(out, func(a, b structure.Structure) int {
		return cmp.Or(a.CheckedAt.Compare(b.CheckedAt), cmp.Compare(a.ID, b.ID))
	})

	return out
}

func (m model) users(id structure.ID) []account.Account {
	r := m.roster(id)
	if r == nil {
		return nil
	}

	return kept(m.Accounts, func(a account.Account) bool {
		return slices.ContainsFunc(r.RowsOf(a.ID), func(row attachment.Attachment) bool {
			return row.State == attachment.Attached || row.State == attachment.Suspended
		})
	})
}

func (m model) members(q storage.MembersOf) []storage.Member {
	r := m.roster(q.Structure)
	if r == nil {
		return nil
	}

	var out []storage.Member

	for _, row := range r.Rows {
		who, service := m.account(row.Account), m.service(r.Structure, row.Service)
		in := row.State == attachment.Attached || row.State == attachment.Suspended ||
			row.State == attachment.Approved && row.Invited != ""
		approved := row.Decision.Approved && row.Decision.By == account.By(q.Approver)

		if in && (q.Service == "" || row.Service == q.Service) && (q.Approver == "" || approved) &&
			strings.Contains(row.SearchText(who), q.Search) {
			out = append(out, storage.Member{Attachment: row, Service: service, Account: who})
		}
	}

	slices.SortFunc(out, func(a, b storage.Member) int {
		return cmp.Or(cmp.Compare(a.Attachment.SearchText(a.Account), b.Attachment.SearchText(b.Account)),
			a.Attachment.Compare(b.Attachment.Key))
	})

	return out
}

func (m model) dueReminders() []storage.DueRow {
	var out []storage.DueRow

	for _, r := range m.Rosters {
		for _, row := range r.Rows {
			if !row.Remind.IsZero() {
				out = append(out, storage.DueRow{Structure: r.Structure, Account: row.Account, Service: row.Service, Due: row.Remind})
			}
		}
	}

	slices.SortFunc(out, func(a, b storage.DueRow) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Structure, b.Structure), cmp.Compare(a.Account, b.Account),
			cmp.Compare(a.Service, b.Service))
	})

	return out
}

func (m model) rowsOf(id account.ID) []storage.RosterRow {
	var out []storage.RosterRow

	for _, r := range m.Rosters {
		for _, row := range r.RowsOf(id) {
			out = append(out, storage.RosterRow{Structure: m.structure(r.Structure), Attachment: row})
		}
	}

	return out
}

func (m model) messagesOf(id account.ID) []storage.Message {
	out := kept(m.Messages, func(row storage.Message) bool { return row.Account == id })
	slices.SortStableFunc(out, func(a, b storage.Message) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})

	return out
}

func (m model) journalOf(id account.ID) []storage.Entry {
	out := kept(m.Journal, func(e storage.Entry) bool { return e.Account == id || e.Actor == account.By(id) })
	slices.SortFunc(out, func(a, b storage.Entry) int {
		return -cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Seq, b.Seq))
	})

	return out
}
