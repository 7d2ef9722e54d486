package storagetest_test

import (
	"slices"
	"strings"
	"time"

	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// brokenCopies copy structures wrongly.
func brokenCopies() []defect {
	// ends bungles the rosters at both ends of a copy.
	ends := func(bungle func(from, to *attachment.Roster, was attachment.Roster)) func(storage.CopyStructure, *outcome) {
		return func(op storage.CopyStructure, o *outcome) {
			var from, to *attachment.Roster

			for i, r := range o.after.Rosters {
				switch r.Structure {
				case op.From:
					from = &o.after.Rosters[i]
				case op.To:
					to = &o.after.Rosters[i]
				}
			}

			bungle(from, to, of(o.mid.Rosters, *from, rosterKey))
		}
	}

	return []defect{
		{
			"the copy has no grants",
			onCopy(ends(func(_, to *attachment.Roster, _ attachment.Roster) {
				for i := range to.Rows {
					to.Rows[i].Grants = nil
				}
			})),
			[]string{copied, copiedVacant},
		},
		{
			"the copy's grants are given anew",
			onCopy(ends(func(_, to *attachment.Roster, _ attachment.Roster) {
				for _, row := range to.Rows {
					for i := range row.Grants {
						row.Grants[i].At = row.Since
					}
				}
			})),
			[]string{copied},
		},
		{
			"the copy has no details",
			onCopy(ends(func(_, to *attachment.Roster, _ attachment.Roster) {
				for i := range to.Rows {
					to.Rows[i].Details = nil
				}
			})),
			[]string{copied},
		},
		{
			"rows that moved are left behind",
			onCopy(ends(func(from, _ *attachment.Roster, was attachment.Roster) { from.Rows = was.Rows })),
			[]string{copied, copiedVacant},
		},
		{
			"approved rows are left behind",
			onCopy(ends(func(from, _ *attachment.Roster, was attachment.Roster) {
				for _, row := range was.Rows {
					if row.State == attachment.Approved {
						from.Rows = append(from.Rows, row)
					}
				}
			})),
			[]string{copied},
		},
		{
			"rows at services are not moved",
			onCopy(ends(func(from, to *attachment.Roster, was attachment.Roster) {
				requested := func(row attachment.Attachment) bool { return row.Service != "" && moves(row) }
				to.Rows = slices.DeleteFunc(to.Rows, requested)

				for _, row := range was.Rows {
					if requested(row) {
						from.Rows = append(from.Rows, row)
					}
				}
			})),
			[]string{copied},
		},
		{
			"attachments are moved too",
			onCopy(ends(func(from, _ *attachment.Roster, _ attachment.Roster) {
				from.Rows = slices.DeleteFunc(from.Rows, func(row attachment.Attachment) bool {
					return row.Account != from.Holder && row.State == attachment.Attached
				})
			})),
			[]string{copied},
		},
		{
			"rows that are over are not copied",
			onCopy(ends(func(_, to *attachment.Roster, _ attachment.Roster) {
				to.Rows = slices.DeleteFunc(to.Rows, over)
			})),
			[]string{copied, copiedVacant},
		},
		{
			"wishes are left behind",
			onCopy(ends(func(from, _ *attachment.Roster, was attachment.Roster) {
				for i, row := range from.Rows {
					from.Rows[i].Wish = of(was.Rows, row, rowKey).Wish
				}
			})),
			[]string{copied, copiedVacant},
		},
		{
			"what is left of wishes that were decided is left behind",
			onCopy(ends(func(from, _ *attachment.Roster, was attachment.Roster) {
				for i, row := range from.Rows {
					if wish := of(was.Rows, row, rowKey).Wish; !wish.Open() {
						from.Rows[i].Wish = wish
					}
				}
			})),
			[]string{copied, copiedVacant},
		},
		{
			"decisions go with the wishes",
			onCopy(ends(func(from, _ *attachment.Roster, _ attachment.Roster) {
				for i := range from.Rows {
					from.Rows[i].Wish = attachment.Wish{}
				}
			})),
			[]string{copied, copiedVacant},
		},
		{
			"the copy has no wishes",
			onCopy(ends(func(_, to *attachment.Roster, _ attachment.Roster) {
				for i := range to.Rows {
					to.Rows[i].Wish = attachment.Wish{}
				}
			})),
			[]string{copied, copiedVacant},
		},
		{
			"deciders are reminded of what moved",
			onCopy(ends(func(from, _ *attachment.Roster, was attachment.Roster) {
				for i, row := range from.Rows {
					from.Rows[i].Remind = of(was.Rows, row, rowKey).Remind
				}
			})),
			[]string{copied, copiedVacant},
		},
		{
			"the copy reminds nobody",
			onCopy(ends(func(_, to *attachment.Roster, _ attachment.Roster) {
				for i := range to.Rows {
					to.Rows[i].Remind = time.Time{}
				}
			})),
			[]string{copied, copiedVacant},
		},
		{
			"nobody is invited to the copy",
			onCopy(ends(func(_, to *attachment.Roster, _ attachment.Roster) {
				for i := range to.Rows {
					to.Rows[i].Invited = ""
				}
			})),
			[]string{copied, copiedVacant},
		},
		{
			"who was invited is named where they were",
			onCopy(ends(func(from, _ *attachment.Roster, _ attachment.Roster) {
				for i := range from.Rows {
					from.Rows[i].Invited = ""
				}
			})),
			[]string{copied, copiedVacant},
		},
		{
			"nobody contests the copy",
			onCopy(ends(func(_, to *attachment.Roster, _ attachment.Roster) { to.Contest = attachment.Contest{} })),
			[]string{copied, copiedVacant},
		},
		{
			"the contest moves to the copy",
			onCopy(ends(func(from, _ *attachment.Roster, _ attachment.Roster) { from.Contest = attachment.Contest{} })),
			[]string{copied, copiedVacant},
		},
		{
			"the copy has nothing to look through",
			onCopy(ends(func(_, to *attachment.Roster, _ attachment.Roster) { to.Review = attachment.Review{} })),
			[]string{copied, copiedVacant},
		},
		{
			"the copy begins with version 1",
			onCopy(ends(func(_, to *attachment.Roster, _ attachment.Roster) { to.Version = 1 })),
			[]string{copied, copiedVacant},
		},
		{
			"the copy has the version that the roster has now",
			onCopy(ends(func(from, to *attachment.Roster, _ attachment.Roster) { to.Version = from.Version })),
			[]string{copied, copiedVacant},
		},
		{
			"the copy is managed", // by nobody
			onCopy(ends(func(_, to *attachment.Roster, _ attachment.Roster) { to.Standing = attachment.Managed })),
			[]string{copiedVacant},
		},
		{
			"the roster that was copied is vacant",
			onCopy(ends(func(from, _ *attachment.Roster, _ attachment.Roster) {
				from.Standing, from.Holder = attachment.Vacant, ""
			})),
			[]string{copied},
		},
		{
			"nobody is counted as attached to the copy",
			onCopy(ends(func(_, to *attachment.Roster, _ attachment.Roster) { to.Attached = 0 })),
			[]string{copied, copiedVacant},
		},
		{
			"the structures are told of each other",
			onCopy(func(op storage.CopyStructure, o *outcome) {
				for i, row := range o.after.Structures {
					switch row.ID {
					case op.From:
						o.after.Structures[i].Successor = op.To
					case op.To:
						o.after.Structures[i].Predecessor = op.From
					}
				}
			}),
			[]string{copied, copiedVacant},
		},
		{
			"the copy is not asked about",
			onCopy(func(op storage.CopyStructure, o *outcome) {
				for i, row := range o.after.Structures {
					if row.ID == op.To {
						o.after.Structures[i].Verification = structure.Unasked
					}
				}
			}),
			[]string{copied, copiedVacant},
		},
		{
			"the copy has no services",
			onCopy(func(_ storage.CopyStructure, o *outcome) { o.after.Services = o.mid.Services }),
			[]string{copied, copiedVacant},
		},
		{
			"services keep their versions",
			onCopy(func(op storage.CopyStructure, o *outcome) {
				for i, row := range o.after.Services {
					if row.Structure == op.To {
						row.Structure = op.From
						o.after.Services[i].Version = of(o.mid.Services, row, serviceKey).Version
					}
				}
			}),
			[]string{copied},
		},
		{
			"services that are inactive are not copied",
			onCopy(func(op storage.CopyStructure, o *outcome) {
				for i, row := range o.after.Services {
					if row.Structure == op.To && row.Inactive {
						o.after.Services = slices.Delete(o.after.Services, i, i+1)

						break
					}
				}
			}),
			[]string{copied},
		},
		{
			"structures are compared without case",
			onCopy(func(op storage.CopyStructure, o *outcome) {
				for i, row := range o.after.Registrations {
					if strings.EqualFold(string(row.Structure), string(op.From)) {
						o.after.Registrations[i].Structure = op.To
						o.after.Registrations[i].Version++
					}
				}
			}),
			[]string{copied},
		},
		{
			"structures are compared by how they begin",
			onCopy(func(op storage.CopyStructure, o *outcome) {
				for i, row := range o.after.Messages {
					if row.State == storage.Queued && strings.HasPrefix(string(row.Structure), string(op.From)) {
						o.after.Messages[i].Structure = op.To
						o.after.Messages[i].Version++
					}
				}
			}),
			[]string{copied},
		},
		{
			"registrations that are over stay for the old structure",
			onCopy(func(_ storage.CopyStructure, o *outcome) {
				for i, row := range o.after.Registrations {
					if !row.Open() {
						o.after.Registrations[i] = of(o.mid.Registrations, row, registrationKey)
					}
				}
			}),
			[]string{copied},
		},
		{
			"parked messages stay about the old structure",
			onCopy(func(_ storage.CopyStructure, o *outcome) {
				for i, row := range o.after.Messages {
					if row.State == storage.Parked {
						o.after.Messages[i] = of(o.mid.Messages, row, messageKey)
					}
				}
			}),
			[]string{copied},
		},
		{
			"messages that were sent are about the new structure",
			onCopy(func(op storage.CopyStructure, o *outcome) {
				for i, row := range o.after.Messages {
					if row.Structure == op.From {
						o.after.Messages[i].Structure = op.To
						o.after.Messages[i].Version++
					}
				}
			}),
			[]string{copied},
		},
		{
			"the journal is about the new structure",
			onCopy(func(op storage.CopyStructure, o *outcome) {
				for i, e := range o.after.Journal {
					if e.Structure == op.From {
						o.after.Journal[i].Structure = op.To
					}
				}
			}),
			[]string{copied},
		},
	}
}

// over tells whether a row is none any more.
func over(row attachment.Attachment) bool {
	return slices.Contains([]attachment.State{
		attachment.Refused, attachment.Withdrawn, attachment.Lapsed, attachment.Detached,
	}, row.State)
}
