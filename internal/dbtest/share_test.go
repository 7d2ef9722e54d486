package dbtest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/sqlstore"
)

// queue is a store whose first writer is held up before it begins, until everybody has queued behind it.
type queue struct {
	store *sqlstore.Store
	spy   *spy
}

func newQueue(t *testing.T) queue {
	t.Helper()

	s := &spy{dsn: dsn(file(t))}
	q := queue{store: migrated(t, s.open(t), nil), spy: s}
	put(t, q.store, full(1))

	return q
}

// write has batches written at once, and returns the answers and how many commits there were. after, if any, is what
// happens to statements from then on.
func (q queue) write(
	t *testing.T, contexts map[int]context.Context, before, after func(string) error, batches ...storage.Batch,
) (answers []error, commits int) {
	t.Helper()

	var (
		group sync.WaitGroup
		first sync.Once
		open  = make(chan struct{})
	)

	q.spy.fail(func(text string) error {
		if text == "BEGIN IMMEDIATE" {
			first.Do(func() { <-open })
		}

		return orNothing(before)(text)
	}, after)

	answers = make([]error, len(batches))

	seen := q.spy.watch(func() {
		for i, b := range batches {
			ctx, own := contexts[i]
			if !own {
				ctx = t.Context()
			}

			group.Go(func() { answers[i] = write(ctx, q.store, b) })
			synctest.Wait() // in the order of the batches: the first one leads
		}

		close(open)
		group.Wait()
	})

	for _, one := range seen {
		if one.text == "COMMIT" {
			commits++
		}
	}

	q.spy.fail(nil, nil)

	return answers, commits
}

func TestCallersShareACommit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t)

		answers, commits := q.write(t, nil, nil, nil, full(2), full(3), full(4), full(5))
		require.NoError(t, errors.Join(answers...))
		assert.Equal(t, 1, commits)

		for i := 2; i <= 5; i++ {
			holds(t, q.store, full(i), 1)
		}
	})
}

// lateClash is a batch of which something is written before it turns out that its last row clashes.
func lateClash(n int) storage.Batch {
	b := full(n)
	b.Messages[len(b.Messages)-1].Version = 7

	return b
}

func TestABatchThatIsRefusedTakesNobodyAlong(t *testing.T) {
	t.Parallel()

	early := full(9)
	early.Guards = []storage.Guard{storage.StructureAt{ID: "house-1", Version: 7}}
	doubled := full(8)
	doubled.Accounts[0].Login = full(1).Accounts[0].Login

	for name, refused := range map[string]storage.Batch{"early": early, "late": lateClash(7), "a unique key": doubled} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				q := newQueue(t)

				answers, commits := q.write(t, nil, nil, nil, full(2), refused, full(3))
				require.NoError(t, errors.Join(answers[0], answers[2]))
				assert.Equal(t, 1, commits)

				if name == "a unique key" {
					assert.True(t, storage.Exists(answers[1], storage.KeyLogin), answers[1])
				} else {
					require.ErrorIs(t, answers[1], storage.ErrConflict)
				}

				holds(t, q.store, full(2), 1)
				holds(t, q.store, full(3), 1)

				_, err := q.store.Structure(t.Context(), refused.Structures[0].ID)
				require.ErrorIs(t, err, storage.ErrNotFound)
			})
		})
	}
}

func TestWhoLeavesTheQueueTakesTheirBatchBack(t *testing.T) {
	t.Parallel()

	for who := range 3 { // the leader, and others
		synctest.Test(t, func(t *testing.T) {
			q := newQueue(t)
			ended, cancel := context.WithCancel(t.Context())

			answers, _ := q.write(t, map[int]context.Context{who: ended}, func(text string) error {
				if text == "BEGIN IMMEDIATE" {
					cancel()
				}

				return nil
			}, nil, full(2), full(3), full(4))

			for i, err := range answers {
				if i == who {
					// The batch was taken back, or the commit was on its way already: the answer is true.
					if err == nil {
						holds(t, q.store, full(2+i), 1)

						continue
					}

					require.ErrorIs(t, err, context.Canceled)

					_, err := q.store.Structure(t.Context(), full(2 + i).Structures[0].ID)
					require.ErrorIs(t, err, storage.ErrNotFound)

					continue
				}

				require.NoError(t, err)
				holds(t, q.store, full(2+i), 1)
			}
		})
	}
}

func TestACommitThatFailsIsToldToEverybody(t *testing.T) {
	t.Parallel()

	dead := errors.New("the line went dead")
	commit := func(text string) error {
		if text == "COMMIT" {
			return dead
		}

		return nil
	}

	// Of two with one login the second is refused; were the first not committed, it would be told of a login that
	// nobody has.
	twin := full(3)
	twin.Accounts[0].Login = full(2).Accounts[0].Login

	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t)

		answers, _ := q.write(t, nil, commit, nil, full(2), twin, full(4))
		for _, err := range answers {
			require.ErrorIs(t, err, dead)
			require.NotErrorIs(t, err, storage.ErrUncertain, "it could be rolled back")
			require.NotErrorIs(t, err, storage.ErrExists)
		}

		put(t, q.store, full(2))
		put(t, q.store, full(4))
	})

	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t)

		answers, _ := q.write(t, nil, nil, commit, full(2), full(3))
		for i, err := range answers {
			require.ErrorIs(t, err, storage.ErrUncertain)
			holds(t, q.store, full(2+i), 1)
		}
	})
}

func TestAnEngineThatFailsHalfwayLeavesNothingHalf(t *testing.T) {
	t.Parallel()

	errFull := errors.New("database or disk is full")

	for name, gone := range map[string]bool{"the transaction is there": false, "the transaction is gone": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				q := newQueue(t)

				answers, _ := q.write(t, nil, func(text string) error {
					switch {
					case strings.HasPrefix(text, "INSERT INTO guichet_messages"):
						return errFull
					case gone && strings.HasPrefix(text, "ROLLBACK"):
						return errors.New("cannot rollback - no transaction is active")
					default:
						return nil
					}
				}, nil, full(2), storage.Batch{Accounts: []account.Account{person("alone", account.Active)}})

				require.ErrorIs(t, answers[0], errFull)

				_, err := q.store.Structure(t.Context(), "house-2")
				require.ErrorIs(t, err, storage.ErrNotFound)

				_, err = q.store.Account(t.Context(), "alone")
				if answers[1] == nil {
					require.NoError(t, err)
				} else {
					require.ErrorIs(t, err, storage.ErrNotFound)
				}

				put(t, q.store, full(3))
			})
		})
	}
}
