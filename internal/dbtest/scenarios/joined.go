package scenarios

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
	"github.com/guichet-pro/guichet/structure/directorytest"
)

// Tx is a transaction that an application began on the database of a store.
type Tx interface {
	storage.Querier

	Commit() error
	Rollback() error
}

// joinedTable is a table of the application's own, for its users.
const joinedTable = "scenarios_application_user"

// joining is an application that keeps users of its own in the same database, in a table of its own.
type joining struct {
	*World

	story int // each has people and structures of its own: the store is the same for all
	begin func(ctx context.Context) (Tx, error)
}

// Joined tells the stories of use cases in an application's transaction, on one store that is a storage.Joiner. It creates
// one table.
func Joined(t *testing.T, store storage.Store, begin func(ctx context.Context) (Tx, error)) {
	t.Helper()

	for n, s := range []struct {
		name string
		play func(w *joining)
	}{
		{"F1_WhatIsRolledBackLeavesNothing", rolledBack},
		{"F1_WhatIsCommittedIsThereTogether", committedTogether},
		{"F1_ASecondUseCaseSeesTheFirst", seenWithin},
		{"F1_ARefusalLeavesTheTransactionUsable", refusedWithin},
		{"F1_ALostRaceComesBackUntried", lostWithin},
		{"F1_WhatHasTransactionsOfItsOwnIsNotForOne", ownTransactions},
		{"B10_NoTryIsForgottenWithATransactionThatIsRolledBack", triesWithin},
		{"C3_NobodyWaitsForADirectoryInATransaction", silentWithin},
	} {
		t.Run(s.name, func(t *testing.T) {
			w := &joining{World: NewWorld(t, store, nil), story: n, begin: begin}

			tx := w.tx()
			_, err := tx.ExecContext(w.Ctx, "CREATE TABLE IF NOT EXISTS "+joinedTable+" (name VARCHAR(80) NOT NULL)")
			require.NoError(t, err)
			require.NoError(t, tx.Commit())

			s.play(w)
			w.Deliver() // the next story's mails are its own
		})
	}
}

// tx begins a transaction.
func (w *joining) tx() Tx {
	w.T.Helper()

	tx, err := w.begin(w.Ctx)
	require.NoError(w.T, err)

	return tx
}

// name is somebody of this story.
func (w *joining) name(s string) string { return fmt.Sprint(s, "-", w.story) }

// user is the account of somebody of the application's in this story.
func (w *joining) user(s string) account.ID { return account.ID("app-" + w.name(s)) }

// id is the nth identifier of this story.
func (w *joining) id(n int) identifier.ID { return number(100*(w.story+1) + n) }

// addUser writes a user of the application's own.
func (w *joining) addUser(tx Tx, name string) {
	w.T.Helper()

	_, err := tx.ExecContext(w.Ctx, "INSERT INTO "+joinedTable+" (name) VALUES ('"+w.name(name)+"')")
	require.NoError(w.T, err)
}

// isUser tells whether there is a user of the application's own.
func (w *joining) isUser(name string) bool {
	w.T.Helper()

	tx := w.tx()
	defer func() { require.NoError(w.T, tx.Rollback()) }()

	rows, err := tx.QueryContext(w.Ctx, "SELECT name FROM "+joinedTable+" WHERE name = '"+w.name(name)+"'")
	require.NoError(w.T, err)

	found := rows.Next()
	require.NoError(w.T, rows.Err())
	require.NoError(w.T, rows.Close())

	return found
}

func rolledBack(w *joining) {
	tx := w.tx()
	w.addUser(tx, "agent")

	out, err := w.Portal.EnrolTx(w.Ctx, tx, Enrolled(w.name("agent"), w.id(0)))
	require.NoError(w.T, err)
	assert.True(w.T, out.Manager)
	require.NoError(w.T, tx.Rollback())

	assert.False(w.T, w.isUser("agent"))
	w.Unnamed(w.id(0))
	_, err = w.Portal.Account(w.Ctx, w.user("agent"))
	require.ErrorIs(w.T, err, guichet.ErrUnknownAccount)
	assert.Empty(w.T, w.Deliver(), "no mail for what was rolled back")

	// It can be done again, then.
	assert.True(w.T, w.Enrol(Enrolled(w.name("agent"), w.id(0))).Manager)
}

func committedTogether(w *joining) {
	manager := w.Manager(w.name("gestionnaire"), w.id(0))

	tx := w.tx()
	w.addUser(tx, "agent")

	out, err := w.Portal.EnrolTx(w.Ctx, tx, Enrolled(w.name("agent"), w.id(0)))
	require.NoError(w.T, err)
	assert.False(w.T, out.Manager)
	require.NoError(w.T, tx.Commit())

	assert.True(w.T, w.isUser("agent"))

	kept, err := w.Portal.Account(w.Ctx, w.user("agent"))
	require.NoError(w.T, err)
	assert.Equal(w.T, out.Account, kept)
	w.One(w.Deliver(), w.name("gestionnaire"), mail.RequestToApprove)

	// The manager's decision goes with something of the application's, too.
	tx = w.tx()
	w.addUser(tx, "approuve")

	_, err = w.Portal.DoTx(w.Ctx, tx, out.Structure, attachment.Approve{
		By: account.By(manager.ID), Account: w.user("agent"),
	})
	require.NoError(w.T, err)
	require.NoError(w.T, tx.Commit())
	assert.Equal(w.T, attachment.Attached, w.Row(w.id(0), w.user("agent")).State)
}

func seenWithin(w *joining) {
	tx := w.tx()

	within, err := w.Portal.Within(tx)
	require.NoError(w.T, err)

	first, err := within.Enrol(w.Ctx, Enrolled(w.name("premiere"), w.id(0)))
	require.NoError(w.T, err)
	assert.True(w.T, first.Manager)

	second, err := within.Enrol(w.Ctx, Enrolled(w.name("deuxieme"), w.id(0)))
	require.NoError(w.T, err)
	assert.False(w.T, second.Manager, "the first is there already")
	assert.Equal(w.T, first.Structure, second.Structure)

	by := account.By(w.user("premiere"))
	_, err = within.PutService(w.Ctx, by, first.Structure, structure.ServiceForm{Code: "A", Label: "A"})
	require.NoError(w.T, err)
	_, err = within.Do(w.Ctx, first.Structure, attachment.Approve{By: by, Account: w.user("deuxieme")})
	require.NoError(w.T, err)

	found, err := within.FindStructure(w.Ctx, w.id(0))
	require.NoError(w.T, err)
	assert.Equal(w.T, "Société de "+w.name("premiere"), found.Data.LegalName)

	renamed, err := within.ChangeIdentifier(w.Ctx, by, first.Structure, w.id(1))
	require.NoError(w.T, err)
	require.NoError(w.T, tx.Commit())

	assert.Equal(w.T, w.ID(w.id(1)), renamed.ID)
	assert.Equal(w.T, attachment.Attached, w.Row(w.id(1), w.user("deuxieme")).State)
	assert.Len(w.T, w.Services(renamed.ID), 1)
}

func refusedWithin(w *joining) {
	w.Manager(w.name("gestionnaire"), w.id(0))

	tx := w.tx()
	w.addUser(tx, "agent")

	_, err := w.Portal.EnrolTx(w.Ctx, tx, Enrolled(w.name("gestionnaire"), w.id(0)))
	require.ErrorIs(w.T, err, guichet.ErrLoginTaken)

	wrong := Enrolled(w.name("agent"), w.id(1))
	wrong.Structure.LegalName = ""
	_, err = w.Portal.EnrolTx(w.Ctx, tx, wrong)
	assert.Equal(w.T, []string{"legal_name structure.required"}, faultsIn(err))

	_, err = w.Portal.EnrolTx(w.Ctx, tx, Enrolled(w.name("agent"), w.id(1)))
	require.NoError(w.T, err)
	require.NoError(w.T, tx.Commit())
	assert.Equal(w.T, w.user("agent"), w.Roster(w.id(1)).Roster.Holder)
	assert.True(w.T, w.isUser("agent"))
}

// lostWithin loses a race, on any store: its own has every batch rest on what is not there.
func lostWithin(w *joining) {
	tries := 0
	world := *w.World
	world.Store = &staleStore{Store: w.Store, update: func() { tries++ }}
	world.Reopen(nil)

	tx := w.tx()
	_, err := world.Portal.EnrolTx(w.Ctx, tx, Enrolled(w.name("agent"), w.id(0)))
	require.ErrorIs(w.T, err, storage.ErrConflict)
	assert.Equal(w.T, 1, tries, "who began the transaction begins it again")
	require.NoError(w.T, tx.Rollback())
	w.Unnamed(w.id(0))
}

// staleStore joins like the store that it wraps, and has every joined batch rest on a roster that is not there.
type staleStore struct {
	storage.Store

	update func()
}

// Join returns the store within a transaction.
func (s *staleStore) Join(q storage.Querier) (storage.Store, error) {
	joiner, _ := storage.As[storage.Joiner](s.Store)

	joined, err := joiner.Join(q)

	return &staleJoined{Store: joined, update: s.update}, err
}

type staleJoined struct {
	storage.Store

	update func()
}

// Update loses.
func (s *staleJoined) Update(
	ctx context.Context, fn func(ctx context.Context, r storage.Reader) (storage.Batch, error),
) error {
	s.update()

	return s.Store.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		batch, err := fn(ctx, r)
		batch.Guards = append(batch.Guards, storage.RosterAt{Structure: "nowhere", Version: 7})

		return batch, err
	})
}

func ownTransactions(w *joining) {
	tx := w.tx()

	within, err := w.Portal.Within(tx)
	require.NoError(w.T, err)

	_, err = within.Deliver(w.Ctx, w)
	require.ErrorIs(w.T, err, guichet.ErrWithin)
	_, err = within.Advance(w.Ctx, 0)
	require.ErrorIs(w.T, err, guichet.ErrWithin)
	_, err = within.Verify(w.Ctx, 0)
	require.ErrorIs(w.T, err, guichet.ErrWithin)
	_, err = within.Import(w.Ctx, guichet.Import{})
	require.ErrorIs(w.T, err, guichet.ErrWithin)
	require.ErrorIs(w.T, within.Purge(w.Ctx, 0), guichet.ErrWithin)
	require.NoError(w.T, tx.Rollback())
}

func silentWithin(w *joining) {
	w.Reopen(func(o *guichet.Options) { o.Directory = w.Directory })
	w.Directory.Fail(directorytest.ErrDown)

	tx := w.tx()
	_, err := w.Portal.EnrolTx(w.Ctx, tx, Enrolled(w.name("agent"), w.id(0)))
	require.NoError(w.T, err)
	require.NoError(w.T, tx.Commit())

	assert.Empty(w.T, w.Directory.Asked())
	assert.Equal(w.T, structure.Unverified, w.Stored(w.id(0)).Verification)

	w.Directory.Fail(nil)
	w.Directory.Say(w.id(0), listed("x"))
	w.Wait(2 * aDay)
	n, err := w.Portal.Verify(w.Ctx, 0)
	require.NoError(w.T, err)
	assert.Equal(w.T, 1, n)
	assert.Equal(w.T, structure.Verified, w.Stored(w.id(0)).Verification)
}
