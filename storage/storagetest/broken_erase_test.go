package storagetest_test

import (
	"slices"
	"strings"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
)

// brokenErasures erase accounts wrongly.
func brokenErasures() []defect {
	// theirs bungles the account's rows in rosters.
	theirs := func(bungle func(row *attachment.Attachment, was attachment.Attachment)) func(account.ID, *outcome) {
		return func(id account.ID, o *outcome) {
			for _, r := range o.after.Rosters {
				was := of(o.mid.Rosters, r, rosterKey)

				for i, row := range r.Rows {
					if row.Account == id {
						bungle(&r.Rows[i], of(was.Rows, row, rowKey))
					}
				}
			}
		}
	}
	// leaves and takes are messages that should have gone, and that should not.
	leaves := func(which func(m storage.Message, was account.Account) bool) func(account.ID, *outcome) {
		return func(id account.ID, o *outcome) {
			was := of(o.mid.Accounts, account.Account{ID: id}, accountKey)

			for _, row := range o.mid.Messages {
				if !has(o.after.Messages, row, messageKey) && which(row, was) {
					o.after.Messages = append(o.after.Messages, row)
				}
			}
		}
	}
	takes := func(which func(m storage.Message, was account.Account) bool) func(account.ID, *outcome) {
		return func(id account.ID, o *outcome) {
			was := of(o.mid.Accounts, account.Account{ID: id}, accountKey)
			o.after.Messages = slices.DeleteFunc(o.after.Messages, func(m storage.Message) bool { return which(m, was) })
		}
	}
	notes := func(kept func(e storage.Entry, id account.ID) bool) func(account.ID, *outcome) {
		return func(id account.ID, o *outcome) {
			for i, e := range o.after.Journal {
				if kept(e, id) {
					o.after.Journal[i].Note = of(o.mid.Journal, e, entryKey).Note
				}
			}
		}
	}

	return []defect{
		{
			"comments stay",
			onErase(theirs(func(row *attachment.Attachment, was attachment.Attachment) { row.Comment = was.Comment })),
			[]string{erased, seesTheBatch, inOrder},
		},
		{
			"details stay",
			onErase(theirs(func(row *attachment.Attachment, was attachment.Attachment) { row.Details = was.Details })),
			[]string{erased},
		},
		{
			"reasons stay",
			onErase(theirs(func(row *attachment.Attachment, was attachment.Attachment) {
				row.Decision.Reason = was.Decision.Reason
			})),
			[]string{erased},
		},
		{
			"wishes' comments stay",
			onErase(theirs(func(row *attachment.Attachment, was attachment.Attachment) { row.Wish.Comment = was.Wish.Comment })),
			[]string{erased, seesTheBatch},
		},
		{
			"why wishes were refused stays",
			onErase(theirs(func(row *attachment.Attachment, was attachment.Attachment) {
				row.Wish.Decision.Reason = was.Wish.Decision.Reason
			})),
			[]string{erased},
		},
		{
			"wishes go with their comments",
			onErase(theirs(func(row *attachment.Attachment, _ attachment.Attachment) { row.Wish = attachment.Wish{} })),
			[]string{erased},
		},
		{
			"as whom they were invited stays",
			onErase(theirs(func(row *attachment.Attachment, was attachment.Attachment) { row.Invited = was.Invited })),
			[]string{erased},
		},
		{
			"when they contested goes",
			onErase(theirs(func(row *attachment.Attachment, _ attachment.Attachment) { row.Contested = time.Time{} })),
			[]string{erased},
		},
		{
			"decisions go with their reasons",
			onErase(theirs(func(row *attachment.Attachment, _ attachment.Attachment) { row.Decision = attachment.Decision{} })),
			[]string{erased},
		},
		{
			"rows at services stay as they are",
			onErase(theirs(func(row *attachment.Attachment, was attachment.Attachment) {
				if row.Service != "" {
					*row = was
				}
			})),
			[]string{erased},
		},
		{
			"open rows are withdrawn",
			onErase(theirs(func(row *attachment.Attachment, _ attachment.Attachment) {
				if row.State.Open() {
					row.State = attachment.Withdrawn
				}
			})),
			[]string{erased},
		},
		{
			"rows go",
			onErase(func(id account.ID, o *outcome) {
				for i, r := range o.after.Rosters {
					o.after.Rosters[i].Rows = slices.DeleteFunc(r.Rows, func(row attachment.Attachment) bool {
						return row.Account == id
					})
				}
			}),
			[]string{erased},
		},
		{
			"accounts are compared by how they begin",
			onErase(func(id account.ID, o *outcome) {
				for _, r := range o.after.Rosters {
					for i, row := range r.Rows {
						if strings.HasPrefix(string(row.Account), string(id)) {
							r.Rows[i].Comment = ""
						}
					}
				}
			}),
			[]string{erased},
		},
		{
			"the account's state is set",
			onErase(func(id account.ID, o *outcome) {
				for i, row := range o.after.Accounts {
					if row.ID == id {
						o.after.Accounts[i].State = account.Blocked
					}
				}
			}),
			[]string{erased, erasedAgain},
		},
		{
			"the account goes",
			onErase(func(id account.ID, o *outcome) {
				o.after.Accounts = slices.DeleteFunc(o.after.Accounts, func(a account.Account) bool { return a.ID == id })
			}),
			[]string{erased, erasedAgain},
		},
		{
			"the account's name stays",
			onErase(func(id account.ID, o *outcome) {
				for i, row := range o.after.Accounts {
					if row.ID == id {
						o.after.Accounts[i].Person.LastName = of(o.mid.Accounts, row, accountKey).Person.LastName
					}
				}
			}),
			[]string{erased},
		},
		{
			"consents stay",
			onErase(func(id account.ID, o *outcome) {
				for i, row := range o.after.Accounts {
					if row.ID == id {
						o.after.Accounts[i].Survey = of(o.mid.Accounts, row, accountKey).Survey
					}
				}
			}),
			[]string{erased},
		},
		{
			"what is not said to be erased is erased",
			onErase(func(id account.ID, o *outcome) {
				for i, row := range o.after.Accounts {
					if row.ID == id {
						o.after.Accounts[i].ClaimDay, o.after.Accounts[i].Claims = time.Time{}, 0
					}
				}
			}),
			[]string{erased},
		},
		{
			"when the contact address was confirmed is erased",
			onErase(func(id account.ID, o *outcome) {
				for i, row := range o.after.Accounts {
					if row.ID == id {
						o.after.Accounts[i].ContactAt = time.Time{}
					}
				}
			}),
			[]string{erased},
		},
		{
			"the registration is no separate one any more",
			onErase(func(id account.ID, o *outcome) {
				for i, row := range o.after.Registrations {
					if row.ID == id {
						o.after.Registrations[i].Separate, o.after.Registrations[i].Due = false, time.Time{}
					}
				}
			}),
			[]string{erased},
		},
		{
			"links for other purposes stay",
			onErase(func(_ account.ID, o *outcome) {
				for _, row := range o.mid.Links {
					if row.Purpose != account.PurposeActivation && !has(o.after.Links, row, linkKey) {
						o.after.Links = append(o.after.Links, row)
					}
				}
			}),
			[]string{erased},
		},
		{
			"the registration stays as it is",
			onErase(func(_ account.ID, o *outcome) { o.after.Registrations = o.mid.Registrations }),
			[]string{erased},
		},
		{
			"the registration goes",
			onErase(func(id account.ID, o *outcome) {
				o.after.Registrations = slices.DeleteFunc(o.after.Registrations, func(r account.Registration) bool { return r.ID == id })
			}),
			[]string{erased},
		},
		{
			"the registration's time of refusal is erased",
			onErase(func(id account.ID, o *outcome) {
				for i, row := range o.after.Registrations {
					if row.ID == id {
						o.after.Registrations[i].RefusedAt = row.EndedAt
					}
				}
			}),
			[]string{erased},
		},
		{
			"the credential stays",
			onErase(func(_ account.ID, o *outcome) { o.after.Credentials = o.mid.Credentials }),
			[]string{erased, seesTheBatch},
		},
		{
			"links stay",
			onErase(func(_ account.ID, o *outcome) { o.after.Links = o.mid.Links }),
			[]string{erased, seesTheBatch},
		},
		{
			"only the newest link goes",
			onErase(func(id account.ID, o *outcome) {
				for _, row := range o.mid.Links {
					if row.Account == id && row.Seq == 1 {
						o.after.Links = append(o.after.Links, row)
					}
				}
			}),
			[]string{erased},
		},
		{
			"what others noted stays",
			onErase(notes(func(e storage.Entry, id account.ID) bool { return e.Account == id })),
			[]string{erased, seesTheBatch},
		},
		{
			"what they noted stays",
			onErase(notes(func(e storage.Entry, id account.ID) bool { return e.Actor.Is(id) && e.Account != id })),
			[]string{erased},
		},
		{
			"what support of the same name noted goes",
			onErase(func(id account.ID, o *outcome) {
				for i, e := range o.after.Journal {
					if e.Actor.Name == string(id) {
						o.after.Journal[i].Note = ""
					}
				}
			}),
			[]string{erased},
		},
		{
			"journal entries go",
			onErase(func(id account.ID, o *outcome) {
				o.after.Journal = slices.DeleteFunc(o.after.Journal, func(e storage.Entry) bool { return e.Account == id })
			}),
			[]string{erased},
		},
		{
			"messages about them stay",
			onErase(leaves(func(m storage.Message, _ account.Account) bool { return m.Account != "" })),
			[]string{erased},
		},
		{
			"messages to their login stay",
			onErase(leaves(func(m storage.Message, was account.Account) bool { return m.To == was.Login.String() })),
			[]string{erased},
		},
		{
			"messages to their contact address stay",
			onErase(leaves(func(m storage.Message, was account.Account) bool { return m.To == was.Person.Contact })),
			[]string{erased, seesTheBatch},
		},
		{
			"parked messages stay",
			onErase(leaves(func(m storage.Message, _ account.Account) bool { return m.State == storage.Parked })),
			[]string{erased},
		},
		{
			"queued messages go",
			onErase(takes(func(m storage.Message, was account.Account) bool { return m.Account == was.ID })),
			[]string{erased},
		},
		{
			"addresses are compared without case",
			onErase(takes(func(m storage.Message, was account.Account) bool {
				return m.State != storage.Queued && !was.Login.IsZero() && strings.EqualFold(m.To, was.Login.String())
			})),
			[]string{erased},
		},
		{
			"an empty address is one",
			onErase(takes(func(m storage.Message, was account.Account) bool {
				return m.State != storage.Queued && (m.To == was.Person.Contact || m.To == was.Login.String())
			})),
			[]string{erased, erasedAgain},
		},
	}
}
