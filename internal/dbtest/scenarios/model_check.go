package scenarios

import (
	"fmt"
	"slices"

	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// check compares everything that can be observed.
func (x *modelRun) check() {
	var everybody []account.ID

	for _, r := range x.m.registrations {
		everybody = append(everybody, r.id)
	}

	for _, a := range x.m.accounts {
		everybody = append(everybody, a.id)
	}

	slices.Sort(everybody)
	everybody = slices.Compact(everybody)

	for _, p := range x.m.places {
		slice, err := x.Store.Roster(x.Ctx, storage.RosterQuery{Structure: p.id, Accounts: everybody, At: x.m.now})
		require.NoError(x.t, err)

		x.follow(p, slice.Roster)
		x.checkPlace(p, slice)
	}

	for spot := range modelSpots {
		x.checkLookup(spot)
	}

	for _, r := range x.m.registrations {
		x.checkRegistration(r)
	}

	for _, a := range x.m.accounts {
		x.checkAccount(a)
	}

	for _, login := range modelPeople {
		x.checkLogin(login)
	}

	then := x.m.clone()
	then.advance()

	for i := range then.links {
		x.checkLink(then, i)
	}
}

// follow has the model end what is over where the portal has done so. That it does not do so before is compared after, and
// that it does so in time is compared after advance.
func (x *modelRun) follow(p *modelPlace, r attachment.Roster) {
	for i := range p.seats {
		s := &p.seats[i]

		row, _ := r.Row(attachment.Key{Account: s.who})
		if modelOpen(s.state) && x.m.past(s.until) && row.State == attachment.Lapsed {
			x.m.lapse(p, s)
		}
	}

	if p.standing == attachment.InClaim && x.m.past(p.term) && (r.Standing != p.standing || r.Holder != p.holder) {
		x.m.settle(p)
	}
}

// advance ends everything that is over.
func (m *model) advance() {
	for _, p := range m.places {
		for _, s := range slices.Clone(p.seats) {
			m.settle(p, s.who)
		}
	}

	for _, r := range m.registrations {
		if r.state.Open() && m.past(r.until) {
			r.state = account.Lapsed
		}
	}
}

func (x *modelRun) checkPlace(p *modelPlace, slice storage.Slice) {
	r := slice.Roster

	require.NoError(x.t, attachment.Check(r))
	require.Equal(x.t, p.standing, r.Standing, "the standing of %s (rule D2)", p.id)
	require.Equal(x.t, p.holder, r.Holder, "the holder of %s (rule D2)", p.id)

	if p.standing == attachment.InClaim {
		require.Equal(x.t, p.term, r.Claim.Term, "the claim's term (rule D1)")
	}

	want, got := map[account.ID]modelShown{}, map[account.ID]modelShown{}
	for _, s := range p.seats {
		want[s.who] = modelSeen(s.state, s.grants, s.wish, modelAddress(s.invited))
	}

	for _, row := range r.Rows {
		var grants []habilitation.Profile
		for _, g := range row.Grants {
			grants = append(grants, g.Profile)
		}

		got[row.Account] = modelSeen(row.State, grants, row.Wish.Profiles, row.Invited)

		require.Empty(x.t, row.Service)
	}

	require.Equal(x.t, want, got, "the roster of %s", p.id)
	require.Len(x.t, p.attached(), r.Attached)

	// The queue, and what of it deciders see.
	line := x.m.line(p)
	require.Equal(x.t, line[:min(len(line), attachment.QueueLength)], modelIDs(r.Queue), "the queue of %s (rule D1)", p.id)

	page, err := storage.List(x.Ctx, x.Store, storage.OpenRequests{Structures: []structure.ID{p.id}, At: x.m.now})
	require.NoError(x.t, err)

	var waiting, listed, wishing, wished []account.ID

	for _, s := range p.seats {
		switch {
		case s.state == attachment.Requested && !x.m.past(s.until):
			waiting = append(waiting, s.who)
		case len(s.wish) > 0:
			wishing = append(wishing, s.who)
		}
	}

	for _, row := range page.Rows {
		if row.Attachment.State == attachment.Requested {
			listed = append(listed, row.Attachment.Account)
		} else {
			wished = append(wished, row.Attachment.Account)
		}
	}

	require.Equal(x.t, waiting, listed, "the open requests of %s", p.id)
	require.ElementsMatch(x.t, wishing, wished, "the open wishes of %s (rule E5)", p.id)
	x.checkDeciders(p)
	x.checkStructure(p, slice.Facts.Structure)
}

// modelShown is what can be seen of somebody in a place.
type modelShown struct{ state, grants, wish, invited string }

// modelSeen is what of it means something.
func modelSeen(state attachment.State, grants, wish []habilitation.Profile, invited string) modelShown {
	if !modelPresent(state) && state != attachment.Approved {
		invited = ""
	}

	return modelShown{state.String(), fmt.Sprint(grants), fmt.Sprint(wish), invited}
}

// checkDeciders compares who decides (rules C7 and D5).
func (x *modelRun) checkDeciders(p *modelPlace) {
	page, err := storage.List(x.Ctx, x.Store, storage.Deciders{Structure: p.id})
	require.NoError(x.t, err)

	var got []account.ID
	for _, row := range page.Rows {
		got = append(got, row.ID)
	}

	require.ElementsMatch(x.t, x.m.deciders(p), got, "the deciders of %s (rule D5)", p.id)
}

// modelIDs returns nil for no ids, so that it compares equal.
func modelIDs(in []account.ID) []account.ID {
	if len(in) == 0 {
		return nil
	}

	return in
}

func (x *modelRun) checkStructure(p *modelPlace, s structure.Structure) {
	status := structure.Active
	if p.inactive {
		status = structure.Inactive
	}

	require.Equal(x.t, status, s.Status, "the status of %s", p.id)

	var next structure.ID
	if p.next >= 0 {
		next = x.m.places[p.next].id
	}

	require.Equal(x.t, next, s.Successor, "what took the place of %s (rule C9)", p.id)

	name := ""
	if p.data != "" {
		name = Typed(p.data).LegalName
	}

	require.Equal(x.t, name, s.Data.LegalName, "whose data %s has (rule B1)", p.id)

	for spot := range modelSpots {
		require.Equal(x.t, p.spot == spot, s.Identity == Siret(spot), "the identifier of %s (rule C1)", p.id)
	}
}

// checkLookup is what anybody is told of an identifier (rule C11).
func (x *modelRun) checkLookup(spot int) {
	id, err := x.Portal.StructureID(x.Ctx, Siret(spot))

	if at := x.m.place(spot); at >= 0 && x.m.places[at].standing.Known() {
		require.NoError(x.t, err)
		require.Equal(x.t, x.m.places[at].id, id, "where identifier %d leads", spot)
	} else {
		require.ErrorIs(x.t, err, guichet.ErrUnknownStructure)
	}
}

func (x *modelRun) checkRegistration(r *modelRegistration) {
	stored, err := x.Store.Registration(x.Ctx, r.id)
	require.NoError(x.t, err)

	if x.m.past(r.until) && stored.State == account.Lapsed && r.state.Open() {
		r.state = account.Lapsed // see follow
	}

	require.Equal(x.t, r.state, stored.State, "the registration %s (rule B11)", r.id)
	require.Equal(x.t, modelAddress(r.login), stored.Login.String(), "the registration %s", r.id)

	var at structure.ID
	if r.place >= 0 {
		at = x.m.places[r.place].id
	}

	require.Equal(x.t, at, stored.Structure, "the registration %s", r.id)
}

func modelAddress(login string) string {
	if login == "" {
		return ""
	}

	return Login(login)
}

func (x *modelRun) checkAccount(a *modelAccount) {
	acc, err := x.Portal.Account(x.Ctx, a.id)
	require.NoError(x.t, err)
	require.Equal(x.t, a.state, acc.State, "the account %s (rule B11)", a.id)
	require.Equal(x.t, modelAddress(a.login), acc.Login.String(), "the account %s", a.id)

	// Where it decides. Refusing stays possible in an inactive structure (rule C8).
	rights, err := x.Portal.Rights(x.Ctx, a.id)
	require.NoError(x.t, err)

	var want []structure.ID

	for _, p := range x.m.places {
		if slices.Contains(x.m.deciders(p), a.id) {
			want = append(want, p.id)
		}

		for _, profile := range modelTried {
			err := rights.Check(x.m.now, habilitation.Scope{Structure: p.id}, profile)

			if want := x.m.allows(p, a, profile); want == nil {
				require.NoError(x.t, err, "%s of %s at %s (rule E6)", profile, a.id, p.id)
			} else {
				require.ErrorIs(x.t, err, want, "%s of %s at %s (rule E6)", profile, a.id, p.id)
			}
		}
	}

	require.ElementsMatch(x.t, want, rights.Managed(x.m.now), "what %s manages", a.id)
}

// checkLogin is about who has a login, and whose registrations bear it (rules B11 and B14).
func (x *modelRun) checkLogin(login string) {
	parsed, err := account.ParseLogin(Login(login))
	require.NoError(x.t, err)

	acc, err := x.Store.AccountByLogin(x.Ctx, parsed.Key())

	if owner := x.m.owner(login); owner != nil {
		require.NoError(x.t, err)
		require.Equal(x.t, owner.id, acc.ID, "who has the login %s", login)
	} else {
		require.ErrorIs(x.t, err, storage.ErrNotFound)
	}

	var want []account.ID

	for _, r := range x.m.registrations {
		if r.login == login && r.state.Open() {
			want = append(want, r.id)
		}
	}

	require.ElementsMatch(x.t, want, x.registrationsOf(login), "the registrations of %s", login)
}

// checkLink is what a link in a mailbox answers (rule B7), and what it promises: what comes of it if it is used now, once
// what is over has ended.
func (x *modelRun) checkLink(then *model, i int) {
	l := then.links[i]
	invitation, err := x.Portal.Inspect(x.Ctx, l.token)

	if want := then.answer(i); want != nil {
		require.ErrorIs(x.t, err, want, "the link %d", i)

		return
	}

	require.NoError(x.t, err, "the link %d", i)
	require.Equal(x.t, l.purpose, invitation.Purpose)
	require.Equal(x.t, l.expires, invitation.Expires, "the end of link %d (rule B7)", i)
	require.Equal(x.t, Login(then.loginOf(l.who)), invitation.Login.String())

	if r := then.registration(l.who); l.purpose != account.PurposeReactivation && r.place >= 0 {
		p := then.places[r.place]
		claim := p.standing == attachment.InClaim && p.holder == r.id
		require.Equal(x.t, claim, invitation.Manager, "what link %d says it makes of its author", i)
	}
}
