package customstore

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"iter"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// line is a row of a list with its place, which orders as the list does.
type line struct {
	place []byte
	row   any
}

// list returns at most n lines behind a place, or from the start.
type list func(after []byte, n int) ([]line, error)

// Page reads one line more than was asked for, so as to know whether there is a next page.
func (r reader) Page(ctx context.Context, q storage.Query) (storage.Page, error) {
	return view(ctx, r, func(tx *bbolt.Tx) (out storage.Page, err error) {
		l, err := listOf(tx, q)
		if err != nil {
			return out, err
		}

		window, name := q.Bounds(), storage.ListOf(q)

		after, err := place(name, window.After)
		if err != nil {
			return out, err
		}

		lines, err := l(after, window.Limit+1)
		if err != nil {
			return out, err
		}

		if len(lines) > window.Limit {
			lines = lines[:window.Limit]
			out.Next = token(name, lines[window.Limit-1].place)
		}

		for _, l := range lines {
			out.Rows = append(out.Rows, l.row)
		}

		if window.Counted {
			all, err := l(nil, storage.CountCap)
			if err != nil {
				return out, err
			}

			out.Count = len(all)
		}

		return out, nil
	})
}

// listOf returns the list of a query.
func listOf(tx *bbolt.Tx, q storage.Query) (list, error) {
	switch q := q.(type) {
	case storage.OpenRequests:
		return openRequests(tx, q), nil
	case storage.DueMessages:
		return listed(tx, messages, until(q.At), byNotBefore, nil), nil
	case storage.ParkedMessages:
		return listed(tx, messages, forward, byParking, nil), nil
	case storage.Individuals:
		return listed(tx, structures, forward, byKind, nil), nil
	case storage.Factors:
		return listed(tx, credentials, forward, byFactor, nil), nil
	case storage.DueRows:
		return held[storage.DueRow](tx, until(q.At), byDue, nil), nil
	case storage.DueReminders:
		return held[storage.DueRow](tx, until(q.At), byReminder, nil), nil
	case storage.DueRegistrations:
		return listed(tx, registrations, until(q.At), byLapse, nil), nil
	case storage.History:
		return listed(tx, journal, backward, byVersion, key(q.Structure)), nil
	case storage.JournalOf:
		return listed(tx, journal, backward, bySubject, key(q.Account)), nil
	case storage.RegistrationsOf:
		return listed(tx, registrations, forward, byOpenLogin, key(q.Login)), nil
	case storage.RowsOf:
		return rosterRows(tx, q), nil
	case storage.MessagesOf:
		return listed(tx, messages, forward, byWhom, key(q.Account)), nil
	case storage.Deciders:
		active := func(a account.Account) bool { return a.State == account.Active }

		return people(tx, byDecider, q.Structure, q.Past, active), nil
	case storage.UsersOf:
		return people(tx, byUser, q.Structure, q.Past, func(account.Account) bool { return true }), nil
	case storage.MembersOf:
		return membersOf(tx, q), nil
	case storage.ServicesOf:
		return held[structure.Service](tx, forward, services.bucket, key(q.Structure)), nil
	case storage.PublicStructures:
		return publicStructures(tx, q), nil
	case storage.Unverified:
		return unverified(tx, q), nil
	default:
		return nil, fmt.Errorf("customstore: unknown query %T", q)
	}
}

// token writes a place for Page.Next. The sum tells a token of another list, or of none, when it comes back.
func token(name string, place []byte) string {
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint32(slices.Clip(place), sum(name, place)))
}

// place reads a token.
func place(name, token string) ([]byte, error) {
	if token == "" {
		return nil, nil
	}

	data, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(data) <= crc32.Size {
		return nil, storage.ErrAfter
	}

	place := data[:len(data)-crc32.Size]
	if binary.BigEndian.Uint32(data[len(place):]) != sum(name, place) {
		return nil, storage.ErrAfter
	}

	return place, nil
}

func sum(name string, place []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE(key(name)), crc32.IEEETable, place)
}

// walk is a way through a bucket: forward, backward or until.
type walk func(tx *bbolt.Tx, bucket string, prefix, after []byte) iter.Seq2[[]byte, []byte]

// until is forward as far as a time, with which the keys begin.
func until(at time.Time) walk {
	end := key(at)

	return func(tx *bbolt.Tx, bucket string, prefix, after []byte) iter.Seq2[[]byte, []byte] {
		return func(yield func([]byte, []byte) bool) {
			for k, v := range forward(tx, bucket, prefix, after) {
				if bytes.Compare(k[:timeSize], end) > 0 || !yield(k, v) {
					return
				}
			}
		}
	}
}

// listed is a list of the rows that an index leads to.
func listed[R any](tx *bbolt.Tx, t *table[R], way walk, index string, prefix []byte) list {
	return func(after []byte, n int) ([]line, error) {
		return lines(n, way(tx, index, prefix, after), func(k []byte) (any, bool, error) {
			row, err := get(tx, t, k)

			return row, true, err
		})
	}
}

// held is a list of what the bucket itself holds.
func held[R any](tx *bbolt.Tx, way walk, bucket string, prefix []byte) list {
	return func(after []byte, n int) ([]line, error) {
		return lines(n, way(tx, bucket, prefix, after), func(data []byte) (any, bool, error) {
			var row R

			err := decode(data, &row)

			return row, true, err
		})
	}
}

func rosterRows(tx *bbolt.Tx, q storage.RowsOf) list {
	return func(after []byte, n int) ([]line, error) {
		return lines(n, forward(tx, byAccount, key(q.Account), after), func(row []byte) (any, bool, error) {
			m, err := get(tx, members, row)
			if err != nil {
				return nil, false, err
			}

			s, _, err := places(tx, member{Structure: m.Structure}) // the service is not asked for

			return storage.RosterRow{Structure: s, Attachment: m.Attachment}, true, err
		})
	}
}

// people is a list of accounts. It skips what comes second of one account: a main manager may hold the grant too, and a
// user may have rows for several services.
func people(tx *bbolt.Tx, index string, in structure.ID, past account.ID, want func(account.Account) bool) list {
	return func(after []byte, n int) ([]line, error) {
		if first := key(past); bytes.Compare(after, first) < 0 {
			after = first
		}

		last := after[:bytes.IndexByte(after, 0)+1] // a place ends behind the account

		return lines(n, forward(tx, index, key(in), after), func(id []byte) (any, bool, error) {
			if bytes.Equal(id, last) {
				return nil, false, nil
			}

			last = id

			a, found, err := find(tx, accounts, id)

			return a, found && want(a), err
		})
	}
}

// membersOf reads all rows of a structure's users: no index knows what a search text holds.
func membersOf(tx *bbolt.Tx, q storage.MembersOf) list {
	return func(after []byte, n int) ([]line, error) {
		return lines(n, forward(tx, bySearch, key(q.Structure), after), func(row []byte) (any, bool, error) {
			m, err := get(tx, members, row)
			if err != nil {
				return nil, false, err
			}

			who, _, err := find(tx, accounts, key(m.Account))
			if err != nil || !strings.Contains(m.SearchText(who), q.Search) || q.Service != "" && q.Service != m.Service ||
				q.Approver != "" && (!m.Decision.Approved || !m.Decision.By.Is(q.Approver)) {
				return nil, false, err
			}

			_, service, err := places(tx, m)

			return storage.Member{Attachment: m.Attachment, Service: service, Account: who}, true, err
		})
	}
}

// publicStructures reads the stretch of a town, or of "", and of the beginning of a name. Of texts that were cut it does not
// hold all.
func publicStructures(tx *bbolt.Tx, q storage.PublicStructures) list {
	return known(tx, forward, byName, append(key(cut(q.Town)), cut(q.Name)...), func(s structure.Structure) bool {
		return (q.Kind == 0 || q.Kind == s.Identity.Kind()) &&
			(q.Town == "" || q.Town == s.SearchTown()) && strings.HasPrefix(s.SearchName(), q.Name)
	})
}

func unverified(tx *bbolt.Tx, q storage.Unverified) list {
	return known(tx, until(q.At), byCheck, nil, func(s structure.Structure) bool {
		return s.CheckedAt.IsZero() || s.CheckedAt.Before(q.At)
	})
}

// known is a list of structures that are managed or vacant, which only their rosters tell.
func known(tx *bbolt.Tx, way walk, index string, prefix []byte, want func(structure.Structure) bool) list {
	return func(after []byte, n int) ([]line, error) {
		return lines(n, way(tx, index, prefix, after), func(id []byte) (any, bool, error) {
			s, err := get(tx, structures, id)
			if err != nil || !want(s) {
				return nil, false, err
			}

			head, _, err := find(tx, rosters, id)

			return s, head.Standing.Known(), err
		})
	}
}

// openRequests merges the lists of the structures. In the index a structure comes before the time, in a place after it.
func openRequests(tx *bbolt.Tx, q storage.OpenRequests) list {
	ids := slices.Clone(q.Structures)
	slices.Sort(ids)
	ids = slices.Compact(ids)

	return func(after []byte, n int) ([]line, error) {
		if after != nil && len(after) < timeSize { // somebody made the token up, sum and all
			return nil, storage.ErrAfter
		}

		var out []line

		for _, id := range ids {
			rows, err := requestsIn(tx, q, id, after, n)
			if err != nil {
				return nil, err
			}

			out = append(out, rows...)
		}

		slices.SortFunc(out, func(a, b line) int { return bytes.Compare(a.place, b.place) })

		return out[:min(n, len(out))], nil
	}
}

func requestsIn(tx *bbolt.Tx, q storage.OpenRequests, id structure.ID, after []byte, n int) ([]line, error) {
	in := key(id)
	from := []byte(nil)

	if after != nil {
		from = after[:timeSize] // a structure that comes later in the order: with the same time

		switch rest := after[timeSize:]; {
		case bytes.HasPrefix(rest, in):
			from = slices.Concat(from, rest[len(in):])
		case bytes.Compare(in, rest) < 0: // one that comes earlier: with a later time
			from = binary.BigEndian.AppendUint64(nil, binary.BigEndian.Uint64(after)+1)
		}
	}

	out, err := lines(n, forward(tx, byAsking, in, from), func(row []byte) (any, bool, error) {
		m, err := get(tx, members, row)
		if err != nil || m.State == attachment.Requested && !m.Due.IsZero() && !q.At.Before(m.Due) {
			return nil, false, err
		}

		r, err := openRequest(tx, m)

		return r, true, err
	})

	for i, l := range out {
		out[i].place = slices.Concat(l.place[:timeSize], in, l.place[timeSize:])
	}

	return out, err
}

func openRequest(tx *bbolt.Tx, m member) (out storage.OpenRequest, err error) {
	out.Attachment = m.Attachment

	if out.Structure, out.Service, err = places(tx, m); err != nil {
		return out, err
	}

	acc, found, err := find(tx, accounts, key(m.Account))
	if err != nil || found {
		out.Login, out.Person = acc.Login, acc.Person

		return out, err
	}

	reg, _, err := find(tx, registrations, key(m.Account))
	out.Login, out.Person = reg.Login, reg.Person

	return out, err
}

// lines goes through the entries of an index until it has n lines. Of a value, row returns the row and whether it is in
// the list.
func lines(n int, entries iter.Seq2[[]byte, []byte], row func(value []byte) (any, bool, error)) ([]line, error) {
	var out []line

	for place, value := range entries {
		row, wanted, err := row(value)
		if err != nil {
			return nil, err
		}

		if !wanted {
			continue
		}

		if out = append(out, line{place: place, row: row}); len(out) == n {
			break
		}
	}

	return out, nil
}
