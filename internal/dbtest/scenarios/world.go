package scenarios

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/account/credential"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
	"github.com/guichet-pro/guichet/structure/directorytest"
)

// World is a portal on some store, with a clock that the story moves and a mailbox for everybody.
type World struct {
	T         *testing.T
	Ctx       context.Context
	Clock     time.Time
	Store     storage.Store
	Portal    *guichet.Portal
	Directory *directorytest.Directory // asked only if a story opens the portal with it
	Sent      []mail.Message           // everything that went out since the last Deliver began

	made int // accounts, see fresh
}

// NewWorld opens a portal on a store; change may alter its options.
func NewWorld(t *testing.T, store storage.Store, change func(*guichet.Options)) *World {
	t.Helper()

	w := &World{
		T: t, Ctx: t.Context(), Store: store, Directory: directorytest.New(),
		Clock: time.Date(2026, time.November, 23, 9, 0, 0, 0, time.UTC),
	}
	w.Portal = w.Open(change)

	return w
}

// Open returns another portal on the same store and clock, with other options.
func (w *World) Open(change func(*guichet.Options)) *guichet.Portal {
	w.T.Helper()

	opts := &guichet.Options{
		Now: func() time.Time { return w.Clock }, Site: "https://portal.example",
		Rand: rand.NewChaCha8([32]byte{1, byte(rand.IntN(256)), byte(rand.IntN(256)), byte(rand.IntN(256))}),
		// Cheap: what is tested here is not the hash.
		Hashing: credential.Params{Memory: 64, Time: 1, Threads: 1, KeyLen: 16},
	}

	if change != nil {
		change(opts)
	}

	keys := guichet.Keys{{ID: "2026", Secret: bytes.Repeat([]byte{7}, guichet.KeySize)}}

	portal, err := guichet.New(w.Store, keys, opts)
	require.NoError(w.T, err)

	return portal
}

// Reopen goes on with other options.
func (w *World) Reopen(change func(*guichet.Options)) { w.Portal = w.Open(change) }

// Send keeps a message that the portal hands over.
func (w *World) Send(_ context.Context, m mail.Message) error {
	w.Sent = append(w.Sent, m)

	return nil
}

// Deliver sends what is due and returns it.
func (w *World) Deliver() []mail.Message {
	w.T.Helper()

	w.Sent = nil
	_, err := w.Portal.Deliver(w.Ctx, w)
	require.NoError(w.T, err)

	return w.Sent
}

// Wait lets time pass.
func (w *World) Wait(d time.Duration) { w.Clock = w.Clock.Add(d) }

// Advance applies what is due.
func (w *World) Advance() guichet.Advanced {
	w.T.Helper()

	done, err := w.Portal.Advance(w.Ctx, 0)
	require.NoError(w.T, err)

	return done
}

// Login is the address of somebody in these stories.
func Login(name string) string { return name + "@exemple.fr" }

// Siret returns the nth of some valid SIRETs.
func Siret(n int) identifier.ID {
	id, err := identifier.Parse(identifier.SIRET, fmt.Sprintf("356000000%05d", postal[n]))
	if err != nil {
		panic(err)
	}

	return id
}

// postal are establishments of La Poste: their digit sums are multiples of five.
var postal = []int{9075, 1, 6, 10, 15, 24, 29, 33, 38, 42, 47, 51, 56, 60}

// Form is the registration form of somebody for a structure.
func Form(name string, id identifier.ID) account.Form {
	return account.Form{
		Login: Login(name), LoginAgain: Login(name), FirstName: "Prénom " + name, LastName: "Nom " + name,
		AcceptsTerms: true, Language: language.French, Kind: id.Kind(), Code: id.Code(), Structure: Typed(name),
	}
}

// Typed is what somebody types of a structure.
func Typed(name string) structure.Form {
	return structure.Form{
		LegalName: "Société de " + name, Address: "9 rue de Clichy", PostalCode: "75009", Town: "Paris", Country: "FR",
	}
}

// Register registers somebody for a structure.
func (w *World) Register(name string, id identifier.ID) guichet.Receipt {
	w.T.Helper()

	receipt, err := w.Portal.Register(w.Ctx, Form(name, id))
	require.NoError(w.T, err)

	return receipt
}

// To returns the messages to somebody among some.
func To(messages []mail.Message, address string) []mail.Message {
	var out []mail.Message

	for _, m := range messages {
		if m.To == address {
			out = append(out, m)
		}
	}

	return out
}

// One returns the one message to somebody of a kind among some.
func (w *World) One(messages []mail.Message, name string, kind mail.Kind) mail.Message {
	w.T.Helper()

	var out []mail.Message

	for _, m := range To(messages, Login(name)) {
		if m.Kind == kind {
			out = append(out, m)
		}
	}

	require.Len(w.T, out, 1, "mails %q to %s among %v", kind, name, Kinds(messages))

	return out[0]
}

// Kinds returns what some messages are.
func Kinds(messages []mail.Message) []mail.Kind {
	out := make([]mail.Kind, len(messages))
	for i, m := range messages {
		out[i] = m.Kind
	}

	slices.Sort(out)

	return out
}

var link = regexp.MustCompile(`https://portal\.example/[a-z-]+\?lien=([\w-]+)`)

// Token returns the token in a mail.
func (w *World) Token(m mail.Message) account.Token {
	w.T.Helper()

	match := link.FindStringSubmatch(m.Text)
	require.NotNil(w.T, match, "no link in %s", m.Text)

	token, err := account.ParseToken(match[1])
	require.NoError(w.T, err)

	return token
}

// Secrets is what somebody types to activate an account.
func Secrets() account.Credentials {
	return account.Credentials{
		Password: "correct cheval batterie agrafe", Question: "Le nom de mon premier chat ?", Answer: "Félix",
	}
}

// Activate uses an activation link.
func (w *World) Activate(token account.Token) account.Account {
	w.T.Helper()

	acc, err := w.Portal.Activate(w.Ctx, token, Secrets())
	require.NoError(w.T, err)

	return acc
}

// Manager registers and activates the first comer of a structure.
func (w *World) Manager(name string, id identifier.ID) account.Account {
	w.T.Helper()
	w.Register(name, id)

	return w.Activate(w.Token(w.One(w.Deliver(), name, mail.ActivationLink)))
}

// User registers somebody, has them approved, and activates them.
func (w *World) User(name string, id identifier.ID, manager account.ID) account.Account {
	w.T.Helper()
	w.Register(name, id)
	w.Approve(manager, name)

	return w.Activate(w.Token(w.One(w.Deliver(), name, mail.Approved)))
}

// Requests returns the open requests that somebody decides, by login.
func (w *World) Requests(decider account.ID) map[string]storage.OpenRequest {
	w.T.Helper()

	page, err := w.Portal.Approvals(w.Ctx, decider, storage.Window{})
	require.NoError(w.T, err)

	out := map[string]storage.OpenRequest{}
	for _, row := range page.Rows {
		out[row.Login.String()] = row
	}

	return out
}

// Approve approves the open request of somebody.
func (w *World) Approve(decider account.ID, name string) {
	w.T.Helper()

	row, ok := w.Requests(decider)[Login(name)]
	require.True(w.T, ok, "no request of %s", name)

	_, err := w.Portal.Do(w.Ctx, row.Structure.ID, attachment.Approve{
		By: account.By(decider), Account: row.Attachment.Account, Service: row.Attachment.Service,
	})
	require.NoError(w.T, err)
}

// Refuse refuses the open request of somebody.
func (w *World) Refuse(decider account.ID, name, reason string) {
	w.T.Helper()

	row, ok := w.Requests(decider)[Login(name)]
	require.True(w.T, ok, "no request of %s", name)

	_, err := w.Portal.Do(w.Ctx, row.Structure.ID, attachment.Refuse{
		By: account.By(decider), Account: row.Attachment.Account, Service: row.Attachment.Service, Reason: reason,
	})
	require.NoError(w.T, err)
}

// ID returns the internal key of a structure that anybody has named.
func (w *World) ID(id identifier.ID) structure.ID {
	w.T.Helper()

	s, err := w.Store.StructureByIdentity(w.Ctx, id)
	require.NoError(w.T, err)

	return s.ID
}

// Roster returns a slice of a structure's roster.
func (w *World) Roster(id identifier.ID, accounts ...account.ID) storage.Slice {
	w.T.Helper()

	slice, err := w.Store.Roster(w.Ctx, storage.RosterQuery{Structure: w.ID(id), Accounts: accounts, At: w.Clock})
	require.NoError(w.T, err)

	return slice
}

// Actions returns the journal of a structure, oldest first, as "action before→after".
func (w *World) Actions(id structure.ID) []string {
	w.T.Helper()

	page, err := w.Portal.History(w.Ctx, id, storage.Window{Limit: storage.MaxLimit})
	require.NoError(w.T, err)

	var out []string
	for _, e := range slices.Backward(page.Rows) {
		out = append(out, fmt.Sprintf("%s %s→%s", e.Action, e.Before, e.After))
	}

	return out
}
