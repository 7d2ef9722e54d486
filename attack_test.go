package guichet_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/account/credential"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/structure"
)

// What somebody without an account can measure is, besides the hash, what the store is asked and what is written. So these tests
// compare sequences of calls, which are the same on a quiet and on a busy machine. `make timing` compares the times themselves.

// watched is a store that notes what it is asked and what is written.
type watched struct {
	watching

	store storage.Store
}

func watch(store storage.Store) *watched {
	return &watched{watching: watching{Reader: store, notes: &notes{}}, store: store}
}

// Update notes the rows that are written, by kind.
func (w *watched) Update(
	ctx context.Context, fn func(ctx context.Context, r storage.Reader) (storage.Batch, error),
) error {
	w.notes.add("update")

	err := w.store.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		batch, err := fn(ctx, watching{r, w.notes})
		w.notes.add("write " + rows(batch))

		return batch, err
	})
	if err != nil {
		w.notes.add("refused")
	}

	return err
}

// rows counts the rows of a batch by kind; what is known of somebody is a registration or an account, and one costs what the
// other does.
func rows(b storage.Batch) string {
	return fmt.Sprintf("structures %d, services %d, people %d, credentials %d, attempts %d, links %d, rosters %d, messages %d, "+
		"journal %d, operations %d",
		len(b.Structures), len(b.Services), len(b.Registrations)+len(b.Accounts), len(b.Credentials), len(b.Attempts), len(b.Links),
		len(b.Rosters), len(b.Messages), len(b.Journal), len(b.Operations))
}

// notes are lines that several goroutines add.
type notes struct {
	mu    sync.Mutex
	lines []string
}

func (n *notes) add(line string) {
	n.mu.Lock()
	defer n.mu.Unlock()

	n.lines = append(n.lines, line)
}

// take returns what was added since the last call.
func (n *notes) take() []string {
	n.mu.Lock()
	defer n.mu.Unlock()

	out := n.lines
	n.lines = nil

	return out
}

// watching notes what is read.
type watching struct {
	storage.Reader

	notes *notes
}

func (w watching) Structure(ctx context.Context, id structure.ID) (structure.Structure, error) {
	w.notes.add("structure")

	return w.Reader.Structure(ctx, id)
}

func (w watching) StructureByIdentity(ctx context.Context, id identifier.ID) (structure.Structure, error) {
	w.notes.add("structure by identity")

	return w.Reader.StructureByIdentity(ctx, id)
}

func (w watching) Registration(ctx context.Context, id account.ID) (account.Registration, error) {
	w.notes.add("registration")

	return w.Reader.Registration(ctx, id)
}

func (w watching) Account(ctx context.Context, id account.ID) (account.Account, error) {
	w.notes.add("account")

	return w.Reader.Account(ctx, id)
}

func (w watching) AccountByLogin(ctx context.Context, key string) (account.Account, error) {
	w.notes.add("account by login")

	return w.Reader.AccountByLogin(ctx, key)
}

func (w watching) Credential(ctx context.Context, id account.ID) (account.Credential, error) {
	w.notes.add("credential")

	return w.Reader.Credential(ctx, id)
}

func (w watching) Attempts(ctx context.Context, key string) (account.Attempts, error) {
	w.notes.add("attempts")

	return w.Reader.Attempts(ctx, key)
}

func (w watching) Link(ctx context.Context, selector account.Selector) (account.Link, error) {
	w.notes.add("link")

	return w.Reader.Link(ctx, selector)
}

func (w watching) Links(ctx context.Context, id account.ID, purpose account.Purpose) ([]account.Link, error) {
	w.notes.add("links " + purpose.String())

	return w.Reader.Links(ctx, id, purpose)
}

func (w watching) Roster(ctx context.Context, q storage.RosterQuery) (storage.Slice, error) {
	w.notes.add("roster")

	return w.Reader.Roster(ctx, q)
}

func (w watching) Memberships(ctx context.Context, id account.ID) (storage.Memberships, error) {
	w.notes.add("memberships")

	return w.Reader.Memberships(ctx, id)
}

func (w watching) Message(ctx context.Context, id string) (storage.Message, error) {
	w.notes.add("message")

	return w.Reader.Message(ctx, id)
}

func (w watching) Page(ctx context.Context, q storage.Query) (storage.Page, error) {
	w.notes.add(fmt.Sprintf("page %T", q))

	return w.Reader.Page(ctx, q)
}

// Structures besides the world's: one that waits for its first comer to activate, and one that nobody has named.
const (
	contended = "73282932000074"
	nowhere   = "55208131766522"
)

// strangers are those in whom somebody may be interested who types their address, as far as nobody has tried to sign in as them.
func strangers() []string {
	return []string{
		"unknown", "active", "waiting", "approved", "refused", "claimant", "enrolled", "blocked", "deactivated", "closed", "invited",
		"invited-unknown", "protected",
	}
}

// crowd returns a portal on a watched store that knows of strangers what their names say.
func crowd(t *testing.T, activation account.Activation) (*world, *watched) {
	t.Helper()

	store := watch(memory.New())
	w := newWorldOn(t, store, func(o *guichet.Options) {
		o.Policy.SecondFactor, o.Policy.Activation = account.OfferedFactor, activation
	})
	alice := w.manager("alice")
	ids := map[string]account.ID{}

	for _, name := range []string{"active", "blocked", "deactivated", "closed", "invited", "protected"} {
		ids[name] = w.loner(name).ID
	}

	_, err := w.portal.Enrol(w.ctx, guichet.Enrolment{
		Login: "enrolled@exemple.fr", Person: account.PersonForm{FirstName: "E", LastName: "N", Language: language.French},
	})
	require.NoError(t, err)

	_, err = w.portal.Block(w.ctx, account.Support("s"), ids["blocked"], "")
	require.NoError(t, err)
	_, err = w.portal.Deactivate(w.ctx, guichet.Departure{By: account.By(ids["deactivated"]), Account: ids["deactivated"]})
	require.NoError(t, err)
	require.NoError(t, w.portal.Close(w.ctx, guichet.Departure{By: account.By(ids["closed"]), Account: ids["closed"]}))
	w.protect(ids["protected"])

	_, err = w.portal.Register(w.ctx, form("claimant", contended))
	require.NoError(t, err)

	for _, name := range []string{"waiting", "approved", "refused"} {
		w.register(name)
	}

	require.NoError(t, w.approve(alice.ID, "approved"))
	w.refuse(alice.ID, "refused", "non")

	for _, name := range []string{"invited", "invited-unknown"} {
		require.NoError(t, w.portal.Invite(w.ctx, guichet.Inviting{
			By: account.By(alice.ID), Structure: w.id(), Login: name + "@exemple.fr", Language: language.French,
		}))
	}

	w.deliver()

	w.clock = w.clock.Add(time.Minute)
	store.notes.take()

	return w, store
}

// protect adds a second factor to an account.
func (w *world) protect(id account.ID) (credential.TOTPSecret, []credential.RecoveryCode) {
	w.t.Helper()

	secret, err := w.portal.PrepareFactor(w.ctx, id, secrets().Password)
	require.NoError(w.t, err)
	_, codes, err := w.portal.AddFactor(w.ctx, id, secret.Code(w.clock))
	require.NoError(w.t, err)

	return secret, codes
}

// loner is somebody with an account and nothing else, from a time when nobody had to wait for a structure.
func (w *world) loner(name string) account.Account {
	w.t.Helper()

	before := w.portal
	defer func() { w.portal = before }()

	var err error

	w.portal, err = guichet.New(w.store, keys(), &guichet.Options{
		Now: func() time.Time { return w.clock }, Site: "https://portal.example", Policy: account.Policy{Activation: account.Immediate},
		Hashing: credential.Params{Memory: 64, Time: 1, Threads: 1, KeyLen: 16},
	})
	require.NoError(w.t, err)

	f := form(name, "")
	f.Kind, f.Structure = 0, structure.Form{}
	_, err = w.portal.Register(w.ctx, f)
	require.NoError(w.t, err)

	return w.activate(w.token(w.to(w.deliver(), name)))
}

// signIn tells what comes of signing in as somebody.
func (w *world) signIn(name, password string) error {
	_, err := w.portal.SignIn(w.ctx, guichet.SignIn{Login: name + "@exemple.fr", Password: password})

	return err
}

// somethingElse is a password that nobody has.
const somethingElse = "mauvais cheval batterie agrafe"

// probe is something that anybody can do with an address.
type probe struct {
	name string
	play func(w *world, name string) (guichet.Receipt, error)
}

const claims = "registering where somebody claims"

func probes() []probe {
	asking := func(ask func(w *world, login string) error) func(*world, string) (guichet.Receipt, error) {
		return func(w *world, name string) (guichet.Receipt, error) {
			return guichet.Receipt{}, ask(w, name+"@exemple.fr")
		}
	}
	registering := func(code string) func(*world, string) (guichet.Receipt, error) {
		return func(w *world, name string) (guichet.Receipt, error) {
			return w.portal.Register(w.ctx, form(name, code))
		}
	}

	return []probe{
		{"signing in", func(w *world, name string) (guichet.Receipt, error) {
			return guichet.Receipt{}, w.signIn(name, somethingElse)
		}},
		{"signing in until it is locked, and beyond", func(w *world, name string) (guichet.Receipt, error) {
			var said []error
			for range 7 {
				said = append(said, w.signIn(name, somethingElse))
			}

			return guichet.Receipt{}, errors.Join(said...)
		}},
		{"forgetting the password", asking(func(w *world, login string) error { return w.portal.ForgotPassword(w.ctx, login) })},
		{"asking for a link", asking(func(w *world, login string) error { return w.portal.Resend(w.ctx, login) })},
		{"asking for a link twice", asking(func(w *world, login string) error {
			return errors.Join(w.portal.Resend(w.ctx, login), w.portal.Resend(w.ctx, login))
		})},
		{"asking to come back", asking(func(w *world, login string) error { return w.portal.SendReactivation(w.ctx, login) })},
		{"contesting", asking(func(w *world, login string) error {
			return w.portal.SendContest(w.ctx, login, identifier.MustParse(identifier.SIRET, siret))
		})},
		{"registering where somebody decides", registering(siret)},
		{claims, registering(contended)},
		{"registering for what nobody knows", registering(nowhere)},
	}
}

// anonymous takes out of a text what its reader has typed.
func anonymous(text, name string) string {
	return strings.NewReplacer(name+"@", "*@", "Prénom "+name, "Prénom *", "Nom "+name, "Nom *", "Société de "+name, "Société de *").
		Replace(text)
}

func TestB10_WhatTheStoreIsAskedAndWhatIsToldAreTheSameWhoeverTheAddressIs(t *testing.T) {
	for _, activation := range []account.Activation{account.AfterApproval, account.Immediate} {
		for _, probe := range probes() {
			t.Run(fmt.Sprintf("%d %s", activation, probe.name), func(t *testing.T) {
				var asked []string

				var told string

				for i, name := range strangers() {
					w, store := crowd(t, activation) // nobody's visit shows in another's
					receipt, err := probe.play(w, name)
					calls, said := store.notes.take(), anonymous(fmt.Sprintf("%s %v", receipt.Text(language.French), err), name)

					if i == 0 {
						asked, told = calls, said

						continue
					}

					assert.Equal(t, asked, calls, "what the store sees of %s", name)

					// Who registers again is told what they were told before (rule B14), which of a claim nobody else is.
					if name != "claimant" || probe.name != claims {
						assert.Equal(t, told, said, "what is told of %s", name)
					}
				}

				assert.Contains(t, asked, "update", "something is compared")
			})
		}
	}
}

func TestB10_AWrongPasswordWritesTheSameWhileItIsLocked(t *testing.T) {
	w, store := crowd(t, account.AfterApproval)
	_ = w.signIn("active", somethingElse) // now there is a row, as of whoever is locked

	store.notes.take()
	require.ErrorIs(t, w.signIn("active", somethingElse), guichet.ErrCredentials)
	free := store.notes.take()

	for _, name := range []string{"protected", "nobody"} {
		for range 5 {
			require.ErrorIs(t, w.signIn(name, somethingElse), guichet.ErrCredentials)
		}

		store.notes.take()

		require.ErrorIs(t, w.signIn(name, secrets().Password), guichet.ErrLocked, "the right one, too")
		assert.Equal(t, free, store.notes.take())
	}
}
