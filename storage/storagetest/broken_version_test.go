package storagetest_test

import (
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
)

// brokenVersions advance versions too little or too much.
func brokenVersions() []defect {
	everywhere := []string{copied, copiedVacant, erased, registered, inOrder, seesTheBatch}
	stays := func(mid, _ int64) int64 { return mid }
	twice := func(mid, after int64) int64 { return after + after - mid }

	return []defect{
		{"versions stay", bungles(reversioned("", stays)), everywhere},
		{"versions advance twice", bungles(reversioned("", twice)), everywhere},
		{"the versions of rosters stay", bungles(reversioned("roster", stays)), everywhere},
		{"the versions of rosters advance twice", bungles(reversioned("roster", twice)), everywhere},
		{"the versions of accounts stay", bungles(reversioned("account", stays)), []string{copied, copiedVacant, erased}},
		{"the versions of accounts advance twice", bungles(reversioned("account", twice)), []string{copied, copiedVacant, erased}},
		{"the versions of registrations stay", bungles(reversioned("registration", stays)), []string{copied, copiedVacant, erased}},
		{"the versions of messages stay", bungles(reversioned("message", stays)), []string{copied, copiedVacant}},
		{
			"a roster advances once for each row that is purged",
			onPurge(func(_ storage.Purge, o *outcome) {
				for i, r := range o.after.Rosters {
					if gone := len(of(o.mid.Rosters, r, rosterKey).Rows) - len(r.Rows); gone > 0 {
						o.after.Rosters[i].Version += int64(gone) - 1
					}
				}
			}),
			[]string{registered, inOrder},
		},
		{
			"all rosters of a purge's people advance",
			onPurge(func(_ storage.Purge, o *outcome) {
				for i, r := range o.after.Rosters {
					for _, row := range r.Rows {
						who := account.Registration{ID: row.Account}
						if has(o.mid.Registrations, who, registrationKey) && !has(o.after.Registrations, who, registrationKey) {
							o.after.Rosters[i].Version = of(o.mid.Rosters, r, rosterKey).Version + 1
						}
					}
				}
			}),
			[]string{registered},
		},
		{
			"an account advances once for each of its rows",
			onCopy(func(op storage.CopyStructure, o *outcome) {
				to := of(o.after.Rosters, attachment.Roster{Structure: op.To}, rosterKey)
				for i, row := range o.after.Accounts {
					o.after.Accounts[i].Version = of(o.mid.Accounts, row, accountKey).Version + int64(len(to.RowsOf(row.ID)))
				}
			}),
			[]string{copied},
		},
		{
			"only the accounts that move advance",
			onCopy(func(op storage.CopyStructure, o *outcome) {
				to := of(o.after.Rosters, attachment.Roster{Structure: op.To}, rosterKey)
				for i, row := range o.after.Accounts {
					if !slices.ContainsFunc(to.RowsOf(row.ID), moves) {
						o.after.Accounts[i].Version = of(o.mid.Accounts, row, accountKey).Version
					}
				}
			}),
			[]string{copied},
		},
	}
}

// moves tells whether a row leaves the structure that is copied.
func moves(row attachment.Attachment) bool {
	return row.State == attachment.Requested || row.State == attachment.Approved
}

// reversioned gives rows of a kind that an operation changed another version; "" is every kind.
func reversioned(kind string, to func(mid, after int64) int64) func(*outcome) {
	return func(o *outcome) {
		if kind == "" || kind == "roster" {
			reversion(o.mid.Rosters, o.after.Rosters, rosterKey, func(r *attachment.Roster) *int64 { return &r.Version }, to)
		}

		if kind == "" || kind == "account" {
			reversion(o.mid.Accounts, o.after.Accounts, accountKey, func(r *account.Account) *int64 { return &r.Version }, to)
		}

		if kind == "" || kind == "registration" {
			reversion(o.mid.Registrations, o.after.Registrations, registrationKey,
				func(r *account.Registration) *int64 { return &r.Version }, to)
		}

		if kind == "" || kind == "message" {
			reversion(o.mid.Messages, o.after.Messages, messageKey, func(r *storage.Message) *int64 { return &r.Version }, to)
		}
	}
}

func reversion[T any](mid, after []T, key func(T) any, version func(*T) *int64, to func(mid, after int64) int64) {
	for i := range after {
		old := of(mid, after[i], key)
		if was, is := *version(&old), version(&after[i]); was != 0 && was != *is {
			*is = to(was, *is)
		}
	}
}
