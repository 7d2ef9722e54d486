package guichet_test

import (
	"context"
	"fmt"
	"slices"
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

// rows counts the rows of a batch by kind. A guard costs what a row costs that is written as it was: both are compared.
func rows(b storage.Batch) string {
	return fmt.Sprintf("structures %d, services %d, registrations %d, accounts %d, credentials %d, attempts %d, links %d, rosters %d, "+
		"messages %d, journal %d, operations %d",
		len(b.Structures), len(b.Services), len(b.Registrations), len(b.Accounts), len(b.Credentials), len(b.Attempts), len(b.Links),
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

// nowhere is a structure that nobody has named.
const nowhere = "73282932000074"

// strangers are those in whom somebody may be interested who types their address.
func strangers() []string {
	return []string{
		"unknown", "active", "locked", "nobody-locked", "unactivated", "approved", "enrolled", "blocked", "deactivated", "closed",
		"invited", "invited-unknown", "protected", "elsewhere",
	}
}

// crowd returns a portal on a watched store that knows of strangers what their names say.
func crowd(t *testing.T) (*world, *watched) {
	t.Helper()

	store := watch(memory.New())
	w := newWorldOn(t, store, func(o *guichet.Options) { o.Policy.SecondFactor = account.OfferedFactor })
	alice := w.manager("alice")
	ids := map[string]account.ID{}

	for _, name := range []string{"active", "locked", "blocked", "deactivated", "closed", "invited", "protected"} {
		ids[name] = w.loner(name).ID
	}

	_, err := w.portal.Enrol(w.ctx, guichet.Enrolment{
		Login: "enrolled@exemple.fr", Person: account.PersonForm{FirstName: "E", LastName: "N", Language: language.French},
	})
	require.NoError(t, err)

	for range 5 {
		w.wrong("locked")
		w.wrong("nobody-locked")
	}

	_, err = w.portal.Block(w.ctx, account.Support("s"), ids["blocked"], "")
	require.NoError(t, err)
	_, err = w.portal.Deactivate(w.ctx, guichet.Departure{By: account.By(ids["deactivated"]), Account: ids["deactivated"]})
	require.NoError(t, err)
	require.NoError(t, w.portal.Close(w.ctx, guichet.Departure{By: account.By(ids["closed"]), Account: ids["closed"]}))

	secret, err := w.portal.PrepareFactor(w.ctx, ids["protected"], secrets().Password)
	require.NoError(t, err)
	_, _, err = w.portal.AddFactor(w.ctx, ids["protected"], secret.Code(w.clock))
	require.NoError(t, err)

	w.register("unactivated")
	w.register("approved")
	require.NoError(t, w.approve(alice.ID, "approved"))

	for _, name := range []string{"invited", "invited-unknown"} {
		require.NoError(t, w.portal.Invite(w.ctx, guichet.Inviting{
			By: account.By(alice.ID), Structure: w.id(), Login: name + "@exemple.fr", Language: language.French,
		}))
	}

	w.deliver()

	return w, store
}

// loner is somebody with an account and nothing else: from the time when nobody had to wait for a structure.
func (w *world) loner(name string) account.Account {
	w.t.Helper()

	before := w.portal
	defer func() { w.portal = before }()

	var err error

	w.portal, err = guichet.New(w.store, keys(), &guichet.Options{
		Now: func() time.Time { return w.clock }, Site: "https://portal.example", Policy: account.Policy{Activation: account.Immediate},
		Hashing: cheap(),
	})
	require.NoError(w.t, err)

	f := form(name, "")
	f.Kind, f.Structure = 0, structure.Form{}
	_, err = w.portal.Register(w.ctx, f)
	require.NoError(w.t, err)

	return w.activate(w.token(w.to(w.deliver(), name)))
}

// cheap is a cost for tests of anything but the hash.
func cheap() credential.Params { return credential.Params{Memory: 64, Time: 1, Threads: 1, KeyLen: 16} }

// wrong signs in with a password that is nobody's.
func (w *world) wrong(name string) error {
	_, err := w.portal.SignIn(w.ctx, guichet.SignIn{Login: name + "@exemple.fr", Password: "mauvais cheval batterie agrafe"})

	return err
}

// said is what a caller is told: the error with the address taken out.
func said(err error, name string) string {
	if err == nil {
		return ""
	}

	return strings.ReplaceAll(err.Error(), name, "*")
}

// alike plays something with every stranger, and says for whom the store sees something else than for unknown.
func alike(t *testing.T, play func(w *world, name string) string, but ...string) {
	t.Helper()

	var asked, told string

	for _, name := range strangers() {
		if slices.Contains(but, name) {
			continue
		}

		w, store := crowd(t) // nobody's visit shows in another's
		w.clock = w.clock.Add(time.Minute)
		store.notes.take()

		answer := strings.ReplaceAll(play(w, name), name, "*")
		calls := strings.Join(store.notes.take(), "\n")

		if name == "unknown" {
			asked, told = calls, answer

			require.Contains(t, calls, "write", "what is compared is something")

			continue
		}

		assert.Equal(t, asked, calls, "what the store sees of %s", name)
		assert.Equal(t, told, answer, "what is told of %s", name)
	}
}

func TestB10_AWrongPasswordIsTheSameForTheStoreWhoeverTheLoginIs(t *testing.T) {
	alike(t, func(w *world, name string) string { return said(w.wrong(name), name) }, "locked", "nobody-locked")
}

func TestX(t *testing.T) {
	for _, a := range []string{"forgot","resend","react","reg","regnowhere","contest","locked"} {
	t.Run(a, func(t *testing.T) {
	alike(t, func(w *world, name string) string {
		var err error
		switch a {
		case "forgot": err = w.portal.ForgotPassword(w.ctx, name+"@exemple.fr")
		case "resend": err = w.portal.Resend(w.ctx, name+"@exemple.fr")
		case "react": err = w.portal.SendReactivation(w.ctx, name+"@exemple.fr")
		case "contest": err = w.portal.SendContest(w.ctx, name+"@exemple.fr", identifier.MustParse(identifier.SIRET, siret))
		case "reg": r, e := w.portal.Register(w.ctx, form(name, siret)); return r.Text(language.French)+said(e,name)
		case "regnowhere": r, e := w.portal.Register(w.ctx, form(name, nowhere)); return r.Text(language.French)+said(e,name)
		case "locked": 
			for range 6 { err = w.wrong(name) }
		}
		return said(err, name)
	})
	})
	}
}
