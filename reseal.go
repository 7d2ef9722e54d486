package guichet

import (
	"context"
	"errors"
	"fmt"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// Resealed is what a call of [Portal.Reseal] did.
type Resealed struct {
	Sealed   int    // individuals' codes that lay open, and are sealed now
	Resealed int    // codes and second factors that lay under an earlier key, and lie under the present one now
	Kept     int    // codes and second factors that lay under the present key before
	Left     []Left // what stays as it was, and why
	More     bool   // the limit was reached before the end: call again
}

// Left is a row that [Portal.Reseal] could not seal. Its structure or its account is named.
type Left struct {
	Structure structure.ID // of an individual
	Account   account.ID   // of a second factor

	// Err is one of: [ErrSealed], it cannot be opened with any of the keys, or was changed: put back the key that is missing; an
	// individual may change their code through support, and a factor be set up anew. [storage.ErrExists], the code lies open, and
	// another structure has it sealed, because a process without the sealer wrote it beside: the sealed one is found, and support
	// gives the other a code of its own or closes it. [ErrKeys], the code is not found by its hash: the sealer's hash has changed.
	Err error
}

// Reseal brings what is sealed in the store under the present keys (rule G1), so that earlier ones may be dropped: individuals'
// codes that lie open, from before Options.Sealer, or under an earlier key of its, and the secrets of second factors under an
// earlier key of the portal's. Links and codes in the outbox are not resealed, since they pass.
//
// It goes through all of them, one transaction for each that needs it, and seals at most limit (0 = all). It may be called again,
// interrupted, and run by any number of processes while the portal works. Once every process has the new key in front, and a call
// answers without More and without Left, no earlier key is needed. Without a Sealer, individuals' codes are left alone.
//
// Errors: [ErrWithin]; the context's; those of the store. What was done until then is returned with it.
func (p *Portal) Reseal(ctx context.Context, limit int) (Resealed, error) {
	if p.joined {
		return Resealed{}, ErrWithin
	}

	run := &resealing{p: p, limit: limit}

	err := run.individuals(ctx)
	if err == nil && !run.done.More {
		err = run.factors(ctx)
	}

	return run.done, err
}

// resealing is one call of Reseal.
type resealing struct {
	p     *Portal
	limit int
	done  Resealed
}

// resealed is what became of a row.
type resealed uint8

const (
	keptSealed resealed = iota + 1 // was as it should be, or is none of ours any more
	newlySealed
	sealedAgain
	cannot  // left as it is, with the error
	hasTwin // another structure has the code, sealed
)

// row works one row off. due says whether it needs anything, as it was listed; do is a transaction on it.
func (r *resealing) row(left Left, due bool, do func() (resealed, error)) error {
	if !due {
		r.done.Kept++

		return nil
	}

	if r.limit > 0 && r.done.Sealed+r.done.Resealed >= r.limit {
		r.done.More = true

		return nil
	}

	what, err := do()

	if errors.Is(err, ErrSealed) || errors.Is(err, ErrKeys) {
		what, left.Err, err = cannot, err, nil
	}

	if err != nil {
		return err
	}

	switch what {
	case hasTwin:
		left.Err = &storage.ExistsError{Key: storage.KeyIdentity}
		r.done.Left = append(r.done.Left, left)
	case cannot:
		r.done.Left = append(r.done.Left, left)
	case newlySealed:
		r.done.Sealed++
	case sealedAgain:
		r.done.Resealed++
	case keptSealed:
		r.done.Kept++
	}

	return nil
}

// individuals seals the codes of individuals.
func (r *resealing) individuals(ctx context.Context) error {
	over, ok := storage.As[interface{ sealed() sealedStore }](r.p.store)
	if !ok {
		return nil
	}

	store := over.sealed()
	query := storage.Individuals{Window: storage.Window{Limit: storage.MaxLimit}}

	for !r.done.More {
		page, err := storage.List(ctx, store.store, query) // as it is stored
		if err != nil {
			return err
		}

		for _, s := range page.Rows {
			what, _, err := store.layer.renew(s)

			err = r.row(Left{Structure: s.ID}, what != keptSealed || err != nil, func() (resealed, error) {
				return r.p.resealCode(ctx, s.ID)
			})
			if err != nil || r.done.More {
				return err
			}
		}

		if query.After = page.Next; page.Next == "" {
			break
		}
	}

	return nil
}

// renew tells what a stored structure needs, and returns it as it is to be written. Errors: [ErrSealed], [ErrKeys].
func (l *layer) renew(s structure.Structure) (resealed, structure.Structure, error) {
	if s.Identity.Kind() != identifier.Individual { // not any more
		return keptSealed, s, nil
	}

	if len(s.Sealed) == 0 {
		return newlySealed, s, nil
	}

	opened, err := l.open(s)
	if err != nil {
		return 0, s, err
	}

	switch hidden, err := l.hidden(opened.Identity); {
	case err != nil:
		return 0, s, err
	case hidden != s.Identity:
		return 0, s, fmt.Errorf("%w: structure %s is stored under another hash", ErrKeys, s.ID)
	case l.sealer.Current(s.Sealed):
		return keptSealed, opened, nil
	}

	return sealedAgain, opened, nil
}

// resealCode seals the code of one individual, as it is now. Errors: [ErrSealed], [ErrKeys].
func (p *Portal) resealCode(ctx context.Context, id structure.ID) (resealed, error) {
	return update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, resealed, error) {
		reader, ok := r.(sealedReader)
		if !ok {
			return storage.Batch{}, 0, fmt.Errorf("guichet: %w: a store that reads past its seals", errors.ErrUnsupported)
		}

		stored, err := reader.Reader.Structure(ctx, id)
		if present, err := found(err); !present || err != nil {
			return storage.Batch{}, keptSealed, err
		}

		what, opened, err := reader.layer.renew(stored)
		if err != nil || what == keptSealed {
			return storage.Batch{}, what, err
		}

		if what == newlySealed {
			if alone, err := reader.alone(ctx, opened); !alone || err != nil {
				return storage.Batch{}, hasTwin, err
			}
		}

		return storage.Batch{Structures: []structure.Structure{opened}}, what, nil
	})
}

// alone tells whether no other structure has the identity that a structure is to be stored under. Errors: [ErrKeys];
// [storage.ErrConflict] if the structure itself has it, since it was read.
func (r sealedReader) alone(ctx context.Context, s structure.Structure) (bool, error) {
	hidden, err := r.layer.hidden(s.Identity)
	if err != nil {
		return false, err
	}

	twin, err := r.Reader.StructureByIdentity(ctx, hidden)

	switch present, err := found(err); {
	case !present || err != nil:
		return true, err
	case twin.ID == s.ID: // two readings see two states
		return false, storage.ErrConflict
	default:
		return false, nil
	}
}

// factors seals the secrets of second factors.
func (r *resealing) factors(ctx context.Context) error {
	query := storage.Factors{Window: storage.Window{Limit: storage.MaxLimit}}

	for {
		page, err := storage.List(ctx, r.p.store, query)
		if err != nil {
			return err
		}

		for _, c := range page.Rows {
			_, err := r.p.openFactor(c.Account, c.Factor.Sealed)

			err = r.row(Left{Account: c.Account}, err != nil || !r.p.seals.under(c.Factor.Sealed), func() (resealed, error) {
				return r.p.resealFactor(ctx, c.Account)
			})
			if err != nil || r.done.More {
				return err
			}
		}

		if query.After = page.Next; page.Next == "" {
			return nil
		}
	}
}

// resealFactor seals the secret of one account's second factor, as it is now. Error: [ErrSealed].
func (p *Portal) resealFactor(ctx context.Context, id account.ID) (resealed, error) {
	return update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, resealed, error) {
		stored, err := r.Credential(ctx, id)
		if present, err := found(err); !present || err != nil || len(stored.Factor.Sealed) == 0 {
			return storage.Batch{}, keptSealed, err
		}

		secret, err := p.openFactor(id, stored.Factor.Sealed)
		if err != nil || p.seals.under(stored.Factor.Sealed) {
			return storage.Batch{}, keptSealed, err
		}

		stored.Factor.Sealed = p.sealFactor(id, secret)

		return storage.Batch{Credentials: []account.Credential{stored}}, sealedAgain, nil
	})
}
