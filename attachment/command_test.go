package attachment_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
)

func TestACommandSaysWhoGivesItAboutWhomAndInWords(t *testing.T) {
	a, support := account.By("a"), account.Support("Anne")

	type ids = []account.ID

	for _, c := range []struct {
		command  attachment.Command
		actor    account.Actor
		accounts ids
		words    string
	}{
		{attachment.Register{By: a, Details: details("secret")}, a, ids{"a"}, "register by account:a"},
		{attachment.Register{By: a, Earlier: "b"}, a, ids{"a", "b"}, "register by account:a"},
		{attachment.Create{By: a, Details: details("secret")}, a, ids{"a"}, "create by account:a"},
		{attachment.Adopt{By: a, From: "b"}, a, ids{"a", "b"}, "adopt b by account:a"},
		{attachment.Depart{By: a, Account: "a", Vacant: true}, a, ids{"a"}, "depart a by account:a"},
		{attachment.Depart{By: support, Account: "b"}, support, ids{"b"}, "depart b by support:Anne"},
		{attachment.Request{By: a, Comment: "secret"}, a, ids{"a"}, "request by account:a"},
		{attachment.Request{By: a, Service: "rh"}, a, ids{"a"}, "request at service rh by account:a"},
		{attachment.Withdraw{By: a}, a, ids{"a"}, "withdraw by account:a"},
		{attachment.Withdraw{By: a, Service: "rh"}, a, ids{"a"}, "withdraw at service rh by account:a"},
		{attachment.Approve{By: a, Account: "b"}, a, ids{"a", "b"}, "approve b by account:a"},
		{attachment.Approve{By: support, Account: "b", Service: "rh"}, support, ids{"b"}, "approve b at service rh by support:Anne"},
		{attachment.Approve{By: a, Account: "a"}, a, ids{"a"}, "approve a by account:a"},
		{attachment.Refuse{By: a, Account: "b", Reason: "secret"}, a, ids{"a", "b"}, "refuse b by account:a"},
		{attachment.Refuse{By: a, Account: "b", Service: "rh"}, a, ids{"a", "b"}, "refuse b at service rh by account:a"},
		{attachment.Activate{By: a}, a, ids{"a"}, "activate by account:a"},
		{attachment.Mailed{By: account.System(), Account: "b"}, account.System(), ids{"b"}, "mailed b by system"},
		{attachment.Settle{By: account.System(), Account: "b"}, account.System(), ids{"b"}, "settle b by system"},
		{attachment.Settle{By: account.System()}, account.System(), nil, "settle  by system"},
		{attachment.Request{By: a, Service: "rh", More: codesOf{"compta"}}, a, ids{"a"}, "request at service rh at service compta by account:a"},
		{attachment.Withdraw{By: a, Wish: true}, a, ids{"a"}, "withdraw the wish of by account:a"},
		{attachment.Approve{By: a, Account: "b", Wish: true}, a, ids{"a", "b"}, "approve the wish of b by account:a"},
		{attachment.Refuse{By: a, Account: "b", Service: "rh", Wish: true}, a, ids{"a", "b"}, "refuse the wish of b at service rh by account:a"},
		{attachment.Attach{By: a, Account: "b", Login: "secret"}, a, ids{"a", "b"}, "attach b by account:a"},
		{attachment.Attach{By: support, Account: "b", Service: "rh"}, support, ids{"b"}, "attach b at service rh by support:Anne"},
		{attachment.Detach{By: a, Account: "b", Service: "rh"}, a, ids{"a", "b"}, "detach b at service rh by account:a"},
		{attachment.Leave{By: a}, a, ids{"a"}, "leave by account:a"},
		{attachment.Leave{By: a, Service: "rh"}, a, ids{"a"}, "leave at service rh by account:a"},
		{attachment.Suspend{By: a, Account: "b", Service: "rh"}, a, ids{"a", "b"}, "suspend b at service rh by account:a"},
		{attachment.Resume{By: a, Account: "b", Service: "rh"}, a, ids{"a", "b"}, "resume b at service rh by account:a"},
		{attachment.Arrive{By: a}, a, ids{"a"}, "arrive by account:a"},
		{attachment.Remind{By: account.System(), Account: "b", Service: "rh"}, account.System(), ids{"b"}, "remind of b at service rh by system"},
		{attachment.HandOver{By: a, To: "b"}, a, ids{"a", "b"}, "hand over to b by account:a"},
		{attachment.Appoint{By: support, Account: "b"}, support, ids{"b"}, "appoint b by support:Anne"},
		{attachment.ContestStanding{By: a, Reason: "secret"}, a, ids{"a"}, "contest by account:a"},
		{attachment.Freeze{By: support}, support, nil, "freeze by support:Anne"},
		{attachment.Release{By: support}, support, nil, "release by support:Anne"},
		{attachment.Confirm{By: a, Account: "b", Service: "rh"}, a, ids{"a", "b"}, "confirm b at service rh by account:a"},
		{attachment.AwaitProof{By: account.System(), Account: "b"}, account.System(), ids{"b"}, "await a proof of b by system"},
		{attachment.RefuseProof{By: account.System(), Account: "b", Reason: "secret"}, account.System(), ids{"b"}, "refuse the proof of b by system"},
		{
			attachment.GrantProfiles{By: a, Account: "b", Service: "rh", Profiles: profiles{look, act}},
			a,
			ids{"a", "b"},
			"grant b at service rh annuaire/consultation,annuaire/modification by account:a",
		},
		{
			attachment.RevokeProfiles{By: a, Account: "b", Service: "rh", Profiles: profiles{look}},
			a,
			ids{"a", "b"},
			"revoke annuaire/consultation from b at service rh by account:a",
		},
		{
			attachment.CopyProfiles{By: a, From: key("b"), To: attachment.Key{Account: "c", Service: "rh"}},
			a,
			ids{"a", "b", "c"},
			"copy profiles of b to c at service rh by account:a",
		},
		{
			attachment.CopyProfiles{By: a, From: attachment.Key{Account: "b", Service: "rh"}, To: key("b")},
			a,
			ids{"a", "b"},
			"copy profiles of b at service rh to b by account:a",
		},
		{attachment.CopyProfiles{By: a, From: key("a"), To: key("c")}, a, ids{"a", "c"}, "copy profiles of a to c by account:a"},
		{attachment.CopyProfiles{By: a, From: key("b"), To: key("a")}, a, ids{"a", "b"}, "copy profiles of b to a by account:a"},
		{
			attachment.RequestProfiles{By: a, Service: "rh", Profiles: profiles{look}, Comment: "secret"},
			a,
			ids{"a"},
			"request annuaire/consultation at service rh by account:a",
		},
		{
			attachment.DropProfiles{By: a, Service: "rh", Profiles: profiles{look}},
			a,
			ids{"a"},
			"drop annuaire/consultation at service rh by account:a",
		},
	} {
		assert.Equal(t, c.actor, c.command.Actor(), c.words)
		assert.Equal(t, c.accounts, c.command.Accounts(), c.words)
		assert.Equal(t, c.words, c.command.String(), "ids and codes only")
	}
}

// rh is the row of a at a service.
var rh = attachment.Key{Account: "a", Service: "rh"}

// changes has one of each kind, with the row it is about and what the journal calls it.
var changes = []struct {
	change  attachment.Change
	subject attachment.Key
	action  string
}{
	{attachment.ClaimBegan{Account: "a"}, attachment.Key{Account: "a"}, "claim began"},
	{attachment.RequestMade{Key: attachment.Key{Account: "a", Service: "rh"}}, attachment.Key{Account: "a", Service: "rh"}, "request made"},
	{attachment.RequestApproved{Key: attachment.Key{Account: "a"}}, attachment.Key{Account: "a"}, "request approved"},
	{attachment.RequestRefused{Key: attachment.Key{Account: "a", Service: "rh"}}, attachment.Key{Account: "a", Service: "rh"}, "request refused"},
	{attachment.RequestWithdrawn{Key: attachment.Key{Account: "a", Service: "rh"}}, attachment.Key{Account: "a", Service: "rh"}, "request withdrawn"},
	{attachment.RequestAdopted{Key: attachment.Key{Account: "a"}, From: "b"}, attachment.Key{Account: "a"}, "request adopted"},
	{attachment.RequestKept{Key: attachment.Key{Account: "a"}}, attachment.Key{Account: "a"}, "request kept"},
	{attachment.TimeOver{Key: attachment.Key{Account: "a"}}, attachment.Key{Account: "a"}, "time over"},
	{attachment.UserAttached{Key: attachment.Key{Account: "a", Service: "rh"}}, attachment.Key{Account: "a", Service: "rh"}, "user attached"},
	{attachment.UserDetached{Key: attachment.Key{Account: "a", Service: "rh"}}, attachment.Key{Account: "a", Service: "rh"}, "user detached"},
	{attachment.ManagerNamed{Account: "a"}, attachment.Key{Account: "a"}, "manager named"},
	{attachment.ManagerLeft{Account: "a"}, attachment.Key{Account: "a"}, "manager left"},
	{attachment.ClaimMailed{Account: "a"}, attachment.Key{Account: "a"}, "claim mailed"},
	{attachment.NobodyLeft{Account: "a"}, attachment.Key{Account: "a"}, "nobody left"},
	{attachment.UserInvited{Key: rh}, rh, "user invited"},
	{attachment.UserSuspended{Key: rh}, rh, "user suspended"},
	{attachment.UserResumed{Key: rh}, rh, "user resumed"},
	{attachment.UserArrived{Key: rh}, rh, "user arrived"},
	{attachment.RequestReminded{Key: rh}, rh, "request reminded"},
	{attachment.RequestEscalated{Key: rh}, rh, "request escalated"},
	{attachment.ProfilesGranted{Key: rh, Profiles: profiles{look}}, rh, "profiles granted"},
	{attachment.ProfilesRevoked{Key: rh, Profiles: profiles{look}}, rh, "profiles revoked"},
	{attachment.ProfilesRequested{Key: rh, Profiles: profiles{look}}, rh, "profiles requested"},
	{attachment.ProfilesApproved{Key: rh}, rh, "profiles approved"},
	{attachment.ProfilesRefused{Key: rh}, rh, "profiles refused"},
	{attachment.ProfilesWithdrawn{Key: rh}, rh, "profiles withdrawn"},
	{attachment.ManagerRelieved{Account: "a", To: "b"}, key("a"), "manager relieved"},
	{attachment.StandingContested{Key: rh, At: noon}, rh, "standing contested"},
	{attachment.StandingFrozen{Account: "a"}, key("a"), "standing frozen"},
	{attachment.ContestEnded{Account: "a"}, key("a"), "contest ended"},
	{attachment.ReviewBegan{Account: "a"}, key("a"), "review began"},
	{attachment.AttachmentConfirmed{Key: rh, At: noon}, rh, "attachment confirmed"},
	{attachment.ProofAwaited{Account: "a", At: noon, Until: noon.Add(day)}, key("a"), "proof awaited"},
}

func TestD11_AChangeSaysWhichRowItIsAboutAndWhatTheJournalCallsIt(t *testing.T) {
	seen := map[string]bool{}

	for _, c := range changes {
		assert.Equal(t, c.subject, c.change.Subject(), c.action)
		assert.Equal(t, c.action, c.change.Action())
		assert.False(t, seen[c.action], c.action)
		seen[c.action] = true
	}

	kinds := methods(t, "change.go", "change") + methods(t, "change_member.go", "change") + methods(t, "change_manager.go", "change")
	assert.Len(t, changes, kinds, "one of each kind")
}

func TestApplyLeavesTheRosterAsItWas(t *testing.T) {
	full, open := row("a", "", attachment.Attached), row("a", "rh", attachment.Requested)
	full.Details, full.Grants, open.Order = details("a"), []attachment.Grant{{Profile: habilitation.Manage}}, 7
	open.Wish, open.Invited = attachment.Wish{Profiles: profiles{look}, Order: 6}, "typed"
	open.Grants = []attachment.Grant{{Profile: look}}
	r := attachment.Roster{
		Standing: attachment.InClaim, Holder: "a", Claim: attachment.Claim{Designated: noon, Term: noon.Add(hour)},
		Attached: 1, Queue: []account.ID{"a", "b"}, Rows: []attachment.Attachment{full, open},
		Contest: attachment.Contest{Since: noon, By: "b", Of: "a"},
	}
	before := snapshot(t, r, attachment.Facts{})

	for _, c := range changes {
		after := r.Apply(c.change)
		assert.Equal(t, before, snapshot(t, r, attachment.Facts{}), c.action)
		assert.NotEqual(t, r, after, c.action)
	}
}

func TestApplyTakesWhoeverWaitsNoLongerOutOfTheQueue(t *testing.T) {
	waiting := row("a", "", attachment.Requested)
	r := attachment.Roster{Queue: []account.ID{"a", "b"}, Rows: []attachment.Attachment{waiting}}

	for _, c := range changes {
		want := []account.ID{"b"}

		switch c.change.(type) {
		case attachment.RequestMade, attachment.RequestAdopted, attachment.RequestKept, attachment.ManagerNamed,
			attachment.ManagerLeft, attachment.ClaimMailed, attachment.NobodyLeft, attachment.ManagerRelieved,
			attachment.StandingFrozen, attachment.ContestEnded, attachment.ReviewBegan, attachment.ProofAwaited:
			want = r.Queue
		default:
			if c.subject.Service != "" { // the queue is of the structure level
				want = r.Queue
			}
		}

		assert.Equal(t, want, r.Apply(c.change).Queue, c.action)
	}

	assert.Equal(t, []account.ID{"a"}, r.Apply(attachment.RequestWithdrawn{Key: key("b")}).Queue)
	assert.Equal(t, []account.ID{"a"}, r.Apply(attachment.UserAttached{Key: key("b")}).Queue)
}

func TestApplyKeepsGrantsOfItsOwn(t *testing.T) {
	grants := []attachment.Grant{{Profile: habilitation.Manage, At: noon}}
	r := attachment.Roster{}.Apply(attachment.UserAttached{Key: key("a"), At: noon, Grants: grants})
	grants[0].At = noon.Add(hour)
	assert.Equal(t, noon, r.Rows[0].Grants[0].At)
}

// sentinels are all reasons for which a command is refused, by name, with their codes.
var sentinels = map[string]struct {
	err  error
	code string
}{
	"ErrCommand":         {attachment.ErrCommand, "attachment.command"},
	"ErrNotDecider":      {attachment.ErrNotDecider, "attachment.not_decider"},
	"ErrNoManager":       {attachment.ErrNoManager, "attachment.no_manager"},
	"ErrOwnRequest":      {attachment.ErrOwnRequest, "attachment.own_request"},
	"ErrDecided":         {attachment.ErrDecided, "attachment.decided"},
	"ErrNoRequest":       {attachment.ErrNoRequest, "attachment.no_request"},
	"ErrOpen":            {attachment.ErrOpen, "attachment.open"},
	"ErrAttached":        {attachment.ErrAttached, "attachment.attached"},
	"ErrNotAttached":     {attachment.ErrNotAttached, "attachment.not_attached"},
	"ErrNotRegistrant":   {attachment.ErrNotRegistrant, "attachment.not_registrant"},
	"ErrNotApproved":     {attachment.ErrNotApproved, "attachment.not_approved"},
	"ErrAccountInactive": {attachment.ErrAccountInactive, "attachment.account_inactive"},
	"ErrComment":         {attachment.ErrComment, "attachment.comment"},
	"ErrUnclaimed":       {attachment.ErrUnclaimed, "attachment.unclaimed"},
	"ErrDetails":         {attachment.ErrDetails, "attachment.details"},
	"ErrServiceUnknown":  {attachment.ErrServiceUnknown, "attachment.service_unknown"},
	"ErrServiceInactive": {attachment.ErrServiceInactive, "attachment.service_inactive"},
	"ErrSuspendedThere":  {attachment.ErrSuspendedThere, "attachment.suspended_there"},
	"ErrPresent":         {attachment.ErrPresent, "attachment.present"},
	"ErrClaimed":         {attachment.ErrClaimed, "attachment.claimed"},
	"ErrMainManager":     {attachment.ErrMainManager, "attachment.main_manager"},
	"ErrNotAlone":        {attachment.ErrNotAlone, "attachment.not_alone"},
	"ErrReplaced":        {attachment.ErrReplaced, "attachment.replaced"},
	"ErrAccountUnknown":  {attachment.ErrAccountUnknown, "attachment.account_unknown"},
	"ErrProfile":         {attachment.ErrProfile, "attachment.profile"},
	"ErrNotYours":        {attachment.ErrNotYours, "attachment.not_yours"},
	"ErrNotSuspended":    {attachment.ErrNotSuspended, "attachment.not_suspended"},
	"ErrNotManager":      {attachment.ErrNotManager, "attachment.not_manager"},
	"ErrIsManager":       {attachment.ErrIsManager, "attachment.is_manager"},
	"ErrManagerActs":     {attachment.ErrManagerActs, "attachment.manager_acts"},
	"ErrNotSupport":      {attachment.ErrNotSupport, "attachment.not_support"},
	"ErrFrozen":          {attachment.ErrFrozen, "attachment.frozen"},
	"ErrContested":       {attachment.ErrContested, "attachment.contested"},
	"ErrNotContested":    {attachment.ErrNotContested, "attachment.not_contested"},
	"ErrNoReview":        {attachment.ErrNoReview, "attachment.no_review"},
	"ErrSole":            {attachment.ErrSole, "attachment.sole"},
	"ErrGuarded":         {attachment.ErrGuarded, "attachment.guarded"},
}

func TestEverySentinelHasACodeAndTexts(t *testing.T) {
	require.NoError(t, attachment.CheckTexts())

	names := []string{"ErrBroken"} // no person reads it
	used := []string{"attachment.refused", "attachment.decided_by", "attachment.inactive"}
	said := map[string]bool{}

	for name, s := range sentinels {
		names, used = append(names, name), append(used, s.code)
		assert.True(t, strings.HasPrefix(s.err.Error(), "attachment: "), name)

		e := &attachment.Error{Err: s.err}
		require.ErrorIs(t, e, s.err)
		assert.Equal(t, s.code, e.Code(), name)
		assert.Equal(t, e.Text(language.English), e.Error(), name)
		assert.NotEqual(t, e.Text(language.English), e.Text(language.French), name)

		for _, lang := range []language.Tag{language.French, language.English} {
			assert.NotContains(t, e.Text(lang), "%", name)
			assert.False(t, said[e.Text(lang)], "%s says what another says", name)
			said[e.Text(lang)] = true
		}
	}

	assert.ElementsMatch(t, declared(t, "errors.go", "Err"), names)
	assert.ElementsMatch(t, used, attachment.TextKeys(), "nothing is missing, and nothing is left over")
}

func TestD5_AnErrorTellsItsCauseAndWhoDecided(t *testing.T) {
	denied := &habilitation.Denied{Err: habilitation.ErrNotGranted}
	e := &attachment.Error{Err: attachment.ErrNotDecider, Cause: denied}
	require.ErrorIs(t, e, attachment.ErrNotDecider)
	require.ErrorIs(t, e, habilitation.ErrNotGranted)
	assert.Equal(t, "Seul un gestionnaire de la structure peut le faire.", e.Text(language.French))
	assert.Equal(t, "Only a manager of the structure may do this.", e.Error())

	decided := &attachment.Error{Err: attachment.ErrDecided, By: account.Support("Anne"), At: noon}
	assert.Equal(t, "attachment.decided", decided.Code())
	assert.Equal(t, "Cette demande est déjà traitée (support:Anne, 2026-03-01 12:00:00 UTC).", decided.Text(language.French))
	assert.Equal(t, "The request is already decided (support:Anne, 2026-03-01 12:00:00 UTC).", decided.Error())

	// What was attached without a decision has nobody to name.
	assert.Equal(t, "Cette demande est déjà traitée.", (&attachment.Error{Err: attachment.ErrDecided}).Text(language.French))

	other := &attachment.Error{Err: attachment.ErrBroken}
	assert.Equal(t, "attachment.refused", other.Code())
	assert.Equal(t, "Refusé.", other.Text(language.French))
}

func TestC8_WhoeverManagesAnInactiveStructureIsToldThatItIsInactive(t *testing.T) {
	denied := &habilitation.Denied{Err: habilitation.ErrStructureInactive}
	e := &attachment.Error{Err: attachment.ErrNotDecider, Cause: denied}

	assert.Equal(t, "attachment.inactive", e.Code())
	assert.Equal(t, "La structure est inactive : réactivez-la d'abord.", e.Text(language.French))
	assert.Equal(t, "The structure is inactive: make it active first.", e.Error())

	// What can be asked of the error stays what it was.
	require.ErrorIs(t, e, attachment.ErrNotDecider)
	require.ErrorIs(t, e, habilitation.ErrStructureInactive)

	// Any other condition of rule E6, and none, leave the code alone.
	for _, cause := range []error{nil, attachment.ErrNotDecider, &habilitation.Denied{Err: habilitation.ErrAccountInactive}} {
		assert.Equal(t, "attachment.not_decider", (&attachment.Error{Err: attachment.ErrNotDecider, Cause: cause}).Code())
	}
}

// declared lists the package-level variables and constants of a file whose names begin with a prefix.
func declared(t *testing.T, file, prefix string) []string {
	t.Helper()

	var names []string

	for _, decl := range parsed(t, file).Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}

		for _, spec := range group.Specs {
			if value, ok := spec.(*ast.ValueSpec); ok {
				for _, name := range value.Names {
					if strings.HasPrefix(name.Name, prefix) {
						names = append(names, name.Name)
					}
				}
			}
		}
	}

	return names
}

// methods counts the methods of a name in a file: how many types a sealed set has.
func methods(t *testing.T, file, name string) int {
	t.Helper()

	n := 0

	for _, decl := range parsed(t, file).Decls {
		if method, ok := decl.(*ast.FuncDecl); ok && method.Recv != nil && method.Name.Name == name {
			n++
		}
	}

	return n
}

func parsed(t *testing.T, file string) *ast.File {
	t.Helper()

	out, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	require.NoError(t, err)

	return out
}
