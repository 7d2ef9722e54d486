package storagetest

import (
	"context"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// besideANote is a batch with an operation, and a row beside it that must not be there when the operation is refused.
func besideANote(op ...storage.Operation) storage.Batch {
	return storage.Batch{Messages: []storage.Message{note("beside", at(0))}, Operations: op}
}

func refusedCopies(model) []step {
	out := []step{{what: "a structure with services", batch: storage.Batch{
		Structures: []structure.Structure{place("served", 7), place("served-otherwise", 8)},
		Services: []structure.Service{
			{Structure: "served", Code: "SRV-2", Label: "Autre"}, {Structure: "served-otherwise", Code: "SRV-3", Label: "Autre"},
		},
	}}}

	for _, try := range []struct {
		what    string
		from    structure.ID
		to      structure.ID
		version int64
	}{
		{"a version that is past", "old", "new", headVersion - 1},
		{"a version to come", "old", "new", headVersion + 1},
		{"no version", "old", "new", 0},
		{"from a claimed structure", "claim", "new", headVersion},
		{"from an unclaimed structure", "OLD", "new", headVersion},
		{"from a structure without roster", "spare", "new", headVersion},
		{"from a structure without roster and version", "spare", "new", 0},
		{"from nowhere", "nowhere", "new", headVersion},
		{"to one with a roster", "old", "old-2", headVersion},
		{"to one with a roster that nobody holds", "old", "OLD", headVersion},
		{"to itself", "old", "old", headVersion},
		{"to nowhere", "old", "nowhere", headVersion},
		{"to one with a service of the same code", "old", "served", headVersion},
	} {
		out = append(out, step{
			what:  try.what,
			batch: besideANote(storage.CopyStructure{From: try.from, To: try.to, Version: try.version}), want: storage.ErrConflict,
		})
	}

	return append(out, step{what: "nothing wrong", batch: besideANote(copies())}, step{
		what:  "to one with a service of another code",
		batch: operates(storage.CopyStructure{From: "old", To: "served-otherwise", Version: headVersion + 1}),
	})
}

func refusedErasures(model) []step {
	var out []step

	for what, id := range map[string]account.ID{
		"an active account": "boss", "a deactivated account": "second", "a blocked account": "clerk",
		"a registration": "asker", "a registration that is over": "b-refused", "nobody": "nobody", "no id": "",
	} {
		out = append(out, step{what: what, batch: besideANote(storage.EraseAccount{Account: id}), want: storage.ErrConflict})
	}

	return append(out, step{what: "a closed account", batch: besideANote(storage.EraseAccount{Account: "gone"})})
}

func refusedOperations(m model) []step {
	able := []storage.Operation{
		copies(), storage.EraseAccount{Account: "gone"}, storage.Purge{Registrations: at(limit), Journal: at(limit)},
	}
	ends := func(op storage.Operation) storage.Batch {
		b := full(1, 0)
		b.Operations = append(append(b.Operations, able...), op)

		return b
	}

	// The rows before the operations: inserted, changed, and given away keys.
	changed := besideANote(storage.EraseAccount{Account: "boss"})
	boss, second := m.account("boss"), m.account("second")
	boss.Login, second.Login = second.Login, boss.Login
	changed.Accounts = []account.Account{boss, second}

	r := m.roster("old").Clone()
	r.Rows = []attachment.Attachment{row("asker", "", attachment.Refused, 1), row("newcomer", "", attachment.Requested, 3)}
	changed.Rosters = []attachment.Roster{r}

	lost := full(2, 0)
	lost.Guards = []storage.Guard{storage.RosterAt{Structure: "old", Version: headVersion + 1}}
	lost.Operations = able

	return []step{
		{what: "a copy that is refused at last", batch: ends(storage.CopyStructure{From: "old", To: "spare", Version: headVersion}), want: storage.ErrConflict},
		{what: "an erasure that is refused at last", batch: ends(storage.EraseAccount{Account: "boss"}), want: storage.ErrConflict},
		{what: "rows that were changed before it", batch: changed, want: storage.ErrConflict},
		{what: "a lost race", batch: lost, want: storage.ErrConflict},
		{what: "the same, and nothing refused", batch: operates(able...)},
	}
}

func (m model) account(id account.ID) account.Account {
	for _, a := range m.Accounts {
		if a.ID == id {
			return a
		}
	}

	return account.Account{}
}

func operationsThatSeeTheBatch(m model) []step {
	leaver := m.account("second")
	leaver.State = account.Closed
	leaver.Person.Contact = "second.contact@example.fr"

	r := m.roster("old-2").Clone()
	r.Rows = []attachment.Attachment{row("second", "", attachment.Withdrawn, headVersion+1)}

	told := note("told", at(0))
	told.State, told.DoneAt, told.To = storage.Sent, at(later), leaver.Person.Contact

	return []step{
		{what: "an account that the batch closes", batch: storage.Batch{
			Accounts:    []account.Account{leaver},
			Credentials: []account.Credential{{Account: "second", Password: "p", Question: "Qui ?", Answer: "a"}},
			Links:       []account.Link{link("of-second", "second", 1, later)},
			Rosters:     []attachment.Roster{r},
			Messages:    []storage.Message{told},
			Journal: []storage.Entry{{
				Operation: "leaves", Try: 1, At: at(later), Actor: account.By("second"), Action: "account closed",
				Structure: "old-2", Version: headVersion + 1, Account: "second", Note: "Au revoir",
			}},
			Operations: []storage.Operation{storage.EraseAccount{Account: "second"}},
		}},
		{what: "a structure that the batch puts", batch: copiedWithTheBatch(m)},
		{what: "rows that the batch ends", batch: endedByTheBatch(m)},
	}
}

// copiedWithTheBatch is a batch that puts what the structure that is copied gets at the last moment, and the one that it
// is copied to.
func copiedWithTheBatch(m model) storage.Batch {
	r := m.roster("old").Clone()
	r.Version = headVersion + 1 // the erasure before it
	r.Attached++
	newcomer := row("newcomer", "SRV-9", attachment.Attached, headVersion+1)
	r.Rows = []attachment.Attachment{newcomer, row("late", "", attachment.Requested, headVersion+1)}

	late := applicant("late", "old")
	late.CreatedAt = at(1)

	waiting := note("waiting", at(1))
	waiting.Structure, waiting.Account = "old", "late"

	return storage.Batch{
		Structures:    []structure.Structure{place("newest", 7)},
		Services:      []structure.Service{{Structure: "old", Code: "SRV-9", Label: "Paie"}},
		Accounts:      []account.Account{person("newcomer")},
		Registrations: []account.Registration{late},
		Rosters:       []attachment.Roster{r},
		Messages:      []storage.Message{waiting},
		Operations:    []storage.Operation{storage.CopyStructure{From: "old", To: "newest", Version: headVersion + 2}},
	}
}

// endedByTheBatch is a batch that ends what it purges.
func endedByTheBatch(m model) storage.Batch {
	r := m.roster("OLD").Clone()
	r.Rows = []attachment.Attachment{row("stray", "", attachment.Refused, 1)}

	stray := applicant("stray", "OLD")
	stray.Version, stray.State, stray.EndedAt = rowVersion, account.Refused, at(soonest-2)

	var sent storage.Message

	for _, message := range m.Messages {
		if message.ID == "about-OLD-queued" {
			sent = message
			sent.State, sent.DoneAt = storage.Sent, at(soonest-2)
		}
	}

	return storage.Batch{
		Registrations: []account.Registration{stray},
		Rosters:       []attachment.Roster{r},
		Messages:      []storage.Message{sent},
		Attempts:      []account.Attempts{counting("ended", soonest-2)},
		Links:         []account.Link{link("of-stray", "stray", 1, soonest-2)},
		Journal: []storage.Entry{
			{
				Operation: "ends", Try: 1, At: at(later), Actor: account.System(), Action: "request refused", Structure: "OLD",
				Version: headVersion + 1, Account: "stray", Note: "Inconnu",
			},
			{
				Operation: "ended", Try: 1, At: at(soonest - 2), Actor: account.System(), Action: "request made",
				Structure: "OLD", Version: headVersion,
			},
		},
		Operations: []storage.Operation{storage.Purge{
			Registrations: at(soonest - 1), Messages: at(soonest - 1), Links: at(soonest - 1), Attempts: at(soonest - 1),
			Journal: at(soonest - 1),
		}},
	}
}

func operationsInOrder(model) []step {
	return []step{{what: "a batch of operations", batch: operates(
		copies(),
		storage.EraseAccount{Account: "gone"}, // at both structures
		storage.Purge{Registrations: at(limit), Limit: 3},            // likewise
		storage.Purge{Registrations: at(limit), Messages: at(later)}, // what the first one left
		storage.CopyStructure{From: "new", To: "spare", Version: headVersion + 3},
		storage.EraseAccount{Account: "gone-2"},
	)}}
}

// erasedTwice erases an account twice. The second time nothing is left to erase, and the versions of the account, of its
// registration and of the rosters where it has rows advance all the same: who read them in between has lost a race.
func erasedTwice(ctx context.Context, s bench) error {
	erasure := operates(storage.EraseAccount{Account: "gone"})

	return script{steps: func(model) []step {
		return []step{{what: "once", batch: erasure}, {what: "twice", batch: erasure}}
	}}.run(ctx, s)
}
