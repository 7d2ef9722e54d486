package storagetest

import (
	"context"
	"slices"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

const textsSentence = "Texts compare byte for byte; they are valid UTF-8 without U+0000, which a store need not check. Times are " +
	"UTC with microseconds: what was stored comes back equal. The zero time comes back zero."

// rowCases are about what comes back of what was written.
func rowCases() []Case {
	return slices.Concat([]Case{
		{
			Name:     "S10_EveryFieldComesBack",
			Sentence: textsSentence,
			Explanation: "Rows with every field filled are written, then all of them are changed. A field that a store " +
				"forgets is lost on its first update.",
			test: everyFieldComesBack,
		},
		{
			Name:     "S10_ZeroTimesComeBackZero",
			Sentence: textsSentence,
			Explanation: "Rows are written with nothing but their keys and states. A zero time means never, or not yet: a " +
				"link that was used in the year 1970 opens nothing.",
			test: zeroTimes,
		},
		{
			Name:        "S10_EveryStateComesBack",
			Sentence:    textsSentence,
			Explanation: "Rows are written in every state, kind and standing that there is.",
			test:        everyState,
		},
		{
			Name:     "G5_LinkAddressIsNotStored",
			Sentence: "Link string `json:\"-\"` // the address to open; never stored",
			Explanation: "A message comes with the address of its link filled in. Whoever reads the database could open " +
				"the link.",
			test: linkless,
		},
		{
			Name:     "G5_CodeIsNotStored",
			Sentence: "It holds no secret: link and code are filled in for rendering only.",
			Explanation: "A message comes with the code of a second factor filled in. Whoever reads the database could sign in " +
				"with it, and a password.",
			test: codeless,
		},
	}, sharingCases(), valueCases(), textCases())
}

func everyFieldComesBack(ctx context.Context, s bench) error {
	first, second := full(1, 0), versioned(full(1, 1), 1)

	return steps(
		func() error { return none("inserting", write(ctx, s, first)) },
		func() error { return stored(ctx, s, first, 1) },
		func() error { return none("changing", write(ctx, s, second)) },
		func() error { return stored(ctx, s, second, 2) },
		func() error {
			_, err := s.AccountByLogin(ctx, first.Accounts[0].Login.Key())

			return is("the login it had", err, storage.ErrNotFound)
		},
		func() error {
			_, err := s.StructureByIdentity(ctx, first.Structures[0].Identity)

			return is("the identity it had", err, storage.ErrNotFound)
		},
	)
}

func zeroTimes(ctx context.Context, s bench) error {
	where := structure.Structure{
		ID: "house", Identity: siret(1), Sector: structure.Private, Status: structure.Active,
	}
	french := account.Person{FirstName: "A", LastName: "B", Language: language.French}

	b := storage.Batch{
		Structures: []structure.Structure{where},
		Services:   []structure.Service{{Structure: "house", Code: "SRV"}},
		Registrations: []account.Registration{{
			ID: "jean", State: account.AwaitingApproval, Structure: "house", Login: login("jean@example.fr"), Person: french,
		}, { // of somebody who names no structure
			ID: "paul", State: account.AwaitingActivation, Login: login("paul@example.fr"), Person: french, Separate: true,
		}},
		Accounts: []account.Account{
			{ID: "anne", State: account.Active, Login: login("anne@example.fr"), Person: french, Epoch: 1},
		},
		Credentials: []account.Credential{{Account: "anne"}},
		Attempts:    []account.Attempts{{Key: "k", Code: account.Gate{Pending: []account.Try{{ID: "t"}}}}},
		Links: []account.Link{{
			Selector: "s", Purpose: account.PurposeActivation, Account: "jean", Seq: 1, Hash: []byte{1},
		}},
		Rosters: []attachment.Roster{{
			Structure: "house", Standing: attachment.Managed, Holder: "anne", Attached: 1,
			Rows: []attachment.Attachment{
				{Key: attachment.Key{Account: "anne"}, State: attachment.Attached},
				{Key: attachment.Key{Account: "jean"}, State: attachment.Requested, Details: &structure.Details{}},
			},
		}},
		Messages: []storage.Message{
			{ID: "m", State: storage.Queued, Kind: mail.Refused, To: "a@example.fr", Language: language.French},
		},
		Journal: []storage.Entry{
			{Operation: "o", Try: 1, Actor: account.System(), Action: "time over", Structure: "house"},
		},
	}
	b.Rosters[0].Rows[1].Details.Sector = structure.Private

	return steps(
		func() error { return none("Update", write(ctx, s, b)) },
		func() error { return stored(ctx, s, b, 1) },
		func() error { return none("changing", write(ctx, s, withoutJournal(versioned(b, 1)))) },
		func() error { return stored(ctx, s, b, 2) },
	)
}

func withoutJournal(b storage.Batch) storage.Batch {
	b.Journal = nil

	return b
}

func everyState(ctx context.Context, s bench) error {
	var (
		b       storage.Batch
		english = person("x").Person
		next    = 0
	)

	id := func(what string) account.ID {
		next++

		return name[account.ID](what, next)
	}

	english.Language = language.English

	roster := head(house(1).ID)
	b.Structures = []structure.Structure{house(1)}

	for _, state := range account.RegistrationStates() {
		row := applicant(id("registration"), house(1).ID)
		row.State, row.Person = state, english
		b.Registrations = append(b.Registrations, row)
	}

	for _, state := range []account.State{account.Active, account.Deactivated, account.Blocked, account.Closed} {
		row := person(id("account"))
		row.State = state
		b.Accounts = append(b.Accounts, row)
	}

	for _, state := range storage.MessageStates() {
		for _, kind := range mail.Kinds() {
			row := note(string(id("message")), at(0))
			row.State, row.Kind = state, kind
			b.Messages = append(b.Messages, row)
		}
	}

	for _, state := range attachment.States() {
		if state == attachment.Claimed {
			continue // comes with the standing below
		}

		row := asks(id("row"), int64(next))
		row.State = state

		if state == attachment.Attached || state == attachment.Suspended {
			roster.Attached++

			for _, p := range habilitation.All([]structure.Application{"signature", habilitation.Organisation}) {
				row.Grants = append(row.Grants, attachment.Grant{Profile: p, By: account.By("row"), At: at(1)})
			}
		}

		b.Registrations = append(b.Registrations, applicant(row.Account, house(1).ID))
		roster.Rows = append(roster.Rows, row)
	}

	roster.Standing = attachment.Vacant
	b.Rosters = []attachment.Roster{roster}

	for i, standing := range []attachment.Standing{attachment.Unclaimed, attachment.InClaim, attachment.Managed} {
		where := house(10 + i)
		where.Sector, where.Status = structure.Public, structure.Inactive
		r := head(where.ID)
		r.Standing = standing

		switch standing {
		case attachment.InClaim:
			r.Holder, r.Claim = id("claimant"), attachment.Claim{Designated: at(1), Term: at(2)}
			row := asks(r.Holder, 1)
			row.State = attachment.Claimed
			r.Rows = []attachment.Attachment{row}
			b.Registrations = append(b.Registrations, applicant(r.Holder, where.ID))
		case attachment.Managed:
			r.Holder, r.Attached = id("manager"), 1
			r.Rows = []attachment.Attachment{belongs(r.Holder, "")}
			b.Accounts = append(b.Accounts, person(r.Holder))
		case attachment.Unclaimed, attachment.Vacant:
			r.Rows = []attachment.Attachment{asks("lonely", 1)}
			b.Registrations = append(b.Registrations, applicant("lonely", where.ID))
		}

		b.Structures = append(b.Structures, where)
		b.Rosters = append(b.Rosters, r)
	}

	for i, purpose := range account.Purposes() {
		issued := links(name[account.Selector]("link", i), b.Accounts[0].ID, 1).Links
		issued[0].Purpose = purpose // each of them has a first link of its own
		b.Links = append(b.Links, issued...)
	}

	for i, verification := range structure.Verifications() {
		where := house(20 + i)
		where.Verification = verification
		b.Structures = append(b.Structures, where)
	}

	for i, actor := range []account.Actor{{}, account.By("anne"), account.Support("Léa: accueil"), account.System()} {
		b.Journal = append(b.Journal, storage.Entry{
			Operation: "actors", Seq: i, Try: 1, At: at(i), Actor: actor, Action: "a", Structure: house(1).ID,
		})
	}

	return steps(
		func() error { return none("Update", write(ctx, s, b)) },
		func() error { return stored(ctx, s, b, 1) },
	)
}
