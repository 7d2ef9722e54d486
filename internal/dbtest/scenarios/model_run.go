package scenarios

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

func (x *modelRun) register(login string, spot int) {
	form := Form(login, Siret(max(spot, 0)))
	if spot < 0 {
		form.Kind, form.Code, form.Structure = 0, "", structure.Form{}
	}

	x.tellf("%s registers for %d", login, spot)

	receipt, err := x.Portal.Register(x.Ctx, form)
	require.NoError(x.t, err)

	id := x.newcomer(login)
	next, made := x.m.register(login, spot, id)
	require.Equal(x.t, made, id != "", "a registration more")
	require.Equal(x.t, next, receipt.Next, "the receipt")
	require.Equal(x.t, Login(login), receipt.Login.String())

	if spot < 0 {
		return
	}

	x.identify(spot)

	// What is known of the structure once what is over has ended is shown, and else what was typed (rule B5).
	then := x.m.clone()
	p := then.places[then.place(spot)]
	then.settle(p)

	shown := Typed(login)
	if p.standing.Known() {
		shown = Typed(p.data)
	}

	require.Equal(x.t, shown.LegalName, receipt.Structure.Data.LegalName)
}

// registerAlone is possible where an activation does not wait for a structure.
func (x *modelRun) registerAlone() {
	if !x.m.immediate {
		x.t.Skip("a structure is asked for")
	}

	x.register(x.person(), -1)
}

// newcomer returns the registration with a login that the model does not have.
func (x *modelRun) newcomer(login string) account.ID {
	var out account.ID

	for _, id := range x.registrationsOf(login) {
		if x.m.registration(id) == nil {
			require.Empty(x.t, out, "two registrations more")

			out = id
		}
	}

	return out
}

func (x *modelRun) registrationsOf(login string) []account.ID {
	parsed, err := account.ParseLogin(Login(login))
	require.NoError(x.t, err)

	page, err := storage.List(x.Ctx, x.Store, storage.RegistrationsOf{Login: parsed.Key()})
	require.NoError(x.t, err)

	var out []account.ID
	for _, r := range page.Rows {
		out = append(out, r.ID)
	}

	return out
}

// identify takes the key of a place that is new.
func (x *modelRun) identify(spot int) {
	at := x.m.place(spot)
	if at < 0 || x.m.places[at].id != "" {
		return
	}

	s, err := x.Store.StructureByIdentity(x.Ctx, Siret(spot))
	require.NoError(x.t, err)

	x.m.places[at].id = s.ID
}

// deliver compares what went out with what should have, and puts the links into the mailbox.
func (x *modelRun) deliver() {
	x.Sent = nil
	_, err := x.Portal.Deliver(x.Ctx, x)
	x.tellf("mails go out: %v", Kinds(x.Sent))
	require.NoError(x.t, err)

	var want, got []string

	for _, m := range x.m.deliver() {
		want = append(want, fmt.Sprintf("%s to %s", m.kind, Login(m.to)))
	}

	for _, m := range x.Sent {
		got = append(got, fmt.Sprintf("%s to %s", m.Kind, m.To))
	}

	slices.Sort(want)
	slices.Sort(got)
	require.Equal(x.t, want, got, "mails")

	for _, m := range x.Sent {
		if match := link.FindStringSubmatch(m.Text); match != nil {
			x.receive(m, match[1])
		}
	}
}

// receive puts a link into the mailbox: the first that the model sent to that person in such a mail just now.
func (x *modelRun) receive(m mail.Message, secret string) {
	token, err := account.ParseToken(secret)
	require.NoError(x.t, err)

	stored, err := x.Store.Link(x.Ctx, token.Selector())
	require.NoError(x.t, err)

	for _, l := range x.m.links {
		if l.token == (account.Token{}) && l.purpose == stored.Purpose && l.who == stored.Account && l.kind == m.Kind {
			require.Equal(x.t, Login(l.to), m.To, "a link to a wrong address")

			l.token = token

			return
		}
	}

	x.t.Fatalf("a link for %s of %s that should not have gone out", stored.Purpose, stored.Account)
}

func (x *modelRun) activate(link int) {
	l := x.m.links[link]
	x.tellf("%s's link %d activates", x.name(l.who), link)

	secrets := Secrets() // with what only whoever was invited is asked for
	secrets.Person, secrets.AcceptsTerms = account.PersonForm{FirstName: "Prénom", LastName: "Nom"}, true

	acc, err := x.Portal.Activate(x.Ctx, l.token, secrets)
	x.agree(x.m.activate(link), err)

	if err == nil {
		require.Equal(x.t, l.who, acc.ID)
	}
}

// adoptSome mostly has the owner of the address adopt.
func (x *modelRun) adoptSome() {
	link := x.link(account.PurposeAdoption)

	by := x.account(account.Active)
	if r := x.m.registration(x.m.links[link].who); r != nil && !x.seldom() {
		if owner := x.m.owner(r.login); owner != nil {
			by = owner.id
		}
	}

	x.tellf("%s adopts by link %d", x.name(by), link)

	_, err := x.Portal.Adopt(x.Ctx, x.m.links[link].token, by)
	x.agree(x.m.adopt(link, by), err)
}

func (x *modelRun) decline(link int) {
	x.tellf("%s's link %d declines", x.name(x.m.links[link].who), link)

	err := x.Portal.Decline(x.Ctx, x.m.links[link].token)
	x.agree(x.m.decline(link), err)
}

// resendSome mostly writes to somebody who waits for a link.
func (x *modelRun) resendSome() {
	x.resend(sample(x, "person", modelPeople, func(login string) bool {
		return slices.ContainsFunc(x.m.registrations, func(r *modelRegistration) bool {
			return r.login == login && r.state.Open()
		})
	}))
}

func (x *modelRun) resend(login string) {
	x.tellf("links again to %s", login)

	require.NoError(x.t, x.Portal.Resend(x.Ctx, Login(login)))
	x.m.askFor(mail.ActivationLink, login, func() { x.m.resend(login) })
}

func (x *modelRun) decideSome() {
	place, who := x.seat()
	x.decide(x.decider(place), place, who, x.mostly())
}

// mostly is mostly true: what is refused comes to an end.
func (x *modelRun) mostly() bool {
	first := x.yes()

	return first || x.yes()
}

func (x *modelRun) decide(by account.Actor, place int, who account.ID, yes bool) {
	x.tellf("%s decides on %s at %d: %t", x.name(by.ID), x.name(who), place, yes)

	var command attachment.Command = attachment.Refuse{By: by, Account: who}
	if yes {
		command = attachment.Approve{By: by, Account: who}
	}

	x.do(place, command, func() error { return x.m.decide(by, place, who, yes) })
}

func (x *modelRun) do(place int, command attachment.Command, model func() error) {
	_, err := x.Portal.Do(x.Ctx, x.m.places[place].id, command)
	x.agree(model(), err)
}

func (x *modelRun) withdrawSome() {
	place, who := x.seat()
	x.tellf("%s withdraws at %d", x.name(who), place)

	x.do(place, attachment.Withdraw{By: account.By(who)}, func() error { return x.m.takeBack(place, who) })
}

// requestSome has an account ask for a place that is known.
func (x *modelRun) requestSome() {
	place, who := x.place(), x.account(account.Active)
	if !x.m.places[place].standing.Known() {
		x.t.Skip("not known")
	}

	x.tellf("%s asks for %d", x.name(who), place)

	x.do(place, attachment.Request{By: account.By(who), Comment: "Je travaille ici."},
		func() error { return x.m.request(place, who) })
}

func (x *modelRun) create(who account.ID, spot int) {
	x.tellf("%s creates %d", x.name(who), spot)

	typed := x.m.loginOf(who)

	joined, err := x.Portal.CreateStructure(x.Ctx, guichet.Creation{
		By: who, Identity: Siret(spot), Structure: Typed(typed), Comment: "C'est chez moi.",
	})
	x.agree(x.m.create(who, spot), err)

	if err == nil {
		x.identify(spot)

		p := x.m.places[x.m.place(spot)]
		require.Equal(x.t, p.id, joined.Structure)
		require.Equal(x.t, p.standing == attachment.Managed, joined.Manager)
	}
}

func (x *modelRun) enrol(login string, spot int) {
	x.tellf("%s is enrolled for %d", login, spot)

	e := guichet.Enrolment{
		Login: Login(login), AcceptsTerms: true, Person: account.PersonForm{FirstName: "Prénom", LastName: "Nom"},
	}
	if spot >= 0 {
		e.Identity, e.Structure = Siret(spot), Typed(login)
	}

	enrolled, err := x.Portal.Enrol(x.Ctx, e)
	x.agree(x.m.enrol(login, spot, enrolled.Account.ID), err)

	if err == nil && spot >= 0 {
		x.identify(spot)
	}
}

func (x *modelRun) deactivate(who account.ID, vacant bool) {
	x.tellf("%s deactivates, vacant %t", x.name(who), vacant)

	_, err := x.Portal.Deactivate(x.Ctx, guichet.Departure{By: account.By(who), Account: who, LeaveVacant: vacant})
	x.agree(x.m.deactivate(who, vacant), err)
}

// sendReactivationSome mostly writes to somebody who can come back.
func (x *modelRun) sendReactivationSome() {
	login := sample(x, "person", modelPeople, func(login string) bool {
		owner := x.m.owner(login)

		return owner != nil && owner.state == account.Deactivated
	})

	x.sendReactivation(login)
}

func (x *modelRun) sendReactivation(login string) {
	x.tellf("a link to reactivate to %s", login)

	require.NoError(x.t, x.Portal.SendReactivation(x.Ctx, Login(login)))
	x.m.askFor(mail.ReactivationLink, login, func() { x.m.sendReactivation(login) })
}

func (x *modelRun) reactivate(link int) {
	x.tellf("%s's link %d reactivates", x.name(x.m.links[link].who), link)

	_, err := x.Portal.Reactivate(x.Ctx, x.m.links[link].token)
	x.agree(x.m.reactivate(link), err)
}

func (x *modelRun) block(who account.ID) {
	x.tellf("%s is blocked", x.name(who))

	_, err := x.Portal.Block(x.Ctx, account.Support("Anne"), who, "")
	x.agree(x.m.block(who), err)
}

func (x *modelRun) unblock(who account.ID) {
	x.tellf("%s is unblocked", x.name(who))

	_, err := x.Portal.Unblock(x.Ctx, account.Support("Anne"), who)
	x.agree(x.m.unblock(who), err)
}

func (x *modelRun) closeSome() {
	who := x.account(account.Active, account.Deactivated)
	by := account.By(who)

	if x.seldom() {
		by = account.Support("Anne")
	}

	vacant := x.yes()
	x.tellf("%s is closed by %s, vacant %t", x.name(who), x.name(by.ID), vacant)

	err := x.Portal.Close(x.Ctx, guichet.Departure{By: by, Account: who, LeaveVacant: vacant})
	x.agree(x.m.close(by, who, vacant), err)
}

func (x *modelRun) statusSome() {
	place := x.place()
	x.status(x.decider(place), place, x.yes())
}

func (x *modelRun) status(by account.Actor, place int, inactive bool) {
	x.tellf("%s makes %d inactive: %t", x.name(by.ID), place, inactive)

	status := structure.Active
	if inactive {
		status = structure.Inactive
	}

	_, err := x.Portal.SetStatus(x.Ctx, by, x.m.places[place].id, status)
	x.agree(x.m.status(by, place, inactive), err)
}

func (x *modelRun) renameSome() {
	place := x.place()
	x.rename(x.decider(place), place, x.spot())
}

func (x *modelRun) rename(by account.Actor, place, spot int) {
	x.tellf("%s gives %d the identifier %d", x.name(by.ID), place, spot)

	_, err := x.Portal.ChangeIdentifier(x.Ctx, by, x.m.places[place].id, Siret(spot))
	x.agree(x.m.rename(by, place, spot), err)

	if err == nil {
		x.identify(spot)
	}
}

func (x *modelRun) advance() {
	x.tellf("what is due is done")

	_, err := x.Portal.Advance(x.Ctx, 0)
	require.NoError(x.t, err)

	x.m.advance()
}

func (x *modelRun) wait(d time.Duration) {
	x.Wait(d)
	x.m.now = x.Clock
	x.tellf("%s later", d)
}

// name is how the story calls somebody.
func (x *modelRun) name(who account.ID) string {
	for i, r := range x.m.registrations {
		if r.id == who {
			return fmt.Sprintf("%s (registration %d)", r.login, i)
		}
	}

	for i, a := range x.m.accounts {
		if a.id == who {
			return fmt.Sprintf("%s (account %d)", a.login, i)
		}
	}

	return "support"
}

// Send keeps a message that the portal hands over.
func (x *modelRun) Send(ctx context.Context, m mail.Message) error { return x.World.Send(ctx, m) }
