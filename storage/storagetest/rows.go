package storagetest

import (
	"fmt"
	"time"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/identifier/identifiertest"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// at returns a time of the suite: minutes after a beginning, with microseconds.
func at(minutes int) time.Time {
	return time.Date(2026, time.January, 5, 9, 30, 0, 123456000, time.UTC).Add(time.Duration(minutes) * time.Minute)
}

// numbers is an [identifiertest.Source] that gives the numbers it holds, then zeros.
type numbers []int

// IntN returns the next number.
func (s *numbers) IntN(n int) int {
	if len(*s) == 0 {
		return 0
	}

	next := (*s)[0] % n
	*s = (*s)[1:]

	return next
}

// siret returns the n-th identifier of the suite.
func siret(n int) identifier.ID { return identifiertest.SIRET(&numbers{0, n}) }

// individual returns the identifier of the n-th person of the suite.
func individual(n int) identifier.ID {
	return identifier.MustParse(identifier.Individual, fmt.Sprintf("Jeanne Durand %d", n))
}

// login returns an address known to be one.
func login(s string) account.Login {
	l, err := account.ParseLogin(s)
	if err != nil {
		panic(err)
	}

	return l
}

// name makes a key: "manager-3".
func name[T ~string](what string, n int) T { return T(fmt.Sprintf("%s-%d", what, n)) }

// house is a structure that exists, without data.
func house(n int) structure.Structure {
	return structure.New(name[structure.ID]("house", n), siret(n), at(n))
}

// person is an active account.
func person(id account.ID) account.Account {
	return account.Account{
		ID: id, State: account.Active, Login: login(string(id) + "@example.fr"),
		Person: account.Person{FirstName: "Anne", LastName: string(id), Language: language.French}, Epoch: 1,
		CreatedAt: at(0),
	}
}

// applicant is a registration that awaits approval.
func applicant(id account.ID, where structure.ID) account.Registration {
	return account.Registration{
		ID: id, State: account.AwaitingApproval, Structure: where, Login: login(string(id) + "@example.fr"),
		Person: account.Person{FirstName: "Jean", LastName: string(id), Language: language.French}, CreatedAt: at(0),
	}
}

// asks is an open request at structure level.
func asks(id account.ID, order int64) attachment.Attachment {
	return attachment.Attachment{
		Key: attachment.Key{Account: id}, State: attachment.Requested, Order: order, RequestedAt: at(int(order)),
		Since: at(int(order)),
	}
}

// belongs is an attachment with grants.
func belongs(id account.ID, service structure.Code, profiles ...habilitation.Profile) attachment.Attachment {
	row := attachment.Attachment{
		Key: attachment.Key{Account: id, Service: service}, State: attachment.Attached, Order: 1, RequestedAt: at(1),
		Since: at(2),
	}
	for _, p := range profiles {
		row.Grants = append(row.Grants, attachment.Grant{Profile: p, By: account.System(), At: at(2)})
	}

	return row
}

// wishes is a row with an open wish for more profiles.
func wishes(row attachment.Attachment, minute int, order int64) attachment.Attachment {
	row.Wish = attachment.Wish{Profiles: []habilitation.Profile{act()}, At: at(minute), Order: order}

	return row
}

// note is a queued message.
func note(id string, notBefore time.Time) storage.Message {
	return storage.Message{
		ID: id, State: storage.Queued, Kind: mail.Refused, To: "a@example.fr", Language: language.French,
		NotBefore: notBefore, CreatedAt: at(0),
	}
}

// look and act are profiles of an application that is not Organisation.
func look() habilitation.Profile {
	return habilitation.Profile{Application: "factures-emises", Level: habilitation.Consultation}
}

func act() habilitation.Profile {
	return habilitation.Profile{Application: "factures-emises", Level: habilitation.Modification}
}

// details are a structure's data with every field filled.
func details(label string) *structure.Details {
	return &structure.Details{
		Sector: structure.Public,
		Data: structure.Data{
			LegalName: "Mairie de Trifouilly", LastName: "Durand", FirstName: "Zoé", Label: label,
			Address: "1 place de l'Église", Complement1: "bâtiment B", Complement2: "escalier 3", PostalCode: "01234",
			Town: "Trifouilly-les-Oies", Country: "FR", NonDiffusible: true,
		},
		Applications: []structure.Application{"factures-emises", "signature"},
	}
}

// tried are attempts with every field filled.
func tried(key string, round byte, t func(minutes int) time.Time) account.Attempts {
	n := int(round)
	gate := func(from int) account.Gate {
		return account.Gate{
			Failed: from + n, Closed: from + 1 + n, Until: t(from),
			Pending: []account.Try{{ID: name[string]("try", n+1), At: t(from + 1)}, {ID: name[string]("a-try", n), At: t(from + 2)}},
		}
	}
	ask := func(from int) account.Ask { return account.Ask{At: t(from), Count: from + n} }

	return account.Attempts{
		Key: key, Password: gate(61), Answer: gate(64), Code: gate(67), Reset: ask(70), Resend: ask(71), Reactivate: ask(72),
		Move: ask(73), Told: ask(74), Over: t(75),
	}
}

// full returns a batch with rows of every kind in which every field is filled in some row. Two numbers give batches
// that have no key in common. Another round gives the same keys with other values.
func full(n int, round byte) storage.Batch {
	t := func(minutes int) time.Time { return at(1000*int(round) + minutes) }
	text := func(s string) string { return fmt.Sprintf("%s %d", s, round) }

	claimed, managed := name[structure.ID]("claimed", n), name[structure.ID]("managed", n)
	claimant, waiting := name[account.ID]("claimant", n), name[account.ID]("waiting", n)
	refused := name[account.ID]("refused", n)
	manager, member := name[account.ID]("manager", n), name[account.ID]("member", n)

	someone := account.Person{
		FirstName: text("Zoé"), LastName: "D'Ormesson", Phone: "+33 1 23 45 67 89", Contact: "contact@example.fr",
		Language: language.English,
	}
	terms := account.Consent{Version: text("terms"), At: t(1)}
	survey := account.Consent{Version: text("survey"), At: t(2)}
	bearer := func(id account.ID) account.Login { return login(fmt.Sprintf("%s.%d@Example.fr", id, round)) }

	of := func(id structure.ID, number int) structure.Structure {
		d := details(text("libellé"))
		d.Data.LegalName = text("Mairie de Trifouilly")

		return structure.Structure{
			ID: id, Identity: siret(number), Sector: d.Sector, Status: structure.Inactive, Data: d.Data,
			Applications: d.Applications, CreatedAt: t(3), CheckedAt: t(39),
			Verification: []structure.Verification{structure.Unverified, structure.Verified}[round%2],
			Sealed:       []byte{7, 0, round},
		}
	}
	registration := func(id account.ID, s account.RegistrationState, where structure.ID) account.Registration {
		return account.Registration{
			ID: id, State: s, Structure: where, Login: bearer(id), Person: someone, Terms: terms, Survey: survey,
			CreatedAt: t(4), Due: t(40),
		}
	}
	holder := func(id account.ID) account.Account {
		return account.Account{
			ID: id, State: account.Active, Login: bearer(id), Person: someone, Terms: terms, Survey: survey,
			Epoch: int64(7 + round), CreatedAt: t(5), Away: (id == manager) == (round%2 == 0), ContactAt: t(41), ClaimDay: t(42),
			Claims: 1 + int(round), LoginFailedAt: t(53), ContactFailedAt: t(54),
		}
	}
	grants := func(by account.Actor) []attachment.Grant {
		return []attachment.Grant{
			{Profile: look(), By: by, At: t(6)}, {Profile: act(), By: account.Support("Léa"), At: t(7)},
		}
	}

	claim := registration(claimant, account.AwaitingActivation, claimed)
	claim.Claimed, claim.Invited = true, round%2 == 0
	again := registration(waiting, account.AwaitingApproval, claimed)
	again.RefusedAt, again.Separate = t(8), round%2 == 0
	over := registration(refused, account.Refused, managed)
	over.RefusedAt, over.EndedAt, over.Separate, over.Invited = t(9), t(9), round%2 == 1, round%2 == 1

	former, current := of(claimed, 100*n+2*int(round)), of(managed, 100*n+2*int(round)+1)
	former.Successor, current.Predecessor = managed, claimed
	former.Identity = individual(2*n + int(round)/2)

	if round%2 == 1 {
		former.Identity = siret(100*n + 2*int(round))
		former.Successor, former.Predecessor, current.Predecessor = "", managed, ""
		current.Successor = claimed
	}

	return storage.Batch{
		Structures: []structure.Structure{former, current},
		Services: []structure.Service{
			{Structure: managed, Code: "SRV-1", Label: text("Service"), Inactive: true, From: t(10), Until: t(11)},
			{Structure: managed, Code: "SRV-2", Label: text("Autre")},
		},
		Registrations: []account.Registration{claim, again, over},
		Accounts:      []account.Account{holder(manager), holder(member)},
		Credentials: []account.Credential{
			{
				Account: manager, Password: "$argon2id$1", Question: text("Où ?"), Answer: "$argon2id$2", ClearedAt: t(55),
				Factor: account.Factor{
					Sealed: []byte{8, 0, round}, Since: t(56), Step: int64(100 + int(round)),
					Recovery: []string{text("$argon2id$6"), text("$argon2id$5")},
				},
			},
			{
				Account: member, Password: []string{"$argon2id$3", ""}[round%2], Question: text("Qui ?"), Answer: "$argon2id$4",
				Factor: account.Factor{Sealed: [][]byte{nil, {1}}[round%2]}, // is being set up, later
			},
		},
		Attempts: []account.Attempts{
			tried(name[string]("tried", n), round, t),
			{Key: name[string]("asked", n), Resend: account.Ask{At: t(57), Count: 1 + int(round)}, Over: t(58)},
		},
		Links: []account.Link{{
			Selector: name[account.Selector]("selector", n), Purpose: account.PurposeActivation, Account: claimant,
			Seq: int64(1 + round), Hash: []byte{0, 1, 2, round}, Life: time.Duration(1+round) * time.Hour,
			NotAfter: t(12), LeasedAt: t(13), UsedAt: t(14), Bound: text("contact@example.fr"),
		}},
		Rosters: []attachment.Roster{
			{
				Structure: claimed, Standing: attachment.InClaim, Holder: claimant,
				Claim: attachment.Claim{Designated: t(15), Leased: t(16), Term: t(17)},
				Contest: attachment.Contest{
					Since: t(43), By: name[account.ID]("doubts", int(round)), Of: name[account.ID]("doubted", int(round)), Frozen: round%2 == 0,
				},
				Rows: []attachment.Attachment{
					{
						Key: attachment.Key{Account: claimant}, State: attachment.Claimed, Order: int64(1 + round),
						RequestedAt: t(18), Since: t(19), Details: details(text("à moi")),
					},
					{
						Key: attachment.Key{Account: waiting}, State: attachment.Requested, Order: int64(2 + round),
						RequestedAt: t(20), Due: t(21), Since: t(22), Comment: text("S'il vous plaît"), Repeat: true,
						Details:  details(text("à nous")),
						Decision: attachment.Decision{By: account.Support("Léa"), At: t(23), Reason: text("Non.")},
						Remind:   t(44), Reminded: 1 + int(round), Escalated: round%2 == 0, Contested: t(45),
					},
				},
			},
			{
				Structure: managed, Standing: attachment.Managed, Holder: manager, Attached: 2,
				Contest: attachment.Contest{Since: t(46), By: refused, Of: manager, Frozen: round%2 == 1},
				Review:  attachment.Review{Of: name[account.ID]("before", int(round)), Until: t(47)},
				Rows: []attachment.Attachment{
					{
						Key: attachment.Key{Account: manager}, State: attachment.Attached, Order: 1,
						RequestedAt: t(24), Since: t(25), Grants: grants(account.System()), Escalated: round%2 == 1,
					},
					{
						Key: attachment.Key{Account: member, Service: "SRV-1"}, State: attachment.Attached, Order: 2,
						RequestedAt: t(26), Since: t(27), Comment: "Bonjour,\n\tmerci",
						Decision: attachment.Decision{By: account.By(manager), At: t(28), Approved: true},
						Grants:   grants(account.By(manager)),
						Wish: attachment.Wish{
							Profiles: [][]habilitation.Profile{{look(), act()}, {habilitation.Manage}}[round%2],
							Comment:  text("Et aussi,\n\tmerci"), At: t(48), Order: int64(3 + round),
							Decision: attachment.Decision{
								By: account.Support("Zoé"), At: t(49), Approved: round%2 == 1, Reason: text("Pas encore"),
							},
						},
						Invited: fmt.Sprintf("Invited.%d@Example.fr", round),
					},
					{
						Key: attachment.Key{Account: refused}, State: attachment.Refused, Order: 3,
						RequestedAt: t(29), Since: t(30),
						Decision: attachment.Decision{By: account.By(manager), At: t(31), Reason: text("Inconnu")},
						Wish: attachment.Wish{Decision: attachment.Decision{
							By: account.By(name[account.ID]("decider", int(round))), At: t(50), Approved: round%2 == 0, Reason: text("Non"),
						}},
					},
				},
			},
		},
		Messages: []storage.Message{
			{
				ID: name[string]("queued", n), State: storage.Queued, Kind: mail.ActivationLink, To: "a@example.fr",
				Account: claimant, Structure: claimed, Language: language.English,
				Content: mail.Content{
					Recipient: "Zoé D'Ormesson", Structure: text("Mairie"), Identifier: "SIRET 732 829 320 00074",
					Formerly:  text("SIRET 732 829 320 00066"),
					Requester: "Jean Dupont", Login: "jean@example.fr", Comment: "merci\n", Reason: "non", Succeeded: true,
					Service: text("Achats"), Profiles: []string{text("Factures émises/consultation"), "Signature"},
					Since: t(51), Until: t(32), Left: 1 + int(round),
				},
				Selector: name[account.Selector]("selector", n), Sealed: []byte{9, 0, round}, Tries: 3 + int(round),
				NotBefore: t(33), LastError: text("450 try later"), CreatedAt: t(34),
			},
			{
				ID: name[string]("parked", n), State: storage.Parked, Kind: mail.RequestToApprove, Structure: managed,
				Language: language.French, NotBefore: t(35), LastError: text("550 no"), CreatedAt: t(36), DoneAt: t(37),
				Account: member, Recipient: []account.ID{manager, member}[round%2],
			},
		},
		Journal: []storage.Entry{
			{
				Operation: fmt.Sprintf("operation-%d-%d", n, round), Seq: 0, Try: 2, At: t(38), Actor: account.By(manager),
				Action: "request refused", Structure: managed, Version: int64(1 + round), Account: refused, Service: "SRV-1", Before: "requested",
				After: "refused", Note: text("Inconnu"),
			},
			{
				Operation: fmt.Sprintf("operation-%d-%d", n, round), Seq: 1, Try: 2, At: t(38),
				Actor: account.Support("Léa"), Action: "claim began", Structure: claimed,
			},
		},
	}
}
