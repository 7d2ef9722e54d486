package storagetest

import (
	"cmp"
	"slices"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// model is everything that a store must hold, with the versions that it must show: the rows of one batch. It knows what
// sentences 16 to 19 say, row by row and without haste, and shares no code with any store.
type model struct{ storage.Batch } //nolint:recvcheck // pointers where a model that nobody else has is made

// after returns the model after a batch that was committed.
func (m model) after(b storage.Batch) model {
	m.Batch, b = clone(m.Batch), versionedUp(b)
	m.put(b)

	for _, op := range b.Operations {
		switch op := op.(type) {
		case storage.CopyStructure:
			m.copyStructure(op)
		case storage.EraseAccount:
			m.eraseAccount(op)
		case storage.Purge:
			m.purge(op)
		}
	}

	m.sort()

	return m
}

// roster returns the roster of a structure, to look at and to change; nil if there is none.
func (m *model) roster(id structure.ID) *attachment.Roster {
	for i, r := range m.Rosters {
		if r.Structure == id {
			return &m.Rosters[i]
		}
	}

	return nil
}

// copyStructure is sentence 17.
func (m *model) copyStructure(op storage.CopyStructure) {
	from := m.roster(op.From)
	to := from.Clone()
	to.Structure, to.Claim = op.To, attachment.Claim{}

	from.Version++
	from.Rows = slices.DeleteFunc(from.Rows, func(row attachment.Attachment) bool {
		return row.State == attachment.Requested || row.State == attachment.Approved
	})

	for i, row := range from.Rows {
		from.Rows[i].Wish, from.Rows[i].Remind = attachment.Wish{Decision: row.Wish.Decision}, time.Time{}
	}

	for _, row := range m.Services {
		if row.Structure == op.From {
			row.Structure, row.Version = op.To, 1
			m.Services = append(m.Services, row)
		}
	}

	for i, row := range m.Accounts {
		if len(to.RowsOf(row.ID)) > 0 {
			m.Accounts[i].Version++
		}
	}

	for i, row := range m.Registrations {
		if row.Structure == op.From {
			m.Registrations[i].Structure = op.To
			m.Registrations[i].Version++
		}
	}

	for i, row := range m.Messages {
		if row.Structure == op.From && (row.State == storage.Queued || row.State == storage.Parked) {
			m.Messages[i].Structure = op.To
			m.Messages[i].Version++
		}
	}

	m.Rosters = append(m.Rosters, to)
}

// eraseAccount is sentence 18.
func (m *model) eraseAccount(op storage.EraseAccount) {
	var addresses []string

	for i := range m.Accounts {
		if row := &m.Accounts[i]; row.ID == op.Account {
			addresses = append(addresses, row.Login.String(), row.Person.Contact)
			row.Login, row.Person, row.Terms, row.Survey = account.Login{}, account.Person{}, account.Consent{}, account.Consent{}
			row.Version++
		}
	}

	for i := range m.Registrations {
		if row := &m.Registrations[i]; row.ID == op.Account {
			row.Login, row.Person, row.Terms, row.Survey = account.Login{}, account.Person{}, account.Consent{}, account.Consent{}
			row.Version++
		}
	}

	m.Credentials = slices.DeleteFunc(m.Credentials, func(c account.Credential) bool { return c.Account == op.Account })
	m.Links = slices.DeleteFunc(m.Links, func(l account.Link) bool { return l.Account == op.Account })

	for i := range m.Rosters {
		r := &m.Rosters[i]
		if len(r.RowsOf(op.Account)) > 0 {
			r.Version++
		}

		for j := range r.Rows {
			if row := &r.Rows[j]; row.Account == op.Account {
				row.Comment, row.Details, row.Decision.Reason = "", nil, ""
				row.Wish.Comment, row.Wish.Decision.Reason, row.Invited = "", "", ""
			}
		}
	}

	for i, e := range m.Journal {
		if e.Account == op.Account || e.Actor == account.By(op.Account) {
			m.Journal[i].Note = ""
		}
	}

	m.Messages = slices.DeleteFunc(m.Messages, func(row storage.Message) bool {
		theirs := row.Account == op.Account || row.To != "" && slices.Contains(addresses, row.To)

		return theirs && row.State != storage.Queued
	})
}

// purge is sentence 19.
func (m *model) purge(op storage.Purge) {
	limit := op.Bounded().Limit

	var gone []account.Registration

	m.Registrations, gone = purged(m.Registrations, op.Registrations, limit, keyOfRegistration,
		func(r account.Registration) (time.Time, bool) {
			return r.EndedAt, r.State != account.AwaitingApproval && r.State != account.AwaitingActivation
		})
	gone = slices.DeleteFunc(gone, func(r account.Registration) bool {
		return slices.ContainsFunc(m.Accounts, func(a account.Account) bool { return a.ID == r.ID })
	})
	without := func(id account.ID) bool {
		return slices.ContainsFunc(gone, func(r account.Registration) bool { return r.ID == id })
	}

	for i := range m.Rosters {
		r := &m.Rosters[i]
		rows := len(r.Rows)

		r.Rows = slices.DeleteFunc(r.Rows, func(row attachment.Attachment) bool {
			over := []attachment.State{attachment.Refused, attachment.Withdrawn, attachment.Lapsed, attachment.Detached}

			return without(row.Account) && slices.Contains(over, row.State)
		})
		if len(r.Rows) < rows {
			r.Version++
		}
	}

	for i, e := range m.Journal {
		if without(e.Account) {
			m.Journal[i].Note = ""
		}
	}

	m.Messages, _ = purged(m.Messages, op.Messages, limit, keyOfMessage, func(row storage.Message) (time.Time, bool) {
		return row.DoneAt, row.State != storage.Queued
	})
	m.Links, _ = purged(m.Links, op.Links, limit, keyOfLink, func(l account.Link) (time.Time, bool) {
		return l.NotAfter, true
	})
	m.Attempts, _ = purged(m.Attempts, op.Attempts, limit, keyOfAttempts, func(a account.Attempts) (time.Time, bool) {
		return a.Over, true
	})
	m.Journal, _ = purged(m.Journal, op.Journal, limit, keyOfEntry, func(e storage.Entry) (time.Time, bool) {
		return e.At, true
	})
}

// purged takes from rows the oldest of those that are over and ended before a time.
func purged[T any](
	rows []T, before time.Time, limit int, key func(T) string, ended func(T) (at time.Time, over bool),
) (kept, gone []T) {
	slices.SortFunc(rows, func(a, b T) int {
		one, _ := ended(a)
		other, _ := ended(b)

		return cmp.Or(one.Compare(other), cmp.Compare(key(a), key(b)))
	})

	for _, row := range rows {
		at, over := ended(row)

		if over && !at.IsZero() && at.Before(before) && len(gone) < limit {
			gone = append(gone, row)
		} else {
			kept = append(kept, row)
		}
	}

	return kept, gone
}
