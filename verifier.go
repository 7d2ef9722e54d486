package guichet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// ClaimVerifier lets an application demand a proof before somebody becomes the main manager of a structure that nobody manages yet
// (rule D12): a code that was posted to its address, a mandate.
//
//  1. It is asked about whoever is about to become main manager by being the first: by [Portal.Activate] and [Portal.Adopt] of a
//     claim, and by [Portal.CreateStructure].
//  2. It is asked about an account that queues behind somebody else's claim when it begins to, since an account that succeeds is
//     main manager at once (rule D1): by CreateStructure, by [Portal.Do] of an [attachment.Request], by Adopt of a request, and by
//     Activate of a registration that does not wait for the structure's answer (rule B6). Nobody asks again when it succeeds.
//  3. It is asked about an account that gives its structure another identifier, which is another claim: by
//     [Portal.ChangeIdentifier].
//  4. It is not asked about those for whom the application or support vouches: by [Portal.Enrol], [Portal.Import],
//     [attachment.Appoint], and by a change of identifier that support makes.
//  5. It is asked outside of any transaction, before anything is hashed or written, and only about what the rules allow.
//  6. Its answer is about the [Claim] that it was asked about. If that is another one by the time of the transaction, the answer
//     counts for nothing, and the verifier is asked again.
//  7. [Proved] lets the use case go on.
//  8. [Awaited] leaves everything as it is, the link included, and the use case answers [ErrProofAwaited]. The term of a claim
//     becomes Proof.Until, 30 days after its designation at the most (account.Policy.ClaimProofMax), and the claimant is mailed
//     once for each date; once put off, the term may only come nearer. A date that has passed, or none, leaves the term as it is.
//     Until then the link works, and once it has expired [Portal.Resend] mails another. Whoever creates a structure, changes an
//     identifier or queues has nothing that could wait: they come back.
//  9. [Refused] ends a claim: the next in the queue succeeds, the claimant is mailed Proof.Reason, and the use case answers
//     [ErrProofRefused]. They may register again, last in the queue. Whoever has no claim is refused, and nothing changes.
//  10. An error, another verdict, and an answer that takes longer than Options.ProofWait, mean that it cannot tell: nothing changes,
//     and the use case answers [ErrProof]. The claim's term goes on.
//  11. It may be asked any number of times about one Claim, since people try again, and a use case may. A verifier that accepts a
//     code once must remember that it did.
//  12. Any number of goroutines may ask it. Verify ends when ctx does; the portal starts no goroutine to get away from one that
//     does not.
//
// In a transaction of the application's nobody is waited for: what would ask answers [ErrWithin], see [Portal.Within]. An account
// that has queued since before there was a verifier is not asked about.
type ClaimVerifier interface {
	Verify(ctx context.Context, c Claim) (Proof, error)
}

// Claim is what a [ClaimVerifier] is asked about: may this person become the main manager of this structure?
type Claim struct {
	Account      account.ID     // who is to be main manager: an account, or the registration that becomes one under this id
	Registration account.ID     // whose claim, or request, it is or was; "" = the account's own
	Structure    structure.ID   // "" = nobody has named it yet; of a change of identifier, the structure so far
	Identity     identifier.ID  // its identifier; of a change, the new one
	Login        account.Login  // of the account, or the registration
	Person       account.Person // likewise; of a registration, as it was typed
	Designated   time.Time      // when the claim began; zero = there is none yet
	Details      structure.Details
}

// Verdict is what a [ClaimVerifier] makes of a [Claim].
type Verdict uint8

// The verdicts. The zero Verdict is none: the verifier cannot tell.
const (
	Proved  Verdict = iota + 1 // they may
	Awaited                    // not yet: a proof is on its way, or asked for
	Refused                    // they may not
)

// Proof is the answer of a [ClaimVerifier].
type Proof struct {
	Verdict Verdict
	Until   time.Time // of Awaited: until when a proof is waited for
	Reason  string    // of Refused: why, for the person; optional, at most 1000 characters, or it is left out
}

// proofWait is how long a verifier may take; ours.
const proofWait = 5 * time.Second

// maxAsked is how often a verifier is asked in one use case whose claim changes meanwhile.
const maxAsked = 3

// errUnasked is why a use case begins again: the verifier was not asked about what it found in its transaction.
var errUnasked = errors.New("guichet: the verifier was asked about something else")

// question is a [Claim] as it is compared: an answer counts for what it was asked about. The zero question is none.
type question struct {
	account, registration account.ID
	identity              identifier.ID
	designated            int64 // in microseconds, as every store can keep it
}

func (c Claim) question() question {
	q := question{account: c.Account, registration: c.Registration, identity: c.Identity}
	if !c.Designated.IsZero() {
		q.designated = c.Designated.UnixMicro()
	}

	return q
}

// proving runs a use case that a verifier has a say in: ask asks it, and run, told what was answered with yes, does the rest. It
// begins again with a new question where run, or ask, finds that the one asked is not the one to ask.
func proving[T any](ask func() (question, error), run func(proved question) (T, error)) (T, error) {
	var (
		none T
		last error
	)

	for range maxAsked {
		proved, err := ask()

		switch {
		case errors.Is(err, errUnasked):
			last = &Error{Err: ErrProof}

			continue
		case errors.Is(err, storage.ErrConflict): // it moved between two reads
			last = err

			continue
		case err != nil:
			return none, err
		}

		out, err := run(proved)
		if !errors.Is(err, errUnasked) {
			return out, err
		}

		last = &Error{Err: ErrProof}
	}

	return none, last
}

// prove asks the verifier about what a command would bring about, if it has a say in that, and returns what it said yes to. What
// the rules refuse, nobody is asked about: the transaction tells. unshown is as of [doubtful].
func (p *Portal) prove(
	ctx context.Context, s storage.Slice, c attachment.Command, unshown bool,
) (question, error) {
	if p.verifier == nil {
		return question{}, nil
	}

	changes, err := p.decide(ctx, p.store, s, c, p.at())
	if err != nil {
		return question{}, nil //nolint:nilerr // the transaction tells
	}

	d, doubted := doubtful(s, changes, unshown)

	switch {
	case !doubted:
		return question{}, nil
	case p.joined:
		return question{}, ErrWithin
	case d.due: // a claim that nobody has stored yet began at no time that could be told from another
		_, err := p.do(ctx, d.claim.Structure, attachment.Settle{By: account.System(), Account: d.claim.Registration})
		if err == nil {
			err = errUnasked
		}

		return question{}, err
	}

	proof, err := p.verify(ctx, d.claim)
	if err != nil {
		return question{}, err
	}

	switch {
	case proof.Verdict == Proved:
		return d.claim.question(), nil
	case !d.claim.Designated.IsZero():
		return question{}, p.answer(ctx, d.claim, proof)
	default:
		return question{}, p.told(proof)
	}
}

// asked refuses to go on where a verifier has a say in what a command brings about, and was not asked, or about something else.
func (p *Portal) asked(s storage.Slice, changes []attachment.Change, unshown bool, proved question) error {
	if p.verifier == nil {
		return nil
	}

	if d, doubted := doubtful(s, changes, unshown); doubted && (d.due || d.claim.question() != proved) {
		return errUnasked
	}

	return nil
}

// doubt is what a verifier has a say in.
type doubt struct {
	claim Claim
	due   bool // the claim begins by what is due, which nobody has applied
}

// doubtful finds in what a command brings about that somebody becomes main manager by being the first, or begins to queue as an
// account, which would make them main manager without another word. unshown tells that the answer must not show whether anybody
// manages the structure already.
func doubtful(s storage.Slice, changes []attachment.Change, unshown bool) (doubt, bool) {
	roster, begun := s.Roster, false

	for _, change := range changes {
		var (
			details      *structure.Details
			registration account.ID
			is           bool
		)

		first := !roster.Standing.Known()
		row, _ := roster.Row(change.Subject())

		switch c := change.(type) { //nolint:gochecksumtype // those by which somebody leads, or is to
		case attachment.ClaimBegan:
			begun = true
		case attachment.ManagerNamed:
			if is = first && c.By.Is(c.Account); roster.Standing == attachment.InClaim {
				registration = roster.Holder
			}

			details = c.Details
		case attachment.RequestMade:
			_, exists := s.Facts.Accounts[c.Account]
			is, details = exists && (first || unshown), c.Details
		case attachment.RequestAdopted:
			is, details, registration = first, c.Details, c.From
		case attachment.RequestKept:
			is, details, registration = first, row.Details, c.Account
		}

		if is {
			d := doubt{claim: claimOf(s, change.Subject().Account, registration, details)}
			if _, leads := change.(attachment.ManagerNamed); leads && registration != "" {
				d.claim.Designated, d.due = roster.Claim.Designated, begun
			}

			return d, true
		}

		roster = roster.Apply(change)
	}

	return doubt{}, false
}

// claimOf is the claim that a verifier is asked about.
func claimOf(s storage.Slice, id, registration account.ID, details *structure.Details) Claim {
	c := Claim{Account: id, Registration: registration, Identity: s.Facts.Structure.Identity}

	if s.Roster.Version > 0 {
		c.Structure = s.Roster.Structure
	}

	if details != nil {
		c.Details = details.Clone()
	}

	if acc, exists := s.Facts.Accounts[id]; exists {
		c.Login, c.Person = acc.Login, acc.Person
	} else {
		c.Login, c.Person = s.Facts.Registrations[id].Login, s.Facts.Registrations[id].Person
	}

	return c
}

// verify asks the verifier, for as long as it may take.
func (p *Portal) verify(ctx context.Context, c Claim) (Proof, error) {
	asking, cancel := context.WithTimeout(ctx, p.proofWait)
	defer cancel()

	proof, err := p.verifier.Verify(asking, c)

	switch {
	case ctx.Err() != nil:
		return Proof{}, context.Cause(ctx)
	case err == nil && errors.Is(asking.Err(), context.DeadlineExceeded):
		err = context.DeadlineExceeded
	case err == nil && (proof.Verdict == 0 || proof.Verdict > Refused):
		err = fmt.Errorf("%w: verdict %d", ErrProof, proof.Verdict)
	}

	if err != nil {
		p.log.WarnContext(ctx, "guichet: the verifier does not answer", "structure", string(c.Structure), "err", err)

		return Proof{}, &Error{Err: ErrProof, Cause: err}
	}

	reason, fine := attachment.Comment(proof.Reason)
	if proof.Reason = reason; !fine {
		p.log.WarnContext(ctx, "guichet: the verifier's reason cannot be kept", "structure", string(c.Structure))
	}

	return proof, nil
}

// told is a verdict as whoever has no claim is told of it.
func (p *Portal) told(proof Proof) error {
	if proof.Verdict == Refused {
		return &Error{Err: ErrProofRefused, Reason: proof.Reason}
	}

	until := proof.Until.UTC().Truncate(time.Microsecond)
	if !until.After(p.at()) {
		until = time.Time{}
	}

	return &Error{Err: ErrProofAwaited, Until: until}
}

// answer writes what becomes of a claim by a verdict that is no yes, and then tells it: what is written is written, although the use
// case ends in an error.
func (p *Portal) answer(ctx context.Context, claim Claim, proof Proof) error {
	by := account.System()

	var command attachment.Command = attachment.RefuseProof{
		By: by, Account: claim.Registration, Designated: claim.Designated, Reason: proof.Reason,
	}
	if proof.Verdict == Awaited {
		command = attachment.AwaitProof{
			By: by, Account: claim.Registration, Designated: claim.Designated, Until: proof.Until.UTC().Truncate(time.Microsecond),
		}
	}

	until, err := update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, time.Time, error) {
		slice, err := r.Roster(ctx, storage.RosterQuery{
			Structure: claim.Structure, Accounts: []account.ID{claim.Registration}, At: p.at(),
		})
		if err != nil {
			return storage.Batch{}, time.Time{}, err
		}

		e, _, err := p.carryOut(ctx, r, p.known(slice), command, p.at(), question{})
		if err != nil {
			return storage.Batch{}, time.Time{}, err
		}

		return e.finish(), e.roster.Claim.Term, nil
	})

	switch {
	case errors.Is(err, attachment.ErrNoRequest): // it is not that claim any more
		return errUnasked
	case err != nil:
		return err
	case proof.Verdict == Awaited:
		return &Error{Err: ErrProofAwaited, Until: until}
	default:
		return &Error{Err: ErrProofRefused, Reason: proof.Reason}
	}
}

// request carries out a request to be attached, whose author a verifier may have to be asked about.
func (p *Portal) request(ctx context.Context, id structure.ID, c attachment.Request) (Outcome, error) {
	return proving(func() (question, error) {
		if p.verifier == nil {
			return question{}, nil
		}

		slice, err := p.store.Roster(ctx, storage.RosterQuery{
			Structure: id, Accounts: c.Accounts(), Services: services(c), At: p.at(),
		})
		if present, err := found(err); !present || err != nil {
			return question{}, err
		}

		command, err := p.checked(c, slice.Facts.Structure.Identity.Kind())
		if err != nil {
			return question{}, err
		}

		return p.prove(ctx, p.known(slice), command, false)
	}, func(proved question) (Outcome, error) {
		return p.doProved(ctx, id, c, proved)
	})
}

// renames asks about an account that gives its structure another identifier: that is a claim to what bears it.
func (p *Portal) renames(ctx context.Context, e *effects, to identifier.ID) error {
	acc, isAccount := e.facts.Accounts[e.by.ID]

	switch {
	case p.verifier == nil || e.by.Kind == account.ActorSupport || !isAccount:
		return nil
	case p.joined:
		return ErrWithin
	}

	s := e.facts.Structure

	proof, err := p.verify(ctx, Claim{
		Account: acc.ID, Structure: s.ID, Identity: to, Login: acc.Login, Person: acc.Person,
		Details: structure.Details{Sector: s.Sector, Data: s.Data, Applications: s.Applications}.Clone(),
	})
	if err == nil && proof.Verdict != Proved {
		err = p.told(proof)
	}

	return err
}
