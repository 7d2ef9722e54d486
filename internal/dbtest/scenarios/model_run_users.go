package scenarios

import (
	"slices"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
)

// seatOf draws somebody in a place, mostly one who is something there.
func (x *modelRun) seatOf(states ...attachment.State) (place int, who account.ID) {
	return x.seatWhere(func(_ *modelPlace, s modelSeat) bool { return slices.Contains(states, s.state) })
}

// wisher mostly draws somebody who has wished, whatever became of that.
func (x *modelRun) wisher() (place int, who account.ID) {
	return x.seatWhere(func(_ *modelPlace, s modelSeat) bool { return !s.wished.IsZero() })
}

// user mostly draws somebody who is attached, and no main manager.
func (x *modelRun) user() (place int, who account.ID) {
	return x.seatWhere(func(p *modelPlace, s modelSeat) bool { return modelPresent(s.state) && p.holder != s.who })
}

// profiles draws what somebody may be given.
func (x *modelRun) profiles() []habilitation.Profile {
	drawn := [][]habilitation.Profile{{habilitation.Manage}, {habilitation.Manage}, {modelBill}, {modelLook, modelBill}}
	if x.seldom() {
		return []habilitation.Profile{modelBill, modelClosed}
	}

	return rapid.SampledFrom(drawn).Draw(x.t, "profiles")
}

// addSome mostly attaches an account.
func (x *modelRun) addSome() {
	place, who := x.place(), x.account(account.Active, account.Blocked)
	x.add(x.decider(place), place, who)
}

// addWaiting attaches somebody who waits, instead of deciding.
func (x *modelRun) addWaiting() {
	place, who := x.seat()
	x.add(x.decider(place), place, who)
}

func (x *modelRun) add(by account.Actor, place int, who account.ID) {
	x.tellf("%s attaches %s to %d", x.name(by.ID), x.name(who), place)

	x.do(place, attachment.Attach{By: by, Account: who}, func() error { return x.m.add(by, place, who) })
}

func (x *modelRun) summonSome() {
	place := x.place()
	x.summon(x.decider(place), place, x.person())
}

func (x *modelRun) summon(by account.Actor, place int, login string) {
	x.tellf("%s invites %s to %d", x.name(by.ID), login, place)

	err := x.Portal.Invite(x.Ctx, guichet.Inviting{By: by, Structure: x.m.places[place].id, Login: Login(login)})

	id := x.newcomer(login)
	made, want := x.m.summon(by, place, login, id)
	x.agree(want, err)
	require.Equal(x.t, made, id != "", "a registration more")
}

// signInSome has somebody sign in, mostly one who was invited.
func (x *modelRun) signInSome() {
	who := sample(x, "account", x.m.accounts, func(a *modelAccount) bool {
		return slices.ContainsFunc(x.m.places, func(p *modelPlace) bool { return p.seat(a.id).invited != "" })
	}).id
	x.tellf("%s signs in", x.name(who))

	x.agree(x.m.signIn(who), x.Portal.SignedIn(x.Ctx, who))
}

func (x *modelRun) removeSome() {
	place, who := x.seatOf(attachment.Attached, attachment.Suspended, attachment.Approved)
	by := x.decider(place)
	x.tellf("%s detaches %s from %d", x.name(by.ID), x.name(who), place)

	x.do(place, attachment.Detach{By: by, Account: who}, func() error { return x.m.remove(by, place, who) })
}

func (x *modelRun) quitSome() {
	place, who := x.user()
	x.tellf("%s leaves %d", x.name(who), place)

	x.do(place, attachment.Leave{By: account.By(who)}, func() error { return x.m.quit(place, who) })
}

func (x *modelRun) suspendSome() {
	place, who := x.user()
	by := x.decider(place)
	x.tellf("%s suspends %s at %d", x.name(by.ID), x.name(who), place)

	x.do(place, attachment.Suspend{By: by, Account: who}, func() error { return x.m.suspend(by, place, who) })
}

func (x *modelRun) resumeSome() {
	place, who := x.seatOf(attachment.Suspended)
	by := x.decider(place)
	x.tellf("%s resumes %s at %d", x.name(by.ID), x.name(who), place)

	x.do(place, attachment.Resume{By: by, Account: who}, func() error { return x.m.resume(by, place, who) })
}

func (x *modelRun) handOverSome() {
	place, who := x.user()

	by := account.By(x.m.places[place].holder)
	if by.ID == "" || x.seldom() {
		by = x.decider(place)
	}

	x.tellf("%s hands %d over to %s", x.name(by.ID), place, x.name(who))

	x.do(place, attachment.HandOver{By: by, To: who}, func() error { return x.m.handOver(by, place, who) })
}

func (x *modelRun) appointSome() {
	place, who := x.place(), x.account(account.Active)

	by := account.Support("Anne")
	if x.seldom() {
		by = x.decider(place)
	}

	unreachable := x.seldom()
	x.tellf("%s appoints %s at %d, unreachable %t", x.name(by.ID), x.name(who), place, unreachable)

	x.do(place, attachment.Appoint{By: by, Account: who, Unreachable: unreachable},
		func() error { return x.m.appoint(by, place, who, unreachable) })
}

func (x *modelRun) grantSome() {
	place, who := x.user()
	x.grant(x.decider(place), place, who, x.profiles())
}

func (x *modelRun) grant(by account.Actor, place int, who account.ID, profiles []habilitation.Profile) {
	x.tellf("%s gives %s at %d: %v", x.name(by.ID), x.name(who), place, profiles)

	x.do(place, attachment.GrantProfiles{By: by, Account: who, Profiles: profiles},
		func() error { return x.m.grant(by, place, who, profiles) })
}

func (x *modelRun) revokeSome() {
	place, who := x.user()
	by, profiles := x.decider(place), x.profiles()
	x.tellf("%s takes from %s at %d: %v", x.name(by.ID), x.name(who), place, profiles)

	x.do(place, attachment.RevokeProfiles{By: by, Account: who, Profiles: profiles},
		func() error { return x.m.revoke(by, place, who, profiles) })
}

func (x *modelRun) wishSome() {
	place, who := x.user()
	profiles := x.profiles()
	x.tellf("%s wishes for %v at %d", x.name(who), profiles, place)

	x.do(place, attachment.RequestProfiles{By: account.By(who), Profiles: profiles, Comment: "Pour mon travail."},
		func() error { return x.m.wish(place, who, profiles) })
}

func (x *modelRun) fulfilSome() {
	place, who := x.wisher()
	by, yes := x.decider(place), x.mostly()
	x.tellf("%s decides on what %s wishes at %d: %t", x.name(by.ID), x.name(who), place, yes)

	var command attachment.Command = attachment.Refuse{By: by, Account: who, Wish: true}
	if yes {
		command = attachment.Approve{By: by, Account: who, Wish: true}
	}

	x.do(place, command, func() error { return x.m.fulfil(by, place, who, yes) })
}

func (x *modelRun) unwishSome() {
	place, who := x.wisher()
	x.tellf("%s wishes for nothing more at %d", x.name(who), place)

	x.do(place, attachment.Withdraw{By: account.By(who), Wish: true}, func() error { return x.m.unwish(place, who) })
}
