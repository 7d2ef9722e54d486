package guichet_test

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
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/structure"
)

const siret = "35600000009075" // La Poste, an establishment that fails Luhn

// world is a portal on a memory store, with a clock that the test moves and a mailer that keeps what it is given.
type world struct {
	t      *testing.T
	ctx    context.Context
	clock  time.Time
	store  storage.Store
	portal *guichet.Portal
	sent   []mail.Message
	fail   func(mail.Message) error
	code   string // of a second factor
}

func newWorld(t *testing.T) *world {
	t.Helper()

	return newWorldOn(t, memory.New(), nil)
}

func newWorldOn(t *testing.T, store storage.Store, change func(*guichet.Options)) *world {
	t.Helper()

	w := &world{
		t: t, ctx: t.Context(), store: store,
		clock: time.Date(2026, time.November, 23, 9, 0, 0, 0, time.UTC),
	}
	opts := &guichet.Options{
		Now: func() time.Time { return w.clock }, Rand: rand.NewChaCha8([32]byte{1}), Site: "https://portal.example",
		// Cheap: what is tested here is not the hash.
		Hashing: credential.Params{Memory: 64, Time: 1, Threads: 1, KeyLen: 16},
	}

	if change != nil {
		change(opts)
	}

	portal, err := guichet.New(store, keys(), opts)
	require.NoError(t, err)

	w.portal = portal

	return w
}

func keys() guichet.Keys {
	return guichet.Keys{{ID: "2026", Secret: bytes.Repeat([]byte{7}, guichet.KeySize)}}
}

// Send keeps the message, unless the test made it fail.
func (w *world) Send(_ context.Context, m mail.Message) error {
	if w.fail != nil {
		if err := w.fail(m); err != nil {
			return err
		}
	}

	w.sent = append(w.sent, m)

	return nil
}

func form(name, code string) account.Form {
	login := name + "@exemple.fr"

	return account.Form{
		Login: login, LoginAgain: login, FirstName: "Prénom " + name, LastName: "Nom " + name, AcceptsTerms: true,
		Language: language.French, Kind: identifier.SIRET, Code: code,
		Structure: structure.Form{
			LegalName: "Société de " + name, Address: "9 rue de Clichy", PostalCode: "75009", Town: "Paris", Country: "FR",
		},
	}
}

func (w *world) register(name string) guichet.Receipt {
	w.t.Helper()

	receipt, err := w.portal.Register(w.ctx, form(name, siret))
	require.NoError(w.t, err)

	return receipt
}

// deliver sends what is due and returns it.
func (w *world) deliver() []mail.Message {
	w.t.Helper()

	w.sent = nil
	_, err := w.portal.Deliver(w.ctx, w)
	require.NoError(w.t, err)

	return w.sent
}

// to returns the one message to a person among some.
func (w *world) to(messages []mail.Message, name string) mail.Message {
	w.t.Helper()

	var found []mail.Message

	for _, m := range messages {
		if m.To == name+"@exemple.fr" {
			found = append(found, m)
		}
	}

	require.Len(w.t, found, 1, "mails to %s", name)

	return found[0]
}

var linkInMail = regexp.MustCompile(`https://portal\.example/activation\?lien=([\w-]+)`)

func (w *world) token(m mail.Message) account.Token {
	w.t.Helper()

	match := linkInMail.FindStringSubmatch(m.Text)
	require.NotNil(w.t, match, "no link in %s", m.Text)

	token, err := account.ParseToken(match[1])
	require.NoError(w.t, err)

	return token
}

func secrets() account.Credentials {
	return account.Credentials{
		Password: "correct cheval batterie agrafe", Question: "Le nom de mon premier chat ?", Answer: "Félix",
	}
}

func (w *world) activate(token account.Token) account.Account {
	w.t.Helper()

	acc, err := w.portal.Activate(w.ctx, token, secrets())
	require.NoError(w.t, err)

	return acc
}

// manager registers and activates the first comer.
func (w *world) manager(name string) account.Account {
	w.t.Helper()
	w.register(name)

	return w.activate(w.token(w.to(w.deliver(), name)))
}

func (w *world) id() structure.ID {
	w.t.Helper()

	s, err := w.store.StructureByIdentity(w.ctx, identifier.MustParse(identifier.SIRET, siret))
	require.NoError(w.t, err)

	return s.ID
}

func (w *world) roster(accounts ...account.ID) storage.Slice {
	w.t.Helper()

	slice, err := w.store.Roster(w.ctx, storage.RosterQuery{Structure: w.id(), Accounts: accounts, At: w.clock})
	require.NoError(w.t, err)

	return slice
}

// requests returns the open requests as the decider sees them, by login.
func (w *world) requests(decider account.ID) map[string]storage.OpenRequest {
	w.t.Helper()

	page, err := w.portal.Approvals(w.ctx, decider, storage.Window{})
	require.NoError(w.t, err)

	out := map[string]storage.OpenRequest{}
	for _, row := range page.Rows {
		out[row.Login.String()] = row
	}

	return out
}

func (w *world) approve(decider account.ID, name string) error {
	w.t.Helper()

	row, ok := w.requests(decider)[name+"@exemple.fr"]
	require.True(w.t, ok, "no request of %s", name)

	_, err := w.portal.Do(w.ctx, row.Structure.ID, attachment.Approve{
		By: account.By(decider), Account: row.Attachment.Account, Order: row.Attachment.Order,
	})

	return err
}

func (w *world) refuse(decider account.ID, name, reason string) {
	w.t.Helper()

	row, ok := w.requests(decider)[name+"@exemple.fr"]
	require.True(w.t, ok, "no request of %s", name)

	_, err := w.portal.Do(w.ctx, row.Structure.ID, attachment.Refuse{
		By: account.By(decider), Account: row.Attachment.Account, Reason: reason,
	})
	require.NoError(w.t, err)
}

func kinds(messages []mail.Message) []mail.Kind {
	out := make([]mail.Kind, len(messages))
	for i, m := range messages {
		out[i] = m.Kind
	}

	slices.Sort(out)

	return out
}

// actions returns the journal of the structure, oldest first, as "action before→after".
func (w *world) actions() []string {
	w.t.Helper()

	page, err := w.portal.History(w.ctx, w.id(), storage.Window{Limit: storage.MaxLimit})
	require.NoError(w.t, err)

	var out []string
	for _, e := range slices.Backward(page.Rows) {
		out = append(out, fmt.Sprintf("%s %s→%s", e.Action, e.Before, e.After))
	}

	return out
}
