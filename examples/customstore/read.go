package customstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// reader implements [storage.Reader]: each method is one read transaction of bbolt, which sees one snapshot.
type reader struct {
	store  *Store
	inside bool // it is the Reader of a function that Update runs
}

func (r reader) Structure(ctx context.Context, id structure.ID) (structure.Structure, error) {
	return one(ctx, r, structures, id)
}

func (r reader) StructureByIdentity(ctx context.Context, id identifier.ID) (structure.Structure, error) {
	identity, err := id.MarshalText()
	if err != nil {
		return structure.Structure{}, err
	}

	return view(ctx, r, func(tx *bbolt.Tx) (structure.Structure, error) {
		return first(tx, structures, forward(tx, byIdentity, key(identity), nil))
	})
}

func (r reader) Registration(ctx context.Context, id account.ID) (account.Registration, error) {
	return one(ctx, r, registrations, id)
}

func (r reader) Account(ctx context.Context, id account.ID) (account.Account, error) {
	return one(ctx, r, accounts, id)
}

func (r reader) AccountByLogin(ctx context.Context, login string) (account.Account, error) {
	return view(ctx, r, func(tx *bbolt.Tx) (account.Account, error) {
		return first(tx, accounts, forward(tx, byLogin, key(login), nil))
	})
}

func (r reader) Credential(ctx context.Context, id account.ID) (account.Credential, error) {
	return one(ctx, r, credentials, id)
}

func (r reader) Attempts(ctx context.Context, key string) (account.Attempts, error) {
	return one(ctx, r, attempts, key)
}

func (r reader) Link(ctx context.Context, selector account.Selector) (account.Link, error) {
	return one(ctx, r, links, selector)
}

func (r reader) Links(ctx context.Context, id account.ID, purpose account.Purpose) ([]account.Link, error) {
	return view(ctx, r, func(tx *bbolt.Tx) ([]account.Link, error) {
		return rowsOf(tx, links, backward(tx, bySequence, key(id, purpose), nil), storage.LinksLength)
	})
}

func (r reader) Message(ctx context.Context, id string) (storage.Message, error) {
	return one(ctx, r, messages, id)
}

func (r reader) Journaled(ctx context.Context, operation string) (int, error) {
	return view(ctx, r, func(tx *bbolt.Tx) (int, error) {
		for _, data := range forward(tx, journal.bucket, key(operation), nil) {
			var e storage.Entry

			err := decode(data, &e)

			return e.Try, err
		}

		return 0, storage.ErrNotFound
	})
}

func (r reader) Memberships(ctx context.Context, id account.ID) (storage.Memberships, error) {
	return view(ctx, r, func(tx *bbolt.Tx) (out storage.Memberships, err error) {
		if out.Account, err = get(tx, accounts, key(id)); err != nil {
			return out, err
		}

		rows, err := rowsOf(tx, members, forward(tx, byAccount, key(id), nil), 0)
		if err != nil {
			return out, err
		}

		for _, m := range rows {
			if m.State != attachment.Attached && m.State != attachment.Suspended {
				continue
			}

			ship := storage.Membership{Attachment: m.Attachment}

			if ship.Structure, ship.Service, err = places(tx, m); err != nil {
				return out, err
			}

			head, _, err := find(tx, rosters, key(m.Structure))
			if err != nil {
				return out, err
			}

			ship.Standing, ship.Holder = head.Standing, head.Holder
			out.Rows = append(out.Rows, ship)
		}

		return out, nil
	})
}

// Roster reads the rows of a few people and the beginnings of two indexes, whatever the roster's size (sentence 8).
func (r reader) Roster(ctx context.Context, q storage.RosterQuery) (storage.Slice, error) {
	return view(ctx, r, func(tx *bbolt.Tx) (storage.Slice, error) { return slice(tx, q) })
}

func slice(tx *bbolt.Tx, q storage.RosterQuery) (out storage.Slice, err error) {
	facts := attachment.Facts{Services: map[structure.Code]structure.Service{}}

	if facts.Structure, err = get(tx, structures, key(q.Structure)); err != nil {
		return storage.Slice{}, err
	}

	head, _, err := find(tx, rosters, key(q.Structure))
	if err != nil {
		return storage.Slice{}, err
	}

	head.Structure = q.Structure // also of a roster that does not exist yet

	if head.Queue, err = queue(tx, q); err != nil {
		return storage.Slice{}, err
	}

	if q.Login != "" {
		for _, id := range backward(tx, byLoginOrder, key(q.Structure, q.Login), nil) {
			out.Newest = account.ID(bytes.TrimSuffix(id, key("")))

			break
		}
	}

	codes := slices.Clone(q.Services)
	people := slices.Concat(q.Accounts, head.Queue, []account.ID{head.Holder, out.Newest})
	slices.Sort(people)

	for _, id := range slices.Compact(people) {
		if id == "" {
			continue
		}

		if err := addPerson(tx, &facts, id); err != nil {
			return storage.Slice{}, err
		}

		for _, data := range forward(tx, members.bucket, key(q.Structure, id), nil) {
			var m member
			if err := decode(data, &m); err != nil {
				return storage.Slice{}, err
			}

			head.Rows = append(head.Rows, m.Attachment)
			codes = append(codes, m.Service)
		}
	}

	for _, code := range codes {
		service, found, err := find(tx, services, key(q.Structure, code))
		if err != nil {
			return storage.Slice{}, err
		}

		if found {
			facts.Services[code] = service
		}
	}

	out.Roster, out.Facts = head, facts

	return out, nil
}

// queue returns the head of the line: of those who can succeed, the oldest whose time is not over, nor that of their
// registration.
func queue(tx *bbolt.Tx, q storage.RosterQuery) ([]account.ID, error) {
	var out []account.ID

	for _, row := range forward(tx, byOrder, key(q.Structure), nil) {
		m, err := get(tx, members, row)
		if err != nil {
			return nil, err
		}

		var facts attachment.Facts
		if err := addPerson(tx, &facts, m.Account); err != nil {
			return nil, err
		}

		if !inLine(m, facts, q.At) {
			continue
		}

		if out = append(out, m.Account); len(out) == attachment.QueueLength {
			break
		}
	}

	return out, nil
}

// addPerson adds the account and the registration of an id to the facts, as far as there are any.
func addPerson(tx *bbolt.Tx, facts *attachment.Facts, id account.ID) error {
	if facts.Accounts == nil {
		facts.Accounts, facts.Registrations = map[account.ID]account.Account{}, map[account.ID]account.Registration{}
	}

	acc, found, err := find(tx, accounts, key(id))
	if err != nil {
		return err
	}

	if found {
		facts.Accounts[id] = acc
	}

	reg, found, err := find(tx, registrations, key(id))
	if err != nil {
		return err
	}

	if found {
		facts.Registrations[id] = reg
	}

	return nil
}

// places returns the structure of a row, and its service unless the row is at structure level. It does not make up one
// that is missing: rights would follow from it.
func places(tx *bbolt.Tx, m member) (s structure.Structure, service structure.Service, err error) {
	if s, err = get(tx, structures, key(m.Structure)); err == nil && m.Service != "" {
		service, err = get(tx, services, key(m.Structure, m.Service))
	}

	if errors.Is(err, storage.ErrNotFound) {
		err = fmt.Errorf("customstore: a row in the roster of %s has no structure or service", m.Structure)
	}

	return s, service, err
}

// view runs fn in a read transaction.
func view[T any](ctx context.Context, r reader, fn func(tx *bbolt.Tx) (T, error)) (out T, err error) {
	if err := r.store.enter(ctx, r.inside); err != nil {
		return out, err
	}

	err = r.store.db.View(func(tx *bbolt.Tx) error {
		row, err := fn(tx)
		if err == nil {
			out = row
		}

		return err
	})

	return out, err
}

// one reads the row of a key in a transaction of its own.
func one[R any](ctx context.Context, r reader, t *table[R], parts ...any) (R, error) {
	return view(ctx, r, func(tx *bbolt.Tx) (R, error) { return get(tx, t, key(parts...)) })
}

// get returns the row of a key, or ErrNotFound.
func get[R any](tx *bbolt.Tx, t *table[R], k []byte) (R, error) {
	row, found, err := find(tx, t, k)
	if err == nil && !found {
		err = storage.ErrNotFound
	}

	return row, err
}

// find returns the row of a key, if there is one.
func find[R any](tx *bbolt.Tx, t *table[R], k []byte) (row R, found bool, err error) {
	data := tx.Bucket([]byte(t.bucket)).Get(k)
	if data == nil {
		return row, false, nil
	}

	err = decode(data, &row)

	return row, err == nil, err
}

// first returns the row that the first entry leads to, or ErrNotFound.
func first[R any](tx *bbolt.Tx, t *table[R], entries iter.Seq2[[]byte, []byte]) (R, error) {
	for _, k := range entries {
		return get(tx, t, k)
	}

	var none R

	return none, storage.ErrNotFound
}

// rowsOf returns the rows that entries lead to, at most limit unless it is 0. The rows may then be changed, which must
// not happen while entries are gone through.
func rowsOf[R any](tx *bbolt.Tx, t *table[R], entries iter.Seq2[[]byte, []byte], limit int) ([]R, error) {
	var out []R

	for _, k := range entries {
		row, err := get(tx, t, k)
		if err != nil {
			return nil, err
		}

		if out = append(out, row); len(out) == limit {
			break
		}
	}

	return out, nil
}

// forward goes through the keys of a bucket that begin with prefix and come after prefix+after, and yields what follows
// the prefix, and the value.
func forward(tx *bbolt.Tx, bucket string, prefix, after []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func([]byte, []byte) bool) {
		start := slices.Concat(prefix, after)
		cursor := tx.Bucket([]byte(bucket)).Cursor()

		k, v := cursor.Seek(start)
		if after != nil && bytes.Equal(k, start) {
			k, v = cursor.Next()
		}

		for k != nil && bytes.HasPrefix(k, prefix) && yield(k[len(prefix):], v) {
			k, v = cursor.Next()
		}
	}
}

// backward is forward from the end. The prefix must not be empty, nor end in 0xFF.
func backward(tx *bbolt.Tx, bucket string, prefix, after []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func([]byte, []byte) bool) {
		start := slices.Concat(prefix, after)
		if after == nil {
			start[len(start)-1]++ // behind all that begin with the prefix
		}

		cursor := tx.Bucket([]byte(bucket)).Cursor()

		step := cursor.Prev
		if k, _ := cursor.Seek(start); k == nil {
			step = cursor.Last
		}

		for k, v := step(); k != nil && bytes.HasPrefix(k, prefix) && yield(k[len(prefix):], v); k, v = cursor.Prev() {
		}
	}
}
