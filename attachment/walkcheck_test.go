package attachment_test

import (
	"errors"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// check asserts what holds in every state, whatever led to it.
func (w *walker) check() {
	require.NoError(w.draw, attachment.Check(w.roster))

	if w.present && !w.roster.Standing.Known() {
		w.draw.Fatalf("a structure that was managed is %s (rule D2)", w.roster.Standing)
	}

	w.present = w.present || w.roster.Standing.Known()
	w.checkClaim()
	w.checkOrders()

	for _, row := range w.roster.Rows {
		w.checkRow(row)
	}

	for _, id := range w.ids() {
		w.checkRights(id)
	}
}

// checkClaim is about a claim's term (rule D1).
func (w *walker) checkClaim() {
	claim := w.roster.Claim

	if w.holder != w.roster.Holder {
		w.awaits = false
	}

	switch {
	case w.roster.Standing != attachment.InClaim:
		require.Equal(w.draw, attachment.Claim{}, claim)
	case claim.Term.After(claim.Designated.Add(30 * day)):
		w.draw.Fatalf("a claim of more than 30 days: %v", claim)
	case !w.awaits && claim.Term.After(claim.Designated.Add(24*hour)):
		w.draw.Fatalf("a claim of more than 24 hours: %v", claim)
	case !w.awaits && !claim.Leased.IsZero() && claim.Term.After(claim.Leased.Add(hour)):
		w.draw.Fatalf("more than 60 minutes from the lease: %v", claim)
	case w.holder != w.roster.Holder:
	case !w.claim.Leased.IsZero() && claim != w.claim, claim.Term.After(w.claim.Term):
		w.draw.Fatalf("the term was extended from %v to %v", w.claim, claim)
	}

	w.claim, w.holder = claim, w.roster.Holder
}

// checkOrders is about the queue: orders are unique, but for requests that were made together, and the line goes by them.
func (w *walker) checkOrders() {
	seen := map[int64]attachment.Key{}

	for _, row := range w.roster.Rows {
		if w.adopted[row.Key] || row.Order == 0 { // the account has its place; whoever never asked has none
			continue
		}

		if other, twice := seen[row.Order]; twice && (other.Account != row.Account || other.Service == "" || row.Service == "") {
			w.draw.Fatalf("%v and %v share the order %d", other, row.Key, row.Order)
		}

		seen[row.Order] = row.Key
	}

	var last int64

	for _, id := range w.roster.Line(w.facts, w.now) {
		if order := w.row(id, "").Order; order <= last {
			w.draw.Fatalf("%s stands in the line with order %d after %d", id, order, last)
		} else {
			last = order
		}
	}
}

// checkRow is about one row and the registration or account it belongs to.
func (w *walker) checkRow(row attachment.Attachment) {
	_, exists := w.facts.Accounts[row.Account]
	reg := w.facts.Registrations[row.Account]
	like := func(state account.RegistrationState) bool { return exists || reg.Separate || reg.State == state }
	awaited := !exists && like(account.AwaitingActivation)

	fits := map[attachment.State]bool{
		attachment.Requested: like(account.AwaitingApproval),
		attachment.Claimed:   awaited,
		attachment.Approved:  awaited,
		attachment.Attached:  exists,
		attachment.Suspended: exists,
		attachment.Refused:   like(account.Refused),
		attachment.Withdrawn: like(account.Withdrawn),
		attachment.Lapsed:    like(account.Lapsed),
		attachment.Detached:  exists,
	}

	over := !row.Due.IsZero() && !w.now.Before(row.Due) ||
		row.State == attachment.Claimed && !w.now.Before(w.roster.Claim.Term)

	switch {
	case !fits[row.State]:
		w.draw.Fatalf("%v is %s: account %t, registration %s", row.Key, row.State, exists, reg.State)
	case row.Details != nil && row.State != attachment.Requested && row.State != attachment.Claimed:
		w.draw.Fatalf("%v is %s and keeps typed data", row.Key, row.State)
	case !row.Due.IsZero() && (!row.State.Open() || exists):
		w.draw.Fatalf("%v is %s and due: account %t", row.Key, row.State, exists)
	case row.State.Open() && !exists && (!reg.Open() || reg.Over(w.now)) && !over:
		w.draw.Fatalf("%v, %s until %s, outlives its registration (rule B6)", row.Key, row.State, row.Due)
	}
}

// followOrders asserts that places in the queue increase; requests that are made together share one.
func (w *walker) followOrders(changes []attachment.Change) {
	last := w.orders

	for _, change := range changes {
		order := last + 1

		switch c := change.(type) {
		case attachment.RequestMade:
			order = c.Order
		case attachment.ProfilesRequested:
			order = c.Order
		case attachment.UserInvited:
			order = w.row(c.Account, c.Service).Order
		case attachment.UserAttached:
			if c.Unasked {
				order = w.row(c.Account, c.Service).Order
			}
		case attachment.ClaimBegan:
			if !c.Succeeded {
				order = c.Order
			}
		default:
			continue
		}

		if order <= last {
			w.draw.Fatalf("%s was given the order %d after %d", change.Action(), order, last)
		}

		if row := w.row(change.Subject().Account, change.Subject().Service); row.Order == order || row.Wish.Order == order {
			w.orders = max(w.orders, order)
		}
	}
}

// followAttachment asserts that nothing suspended is absorbed (rule D3), that else only somebody who goes or is detached
// is detached, whose rights end at once (rules B12 and D8), and that profiles start from the defaults (rule E3).
func (w *walker) followAttachment(c attachment.Command, changes []attachment.Change, i int, before *world) {
	switch change := changes[i].(type) {
	case attachment.UserDetached:
		row, _ := before.roster.Row(change.Key)
		goes := change.Absorbed && row.State != attachment.Suspended

		switch c := c.(type) {
		case attachment.Depart:
			goes = goes || c.Account == row.Account
		case attachment.Detach:
			goes = goes || c.Account == row.Account && c.Service == row.Service
		case attachment.Leave:
			goes = goes || c.By.Is(row.Account) && c.Service == row.Service
		}

		if !goes {
			w.draw.Fatalf("%v, that was %s, was detached by %s", change.Key, row.State, c)
		}

		w.without(change.Key)
	case attachment.UserSuspended:
		w.without(change.Key)
	case attachment.UserAttached:
		want := defaults(w.world, change.Service, change.By)

		for _, later := range changes[i:] {
			if named, ok := later.(attachment.ManagerNamed); ok && named.Account == change.Account {
				want = nil // by role
			}
		}

		require.Equal(w.draw, want, change.Grants, "%v", change.Key)
	}
}

// without asserts that a row gives no right.
func (w *walker) without(k attachment.Key) {
	for _, h := range w.roster.Rights(w.facts, k.Account, w.now).Holdings {
		if h.Service.Code == k.Service && !h.Suspended {
			w.draw.Fatalf("%v has rights still (rule D8)", k)
		}
	}
}

// checkRights is rules D9 and E6 written down a second time: what somebody may do, in the structure and in each service.
func (w *walker) checkRights(id account.ID) {
	rights := w.roster.Rights(w.facts, id, w.now)

	for _, service := range []structure.Code{"", "compta", "rh", "achats"} {
		scope := habilitation.Scope{Structure: "s1", Service: service}

		for _, p := range (profiles{look, act, send, closed, see, habilitation.Manage}) {
			from, err := rights.Explain(w.now, scope, p)

			level, may := w.may(id, service, p)
			if may != (err == nil) || may && from.Service.Code != level {
				w.draw.Fatalf("%s, %s at %q: %v, by %q; want %t by %q", id, p, service, err, from.Service.Code, may, level)
			}
		}
	}
}

// may tells whether somebody may do what a profile says, and from which level.
func (w *walker) may(id account.ID, service structure.Code, p habilitation.Profile) (structure.Code, bool) {
	s := w.facts.Structure
	open := p.Application == habilitation.Organisation || slices.Contains(s.Applications, p.Application)
	acts := p.Level == habilitation.Consultation || s.Status == structure.Active

	if w.facts.Accounts[id].State != account.Active || !open || !acts {
		return "", false
	}

	for _, level := range []structure.Code{"", service} {
		row := w.row(id, level)
		granted := slices.ContainsFunc(row.Grants, func(g attachment.Grant) bool { return g.Profile == p })
		leads := level == "" && w.roster.Standing == attachment.Managed && w.roster.Holder == id
		rests := level != "" && w.facts.Services[level].Inactive

		if row.State == attachment.Attached && !rests && (granted || leads) {
			return level, true
		}
	}

	return "", false
}

// followManager asserts that there is another main manager only where somebody hands over, is appointed or leaves, and
// what each holds then (rules D2 and D6).
func (w *walker) followManager(command attachment.Command, changes []attachment.Change, before *world) {
	former, holder := before.roster.Holder, w.roster.Holder

	if before.roster.Standing == attachment.Managed {
		for _, change := range changes {
			switch change.(type) {
			case attachment.UserDetached, attachment.ManagerLeft:
				if _, departs := command.(attachment.Depart); !departs && change.Subject() == key(former) {
					w.draw.Fatalf("%s detached the main manager", command)
				}
			case attachment.UserSuspended, attachment.ProfilesRevoked, attachment.ProfilesGranted, attachment.ProfilesRequested:
				if change.Subject() == key(former) {
					w.draw.Fatalf("%s: %s of the main manager", command, change.Action())
				}
			}
		}
	}

	if !before.roster.Standing.Known() || before.roster.Standing == w.roster.Standing && former == holder {
		return
	}

	switch c := command.(type) {
	case attachment.HandOver:
		if !c.By.Is(former) || before.row(c.To, "").State != attachment.Attached || before.roster.Contest.Frozen {
			w.draw.Fatalf("%s, who was %s", c, before.row(c.To, "").State)
		}
	case attachment.Appoint:
		if c.By.Kind != account.ActorSupport {
			w.draw.Fatalf("%s", c)
		}
	case attachment.Depart:
		w.standing(attachment.Vacant, "")

		return
	default:
		w.draw.Fatalf("%s made %s main manager after %s", c, holder, former)
	}

	w.standing(attachment.Managed, holder)

	if w.facts.Accounts[holder].State != account.Active {
		w.draw.Fatalf("%s made %s, who is not active, main manager", command, holder)
	}

	if former == "" {
		return
	}

	keeps := slices.DeleteFunc(habilitation.All(w.facts.Structure.Applications), func(p habilitation.Profile) bool {
		return p == habilitation.Manage
	})
	require.Equal(w.draw, keeps, granted(w.row(former, "")), "%s", command)
}

// granted are the profiles of a row.
func granted(row attachment.Attachment) profiles {
	var out profiles
	for _, g := range row.Grants {
		out = append(out, g.Profile)
	}

	return out
}

// followContest asserts that what is frozen stays as it is, and who contests (rule D12).
func (w *walker) followContest(command attachment.Command, change attachment.Change, before *world) {
	if contest, ok := change.(attachment.StandingContested); ok {
		row, _ := before.roster.Row(contest.Key)
		if row.State != attachment.Requested && row.State != attachment.Refused || !row.Contested.IsZero() {
			w.draw.Fatalf("%s, %s, contested at %s", command, row.State, row.Contested)
		}
	}

	if !before.roster.Contest.Frozen {
		return
	}

	switch change.(type) {
	case attachment.ProfilesGranted:
		w.draw.Fatalf("%s granted while frozen", command)
	case attachment.UserDetached:
		if _, detaches := command.(attachment.Detach); detaches {
			w.draw.Fatalf("%s while frozen", command)
		}
	}
}

// followReminder asserts that deciders are reminded of a request three times at the most, and support is told once (rule D10).
func (w *walker) followReminder(change attachment.Change) {
	row := w.row(change.Subject().Account, change.Subject().Service)
	_, order, _ := row.Asked()
	request := decidedRequest{row.Key, order}

	switch c := change.(type) {
	case attachment.RequestReminded:
		if !c.Skipped {
			w.reminded[request]++
		}
	case attachment.RequestEscalated:
		if w.escalated[request] {
			w.draw.Fatalf("%v was escalated twice", request)
		}

		w.escalated[request] = true
	}

	if w.reminded[request] > 3 {
		w.draw.Fatalf("%v was reminded of %d times", request, w.reminded[request])
	}
}

// askGuards asserts that guards are asked about what the rules allow, about the roster as it is once what is due is applied,
// and neither about what the system does nor about a departure.
func (w *walker) askGuards(c attachment.Command, refused error, before *world) {
	asked := 0
	guard := func(r attachment.Roster, _ attachment.Facts, about attachment.Command, at time.Time) error {
		asked++

		settled := before.roster.Clone()
		settled.Version = r.Version
		require.Equal(w.draw, sorted(settled), sorted(r), "%s", c)
		require.Equal(w.draw, c, about)
		require.Equal(w.draw, w.now, at)

		return nil
	}

	was := w.clone()
	was.roster.Version = w.roster.Version

	_, err := attachment.Decide(was.whole(), was.known(), c, was.now, guard)
	require.Equal(w.draw, reason(refused), reason(err), "%s", c)

	want := 1
	if _, departs := c.(attachment.Depart); departs || refused != nil || c.Actor().Kind == account.ActorSystem {
		want = 0
	}

	require.Equal(w.draw, want, asked, "%s asked the guard", c)
}

// followProof asserts what a verifier's answer does: to the claim that it is about and to no other, its term is put off once at
// the most, to a time to come, and whoever is refused was the claimant (rules D1 and D12).
func (w *walker) followProof(command attachment.Command, changes []attachment.Change, before *world) {
	var (
		about account.ID
		of    time.Time
	)

	switch c := command.(type) {
	case attachment.AwaitProof:
		about, of = c.Account, c.Designated
	case attachment.RefuseProof:
		about, of = c.Account, c.Designated
	default:
		return
	}

	was := before.roster.Claim
	if command.Actor().Kind != account.ActorSystem || before.roster.Holder != about || !was.Designated.Equal(of) {
		w.draw.Fatalf("%s, for %s, of %v", command, before.roster.Holder, was)
	}

	for _, change := range changes {
		awaited, is := change.(attachment.ProofAwaited)
		off := was.Term.After(was.Leased.Add(hour)) && !was.Leased.IsZero()

		if is && (!awaited.Until.After(w.now) || awaited.Until.After(was.Term) && off) {
			w.draw.Fatalf("%s moved the term from %v to %s", command, was, awaited.Until)
		}

		if is { // as of now: how long it lasts is checked, and from the next change on, that it is not put off
			w.awaits, w.claim = true, w.roster.Claim
		}
	}

	if _, refused := command.(attachment.RefuseProof); refused &&
		(w.row(about, "").State != attachment.Refused || w.roster.Standing == attachment.InClaim && w.roster.Holder == about) {
		w.draw.Fatalf("%s left %s", command, w.row(about, "").State)
	}
}

// followTaking asserts what creating, adopting and departing come to. before is the world once what was due was applied.
func (w *walker) followTaking(command attachment.Command, before *world) {
	switch c := command.(type) {
	case attachment.Create:
		if before.roster.Standing != attachment.Unclaimed || w.roster.Holder != c.By.ID || w.roster.Standing != attachment.Managed {
			w.draw.Fatalf("%s, while %s: %s by %s", c, before.roster.Standing, w.roster.Standing, w.roster.Holder)
		}
	case attachment.Adopt:
		w.followAdoption(c, before)
	case attachment.Depart:
		w.followDeparture(c, before)
	case attachment.Activate: // whoever has an account now and waits, waits for as long as it takes (rule B6)
		if row := w.row(c.By.ID, ""); row.State.Open() && !before.facts.Registrations[c.By.ID].Separate {
			w.draw.Fatalf("%s left %v %s", c, row.Key, row.State)
		}
	}
}

// followAdoption asserts that what came of a registration came to the account that has its login, unless that has one
// there already (rule B14).
func (w *walker) followAdoption(c attachment.Adopt, before *world) {
	from := before.roster.Registered(c.From)
	mine := before.row(c.By.ID, from.Service)
	if whole := before.row(c.By.ID, ""); whole.State == attachment.Attached || whole.State == attachment.Suspended {
		mine = whole // it reaches every service (rule D9)
	}

	reg, acc := before.facts.Registrations[c.From], before.facts.Accounts[c.By.ID]
	had := mine.State.Open() || mine.State == attachment.Attached || mine.State == attachment.Suspended

	want := map[attachment.State]attachment.State{
		attachment.Requested: attachment.Requested, attachment.Claimed: attachment.Attached, attachment.Approved: attachment.Attached,
	}[from.State]

	switch now := w.row(c.By.ID, mine.Service); {
	case acc.State != account.Active || !acc.Login.Same(reg.Login) || !reg.Open() || reg.Over(w.now):
		w.draw.Fatalf("%s, for %v of %v", c, reg, acc)
	case w.roster.Registered(c.From).State.Open():
		w.draw.Fatalf("%s left the registration's own", c)
	case !had && want != 0 && now.State != want:
		w.draw.Fatalf("%s, that was %s: %s", c, from.State, now.State)
	case had && from.State != attachment.Claimed:
		require.Equal(w.draw, mine, now, "%s", c)
	case from.State == attachment.Claimed && !had && w.roster.Holder != c.By.ID:
		w.draw.Fatalf("%s, that was the claim, and %s manages", c, w.roster.Holder)
	}

	if had || from.State != attachment.Requested {
		return
	}

	// The place in the queue stays.
	w.adopted[from.Key] = true
	line := before.roster.Line(before.facts, w.now)

	for i := range line {
		if line[i] == c.From {
			line[i] = c.By.ID
		}
	}

	require.Equal(w.draw, line, w.roster.Line(w.facts, w.now), "%s", c)
}

// followDeparture asserts that whoever goes has nothing left, that others keep what they have, and that a main manager
// goes from nobody (rules B12 and D6).
func (w *walker) followDeparture(c attachment.Depart, before *world) {
	for _, row := range w.roster.Rows {
		switch {
		case row.Account != c.Account:
			other, _ := before.roster.Row(row.Key)
			require.Equal(w.draw, other, row, "%s", c)
		case row.State == attachment.Requested, row.State == attachment.Attached, row.State == attachment.Suspended:
			w.draw.Fatalf("%s left %v %s", c, row.Key, row.State)
		}
	}

	manager := before.roster.Standing == attachment.Managed && before.roster.Holder == c.Account

	switch {
	case !c.By.Is(c.Account) && c.By.Kind != account.ActorSupport:
		w.draw.Fatalf("%s", c)
	case !manager:
		require.Equal(w.draw, [2]any{before.roster.Standing, before.roster.Holder}, [2]any{w.roster.Standing, w.roster.Holder}, "%s", c)
	case before.facts.Structure.Successor == "" && (before.roster.Attached != 1 || !c.Vacant || before.known().Invited):
		w.draw.Fatalf("%s, although %d are attached", c, before.roster.Attached)
	default:
		w.standing(attachment.Vacant, "")
	}
}

// mayDecide is rule D5 written down a second time: tells whether somebody may decide on a request, once what was due
// has been applied.
func mayDecide(w *world, by account.Actor, row attachment.Attachment, approve bool) bool {
	active := w.facts.Structure.Status == structure.Active
	if w.facts.Structure.Successor != "" && approve {
		return false
	}

	own := w.row(by.ID, "")
	manage := slices.ContainsFunc(own.Grants, func(g attachment.Grant) bool { return g.Profile == habilitation.Manage })

	switch by.Kind {
	case account.ActorAccount:
		return w.roster.Standing.Known() && own.State == attachment.Attached && by.ID != row.Account && (active || !approve) &&
			w.facts.Accounts[by.ID].State == account.Active && (manage || w.roster.Holder == by.ID)
	case account.ActorSupport:
		switch w.roster.Standing {
		case attachment.InClaim:
			return !approve && row.Account == w.roster.Holder
		case attachment.Unclaimed:
			return !approve
		case attachment.Managed:
			return w.facts.Accounts[w.roster.Holder].State != account.Active && w.known().Decider == "" && (active || !approve)
		case attachment.Vacant:
			return w.known().Decider == "" && (active || !approve)
		}
	}

	return false
}

// followDecision asserts that one request is decided once (rule D5), by somebody who may and who meant that request,
// and that nobody can decide on it at once again.
func (w *walker) followDecision(c attachment.Command, change attachment.Change, before *world) {
	row, _ := before.roster.Row(change.Subject())
	request := decidedRequest{row.Key, row.Order}

	var refused, wish bool

	switch change := change.(type) {
	case attachment.RequestApproved:
	case attachment.RequestRefused:
		if refused = true; change.Proof { // by the verifier, which is no decider
			return
		}
	case attachment.ProfilesApproved:
		wish, request.order = true, row.Wish.Order
	case attachment.ProfilesRefused:
		refused, wish, request.order = true, true, row.Wish.Order
	case attachment.UserAttached:
		if !change.Approved {
			return
		}
	default:
		return
	}

	if !mayDecide(before, c.Actor(), row, !refused) {
		w.draw.Fatalf("%s, by somebody who may not", c)
	}

	if !wish && row.State != attachment.Requested && row.State != attachment.Claimed { // attached without a request
		return
	}

	if seen := orderOf(c); seen != 0 && seen != request.order {
		w.draw.Fatalf("%s was meant for %d and hit %d", c, seen, request.order)
	}

	if w.decided[request] {
		w.draw.Fatalf("%s decided the request %v a second time", c, request)
	}

	w.decided[request] = true

	for _, by := range append(w.ids(), "") {
		actor := account.By(by)
		if by == "" {
			actor = account.Support("Anne")
		}

		for _, again := range []attachment.Command{
			attachment.Approve{By: actor, Account: row.Account, Service: row.Service, Wish: wish, Order: request.order},
			attachment.Refuse{By: actor, Account: row.Account, Service: row.Service, Wish: wish, Order: request.order},
			attachment.Approve{By: actor, Account: row.Account, Service: row.Service, Wish: wish},
		} {
			if _, err := attachment.Decide(w.whole(), w.known(), again, w.now); err == nil {
				w.draw.Fatalf("after %s, %s succeeded", c, again)
			}
		}
	}
}

// followRefusal asserts that nobody who may decide is told that they may not, and that nobody is kept from going without
// a reason.
func (w *walker) followRefusal(c attachment.Command, err error, before *world) {
	if !slices.ContainsFunc(documented(w.t)[name(c)], func(why error) bool { return errors.Is(err, why) }) {
		w.draw.Fatalf("%s: %v, which is not documented", c, err)
	}

	if gone, ok := c.(attachment.Depart); ok {
		w.followStay(gone, err, before)
	}

	if !errors.Is(err, attachment.ErrNotDecider) && !errors.Is(err, attachment.ErrNoManager) {
		return
	}

	var refused *attachment.Error

	require.ErrorAs(w.draw, err, &refused)

	row, _ := before.roster.Row(refused.Key)

	var may bool

	switch c := c.(type) {
	case attachment.Approve:
		may = mayDecide(before, c.By, row, true)
	case attachment.Refuse: // support may refuse a claim, which has no wish
		may = mayDecide(before, c.By, row, false) && (!c.Wish || before.roster.Standing.Known())
	}

	if may {
		w.draw.Fatalf("%s: %v", c, err)
	}
}

func (w *walker) followStay(c attachment.Depart, err error, before *world) {
	others := before.roster.Attached > 1
	manager := before.roster.Standing == attachment.Managed && before.roster.Holder == c.Account &&
		before.facts.Structure.Successor == ""
	had := slices.ContainsFunc(before.roster.RowsOf(c.Account), func(row attachment.Attachment) bool {
		return row.State == attachment.Requested || row.State == attachment.Attached || row.State == attachment.Suspended
	})

	for why, fits := range map[error]bool{
		attachment.ErrNotYours:    !c.By.Is(c.Account) && c.By.Kind != account.ActorSupport,
		attachment.ErrNotAlone:    manager && (others || before.known().Invited),
		attachment.ErrMainManager: manager && !others && !c.Vacant,
		attachment.ErrNotAttached: !had,
	} {
		if errors.Is(err, why) && fits {
			return
		}
	}

	w.draw.Fatalf("%s: %v", c, err)
}

func orderOf(c attachment.Command) int64 {
	switch c := c.(type) {
	case attachment.Approve:
		return c.Order
	case attachment.Refuse:
		return c.Order
	default:
		return 0
	}
}

// trySettledFirst asserts that a decision does not depend on whether what was due had been applied before. It returns
// the world in which it had.
func (w *walker) trySettledFirst(c attachment.Command) *world {
	w.tryLapsedFirst(c)

	settled, atOnce := w.clone(), w.clone()

	for _, id := range append(c.Accounts(), "") {
		due, err := attachment.Decide(settled.whole(), settled.known(), settle(id), settled.now)
		require.NoError(w.draw, err)
		settled.apply(settle(id), due)
	}

	settled.roster.Version = w.roster.Version // orders come from it
	before := settled.clone()

	changes, err := attachment.Decide(atOnce.whole(), atOnce.known(), c, atOnce.now)
	later, refusal := attachment.Decide(settled.whole(), settled.known(), c, settled.now)

	if (err == nil) != (refusal == nil) {
		w.draw.Fatalf("%s: %v, and settled before: %v", c, err, refusal)
	}

	if err != nil {
		return before
	}

	atOnce.apply(c, changes)
	settled.apply(c, later)
	settled.roster.Version = atOnce.roster.Version
	require.Equal(w.draw, sorted(atOnce.roster), sorted(settled.roster), "%s", c)
	require.Equal(w.draw, atOnce.facts, settled.facts, "%s", c)

	return before
}

// tryLapsedFirst asserts that a decision does not depend on whether separate registrations that are over have been told.
func (w *walker) tryLapsedFirst(c attachment.Command) {
	lapsed := w.clone()
	lapsed.lapse()

	changes, err := attachment.Decide(w.whole(), w.known(), c, w.now)
	later, refusal := attachment.Decide(lapsed.whole(), lapsed.known(), c, lapsed.now)
	require.Equal(w.draw, changes, later, "%s", c)
	require.Equal(w.draw, reason(err), reason(refusal), "%s", c)
}

func sorted(r attachment.Roster) attachment.Roster {
	r = r.Clone()
	r.Queue = nil
	slices.SortFunc(r.Rows, func(a, b attachment.Attachment) int { return a.Compare(b.Key) })

	return r
}
