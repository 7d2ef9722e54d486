package guichet

import (
	"cmp"
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// Sealed returns the store that lies over another one and keeps individuals' codes secret in it (rule G1): what is written
// through it is sealed, what is read through it is opened. [New] makes one for itself from Options.Sealer; an application that
// reads its store beside the portal makes another. It is as good a [storage.Store] as the one below, and a [storage.Joiner] if that
// is one. Over one that is sealed already it takes that one's place. log is told what could not be opened; nil: nobody is.
//
// In the store below, the identity of an individual keeps its country; its code is a keyed hash of country and code, by which
// it is found and is unique. The code itself lies encrypted beside it, bound to the structure's id and to that hash, so that
// one who can write to the database cannot pass it off as another's. Codes that were stored before are read as they are, and
// sealed when they are next written, or by [Portal.Reseal].
//
// What cannot be opened, because its key is lost or somebody changed it, does not keep the rest of a list or a roster from being
// read: the structure has the hash for a code, and its Sealed is not empty. Written like that it stays sealed as it was. The
// methods that return one structure, Structure and StructureByIdentity, answer [ErrSealed].
func Sealed(store storage.Store, sealer Sealer, log *slog.Logger) storage.Store {
	if over, ok := store.(interface{ sealed() sealedStore }); ok {
		store = over.sealed().store
	}

	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}

	return sealingStore(store, &layer{sealer: sealer, log: log})
}

// layer is what the stores and readers of one [Sealed] have in common.
type layer struct {
	sealer Sealer
	log    *slog.Logger
}

// The sizes of a hash, in bytes. A code has 80 characters at the most, of which each of base32 holds five bits.
const (
	hashLeast = 16
	hashMost  = 48
)

// hashMark is what the code of a sealed individual begins with, for people who look into a database. Nothing rests on it:
// anybody may type a code that looks like that, and what is sealed says so by its Sealed.
const hashMark = "S1."

// hashText writes hashes as canonical codes.
var hashText = base32.StdEncoding.WithPadding(base32.NoPadding) //nolint:gochecknoglobals // never changes

// hidden returns the identity under which an individual is stored: the country is part of the hash, and stays readable. Error:
// [ErrKeys] for a hash of the wrong size.
func (l *layer) hidden(id identifier.ID) (identifier.ID, error) {
	hash := l.sealer.Hash([]byte("guichet individual 1 " + id.Country() + " " + id.Code()))
	if len(hash) < hashLeast || len(hash) > hashMost {
		return identifier.ID{}, fmt.Errorf("%w: the sealer's hash has %d bytes", ErrKeys, len(hash))
	}

	return individual(id.Country(), hashMark+hashText.EncodeToString(hash))
}

// individual returns the identity of an individual whose code is canonical.
func individual(country, code string) (identifier.ID, error) {
	id, err := identifier.Parse(identifier.Individual, code)
	if err != nil || id.Code() != code {
		return identifier.ID{}, errNotCanonical // without the cause, which may tell the code
	}

	return id.In(country)
}

// errNotCanonical is what is wrong with a code that was opened, and that no individual has.
var errNotCanonical = errors.New("guichet: not a canonical code")

// individualBound is what an individual's code is sealed to: the structure, and the identity under which that is stored.
func individualBound(id structure.ID, hidden identifier.ID) []byte {
	return []byte("guichet individual 1\x00" + string(id) + "\x00" + hidden.Country() + "\x00" + hidden.Code())
}

// seal returns a structure as it is stored. It is the only way for one into the store below.
func (l *layer) seal(s structure.Structure) (structure.Structure, error) {
	if s.Identity.Kind() != identifier.Individual {
		s.Sealed = nil

		return s, nil
	}

	// It was read, and could not be opened: it stays what it is. A copy of it (rule C9) is new, and has a code that was typed.
	if len(s.Sealed) > 0 && s.Version > 0 {
		return s, nil
	}

	hidden, err := l.hidden(s.Identity)
	if err != nil {
		return s, err
	}

	sealed, err := l.sealer.Seal([]byte(s.Identity.Code()), individualBound(s.ID, hidden))
	if err == nil && len(sealed) == 0 {
		err = ErrSealed
	}

	if err != nil {
		return s, fmt.Errorf("guichet: sealing structure %s: %w", s.ID, err)
	}

	s.Identity, s.Sealed = hidden, sealed

	return s, nil
}

// open returns a structure as people know it; with an error, as it is stored. Error: [ErrSealed].
func (l *layer) open(s structure.Structure) (structure.Structure, error) {
	if s.Identity.Kind() != identifier.Individual {
		s.Sealed = nil

		return s, nil
	}

	if len(s.Sealed) == 0 { // from before the sealer
		return s, nil
	}

	code, err := l.sealer.Open(s.Sealed, individualBound(s.ID, s.Identity))
	if errors.Is(err, ErrSealed) {
		return s, fmt.Errorf("structure %s: %w", s.ID, err)
	} else if err != nil {
		return s, fmt.Errorf("%w: structure %s: %w", ErrSealed, s.ID, err)
	}

	id, err := individual(s.Identity.Country(), string(code))
	if err != nil {
		return s, fmt.Errorf("%w: structure %s: %w", ErrSealed, s.ID, err)
	}

	s.Identity, s.Sealed = id, nil

	return s, nil
}

// opening opens the structures of one answer, and tells the log at the end which could not be.
type opening struct {
	*layer

	lost  []structure.ID
	first error
}

// structure opens one of several.
func (o *opening) structure(s structure.Structure) structure.Structure {
	out, err := o.open(s)
	if err != nil {
		o.lost = append(o.lost, s.ID)
		o.first = cmp.Or(o.first, err)
	}

	return out
}

// row opens a row of a list. Error: a row of a kind that this was not told of, which might hold a structure.
func (o *opening) row(row any) (any, error) {
	switch row := row.(type) {
	case structure.Structure:
		return o.structure(row), nil
	case storage.OpenRequest:
		row.Structure = o.structure(row.Structure)

		return row, nil
	case storage.RosterRow:
		row.Structure = o.structure(row.Structure)

		return row, nil
	case account.Account, account.Credential, account.Registration, structure.Service,
		storage.DueRow, storage.Entry, storage.Member, storage.Message:
		return row, nil
	default:
		return nil, fmt.Errorf("guichet: %w: a sealed store with rows %T", errors.ErrUnsupported, row)
	}
}

// tell logs what could not be opened.
func (o *opening) tell(ctx context.Context) {
	if len(o.lost) > 0 {
		o.log.ErrorContext(ctx, "guichet: individuals' codes cannot be opened", "structures", len(o.lost), "first", o.lost[0], "err", o.first)
	}
}

// sealedReader opens what a reader returns. Every method whose answer holds a structure is here; the others are the reader's.
type sealedReader struct {
	storage.Reader

	layer *layer
}

// Structure is [storage.Reader]. Errors: [storage.ErrNotFound], [ErrSealed].
func (r sealedReader) Structure(ctx context.Context, id structure.ID) (structure.Structure, error) {
	return r.one(r.Reader.Structure(ctx, id))
}

// one opens a structure that was asked for alone.
func (r sealedReader) one(s structure.Structure, err error) (structure.Structure, error) {
	if err != nil {
		return structure.Structure{}, err
	}

	if s, err = r.layer.open(s); err != nil {
		return structure.Structure{}, err
	}

	return s, nil
}

// StructureByIdentity is [storage.Reader]. An individual is looked for by hash, then as it was stored before the sealer, then by
// hash again, since it may have been sealed between the two. Errors: [storage.ErrNotFound], [ErrSealed], [ErrKeys].
func (r sealedReader) StructureByIdentity(ctx context.Context, id identifier.ID) (structure.Structure, error) {
	if id.Kind() != identifier.Individual {
		return r.one(r.Reader.StructureByIdentity(ctx, id))
	}

	hidden, err := r.layer.hidden(id)
	if err != nil {
		return structure.Structure{}, err
	}

	for _, stored := range []struct {
		id     identifier.ID
		sealed bool
	}{{hidden, true}, {id, false}, {hidden, true}} {
		s, err := r.Reader.StructureByIdentity(ctx, stored.id)

		switch {
		case errors.Is(err, storage.ErrNotFound):
			continue
		case err == nil && (len(s.Sealed) > 0) != stored.sealed: // somebody typed what another's hash looks like
			continue
		}

		s, err = r.one(s, err)
		if err == nil && s.Identity != id { // two of one hash: no key, or no hash, is what it was
			err = fmt.Errorf("%w: structure %s: another code was sealed there", ErrSealed, s.ID)
		}

		if err != nil {
			return structure.Structure{}, err
		}

		return s, nil
	}

	return structure.Structure{}, storage.ErrNotFound
}

// Roster is [storage.Reader].
func (r sealedReader) Roster(ctx context.Context, q storage.RosterQuery) (storage.Slice, error) {
	slice, err := r.Reader.Roster(ctx, q)
	if err != nil {
		return slice, err
	}

	o := &opening{layer: r.layer}
	slice.Facts.Structure = o.structure(slice.Facts.Structure)
	o.tell(ctx)

	return slice, nil
}

// Memberships is [storage.Reader].
func (r sealedReader) Memberships(ctx context.Context, id account.ID) (storage.Memberships, error) {
	m, err := r.Reader.Memberships(ctx, id)
	if err != nil {
		return m, err
	}

	o := &opening{layer: r.layer}
	for i := range m.Rows {
		m.Rows[i].Structure = o.structure(m.Rows[i].Structure)
	}

	o.tell(ctx)

	return m, nil
}

// Page is [storage.Reader].
func (r sealedReader) Page(ctx context.Context, q storage.Query) (storage.Page, error) {
	page, err := r.Reader.Page(ctx, q)
	if err != nil {
		return page, err
	}

	o := &opening{layer: r.layer}

	for i := range page.Rows {
		if page.Rows[i], err = o.row(page.Rows[i]); err != nil {
			return storage.Page{}, err
		}
	}

	o.tell(ctx)

	return page, nil
}

// sealedStore is a store over another.
type sealedStore struct {
	sealedReader

	store storage.Store
}

// sealingStore returns the store that a layer makes of another, which can join if that one can.
func sealingStore(store storage.Store, l *layer) storage.Store {
	over := sealedStore{sealedReader: sealedReader{Reader: store, layer: l}, store: store}

	if joiner, ok := storage.As[storage.Joiner](store); ok {
		return sealedJoiner{sealedStore: over, joiner: joiner}
	}

	return over
}

// Update is [storage.Store].
func (s sealedStore) Update(
	ctx context.Context, fn func(ctx context.Context, r storage.Reader) (storage.Batch, error),
) error {
	return s.store.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		batch, err := fn(ctx, sealedReader{Reader: r, layer: s.layer})
		if err != nil {
			return batch, err
		}

		batch.Structures = slices.Clone(batch.Structures)

		for i, row := range batch.Structures {
			if batch.Structures[i], err = s.layer.seal(row); err != nil {
				return storage.Batch{}, err
			}
		}

		return batch, nil
	})
}

// Unwrap lets [storage.As] find what else the store below can do. What would go past the seals is [storage.Joiner], which is
// found before it.
func (s sealedStore) Unwrap() storage.Store { return s.store }

// sealed is the store itself, also where it is a [sealedJoiner].
func (s sealedStore) sealed() sealedStore { return s }

// sealedJoiner is one over a store that can join.
type sealedJoiner struct {
	sealedStore

	joiner storage.Joiner
}

// Join is [storage.Joiner].
func (s sealedJoiner) Join(q storage.Querier) (storage.Store, error) {
	joined, err := s.joiner.Join(q)
	if err != nil {
		return nil, err
	}

	return sealingStore(joined, s.layer), nil
}

// usable tells whether a sealer does what the portal builds on. Errors: [ErrKeys], [ErrSealed]; the sealer's.
func usable(sealer Sealer) error {
	l := &layer{sealer: sealer}

	probe, err := individual("FR", "GUICHET")
	if err != nil {
		return err
	}

	sealed, err := l.seal(structure.Structure{Identity: probe})
	if err != nil {
		return err
	}

	opened, err := l.open(sealed)
	if err == nil && opened.Identity != probe {
		err = ErrSealed
	}

	if again, failed := l.hidden(probe); err == nil && (failed != nil || again != sealed.Identity || !sealer.Current(sealed.Sealed)) {
		err = fmt.Errorf("%w: the sealer's hash or current key is another from call to call", ErrKeys)
	}

	return err
}
