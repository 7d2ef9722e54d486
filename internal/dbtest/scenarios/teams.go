package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// The stories about people who work together: each is named, and their account and address follow from that.

// app is the account of somebody.
func app(name string) account.ID { return account.ID("app-" + name) }

// by is somebody who acts.
func by(name string) account.Actor { return account.By(app(name)) }

// at is somebody's place in a structure at structure level.
func at(name string) attachment.Key { return attachment.Key{Account: app(name)} }

// in is somebody's place in a service of a structure.
func in(name string, service structure.Code) attachment.Key {
	return attachment.Key{Account: app(name), Service: service}
}

// team makes a structure with a manager, and others who are attached at structure level.
func (w *World) team(manager string, users ...string) structure.ID {
	w.T.Helper()

	w.Loner(manager)
	id := w.Create(app(manager), Siret(0)).Structure

	for _, name := range users {
		w.Loner(name)
		w.done(id, attachment.Attach{By: by(manager), Account: app(name)})
	}

	w.Deliver()

	return id
}

// services has the manager of a team create services.
func (w *World) services(id structure.ID, manager string, codes ...string) {
	w.T.Helper()

	for _, code := range codes {
		w.Service(app(manager), id, code)
	}
}

// inService attaches somebody new to a service.
func (w *World) inService(id structure.ID, manager, name string, service structure.Code) {
	w.T.Helper()

	w.Loner(name)
	w.done(id, attachment.Attach{By: by(manager), Account: app(name), Service: service})
	w.Deliver()
}

// done carries out a command that is not refused, and looks whether the journal tells it: who, when, what and on whom, one
// entry for each change, in order (rule D11).
func (w *World) done(id structure.ID, c attachment.Command) guichet.Outcome {
	w.T.Helper()

	outcome, err := w.Portal.Do(w.Ctx, id, c)
	require.NoError(w.T, err, "%s", c)
	w.sound(id)

	var told []string

	page, err := w.Portal.History(w.Ctx, id, storage.Window{Limit: len(outcome.Changes) + 1})
	require.NoError(w.T, err)

	for _, e := range slices.Backward(page.Rows) {
		if e.Version == outcome.Version && len(outcome.Changes) > 0 {
			told = append(told, fmt.Sprint(e.Action, " ", e.Account, "/", e.Service))
			assert.Equal(w.T, w.Clock, e.At)

			if e.Actor != account.System() { // what was due
				assert.Equal(w.T, c.Actor(), e.Actor, e.Action)
			}
		}
	}

	var made []string
	for _, change := range outcome.Changes {
		made = append(made, fmt.Sprint(change.Action(), " ", change.Subject().Account, "/", change.Subject().Service))
	}

	assert.Equal(w.T, made, told, "what the journal tells of %s", c)

	return outcome
}

// nothing carries out a command that has no effect, and writes nothing.
func (w *World) nothing(id structure.ID, c attachment.Command) {
	w.T.Helper()

	w.Untouched(func() {
		outcome, err := w.Portal.Do(w.Ctx, id, c)
		require.NoError(w.T, err, "%s", c)
		assert.Empty(w.T, outcome.Changes, "%s", c)
	}, id)
}

// refused carries out a command that is refused, for a reason that has a name and a text, and writes nothing.
func (w *World) refused(id structure.ID, c attachment.Command, why error) *attachment.Error {
	w.T.Helper()

	var refusal *attachment.Error

	w.Untouched(func() {
		_, err := w.Portal.Do(w.Ctx, id, c)
		require.ErrorIs(w.T, err, why, "%s", c)
		require.ErrorAs(w.T, err, &refusal)
		assert.NotEqual(w.T, "attachment.refused", refusal.Code(), "%s", c)
	}, id)

	return refusal
}

// whole returns the roster of a structure with the rows of everybody who is attached or waits there, and of some others.
func (w *World) whole(id structure.ID, others ...account.ID) storage.Slice {
	w.T.Helper()

	people := map[account.ID]bool{}
	for _, who := range others {
		people[who] = true
	}

	for _, u := range list(w, storage.UsersOf{Structure: id, Window: all}) {
		people[u.ID] = true
	}

	for _, r := range list(w, storage.OpenRequests{Structures: []structure.ID{id}, Window: all}) {
		people[r.Attachment.Account] = true
	}

	query := storage.RosterQuery{Structure: id, At: w.Clock}
	for who := range people {
		query.Accounts = append(query.Accounts, who)
	}

	slice, err := w.Store.Roster(w.Ctx, query)
	require.NoError(w.T, err)

	return slice
}

// sound asserts that a roster is one that commands can have led to: with exactly one main manager if it is managed, to begin
// with (rule D2).
func (w *World) sound(id structure.ID, others ...account.ID) attachment.Roster {
	w.T.Helper()

	roster := w.whole(id, others...).Roster
	require.NoError(w.T, attachment.Check(roster))

	return roster
}

// place returns what somebody has in a structure.
func (w *World) place(id structure.ID, key attachment.Key) attachment.Attachment {
	w.T.Helper()

	slice, err := w.Store.Roster(w.Ctx, storage.RosterQuery{Structure: id, Accounts: []account.ID{key.Account}, At: w.Clock})
	require.NoError(w.T, err)

	row, _ := slice.Roster.Row(key)

	return row
}

// is asserts in which state somebody's place is; 0 = they have none.
func (w *World) is(id structure.ID, key attachment.Key, state attachment.State) {
	w.T.Helper()
	assert.Equal(w.T, state.String(), w.place(id, key).State.String(), "%s at %q", key.Account, key.Service)
}

// leads asserts who is the main manager of a structure; "" = nobody is, and it is vacant.
func (w *World) leads(id structure.ID, name string) {
	w.T.Helper()

	roster := w.sound(id)
	if name == "" {
		assert.Equal(w.T, attachment.Vacant.String(), roster.Standing.String())

		return
	}

	assert.Equal(w.T, attachment.Managed.String(), roster.Standing.String())
	assert.Equal(w.T, app(name), roster.Holder)
}

// told asserts which mails went out, as "kind to name", in any order.
func (w *World) told(want ...string) []mail.Message {
	w.T.Helper()

	sent := w.Deliver()
	got := Mails(sent)

	for i, line := range got {
		got[i], _, _ = strings.Cut(line, "@")
	}

	assert.ElementsMatch(w.T, want, got, "mails")

	return sent
}

// profile reads "application/level".
func profile(s string) habilitation.Profile {
	application, level, _ := strings.Cut(s, "/")
	out := habilitation.Profile{Application: structure.Application(application), Level: habilitation.Consultation}

	if level == habilitation.Modification.String() {
		out.Level = habilitation.Modification
	}

	return out
}

func profiles(s ...string) []habilitation.Profile {
	out := make([]habilitation.Profile, len(s))
	for i, words := range s {
		out[i] = profile(words)
	}

	return out
}

// Profiles of a private structure that asked for no applications (rules C10 and E3), sorted.
var (
	billing = []string{
		"factures-a-valider/consultation", "factures-a-valider/modification",
		"factures-de-travaux/consultation", "factures-de-travaux/modification",
		"factures-emises/consultation", "factures-emises/modification",
	}
	ofUsers    = append(slices.Clone(billing), "organisation/consultation")
	ofDeciders = append(slices.Clone(ofUsers), "organisation/modification")
)

// holds asserts what somebody may do in a structure or a service: in the list of their habilitations, and asked one by one.
func (w *World) holds(name string, id structure.ID, service structure.Code, want ...string) {
	w.T.Helper()

	rows, err := w.Portal.Habilitations(w.Ctx, app(name))
	require.NoError(w.T, err)

	var listed []string

	for _, row := range rows {
		if row.Structure.ID == id && row.Service.Code == service {
			listed = append(listed, row.Profile.String())
		}
	}

	assert.Equal(w.T, want, listed, "habilitations of %s at %q", name, service)

	var applications []structure.Application
	for _, e := range w.Portal.Catalogue() {
		applications = append(applications, e.Application)
	}

	for _, p := range habilitation.All(applications) {
		err := w.Portal.Check(w.Ctx, app(name), habilitation.Scope{Structure: id, Service: service}, p)

		if slices.Contains(want, p.String()) {
			require.NoError(w.T, err, "%s: %s", name, p)
		} else {
			var denied *habilitation.Denied

			require.ErrorAs(w.T, err, &denied, "%s: %s", name, p)
		}
	}
}

// denied asserts which condition keeps somebody from a profile in a structure.
func (w *World) denied(name string, id structure.ID, service structure.Code, p string, why error) {
	w.T.Helper()

	scope := habilitation.Scope{Structure: id, Service: service}
	require.ErrorIs(w.T, w.Portal.Check(w.Ctx, app(name), scope, profile(p)), why, "%s: %s", name, p)
}

// waits returns the names of those whose requests somebody decides.
func (w *World) waits(decider string) []string {
	w.T.Helper()

	page, err := w.Portal.Approvals(w.Ctx, app(decider), all)
	require.NoError(w.T, err)

	out := make([]string, len(page.Rows))
	for i, row := range page.Rows {
		name, _, _ := strings.Cut(row.Login.String(), "@")
		out[i] = strings.TrimSuffix(name+" "+string(row.Attachment.Service), " ")
	}

	return out
}
