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

	"go.etcd.io/bbolt"

	"github.com/guichet-pro/guichet/account"
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
		l, name, err := listOf(tx, q)
		if err != nil {
			return out, err
		}

		window := q.Bounds()

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

// listOf returns the list of a query, and its name: a place is of the list of that name only. The times that queries
// are given are no part of it, since they move on from page to page.
func listOf(tx *bbolt.Tx, q storage.Query) (list, string, error) {
	switch q := q.(type) {
	case storage.OpenRequests:
		return openRequests(tx, q), "open requests", nil
	case storage.DueMessages:
		return dueMessages(tx, q), "due messages", nil
	case storage.DueRows:
		return dueRows(tx, q), "due rows", nil
	case storage.History:
		return history(tx, q), "history of " + string(q.Structure), nil
	case storage.RegistrationsOf:
		return registrationsOf(tx, q), "registrations of " + q.Login, nil
	case storage.Deciders:
		return deciders(tx, q), "deciders of " + string(q.Structure), nil
	default:
		return nil, "", fmt.Errorf("customstore: unknown query %T", q)
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

func dueMessages(tx *bbolt.Tx, q storage.DueMessages) list {
	end := key(q.At)

	return func(after []byte, n int) ([]line, error) {
		return lines(n, forward(tx, byNotBefore, nil, after), func(place, id []byte) (any, verdict, error) {
			if bytes.Compare(place[:timeSize], end) > 0 {
				return nil, stop, nil
			}

			m, err := get(tx, messages, id)

			return m, take, err
		})
	}
}

func dueRows(tx *bbolt.Tx, q storage.DueRows) list {
	end := key(q.At)

	return func(after []byte, n int) ([]line, error) {
		return lines(n, forward(tx, byDue, nil, after), func(place, data []byte) (any, verdict, error) {
			if bytes.Compare(place[:timeSize], end) > 0 {
				return nil, stop, nil
			}

			var row storage.DueRow

			err := decode(data, &row)

			return row, take, err
		})
	}
}

func history(tx *bbolt.Tx, q storage.History) list {
	return func(after []byte, n int) ([]line, error) {
		return lines(n, backward(tx, byVersion, key(q.Structure), after), func(_, id []byte) (any, verdict, error) {
			e, err := get(tx, journal, id)

			return e, take, err
		})
	}
}

func registrationsOf(tx *bbolt.Tx, q storage.RegistrationsOf) list {
	return func(after []byte, n int) ([]line, error) {
		return lines(n, forward(tx, byOpenLogin, key(q.Login), after), func(_, id []byte) (any, verdict, error) {
			r, err := get(tx, registrations, id)

			return r, take, err
		})
	}
}

// deciders skips the second of two entries for one account: the main manager may hold the grant too.
func deciders(tx *bbolt.Tx, q storage.Deciders) list {
	return func(after []byte, n int) ([]line, error) {
		var last []byte // of the page before: its place ends behind the account
		if after != nil {
			last = after[:bytes.IndexByte(after, 0)+1]
		}

		return lines(n, forward(tx, byDecider, key(q.Structure), after), func(_, id []byte) (any, verdict, error) {
			if bytes.Equal(id, last) {
				return nil, skip, nil
			}

			last = id

			a, found, err := find(tx, accounts, id)
			if !found || a.State != account.Active {
				return nil, skip, err
			}

			return a, take, nil
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

	out, err := lines(n, forward(tx, byRequest, in, from), func(_, row []byte) (any, verdict, error) {
		m, err := get(tx, members, row)
		if err != nil || !m.Due.IsZero() && !q.At.Before(m.Due) {
			return nil, skip, err
		}

		r, err := openRequest(tx, m)

		return r, take, err
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

// verdict is what becomes of an entry on the way through an index.
type verdict int

const (
	take verdict = iota
	skip
	stop
)

// lines goes through the entries of an index until it has n lines.
func lines(
	n int, entries iter.Seq2[[]byte, []byte], row func(place, value []byte) (any, verdict, error),
) ([]line, error) {
	var out []line

	for place, value := range entries {
		row, verdict, err := row(place, value)

		switch {
		case err != nil:
			return nil, err
		case verdict == stop:
			return out, nil
		case verdict == take:
			out = append(out, line{place: place, row: row})
		}

		if len(out) == n {
			break
		}
	}

	return out, nil
}
