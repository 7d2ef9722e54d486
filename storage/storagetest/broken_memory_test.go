package storagetest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
)

// sharing gives out the very rows that it keeps, of the kind that share makes of a message, a link or a slice.
type sharing struct {
	storage.Reader

	kept *sync.Map
}

// keeps returns the row that was read before, if it is the same version.
func keeps[T any](kept *sync.Map, key string, version int64, row T, err error) (T, error) {
	if err != nil {
		return row, err
	}

	was, _ := kept.LoadOrStore(fmt.Sprint(key, version), row)

	return was.(T), nil
}

func (s sharing) Message(ctx context.Context, id string) (storage.Message, error) {
	row, err := s.Reader.Message(ctx, id)

	return keeps(s.kept, "message "+id, row.Version, row, err)
}

type sharingLinks struct{ sharing }

func (s sharingLinks) Message(ctx context.Context, id string) (storage.Message, error) {
	return s.Reader.Message(ctx, id)
}

func (s sharingLinks) Link(ctx context.Context, id account.Selector) (account.Link, error) {
	row, err := s.Reader.Link(ctx, id)

	return keeps(s.kept, "link "+string(id), row.Version, row, err)
}

type sharingRosters struct{ sharing }

func (s sharingRosters) Message(ctx context.Context, id string) (storage.Message, error) {
	return s.Reader.Message(ctx, id)
}

func (s sharingRosters) Roster(ctx context.Context, q storage.RosterQuery) (storage.Slice, error) {
	row, err := s.Reader.Roster(ctx, q)

	return keeps(s.kept, fmt.Sprintf("slice %#v", q), row.Roster.Version, row, err)
}

// sharesOut is a store that gives one row to all who read it.
func sharesOut(wrap func(sharing) storage.Reader) func() storage.Store {
	return func() storage.Store {
		kept := new(sync.Map)

		return reads(func(r storage.Reader) storage.Reader { return wrap(sharing{r, kept}) })()
	}
}

// sharesIn is a store that keeps slices of the batches that it was given.
func sharesIn(take func(kept *sync.Map, b storage.Batch), give func(kept *sync.Map, r storage.Reader) storage.Reader) func() storage.Store {
	return func() storage.Store {
		kept := new(sync.Map)
		s := memory.New()

		return broken{
			Reader: give(kept, s), store: s, read: func(r storage.Reader) storage.Reader { return r },
			update: func(ctx context.Context, s *memory.Store, f fn) error {
				return s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
					b, err := f(ctx, r)
					take(kept, b)

					return b, err
				})
			},
		}
	}
}

// hashes gives out the hashes that it was given.
type hashes struct {
	storage.Reader

	kept *sync.Map
}

func (h hashes) Link(ctx context.Context, id account.Selector) (account.Link, error) {
	row, err := h.Reader.Link(ctx, id)
	if hash, ok := h.kept.Load(id); ok {
		row.Hash = hash.([]byte)
	}

	return row, err
}

// scribbles is a store that works in its caller's memory.
func scribbles(scribble func(b storage.Batch)) func() storage.Store {
	return writes(func(ctx context.Context, s *memory.Store, f fn) error {
		var b storage.Batch

		err := s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
			var err error
			b, err = f(ctx, r)

			return b, err
		})
		scribble(b)

		return err
	})
}

// sortingQueries sorts what it is asked for in place.
type sortingQueries struct{ storage.Reader }

func (s sortingQueries) Page(ctx context.Context, q storage.Query) (storage.Page, error) {
	if q, ok := q.(storage.OpenRequests); ok {
		slices.Sort(q.Structures)
	}

	return s.Reader.Page(ctx, q)
}

// roomy writes behind what it is asked for.
type roomy struct{ storage.Reader }

func (s roomy) Roster(ctx context.Context, q storage.RosterQuery) (storage.Slice, error) {
	q.Accounts = append(q.Accounts, "somebody else")

	return s.Reader.Roster(ctx, storage.RosterQuery{
		Structure: q.Structure, Accounts: slices.Clone(q.Accounts), Services: q.Services, Login: q.Login, At: q.At,
	})
}

func memoryDefects() []defect {
	return []defect{
		{
			"sealed tokens are shared by all who read them", sharesOut(func(s sharing) storage.Reader { return s }),
			[]string{"S11_ReaderSharesNoMemory"},
		},
		{
			"hashes are shared by all who read them",
			sharesOut(func(s sharing) storage.Reader { return sharingLinks{s} }),
			[]string{"S11_ReaderSharesNoMemory"},
		},
		{
			"grants and data are shared by all who read them",
			sharesOut(func(s sharing) storage.Reader { return sharingRosters{s} }),
			[]string{"S11_ReaderSharesNoMemory"},
		},
		{
			"a hash is shared with the batch that brought it in",
			sharesIn(func(kept *sync.Map, b storage.Batch) {
				for _, row := range b.Links {
					kept.Store(row.Selector, row.Hash)
				}
			}, func(kept *sync.Map, r storage.Reader) storage.Reader { return hashes{r, kept} }),
			[]string{"S11_BatchSharesNoMemory"},
		},
		{
			"grants and data are shared with the batch that brought them in",
			sharesIn(func(kept *sync.Map, b storage.Batch) {
				for _, r := range b.Rosters {
					for _, row := range r.Rows {
						kept.Store(fmt.Sprint(r.Structure, row.Key), row)
					}
				}
			}, func(kept *sync.Map, r storage.Reader) storage.Reader {
				return rosters{Reader: r, change: func(q storage.RosterQuery, s storage.Slice, err error) (storage.Slice, error) {
					for i, row := range s.Roster.Rows {
						if is, ok := kept.Load(fmt.Sprint(q.Structure, row.Key)); ok {
							s.Roster.Rows[i].Grants = is.(attachment.Attachment).Grants
							s.Roster.Rows[i].Details = is.(attachment.Attachment).Details
						}
					}

					return s, err
				}}
			}),
			[]string{"S11_BatchSharesNoMemory"},
		},
		{
			"a token is shared with the batch that brought it in",
			sharesIn(func(kept *sync.Map, b storage.Batch) {
				for _, row := range b.Messages {
					kept.Store(row.ID, row.Sealed)
				}
			}, func(kept *sync.Map, r storage.Reader) storage.Reader {
				return messages{r, func(m storage.Message) storage.Message {
					if sealed, ok := kept.Load(m.ID); ok {
						m.Sealed = sealed.([]byte)
					}

					return m
				}}
			}),
			[]string{"S11_BatchSharesNoMemory"},
		},
		{
			"versions are counted up in the batch",
			scribbles(func(b storage.Batch) {
				for i := range b.Messages {
					b.Messages[i].Version++
				}
			}),
			[]string{"S11_BatchStaysAsItWas"},
		},
		{
			"rosters are sorted in the batch",
			scribbles(func(b storage.Batch) {
				slices.SortFunc(b.Rosters, func(x, y attachment.Roster) int { return -strings.Compare(string(x.Structure), string(y.Structure)) })
			}),
			[]string{"S11_BatchStaysAsItWas"},
		},
		{
			"queries are sorted in place",
			reads(func(r storage.Reader) storage.Reader { return sortingQueries{r} }),
			[]string{"S11_BatchStaysAsItWas"},
		},
		{
			"queries are written behind",
			reads(func(r storage.Reader) storage.Reader { return roomy{r} }),
			[]string{"S11_BatchStaysAsItWas"},
		},
	}
}
