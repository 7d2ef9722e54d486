package dbtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// at returns a time with microseconds, minutes after a beginning.
func at(minutes int) time.Time {
	return time.Date(2026, time.March, 2, 8, 0, 0, 123456000, time.UTC).Add(time.Duration(minutes) * time.Minute)
}

// siret returns the n-th of 100 valid identifiers.
func siret(n int) identifier.ID {
	for digit := range 10 {
		if id, err := identifier.Parse(identifier.SIRET, fmt.Sprintf("732829320%04d%d", n, digit)); err == nil {
			return id
		}
	}

	panic("one of ten digits is the right one")
}

func login(s string) account.Login {
	l, err := account.ParseLogin(s)
	if err != nil {
		panic(err)
	}

	return l
}

func house(n int) structure.Structure {
	return structure.New(structure.ID(fmt.Sprint("house-", n)), siret(n), at(n))
}

// gate is one with every field filled.
func gate(n int) account.Gate {
	return account.Gate{
		Failed: n, Closed: n + 1, Until: at(60 + n),
		Pending: []account.Try{{ID: "z \"<", At: at(61 + n)}, {ID: "a"}, {ID: "b", At: at(62 + n)}},
	}
}

// full is a batch with a row of every type, all fields filled, whose keys hold n.
func full(n int) storage.Batch {
	var (
		id      = structure.ID(fmt.Sprint("house-", n))
		manager = account.ID(fmt.Sprint("manager-", n))
		waiting = account.ID(fmt.Sprint("waiting-", n))
		address = login(fmt.Sprintf("Manager-%d@Example.fr", n))
		person  = account.Person{
			FirstName: "Zoé", LastName: "D'Ormesson", Phone: "+33 1", Contact: "c@example.fr", Language: language.English,
		}
		terms  = account.Consent{Version: "1", At: at(1)}
		survey = account.Consent{Version: "2", At: at(2)}
		data   = structure.Data{
			LegalName: "Mairie", LastName: "Durand", FirstName: "Léa", Label: "l", Address: "1 rue", Complement1: "a",
			Complement2: "b", PostalCode: "01000", Town: "Bourg", Country: "FR", NonDiffusible: true,
		}
		apps = []structure.Application{"factures-emises", "organisation"}
	)

	return storage.Batch{
		Structures: []structure.Structure{{
			ID: id, Identity: siret(n), Sector: structure.Public, Status: structure.Inactive, Data: data,
			Applications: apps, CreatedAt: at(n), Predecessor: "before", Successor: "behind",
			Verification: structure.Contradicted, CheckedAt: at(27), Sealed: []byte{0, 7},
		}},
		Services: []structure.Service{{
			Structure: id, Code: "s", Label: "Service", Inactive: true, From: at(3), Until: at(4),
		}},
		Registrations: []account.Registration{{
			ID: waiting, State: account.AwaitingActivation, Structure: id, Login: address, Person: person, Terms: terms,
			Survey: survey, Claimed: true, RefusedAt: at(5), CreatedAt: at(6), EndedAt: at(7),
			Separate: true, Due: at(28), Invited: true,
		}},
		Accounts: []account.Account{{
			ID: manager, State: account.Blocked, Login: address, Person: person, Terms: terms, Survey: survey, Epoch: 7,
			CreatedAt: at(8), Away: true, ContactAt: at(29), ClaimDay: at(30), Claims: 3,
			LoginFailedAt: at(38), ContactFailedAt: at(39),
		}},
		Credentials: []account.Credential{{
			Account: manager, Password: "p", Question: "q", Answer: "a", ClearedAt: at(40),
			Factor: account.Factor{Sealed: []byte{8, 0}, Since: at(41), Step: 1 << 40, Recovery: []string{"z \"<", "", "a"}},
		}},
		Attempts: []account.Attempts{{
			Key: fmt.Sprint("key-", n), Password: gate(1), Answer: gate(4), Code: gate(7),
			Reset: account.Ask{At: at(50), Count: 1}, Resend: account.Ask{At: at(51), Count: 2},
			Reactivate: account.Ask{At: at(52), Count: 3}, Move: account.Ask{At: at(53), Count: 4},
			Told: account.Ask{At: at(54), Count: 5}, Over: at(55),
		}},
		Links: []account.Link{{
			Selector: account.Selector(fmt.Sprint("selector-", n)), Purpose: account.PurposeActivation, Account: waiting,
			Seq: 1, Hash: []byte{0, 1, 255}, Life: time.Hour + 1, NotAfter: at(9), LeasedAt: at(10), UsedAt: at(11),
			Bound: "c@example.fr",
		}},
		Rosters: []attachment.Roster{{
			Structure: id, Standing: attachment.InClaim, Holder: waiting,
			Claim: attachment.Claim{Designated: at(12), Leased: at(13), Term: at(14)}, Attached: 1,
			Contest: attachment.Contest{Since: at(31), By: "w", Of: "y", Frozen: true},
			Review:  attachment.Review{Of: "z", Until: at(32)},
			Rows: []attachment.Attachment{
				{
					Key: attachment.Key{Account: manager, Service: "s"}, State: attachment.Suspended, Order: 3,
					RequestedAt: at(15), Due: at(16), Since: at(17), Comment: "why", Repeat: true,
					Decision: attachment.Decision{By: account.Support("Ann: desk"), At: at(18), Approved: true, Reason: "so"},
					Grants: []attachment.Grant{
						{Profile: habilitation.Profile{Application: "a", Level: habilitation.Consultation}, By: account.By("x"), At: at(19)},
						{Profile: habilitation.Manage, By: account.System(), At: at(20)},
					},
					Wish: attachment.Wish{
						Profiles: []habilitation.Profile{{Application: "a/b \"c\"", Level: habilitation.Modification}, habilitation.Manage},
						Comment:  "more", At: at(33), Order: 7,
						Decision: attachment.Decision{By: account.By("y"), At: at(34), Approved: true, Reason: "no"},
					},
					Invited: "I@Example.fr", Remind: at(35), Reminded: 2, Escalated: true, Contested: at(36),
				},
				{
					Key: attachment.Key{Account: waiting}, State: attachment.Claimed, Order: 1, RequestedAt: at(21),
					Details: &structure.Details{Sector: structure.Public, Data: data, Applications: apps},
				},
			},
		}},
		Messages: []storage.Message{{
			ID: fmt.Sprint("message-", n), State: storage.Parked, Kind: mail.Approved, To: "t@example.fr", Account: waiting,
			Structure: id, Language: language.French,
			Content: mail.Content{
				Recipient: "r", Structure: "s", Identifier: "i", Formerly: "f", Requester: "q", Login: "l", Comment: "c", Reason: "w",
				Succeeded: true, Service: "v", Profiles: []string{"p", "o"}, Since: at(37), Until: at(22), Left: 4,
			},
			Selector: "s", Sealed: []byte{9, 0}, Tries: 3, NotBefore: at(23), LastError: "e", CreatedAt: at(24),
			DoneAt: at(25), Recipient: "r",
		}},
		Journal: []storage.Entry{{
			Operation: fmt.Sprint("operation-", n), Seq: 1, Try: 2, At: at(26), Actor: account.By(manager), Action: "did",
			Structure: id, Version: 4, Account: waiting, Service: "s", Before: "b", After: "a", Note: "note\nof two lines",
		}},
	}
}

// holds tells whether a store holds what a batch like full's wrote, under that version.
func holds(t *testing.T, s storage.Store, b storage.Batch, version int64) {
	t.Helper()

	ctx := t.Context()

	house := b.Structures[0]
	house.Version = version
	gotHouse, err := s.Structure(ctx, house.ID)
	require.NoError(t, err)
	assert.Equal(t, house, gotHouse)

	gotHouse, err = s.StructureByIdentity(ctx, house.Identity)
	require.NoError(t, err)
	assert.Equal(t, house, gotHouse)

	registration := b.Registrations[0]
	registration.Version = version
	gotRegistration, err := s.Registration(ctx, registration.ID)
	require.NoError(t, err)
	assert.Equal(t, registration, gotRegistration)

	person := b.Accounts[0]
	person.Version = version
	gotPerson, err := s.Account(ctx, person.ID)
	require.NoError(t, err)
	assert.Equal(t, person, gotPerson)

	gotPerson, err = s.AccountByLogin(ctx, person.Login.Key())
	require.NoError(t, err)
	assert.Equal(t, person, gotPerson)

	credential := b.Credentials[0]
	credential.Version = version
	gotCredential, err := s.Credential(ctx, credential.Account)
	require.NoError(t, err)
	assert.Equal(t, credential, gotCredential)

	attempts := b.Attempts[0]
	attempts.Version = version
	gotAttempts, err := s.Attempts(ctx, attempts.Key)
	require.NoError(t, err)
	assert.Equal(t, attempts, gotAttempts)

	link := b.Links[0]
	link.Version = version
	gotLink, err := s.Link(ctx, link.Selector)
	require.NoError(t, err)
	assert.Equal(t, link, gotLink)

	gotLinks, err := s.Links(ctx, link.Account, link.Purpose)
	require.NoError(t, err)
	assert.Equal(t, []account.Link{link}, gotLinks)

	message := b.Messages[0]
	message.Version = version
	gotMessage, err := s.Message(ctx, message.ID)
	require.NoError(t, err)
	assert.Equal(t, message, gotMessage)

	roster, service := b.Rosters[0], b.Services[0]
	roster.Version, service.Version = version, version
	slice, err := s.Roster(ctx, storage.RosterQuery{
		Structure: house.ID, Accounts: []account.ID{person.ID, registration.ID}, Login: registration.Login.Key(),
	})
	require.NoError(t, err)
	assert.Equal(t, storage.Slice{
		Roster: roster,
		Facts: attachment.Facts{
			Structure:     house,
			Services:      map[structure.Code]structure.Service{service.Code: service},
			Registrations: map[account.ID]account.Registration{registration.ID: registration},
			Accounts:      map[account.ID]account.Account{person.ID: person},
		},
		Newest: registration.ID,
	}, slice)

	memberships, err := s.Memberships(ctx, person.ID)
	require.NoError(t, err)
	assert.Equal(t, storage.Memberships{Account: person, Rows: []storage.Membership{{
		Attachment: roster.Rows[0], Structure: house, Service: service, Standing: roster.Standing, Holder: roster.Holder,
	}}}, memberships)

	entries, err := storage.List(ctx, s, storage.History{Structure: house.ID})
	require.NoError(t, err)
	assert.Equal(t, b.Journal, entries.Rows)

	try, err := s.Journaled(ctx, b.Journal[0].Operation)
	require.NoError(t, err)
	assert.Equal(t, b.Journal[0].Try, try)
}

func TestEveryRowComesBackAsItWasWritten(t *testing.T) {
	t.Parallel()

	store := fresh(t)
	put(t, store, full(1))
	put(t, store, full(2))
	holds(t, store, full(1), 1)
	holds(t, store, full(2), 1)
}

func TestEveryRowIsReplacedAsAWhole(t *testing.T) {
	t.Parallel()

	store := fresh(t)
	put(t, store, full(1))

	b := full(1)
	b.Structures[0].Version, b.Structures[0].Applications, b.Structures[0].Data = 1, nil, structure.Data{}
	b.Services[0].Version, b.Services[0].From, b.Services[0].Inactive = 1, time.Time{}, false
	b.Registrations[0].Version, b.Registrations[0].Survey = 1, account.Consent{}
	b.Accounts[0].Version, b.Accounts[0].Person = 1, account.Person{Language: language.French}
	b.Credentials[0].Version, b.Credentials[0].Question = 1, ""
	b.Structures[0].Predecessor, b.Structures[0].Successor = "", ""
	b.Structures[0].Verification, b.Structures[0].CheckedAt = structure.Unasked, time.Time{}
	b.Registrations[0].Separate, b.Registrations[0].Due = false, time.Time{}
	b.Accounts[0].Away, b.Accounts[0].ContactAt, b.Accounts[0].ClaimDay, b.Accounts[0].Claims = false, time.Time{}, time.Time{}, 0
	b.Structures[0].Sealed, b.Accounts[0].LoginFailedAt, b.Accounts[0].ContactFailedAt = nil, time.Time{}, time.Time{}
	b.Credentials[0].Password, b.Credentials[0].ClearedAt, b.Credentials[0].Factor = "", time.Time{}, account.Factor{}
	b.Attempts[0] = account.Attempts{Key: b.Attempts[0].Key, Version: 1}
	b.Messages[0].DoneAt = time.Time{}
	b.Links[0].Bound, b.Messages[0].Recipient = "", ""
	b.Links[0].Version, b.Links[0].Hash, b.Links[0].UsedAt = 1, nil, time.Time{}
	b.Messages[0].Version, b.Messages[0].Sealed, b.Messages[0].Content = 1, nil, mail.Content{}
	b.Messages[0].Language, b.Messages[0].NotBefore = language.Und, time.Time{}
	b.Rosters[0].Version, b.Rosters[0].Claim = 1, attachment.Claim{}
	b.Rosters[0].Contest, b.Rosters[0].Review = attachment.Contest{}, attachment.Review{}
	b.Registrations[0].Invited = false
	b.Rosters[0].Rows[0].Wish, b.Rosters[0].Rows[0].Invited = attachment.Wish{}, ""
	b.Rosters[0].Rows[0].Remind, b.Rosters[0].Rows[0].Reminded = time.Time{}, 0
	b.Rosters[0].Rows[0].Escalated, b.Rosters[0].Rows[0].Contested = false, time.Time{}
	b.Rosters[0].Rows[0].Grants = nil
	b.Rosters[0].Rows[0].Decision = attachment.Decision{}
	b.Rosters[0].Rows[1].Details = &structure.Details{}
	b.Journal[0] = storage.Entry{
		Operation: "other", Structure: "house-1", Version: 4, At: at(27), Actor: account.System(),
	}
	put(t, store, b)

	b.Journal = append(b.Journal, full(1).Journal...)
	holds(t, store, b, 2)
}

func TestNothingIsFound(t *testing.T) {
	t.Parallel()

	store, ctx := fresh(t), t.Context()
	missing := func(_ any, err error) { t.Helper(); require.ErrorIs(t, err, storage.ErrNotFound) }

	missing(store.Structure(ctx, "x"))
	missing(store.StructureByIdentity(ctx, siret(1)))
	missing(store.StructureByIdentity(ctx, identifier.ID{}))
	missing(store.Registration(ctx, "x"))
	missing(store.Account(ctx, "x"))
	missing(store.AccountByLogin(ctx, ""))
	missing(store.Credential(ctx, "x"))
	missing(store.Attempts(ctx, "x"))
	missing(store.Link(ctx, "x"))
	missing(store.Roster(ctx, storage.RosterQuery{Structure: "x"}))
	missing(store.Memberships(ctx, "x"))
	missing(store.Message(ctx, "x"))
	missing(store.Journaled(ctx, "x"))

	links, err := store.Links(ctx, "x", account.PurposeActivation)
	require.NoError(t, err)
	assert.Empty(t, links)
}

func TestLostRaces(t *testing.T) {
	t.Parallel()

	changes := map[string]func(*storage.Batch, int64){
		"structure": func(b *storage.Batch, v int64) { b.Structures = full(1).Structures; b.Structures[0].Version = v },
		"service":   func(b *storage.Batch, v int64) { b.Services = full(1).Services; b.Services[0].Version = v },
		"registration": func(b *storage.Batch, v int64) {
			b.Registrations = full(1).Registrations
			b.Registrations[0].Version = v
		},
		"account":    func(b *storage.Batch, v int64) { b.Accounts = full(1).Accounts; b.Accounts[0].Version = v },
		"credential": func(b *storage.Batch, v int64) { b.Credentials = full(1).Credentials; b.Credentials[0].Version = v },
		"attempts":   func(b *storage.Batch, v int64) { b.Attempts = full(1).Attempts; b.Attempts[0].Version = v },
		"link":       func(b *storage.Batch, v int64) { b.Links = full(1).Links; b.Links[0].Version = v },
		"roster":     func(b *storage.Batch, v int64) { b.Rosters = full(1).Rosters; b.Rosters[0].Version = v },
		"message":    func(b *storage.Batch, v int64) { b.Messages = full(1).Messages; b.Messages[0].Version = v },
		"account guard": func(b *storage.Batch, v int64) {
			b.Guards = []storage.Guard{storage.AccountAt{ID: "manager-1", Version: v}}
		},
		"structure guard": func(b *storage.Batch, v int64) {
			b.Guards = []storage.Guard{storage.StructureAt{ID: "house-1", Version: v}}
		},
		"service guard": func(b *storage.Batch, v int64) {
			b.Guards = []storage.Guard{storage.ServiceAt{Structure: "house-1", Code: "s", Version: v}}
		},
		"roster guard": func(b *storage.Batch, v int64) {
			b.Guards = []storage.Guard{storage.RosterAt{Structure: "house-1", Version: v}}
		},
	}

	store, empty := fresh(t), fresh(t)
	put(t, store, full(1))
	put(t, empty, storage.Batch{Structures: []structure.Structure{house(9)}})

	for name, change := range changes {
		for _, version := range []int64{0, 2} {
			b := full(2)
			change(&b, version)

			err := write(t.Context(), store, b)
			if name == "link" && version == 0 {
				require.True(t, storage.Exists(err, storage.KeySelector), "%s: %v", name, err)
			} else {
				require.ErrorIs(t, err, storage.ErrConflict, "%s at %d", name, version)
			}
		}

		b := storage.Batch{}
		change(&b, 1)
		require.ErrorIs(t, write(t.Context(), empty, b), storage.ErrConflict, "%s is gone", name)
	}

	holds(t, store, full(1), 1)

	_, err := store.Structure(t.Context(), "house-2")
	require.ErrorIs(t, err, storage.ErrNotFound)

	for _, guard := range []storage.Guard{
		storage.AccountAt{ID: "manager-1", Version: 1},
		storage.StructureAt{ID: "house-1", Version: 1},
		storage.ServiceAt{Structure: "house-1", Code: "s", Version: 1},
		storage.RosterAt{Structure: "house-1", Version: 1},
	} {
		require.NoError(t, write(t.Context(), store, storage.Batch{Guards: []storage.Guard{guard}}), "%+v", guard)
	}
}

func TestUniqueKeys(t *testing.T) {
	t.Parallel()

	store := fresh(t)
	put(t, store, full(1))
	put(t, store, full(2))

	refused := func(key storage.UniqueKey, b storage.Batch) {
		t.Helper()

		err := write(t.Context(), store, b)
		require.True(t, storage.Exists(err, key), "%v", err)
	}

	b := storage.Batch{Structures: full(1).Structures}
	b.Structures[0].ID = "other"
	refused(storage.KeyIdentity, b)

	b = storage.Batch{Structures: full(1).Structures}
	b.Structures[0].Version, b.Structures[0].Identity = 1, siret(2)
	refused(storage.KeyIdentity, b)

	b = storage.Batch{Accounts: full(1).Accounts}
	b.Accounts[0].ID, b.Accounts[0].Login = "other", login("MANAGER-1@example.fr")
	refused(storage.KeyLogin, b)

	b = storage.Batch{Accounts: full(1).Accounts}
	b.Accounts[0].Version, b.Accounts[0].Login = 1, login("manager-2@example.fr")
	refused(storage.KeyLogin, b)

	b = storage.Batch{Links: full(1).Links}
	b.Links[0].Seq = 2
	refused(storage.KeySelector, b)

	b = storage.Batch{Links: full(1).Links}
	b.Links[0].Selector = "other"
	require.ErrorIs(t, write(t.Context(), store, b), storage.ErrConflict)

	refused(storage.KeyJournal, storage.Batch{Journal: append([]storage.Entry{{Operation: "new"}}, full(1).Journal...)})

	_, err := store.Journaled(t.Context(), "new")
	require.ErrorIs(t, err, storage.ErrNotFound)

	// In one batch the keys may change hands.
	b = storage.Batch{Accounts: []account.Account{full(1).Accounts[0], full(2).Accounts[0], full(3).Accounts[0]}}
	b.Accounts[0].Version, b.Accounts[0].Login = 1, full(2).Accounts[0].Login
	b.Accounts[1].Version, b.Accounts[1].Login = 1, account.Login{}
	b.Accounts[2].Login = full(1).Accounts[0].Login
	put(t, store, b)

	got, err := store.AccountByLogin(t.Context(), b.Accounts[2].Login.Key())
	require.NoError(t, err)
	assert.Equal(t, b.Accounts[2].ID, got.ID)
}

func TestRowsThatAreNotNamedStay(t *testing.T) {
	t.Parallel()

	store := fresh(t)
	put(t, store, full(1))

	roster := full(1).Rosters[0]
	roster.Version, roster.Rows = 1, nil
	put(t, store, storage.Batch{Rosters: []attachment.Roster{roster}})

	slice, err := store.Roster(t.Context(), storage.RosterQuery{Structure: "house-1", Accounts: []account.ID{"manager-1"}})
	require.NoError(t, err)
	assert.EqualValues(t, 2, slice.Roster.Version)
	assert.Equal(t, full(1).Rosters[0].Rows, slice.Roster.Rows)
}
