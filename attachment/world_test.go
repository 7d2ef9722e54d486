package attachment_test

import (
	"encoding/json"
	"errors"
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

// slice is what storage reads of a whole roster for a command: see storage.Slice.
func slice(r attachment.Roster, whole attachment.Facts, c attachment.Command) (attachment.Roster, attachment.Facts) {
	r.Queue = r.Queue[:min(len(r.Queue), attachment.QueueLength)]
	named := append(append(slices.Clone(c.Accounts()), r.Holder), r.Queue...)
	r.Rows = slices.DeleteFunc(slices.Clone(r.Rows), func(row attachment.Attachment) bool {
		return !slices.Contains(named, row.Account)
	})

	f := whole
	f.Services = map[structure.Code]structure.Service{}
	f.Registrations, f.Accounts = map[account.ID]account.Registration{}, map[account.ID]account.Account{}

	services := []structure.Code{serviceOf(c)}
	for _, row := range r.Rows {
		services = append(services, row.Service)
	}

	for _, code := range services {
		if s, ok := whole.Services[code]; ok {
			f.Services[code] = s
		}
	}

	for _, id := range named {
		if reg, ok := whole.Registrations[id]; ok {
			f.Registrations[id] = reg
		}

		if acc, ok := whole.Accounts[id]; ok {
			f.Accounts[id] = acc
		}
	}

	return r, f
}

func serviceOf(c attachment.Command) structure.Code {
	switch c := c.(type) {
	case attachment.Request:
		return c.Service
	case attachment.Withdraw:
		return c.Service
	case attachment.Approve:
		return c.Service
	case attachment.Refuse:
		return c.Service
	default:
		return ""
	}
}

// decide decides on the whole and on the slice, and asserts that both say the same and that neither touches what it
// was given.
func (w *world) decide(c attachment.Command) ([]attachment.Change, error) {
	w.t.Helper()

	whole, facts := w.whole(), w.facts
	part, known := slice(whole, facts, c)
	rows := slices.Clone(part.Rows) // all else that the slice has, it shares with the whole
	before := snapshot(w.t, whole, facts)

	changes, err := attachment.Decide(whole, facts, c, w.now)
	same, refusal := attachment.Decide(part, known, c, w.now)
	require.Equal(w.t, before, snapshot(w.t, whole, facts), "%s touched its input", c)
	require.Equal(w.t, rows, part.Rows, "%s touched its input", c)
	require.Equal(w.t, changes, same, "%s decided on a slice", c)
	require.Equal(w.t, reason(err), reason(refusal), "%s decided on a slice", c)

	if err != nil {
		require.Empty(w.t, changes, "%s is refused", c)
	}

	// What the portal stores of the slice is what the whole became.
	keys := map[attachment.Key]bool{}

	for _, change := range changes {
		whole, part = whole.Apply(change), part.Apply(change)
		keys[change.Subject()] = true
	}

	require.Equal(w.t, head(whole), head(part), "%s applied to a slice", c)

	for _, row := range part.Only(keys).Rows {
		stored, _ := whole.Row(row.Key)
		require.Equal(w.t, stored, row, "%s applied to a slice", c)
	}

	return changes, err
}

// snapshot writes out all that a decision could touch.
func snapshot(t tb, r attachment.Roster, f attachment.Facts) string {
	b, err := json.Marshal([]any{r, f})
	require.NoError(t, err)

	return string(b)
}

// head is a roster without what a slice leaves out.
func head(r attachment.Roster) attachment.Roster {
	r.Queue, r.Rows = nil, nil

	return r
}

// reason is what an error says, besides its wording.
func reason(err error) string {
	var refused *attachment.Error
	if !errors.As(err, &refused) {
		return fmt.Sprint(err)
	}

	return fmt.Sprint(refused.Key, refused.Code(), refused.By, refused.At, refused.Cause)
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

	if activated, ok := c.(attachment.Activate); ok {
		id := activated.By.ID
		w.step(id, account.Activate)
		w.facts.Accounts[id] = w.facts.Registrations[id].Account(w.now)
	}

	require.NoError(w.t, attachment.Check(w.roster), "after %s", c)
}

func (w *world) follow(change attachment.Change) {
	switch change := change.(type) {
	case attachment.ClaimBegan:
		w.step(change.Account, account.Designate)
	case attachment.RequestApproved:
		w.step(change.Account, account.Approve)
	case attachment.RequestRefused:
		w.step(change.Account, account.Refuse)
	case attachment.RequestWithdrawn:
		w.step(change.Account, account.Withdraw)
	case attachment.TimeOver:
		w.step(change.Account, account.Lapse)
	case attachment.ManagerNamed:
		if change.Details != nil {
			w.facts.Structure = w.facts.Structure.Describe(*change.Details)
		}
	}
}

// step moves a registration along its table (rule B11), which must allow it. An account has none to move.
func (w *world) step(id account.ID, event account.RegistrationEvent) {
	w.t.Helper()

	if _, exists := w.facts.Accounts[id]; exists {
		return
	}

	reg, exists := w.facts.Registrations[id]
	require.True(w.t, exists, "%s has neither account nor registration", id)

	next, err := reg.Handle(event, w.now)
	require.NoError(w.t, err, "%s", id)

	w.facts.Registrations[id] = next
}

// registration returns the command with which a login registers, under a new id that is in the facts already.
func (w *world) registration(login string) attachment.Register {
	w.count++
	id := account.ID(fmt.Sprintf("r%d", w.count))
	w.facts.Registrations[id] = account.Registration{
		ID: id, State: account.AwaitingApproval, Structure: "s1", CreatedAt: w.now,
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

// outsider adds an active account that has nothing here yet.
func (w *world) outsider(id account.ID) account.Actor {
	w.facts.Accounts[id] = account.Account{ID: id, State: account.Active}

	return account.By(id)
}

// become puts an account into a state, as its own events would.
func (w *world) become(id account.ID, state account.State) {
	acc := w.facts.Accounts[id]
	acc.State = state
	w.facts.Accounts[id] = acc
}

// request makes an outsider ask to be attached, and returns the order of the request.
func (w *world) request(id account.ID, service structure.Code) int64 {
	w.t.Helper()

	c := attachment.Request{By: w.outsider(id), Service: service, Comment: "s'il vous plaît"}
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

// edit changes a row by hand, for what no command of this version does.
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
		out = append(out, attachment.Grant{Profile: p, By: by, At: w.now})
	}

	return out
}
