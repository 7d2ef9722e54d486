package memory

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
)

// line is one row of a list: its place, and the row itself, copied only if it is on the page.
type line struct {
	key string // made by key, so that comparing bytes is comparing what the list is ordered by
	row func() any
}

// page is [storage.Reader.Page].
func (t *tables) page(q storage.Query) (storage.Page, error) {
	switch q := q.(type) {
	case storage.OpenRequests:
		return cut(storage.ListOf(q), q.Bounds(), t.openRequests(q), strings.Compare)
	case storage.DueMessages:
		return cut(storage.ListOf(q), q.Bounds(), t.dueMessages(q), strings.Compare)
	case storage.ParkedMessages:
		return cut(storage.ListOf(q), q.Bounds(), t.parkedMessages(), strings.Compare)
	case storage.Individuals:
		return cut(storage.ListOf(q), q.Bounds(), t.individuals(), strings.Compare)
	case storage.Factors:
		return cut(storage.ListOf(q), q.Bounds(), t.factors(), strings.Compare)
	case storage.DueRows:
		return cut(storage.ListOf(q), q.Bounds(), t.dueRows(q), strings.Compare)
	case storage.DueReminders:
		return cut(storage.ListOf(q), q.Bounds(), t.dueReminders(q), strings.Compare)
	case storage.DueRegistrations:
		return cut(storage.ListOf(q), q.Bounds(), t.dueRegistrations(q), strings.Compare)
	case storage.History:
		return cut(storage.ListOf(q), q.Bounds(), t.historyOf(q), newestFirst)
	case storage.JournalOf:
		return cut(storage.ListOf(q), q.Bounds(), t.journalOf(q), newestFirst)
	case storage.RegistrationsOf:
		return cut(storage.ListOf(q), q.Bounds(), t.registrationsOf(q), strings.Compare)
	case storage.RowsOf:
		return cut(storage.ListOf(q), q.Bounds(), t.rowsOfAccount(q), strings.Compare)
	case storage.MessagesOf:
		return cut(storage.ListOf(q), q.Bounds(), t.messagesOf(q), strings.Compare)
	case storage.Deciders:
		return cut(storage.ListOf(q), q.Bounds(), t.deciders(q), strings.Compare)
	case storage.UsersOf:
		return cut(storage.ListOf(q), q.Bounds(), t.usersOf(q), strings.Compare)
	case storage.MembersOf:
		return cut(storage.ListOf(q), q.Bounds(), t.membersOf(q), strings.Compare)
	case storage.ServicesOf:
		return cut(storage.ListOf(q), q.Bounds(), t.servicesOf(q), strings.Compare)
	case storage.PublicStructures:
		return cut(storage.ListOf(q), q.Bounds(), t.publicStructures(q), strings.Compare)
	case storage.Unverified:
		return cut(storage.ListOf(q), q.Bounds(), t.unverified(q), strings.Compare)
	default:
		return storage.Page{}, fmt.Errorf("memory: %w: query %T", errors.ErrUnsupported, q)
	}
}

// newestFirst compares keys the other way round.
func newestFirst(a, b string) int { return strings.Compare(b, a) }

// cut orders the lines of a whole list and returns the page that the window names. A cursor is the name of the list
// and the key of the last row.
func cut(list string, w storage.Window, lines []line, compare func(a, b string) int) (storage.Page, error) {
	var out storage.Page

	if w.Counted {
		out.Count = min(len(lines), storage.CountCap)
	}

	slices.SortFunc(lines, func(a, b line) int { return compare(a.key, b.key) })

	if w.After != "" {
		raw, err := base64.RawURLEncoding.DecodeString(w.After)

		after, ok := strings.CutPrefix(string(raw), list+":")
		if err != nil || !ok {
			return storage.Page{}, storage.ErrAfter
		}

		i, found := slices.BinarySearchFunc(lines, after, func(l line, key string) int { return compare(l.key, key) })
		if found {
			i++
		}

		lines = lines[i:]
	}

	if len(lines) > w.Limit {
		lines = lines[:w.Limit]
		out.Next = base64.RawURLEncoding.EncodeToString([]byte(list + ":" + lines[w.Limit-1].key))
	}

	for _, l := range lines {
		out.Rows = append(out.Rows, l.row())
	}

	return out, nil
}

// key puts parts together so that comparing the bytes of two keys is comparing their parts in turn: a number by its
// value, a text byte for byte.
func key(parts ...any) string {
	var out []byte

	for _, part := range parts {
		switch part := part.(type) {
		case time.Time:
			out = binary.BigEndian.AppendUint64(out, uint64(part.UnixMicro())^(1<<63))
		case int64:
			out = binary.BigEndian.AppendUint64(out, uint64(part)^(1<<63)) //nolint:gosec // keeps the order
		case string:
			// A text ends with two zero bytes, and a zero byte inside is followed by a one: a prefix comes first.
			out = append(out, strings.ReplaceAll(part, "\x00", "\x00\x01")...)
			out = append(out, 0, 0)
		default:
			panic(fmt.Sprintf("memory: %T in a key", part))
		}
	}

	return string(out)
}

func (t *tables) openRequests(q storage.OpenRequests) []line {
	var out []line

	ids := slices.Clone(q.Structures)
	slices.Sort(ids)

	for _, id := range slices.Compact(ids) {
		r, ok := t.rosters[id]
		if !ok {
			continue
		}

		for k := range r.asked {
			row := r.rows[k.Account][k.Service]
			if row.State == attachment.Requested && !q.At.IsZero() && !row.Due.IsZero() && !row.Due.After(q.At) {
				continue
			}

			at, order, _ := row.Asked()

			out = append(out, line{
				key: key(at, string(id), order, string(row.Account), string(row.Service)),
				row: func() any {
					login, person := t.whose(row.Account)

					return storage.OpenRequest{
						Structure:  t.structures[id].Clone(),
						Service:    t.services[serviceKey{id, row.Service}],
						Attachment: row.Clone(),
						Login:      login,
						Person:     person,
					}
				},
			})
		}
	}

	return out
}

// whose returns the login and the person behind an id: the account's, else the registration's.
func (t *tables) whose(id account.ID) (account.Login, account.Person) {
	if a, ok := t.accounts[id]; ok {
		return a.Login, a.Person
	}

	return t.registrations[id].Login, t.registrations[id].Person
}

func (t *tables) dueMessages(q storage.DueMessages) []line {
	var out []line

	for id, m := range t.messages {
		if m.State == storage.Queued && !m.NotBefore.After(q.At) {
			out = append(out, line{key: key(m.NotBefore, id), row: func() any { return m.Clone() }})
		}
	}

	return out
}

func (t *tables) dueRows(q storage.DueRows) []line {
	var out []line

	add := func(row storage.DueRow) {
		if row.Due.IsZero() || row.Due.After(q.At) {
			return
		}

		out = append(out, line{
			key: key(row.Due, string(row.Structure), string(row.Account), string(row.Service)),
			row: func() any { return row },
		})
	}

	for id, r := range t.rosters {
		if r.head.Standing == attachment.InClaim {
			add(storage.DueRow{Structure: id, Account: r.head.Holder, Due: r.head.Claim.Term})
		}

		for _, rows := range r.rows {
			for _, row := range rows {
				if row.State == attachment.Requested || row.State == attachment.Approved {
					add(storage.DueRow{Structure: id, Account: row.Account, Service: row.Service, Due: row.Due})
				}
			}
		}
	}

	return out
}

func (t *tables) historyOf(q storage.History) []line {
	keys := t.history[q.Structure]
	out := make([]line, 0, len(keys))

	for k := range keys {
		e := t.journal[k]
		out = append(out, line{key: key(e.Version, e.At, e.Operation, int64(e.Seq)), row: func() any { return e }})
	}

	return out
}

func (t *tables) registrationsOf(q storage.RegistrationsOf) []line {
	var out []line

	for id := range t.registered[q.Login] {
		if r := t.registrations[id]; r.Open() {
			out = append(out, line{key: key(r.CreatedAt, string(id)), row: func() any { return r }})
		}
	}

	return out
}
