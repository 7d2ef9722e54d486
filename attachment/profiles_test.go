package attachment_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
)

func TestE4_DecidersGiveProfilesThatAreNotHeldYet(t *testing.T) {
	t.Parallel()

	w := team(t)
	before := w.row("user", "")
	w.open("annuaire", "factures-emises", "signature", habilitation.Organisation)
	w.now = noon.Add(hour)

	give := attachment.GrantProfiles{
		By: account.By("deputy"), Account: "user", Profiles: profiles{closed, look, habilitation.Manage, closed},
	}
	assert.Equal(t, []attachment.Change{attachment.ProfilesGranted{
		Key: key("user"), By: account.By("deputy"), At: w.now, Profiles: profiles{habilitation.Manage, closed},
	}}, w.do(give), "sorted, each once")

	row := w.row("user", "")
	assert.Contains(t, row.Grants, attachment.Grant{Profile: closed, By: account.By("deputy"), At: w.now})
	assert.Contains(t, row.Grants, before.Grants[0], "as it was given")
	assert.Len(t, row.Grants, len(before.Grants)+2)
	assert.Equal(t, before.Since, row.Since)
	assert.Equal(t, profiles{closed, look, habilitation.Manage, closed}, give.Profiles, "untouched")
	assert.Empty(t, w.do(give), "twice is once")

	// At a service, and to one who is suspended.
	w.do(attachment.GrantProfiles{By: manager, Account: "clerk", Service: "compta", Profiles: profiles{closed}})
	assert.Contains(t, granted(w.row("clerk", "compta")), closed)
	w.do(attachment.GrantProfiles{By: manager, Account: "resting", Profiles: profiles{closed}})
	assert.Equal(t, attachment.Suspended, w.row("resting", "").State)
}

func TestE4_DecidersTakeProfilesThatAreHeld(t *testing.T) {
	t.Parallel()

	w := team(t)
	w.freeze() // which holds granting, and not this
	w.open(habilitation.Organisation)
	w.now = noon.Add(hour)

	take := attachment.RevokeProfiles{
		By: manager, Account: "deputy", Profiles: profiles{send, closed, habilitation.Manage, look},
	}
	assert.Equal(t, []attachment.Change{attachment.ProfilesRevoked{
		Key: key("deputy"), By: manager, At: w.now, Profiles: profiles{look, send, habilitation.Manage},
	}}, w.do(take), "also of a closed application")
	assert.Equal(t, profiles{act, {Application: "factures-emises", Level: habilitation.Consultation}, see}, granted(w.row("deputy", "")))
	assert.Empty(t, w.do(take), "twice is once")
	w.refused(attachment.Refuse{By: account.By("deputy"), Account: "asker"}, attachment.ErrNotDecider)
}

func TestE5_AUserDropsProfiles(t *testing.T) {
	t.Parallel()

	w := team(t)
	w.now = noon.Add(hour)
	assert.Equal(t, []attachment.Change{attachment.ProfilesRevoked{
		Key: keyAt("clerk", "compta"), By: account.By("clerk"), At: w.now, Profiles: profiles{look}, Dropped: true,
	}}, w.do(attachment.DropProfiles{By: account.By("clerk"), Service: "compta", Profiles: profiles{look, closed}}))
	assert.NotContains(t, granted(w.row("clerk", "compta")), look)

	w.do(attachment.DropProfiles{By: account.By("deputy"), Profiles: profiles{habilitation.Manage}})
	w.do(attachment.DropProfiles{By: account.By("resting"), Profiles: profiles{look}})
	assert.Empty(t, w.do(attachment.DropProfiles{By: account.By("resting"), Profiles: profiles{look}}))
}

func TestE4_CopyingGivesWhatTheOneHoldsAndTakesTheRest(t *testing.T) {
	t.Parallel()

	bill := habilitation.Profile{Application: "factures-emises", Level: habilitation.Consultation}

	for name, c := range map[string]struct {
		given    func(w *world)
		from, to attachment.Key
		revoked  profiles
		granted  profiles
	}{
		"more": {func(*world) {}, key("deputy"), key("user"), nil, profiles{habilitation.Manage}},
		"less": {func(*world) {}, key("user"), key("deputy"), profiles{habilitation.Manage}, nil},
		"both": {func(w *world) {
			w.do(attachment.RevokeProfiles{By: manager, Account: "user", Profiles: profiles{look}})
			w.do(attachment.RevokeProfiles{By: manager, Account: "deputy", Profiles: profiles{send}})
		}, key("user"), key("deputy"), profiles{look, habilitation.Manage}, profiles{send}},
		"the same":           {func(*world) {}, key("user"), key("resting"), nil, nil},
		"themselves":         {func(*world) {}, key("user"), key("user"), nil, nil},
		"from one suspended": {func(*world) {}, key("resting"), key("deputy"), profiles{habilitation.Manage}, nil},
		"to a service":       {func(*world) {}, key("deputy"), keyAt("clerk", "compta"), nil, nil},
		"from a service":     {func(*world) {}, keyAt("clerk", "compta"), key("user"), profiles{see}, nil},
		"of the main manager": {func(w *world) { // the role is not for copying
			w.open("annuaire", "signature", habilitation.Organisation)
		}, key("r1"), key("deputy"), profiles{bill, send}, profiles{closed, {Application: "signature", Level: habilitation.Modification}}},
		"what both hold of a closed application": {func(w *world) {
			w.open(habilitation.Organisation)
		}, key("user"), key("deputy"), profiles{habilitation.Manage}, nil},
		"what one holds of a closed application": {func(w *world) {
			w.do(attachment.RevokeProfiles{By: manager, Account: "deputy", Profiles: profiles{look, act}})
			w.do(attachment.RevokeProfiles{By: manager, Account: "user", Profiles: profiles{send}})
			w.open(habilitation.Organisation)
		}, key("user"), key("deputy"), profiles{send, habilitation.Manage}, nil},
		"while the manager is the sole decider": {sole, key("deputy"), key("user"), nil, nil},
		"what both hold while the manager is the sole decider": {func(w *world) {
			w.grant("user", "", habilitation.Manage)
			sole(w)
		}, key("deputy"), key("user"), nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			w := team(t)
			c.given(w)
			w.now = noon.Add(hour)

			var want []attachment.Change
			if c.revoked != nil {
				want = append(want, attachment.ProfilesRevoked{Key: c.to, By: manager, At: w.now, Profiles: c.revoked})
			}

			if c.granted != nil {
				want = append(want, attachment.ProfilesGranted{Key: c.to, By: manager, At: w.now, Profiles: c.granted})
			}

			from := w.row(c.from.Account, c.from.Service)
			assert.Equal(t, want, w.do(attachment.CopyProfiles{By: manager, From: c.from, To: c.to}))

			if c.from != c.to {
				assert.Equal(t, from, w.row(c.from.Account, c.from.Service), "untouched")
			}
		})
	}
}

func TestE5_AWishIsDecidedLikeARequest(t *testing.T) {
	t.Parallel()

	w := team(t)
	w.facts.Policy.RemindAfter = day
	w.open("annuaire", "factures-emises", "signature", habilitation.Organisation)
	w.now = noon.Add(hour)
	order := w.roster.Version + 1

	assert.Equal(t, []attachment.Change{attachment.ProfilesRequested{
		Key: key("user"), Order: order, At: w.now, Comment: "Je signe.", Profiles: profiles{habilitation.Manage, closed}, Remind: w.now.Add(day),
	}}, w.do(attachment.RequestProfiles{
		By: account.By("user"), Profiles: profiles{closed, look, habilitation.Manage}, Comment: " Je signe. ",
	}), "what is held is left out")

	row := w.row("user", "")
	assert.Equal(t, attachment.Wish{Profiles: profiles{habilitation.Manage, closed}, Comment: "Je signe.", At: w.now, Order: order}, row.Wish)
	assert.Equal(t, w.now.Add(day), row.Remind)
	assert.True(t, row.Wish.Open())

	at, seen, waits := row.Asked()
	assert.True(t, waits)
	assert.Equal(t, w.now, at)
	assert.Equal(t, order, seen)

	// Approved: what can be held by now.
	w.open("annuaire", "factures-emises", habilitation.Organisation)
	w.now = noon.Add(2 * hour)
	assert.Equal(t, []attachment.Change{
		attachment.ProfilesApproved{Key: key("user"), By: account.By("deputy"), At: w.now},
		attachment.ProfilesGranted{Key: key("user"), By: account.By("deputy"), At: w.now, Profiles: profiles{habilitation.Manage}},
	}, w.do(attachment.Approve{By: account.By("deputy"), Account: "user", Wish: true, Order: order}))

	decided := attachment.Decision{By: account.By("deputy"), At: w.now, Approved: true}
	row = w.row("user", "")
	assert.False(t, row.Wish.Open())
	assert.Equal(t, decided, row.Wish.Decision)
	assert.Equal(t, order, row.Wish.Order)
	assert.Empty(t, row.Wish.Comment)
	assert.True(t, row.Remind.IsZero())
	assert.Equal(t, attachment.Decision{By: manager, At: noon, Approved: true}, row.Decision, "of the attachment")

	_, _, waits = row.Asked()
	assert.False(t, waits)
	w.do(attachment.Refuse{By: account.By("user"), Account: "asker"}) // a decider at once
}

func TestE5_AWishIsRefusedOrWithdrawn(t *testing.T) {
	t.Parallel()

	w := team(t)
	wishing(w)
	w.now = noon.Add(hour)
	assert.Equal(t, []attachment.Change{attachment.ProfilesRefused{Key: key("user"), By: manager, At: w.now, Reason: "non"}},
		w.do(attachment.Refuse{By: manager, Account: "user", Wish: true, Reason: " non "}))
	assert.Equal(t, attachment.Decision{By: manager, At: w.now, Reason: "non"}, w.row("user", "").Wish.Decision)
	assert.NotContains(t, granted(w.row("user", "")), habilitation.Manage)

	wishing(w)
	assert.Equal(t, "non", w.row("user", "").Wish.Decision.Reason, "kept when the same person asks again")
	w.now = noon.Add(2 * hour)
	assert.Equal(t, []attachment.Change{attachment.ProfilesWithdrawn{Key: key("user"), At: w.now}},
		w.do(attachment.Withdraw{By: account.By("user"), Wish: true}))
	assert.False(t, w.row("user", "").Wish.Open())
	assert.Equal(t, attachment.Attached, w.row("user", "").State)
	w.refused(attachment.Withdraw{By: account.By("user"), Wish: true}, attachment.ErrNoRequest)
}

// A wish whose profiles were given in the meantime is approved without giving anything.
func TestE5_AWishMayBePointlessByNow(t *testing.T) {
	t.Parallel()

	w := team(t)
	wishing(w)
	w.grant("user", "", habilitation.Manage)
	assert.Equal(t, []string{"profiles approved"}, actions(w.do(attachment.Approve{By: manager, Account: "user", Wish: true})))
	assert.False(t, w.row("user", "").Wish.Open())

	// Whoever is attached may wish at a service.
	w.do(attachment.DropProfiles{By: account.By("clerk"), Service: "compta", Profiles: profiles{look}})
	w.do(attachment.RequestProfiles{By: account.By("clerk"), Service: "compta", Profiles: profiles{look}, Comment: "x"})
	assert.Equal(t, []string{"profiles approved", "profiles granted"},
		actions(w.do(attachment.Approve{By: manager, Account: "clerk", Service: "compta", Wish: true})))
	assert.True(t, slices.Contains(granted(w.row("clerk", "compta")), look))
}

func TestAWishSharesNoMemoryWithItsCommandNorWithAClone(t *testing.T) {
	t.Parallel()

	w := team(t)
	wanted := profiles{habilitation.Manage}
	w.do(attachment.RequestProfiles{By: account.By("user"), Profiles: wanted, Comment: "x"})
	wanted[0] = look
	clone := w.roster.Clone()
	row, _ := clone.Row(key("user"))
	row.Wish.Profiles[0] = look
	assert.Equal(t, profiles{habilitation.Manage}, w.row("user", "").Wish.Profiles)
}
