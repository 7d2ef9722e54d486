package main

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/structure"
)

// activate delivers the first mails: whoever named a structure first opens the link, all but the one whose claim is to
// lapse.
func (d *demo) activate(ctx context.Context) error {
	d.begin("activate.title")
	d.late = d.toLapse()

	if err := d.deliver(ctx); err != nil {
		return err
	}

	if err := d.follow(ctx); err != nil {
		return err
	}

	return d.deliver(ctx) // those who are main managers now are told who waits
}

// toLapse chooses the structure where the claim lapses: the last where somebody else waits, as long as another is left
// to show decisions with. A login that names several structures is left out: it gets one account only, so that nobody
// could say who comes next.
func (d *demo) toLapse() identifier.ID {
	var candidates []identifier.ID

	for _, a := range d.accepted {
		if line := d.queue(a.receipt.Structure.Identity); len(line) > 1 && d.single(line[0]) && d.single(line[1]) {
			candidates = append(candidates, a.receipt.Structure.Identity)
		}
	}

	if candidates = slices.Compact(candidates); len(candidates) < 2 {
		return identifier.ID{}
	}

	return candidates[len(candidates)-1]
}

// queue returns who named a structure, in order.
func (d *demo) queue(id identifier.ID) []account.Login {
	var logins []account.Login

	for _, a := range d.accepted {
		if a.receipt.Structure.Identity == id && !a.again {
			logins = append(logins, a.receipt.Login)
		}
	}

	return logins
}

// single tells whether a login named one structure only.
func (d *demo) single(login account.Login) bool {
	n := 0

	for _, a := range d.accepted {
		if !a.again && a.receipt.Login.Same(login) {
			n++
		}
	}

	return n == 1
}

// follow opens the links in the mails that have arrived, as their readers would.
func (d *demo) follow(ctx context.Context) error {
	for _, m := range d.mails.read() {
		found := link(m)
		if found == "" {
			continue
		}

		token, err := token(found)
		if err != nil {
			return err
		}

		if err := d.open(ctx, m, token); err != nil {
			return err
		}
	}

	return nil
}

// open opens one link and, unless its reader leaves it at that, submits the page behind it.
func (d *demo) open(ctx context.Context, m mail.Message, token account.Token) error {
	d.clock.wait(time.Minute)

	invitation, err := d.portal.Inspect(ctx, token)

	if errors.Is(err, guichet.ErrLoginBound) { // one login has one account: the other registrations wait for its owner
		d.screen.say("activate.bound", m.To, describe(err, d.screen.lang))

		return nil
	} else if err != nil {
		return err
	}

	if err := d.expect(invitation.Login.String() == m.To, "a link mailed to %s is for %s", m.To, invitation.Login); err != nil {
		return err
	}

	// The owner of an account is told of another registration that bears their address, and leaves it at that here.
	if invitation.Purpose == account.PurposeAdoption {
		d.screen.say("activate.adopt", m.To)

		return nil
	}

	name := invitation.Person.Name()

	role := "activate.user"
	if invitation.Manager {
		role = "activate.manager"
	}

	d.screen.say("activate.opens", name, when(invitation.Expires), say(d.screen.lang, role, invitation.Structure.Data.Name()))

	// Opening a link consumes nothing, so that the first claimant may close the page again.
	if invitation.Structure.Identity == d.late && !d.abandoned {
		d.screen.say("activate.closes", name)
		d.screen.print("")
		d.abandoned = true
		d.dead = append(d.dead, dead{key: "links.expired", who: name, token: token, code: "account.link_expired"})

		return nil
	}

	// Nobody will sign in with this password, so that nobody needs to know it.
	acc, err := d.portal.Activate(ctx, token, account.Credentials{
		Password: rand.Text(),
		Question: say(invitation.Person.Language, "activate.question"),
		Answer:   rand.Text(),
	})
	if err != nil {
		return err
	}

	d.screen.say("activate.done", name)
	d.screen.print("")

	if len(d.people) == 0 {
		d.dead = append(d.dead, dead{key: "links.used", who: name, token: token, code: "account.link_used"})
	}

	d.people = append(d.people, person{account: acc, in: invitation.Structure.Identity, manager: invitation.Manager})

	return d.present(ctx, invitation, acc)
}

// present remembers a structure that has got its main manager. From now on look-ups find it (rule C11).
func (d *demo) present(ctx context.Context, invitation guichet.Invitation, acc account.Account) error {
	if !invitation.Manager {
		return nil
	}

	identity := invitation.Structure.Identity

	id, err := d.portal.StructureID(ctx, identity)
	if err != nil {
		return err
	}

	open, err := d.chosen(acc.Login, identity)
	if err != nil {
		return err
	}

	d.structures = append(d.structures, present{
		id: id, identity: identity, name: invitation.Structure.Data.Name(), manager: acc, open: open,
	})

	return nil
}

// chosen returns the applications that a structure opens if that login becomes its main manager: those of the form, or
// the default (rule C10).
func (d *demo) chosen(login account.Login, id identifier.ID) ([]structure.Application, error) {
	for _, a := range d.accepted {
		if a.receipt.Login.Same(login) && a.receipt.Structure.Identity == id {
			return d.portal.Catalogue().Open(a.receipt.Structure.Sector, a.line.form.Structure.Applications)
		}
	}

	return nil, mismatch("%s never registered for %s", login, id.Display())
}

// links shows that links that are used, expired or invented open nothing, and say so.
func (d *demo) links(ctx context.Context) error {
	d.begin("links.title")

	invented, err := account.NewToken([]byte(rand.Text() + rand.Text())[:account.TokenSize])
	if err != nil {
		return err
	}

	for _, l := range append(d.dead, dead{key: "links.unknown", token: invented, code: "account.link_unknown"}) {
		_, err := d.portal.Inspect(ctx, l.token)

		fault, ok := errors.AsType[guichet.Fault](err)
		if err := d.expect(ok && fault.Code() == l.code, "a link should give %s, not %v", l.code, err); err != nil {
			return err
		}

		d.screen.say(l.key, l.who)
		d.screen.say("links.answer", fault.Code(), fault.Text(d.screen.lang))
	}

	return nil
}

// when shows a moment.
func when(t time.Time) string { return t.UTC().Format("02/01/2006 15:04 MST") }
