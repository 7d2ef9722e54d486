package attachment

import (
	"time"

	"github.com/guichet-pro/guichet/account"
)

// awaitProof gives a claim the term that a verifier asks for (rules D1 and D12).
func (d *decision) awaitProof(c AwaitProof) error {
	if err := d.verified(c.By, c.Account, c.Designated); err != nil {
		return err
	}

	until := d.proofEnds(c.Until)
	if until.After(d.at) && !until.Equal(d.roster.Claim.Term) {
		d.emit(ProofAwaited{Account: c.Account, At: d.at, Until: until})
	}

	return nil
}

// refuseProof ends a claim that a verifier says no to.
func (d *decision) refuseProof(c RefuseProof) error {
	if err := d.verified(c.By, c.Account, c.Designated); err != nil {
		return err
	}

	reason, fine := Comment(c.Reason)
	if !fine {
		return d.refusal(Key{Account: c.Account}, ErrComment)
	}

	d.emit(RequestRefused{Key: Key{Account: c.Account}, By: c.By, At: d.at, Reason: reason, Proof: true})
	d.succeed(c.Account)

	return nil
}

// verified refuses what is not the verifier's to say, and what it says about another claim than the present one: whoever
// succeeded while it was thinking is not the one whom it was asked about.
func (d *decision) verified(by account.Actor, claimant account.ID, designated time.Time) error {
	switch {
	case by.Kind != account.ActorSystem:
		return d.refusal(Key{Account: claimant}, ErrNotYours)
	case !d.holdsClaim(claimant) || !d.roster.Claim.Designated.Equal(designated):
		return d.refusal(Key{Account: claimant}, ErrNoRequest)
	default:
		return nil
	}
}

// proofEnds returns the term of the claim once a verifier has given a date: counted from the designation, within the life of
// a separate registration, and put off no more than once.
func (d *decision) proofEnds(until time.Time) time.Time {
	claim, policy := d.roster.Claim, d.facts.Policy

	if last := claim.Designated.Add(policy.ClaimProofMax); until.After(last) {
		until = last
	}

	if reg := d.facts.Registrations[d.roster.Holder]; reg.Separate && !reg.Due.IsZero() && until.After(reg.Due) {
		until = reg.Due
	}

	off := !claim.Leased.IsZero() && claim.Term.After(claim.Leased.Add(policy.LinkLife)) // no mail gives it that long
	if off && until.After(claim.Term) {
		return claim.Term
	}

	return until
}
