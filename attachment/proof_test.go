package attachment_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
)

// awaits is a verifier that waits for a week, and was asked about a claim that began after noon by so much.
func awaits(by account.Actor, id account.ID, after time.Duration) attachment.Command {
	return attachment.AwaitProof{By: by, Account: id, Designated: noon.Add(after), Until: noon.Add(7 * day)}
}

// refuses is a verifier that says no, likewise.
func refuses(by account.Actor, id account.ID, after time.Duration) attachment.Command {
	return attachment.RefuseProof{By: by, Account: id, Designated: noon.Add(after), Reason: " Le mandat est faux. "}
}

// dayLater is when a claim is over whose mail was not sent.
func dayLater(w *world) { w.now = noon.Add(day) }

// until is a verifier that waits for r1's proof until so long after noon.
func until(after time.Duration) attachment.AwaitProof {
	return attachment.AwaitProof{By: account.System(), Account: "r1", Designated: noon, Until: noon.Add(after)}
}

func TestD1_WhileAProofIsAwaitedTheTermIsTheDateThatItGivesAtMost30DaysFromDesignation(t *testing.T) {
	t.Parallel()

	type answer struct{ at, until, term time.Duration } // each counts from the designation; the term comes of it

	for name, c := range map[string]struct {
		mailed  bool
		answers []answer
	}{
		"a week":                               {true, []answer{{minute, 7 * day, 7 * day}}},
		"before its mail was sent":             {false, []answer{{minute, 7 * day, 7 * day}}},
		"30 days":                              {true, []answer{{minute, 30 * day, 30 * day}}},
		"40 days are cut":                      {true, []answer{{minute, 40 * day, 30 * day}}},
		"30 days from the answer are cut":      {true, []answer{{59 * minute, 30*day + 59*minute, 30 * day}}},
		"nearer than it was":                   {true, []answer{{minute, 10 * minute, 10 * minute}}},
		"nearer, and then put off":             {true, []answer{{minute, 10 * minute, 10 * minute}, {2 * minute, 7 * day, 7 * day}}},
		"the same again":                       {true, []answer{{minute, 7 * day, 7 * day}, {day, 7 * day, 7 * day}}},
		"not put off twice":                    {true, []answer{{minute, 7 * day, 7 * day}, {day, 14 * day, 7 * day}}},
		"not put off twice, unsent":            {false, []answer{{minute, 7 * day, 7 * day}, {day, 14 * day, 7 * day}}},
		"brought nearer":                       {true, []answer{{minute, 7 * day, 7 * day}, {day, 3 * day, 3 * day}, {2 * day, 5 * day, 3 * day}}},
		"a date that has passed means nothing": {true, []answer{{minute, -day, hour}, {2 * minute, 2 * minute, hour}, {3 * minute, 2 * minute, hour}}},
		"no date means nothing":                {true, []answer{{minute, -1 << 62, hour}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			w := newWorld(t)
			w.register("first@potier.fr")

			if c.mailed {
				w.do(mailed("r1"))
			}

			for _, a := range c.answers {
				w.now = noon.Add(a.at)
				was, want := w.roster.Claim.Term, []attachment.Change(nil)

				if term := noon.Add(a.term); !term.Equal(was) {
					want = []attachment.Change{attachment.ProofAwaited{Account: "r1", At: w.now, Until: term}}
				}

				assert.Equal(t, want, w.do(until(a.until)))
				assert.Equal(t, noon.Add(a.term), w.roster.Claim.Term)
				assert.Equal(t, noon, w.roster.Claim.Designated)
				assert.Equal(t, attachment.Claimed, w.row("r1", "").State)

				assert.Empty(t, w.do(mailed("r1")), "a mail does not shorten it")
			}

			term := w.roster.Claim.Term
			w.now = term.Add(-time.Microsecond)
			assert.Empty(t, w.do(settle("")))

			w.now = term
			assert.Equal(t, []string{"time over", "nobody left"}, actions(w.do(settle(""))))
			w.standing(attachment.Unclaimed, "")
		})
	}
}

func TestD1_AProofIsAwaitedNoLongerThanASeparateRegistrationLasts(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	w.separately("first@potier.fr")
	w.facts.Policy.ClaimProofMax = 60 * day
	w.do(until(50 * day))
	assert.Equal(t, w.facts.Registrations["r1"].Due, w.roster.Claim.Term)
	assert.Equal(t, noon.Add(30*day), w.roster.Claim.Term)
}

func TestD1_WhoseProofIsAwaitedActivatesUntilTheTerm(t *testing.T) {
	t.Parallel()

	w := queued(t)
	w.do(mailed("r1"))
	w.do(until(20 * day))
	w.now = noon.Add(20*day - time.Microsecond)
	w.do(attachment.Activate{By: account.By("r1")})
	w.standing(attachment.Managed, "r1")
	assert.Equal(t, attachment.Claim{}, w.roster.Claim)

	late := queued(t)
	late.do(mailed("r1"))
	late.do(until(20 * day))
	late.now = noon.Add(20 * day)
	late.refused(attachment.Activate{By: account.By("r1")}, attachment.ErrNoRequest)
	late.do(settle(""))
	late.standing(attachment.InClaim, "r2")
}

func TestD12_WhoeverIsRefusedByTheVerifierIsFollowedByTheNextInTheQueue(t *testing.T) {
	t.Parallel()

	w := queued(t)
	w.do(mailed("r1"))
	w.do(until(20 * day))
	w.now = noon.Add(2 * day)

	assert.Equal(t, []attachment.Change{
		attachment.RequestRefused{
			Key: key("r1"), By: account.System(), At: w.now, Reason: "Le mandat est faux.", Proof: true,
		},
		attachment.ClaimBegan{
			Account: "r2", Order: 2, Requested: noon, At: w.now, Until: w.now.Add(24 * hour), Succeeded: true,
			Details: details("r2"),
		},
	}, w.do(refuses(account.System(), "r1", 0)))
	w.standing(attachment.InClaim, "r2")
	assert.Equal(t, attachment.Claim{Designated: w.now, Term: w.now.Add(24 * hour)}, w.roster.Claim, "a term of its own")
	assert.Equal(t, attachment.Refused, w.row("r1", "").State)

	// A second answer about the former claimant hits nobody.
	w.refused(refuses(account.System(), "r1", 0), attachment.ErrNoRequest)
	w.refused(until(9*day), attachment.ErrNoRequest)

	told := w.refused(attachment.Refuse{By: support, Account: "r1"}, attachment.ErrDecided)
	assert.Equal(t, account.System(), told.By)

	// They may come back, last in the queue (rule D1).
	w.register("first@potier.fr")
	assert.Equal(t, []account.ID{"a1", "r3", "r4"}, w.roster.Line(w.facts, w.now))
}

func TestD12_WithNobodyBehindARefusedProofTheStructureIsUnclaimed(t *testing.T) {
	t.Parallel()

	w := registering(t)
	assert.Equal(t, []string{"request refused", "nobody left"}, actions(w.do(refuses(account.System(), "r1", 0))))
	w.standing(attachment.Unclaimed, "")
	assert.Equal(t, attachment.Claim{}, w.roster.Claim)

	w.register("first@potier.fr")
	w.standing(attachment.InClaim, "r2")
}

// Whoever succeeds while a verifier thinks about the claim before is not hit by its answer.
func TestD12_AVerifiersAnswerIsAboutTheClaimThatItWasAskedAbout(t *testing.T) {
	t.Parallel()

	for name, answer := range map[string]func(account.ID, time.Duration) attachment.Command{
		"awaited": func(id account.ID, after time.Duration) attachment.Command {
			return awaits(account.System(), id, after)
		},
		"refused": func(id account.ID, after time.Duration) attachment.Command {
			return refuses(account.System(), id, after)
		},
	} {
		w := queued(t)
		w.do(mailed("r1"))
		w.now = noon.Add(hour) // the claim is over, and nobody has applied that
		w.refused(answer("r1", 0), attachment.ErrNoRequest)
		w.refused(answer("r2", 0), attachment.ErrNoRequest)

		w.do(settle(""))
		w.standing(attachment.InClaim, "r2")
		w.refused(answer("r1", 0), attachment.ErrNoRequest)
		w.refused(answer("r2", 0), attachment.ErrNoRequest)

		_, err := w.decide(answer("r2", hour))
		require.NoError(t, err, name)
	}
}

func TestD12_AClaimThatAwaitsAProofIsContestedAndRefusedBySupport(t *testing.T) {
	t.Parallel()

	w := queued(t)
	w.do(mailed("r1"))
	w.do(until(20 * day))
	w.now = noon.Add(day)
	w.do(attachment.ContestStanding{By: account.By("r2"), Reason: "x"})
	assert.Equal(t, attachment.Contest{Since: w.now, By: "r2", Of: "r1"}, w.roster.Contest)

	changes := w.do(attachment.Refuse{By: support, Account: "r1", Reason: "usurpation"})
	assert.Equal(t, []string{"request refused", "contest ended", "claim began"}, actions(changes))
	assert.False(t, changes[0].(attachment.RequestRefused).Proof)
	w.standing(attachment.InClaim, "r2")
	assert.Equal(t, attachment.Contest{}, w.roster.Contest)

	w.do(attachment.Withdraw{By: account.By("r2")})
	w.standing(attachment.Managed, "a1")
}
