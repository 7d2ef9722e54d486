package scenarios

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

// Passwords in the stories about signing in.
const (
	firstPassword  = "correct cheval batterie agrafe" // of Secrets
	secondPassword = "girafe meuble soleil trombone"
	wrongPassword  = "aucune de ces phrases ne va"
)

// lockTime and askTime are the policy's.
const (
	lockTime = 15 * time.Minute
	askTime  = 10 * time.Minute
)

// alice activates an account with the password and the question of Secrets, whose mails are out.
func (w *World) alice() account.Account {
	w.T.Helper()

	acc := w.Manager("alice", Siret(0))
	w.Deliver()

	return acc
}

// signIn has somebody sign in.
func (w *World) signIn(name, password string) (guichet.SignedIn, error) {
	return w.Portal.SignIn(w.Ctx, guichet.SignIn{Login: Login(name), Password: password})
}

// comesIn asserts that somebody comes in with a password, and returns who that is.
func (w *World) comesIn(name, password string) account.Account {
	w.T.Helper()

	out, err := w.signIn(name, password)
	require.NoError(w.T, err)
	require.Zero(w.T, out.Factor)
	require.Equal(w.T, Login(name), out.Account.Login.String())
	require.NoError(w.T, w.Portal.Session(w.Ctx, out.Account.ID, out.Account.Epoch))

	return out.Account
}

// staysOut asserts that somebody does not, and why.
func (w *World) staysOut(name, password string, why error) {
	w.T.Helper()

	out, err := w.signIn(name, password)
	require.ErrorIs(w.T, err, why)
	require.Zero(w.T, out)
}

// misses has somebody try a wrong password, some times in a row.
func (w *World) misses(name string, times int) {
	w.T.Helper()

	for range times {
		w.staysOut(name, wrongPassword, guichet.ErrCredentials)
	}
}

// forgets has somebody ask for a link to choose another password, and returns it.
func (w *World) forgets(name string) account.Token {
	w.T.Helper()
	require.NoError(w.T, w.Portal.ForgotPassword(w.Ctx, Login(name)))

	return w.Token(w.One(w.Deliver(), name, mail.PasswordReset))
}

// reset uses a link with an answer.
func (w *World) reset(token account.Token, answer, password string) error {
	_, err := w.Portal.ResetPassword(w.Ctx, token, guichet.Reset{Answer: answer, Password: password})

	return err
}

// moves asks for another login, and returns the link that confirms it.
func (w *World) moves(id account.ID, to string) account.Token {
	w.T.Helper()
	require.NoError(w.T, w.Portal.ChangeLogin(w.Ctx, id, firstPassword, Login(to)))

	return w.Token(w.One(w.Deliver(), to, mail.LoginToConfirm))
}

// stepped is a store at which something happens once, at the nth transaction of one use case: before it begins, or between what
// it reads and what it writes.
type stepped struct {
	storage.Store

	nth     int
	writing bool
	happens func()
}

// Update implements [storage.Store].
func (s *stepped) Update(ctx context.Context, fn func(context.Context, storage.Reader) (storage.Batch, error)) error {
	s.nth--
	now := func(writing bool) {
		if s.nth == 0 && s.writing == writing && s.happens != nil {
			happens := s.happens
			s.happens = nil

			happens()
		}
	}

	now(false)

	return s.Store.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		batch, err := fn(ctx, r)

		now(true)

		return batch, err
	})
}

// atStep returns a portal to whose nth transaction something happens.
func (w *World) atStep(nth int, writing bool, fn func(), change ...func(*guichet.Options)) *guichet.Portal {
	w.T.Helper()

	return w.late(&stepped{Store: w.Store, nth: nth, writing: writing, happens: fn}, change...)
}

// throughout tells a story once for every moment of the transactions of a use case, the first to the last, each with an account
// of its own.
func (w *World) throughout(first, last int, story func(name string, at func(fn func()) *guichet.Portal)) {
	w.T.Helper()

	for nth := first; nth <= last; nth++ {
		for _, writing := range []bool{false, true} {
			happened := false

			story(fmt.Sprintf("alice-%d-%t", nth, writing), func(fn func()) *guichet.Portal {
				return w.atStep(nth, writing, func() { happened = true; fn() })
			})
			assert.True(w.T, happened, "transaction %d", nth)
		}
	}
}

// vault is an application that keeps passwords.
type vault struct {
	mu    sync.Mutex
	kept  map[account.ID]string
	asked map[account.ID]int // how often it was asked about whom

	verifying func() (bool, error) // in its stead; nil: what is kept says
	setting   error
}

func newVault() *vault { return &vault{kept: map[account.ID]string{}, asked: map[account.ID]int{}} }

// Verify implements [guichet.Passwords].
func (v *vault) Verify(_ context.Context, id account.ID, password string) (bool, error) {
	v.mu.Lock()
	v.asked[id]++
	kept, known := v.kept[id]
	v.mu.Unlock()

	if v.verifying != nil {
		return v.verifying()
	}

	return known && kept == password, nil
}

// Set implements [guichet.Passwords].
func (v *vault) Set(_ context.Context, id account.ID, password string) error {
	v.mu.Lock()
	defer v.mu.Unlock()

	if v.setting == nil {
		v.kept[id] = password
	}

	return v.setting
}

// looked is how often it was asked about somebody.
func (v *vault) looked(id account.ID) int {
	v.mu.Lock()
	defer v.mu.Unlock()

	return v.asked[id]
}

// outside has the passwords kept by the application.
func (w *World) outside() *vault {
	w.T.Helper()

	v := newVault()
	w.Reopen(func(o *guichet.Options) { o.Passwords = v })

	return v
}

// two makes a structure with two who decide.
func (w *World) two() identifier.ID {
	w.T.Helper()
	w.Deciders(Siret(0), "gerante", "adjointe")
	w.Deliver()

	return Siret(0)
}

// fresh activates another account each time.
func (w *World) fresh() account.Account {
	w.T.Helper()
	w.made++

	acc := w.Manager(fmt.Sprint("nouvelle", w.made), number(w.made))
	w.Deliver()

	return acc
}
