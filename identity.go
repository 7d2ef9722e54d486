package guichet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// ChangeIdentifier gives a structure another identifier (rule C9; French: changement de SIRET): it makes a copy of the
// structure under the new one, with its services, attachments, profiles and open requests, and leaves the old one inactive.
// Each leads to the other, and the old code to the new structure. Its deciders are told. A company that was being registered
// gets its definitive identifier this way (rule A8).
//
// If another structure that is present has the identifier, nothing is merged and the change is refused; each user is offered
// to ask for an attachment there, by mail, once. A directory is asked about the new identifier like at registration (rule C3);
// that of a public structure is not for a private one to take, unless the policy lets people create such structures (rule C4).
// A [ClaimVerifier] is asked, too, unless support makes the change.
// A change counts against the daily number of structures that an account may create (rule C5, ours). An individual's code is
// support's to change (ours), since trying codes would tell who is present.
//
// One entry of the journal says it, in the history of the old structure, which the new one names as its predecessor.
//
// Errors: [*Error] around [ErrUnknownStructure]; [*attachment.Error] for whom it is not to do; a [*structure.FieldError] around
// [structure.ErrSame], [structure.ErrFormer], [structure.ErrKind], [structure.ErrTaken], [structure.ErrCeased],
// [structure.ErrNotListed], [structure.ErrPublic] or [structure.ErrNotYours]; [*account.AccountError] around [account.ErrCreated]; [*attachment.Error] around [attachment.ErrClaimed] while somebody else is
// registering it; [*Error] around [ErrProof]; [ErrWithin], see [ClaimVerifier].
func (p *Portal) ChangeIdentifier(
	ctx context.Context, by account.Actor, id structure.ID, to identifier.ID,
) (structure.Structure, error) {
	if to.IsZero() {
		return structure.Structure{}, fault(structure.ErrRequired)
	}

	// For whom it is not to do, no directory is asked.
	renaming := &renaming{p: p, by: by, from: id, to: to, id: structure.ID(p.newID())}

	seen, err := p.manager(ctx, p.store, by, id, renaming.act(), nil)
	if err != nil {
		return structure.Structure{}, err
	}

	// Whoever could try one code after the other would find out who is there (rule C11).
	if to.Kind() == identifier.Individual && by.Kind != account.ActorSupport {
		return structure.Structure{}, fault(structure.ErrNotYours)
	}

	listing, present, err := p.inquire(ctx, to)
	if err != nil {
		return structure.Structure{}, err
	}

	if !present && refused(listing) == nil && !seen.roster.Contest.Frozen {
		if err := p.renames(ctx, seen, to); err != nil {
			return structure.Structure{}, err
		}

		renaming.proved = true
	}

	renaming.listing = listing

	renamed, err := update(ctx, p, p.newID(), renaming.decide)
	if err == nil && renamed.ID == "" { // the offer is written, and the change refused
		err = fault(structure.ErrTaken)
	}

	return renamed, err
}

// fault is what is wrong with an identifier.
func fault(err error) error { return &structure.FieldError{Field: structure.FieldIdentifier, Err: err} }

// renaming is one change of an identifier under way. The new structure's id is made before the first try.
type renaming struct {
	p       *Portal
	by      account.Actor
	from    structure.ID
	to      identifier.ID
	id      structure.ID
	listing structure.Listing
	proved  bool // a verifier said yes, or none has a say in it
}

// act is what it takes: an individual's code is support's to change.
func (c *renaming) act() attachment.Act {
	if c.to.Kind() == identifier.Individual {
		return attachment.ActDescribe
	}

	return attachment.ActChange
}

// decide returns the structure under its new identifier; none, without error, when another has it and the batch is the offer.
func (c *renaming) decide(ctx context.Context, r storage.Reader) (storage.Batch, structure.Structure, error) {
	p := c.p

	e, err := p.manager(ctx, r, c.by, c.from, c.act(), nil)
	if err != nil {
		return storage.Batch{}, structure.Structure{}, err
	}

	if e.roster.Contest.Frozen { // rule D12
		return storage.Batch{}, structure.Structure{}, &attachment.Error{Err: attachment.ErrFrozen}
	}

	before, after, err := e.facts.Structure.Rename(c.id, c.to, e.at)
	if err != nil {
		return storage.Batch{}, structure.Structure{}, fault(err)
	}

	other, present, err := p.named(ctx, r, c.to, storage.RosterQuery{At: e.at})
	if err != nil {
		return storage.Batch{}, structure.Structure{}, err
	}

	switch standing := other.Roster.Standing; {
	case present && other.Roster.Structure == c.from:
		return storage.Batch{}, structure.Structure{}, fault(structure.ErrFormer)
	case present && standing.Known():
		return c.offer(ctx, e)
	case refused(c.listing) != nil:
		return storage.Batch{}, structure.Structure{}, refused(c.listing)
	case c.public(after):
		return storage.Batch{}, structure.Structure{}, fault(structure.ErrPublic)
	case present:
		if err := c.free(ctx, e, other); err != nil {
			return storage.Batch{}, structure.Structure{}, err
		}
	}

	if p.verifier != nil && c.by.Kind != account.ActorSupport && !c.proved { // whoever had it has just given it up
		return storage.Batch{}, structure.Structure{}, &Error{Err: ErrProof}
	}

	after = after.Heard(c.listing, e.at)

	content := mail.Content{Structure: after.Data.Name(), Formerly: shown(before.Identity), Identifier: shown(after.Identity)}
	e.note("identifier changed", "", string(before.ID), string(after.ID))
	e.tellAll(mail.IdentifierChanged, "", content)

	// The deciders are those of the new structure, and so is the message.
	last := &e.batch.Messages[len(e.batch.Messages)-1]
	last.Structure, last.Content.Identifier = after.ID, content.Identifier

	e.batch.Structures = append(e.batch.Structures, before, after)
	e.batch.Operations = append(e.batch.Operations, storage.CopyStructure{
		From: before.ID, To: after.ID, Version: e.roster.Version,
	})

	batch := e.batch
	if acc, ok := e.restsOn(); ok {
		// Who takes one identifier after the other keeps their owners out: it counts like creating a structure (rule C5).
		if c.by.Is(acc.ID) {
			if acc, err = acc.Claim(p.policy, e.at); err != nil {
				return storage.Batch{}, structure.Structure{}, err
			}
		}

		// Its row is among those that the copy changes: written, it is compared before that.
		batch.Accounts = append(batch.Accounts, acc)
	}

	after.Version = 1

	return batch, after, nil
}

// public tells whether the new identifier is a public body's, which the structure is not (rule C4).
func (c *renaming) public(s structure.Structure) bool {
	return c.listing.Sector == structure.Public && s.Sector != structure.Public && !c.p.policy.PublicByForm
}

// free takes the identifier from a structure that nobody has: somebody named it, and did not follow it up. It goes on under
// a generated one, which leads nowhere. While anybody claims it, or waits there, it is theirs (rule D1).
func (c *renaming) free(ctx context.Context, e *effects, other storage.Slice) error {
	var claimed error = &attachment.Error{Err: attachment.ErrClaimed}
	if c.to.Kind() == identifier.Individual { // whom nobody is told more about
		claimed = fault(structure.ErrTaken)
	}

	// A claim whose time is over ends now, whenever that is applied to others.
	changes, err := attachment.Decide(other.Roster, other.Facts, attachment.Settle{By: account.System()}, e.at)
	if err != nil {
		return err
	}

	part := c.p.effects(e.r, other, account.System(), e.at)
	if err := part.apply(ctx, changes); err != nil {
		return err
	}

	if part.roster.Standing != attachment.Unclaimed {
		return claimed
	}

	open, err := storage.List(ctx, e.r, storage.OpenRequests{
		Structures: []structure.ID{other.Roster.Structure}, At: e.at, Window: storage.Window{Limit: 1},
	})
	if err != nil {
		return err
	}

	if len(open.Rows) > 0 {
		return claimed
	}

	part.facts.Structure = other.Facts.Structure.Forget(identifier.NewRegistering([10]byte(e.p.random.bytes(10))))
	part.putStructure()
	e.merge(part.finish())

	if len(changes) == 0 && other.Roster.Version > 0 {
		e.batch.Guards = append(e.batch.Guards,
			storage.RosterAt{Structure: other.Roster.Structure, Version: other.Roster.Version})
	}

	return nil
}

// offer writes one message to everybody attached: they may ask to be attached to the structure that has the identifier. Who
// tries again does not tell them again. Of an individual nobody is told that they are present (rule C11).
func (c *renaming) offer(ctx context.Context, e *effects) (storage.Batch, structure.Structure, error) {
	if c.to.Kind() == identifier.Individual {
		return storage.Batch{}, structure.Structure{}, fault(structure.ErrTaken)
	}

	// The identifier itself may say who somebody is, and ids are written into logs.
	sum := sha256.Sum256([]byte(fmt.Sprintf("%s/%s/%s", c.to.Country(), c.to.Kind(), c.to.Code())))
	id := "offer." + string(c.from) + "." + hex.EncodeToString(sum[:8])

	_, err := e.r.Message(ctx, id)
	if written, err := found(err); written || err != nil {
		if err == nil {
			err = fault(structure.ErrTaken)
		}

		return storage.Batch{}, structure.Structure{}, err
	}

	e.note("identifier taken", "", "", "")
	e.tellAll(mail.IdentifierTaken, "", mail.Content{Structure: publicSummary(e.facts.Structure).Data.Name()})

	last := &e.batch.Messages[len(e.batch.Messages)-1]
	last.ID, last.Content.Identifier = id, shown(c.to)

	return e.resting(), structure.Structure{}, nil
}
