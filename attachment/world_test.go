package attachment_test

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/structure"
)

const (
	minute = time.Minute
	hour   = time.Hour
	day    = 24 * time.Hour
)

// noon is when a world begins.
var noon = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

// tb is what a world needs of a test: of *testing.T and of *rapid.T.
type tb interface {
	require.TestingT
	Helper()
}

// world is one structure with everybody who has to do with it: a whole roster, and facts that are kept in step with
// what is decided, as the portal keeps them. Every decision taken in it is taken a second time on the slice that
// storage would have read, and must come out the same.
type world struct {
	t      tb
	now    time.Time
	roster attachment.Roster // the whole, without its queue
	facts  attachment.Facts
	logins map[string][]account.ID // of each login, its registrations, the oldest first
	count  int                     // of the registrations
}

// newWorld has a structure that nobody has named, with one service that is active and one that is not.
func newWorld(t tb) *world {
	id := identifier.MustParse(identifier.SIRET, "73282932000074")

	return &world{
		t: t, now: noon, roster: attachment.Roster{Structure: "s1"},
		facts: attachment.Facts{
			Structure: structure.New("s1", id, noon),
			Services: map[structure.Code]structure.Service{
				"compta": {Structure: "s1", Code: "compta", Label: "Comptabilité"},
				"achats": {Structure: "s1", Code: "achats", Label: "Achats", Inactive: true},
			},
			Registrations: map[account.ID]account.Registration{},
			Accounts:      map[account.ID]account.Account{},
			Policy:        account.Policy{}.WithDefaults(),
		},
		logins: map[string][]account.ID{},
	}
}

// managed has a structure whose main manager is r1, with two applications open besides Organisation.
func managed(t tb) *world {
	w := newWorld(t)
	w.register("manager@potier.fr")
	w.do(attachment.Activate{By: account.By("r1")})

	return w
}

func (w *world) clone() *world {
	out := *w
	out.roster, out.logins = w.roster.Clone(), maps.Clone(w.logins)
	out.facts.Services, out.facts.Accounts = maps.Clone(w.facts.Services), maps.Clone(w.facts.Accounts)
	out.facts.Registrations = maps.Clone(w.facts.Registrations)

	return &out
}

// details are what somebody types about the structure.
func details(by string) *structure.Details {
	return &structure.Details{
		Sector: structure.Private, Data: structure.Data{LegalName: "ACME, says " + by},
		Applications: []structure.Application{"annuaire", "factures-emises", "organisation"},
	}
}

// whole is the roster as a decision about all of it would see it: with the whole line as queue.
func (w *world) whole() attachment.Roster {
	r := w.roster.Clone()
	r.Queue = r.Line(w.facts, w.now)

	return r
}

// known are the facts as storage reads them: with what only the whole roster tells.
func (w *world) known() attachment.Facts {
	f := w.facts
	f.Decider, f.Invited = w.roster.Decider(f), w.roster.Invited(w.now)

	return f
}

// do carries out a command that must succeed, and returns its changes.
func (w *world) do(c attachment.Command) []attachment.Change {
	w.t.Helper()

	changes, err := w.decide(c)
	require.NoError(w.t, err, "%s", c)
	w.apply(c, changes)

	return changes
}

// refused asserts that a command is refused for a reason and changes nothing.
func (w *world) refused(c attachment.Command, why error) *attachment.Error {
	w.t.Helper()

	_, err := w.decide(c)
	require.ErrorIs(w.t, err, why, "%s", c)

	var refused *attachment.Error

	require.ErrorAs(w.t, err, &refused)

	return refused
}

// apply brings roster and facts in step with what was decided, as the portal does.
func (w *world) apply(c attachment.Command, changes []attachment.Change) {
	w.t.Helper()

	for _, change := range changes {
		w.roster = w.roster.Apply(change)
		w.follow(change)
	}

	if len(changes) > 0 {
		w.roster.Version++
	}

	switch c := c.(type) {
	case attachment.Activate:
		w.end(c.By.ID, account.Activate)
		w.facts.Accounts[c.By.ID] = w.facts.Registrations[c.By.ID].Account(w.now)
	case attachment.Adopt: // a separate one leaves its request behind, and does not follow it
		if w.facts.Registrations[c.From].Open() {
			w.end(c.From, account.Withdraw)
		}
	}

	require.NoError(w.t, attachment.Check(w.roster), "after %s", c)
}

func (w *world) follow(change attachment.Change) {
	switch change := change.(type) {
	case attachment.ClaimBegan:
		w.step(change.Account, account.Designate)
	case attachment.RequestApproved:
		w.step(change.Account, account.Approve)
		w.prolong(change.Account, change.Due)
	case attachment.UserInvited:
		w.prolong(change.Account, change.Due)
	case attachment.RequestRefused:
		w.step(change.Account, account.Refuse)
	case attachment.RequestWithdrawn:
		w.step(change.Account, account.Withdraw)
	case attachment.TimeOver:
		w.step(change.Account, account.Lapse)
	case attachment.ManagerLeft:
		w.facts.Structure.Status = structure.Inactive
	case attachment.ManagerNamed:
		if change.Details != nil {
			w.facts.Structure = w.facts.Structure.Describe(*change.Details)
		}
	}
}

// prolong gives a separate registration as long as any other that was approved.
func (w *world) prolong(id account.ID, due time.Time) {
	if reg := w.facts.Registrations[id]; reg.Separate {
		reg.Due = due
		w.facts.Registrations[id] = reg
	}
}

// step has a registration follow what happened to its request (rule B11), which must be possible. An account has none.
func (w *world) step(id account.ID, event account.RegistrationEvent) {
	w.t.Helper()

	if _, exists := w.facts.Accounts[id]; !exists {
		w.move(id, func(reg account.Registration) (account.Registration, error) { return reg.Follow(event, w.now) })
	}
}

// end moves a registration itself, whatever becomes of its request.
func (w *world) end(id account.ID, event account.RegistrationEvent) {
	w.t.Helper()
	w.move(id, func(reg account.Registration) (account.Registration, error) { return reg.Handle(event, w.now) })
}

func (w *world) move(id account.ID, how func(account.Registration) (account.Registration, error)) {
	w.t.Helper()

	reg, exists := w.facts.Registrations[id]
	require.True(w.t, exists, "%s has neither account nor registration", id)

	next, err := how(reg)
	require.NoError(w.t, err, "%s", id)

	w.facts.Registrations[id] = next
}

// registration returns the command with which a login registers, under a new id that is in the facts already.
func (w *world) registration(login string) attachment.Register {
	w.count++
	id := account.ID(fmt.Sprintf("r%d", w.count))
	w.facts.Registrations[id] = account.Registration{
		ID: id, State: account.AwaitingApproval, Structure: "s1", Login: loginOf(login), CreatedAt: w.now,
	}

	c := attachment.Register{By: account.By(id)}

	for _, earlier := range w.logins[login] { // their orders increase
		c.Earlier = earlier
	}

	if !w.roster.Standing.Known() {
		c.Details = details(string(id))
	}

	return c
}

// register registers a login, which must succeed. The ids are r1, r2, and so on.
func (w *world) register(login string) {
	w.t.Helper()

	c := w.registration(login)
	w.do(c)
	w.logins[login] = append(w.logins[login], c.By.ID)
}

// separately registers a login whose activation waits for no answer, which must succeed.
func (w *world) separately(login string) {
	w.t.Helper()

	c := w.registration(login)
	w.detach(c.By.ID)
	w.do(c)
	w.logins[login] = append(w.logins[login], c.By.ID)
}

// alone adds a separate registration that names no structure, and returns its id.
func (w *world) alone(login string) account.ID {
	id := w.registration(login).By.ID
	w.detach(id)

	return id
}

// detach makes a registration one whose activation waits for no answer (policy Immediate).
func (w *world) detach(id account.ID) {
	reg := w.facts.Registrations[id]
	reg.State, reg.Separate, reg.Due = account.AwaitingActivation, true, w.now.Add(w.facts.Policy.ActivationLife)
	w.facts.Registrations[id] = reg
}

// lapse applies to separate registrations that they are over.
func (w *world) lapse() {
	w.t.Helper()

	for id, reg := range w.facts.Registrations {
		if reg.Over(w.now) {
			w.end(id, account.Lapse)
		}
	}
}

// replace has another identifier take the place of the structure's.
func (w *world) replace() {
	w.facts.Structure.Status, w.facts.Structure.Successor = structure.Inactive, "s2"
}

// outsider adds an active account that has nothing here yet, with a login of its own.
func (w *world) outsider(id account.ID) account.Actor { return w.owner(id, string(id)+"@ailleurs.fr") }

// owner adds an active account that has a login, whoever else may have registered with it.
func (w *world) owner(id account.ID, login string) account.Actor {
	w.facts.Accounts[id] = account.Account{ID: id, State: account.Active, Login: loginOf(login)}

	return account.By(id)
}

func loginOf(login string) account.Login { return account.StoredLogin(login, login) }

// become puts an account into a state, as its own events would.
func (w *world) become(id account.ID, state account.State) {
	acc := w.facts.Accounts[id]
	acc.State = state
	w.facts.Accounts[id] = acc
}

// request makes an outsider ask to be attached, and returns the order of the request.
func (w *world) request(id account.ID, service structure.Code) int64 {
	w.t.Helper()

	if _, exists := w.facts.Accounts[id]; !exists {
		w.outsider(id)
	}

	c := attachment.Request{By: account.By(id), Service: service, Comment: "s'il vous plaît"}
	if !w.roster.Standing.Known() {
		c.Details = details(string(id))
	}

	w.do(c)

	return w.row(id, service).Order
}

// attach makes an outsider attached.
func (w *world) attach(id account.ID, service structure.Code) {
	w.t.Helper()

	w.request(id, service)
	w.do(attachment.Approve{By: account.By(w.roster.Holder), Account: id, Service: service})
}

// row returns the row of an account at structure level, or at a service.
func (w *world) row(id account.ID, service structure.Code) attachment.Attachment {
	row, _ := w.roster.Row(attachment.Key{Account: id, Service: service})

	return row
}

// grant gives profiles to somebody attached, by the main manager.
func (w *world) grant(id account.ID, service structure.Code, profiles ...habilitation.Profile) {
	w.t.Helper()
	w.do(attachment.GrantProfiles{By: account.By(w.roster.Holder), Account: id, Service: service, Profiles: profiles})
}

// suspend suspends an attachment, by the main manager.
func (w *world) suspend(id account.ID, service structure.Code) {
	w.t.Helper()
	w.do(attachment.Suspend{By: account.By(w.roster.Holder), Account: id, Service: service})
}

// invite has a decider invite a login that nobody has, and returns the id of the registration that is made for it.
func (w *world) invite(login string, service structure.Code) account.ID {
	w.t.Helper()

	id := w.invited(login)
	w.do(attachment.Attach{By: account.By(w.roster.Holder), Account: id, Service: service, Login: login})

	return id
}

// invited adds a registration as an invitation makes it, before it has a row, and returns its id.
func (w *world) invited(login string) account.ID {
	w.count++
	id := account.ID(fmt.Sprintf("r%d", w.count))
	w.facts.Registrations[id] = account.Registration{
		ID: id, State: account.AwaitingActivation, Structure: "s1", Login: loginOf(login), CreatedAt: w.now, Invited: true,
	}

	return id
}

// open sets the applications that the structure has open.
func (w *world) open(apps ...structure.Application) {
	w.facts.Structure.Applications = structure.Sorted(apps)
}

// edit changes a row by hand, for what no command does.
func (w *world) edit(id account.ID, service structure.Code, change func(*attachment.Attachment)) {
	for i, row := range w.roster.Rows {
		if row.Account == id && row.Service == service {
			change(&w.roster.Rows[i])
		}
	}

	require.NoError(w.t, attachment.Check(w.roster))
}

// vacate leaves the structure without main manager, who must be alone.
func (w *world) vacate() {
	w.roster = w.roster.Apply(attachment.UserDetached{Key: attachment.Key{Account: w.roster.Holder}, At: w.now})
	w.roster.Standing, w.roster.Holder = attachment.Vacant, ""
	w.roster.Version++
	require.NoError(w.t, attachment.Check(w.roster))
}

// standing asserts the standing and whose it is.
func (w *world) standing(want attachment.Standing, holder account.ID) {
	w.t.Helper()
	assert.Equal(w.t, want, w.roster.Standing)
	assert.Equal(w.t, holder, w.roster.Holder)
}

// states asserts the states of the rows at structure level.
func (w *world) states(want map[account.ID]attachment.State) {
	w.t.Helper()

	got := map[account.ID]attachment.State{}

	for _, row := range w.roster.Rows {
		if row.Service == "" {
			got[row.Account] = row.State
		}
	}

	assert.Equal(w.t, want, got)
}

// defaults are the grants of the default profiles.
func defaults(w *world, service structure.Code, by account.Actor) []attachment.Grant {
	var out []attachment.Grant
	for _, p := range habilitation.Defaults(w.facts.Structure.Applications, service) {
		if !slices.Contains(w.facts.Withhold, p) {
			out = append(out, attachment.Grant{Profile: p, By: by, At: w.now})
		}
	}

	return out
}

type (
	profiles = []habilitation.Profile
	codesOf  = []structure.Code
)

// Profiles that are drawn and given in tests: of an application that is open, of Organisation, and of one that is closed.
var (
	look   = habilitation.Profile{Application: "annuaire", Level: habilitation.Consultation}
	act    = habilitation.Profile{Application: "annuaire", Level: habilitation.Modification}
	see    = habilitation.Profile{Application: habilitation.Organisation, Level: habilitation.Consultation}
	send   = habilitation.Profile{Application: "factures-emises", Level: habilitation.Modification}
	closed = habilitation.Profile{Application: "signature", Level: habilitation.Consultation}
)
