package attachment_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

func keyAt(id account.ID, service structure.Code) attachment.Key {
	return attachment.Key{Account: id, Service: service}
}

func TestD7_ADeciderAttachesAnAccountAtOnce(t *testing.T) {
	t.Parallel()

	for _, service := range []structure.Code{"", "compta"} {
		for _, login := range []string{"", "Stranger@ailleurs.fr"} {
			for _, by := range []account.Actor{manager, account.By("deputy")} {
				w := team(t)
				w.now = noon.Add(hour)
				k := keyAt("stranger", service)
				order := w.roster.Version + 1

				assert.Equal(t, []attachment.Change{attachment.UserAttached{
					Key: k, By: by, At: w.now, Approved: true, Unasked: true, Invited: login, Grants: defaults(w, service, by),
				}}, w.do(attachment.Attach{By: by, Account: "stranger", Service: service, Login: login}))
				assert.Equal(t, attachment.Attachment{
					Key: k, State: attachment.Attached, Order: order, RequestedAt: w.now, Since: w.now, Invited: login,
					Decision: attachment.Decision{By: by, At: w.now, Approved: true}, Grants: defaults(w, service, by),
				}, w.row("stranger", service))
			}
		}
	}
}

// What was asked before leaves nothing on a row that somebody is attached by without asking.
func TestD7_AttachingWithoutARequestStartsAnew(t *testing.T) {
	t.Parallel()

	w := team(t)
	w.do(attachment.ContestStanding{By: account.By("asker"), Reason: "x"})
	w.do(attachment.Refuse{By: manager, Account: "asker", Reason: "non"})
	w.now = noon.Add(hour)
	w.do(attachment.Attach{By: manager, Account: "asker"})

	row := w.row("asker", "")
	assert.Equal(t, w.roster.Version, row.Order)
	assert.Equal(t, w.now, row.RequestedAt)
	assert.Empty(t, row.Comment)
	assert.True(t, row.Contested.IsZero())
	assert.Equal(t, attachment.Decision{By: manager, At: w.now, Approved: true}, row.Decision)
}

func TestD7_AttachingSomebodyWhoWaitsApprovesTheirRequest(t *testing.T) {
	t.Parallel()

	w := team(t)
	order := w.row("asker", "").Order
	w.now = noon.Add(hour)

	assert.Equal(t, []attachment.Change{attachment.UserAttached{
		Key: key("asker"), By: manager, At: w.now, Approved: true, Invited: "typed", Grants: defaults(w, "", manager),
	}}, w.do(attachment.Attach{By: manager, Account: "asker", Login: "typed"}))

	row := w.row("asker", "")
	assert.Equal(t, order, row.Order)
	assert.Equal(t, noon, row.RequestedAt)
	assert.Equal(t, "s'il vous plaît", row.Comment)
	assert.Empty(t, w.roster.Line(w.facts, w.now)[1:], "it no longer waits")
	w.refused(attachment.Approve{By: manager, Account: "asker"}, attachment.ErrDecided)

	// A registration that waits is approved, and waits for its activation.
	assert.Equal(t, []attachment.Change{attachment.RequestApproved{
		Key: key("r2"), By: manager, At: w.now, Due: w.now.Add(30 * day), Invited: "typed",
	}}, w.do(attachment.Attach{By: manager, Account: "r2", Login: "typed"}))
	assert.Equal(t, attachment.Approved, w.row("r2", "").State)
	assert.Equal(t, "typed", w.row("r2", "").Invited, "shown like somebody whose account was attached")
}

func TestD7_AnInvitationIsAttachedOnceItIsActivated(t *testing.T) {
	t.Parallel()

	for _, service := range []structure.Code{"", "compta"} {
		w := team(t)
		w.now = noon.Add(hour)
		invited, id := w.now, w.invited("new@potier.fr")
		k := keyAt(id, service)
		order := w.roster.Version + 1

		assert.Equal(t, []attachment.Change{attachment.UserInvited{
			Key: k, By: manager, At: w.now, Due: w.now.Add(30 * day), Login: "New@potier.fr",
		}}, w.do(attachment.Attach{By: manager, Account: id, Service: service, Login: "New@potier.fr"}))
		assert.Equal(t, attachment.Attachment{
			Key: k, State: attachment.Approved, Order: order, RequestedAt: w.now, Due: w.now.Add(30 * day), Since: w.now,
			Invited: "New@potier.fr", Decision: attachment.Decision{By: manager, At: w.now, Approved: true},
		}, w.row(id, service))
		assert.Equal(t, 5, w.roster.Attached, "not attached yet")
		assert.True(t, w.roster.Invited(w.now))
		assert.False(t, w.roster.Invited(w.now.Add(30*day)), "over")

		w.now = noon.Add(day)
		assert.Equal(t, []attachment.Change{attachment.UserAttached{
			Key: k, By: manager, At: w.now, Grants: defaults(w, service, manager),
		}}, w.do(attachment.Activate{By: account.By(id)}))
		assert.Equal(t, attachment.Attachment{
			Key: k, State: attachment.Attached, Order: order, RequestedAt: invited, Since: w.now,
			Decision: attachment.Decision{By: manager, At: invited, Approved: true}, Grants: defaults(w, service, manager),
		}, w.row(id, service))
		assert.False(t, w.roster.Invited(w.now))
	}
}

func TestB14_WhoeverHasTheLoginAdoptsAnInvitationToAService(t *testing.T) {
	t.Parallel()

	w := team(t)
	id := w.invite("new@potier.fr", "compta")
	w.owner("a1", "new@potier.fr")
	w.now = noon.Add(hour)

	assert.Equal(t, []attachment.Change{
		attachment.RequestWithdrawn{Key: keyAt(id, "compta"), At: w.now, Adopted: "a1"},
		attachment.UserAttached{Key: keyAt("a1", "compta"), By: manager, At: w.now, Grants: defaults(w, "compta", manager)},
	}, w.do(attachment.Adopt{By: account.By("a1"), From: id}))

	// Whoever is attached to the whole structure has it already.
	id = w.invite("user@ailleurs.fr", "compta")
	assert.Equal(t, []attachment.Change{attachment.RequestWithdrawn{Key: keyAt(id, "compta"), At: w.now, Adopted: "user"}},
		w.do(attachment.Adopt{By: account.By("user"), From: id}))
}

func TestD7_UntilTheyNextSignInOnlyTheLoginThatWasTypedIsShown(t *testing.T) {
	t.Parallel()

	w := team(t)
	w.facts.Services["rh"] = structure.Service{Code: "rh"}
	w.do(attachment.Attach{By: manager, Account: "stranger", Service: "rh", Login: "Été@ailleurs.fr"})
	w.do(attachment.Attach{By: manager, Account: "stranger", Service: "compta", Login: "other@ailleurs.fr"})

	acc := account.Account{Login: loginOf("real@ailleurs.fr"), Person: account.Person{FirstName: "Anne", LastName: "Secret"}}
	assert.Equal(t, structure.Fold("Été@ailleurs.fr"), w.row("stranger", "rh").SearchText(acc))
	assert.Equal(t, acc.SearchText(), w.row("user", "").SearchText(acc))

	since := w.row("stranger", "rh").Since
	w.now = noon.Add(hour)
	assert.Equal(t, []attachment.Change{
		attachment.UserArrived{Key: keyAt("stranger", "compta"), At: w.now},
		attachment.UserArrived{Key: keyAt("stranger", "rh"), At: w.now},
	}, w.do(attachment.Arrive{By: account.By("stranger")}))
	assert.Empty(t, w.row("stranger", "rh").Invited)
	assert.Equal(t, since, w.row("stranger", "rh").Since)
	assert.Equal(t, attachment.Attached, w.row("stranger", "rh").State)
	assert.Equal(t, acc.SearchText(), w.row("stranger", "rh").SearchText(acc))

	for _, id := range []account.ID{"stranger", "user", "asker"} { // once, and whoever was not invited
		assert.Empty(t, w.do(attachment.Arrive{By: account.By(id)}))
	}

	// Also once it is over, the login is not kept for longer.
	w.do(attachment.Attach{By: manager, Account: "asker", Login: "typed"})
	w.do(attachment.Detach{By: manager, Account: "asker"})
	assert.Equal(t, []string{"user arrived"}, actions(w.do(attachment.Arrive{By: account.By("asker")})))
	assert.Equal(t, attachment.Detached, w.row("asker", "").State)
}

func TestD3_AttachingAtStructureLevelAbsorbsTheServices(t *testing.T) {
	t.Parallel()

	w := team(t)
	w.request("clerk", "rh")
	w.now = noon.Add(hour)

	assert.Equal(t, []attachment.Change{
		attachment.UserDetached{Key: keyAt("clerk", "compta"), By: manager, At: w.now, Absorbed: true},
		attachment.RequestWithdrawn{Key: keyAt("clerk", "rh"), At: w.now, Absorbed: true},
		attachment.UserAttached{
			Key: key("clerk"), By: manager, At: w.now, Approved: true, Unasked: true, Grants: defaults(w, "", manager),
		},
	}, w.do(attachment.Attach{By: manager, Account: "clerk"}))
}

func TestD8_DetachingEndsTheRightsForGood(t *testing.T) {
	t.Parallel()

	w := team(t)
	w.grant("user", "", habilitation.Manage)
	w.do(attachment.RevokeProfiles{By: manager, Account: "user", Profiles: profiles{look}})
	w.do(attachment.RequestProfiles{By: account.By("user"), Profiles: profiles{look}, Comment: "x"})
	w.now = noon.Add(hour)

	assert.Equal(t, []attachment.Change{attachment.UserDetached{Key: key("user"), By: manager, At: w.now}},
		w.do(attachment.Detach{By: manager, Account: "user"}))

	row := w.row("user", "")
	assert.Equal(t, attachment.Detached, row.State)
	assert.Equal(t, w.now, row.Since)
	assert.Empty(t, row.Grants)
	assert.Equal(t, attachment.Wish{}, row.Wish)
	assert.Equal(t, 4, w.roster.Attached)
	assert.Empty(t, w.roster.Rights(w.facts, "user", w.now).Holdings)

	w.do(attachment.Attach{By: manager, Account: "user"})
	assert.Equal(t, defaults(w, "", manager), w.row("user", "").Grants)

	// One who is suspended is detached as well, and a decider may detach themselves.
	w.do(attachment.Detach{By: manager, Account: "resting"})
	assert.Equal(t, []attachment.Change{attachment.UserDetached{Key: key("deputy"), By: account.By("deputy"), At: w.now, Left: true}},
		w.do(attachment.Detach{By: account.By("deputy"), Account: "deputy"}))
}

func TestD7_AnApprovalThatIsNotActivatedIsTakenBack(t *testing.T) {
	t.Parallel()

	w := team(t)
	w.do(attachment.Approve{By: manager, Account: "r2"})
	id := w.invite("new@potier.fr", "compta")
	w.now = noon.Add(hour)

	for _, k := range []attachment.Key{key("r2"), keyAt(id, "compta")} {
		assert.Equal(t, []attachment.Change{attachment.RequestWithdrawn{Key: k, At: w.now, By: account.By("deputy")}},
			w.do(attachment.Detach{By: account.By("deputy"), Account: k.Account, Service: k.Service}))
		assert.Equal(t, attachment.Withdrawn, w.row(k.Account, k.Service).State)
		assert.Equal(t, account.Withdrawn, w.facts.Registrations[k.Account].State)
	}

	assert.False(t, w.roster.Invited(w.now))
}

func TestD7_AUserLeavesByThemselves(t *testing.T) {
	t.Parallel()

	w := team(t)
	w.freeze() // which holds what deciders do
	w.now = noon.Add(hour)

	for _, k := range []attachment.Key{key("user"), key("resting"), keyAt("clerk", "compta")} {
		assert.Equal(t, []attachment.Change{attachment.UserDetached{Key: k, By: account.By(k.Account), At: w.now, Left: true}},
			w.do(attachment.Leave{By: account.By(k.Account), Service: k.Service}))
		assert.Equal(t, attachment.Detached, w.row(k.Account, k.Service).State)
		w.refused(attachment.Leave{By: account.By(k.Account), Service: k.Service}, attachment.ErrNotAttached)
	}
}

func TestD8_SuspendingTakesTheRightsAwayUntilTheAttachmentIsResumed(t *testing.T) {
	t.Parallel()

	for _, k := range []attachment.Key{key("user"), keyAt("clerk", "compta")} {
		w := team(t)
		scope := habilitation.Scope{Structure: "s1", Service: k.Service}
		before := w.row(k.Account, k.Service)
		require.NoError(t, w.roster.Rights(w.facts, k.Account, w.now).Check(w.now, scope, look))
		w.now = noon.Add(hour)

		assert.Equal(t, []attachment.Change{attachment.UserSuspended{Key: k, By: account.By("deputy"), At: w.now}},
			w.do(attachment.Suspend{By: account.By("deputy"), Account: k.Account, Service: k.Service}))
		assert.Equal(t, attachment.Suspended, w.row(k.Account, k.Service).State)
		require.ErrorIs(t, w.roster.Rights(w.facts, k.Account, w.now).Check(w.now, scope, look), habilitation.ErrSuspended)
		assert.Equal(t, 5, w.roster.Attached, "they belong to the structure still")

		w.now = noon.Add(2 * hour)
		assert.Equal(t, []attachment.Change{attachment.UserResumed{Key: k, By: manager, At: w.now}},
			w.do(attachment.Resume{By: manager, Account: k.Account, Service: k.Service}))
		require.NoError(t, w.roster.Rights(w.facts, k.Account, w.now).Check(w.now, scope, look))

		before.Since = w.now
		assert.Equal(t, before, w.row(k.Account, k.Service), "as it was")
	}
}

// What deciders do in an inactive structure: refusing, detaching and handing over stay, the rest waits (rule C8).
func TestC8_InAnInactiveStructureUsersAreDetachedAndTheStructureHandedOver(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		command attachment.Command
		stays   bool
	}{
		{attachment.Attach{By: manager, Account: "stranger"}, false},
		{attachment.Attach{By: manager, Account: "asker"}, false},
		{attachment.Suspend{By: manager, Account: "user"}, false},
		{attachment.Resume{By: manager, Account: "resting"}, false},
		{attachment.GrantProfiles{By: manager, Account: "user", Profiles: profiles{habilitation.Manage}}, false},
		{attachment.RevokeProfiles{By: manager, Account: "user", Profiles: profiles{look}}, false},
		{attachment.CopyProfiles{By: manager, From: key("deputy"), To: key("user")}, false},
		{attachment.Approve{By: manager, Account: "asker"}, false},
		{attachment.Approve{By: manager, Account: "deputy", Wish: true}, false},
		{attachment.Confirm{By: manager, Account: "user"}, false},
		{attachment.Refuse{By: manager, Account: "asker"}, true},
		{attachment.Detach{By: manager, Account: "user"}, true},
		{attachment.HandOver{By: manager, To: "user"}, true},
		{attachment.Leave{By: account.By("user")}, true},
		{attachment.DropProfiles{By: account.By("user"), Profiles: profiles{look}}, true},
		{attachment.RequestProfiles{By: account.By("user"), Profiles: profiles{habilitation.Manage}, Comment: "x"}, true},
		{attachment.Request{By: account.By("stranger"), Comment: "x"}, true},
		{attachment.Appoint{By: support, Account: "user", Unreachable: true}, true},
		{attachment.ContestStanding{By: account.By("asker"), Reason: "x"}, true},
	} {
		w := team(t)
		w.facts.Structure.Status = structure.Inactive

		if c.stays {
			assert.NotEmpty(t, w.do(c.command))
			continue
		}

		assert.Equal(t, "attachment.inactive", w.refused(c.command, attachment.ErrNotDecider).Code(), "%s", c.command)
	}

	// A wish is refused in one, too.
	w := team(t)
	wishing(w)
	w.facts.Structure.Status = structure.Inactive
	w.do(attachment.Refuse{By: manager, Account: "user", Wish: true})
}

func TestD5_SupportManagesUsersWhileNobodyCan(t *testing.T) {
	t.Parallel()

	for _, c := range []attachment.Command{
		attachment.Attach{By: support, Account: "stranger"},
		attachment.Detach{By: support, Account: "user"},
		attachment.Suspend{By: support, Account: "user"},
		attachment.Resume{By: support, Account: "resting"},
		attachment.GrantProfiles{By: support, Account: "user", Profiles: profiles{habilitation.Manage}},
		attachment.RevokeProfiles{By: support, Account: "user", Profiles: profiles{look}},
		attachment.CopyProfiles{By: support, From: key("deputy"), To: key("user")},
		attachment.Approve{By: support, Account: "asker"},
	} {
		w := team(t)
		w.refused(c, attachment.ErrNotDecider)
		blocked("r1")(w)
		w.refused(c, attachment.ErrNotDecider) // deputy can
		blocked("deputy")(w)
		assert.NotEmpty(t, w.do(c))
	}
}

func TestD5_TheDeciderBesidesTheManagerIsTheLeastWhoCan(t *testing.T) {
	t.Parallel()

	w := team(t)
	assert.Equal(t, account.ID("deputy"), w.roster.Decider(w.facts))
	w.grant("user", "", habilitation.Manage)
	w.attach("alice", "")
	w.grant("alice", "", habilitation.Manage)
	w.attach("zoe", "")
	w.grant("zoe", "", habilitation.Manage)
	assert.Equal(t, account.ID("alice"), w.roster.Decider(w.facts))

	blocked("alice")(w)
	assert.Equal(t, account.ID("deputy"), w.roster.Decider(w.facts))
	w.suspend("deputy", "")
	assert.Equal(t, account.ID("user"), w.roster.Decider(w.facts))
	w.do(attachment.RevokeProfiles{By: manager, Account: "user", Profiles: profiles{habilitation.Manage}})
	assert.Equal(t, account.ID("zoe"), w.roster.Decider(w.facts))
	w.do(attachment.HandOver{By: manager, To: "zoe"})
	assert.Empty(t, w.roster.Decider(w.facts), "the main manager is not besides themselves")
}

func TestD4_LinkedRequestsAreMadeTogetherAndDecidedOneByOne(t *testing.T) {
	t.Parallel()

	w := team(t)
	w.facts.Policy.RemindAfter = day
	w.now = noon.Add(hour)
	order := w.roster.Version + 1
	made := func(service structure.Code) attachment.Change {
		return attachment.RequestMade{
			Key: keyAt("stranger", service), Order: order, At: w.now, Comment: "x", Remind: w.now.Add(day),
		}
	}

	assert.Equal(t, []attachment.Change{made("compta"), made("rh")}, w.do(attachment.Request{
		By: account.By("stranger"), Service: "rh", More: codesOf{"compta", "rh"}, Comment: " x ",
	}), "each once, in order")

	w.do(attachment.Refuse{By: manager, Account: "stranger", Service: "rh", Order: order})
	w.do(attachment.Approve{By: manager, Account: "stranger", Service: "compta", Order: order})
	assert.Equal(t, attachment.Refused, w.row("stranger", "rh").State)
	assert.Equal(t, attachment.Attached, w.row("stranger", "compta").State)
	assert.True(t, w.row("stranger", "rh").Remind.IsZero())

	// One that comes back soon is a repeat, and nobody is reminded of it.
	w.now = w.now.Add(time.Hour)
	w.do(attachment.Request{By: account.By("stranger"), Service: "rh", Comment: "x"})
	assert.True(t, w.row("stranger", "rh").Repeat)
	assert.True(t, w.row("stranger", "rh").Remind.IsZero())
}

func TestE3_AttachmentsStartFromTheDefaultsButWhatTheApplicationWithholds(t *testing.T) {
	t.Parallel()

	w := team(t)
	w.facts.Withhold = profiles{send, see}
	w.do(attachment.Attach{By: manager, Account: "stranger"})
	assert.Equal(t, profiles{look, act, {Application: "factures-emises", Level: habilitation.Consultation}}, granted(w.row("stranger", "")))

	// Opening an application gives others nothing; closing one suspends its grants (E3).
	w.open("annuaire", "signature", habilitation.Organisation)

	rights := w.roster.Rights(w.facts, "user", w.now)
	scope := habilitation.Scope{Structure: "s1"}
	require.ErrorIs(t, rights.Check(w.now, scope, closed), habilitation.ErrNotGranted)
	require.ErrorIs(t, rights.Check(w.now, scope, send), habilitation.ErrApplicationClosed)
	assert.Contains(t, granted(w.row("user", "")), send)
}
