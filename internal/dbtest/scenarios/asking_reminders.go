package scenarios

import (
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/structure"
)

// supported is a portal whose support has an address.
func supported(o *guichet.Options) { o.Support = "assistance@exemple.fr" }

// insistent is a portal that reminds of what waits, and then tells support.
func insistent(o *guichet.Options) {
	supported(o)

	o.Policy.RemindAfter, o.Policy.EscalateAfter = 2*day, 5*day
}

func reminded(w *World) {
	w.Reopen(insistent)

	id := w.team("alice")
	w.Loner("bob")
	w.wants(id, "bob", "")
	w.told("request to approve to alice")

	w.Wait(2*day - 1)
	assert.Zero(w.T, w.Advance())
	w.Wait(1)
	assert.Equal(w.T, guichet.Advanced{Reminded: 1}, w.Advance())
	assert.Zero(w.T, w.Advance(), "once")

	told := w.told("reminder to alice")[0]
	assert.Contains(w.T, told.Text, "Nom bob")
	assert.Contains(w.T, told.Text, "En attente depuis le\u00a0: 23 novembre 2026 à 09:00")

	w.Wait(2 * day)
	assert.Equal(w.T, guichet.Advanced{Reminded: 1}, w.Advance())
	w.told("reminder to alice")

	w.Wait(day)
	assert.Equal(w.T, guichet.Advanced{Reminded: 1}, w.Advance())
	assert.Contains(w.T, w.told("escalation to assistance")[0].Text, "Nom bob")

	w.Wait(day)
	w.Advance()
	w.told("reminder to alice")
	w.Wait(100 * day)
	assert.Zero(w.T, w.Advance(), "three times, and support once")
	w.told()

	var journal []string

	for _, e := range w.Entries(id) {
		if e.Account == app("bob") {
			journal = append(journal, e.Action+" by "+e.Actor.Kind.String())
		}
	}

	assert.Equal(w.T, []string{
		"request made by account", "request reminded by system", "request reminded by system",
		"request escalated by system", "request reminded by system",
	}, journal)

	w.done(id, attachment.Approve{By: by("alice"), Account: app("bob")})
	w.is(id, at("bob"), attachment.Attached)
	w.sound(id)
}

func inherited(w *World) {
	w.Reopen(insistent)

	id := w.team("alice", "bob")
	w.Loner("carole")
	w.wants(id, "carole", "")
	w.Deliver()
	w.Wait(2 * day)
	w.done(id, attachment.HandOver{By: by("alice"), To: app("bob")})
	w.Deliver()

	assert.Equal(w.T, []string{"carole"}, w.waits("bob"))
	assert.Empty(w.T, w.waits("alice"))
	assert.Equal(w.T, guichet.Advanced{Reminded: 1}, w.Advance())
	w.told("reminder to bob")

	w.refused(id, attachment.Approve{By: by("alice"), Account: app("carole")}, attachment.ErrNotDecider)
	w.done(id, attachment.Approve{By: by("bob"), Account: app("carole")})
	w.told("attachment granted to carole")
}

func remindedNoMore(w *World) {
	w.Reopen(insistent)

	id := w.team("alice", "bob")
	w.services(id, "alice", "A")

	ends := map[string]attachment.Command{
		"carole": attachment.Approve{By: by("alice"), Account: app("carole"), Service: "A"},
		"denis":  attachment.Refuse{By: by("alice"), Account: app("denis"), Service: "A"},
		"emile":  attachment.Withdraw{By: by("emile"), Service: "A"},
	}
	for name := range ends {
		w.Loner(name)
		w.wants(id, name, structure.Code("A"))
	}

	w.done(id, attachment.RevokeProfiles{By: by("alice"), Account: app("bob"), Profiles: profiles(billing...)})
	w.done(id, attachment.RequestProfiles{By: by("bob"), Profiles: profiles(billing...), Comment: "Tout"})

	w.Wait(2 * day)
	assert.Equal(w.T, guichet.Advanced{Reminded: 4}, w.Advance(), "of wishes, too")

	// What is in the outbox and pointless by now is not sent either.
	for _, c := range ends {
		w.done(id, c)
	}

	w.done(id, attachment.Refuse{By: by("alice"), Account: app("bob"), Wish: true})
	assert.Empty(w.T, of(w.Deliver(), mail.Reminder))

	w.Wait(30 * day)
	assert.Zero(w.T, w.Advance())
	w.told()
}

func remindedNever(w *World) {
	w.Reopen(supported)

	id := w.team("alice")
	w.Loner("bob")
	w.wants(id, "bob", "")
	w.Deliver()
	w.Wait(170 * day)
	assert.Zero(w.T, w.Advance())
	w.told()

	// In a structure without manager support is told at once, and need not be reminded by anybody.
	require.NoError(w.T, w.Leave(app("alice"), id))
	w.told("unattended to assistance")
}
