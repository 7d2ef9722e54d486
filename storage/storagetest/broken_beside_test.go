package storagetest_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/structure"
)

const (
	staleBeside  = "S4_S16_StaleRowBesideAnOperation"
	guardBeside  = "S4_S16_GuardBesideAnOperation"
	keyBeside    = "S5_S16_UniqueKeyBesideAnOperation"
	holderBeside = "S6_S16_HolderBesideAnOperation"
	holderHas    = "S6_D2_HolderHasARow"
)

// beside is a store that writes batches with operations in another way, and the others rightly. It is given the batch and
// the answer of a right store, which wrote nothing if it is an error.
func beside(refused func(ctx context.Context, s *memory.Store, b storage.Batch, err error) error) func() storage.Store {
	return writes(func(ctx context.Context, s *memory.Store, f fn) error {
		b, err := decides(ctx, s, f)
		if err != nil {
			return err
		}

		if err = put(ctx, s, b); err == nil || len(b.Operations) == 0 {
			return err
		}

		return refused(ctx, s, b, err)
	})
}

// justMessages are what of a batch doubles no key and has no version that is wrong.
func justMessages(b storage.Batch) storage.Batch { return storage.Batch{Messages: b.Messages} }

// holds is a store that lets a holder through whose row it finds where it should not look.
func holds(has func(ctx context.Context, s *memory.Store, r attachment.Roster) bool) func() storage.Store {
	return writes(func(ctx context.Context, s *memory.Store, f fn) error {
		b, err := decides(ctx, s, f)
		if err != nil {
			return err
		}

		if err = put(ctx, s, b); !errors.Is(err, memory.ErrBatch) {
			return err
		}

		for i, r := range b.Rosters {
			if has(ctx, s, r) {
				b.Rosters[i].Holder = "" // as good as any that has no row
			}
		}

		return put(ctx, s, b)
	})
}

// besideDefects are wrong about batches that have operations too.
func besideDefects() []defect {
	return slices.Concat(besideBatchDefects(), []defect{
		{
			"a holder's row at a service will do",
			holds(func(_ context.Context, _ *memory.Store, r attachment.Roster) bool {
				return len(r.RowsOf(r.Holder)) > 0
			}),
			[]string{holderHas},
		},
		{
			"a holder's stored row at a service will do",
			holds(func(ctx context.Context, s *memory.Store, r attachment.Roster) bool {
				slice, _ := s.Roster(ctx, storage.RosterQuery{Structure: r.Structure, Accounts: []account.ID{r.Holder}})

				return len(slice.Roster.RowsOf(r.Holder)) > 0
			}),
			[]string{holderHas},
		},
		{"a service of the same code at the other structure is kept", writes(copiesAround), []string{noCopy}},
		{
			"versions advance only where something was left to erase",
			onErase(unchanged),
			[]string{erasedAgain},
		},
		{
			"the head of a roster advances only where something was left to erase",
			onErase(func(_ account.ID, o *outcome) { unchangedHeads(o) }),
			[]string{erasedAgain},
		},
		{
			"what they noted goes with their registration",
			onPurge(func(_ storage.Purge, o *outcome) {
				for i, e := range o.after.Journal {
					if gone(o, e.Actor.ID) && !has(o.after.Accounts, account.Account{ID: e.Actor.ID}, accountKey) {
						o.after.Journal[i].Note = ""
					}
				}
			}),
			[]string{registered},
		},
		{
			"messages about them go with their registration",
			onPurge(func(_ storage.Purge, o *outcome) {
				o.after.Messages = slices.DeleteFunc(o.after.Messages, func(m storage.Message) bool {
					return m.State != storage.Queued && gone(o, m.Account)
				})
			}),
			[]string{registered},
		},
		{
			"contact addresses are compared without case",
			onErase(func(id account.ID, o *outcome) {
				contact := of(o.mid.Accounts, account.Account{ID: id}, accountKey).Person.Contact
				o.after.Messages = slices.DeleteFunc(o.after.Messages, func(m storage.Message) bool {
					return contact != "" && m.State != storage.Queued && strings.EqualFold(m.To, contact)
				})
			}),
			[]string{erased},
		},
		{"sequences are ordered as texts", onPurge(bySequenceAsText), []string{journaled}},
	})
}

func besideBatchDefects() []defect {
	return []defect{
		{
			"beside an operation versions are not compared",
			beside(func(ctx context.Context, s *memory.Store, b storage.Batch, _ error) error {
				return put(ctx, s, withStoredVersions(ctx, s, b))
			}),
			[]string{staleBeside},
		},
		{
			"beside an operation a lost race is lost by its row alone",
			beside(func(ctx context.Context, s *memory.Store, b storage.Batch, err error) error {
				_ = put(ctx, s, justMessages(b))

				return err
			}),
			[]string{staleBeside, guardBeside, keyBeside, holderBeside},
		},
		{
			"beside an operation guards are ignored",
			beside(func(ctx context.Context, s *memory.Store, b storage.Batch, _ error) error {
				b.Guards = nil

				return put(ctx, s, b)
			}),
			[]string{guardBeside},
		},
		{
			"beside an operation a doubled key is passed over",
			beside(func(ctx context.Context, s *memory.Store, b storage.Batch, err error) error {
				if !errors.Is(err, storage.ErrExists) {
					return err
				}

				return put(ctx, s, justMessages(b))
			}),
			[]string{keyBeside},
		},
		{
			"beside an operation a doubled key is a lost race",
			beside(func(_ context.Context, _ *memory.Store, _ storage.Batch, err error) error {
				if errors.Is(err, storage.ErrExists) {
					return storage.ErrConflict
				}

				return err
			}),
			[]string{keyBeside},
		},
		{
			"beside an operation the place of a link is not looked at",
			beside(func(ctx context.Context, s *memory.Store, b storage.Batch, err error) error {
				if len(b.Links) == 0 || !isConflict(err) {
					return err
				}

				for i := range b.Links {
					b.Links[i].Seq += 1000
				}

				return put(ctx, s, b)
			}),
			[]string{keyBeside},
		},
		{
			"beside an operation a holder without a row is let through",
			beside(func(ctx context.Context, s *memory.Store, b storage.Batch, err error) error {
				if !errors.Is(err, memory.ErrBatch) {
					return err
				}

				for i := range b.Rosters {
					b.Rosters[i].Holder = ""
				}

				return put(ctx, s, b)
			}),
			[]string{holderBeside},
		},
		{
			"beside an operation a holder without a row is a lost race",
			beside(func(_ context.Context, _ *memory.Store, _ storage.Batch, err error) error {
				if errors.Is(err, memory.ErrBatch) {
					return storage.ErrConflict
				}

				return err
			}),
			[]string{holderBeside},
		},
	}
}

// copiesAround copies to a structure that has a service of the same code, and leaves that as it is.
func copiesAround(ctx context.Context, s *memory.Store, f fn) error {
	b, err := decides(ctx, s, f)
	if err != nil {
		return err
	}

	err = put(ctx, s, b)
	if !isConflict(err) || len(b.Operations) != 1 {
		return err
	}

	op, ok := b.Operations[0].(storage.CopyStructure)
	if !ok || !served(ctx, s, op.To) {
		return err
	}

	from, _ := s.Roster(ctx, storage.RosterQuery{Structure: op.From})
	if from.Roster.Version != op.Version {
		return err
	}

	head := from.Roster
	head.Structure, head.Version, head.Queue = op.To, 0, nil
	b.Operations, b.Rosters = nil, append(b.Rosters, head)

	return put(ctx, s, b)
}

// served tells whether a structure has a service that the world's old structure has, and no roster.
func served(ctx context.Context, r storage.Reader, id structure.ID) bool {
	slice, err := r.Roster(ctx, storage.RosterQuery{Structure: id, Services: []structure.Code{"SRV-1", "SRV-2"}})

	return err == nil && slice.Roster.Version == 0 && len(slice.Facts.Services) > 0
}

// unchanged takes back the versions of rows that an erasure found as it leaves them.
func unchanged(id account.ID, o *outcome) {
	for i, row := range o.after.Accounts {
		if old := of(o.mid.Accounts, row, accountKey); row.ID == id && old.Login.IsZero() {
			o.after.Accounts[i].Version = old.Version
		}
	}

	for i, row := range o.after.Registrations {
		if old := of(o.mid.Registrations, row, registrationKey); row.ID == id && old.Login.IsZero() {
			o.after.Registrations[i].Version = old.Version
		}
	}

	unchangedHeads(o)
}

func unchangedHeads(o *outcome) {
	for i, r := range o.after.Rosters {
		old := of(o.mid.Rosters, r, rosterKey)

		personal := slices.ContainsFunc(old.Rows, func(row attachment.Attachment) bool {
			left := of(r.Rows, row, rowKey)

			return row.Comment != left.Comment || row.Decision.Reason != left.Decision.Reason || (row.Details == nil) != (left.Details == nil)
		})
		if !personal {
			o.after.Rosters[i].Version = old.Version
		}
	}
}

// bySequenceAsText purges as many entries as it should, and takes 10 for less than 9.
func bySequenceAsText(op storage.Purge, o *outcome) {
	if op.Journal.IsZero() {
		return
	}

	rows := slices.Clone(o.mid.Journal)
	slices.SortStableFunc(rows, func(a, b storage.Entry) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Operation, b.Operation), cmp.Compare(strconv.Itoa(a.Seq), strconv.Itoa(b.Seq)))
	})

	left := op.Limit
	o.after.Journal = slices.DeleteFunc(rows, func(e storage.Entry) bool {
		goes := left > 0 && !e.At.IsZero() && e.At.Before(op.Journal)
		if goes {
			left--
		}

		return goes
	})
}
