package attachment_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// denial is a command that is refused: in a team's structure unless it starts elsewhere, once what is given has happened.
type denial struct {
	command attachment.Command
	why     error
	given   func(w *world)
	start   func(t tb) *world
}

func (d denial) world(t tb) *world {
	start := d.start
	if start == nil {
		start = team
	}

	w := start(t)
	if d.given != nil {
		d.given(w)
	}

	return w
}

// deny asserts that each is refused for its reason.
func deny(t *testing.T, denials []denial) {
	t.Helper()
	t.Parallel()

	for _, d := range denials {
		t.Run(name(d.command)+", "+strings.TrimPrefix(d.why.Error(), "attachment: "), func(t *testing.T) {
			t.Parallel()

			refused := d.world(t).refused(d.command, d.why)
			if errors.Is(d.why, attachment.ErrDecided) {
				assert.Equal(t, account.By("r1"), refused.By)
				assert.Equal(t, noon, refused.At)
			} else {
				assert.True(t, refused.By.IsZero() && refused.At.IsZero())
			}
		})
	}
}

// team is a structure that r1 manages, and deputy with them; user is attached to it, clerk to its accounts department,
// resting is suspended; asker and the registration r2 wait, stranger has nothing here, closed has no account any more.
func team(t tb) *world {
	w := managed(t)
	w.facts.Services["rh"] = structure.Service{Structure: "s1", Code: "rh"}

	for _, id := range []account.ID{"deputy", "user", "resting"} {
		w.attach(id, "")
	}

	w.attach("clerk", "compta")
	w.grant("deputy", "", habilitation.Manage)
	w.suspend("resting", "")
	w.request("asker", "")
	w.register("waiting@potier.fr") // r2
	w.outsider("stranger")
	w.outsider("closed")
	w.become("closed", account.Closed)

	return w
}

var (
	manager = account.By("r1")
	support = account.Support("Anne")
)

// registering has a claim by r1, and stranger.
func registering(t tb) *world {
	w := newWorld(t)
	w.register("first@potier.fr")
	w.outsider("stranger")

	return w
}

func (w *world) contest(id account.ID) {
	w.t.Helper()
	w.do(attachment.ContestStanding{By: account.By(id), Reason: "Ce n'est pas lui."})
}

func (w *world) freeze() {
	w.t.Helper()
	w.contest("asker")
	w.do(attachment.Freeze{By: support})
}

func replaced(w *world)      { w.replace() }
func frozen(w *world)        { w.freeze() }
func contestedOnly(w *world) { w.contest("asker") }

func blocked(ids ...account.ID) func(w *world) {
	return func(w *world) {
		for _, id := range ids {
			w.become(id, account.Blocked)
		}
	}
}

// reviewed has clerk and asker's attachments up for review: r1, who approved them, was contested, and user replaced them.
func reviewed(w *world) {
	w.do(attachment.Approve{By: manager, Account: "asker"})
	w.do(attachment.ContestStanding{By: account.By("r2"), Reason: "x"})
	w.do(attachment.Appoint{By: support, Account: "user"})
}

func wishing(w *world) {
	w.do(attachment.RequestProfiles{By: account.By("user"), Profiles: profiles{habilitation.Manage}, Comment: "x"})
}

var (
	memberDenials = []denial{
		{command: attachment.Attach{By: account.By("user"), Account: "stranger"}, why: attachment.ErrNotDecider},
		{command: attachment.Attach{By: support, Account: "stranger"}, why: attachment.ErrNotDecider},
		{command: attachment.Attach{By: account.System(), Account: "stranger"}, why: attachment.ErrNotDecider},
		{command: attachment.Attach{By: manager, Account: "stranger"}, why: attachment.ErrNoManager, start: registering},
		{command: attachment.Attach{By: manager, Account: "stranger"}, why: attachment.ErrReplaced, given: replaced},
		{command: attachment.Attach{By: manager, Account: "nobody"}, why: attachment.ErrAccountUnknown},
		{command: attachment.Attach{By: manager, Account: "closed"}, why: attachment.ErrAccountUnknown},
		{command: attachment.Attach{By: manager, Account: "r2", Login: "x"}, why: attachment.ErrAccountUnknown, given: func(w *world) {
			w.do(attachment.Refuse{By: manager, Account: "r2"})
		}},
		{command: attachment.Attach{By: manager, Account: "r2", Login: "x"}, why: attachment.ErrAccountUnknown, given: func(w *world) {
			w.now = w.row("r2", "").Due // its time is over just now
		}},
		{command: attachment.Attach{By: manager, Account: "r3", Login: "x"}, why: attachment.ErrAccountUnknown, given: func(w *world) {
			w.invite("new@potier.fr", "compta")
			w.now = w.row("r3", "compta").Due
		}},
		{command: attachment.Attach{By: manager, Account: "user"}, why: attachment.ErrAttached},
		{command: attachment.Attach{By: manager, Account: "resting"}, why: attachment.ErrAttached},
		{command: attachment.Attach{By: manager, Account: "r1"}, why: attachment.ErrAttached},
		{command: attachment.Attach{By: manager, Account: "user", Service: "compta"}, why: attachment.ErrAttached},
		{command: attachment.Attach{By: manager, Account: "resting", Service: "compta"}, why: attachment.ErrAttached},
		{command: attachment.Attach{By: manager, Account: "clerk", Service: "compta"}, why: attachment.ErrAttached},
		{command: attachment.Attach{By: manager, Account: "r3", Login: "x"}, why: attachment.ErrOpen, given: func(w *world) {
			w.invite("new@potier.fr", "")
		}},
		{command: attachment.Attach{By: manager, Account: "r3", Login: "x"}, why: attachment.ErrOpen, given: func(w *world) {
			w.invite("new@potier.fr", "compta") // a registration has one row
		}},
		{command: attachment.Attach{By: manager, Account: "r2", Service: "compta", Login: "x"}, why: attachment.ErrOpen},
		{command: attachment.Attach{By: manager, Account: "r3"}, why: attachment.ErrOpen, given: func(w *world) {
			w.invited("new@potier.fr") // there is no name to show
		}},
		{command: attachment.Attach{By: manager, Account: "stranger", Service: "chasse"}, why: attachment.ErrServiceUnknown},
		{command: attachment.Attach{By: manager, Account: "stranger", Service: "achats"}, why: attachment.ErrServiceInactive},
		{command: attachment.Attach{By: manager, Account: "clerk"}, why: attachment.ErrSuspendedThere, given: func(w *world) {
			w.suspend("clerk", "compta")
		}},

		{command: attachment.Detach{By: account.By("user"), Account: "clerk", Service: "compta"}, why: attachment.ErrNotDecider},
		{command: attachment.Detach{By: account.By("user"), Account: "user"}, why: attachment.ErrNotDecider}, // they leave
		{command: attachment.Detach{By: account.By("resting"), Account: "user"}, why: attachment.ErrNotDecider},
		{command: attachment.Detach{By: manager, Account: "r1"}, why: attachment.ErrNoManager, start: registering},
		{command: attachment.Detach{By: manager, Account: "user"}, why: attachment.ErrReplaced, given: replaced},
		{command: attachment.Detach{By: manager, Account: "stranger"}, why: attachment.ErrNotAttached},
		{command: attachment.Detach{By: manager, Account: "asker"}, why: attachment.ErrNotAttached},
		{command: attachment.Detach{By: manager, Account: "clerk"}, why: attachment.ErrNotAttached},
		{command: attachment.Detach{By: manager, Account: "user", Service: "compta"}, why: attachment.ErrNotAttached},
		{command: attachment.Detach{By: account.By("deputy"), Account: "r1"}, why: attachment.ErrMainManager},
		{command: attachment.Detach{By: manager, Account: "r1"}, why: attachment.ErrMainManager},
		{command: attachment.Detach{By: manager, Account: "user"}, why: attachment.ErrFrozen, given: frozen},

		{command: attachment.Leave{By: account.By("user")}, why: attachment.ErrAccountInactive, given: blocked("user")},
		{command: attachment.Leave{By: support}, why: attachment.ErrAccountInactive},
		{command: attachment.Leave{By: account.Actor{Kind: account.ActorSystem, ID: "user"}}, why: attachment.ErrAccountInactive},
		{command: attachment.Leave{By: account.By("r2")}, why: attachment.ErrAccountInactive},
		{command: attachment.Leave{By: account.By("stranger")}, why: attachment.ErrNotAttached},
		{command: attachment.Leave{By: account.By("asker")}, why: attachment.ErrNotAttached},
		{command: attachment.Leave{By: account.By("clerk")}, why: attachment.ErrNotAttached},
		{command: attachment.Leave{By: manager}, why: attachment.ErrMainManager},

		{command: attachment.Suspend{By: account.By("user"), Account: "clerk", Service: "compta"}, why: attachment.ErrNotDecider},
		{command: attachment.Suspend{By: manager, Account: "r1"}, why: attachment.ErrNoManager, start: registering},
		{command: attachment.Suspend{By: manager, Account: "user"}, why: attachment.ErrReplaced, given: replaced},
		{command: attachment.Suspend{By: manager, Account: "stranger"}, why: attachment.ErrNotAttached},
		{command: attachment.Suspend{By: manager, Account: "asker"}, why: attachment.ErrNotAttached},
		{command: attachment.Suspend{By: manager, Account: "resting"}, why: attachment.ErrSuspendedThere},
		{command: attachment.Suspend{By: account.By("deputy"), Account: "r1"}, why: attachment.ErrMainManager},

		{command: attachment.Resume{By: account.By("user"), Account: "resting"}, why: attachment.ErrNotDecider},
		{command: attachment.Resume{By: account.By("resting"), Account: "resting"}, why: attachment.ErrNotDecider},
		{command: attachment.Resume{By: manager, Account: "r1"}, why: attachment.ErrNoManager, start: registering},
		{command: attachment.Resume{By: manager, Account: "resting"}, why: attachment.ErrReplaced, given: replaced},
		{command: attachment.Resume{By: manager, Account: "asker"}, why: attachment.ErrNotAttached},
		{command: attachment.Resume{By: manager, Account: "user"}, why: attachment.ErrNotSuspended},
		{command: attachment.Resume{By: account.By("deputy"), Account: "r1"}, why: attachment.ErrNotSuspended},

		{command: attachment.Arrive{By: account.By("user")}, why: attachment.ErrAccountInactive, given: blocked("user")},
		{command: attachment.Arrive{By: account.By("r2")}, why: attachment.ErrAccountInactive},
		{command: attachment.Arrive{By: support}, why: attachment.ErrAccountInactive},
		{command: attachment.Arrive{By: account.Actor{Kind: account.ActorSupport, ID: "user"}}, why: attachment.ErrAccountInactive},
	}

	managerDenials = []denial{
		{command: attachment.HandOver{By: account.By("user"), To: "user"}, why: attachment.ErrNotDecider},
		{command: attachment.HandOver{By: support, To: "user"}, why: attachment.ErrNotDecider},
		{command: attachment.HandOver{By: manager, To: "user"}, why: attachment.ErrNotDecider, given: blocked("r1")},
		{command: attachment.HandOver{By: manager, To: "stranger"}, why: attachment.ErrNoManager, start: registering},
		{command: attachment.HandOver{By: account.By("deputy"), To: "user"}, why: attachment.ErrNotManager},
		{command: attachment.HandOver{By: account.By("deputy"), To: "deputy"}, why: attachment.ErrNotManager},
		{command: attachment.HandOver{By: support, To: "user"}, why: attachment.ErrNotManager, given: blocked("r1", "deputy")},
		{command: attachment.HandOver{By: manager, To: "user"}, why: attachment.ErrReplaced, given: replaced},
		{command: attachment.HandOver{By: manager, To: "stranger"}, why: attachment.ErrNotAttached},
		{command: attachment.HandOver{By: manager, To: "asker"}, why: attachment.ErrNotAttached},
		{command: attachment.HandOver{By: manager, To: "clerk"}, why: attachment.ErrNotAttached},
		{command: attachment.HandOver{By: manager, To: "resting"}, why: attachment.ErrSuspendedThere},
		{command: attachment.HandOver{By: manager, To: "user"}, why: attachment.ErrAccountInactive, given: blocked("user")},
		{command: attachment.HandOver{By: manager, To: "r1"}, why: attachment.ErrIsManager},
		{command: attachment.HandOver{By: manager, To: "user"}, why: attachment.ErrFrozen, given: frozen},

		{command: attachment.Appoint{By: manager, Account: "user", Unreachable: true}, why: attachment.ErrNotSupport},
		{command: attachment.Appoint{By: account.System(), Account: "user", Unreachable: true}, why: attachment.ErrNotSupport},
		{command: attachment.Appoint{By: support, Account: "user", Unreachable: true}, why: attachment.ErrReplaced, given: replaced},
		{command: attachment.Appoint{By: support, Account: "a1", Unreachable: true}, why: attachment.ErrUnclaimed, start: newWorld},
		{command: attachment.Appoint{By: support, Account: "stranger", Unreachable: true}, why: attachment.ErrClaimed, start: registering},
		{command: attachment.Appoint{By: support, Account: "r1", Unreachable: true}, why: attachment.ErrIsManager},
		{command: attachment.Appoint{By: support, Account: "user", Unreachable: true}, why: attachment.ErrAccountInactive, given: blocked("user")},
		{command: attachment.Appoint{By: support, Account: "r2", Unreachable: true}, why: attachment.ErrAccountInactive},
		{command: attachment.Appoint{By: support, Account: "user"}, why: attachment.ErrManagerActs},
		{command: attachment.Appoint{By: support, Account: "resting", Unreachable: true}, why: attachment.ErrSuspendedThere},
		{command: attachment.Appoint{By: support, Account: "clerk", Unreachable: true}, why: attachment.ErrSuspendedThere, given: func(w *world) {
			w.suspend("clerk", "compta")
		}},

		{command: awaits(support, "r1", 0), why: attachment.ErrNotYours, start: registering},
		{command: awaits(manager, "r1", 0), why: attachment.ErrNotYours, start: registering},
		{command: awaits(account.Actor{}, "r1", 0), why: attachment.ErrNotYours, start: registering},
		{command: awaits(account.System(), "stranger", 0), why: attachment.ErrNoRequest, start: registering},
		{command: awaits(account.System(), "r1", -minute), why: attachment.ErrNoRequest, start: registering},
		{command: awaits(account.System(), "r1", 0), why: attachment.ErrNoRequest}, // it is the manager
		{command: awaits(account.System(), "r1", 0), why: attachment.ErrNoRequest, start: registering, given: dayLater},
		{command: refuses(support, "r1", 0), why: attachment.ErrNotYours, start: registering},
		{command: refuses(manager, "r1", 0), why: attachment.ErrNotYours, start: registering},
		{command: refuses(account.System(), "stranger", 0), why: attachment.ErrNoRequest, start: registering},
		{command: refuses(account.System(), "r1", minute), why: attachment.ErrNoRequest, start: registering},
		{command: refuses(account.System(), "r1", 0), why: attachment.ErrNoRequest, start: registering, given: dayLater},
		{command: attachment.RefuseProof{By: account.System(), Account: "r1", Designated: noon, Reason: "\x07"}, why: attachment.ErrComment, start: registering},

		{command: attachment.ContestStanding{By: account.By("asker"), Reason: "x"}, why: attachment.ErrAccountInactive, given: blocked("asker")},
		{command: attachment.ContestStanding{By: support, Reason: "x"}, why: attachment.ErrAccountInactive},
		{command: attachment.ContestStanding{By: account.Actor{Kind: account.ActorSystem, ID: "asker"}, Reason: "x"}, why: attachment.ErrAccountInactive},
		{command: attachment.ContestStanding{By: account.By("stranger"), Reason: "x"}, why: attachment.ErrNoRequest},
		{command: attachment.ContestStanding{By: account.By("user"), Reason: "x"}, why: attachment.ErrNoRequest},
		{command: attachment.ContestStanding{By: account.By("asker"), Reason: "x"}, why: attachment.ErrNoRequest, given: func(w *world) {
			w.do(attachment.Withdraw{By: account.By("asker")})
		}},
		{command: attachment.ContestStanding{By: manager, Reason: "x"}, why: attachment.ErrNoRequest, start: registering}, // the claimant
		{command: attachment.ContestStanding{By: account.By("user"), Reason: "x"}, why: attachment.ErrNoRequest, given: func(w *world) {
			w.request("clerk", "rh") // once refused, clerk becomes main manager
			w.do(attachment.Refuse{By: manager, Account: "clerk", Service: "rh"})
			w.do(attachment.Appoint{By: support, Account: "clerk", Unreachable: true})
		}},
		{command: attachment.ContestStanding{By: account.By("clerk"), Reason: "x"}, why: attachment.ErrNoRequest, given: func(w *world) {
			w.request("clerk", "rh")
			w.do(attachment.Refuse{By: manager, Account: "clerk", Service: "rh"})
			w.do(attachment.Appoint{By: support, Account: "clerk", Unreachable: true})
		}},
		{command: attachment.ContestStanding{By: account.By("asker")}, why: attachment.ErrComment},
		{command: attachment.ContestStanding{By: account.By("asker"), Reason: " \n"}, why: attachment.ErrComment},
		{command: attachment.ContestStanding{By: account.By("asker"), Reason: strings.Repeat("x", 1001)}, why: attachment.ErrComment},
		{command: attachment.ContestStanding{By: account.By("asker"), Reason: "x"}, why: attachment.ErrContested, given: contestedOnly},
		{command: attachment.ContestStanding{By: account.By("asker"), Reason: "x"}, why: attachment.ErrContested, given: func(w *world) {
			w.contest("asker")
			w.do(attachment.Release{By: support})
			w.do(attachment.Refuse{By: manager, Account: "asker"}) // of the same request
		}},
		{command: attachment.ContestStanding{By: account.By("a1"), Reason: "x"}, why: attachment.ErrUnclaimed, start: vacated},
		{command: attachment.ContestStanding{By: account.By("asker"), Reason: "x"}, why: attachment.ErrReplaced, given: replaced},

		{command: attachment.Freeze{By: manager}, why: attachment.ErrNotSupport, given: contestedOnly},
		{command: attachment.Freeze{By: account.System()}, why: attachment.ErrNotSupport, given: contestedOnly},
		{command: attachment.Freeze{By: support}, why: attachment.ErrNotContested},
		{command: attachment.Freeze{By: support}, why: attachment.ErrReplaced, given: func(w *world) {
			w.contest("asker")
			w.replace()
		}},
		{command: attachment.Freeze{By: support}, why: attachment.ErrNoManager, start: registering, given: func(w *world) {
			w.request("stranger", "")
			w.contest("stranger")
		}},

		{command: attachment.Release{By: manager}, why: attachment.ErrNotSupport, given: contestedOnly},
		{command: attachment.Release{By: support}, why: attachment.ErrNotContested},
		{command: attachment.Release{By: support}, why: attachment.ErrReplaced, given: func(w *world) {
			w.contest("asker")
			w.replace()
		}},

		{command: attachment.Confirm{By: account.By("clerk"), Account: "asker"}, why: attachment.ErrNotDecider, given: reviewed},
		{command: attachment.Confirm{By: manager, Account: "asker"}, why: attachment.ErrNotDecider, given: reviewed},
		{command: attachment.Confirm{By: manager, Account: "asker"}, why: attachment.ErrNotDecider, given: func(w *world) {
			reviewed(w)
			w.grant("r1", "", habilitation.Manage) // a decider again, who would confirm what they approved
		}},
		{command: attachment.Confirm{By: manager, Account: "stranger"}, why: attachment.ErrNoManager, start: registering},
		{command: attachment.Confirm{By: account.By("user"), Account: "asker"}, why: attachment.ErrReplaced, given: func(w *world) {
			reviewed(w)
			w.replace()
		}},
		{command: attachment.Confirm{By: account.By("deputy"), Account: "deputy"}, why: attachment.ErrOwnRequest, given: reviewed},
		{command: attachment.Confirm{By: manager, Account: "user"}, why: attachment.ErrNoReview},
		{command: attachment.Confirm{By: account.By("user"), Account: "stranger"}, why: attachment.ErrNoReview, given: reviewed},
		{command: attachment.Confirm{By: account.By("user"), Account: "r2"}, why: attachment.ErrNoReview, given: reviewed},
		{command: attachment.Confirm{By: account.By("user"), Account: "asker"}, why: attachment.ErrNoReview, given: func(w *world) {
			reviewed(w)
			w.do(attachment.Confirm{By: account.By("user"), Account: "asker"}) // it is user's by now
		}},
		{command: attachment.Confirm{By: account.By("user"), Account: "asker"}, why: attachment.ErrNoReview, given: func(w *world) {
			reviewed(w)
			w.do(attachment.Detach{By: account.By("user"), Account: "asker"})
		}},
		{command: attachment.Confirm{By: account.By("user"), Account: "stranger"}, why: attachment.ErrNoReview, given: func(w *world) {
			reviewed(w)
			w.now = noon.Add(hour)
			w.grant("r1", "", habilitation.Manage)
			w.do(attachment.Attach{By: manager, Account: "stranger"}) // after the review began
		}},
	}

	profileDenials = []denial{
		{command: attachment.GrantProfiles{By: account.By("user"), Account: "user", Profiles: profiles{habilitation.Manage}}, why: attachment.ErrNotDecider},
		{command: attachment.GrantProfiles{By: manager, Account: "r1", Profiles: profiles{look}}, why: attachment.ErrNoManager, start: registering},
		{command: attachment.GrantProfiles{By: manager, Account: "user", Profiles: profiles{look}}, why: attachment.ErrReplaced, given: replaced},
		{command: attachment.GrantProfiles{By: manager, Account: "stranger", Profiles: profiles{look}}, why: attachment.ErrNotAttached},
		{command: attachment.GrantProfiles{By: manager, Account: "asker", Profiles: profiles{look}}, why: attachment.ErrNotAttached},
		{command: attachment.GrantProfiles{By: manager, Account: "r1", Profiles: profiles{look}}, why: attachment.ErrMainManager},
		{command: attachment.GrantProfiles{By: manager, Account: "user"}, why: attachment.ErrProfile},
		{command: attachment.GrantProfiles{By: manager, Account: "user", Profiles: profiles{look, closed}}, why: attachment.ErrProfile},
		{command: attachment.GrantProfiles{By: manager, Account: "user", Profiles: profiles{{Application: "annuaire", Level: 3}}}, why: attachment.ErrProfile},
		{command: attachment.GrantProfiles{By: manager, Account: "user", Profiles: profiles{{Application: habilitation.Organisation}}}, why: attachment.ErrProfile},
		{command: attachment.GrantProfiles{By: manager, Account: "clerk", Service: "compta", Profiles: profiles{see}}, why: attachment.ErrProfile},
		{command: attachment.GrantProfiles{By: manager, Account: "user", Profiles: profiles{habilitation.Manage}}, why: attachment.ErrSole, given: sole},
		{command: attachment.GrantProfiles{By: manager, Account: "user", Profiles: profiles{look}}, why: attachment.ErrFrozen, given: frozen},

		{command: attachment.RevokeProfiles{By: account.By("user"), Account: "deputy", Profiles: profiles{look}}, why: attachment.ErrNotDecider},
		{command: attachment.RevokeProfiles{By: manager, Account: "r1", Profiles: profiles{look}}, why: attachment.ErrNoManager, start: registering},
		{command: attachment.RevokeProfiles{By: manager, Account: "user", Profiles: profiles{look}}, why: attachment.ErrReplaced, given: replaced},
		{command: attachment.RevokeProfiles{By: manager, Account: "stranger", Profiles: profiles{look}}, why: attachment.ErrNotAttached},
		{command: attachment.RevokeProfiles{By: account.By("deputy"), Account: "r1", Profiles: profiles{habilitation.Manage}}, why: attachment.ErrMainManager},
		{command: attachment.RevokeProfiles{By: manager, Account: "user"}, why: attachment.ErrProfile},
		{command: attachment.RevokeProfiles{By: manager, Account: "user", Profiles: profiles{look, {Application: "annuaire"}}}, why: attachment.ErrProfile},
		{command: attachment.RevokeProfiles{By: manager, Account: "user", Profiles: profiles{{Level: habilitation.Consultation}}}, why: attachment.ErrProfile},

		{command: attachment.CopyProfiles{By: account.By("user"), From: key("deputy"), To: key("user")}, why: attachment.ErrNotDecider},
		{command: attachment.CopyProfiles{By: manager, From: key("r1"), To: key("stranger")}, why: attachment.ErrNoManager, start: registering},
		{command: attachment.CopyProfiles{By: manager, From: key("deputy"), To: key("user")}, why: attachment.ErrReplaced, given: replaced},
		{command: attachment.CopyProfiles{By: manager, From: key("stranger"), To: key("user")}, why: attachment.ErrNotAttached},
		{command: attachment.CopyProfiles{By: manager, From: key("asker"), To: key("user")}, why: attachment.ErrNotAttached},
		{command: attachment.CopyProfiles{By: manager, From: key("user"), To: key("stranger")}, why: attachment.ErrNotAttached},
		{command: attachment.CopyProfiles{By: manager, From: key("user"), To: key("clerk")}, why: attachment.ErrNotAttached},
		{command: attachment.CopyProfiles{By: account.By("deputy"), From: key("user"), To: key("r1")}, why: attachment.ErrMainManager},
		{command: attachment.CopyProfiles{By: manager, From: key("deputy"), To: key("user")}, why: attachment.ErrFrozen, given: frozen},

		{command: attachment.RequestProfiles{By: account.By("user"), Profiles: profiles{habilitation.Manage}, Comment: "x"}, why: attachment.ErrAccountInactive, given: blocked("user")},
		{command: attachment.RequestProfiles{By: support, Profiles: profiles{habilitation.Manage}, Comment: "x"}, why: attachment.ErrAccountInactive},
		{command: attachment.RequestProfiles{By: account.Actor{Kind: account.ActorSystem, ID: "user"}, Profiles: profiles{habilitation.Manage}, Comment: "x"}, why: attachment.ErrAccountInactive},
		{command: attachment.RequestProfiles{By: account.By("asker"), Profiles: profiles{look}, Comment: "x"}, why: attachment.ErrNotAttached},
		{command: attachment.RequestProfiles{By: account.By("user"), Service: "compta", Profiles: profiles{look}, Comment: "x"}, why: attachment.ErrNotAttached},
		{command: attachment.RequestProfiles{By: account.By("resting"), Profiles: profiles{habilitation.Manage}, Comment: "x"}, why: attachment.ErrSuspendedThere},
		{command: attachment.RequestProfiles{By: account.By("user"), Profiles: profiles{habilitation.Manage}, Comment: "x"}, why: attachment.ErrReplaced, given: replaced},
		{command: attachment.RequestProfiles{By: manager, Profiles: profiles{look}, Comment: "x"}, why: attachment.ErrMainManager},
		{command: attachment.RequestProfiles{By: account.By("user"), Profiles: profiles{habilitation.Manage}}, why: attachment.ErrComment},
		{command: attachment.RequestProfiles{By: account.By("user"), Profiles: profiles{habilitation.Manage}, Comment: "a\x00b"}, why: attachment.ErrComment},
		{command: attachment.RequestProfiles{By: account.By("user"), Profiles: profiles{habilitation.Manage}, Comment: "x"}, why: attachment.ErrOpen, given: wishing},
		{command: attachment.RequestProfiles{By: account.By("user"), Comment: "x"}, why: attachment.ErrProfile},
		{command: attachment.RequestProfiles{By: account.By("user"), Profiles: profiles{look, act}, Comment: "x"}, why: attachment.ErrProfile}, // held
		{command: attachment.RequestProfiles{By: account.By("user"), Profiles: profiles{closed}, Comment: "x"}, why: attachment.ErrProfile},
		{command: attachment.RequestProfiles{By: account.By("clerk"), Service: "compta", Profiles: profiles{see}, Comment: "x"}, why: attachment.ErrProfile},
		{command: attachment.RequestProfiles{By: account.By("user"), Profiles: profiles{habilitation.Manage}, Comment: "x"}, why: attachment.ErrSole, given: sole},

		{command: attachment.DropProfiles{By: account.By("user"), Profiles: profiles{look}}, why: attachment.ErrAccountInactive, given: blocked("user")},
		{command: attachment.DropProfiles{By: account.By("stranger"), Profiles: profiles{look}}, why: attachment.ErrNotAttached},
		{command: attachment.DropProfiles{By: manager, Profiles: profiles{look}}, why: attachment.ErrMainManager},
		{command: attachment.DropProfiles{By: account.By("user")}, why: attachment.ErrProfile},
		{command: attachment.DropProfiles{By: account.By("user"), Profiles: profiles{{Application: "annuaire", Level: 3}}}, why: attachment.ErrProfile},
	}

	requestDenials = []denial{
		{command: attachment.Register{By: account.By("user")}, why: attachment.ErrNotRegistrant},
		{command: attachment.Register{By: account.By("r3")}, why: attachment.ErrReplaced, given: func(w *world) {
			w.registration("late@potier.fr")
			w.replace()
		}},
		{command: attachment.Register{By: account.By("r2")}, why: attachment.ErrDetails, start: registering, given: func(w *world) {
			w.registration("late@potier.fr")
		}},
		{command: attachment.Register{By: account.By("r3"), Earlier: "r2"}, why: attachment.ErrOpen, given: func(w *world) {
			w.registration("waiting@potier.fr")
		}},
		{command: attachment.Register{By: account.By("r2")}, why: attachment.ErrOpen},
		{command: attachment.Register{By: account.By("r3")}, why: attachment.ErrOpen, given: func(w *world) {
			w.invite("new@potier.fr", "compta")
		}},
		{command: attachment.Register{By: account.By("r3")}, why: attachment.ErrNotRegistrant, given: func(w *world) {
			w.invite("new@potier.fr", "compta")
			w.now = w.row("r3", "compta").Due
		}},

		{command: attachment.Create{By: account.By("nobody"), Details: details("a1")}, why: attachment.ErrAccountInactive, start: newWorld},
		{command: attachment.Create{By: account.By("stranger"), Details: details("a1")}, why: attachment.ErrReplaced, given: replaced},
		{command: attachment.Create{By: account.By("a1")}, why: attachment.ErrDetails, start: newWorld, given: func(w *world) { w.outsider("a1") }},
		{command: attachment.Create{By: account.By("stranger"), Details: details("a1")}, why: attachment.ErrPresent},
		{command: attachment.Create{By: account.By("stranger"), Details: details("a1")}, why: attachment.ErrClaimed, start: registering},

		{command: attachment.Adopt{By: account.By("nobody"), From: "r2"}, why: attachment.ErrAccountInactive},
		{command: attachment.Adopt{By: account.By("stranger"), From: "r2"}, why: attachment.ErrNotRegistrant},
		{command: attachment.Adopt{By: account.By("a1"), From: "r2"}, why: attachment.ErrSuspendedThere, given: func(w *world) {
			w.owner("a1", "waiting@potier.fr")
			w.attach("a1", "compta")
			w.suspend("a1", "compta")
			w.do(attachment.Approve{By: manager, Account: "r2"})
		}},

		{command: attachment.Request{By: account.By("r2"), Comment: "x"}, why: attachment.ErrAccountInactive},
		{command: attachment.Request{By: account.By("stranger")}, why: attachment.ErrComment},
		{command: attachment.Request{By: account.By("stranger"), Comment: "x"}, why: attachment.ErrReplaced, given: replaced},
		{command: attachment.Request{By: account.By("a1"), Comment: "x"}, why: attachment.ErrUnclaimed, start: newWorld, given: func(w *world) { w.outsider("a1") }},
		{command: attachment.Request{By: account.By("stranger"), Comment: "x"}, why: attachment.ErrDetails, start: registering},
		{command: attachment.Request{By: account.By("stranger"), Comment: "x", Service: "chasse"}, why: attachment.ErrServiceUnknown},
		{command: attachment.Request{By: account.By("stranger"), Comment: "x", More: codesOf{"compta"}}, why: attachment.ErrServiceUnknown},
		{command: attachment.Request{By: account.By("stranger"), Comment: "x", Service: "compta", More: codesOf{""}}, why: attachment.ErrServiceUnknown},
		{command: attachment.Request{By: account.By("stranger"), Comment: "x", Service: "compta", More: codesOf{"chasse"}}, why: attachment.ErrServiceUnknown},
		{command: attachment.Request{By: account.By("stranger"), Comment: "x", Service: "compta", More: codesOf{"achats"}}, why: attachment.ErrServiceInactive},
		{command: attachment.Request{By: account.By("asker"), Comment: "x"}, why: attachment.ErrOpen},
		{command: attachment.Request{By: account.By("stranger"), Comment: "x", Service: "rh", More: codesOf{"compta"}}, why: attachment.ErrOpen, given: func(w *world) {
			w.request("stranger", "compta")
		}},
		{command: attachment.Request{By: account.By("clerk"), Comment: "x", Service: "rh", More: codesOf{"compta"}}, why: attachment.ErrAttached},

		{command: attachment.Withdraw{By: account.By("user")}, why: attachment.ErrNoRequest},
		{command: attachment.Withdraw{By: account.By("user"), Wish: true}, why: attachment.ErrNoRequest},
		{command: attachment.Withdraw{By: account.By("asker"), Wish: true}, why: attachment.ErrNoRequest},
		{command: attachment.Withdraw{By: account.By("user")}, why: attachment.ErrNoRequest, given: wishing},
		{command: attachment.Withdraw{By: account.Actor{Kind: account.ActorSupport, ID: "user"}, Wish: true}, why: attachment.ErrNoRequest, given: wishing},

		{command: attachment.Depart{By: manager, Account: "user"}, why: attachment.ErrNotYours},
		{command: attachment.Depart{By: support, Account: "user", Asked: true}, why: attachment.ErrNotYours},
		{command: attachment.Depart{By: account.By("user"), Account: "user", Asked: true}, why: attachment.ErrAccountInactive, given: func(w *world) {
			w.become("user", account.Blocked)
		}},
		{command: attachment.Depart{By: manager, Account: "r1", Vacant: true, Asked: true}, why: attachment.ErrFrozen, given: frozen},
		{command: attachment.Withdraw{By: account.By("asker")}, why: attachment.ErrAccountInactive, given: func(w *world) {
			w.become("asker", account.Blocked)
		}},
		{command: attachment.Depart{By: account.By("stranger"), Account: "stranger"}, why: attachment.ErrNotAttached},
		{command: attachment.Depart{By: manager, Account: "r1"}, why: attachment.ErrMainManager, start: managed},
		{command: attachment.Depart{By: manager, Account: "r1", Vacant: true}, why: attachment.ErrNotAlone},
		{command: attachment.Depart{By: manager, Account: "r1", Vacant: true}, why: attachment.ErrNotAlone, start: managed, given: func(w *world) {
			w.invite("new@potier.fr", "compta")
		}},

		{command: attachment.Activate{By: account.By("user")}, why: attachment.ErrNotRegistrant},
		{command: attachment.Activate{By: account.By("r2")}, why: attachment.ErrNotApproved},
		{command: attachment.Activate{By: account.By("r2")}, why: attachment.ErrNoRequest, given: func(w *world) {
			w.do(attachment.Approve{By: manager, Account: "r2"})
			w.now = w.row("r2", "").Due
		}},
	}

	decisionDenials = []denial{
		{command: attachment.Approve{By: account.By("user"), Account: "asker"}, why: attachment.ErrNotDecider},
		{command: attachment.Approve{By: manager, Account: "stranger"}, why: attachment.ErrNoManager, start: registering},
		{command: attachment.Approve{By: manager, Account: "asker"}, why: attachment.ErrReplaced, given: replaced},
		{command: attachment.Approve{By: account.By("deputy"), Account: "deputy"}, why: attachment.ErrOwnRequest},
		{command: attachment.Approve{By: manager, Account: "stranger"}, why: attachment.ErrNoRequest},
		{command: attachment.Approve{By: manager, Account: "user"}, why: attachment.ErrDecided},
		{command: attachment.Approve{By: manager, Account: "clerk"}, why: attachment.ErrSuspendedThere, given: func(w *world) {
			w.request("clerk", "")
			w.suspend("clerk", "compta")
		}},

		{command: attachment.Approve{By: account.By("user"), Account: "user", Wish: true}, why: attachment.ErrNotDecider, given: wishing},
		{command: attachment.Approve{By: manager, Account: "stranger", Wish: true}, why: attachment.ErrNoManager, start: registering},
		{command: attachment.Approve{By: manager, Account: "user", Wish: true}, why: attachment.ErrReplaced, given: func(w *world) {
			wishing(w)
			w.replace()
		}},
		{command: attachment.Approve{By: account.By("deputy"), Account: "deputy", Wish: true}, why: attachment.ErrOwnRequest},
		{command: attachment.Approve{By: manager, Account: "user", Wish: true}, why: attachment.ErrNoRequest},
		{command: attachment.Approve{By: manager, Account: "asker", Wish: true}, why: attachment.ErrNoRequest},
		{command: attachment.Approve{By: manager, Account: "user"}, why: attachment.ErrDecided, given: wishing}, // of the attachment
		{command: attachment.Approve{By: manager, Account: "user", Wish: true, Order: 1}, why: attachment.ErrNoRequest, given: wishing},
		{command: attachment.Approve{By: account.By("deputy"), Account: "user", Wish: true}, why: attachment.ErrDecided, given: func(w *world) {
			wishing(w)
			w.do(attachment.Approve{By: manager, Account: "user", Wish: true})
			w.now = noon.Add(hour)
		}},
		{command: attachment.Approve{By: account.By("deputy"), Account: "user", Wish: true, Order: 1}, why: attachment.ErrDecided, given: func(w *world) {
			wishing(w)
			w.do(attachment.Refuse{By: manager, Account: "user", Wish: true})
			w.now = noon.Add(hour)
			wishing(w) // again, and the earlier one is meant
		}},
		{command: attachment.Approve{By: manager, Account: "user", Wish: true}, why: attachment.ErrNoRequest, given: func(w *world) {
			wishing(w)
			w.do(attachment.Refuse{By: manager, Account: "user", Wish: true})
			w.now = noon.Add(hour)
			wishing(w)
			w.do(attachment.Withdraw{By: account.By("user"), Wish: true})
		}},
		{command: attachment.Approve{By: manager, Account: "user", Wish: true}, why: attachment.ErrSuspendedThere, given: func(w *world) {
			wishing(w)
			w.suspend("user", "")
		}},
		{command: attachment.Approve{By: manager, Account: "clerk", Service: "compta", Wish: true}, why: attachment.ErrProfile, given: func(w *world) {
			w.open("annuaire", "signature", habilitation.Organisation)
			w.do(attachment.RequestProfiles{By: account.By("clerk"), Service: "compta", Profiles: profiles{closed}, Comment: "x"})
			w.open("annuaire", habilitation.Organisation)
		}},
		{command: attachment.Approve{By: manager, Account: "user", Wish: true}, why: attachment.ErrSole, given: func(w *world) {
			wishing(w)
			sole(w)
		}},
		{command: attachment.Approve{By: manager, Account: "user", Wish: true}, why: attachment.ErrFrozen, given: func(w *world) {
			wishing(w)
			w.freeze()
		}},

		{command: attachment.Refuse{By: account.By("user"), Account: "asker"}, why: attachment.ErrNotDecider},
		{command: attachment.Refuse{By: manager, Account: "stranger"}, why: attachment.ErrNoManager, start: registering},
		{command: attachment.Refuse{By: account.By("deputy"), Account: "deputy"}, why: attachment.ErrOwnRequest},
		{command: attachment.Refuse{By: manager, Account: "stranger"}, why: attachment.ErrNoRequest},
		{command: attachment.Refuse{By: manager, Account: "user"}, why: attachment.ErrDecided},
		{command: attachment.Refuse{By: manager, Account: "asker", Reason: strings.Repeat("x", 1001)}, why: attachment.ErrComment},
		{command: attachment.Refuse{By: account.By("user"), Account: "user", Wish: true}, why: attachment.ErrNotDecider, given: wishing},
		{command: attachment.Refuse{By: account.By("deputy"), Account: "deputy", Wish: true}, why: attachment.ErrOwnRequest},
		{command: attachment.Refuse{By: manager, Account: "user", Wish: true}, why: attachment.ErrNoRequest},
		{command: attachment.Refuse{By: manager, Account: "user", Wish: true, Reason: "a\x00b"}, why: attachment.ErrComment, given: wishing},
		{command: attachment.Refuse{By: account.By("deputy"), Account: "user", Wish: true}, why: attachment.ErrDecided, given: func(w *world) {
			wishing(w)
			w.do(attachment.Refuse{By: manager, Account: "user", Wish: true})
			w.now = noon.Add(hour)
		}},
	}
)

func sole(w *world) { w.facts.Policy.SoleDecider = true }

func TestD7_WhatIsRefusedAboutUsers(t *testing.T)          { deny(t, memberDenials) }
func TestD6_WhatIsRefusedAboutMainManagers(t *testing.T)   { deny(t, managerDenials) }
func TestE4_WhatIsRefusedAboutProfiles(t *testing.T)       { deny(t, profileDenials) }
func TestD4_WhatIsRefusedToWhoeverAsksOrGoes(t *testing.T) { deny(t, requestDenials) }
func TestD5_WhatIsRefusedToWhoeverDecides(t *testing.T)    { deny(t, decisionDenials) }

func allDenials() []denial {
	return slices.Concat(memberDenials, managerDenials, profileDenials, requestDenials, decisionDenials)
}

func TestEveryErrorThatACommandDocumentsHasACase(t *testing.T) {
	t.Parallel()

	cases := map[string][]error{}
	for _, d := range allDenials() {
		cases[name(d.command)] = append(cases[name(d.command)], d.why)
	}

	for command, errs := range documented(t) {
		for _, err := range errs {
			if !errors.Is(err, attachment.ErrGuarded) { // no rule refuses so
				assert.Contains(t, cases[command], err, command)
			}
		}

		for _, err := range cases[command] {
			assert.Contains(t, errs, err, command)
		}
	}
}

// by is a command of a decider as somebody else would give it; ok is false for what no decider does.
func by(c attachment.Command, actor account.Actor) (attachment.Command, bool) {
	switch c := c.(type) {
	case attachment.Attach:
		c.By = actor

		return c, true
	case attachment.Detach:
		c.By = actor

		return c, true
	case attachment.Suspend:
		c.By = actor

		return c, true
	case attachment.Resume:
		c.By = actor

		return c, true
	case attachment.HandOver:
		c.By = actor

		return c, true
	case attachment.Confirm:
		c.By = actor

		return c, true
	case attachment.GrantProfiles:
		c.By = actor

		return c, true
	case attachment.RevokeProfiles:
		c.By = actor

		return c, true
	case attachment.CopyProfiles:
		c.By = actor

		return c, true
	case attachment.Approve:
		c.By = actor

		return c, true
	case attachment.Refuse:
		c.By = actor

		return c, true
	default:
		return c, false
	}
}

// Whatever a decider would be told, somebody who is none is told that they are none, and nothing else.
func TestD5_OnlyDecidersLearnWhatBecameOfOthers(t *testing.T) {
	t.Parallel()

	for _, d := range allDenials() {
		if d.start != nil || errors.Is(d.why, attachment.ErrReplaced) {
			continue
		}

		if _, ok := by(d.command, account.System()); !ok {
			continue
		}

		w := d.world(t)

		for _, actor := range []account.Actor{account.By("stranger"), account.By("nobody"), account.By("resting"), account.System()} {
			if command, ok := by(d.command, actor); ok {
				told := w.refused(command, attachment.ErrNotDecider)
				require.True(t, told.By.IsZero() && told.At.IsZero(), "%s", command)
			}
		}
	}
}
