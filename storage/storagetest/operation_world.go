package storagetest

import (
	"fmt"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// Times of the world in minutes: what ended did so before, at, and after the time that a purge is given.
const (
	soonest = 100
	sooner  = 101
	limit   = 200
	later   = 300
)

// populated returns a store's content in which every operation finds something to do, and beside it rows that differ in
// one thing and must stay: another structure, another account, another state, another time.
func populated() storage.Batch {
	b := storage.Batch{
		Structures: []structure.Structure{
			place("old", 1), place("new", 2), place("old-2", 3), place("OLD", 4), place("claim", 5), place("spare", 6), ofOnePerson("person"),
		},
		Services: []structure.Service{
			{Structure: "old", Code: "SRV-1", Label: "Comptabilité", From: at(1), Until: at(later)},
			{Structure: "old", Code: "SRV-2", Label: "Achats", Inactive: true},
			{Structure: "old-2", Code: "SRV-1", Label: "Comptabilité"},
			{Structure: "old-2", Code: "SRV-3", Label: "Ventes"},
		},
		Accounts: []account.Account{
			person("boss"), person("second"), person("clerk"), person("stranger"), person("member"),
			closed("gone", "gone.contact@example.fr"), closed("gone-2", ""),
		},
		Registrations: registered(),
		Credentials: []account.Credential{
			{Account: "boss", Password: "p", Question: "Où ?", Answer: "a", Factor: factor()},
			{Account: "gone", Password: "p", Question: "Qui ?", Answer: "a", Factor: factor()},
			{Account: "gone-2", Password: "p", Question: "Quoi ?", Answer: "a"},
		},
		Attempts: []account.Attempts{
			counting("gone", later), counting("b-tie", soonest), counting("a-tie", soonest), counting("C-tie", soonest),
			counting("second-of-all", sooner), counting("at-the-limit", limit), counting("never", 0),
		},
		Links: []account.Link{
			link("of-gone-1", "gone", 1, later), link("of-gone-2", "gone", 2, limit),
			link("of-gone-too", "gone-2", 1, later), link("without-end", "asker", 1, 0),
			bound(link("contact-of-gone", "gone", 1, later)), bound(link("contact-of-asker", "asker", 1, later)),
			link("b-tie", "asker", 2, soonest), link("a-tie", "approved", 1, soonest), link("C-tie", "approved", 2, soonest),
			link("second-of-all", "asker", 3, sooner), link("at-the-limit", "asker", 4, limit),
		},
		Rosters:  rosters(),
		Messages: mails(),
		Journal:  lines(),
	}

	for i := range b.Accounts {
		b.Accounts[i].Terms = account.Consent{Version: "terms", At: at(1)}
		b.Accounts[i].Survey = account.Consent{Version: "survey", At: at(2)}
		b.Accounts[i].Away, b.Accounts[i].ContactAt = i%2 == 1, at(3)
		b.Accounts[i].ClaimDay, b.Accounts[i].Claims = at(4), 1+i // what nobody says is erased stays
	}

	b.Structures[3].Successor, b.Structures[1].Predecessor = "new", "old"

	return b
}

func place(id structure.ID, n int) structure.Structure {
	s := structure.New(id, siret(n), at(n))
	s.Sector, s.Data, s.Applications = structure.Public, details(string(id)).Data, details(string(id)).Applications
	s.Verification, s.CheckedAt = structure.Unverified, at(10-n)

	return s
}

// ofOnePerson is a structure whose identifier is an individual's.
func ofOnePerson(id structure.ID) structure.Structure {
	s := place(id, 1)
	s.Identity, s.Sealed = individual(1), []byte{1, 0}

	return s
}

// factor is a second factor that is in use.
func factor() account.Factor {
	return account.Factor{Sealed: []byte{1, 2}, Since: at(5), Step: 6, Recovery: []string{"b", "a"}}
}

// counting are attempts that count until then.
func counting(key string, until int) account.Attempts {
	a := account.Attempts{Key: key, Password: account.Gate{Failed: 1, Pending: []account.Try{{ID: "t", At: at(7)}}}}
	if until > 0 {
		a.Over = at(until)
	}

	return a
}

// closed is an account that was closed, whose owner typed their address with a capital letter.
func closed(id account.ID, contact string) account.Account {
	a := person(id)
	a.State, a.Login, a.Person.Phone, a.Person.Contact = account.Closed, login("X."+string(id)+"@Example.fr"), "+33 1", contact

	return a
}

func link(selector account.Selector, id account.ID, seq int64, notAfter int) account.Link {
	l := account.Link{
		Selector: selector, Purpose: account.PurposeActivation, Account: id, Seq: seq, Hash: []byte{1, 2}, Life: time.Hour,
	}
	if notAfter > 0 {
		l.NotAfter = at(notAfter)
	}

	return l
}

// bound is a link to confirm a contact address.
func bound(l account.Link) account.Link {
	l.Purpose, l.Bound = account.PurposeContact, "contact@example.fr"

	return l
}

// registered are registrations in every state, for several structures. Those that no account came of are named after
// what became of them.
func registered() []account.Registration {
	of := func(id account.ID, where structure.ID, state account.RegistrationState, ended int) account.Registration {
		r := applicant(id, where)
		r.State = state
		r.Terms, r.Survey = account.Consent{Version: "terms", At: at(1)}, account.Consent{Version: "survey", At: at(2)}

		if ended > 0 {
			r.EndedAt = at(ended)
		}

		r.Invited = len(id)%2 == 1

		if r.Separate = where != "old-2"; r.Separate {
			r.Due = at(later + len(id))
		}

		return r
	}

	left := of("gone", "old", account.Activated, later)
	left.Login, left.Claimed, left.RefusedAt = login("X.gone@Example.fr"), true, at(3)

	return []account.Registration{
		of("asker", "old", account.AwaitingApproval, 0),
		of("approved", "old", account.AwaitingActivation, soonest), // open, whatever the time says
		of("waiting", "old-2", account.AwaitingApproval, 0),
		of("stray", "OLD", account.AwaitingApproval, 0),
		of("b-refused", "old", account.Refused, soonest),
		of("a-withdrawn", "old", account.Withdrawn, soonest),
		of("C-lapsed", "old-2", account.Lapsed, soonest), // capitals come before small letters, byte for byte
		of("refused-next", "old", account.Refused, sooner),
		of("refused-at-limit", "old", account.Refused, limit),
		of("refused-later", "old", account.Refused, later),
		of("refused-never", "old", account.Refused, 0),
		of("claimant", "claim", account.Lapsed, soonest), // ended, and still the holder
		of("member", "old", account.Activated, soonest),  // became an account
		of("boss", "old", account.Activated, later),
		left,
	}
}

// row is a row of a roster with everything that a person may have written.
func row(id account.ID, service structure.Code, state attachment.State, order int64) attachment.Attachment {
	r := asks(id, order)
	r.Service, r.State = service, state
	r.Comment, r.Details = "S'il vous plaît, "+string(id), details("chez "+string(id))
	r.Decision = attachment.Decision{By: account.By("boss"), At: at(20), Reason: "Inconnu: " + string(id)}

	r.Contested, r.Reminded, r.Escalated = at(24), 2, true
	r.Wish = attachment.Wish{ // what is left of one that was decided, and more
		Comment: "Encore, " + string(id), At: at(26), Order: order,
		Decision: attachment.Decision{By: account.By("boss"), At: at(25), Reason: "Pas pour " + string(id)},
	}

	switch state { //nolint:exhaustive // the others have neither
	case attachment.Requested:
		r.Due, r.Remind = at(500+int(order)), at(700-int(order))
	case attachment.Approved:
		r.Due, r.Invited = at(500+int(order)), "Invited."+string(id)+"@Example.fr"
	case attachment.Suspended, attachment.Detached:
		r.Invited = "Invited." + string(id) + "@Example.fr"
	}

	switch state { //nolint:exhaustive // the others have neither
	case attachment.Attached, attachment.Suspended:
		r.Wish.Profiles, r.Remind = []habilitation.Profile{look(), act()}, at(600+int(order))
		r.Decision.Approved = true
		r.Grants = []attachment.Grant{
			{Profile: look(), By: account.By("boss"), At: at(21)}, {Profile: act(), By: account.Support("Léa"), At: at(22)},
		}
	}

	return r
}

func rosters() []attachment.Roster {
	second := row("second", "", attachment.Attached, 2)
	second.Grants = append(second.Grants, attachment.Grant{Profile: habilitation.Manage, By: account.By("boss"), At: at(23)})

	return []attachment.Roster{
		{
			Structure: "old", Standing: attachment.Managed, Holder: "boss", Attached: 4,
			Claim:   attachment.Claim{Designated: at(10), Leased: at(11), Term: at(12)}, // of the claim that it was
			Contest: attachment.Contest{Since: at(13), By: "asker", Of: "boss", Frozen: true},
			Review:  attachment.Review{Of: "second", Until: at(14)},
			Rows: []attachment.Attachment{
				belongs("boss", ""), second,
				row("clerk", "SRV-1", attachment.Attached, 1), row("clerk", "SRV-2", attachment.Suspended, 1),
				row("clerk", "", attachment.Requested, 2),
				row("asker", "", attachment.Requested, 1), row("stranger", "SRV-1", attachment.Requested, 3),
				row("approved", "", attachment.Approved, 2),
				row("gone", "", attachment.Detached, 1), row("gone", "SRV-1", attachment.Withdrawn, 1),
				row("gone-2", "", attachment.Detached, 1), row("member", "", attachment.Detached, 1),
				row("b-refused", "", attachment.Refused, 1), row("b-refused", "SRV-1", attachment.Requested, 3),
				row("a-withdrawn", "", attachment.Withdrawn, 1), row("a-withdrawn", "SRV-2", attachment.Lapsed, 1),
				row("refused-next", "", attachment.Lapsed, 2), row("refused-next", "SRV-1", attachment.Detached, 2),
				row("refused-at-limit", "", attachment.Refused, 1), row("refused-later", "", attachment.Refused, 1),
				row("refused-never", "", attachment.Refused, 1),
			},
		},
		{
			Structure: "old-2", Standing: attachment.Vacant, Attached: 1,
			Contest: attachment.Contest{Since: at(15), By: "waiting", Of: "gone"},
			Review:  attachment.Review{Of: "gone", Until: at(16)},
			Rows: []attachment.Attachment{
				row("clerk", "SRV-1", attachment.Suspended, 1), row("waiting", "", attachment.Requested, 2),
				row("C-lapsed", "", attachment.Lapsed, 1), row("gone", "SRV-3", attachment.Refused, 1),
				row("a-withdrawn", "SRV-3", attachment.Withdrawn, 1),
			},
		},
		{
			Structure: "claim", Standing: attachment.InClaim, Holder: "claimant",
			Claim: attachment.Claim{Designated: at(30), Leased: at(31), Term: at(600)},
			Rows: []attachment.Attachment{
				row("claimant", "", attachment.Claimed, 1), row("gone-2", "", attachment.Requested, 2),
			},
		},
		{Structure: "OLD", Rows: []attachment.Attachment{row("stray", "", attachment.Requested, 1)}},
	}
}

// mails are messages in every state about the structures and people of the world, and about nobody.
func mails() []storage.Message {
	var out []storage.Message

	add := func(id string, state storage.MessageState, done int, change func(*storage.Message)) {
		m := note(id, at(400+len(out)))
		m.State, m.CreatedAt = state, at(len(out)/3)

		if done > 0 {
			m.DoneAt = at(done)
		}

		change(&m)

		out = append(out, m)
	}

	for _, state := range storage.MessageStates() {
		done := later
		if state == storage.Queued {
			done = 0
		}

		about := func(id structure.ID) func(*storage.Message) {
			return func(m *storage.Message) { m.Structure = id }
		}
		to := func(address string) func(*storage.Message) { return func(m *storage.Message) { m.To = address } }

		for _, id := range []structure.ID{"old", "old-2", "OLD", ""} {
			add(fmt.Sprintf("about-%s-%s", id, state), state, done, about(id))
		}

		for _, id := range []account.ID{"gone", "gone-2"} {
			add(fmt.Sprintf("of-%s-%s", id, state), state, done, func(m *storage.Message) { m.Account = id })
			add(fmt.Sprintf("to-%s-%s", id, state), state, done, to("X."+string(id)+"@Example.fr"))
		}

		add("to-contact-"+state.String(), state, done, to("gone.contact@example.fr"))
		add("to-another-spelling-"+state.String(), state, done, to("x.gone@example.fr"))
		add("to-another-spelling-of-the-contact-"+state.String(), state, done, to("Gone.Contact@Example.fr"))
		add("of-a-refusal-"+state.String(), state, done, func(m *storage.Message) { m.Account = "b-refused" })
		add("to-the-deciders-"+state.String(), state, done, func(m *storage.Message) {
			m.To, m.Kind, m.Recipient, m.Content.Formerly = "", mail.IdentifierTaken, "gone", "SIRET 732 829 320 00066"
		})
	}

	same := func(*storage.Message) {}
	add("b-tie", storage.Sent, soonest, same)
	add("a-tie", storage.Dropped, soonest, same)
	add("C-tie", storage.Parked, soonest, same)
	add("second-of-all", storage.Expanded, sooner, same)
	add("at-the-limit", storage.Sent, limit, same)
	add("never", storage.Sent, 0, same)
	add("queued-all-the-same", storage.Queued, soonest, same)

	return out
}

// lines are journal entries with notes, by and about the people of the world.
func lines() []storage.Entry {
	var out []storage.Entry

	add := func(operation string, seq int, when int, actor account.Actor, id account.ID) {
		e := storage.Entry{
			Operation: operation, Seq: seq, Try: 2, Actor: actor, Action: "request refused", Structure: "old", Version: 2,
			Account: id, Service: "SRV-1", Before: "requested", After: "refused", Note: "À propos de " + operation,
		}
		if when > 0 {
			e.At = at(when)
		}

		out = append(out, e)
	}

	add("about", 0, later, account.By("boss"), "gone")
	add("about", 1, later, account.By("boss"), "gone-2")
	add("by", 0, later, account.By("gone"), "stranger")
	add("by", 1, later, account.By("gone-2"), "stranger")
	add("by-a-namesake", 0, later, account.Support("gone"), "stranger")
	add("by-and-about", 0, later, account.By("gone"), "gone")
	add("about-nobody", 0, later, account.System(), "")

	for _, id := range []account.ID{
		"asker", "approved", "b-refused", "a-withdrawn", "C-lapsed", "refused-next", "refused-at-limit", "refused-never", "member",
		"claimant",
	} {
		add("about-"+string(id), 0, later, account.By("boss"), id)
	}

	add("by-b-refused", 0, later, account.By("b-refused"), "stranger") // what they noted stays when their registration goes

	for seq := 11; seq >= 0; seq-- { // more than a purge takes, and as texts in another order
		add("b-dozen", seq, soonest, account.System(), "stranger")
	}

	add("b-tie", 10, soonest, account.System(), "stranger")
	add("b-tie", 9, soonest, account.System(), "stranger")
	add("b-tie", 0, later, account.System(), "stranger") // of an operation that is purged in part
	add("a-tie", 0, soonest, account.System(), "stranger")
	add("C-tie", 0, soonest, account.System(), "stranger")
	add("second-of-all", 0, sooner, account.System(), "stranger")
	add("at-the-limit", 0, limit, account.System(), "stranger")
	add("never", 0, 0, account.System(), "stranger")

	return out
}
