package memory

import (
	"strings"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

func (t *tables) dueRegistrations(q storage.DueRegistrations) []line {
	var out []line

	for id, r := range t.registrations {
		if r.Open() && !r.Due.IsZero() && !r.Due.After(q.At) {
			out = append(out, line{key: key(r.Due, string(id)), row: func() any { return r }})
		}
	}

	return out
}

func (t *tables) parkedMessages() []line {
	var out []line

	for id, m := range t.messages {
		if m.State == storage.Parked {
			out = append(out, line{key: key(m.DoneAt, id), row: func() any { return m.Clone() }})
		}
	}

	return out
}

func (t *tables) individuals() []line {
	var out []line

	for id, s := range t.structures {
		if s.Identity.Kind() == identifier.Individual {
			out = append(out, line{key: key(string(id)), row: func() any { return s.Clone() }})
		}
	}

	return out
}

func (t *tables) factors() []line {
	var out []line

	for id, c := range t.credentials {
		if len(c.Factor.Sealed) > 0 {
			out = append(out, line{key: key(string(id)), row: func() any { return c.Clone() }})
		}
	}

	return out
}

func (t *tables) journalOf(q storage.JournalOf) []line {
	keys := t.journaled[q.Account]
	out := make([]line, 0, len(keys))

	for k := range keys {
		e := t.journal[k]
		out = append(out, line{key: key(e.At, e.Operation, int64(e.Seq)), row: func() any { return e }})
	}

	return out
}

func (t *tables) rowsOfAccount(q storage.RowsOf) []line {
	var out []line

	for where := range t.rowsOf[q.Account] {
		for code, row := range t.rosters[where].rows[q.Account] {
			out = append(out, line{key: key(string(where), string(code)), row: func() any {
				return storage.RosterRow{Structure: t.structures[where].Clone(), Attachment: row.Clone()}
			}})
		}
	}

	return out
}

func (t *tables) messagesOf(q storage.MessagesOf) []line {
	var out []line

	for id, m := range t.messages {
		if m.Account == q.Account {
			out = append(out, line{key: key(m.CreatedAt, id), row: func() any { return m.Clone() }})
		}
	}

	return out
}

func (t *tables) usersOf(q storage.UsersOf) []line {
	return t.members(q.Structure, q.Past, func(_ *roster, _ account.Account, rows map[structure.Code]attachment.Attachment) bool {
		for _, row := range rows {
			if present(row.State) {
				return true
			}
		}

		return false
	})
}

func (t *tables) deciders(q storage.Deciders) []line {
	return t.members(q.Structure, q.Past, func(r *roster, a account.Account, rows map[structure.Code]attachment.Attachment) bool {
		manager := r.head.Standing == attachment.Managed && r.head.Holder == a.ID

		return a.State == account.Active && (manager || decides(rows[""]))
	})
}

// members are accounts with rows in a roster, each once, whose id is greater than past.
func (t *tables) members(
	where structure.ID, past account.ID,
	is func(*roster, account.Account, map[structure.Code]attachment.Attachment) bool,
) []line {
	r, ok := t.rosters[where]
	if !ok {
		return nil
	}

	var out []line

	for id, rows := range r.rows {
		if a, known := t.accounts[id]; known && id > past && is(r, a, rows) {
			out = append(out, line{key: key(string(id)), row: func() any { return a }})
		}
	}

	return out
}

func (t *tables) membersOf(q storage.MembersOf) []line {
	r, ok := t.rosters[q.Structure]
	if !ok {
		return nil
	}

	var out []line

	for id, rows := range r.rows {
		who := t.accounts[id]

		for code, row := range rows {
			text := t.searched[id]
			if row.Invited != "" {
				text = r.invited[row.Key]
			}

			switch {
			case !present(row.State) && (row.State != attachment.Approved || row.Invited == ""):
			case q.Service != "" && code != q.Service || !strings.Contains(text, q.Search):
			case q.Approver != "" && (!row.Decision.Approved || !row.Decision.By.Is(q.Approver)):
			default:
				out = append(out, line{key: key(text, string(id), string(code)), row: func() any {
					return storage.Member{
						Attachment: row.Clone(), Service: t.services[serviceKey{q.Structure, code}], Account: who,
					}
				}})
			}
		}
	}

	return out
}

func (t *tables) dueReminders(q storage.DueReminders) []line {
	var out []line

	for where, r := range t.rosters {
		for id, rows := range r.rows {
			for code, row := range rows {
				if !row.Remind.IsZero() && !row.Remind.After(q.At) {
					due := storage.DueRow{Structure: where, Account: id, Service: code, Due: row.Remind}
					out = append(out, line{
						key: key(due.Due, string(where), string(id), string(code)), row: func() any { return due },
					})
				}
			}
		}
	}

	return out
}

func (t *tables) servicesOf(q storage.ServicesOf) []line {
	var out []line

	for k, row := range t.services {
		if k.structure == q.Structure {
			out = append(out, line{key: key(string(k.code)), row: func() any { return row }})
		}
	}

	return out
}

func (t *tables) publicStructures(q storage.PublicStructures) []line {
	var out []line

	for id, s := range t.structures {
		kind := s.Identity.Kind()

		switch {
		case s.Sector != structure.Public || !t.lives(s):
		case kind == identifier.Individual || q.Kind != 0 && q.Kind != kind:
		case q.Town != "" && s.SearchTown() != q.Town:
		default:
			if name := s.SearchName(); strings.HasPrefix(name, q.Name) {
				out = append(out, line{key: key(name, string(id)), row: func() any { return s.Clone() }})
			}
		}
	}

	return out
}

func (t *tables) unverified(q storage.Unverified) []line {
	var out []line

	before := q.At.Truncate(time.Microsecond)

	for id, s := range t.structures {
		if s.Verification == structure.Unverified && t.lives(s) && (s.CheckedAt.IsZero() || s.CheckedAt.Before(before)) {
			out = append(out, line{key: key(s.CheckedAt, string(id)), row: func() any { return s.Clone() }})
		}
	}

	return out
}

// lives tells whether a structure is managed or vacant, and no other took its place.
func (t *tables) lives(s structure.Structure) bool {
	r, ok := t.rosters[s.ID]

	return ok && s.Successor == "" && (r.head.Standing == attachment.Managed || r.head.Standing == attachment.Vacant)
}
