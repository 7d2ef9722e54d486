package storagetest

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// valueCases are about values that some engine, driver or encoding takes for another.
func valueCases() []Case {
	return []Case{
		{
			Name:     "S10_FieldsGoBackToZero",
			Sentence: textsSentence,
			Explanation: "Rows of every kind with every field filled are changed to what has nothing but key and state, and " +
				"back. A store that writes only what is not zero keeps a phone number that was taken out, and a block that was " +
				"lifted.",
			test: fieldsGoBackToZero,
		},
		{
			Name:     "S6_RowsAreReplacedWhole",
			Sentence: "each row of Rows replaces the stored row of its key, its grants included, or is inserted",
			Explanation: "A row with every field filled is replaced by one with nothing but its state, and back: comment, data, " +
				"applications, decision, grants, wish, invitation, reminders, times. What stays behind belongs to a request that is over.",
			test: rowsAreReplacedWhole,
		},
		{
			Name:     "S10_TimesOfEveryAge",
			Sentence: textsSentence,
			Explanation: "Times from the first microsecond after the zero time to the year 9999, with the beginning of 1970 and " +
				"the microseconds around it, come back and order a list. An engine that counts from there takes one for none.",
			test: timesOfEveryAge,
		},
		{
			Name:     "S10_LargeNumbers",
			Sentence: "each row of Rows replaces the stored row of its key",
			Explanation: "Numbers beyond what 32 bits and what a floating-point number can hold: an order, an epoch, a link's " +
				"place, a life, a version in the journal. Two that are rounded to one change places.",
			test: largeNumbers,
		},
	}
}

// bare returns the rows of a batch of full with nothing but keys, states, and what no row is without.
func bare(b storage.Batch) storage.Batch {
	b = clone(b)

	for i, row := range b.Structures {
		b.Structures[i] = structure.Structure{
			ID: row.ID, Version: row.Version, Identity: row.Identity, Sector: structure.Private, Status: structure.Active,
		}
	}

	for i, row := range b.Services {
		b.Services[i] = structure.Service{Structure: row.Structure, Code: row.Code, Version: row.Version}
	}

	for i, row := range b.Registrations {
		b.Registrations[i] = account.Registration{
			ID: row.ID, Version: row.Version, State: row.State, Structure: row.Structure, Login: row.Login,
			Person: account.Person{Language: row.Person.Language},
		}
	}

	for i, row := range b.Accounts {
		b.Accounts[i] = account.Account{
			ID: row.ID, Version: row.Version, State: row.State, Login: row.Login,
			Person: account.Person{Language: row.Person.Language}, Epoch: 1,
		}
	}

	for i, row := range b.Credentials {
		b.Credentials[i] = account.Credential{Account: row.Account, Version: row.Version}
	}

	for i, row := range b.Attempts {
		b.Attempts[i] = account.Attempts{Key: row.Key, Version: row.Version}
	}

	for i, row := range b.Links {
		b.Links[i] = account.Link{
			Selector: row.Selector, Version: row.Version, Purpose: row.Purpose, Account: row.Account, Seq: row.Seq,
			Hash: []byte{1},
		}
	}

	for i, row := range b.Messages {
		b.Messages[i] = storage.Message{
			ID: row.ID, Version: row.Version, State: row.State, Kind: row.Kind, Language: row.Language,
		}
	}

	for i, r := range b.Rosters {
		b.Rosters[i].Claim, b.Rosters[i].Attached = attachment.Claim{}, 0
		b.Rosters[i].Contest, b.Rosters[i].Review = attachment.Contest{}, attachment.Review{}
		b.Rosters[i].Rows = bareRows(r.Rows)
	}

	b.Journal = nil

	return b
}

func bareRows(rows []attachment.Attachment) []attachment.Attachment {
	out := make([]attachment.Attachment, len(rows))
	for i, row := range rows {
		out[i] = attachment.Attachment{Key: row.Key, State: row.State}
	}

	return out
}

func fieldsGoBackToZero(ctx context.Context, s bench) error {
	filled := full(1, 0)
	empty := bare(filled)

	return steps(
		func() error { return none("inserting", write(ctx, s, filled)) },
		func() error { return none("emptying", write(ctx, s, versioned(empty, 1))) },
		func() error { return none("emptied", stored(ctx, s, empty, 2)) },
		func() error { return none("filling", write(ctx, s, withoutJournal(versioned(filled, 2)))) },
		func() error { return none("filled again", stored(ctx, s, filled, 3)) },
	)
}

func rowsAreReplacedWhole(ctx context.Context, s bench) error {
	rows := base()
	rows.Services = []structure.Service{{Structure: house(1).ID, Code: "SRV"}}

	everything := attachment.Attachment{
		Key: attachment.Key{Account: "jean"}, State: attachment.Attached, Order: 3, RequestedAt: at(1), Due: at(2), Since: at(3),
		Comment: "comment", Repeat: true, Details: details("label"),
		Decision: attachment.Decision{By: account.Support("Léa"), At: at(4), Approved: true, Reason: "reason"},
		Grants: []attachment.Grant{
			{Profile: look(), By: account.By("anne"), At: at(5)}, {Profile: act(), By: account.System(), At: at(6)},
		},
		Wish: attachment.Wish{
			Profiles: []habilitation.Profile{look(), act()}, Comment: "more", At: at(7), Order: 4,
			Decision: attachment.Decision{By: account.By("anne"), At: at(8), Approved: true, Reason: "not all"},
		},
		Invited: "Jean@Example.fr", Remind: at(10), Reminded: 3, Escalated: true, Contested: at(11),
	}
	nothing := attachment.Attachment{Key: everything.Key, State: attachment.Requested}
	empty := everything.Clone() // the data are there, and empty
	empty.Details = &structure.Details{Sector: structure.Private}
	fewer := everything.Clone()
	fewer.Details.Applications = fewer.Details.Applications[1:]
	fewer.Grants = fewer.Grants[1:]
	granted := everything.Clone() // the wish is decided, and only what was decided is left of it
	granted.Wish = attachment.Wish{Decision: attachment.Decision{By: account.By("zoé"), At: at(12), Reason: "no"}}
	granted.Remind, granted.Invited = time.Time{}, ""
	wished := granted.Clone() // again, for another one
	wished.Wish.Profiles, wished.Wish.At, wished.Wish.Order = []habilitation.Profile{act()}, at(13), 5
	regranted := everything.Clone() // the same profiles, from somebody else, later
	regranted.Grants[0].By, regranted.Grants[1].At = account.Support("Zoé"), at(9)

	of := func(version int64, row attachment.Attachment) storage.Batch {
		r := head(house(1).ID)
		r.Version = version
		other := row.Clone()
		other.Service = "SRV"
		r.Rows = []attachment.Attachment{row, other}

		return storage.Batch{Rosters: []attachment.Roster{r}}
	}

	if err := given(ctx, s, rows); err != nil {
		return err
	}

	for i, row := range []attachment.Attachment{
		everything, nothing, everything, empty, everything, fewer, everything, regranted, fewer, nothing, empty, nothing, fewer,
		granted, wished, everything, granted, nothing, wished, nothing,
	} {
		b := of(int64(i), row)

		if err := steps(
			func() error { return none("Update", write(ctx, s, b)) },
			func() error { return stored(ctx, s, b, int64(i)+1) },
		); err != nil {
			return fmt.Errorf("change %d: %w", i, err)
		}
	}

	return nil
}

// ages are times in order.
func ages() []time.Time {
	epoch := time.Unix(0, 0).UTC()

	return []time.Time{
		{},
		time.Time{}.Add(time.Microsecond),
		time.Date(1582, time.October, 10, 0, 0, 0, 0, time.UTC), // a day that the Gregorian calendar left out
		time.Date(1899, time.December, 31, 23, 59, 59, 999999000, time.UTC),
		epoch.Add(-time.Second),
		epoch.Add(-time.Microsecond),
		epoch,
		epoch.Add(time.Microsecond),
		epoch.Add(time.Second),
		time.Date(2000, time.February, 29, 12, 0, 0, 1000, time.UTC),
		time.Date(2026, time.March, 29, 1, 30, 0, 0, time.UTC), // 02:30 that Paris never saw
		time.Date(2026, time.October, 25, 0, 30, 0, 0, time.UTC),
		time.Date(2026, time.October, 25, 1, 30, 0, 0, time.UTC), // 02:30 that Paris saw twice
		time.Date(2026, time.December, 31, 23, 59, 59, 999999000, time.UTC),
		time.Date(2038, time.January, 19, 3, 14, 8, 0, time.UTC),
		time.Date(2262, time.April, 12, 0, 0, 0, 1000, time.UTC), // more nanoseconds than 63 bits hold
		time.Date(9999, time.December, 31, 23, 59, 59, 999999000, time.UTC),
	}
}

func timesOfEveryAge(ctx context.Context, s bench) error {
	b := storage.Batch{Structures: []structure.Structure{house(1)}}
	r := head(house(1).ID)

	for i, t := range ages() {
		where := structure.New(name[structure.ID]("s", i), siret(100+i), t)
		where.CheckedAt = t
		b.Structures = append(b.Structures, where)
		b.Services = append(b.Services, structure.Service{
			Structure: house(1).ID, Code: name[structure.Code]("S", i), From: t, Until: t,
		})

		reg, holder := applicant(name[account.ID]("r", i), where.ID), person(name[account.ID]("p", i))
		reg.CreatedAt, reg.EndedAt, reg.RefusedAt, reg.Terms.At, reg.Survey.At, reg.Due = t, t, t, t, t, t
		holder.CreatedAt, holder.Terms.At, holder.Survey.At, holder.ContactAt, holder.ClaimDay = t, t, t, t, t
		holder.LoginFailedAt, holder.ContactFailedAt = t, t
		b.Credentials = append(b.Credentials, account.Credential{
			Account: holder.ID, ClearedAt: t, Factor: account.Factor{Sealed: []byte{1}, Since: t},
		})
		b.Attempts = append(b.Attempts, tried(name[string]("k", i), 0, func(int) time.Time { return t }))
		b.Registrations, b.Accounts = append(b.Registrations, reg), append(b.Accounts, holder)

		issued := links(name[account.Selector]("l", i), holder.ID, 1).Links
		issued[0].NotAfter, issued[0].LeasedAt, issued[0].UsedAt = t, t, t
		b.Links = append(b.Links, issued...)

		row := belongs(holder.ID, "", look())
		row.RequestedAt, row.Due, row.Since, row.Decision.At, row.Grants[0].At = t, t, t, t, t
		row.Remind, row.Contested, row.Wish.At, row.Wish.Decision.At = t, t, t, t
		row.Wish.Profiles = []habilitation.Profile{act()}
		r.Rows = append(r.Rows, row)

		m := note(name[string]("m", i), t)
		m.CreatedAt, m.DoneAt, m.Content.Since, m.Content.Until = t, t, t, t
		b.Messages = append(b.Messages, m)
		b.Journal = append(b.Journal, storage.Entry{
			Operation: name[string]("o", i), Try: 1, At: t, Actor: account.System(), Action: "a", Structure: house(1).ID,
		})
	}

	r.Attached = len(r.Rows)
	b.Rosters = []attachment.Roster{r}

	for i, t := range ages() {
		m := note(name[string]("parked", i), at(0))
		m.State, m.DoneAt = storage.Parked, t
		b.Messages = append(b.Messages, m)

		other := head(b.Structures[i+1].ID)
		other.Contest.Since, other.Review.Until = t, t
		b.Rosters = append(b.Rosters, other)
	}

	if err := steps(
		func() error { return none("Update", write(ctx, s, b)) },
		func() error { return stored(ctx, s, b, 1) },
	); err != nil {
		return err
	}

	for i, t := range ages() {
		err := lists(ctx, s, versioned(b, 1).Messages[:i+1], func(w storage.Window) storage.Of[storage.Message] {
			return storage.DueMessages{Window: w, At: t}
		})
		if err != nil {
			return fmt.Errorf("what is due at %v: %w", t, err)
		}

		var reminders []storage.DueRow
		for _, row := range r.Rows[1 : i+1] { // the first one's is zero: never
			reminders = append(reminders, storage.DueRow{Structure: house(1).ID, Account: row.Account, Due: row.Remind})
		}

		err = lists(ctx, s, reminders, func(w storage.Window) storage.Of[storage.DueRow] {
			return storage.DueReminders{Window: w, At: t}
		})
		if err != nil {
			return fmt.Errorf("who is reminded at %v: %w", t, err)
		}
	}

	err := lists(ctx, s, versioned(b, 1).Messages[len(ages()):], func(w storage.Window) storage.Of[storage.Message] {
		return storage.ParkedMessages{Window: w}
	})
	if err != nil {
		return fmt.Errorf("what was given up: %w", err)
	}

	wishes, err := all(ctx, s, func(w storage.Window) storage.Of[storage.OpenRequest] {
		return storage.OpenRequests{Window: w, Structures: []structure.ID{house(1).ID}}
	}, 2)
	if err != nil {
		return err
	}

	asked := make([]attachment.Attachment, len(wishes))
	for i, line := range wishes {
		asked[i] = line.Attachment
	}

	if err := same("wishes", r.Rows, asked); err != nil {
		return err
	}

	newest := slices.Clone(b.Journal)
	slices.Reverse(newest)

	return lists(ctx, s, newest, func(w storage.Window) storage.Of[storage.Entry] {
		return storage.History{Window: w, Structure: house(1).ID}
	})
}

func largeNumbers(ctx context.Context, s bench) error {
	numbers := []int64{
		0, 1, math.MaxInt32, math.MaxInt32 + 1, math.MaxUint32 + 1, 1<<53 - 1, 1 << 53, 1<<53 + 1, 1<<53 + 2, math.MaxInt64 - 1,
		math.MaxInt64,
	}

	b := storage.Batch{Structures: []structure.Structure{house(1)}}
	r := head(house(1).ID)

	queue := make([]account.ID, 0, len(numbers))

	for i, n := range numbers {
		holder := person(name[account.ID]("p", i))
		holder.Epoch = max(1, n)
		b.Accounts = append(b.Accounts, holder)

		count := int(min(n, math.MaxInt))
		b.Credentials = append(b.Credentials, account.Credential{Account: holder.ID, Factor: account.Factor{Step: n}})
		b.Attempts = append(b.Attempts, account.Attempts{
			Key: name[string]("k", i), Code: account.Gate{Failed: count, Closed: count}, Told: account.Ask{Count: count},
		})

		issued := links(name[account.Selector]("l", i), "p-0", n).Links
		issued[0].Life = time.Duration(n)
		b.Links = append(b.Links, issued...)

		row := asks(holder.ID, 1)
		row.Order, row.Wish.Order, row.Reminded = n, n, count
		r.Rows = append(r.Rows, row)
		queue = append(queue, holder.ID)

		b.Journal = append(b.Journal, storage.Entry{
			Operation: "o-" + string(rune('z'-i)), Try: 1, At: at(0), Actor: account.System(), Action: "a", Structure: house(1).ID, Version: n,
		})
	}

	b.Rosters = []attachment.Roster{r}

	newest := slices.Clone(b.Journal)
	slices.Reverse(newest)

	issued := versioned(b, 1).Links
	slices.Reverse(issued)

	last := b.Accounts[len(b.Accounts)-1]

	return steps(
		func() error { return none("Update", write(ctx, s, b)) },
		func() error { return stored(ctx, s, b, 1) },
		func() error {
			got, err := s.Links(ctx, "p-0", account.PurposeActivation)

			return steps(
				func() error { return none("Links", err) },
				func() error { return same("links", issued[:storage.LinksLength], got) },
			)
		},
		func() error {
			got, err := s.Roster(ctx, storage.RosterQuery{Structure: house(1).ID, At: at(0)})

			return steps(
				func() error { return none("Roster", err) },
				func() error { return same("queue", queue[:attachment.QueueLength], got.Roster.Queue) },
			)
		},
		func() error {
			return lists(ctx, s, newest, func(w storage.Window) storage.Of[storage.Entry] {
				return storage.History{Window: w, Structure: house(1).ID}
			})
		},
		func() error {
			page, err := all(ctx, s, func(w storage.Window) storage.Of[storage.OpenRequest] {
				return storage.OpenRequests{Window: w, Structures: []structure.ID{house(1).ID}}
			}, 3)

			return steps(
				func() error { return none("OpenRequests", err) },
				func() error { return same("the last of the requests", last.ID, page[len(page)-1].Attachment.Account) },
			)
		},
	)
}
