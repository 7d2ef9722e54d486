package scenarios

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// The times that the stories wait.
const (
	hour = time.Hour
	day  = 24 * hour
)

// immediate is the policy under which the activation does not wait for an answer (rule B6).
func immediate(o *guichet.Options) { o.Policy.Activation = account.Immediate }

// enrol creates the account of somebody who is attached nowhere, without any mail.
func (w *World) enrol(name string) account.Account {
	w.T.Helper()

	enrolled, err := w.Portal.Enrol(w.Ctx, guichet.Enrolment{
		Login: Login(name), Person: account.PersonForm{FirstName: "Prénom " + name, LastName: "Nom " + name}, AcceptsTerms: true,
	})
	require.NoError(w.T, err)

	return enrolled.Account
}

// ask has an account ask to be attached to a structure that anybody has named.
func (w *World) ask(name string, id account.ID, to identifier.ID) {
	w.T.Helper()

	details, err := Typed(name).Check(to.Kind())
	require.NoError(w.T, err)

	_, err = w.Portal.Do(w.Ctx, w.ID(to), attachment.Request{
		By: account.By(id), Comment: "Commentaire de " + name, Details: &details,
	})
	require.NoError(w.T, err)
}

// create has an account create a structure.
func (w *World) create(name string, id account.ID, identity identifier.ID) {
	w.T.Helper()

	joined, err := w.Portal.CreateStructure(w.Ctx, guichet.Creation{By: id, Identity: identity, Structure: Typed(name)})
	require.NoError(w.T, err)
	require.True(w.T, joined.Manager)
}

// deactivate has an account deactivate itself.
func (w *World) deactivate(id account.ID) account.Account {
	w.T.Helper()

	acc, err := w.Portal.Deactivate(w.Ctx, guichet.Departure{By: account.By(id), Account: id})
	require.NoError(w.T, err)

	return acc
}

// comeBack reactivates somebody through the link that they are mailed.
func (w *World) comeBack(name string) account.Account {
	w.T.Helper()

	w.Wait(hour) // the last link may be too recent
	require.NoError(w.T, w.Portal.SendReactivation(w.Ctx, Login(name)))

	acc, err := w.Portal.Reactivate(w.Ctx, w.Token(w.One(w.Deliver(), name, mail.ReactivationLink)))
	require.NoError(w.T, err)

	return acc
}

// close closes an account.
func (w *World) close(id account.ID, vacant bool) {
	w.T.Helper()
	require.NoError(w.T, w.Portal.Close(w.Ctx, guichet.Departure{By: account.By(id), Account: id, LeaveVacant: vacant}))
}

// registrations returns the open registrations of somebody, oldest first.
func (w *World) registrations(name string) []account.Registration {
	w.T.Helper()

	login, err := account.ParseLogin(Login(name))
	require.NoError(w.T, err)

	page, err := storage.List(w.Ctx, w.Store, storage.RegistrationsOf{Login: login.Key()})
	require.NoError(w.T, err)

	return page.Rows
}

// registration returns the one open registration of somebody.
func (w *World) registration(name string) account.Registration {
	w.T.Helper()

	open := w.registrations(name)
	require.Len(w.T, open, 1, "open registrations of %s", name)

	return open[0]
}

// row returns the row that somebody has in a structure at structure level.
func (w *World) row(id identifier.ID, whose account.ID) attachment.Attachment {
	w.T.Helper()

	row, _ := w.Roster(id, whose).Roster.Row(attachment.Key{Account: whose})

	return row
}

// standing asserts what a structure is to those who name it, and who holds it.
func (w *World) standing(id identifier.ID, s attachment.Standing, holder account.ID) {
	w.T.Helper()

	roster := w.Roster(id).Roster
	assert.Equal(w.T, s.String(), roster.Standing.String())
	assert.Equal(w.T, holder, roster.Holder)
}

// of returns those of one kind among some messages.
func of(messages []mail.Message, kind mail.Kind) []mail.Message {
	var out []mail.Message

	for _, m := range messages {
		if m.Kind == kind {
			out = append(out, m)
		}
	}

	return out
}

// faults returns the codes of what somebody is told, as "field code".
func faults(err error) []string {
	var out []string

	for _, f := range guichet.Faults(err) {
		name := ""
		if field, ok := f.(guichet.FieldFault); ok {
			name = field.Name() + " "
		}

		out = append(out, name+f.Code())
	}

	return out
}

// estate is whose rows a story looks at.
type estate struct {
	structures []identifier.ID
	names      []string
	people     []account.ID
}

// held returns every row that the lists and the look-ups of a store show of an estate and of all who are named in it, a
// line each.
func (w *World) held(e estate) []string {
	w.T.Helper()

	var out []string

	people := map[account.ID]bool{}
	for _, id := range e.people {
		people[id] = true
	}

	line := func(kind string, row any) { out = append(out, fmt.Sprintf("%s %+v", kind, row)) }

	for _, id := range e.structures {
		out = append(out, w.heldOfStructure(id, people)...)
	}

	for _, name := range e.names {
		for _, reg := range w.registrations(name) {
			people[reg.ID] = true
		}
	}

	for _, id := range slices.Sorted(maps.Keys(people)) {
		out = append(out, w.heldOf(id)...)
	}

	far := w.Clock.Add(1000 * day)
	for _, m := range list(w, storage.DueMessages{At: far, Window: all}) {
		line("due message", m)
	}

	for _, r := range list(w, storage.DueRegistrations{At: far, Window: all}) {
		line("due registration", r)
	}

	for _, r := range list(w, storage.DueRows{At: far, Window: all}) {
		line("due row", r)
	}

	return out
}

// all is a whole list, as long as those of a story are.
var all = storage.Window{Limit: storage.MaxLimit}

func list[T any](w *World, q storage.Of[T]) []T {
	w.T.Helper()

	page, err := storage.List(w.Ctx, w.Store, q)
	require.NoError(w.T, err)
	require.Empty(w.T, page.Next)

	return page.Rows
}

// heldOfStructure returns what is held of a structure, and adds all whom its journal names to people.
func (w *World) heldOfStructure(id identifier.ID, people map[account.ID]bool) []string {
	w.T.Helper()

	s, err := w.Store.StructureByIdentity(w.Ctx, id)
	if err != nil {
		require.ErrorIs(w.T, err, storage.ErrNotFound)

		return nil
	}

	out := []string{fmt.Sprintf("structure %+v", s), "identity { " + s.Identity.Code()}

	for _, e := range list(w, storage.History{Structure: s.ID, Window: all}) {
		out = append(out, fmt.Sprintf("history %+v", e))
		people[e.Account] = e.Account != ""

		if e.Actor.Kind == account.ActorAccount {
			people[e.Actor.ID] = true
		}
	}

	delete(people, "")

	for _, u := range list(w, storage.UsersOf{Structure: s.ID, Window: all}) {
		out = append(out, fmt.Sprintf("user %+v", u))
	}

	for _, r := range list(w, storage.OpenRequests{Structures: []structure.ID{s.ID}, Window: all}) {
		out = append(out, fmt.Sprintf("request %s %+v %+v", written(r.Attachment), r.Login, r.Person))
	}

	return out
}

// heldOf returns what is held of one person.
func (w *World) heldOf(id account.ID) []string {
	w.T.Helper()

	var out []string

	line := func(kind string, row any, err error) {
		if err != nil {
			require.ErrorIs(w.T, err, storage.ErrNotFound)

			return
		}

		out = append(out, fmt.Sprintf("%s %+v", kind, row))
	}

	acc, err := w.Store.Account(w.Ctx, id)
	line("account", acc, err)
	reg, err := w.Store.Registration(w.Ctx, id)
	line("registration", reg, err)
	credential, err := w.Store.Credential(w.Ctx, id)
	line("credential", credential, err)

	for _, purpose := range account.Purposes() {
		links, err := w.Store.Links(w.Ctx, id, purpose)
		for _, link := range links {
			line("link", link, err)
		}
	}

	for _, r := range list(w, storage.RowsOf{Account: id, Window: all}) {
		line("row", written(r.Attachment), nil)
	}

	for _, m := range list(w, storage.MessagesOf{Account: id, Window: all}) {
		line("message", m, nil)
	}

	for _, e := range list(w, storage.JournalOf{Account: id, Window: all}) {
		line("entry", e, nil)
	}

	return out
}

// written is a row with what it points to.
func written(a attachment.Attachment) string {
	details := ""
	if a.Details != nil {
		details = fmt.Sprintf("%+v", *a.Details)
		a.Details = nil
	}

	return fmt.Sprintf("%+v %s", a, details)
}

// writesNothing asserts that what a story does changes no row of an estate.
func (w *World) writesNothing(e estate, does func()) {
	w.T.Helper()

	before := w.held(e)

	does()
	assert.Equal(w.T, before, w.held(e), "what is refused writes nothing")
}

// kinds counts the rows of an estate by kind, and messages and entries by theirs: what somebody who counts would see.
func (w *World) kinds(e estate) map[string]int {
	w.T.Helper()

	out := map[string]int{}

	for _, line := range w.held(e) {
		kind, _, _ := strings.Cut(line, " {")
		out[kind]++
	}

	return out
}

// answering is a captcha that knows the right answer, or is broken.
type answering struct {
	right string
	err   error
	asked []string
}

// Verify implements [guichet.Captcha].
func (a *answering) Verify(_ context.Context, response string) (bool, error) {
	a.asked = append(a.asked, response)

	return response == a.right, a.err
}

// nothing is a store, and a directory, that whoever uses it falls over.
type nothing struct{ storage.Store }

// Look implements [guichet.Directory].
func (nothing) Look(context.Context, identifier.ID) (structure.Listing, error) {
	panic("nobody is to be asked")
}

// empty is a form without anything.
var empty = account.Form{Language: language.French}
