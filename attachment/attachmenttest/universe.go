package attachmenttest

import (
	"slices"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// Universe is one structure and what can happen to it: who there is, which commands they give, and which facts vary. It is
// small if [Explore] is to see all of it.
//
// Of times it tells apart what is over from what is not, and after each command the clock is turned back: what is not over by
// then has its whole time again. So somebody may wait a year for a command and their request be over, but nobody grows old by
// many short waits. Of orders it keeps who came first.
type Universe struct {
	Name     string
	People   []Person               // at the most 8
	Services []structure.Code       // of which people speak; "" is the structure itself and need not be named
	Open     []habilitation.Profile // what the structure has open, once it is known; at the most 16
	Profiles []habilitation.Profile // which are granted, revoked, wished for and dropped, one at a time
	Kinds    []attachment.Command   // one of each kind that is given; their fields mean nothing
	Typed    string                 // the login that deciders type; "" = they attach accounts only (rule D7)
	Policy   account.Policy         // zero fields mean their defaults

	Waits    []time.Duration // how long after the last command one may be given, besides at once
	System   bool            // the system tries what is for deciders or support to do
	Blocked  bool            // accounts may be blocked
	Inactive bool            // a structure that is known may be inactive
	Closed   bool            // services may be inactive
}

// Person is somebody in a universe.
type Person struct {
	ID        account.ID
	Login     string
	Registers bool // they have no account before they activate their registration
	Separate  bool // their activation does not wait for the structure's answer (rule B6)
}

// Two applications are enough to tell a profile that was given from one that came by default.
const invoices structure.Application = "factures-emises"

// applications are those that the universes of this package have open, with all their profiles.
func applications() []habilitation.Profile {
	return habilitation.All([]structure.Application{invoices, habilitation.Organisation})
}

// Requests has three people at structure level: one who registers, and two accounts. They do all that is done about requests,
// claims and proofs for them, main managers, suspensions, Organisation/modification, and wishes for it. Contests, invitations, reminders, adoptions
// and services are left to the other universes, other profiles to [OneService].
func Requests() Universe {
	return Universe{
		Name: "requests",
		People: []Person{
			{ID: "r", Login: "r@exemple.fr", Registers: true},
			{ID: "a", Login: "a@exemple.fr"},
			{ID: "b", Login: "b@exemple.fr"},
		},
		Open:     applications(),
		Profiles: []habilitation.Profile{habilitation.Manage},
		Kinds: []attachment.Command{
			attachment.Register{},
			attachment.Create{},
			attachment.Request{},
			attachment.Withdraw{},
			attachment.Approve{},
			attachment.Refuse{},
			attachment.Activate{},
			attachment.Attach{},
			attachment.Detach{},
			attachment.Leave{},
			attachment.Suspend{},
			attachment.Resume{},
			attachment.HandOver{},
			attachment.Appoint{},
			attachment.Depart{},
			attachment.GrantProfiles{},
			attachment.RevokeProfiles{},
			attachment.RequestProfiles{},
			attachment.AwaitProof{},
			attachment.RefuseProof{},
			attachment.Mailed{},
			attachment.Settle{},
		},
		Waits:  []time.Duration{afterClaim, afterAll},
		System: true, Blocked: true, Inactive: true,
	}
}

// OneService has two accounts in a structure with one service. They do all that is done about attachments and profiles, but
// wish for none. Who registers is left to [Requests], and that the structure may be inactive.
func OneService() Universe {
	return Universe{
		Name: "one service",
		People: []Person{
			{ID: "a", Login: "a@exemple.fr"},
			{ID: "b", Login: "b@exemple.fr"},
		},
		Services: []structure.Code{"compta"},
		Open:     applications(),
		Profiles: []habilitation.Profile{{Application: invoices, Level: habilitation.Modification}, habilitation.Manage},
		Kinds: []attachment.Command{
			attachment.Create{},
			attachment.Request{},
			attachment.Withdraw{},
			attachment.Approve{},
			attachment.Refuse{},
			attachment.Attach{},
			attachment.Detach{},
			attachment.Leave{},
			attachment.Suspend{},
			attachment.Resume{},
			attachment.HandOver{},
			attachment.Appoint{},
			attachment.Depart{},
			attachment.GrantProfiles{},
			attachment.RevokeProfiles{},
			attachment.CopyProfiles{},
			attachment.DropProfiles{},
		},
		Blocked: true, Closed: true,
	}
}

// Contests has three accounts at structure level, who contest who manages it, and support, who freezes, releases and replaces
// (rule D12). Who withdraws or leaves, suspensions, profiles and wishes are left to the other universes.
func Contests() Universe {
	return Universe{
		Name: "contests",
		People: []Person{
			{ID: "a", Login: "a@exemple.fr"},
			{ID: "b", Login: "b@exemple.fr"},
			{ID: "c", Login: "c@exemple.fr"},
		},
		Open:     applications(),
		Profiles: []habilitation.Profile{habilitation.Manage},
		Kinds: []attachment.Command{
			attachment.Create{},
			attachment.Request{},
			attachment.Approve{},
			attachment.Refuse{},
			attachment.Detach{},
			attachment.HandOver{},
			attachment.Appoint{},
			attachment.ContestStanding{},
			attachment.Freeze{},
			attachment.Release{},
			attachment.Confirm{},
		},
		Blocked: true,
	}
}

// Invitations has a registration and an account with the same login, at structure level and at a service: who is invited and
// arrives, and what is adopted (rules B14 and D7). Reminders are left to [Reminders], suspensions, profiles and contests to the
// other universes.
func Invitations() Universe {
	return Universe{
		Name: "invitations",
		People: []Person{
			{ID: "a", Login: "a@exemple.fr"},
			{ID: "r", Login: "a@exemple.fr", Registers: true},
		},
		Services: []structure.Code{"compta"},
		Open:     applications(),
		Kinds: []attachment.Command{
			attachment.Create{},
			attachment.Register{},
			attachment.Request{},
			attachment.Withdraw{},
			attachment.Approve{},
			attachment.Refuse{},
			attachment.Activate{},
			attachment.Adopt{},
			attachment.Attach{},
			attachment.Detach{},
			attachment.Leave{},
			attachment.Arrive{},
			attachment.Depart{},
			attachment.Appoint{},
			attachment.Mailed{},
			attachment.Settle{},
		},
		Typed:   "typed@exemple.fr",
		Waits:   []time.Duration{afterAll},
		Blocked: true,
	}
}

// Reminders is [Invitations] without service, under a policy that reminds deciders and tells support (rule D10), also of wishes.
func Reminders() Universe {
	u := Invitations()
	u.Name, u.Services, u.Typed = "reminders", nil, ""
	u.Profiles = []habilitation.Profile{habilitation.Manage}
	u.Policy = account.Policy{RemindAfter: 7 * day, EscalateAfter: 30 * day}
	u.Waits = []time.Duration{afterReminder, afterAll}
	u.Kinds = []attachment.Command{
		attachment.Create{},
		attachment.Register{},
		attachment.Request{},
		attachment.Withdraw{},
		attachment.Approve{},
		attachment.Refuse{},
		attachment.Activate{},
		attachment.Adopt{},
		attachment.Leave{},
		attachment.Depart{},
		attachment.Appoint{},
		attachment.RequestProfiles{},
		attachment.Remind{},
		attachment.Settle{},
	}

	return u
}

// Separately is [Invitations] with a registration whose activation waits for no answer (rule B6), without service.
func Separately() Universe {
	u := Invitations()
	u.Name, u.Services = "separately", nil
	u.Waits = []time.Duration{afterClaim, afterAll}
	u.Kinds = append(u.Kinds, attachment.AwaitProof{}, attachment.RefuseProof{})

	for i := range u.People {
		u.People[i].Separate = u.People[i].Registers
	}

	return u
}

// Universes are those of this package.
func Universes() []Universe {
	return []Universe{Requests(), OneService(), Contests(), Invitations(), Reminders(), Separately()}
}

const (
	day = 24 * time.Hour

	afterClaim    = 25 * time.Hour // every claim is over but those that await a proof, and no request
	proofTime     = 7 * day        // that a claim awaits a proof
	afterReminder = 8 * day        // deciders have been reminded of what waits
	afterAll      = 366 * day      // everything is over
)

// noon is when a universe begins, and to which its clock is turned back.
var noon = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // a constant of struct type

// place is the id of the structure.
const place structure.ID = "s"

// Start returns the universe before anything happened: nobody has named the structure.
func (u Universe) Start() World {
	w := World{
		Roster: attachment.Roster{Structure: place},
		Facts: attachment.Facts{
			Structure:     structure.Structure{ID: place, Sector: structure.Private, Status: structure.Active},
			Services:      map[structure.Code]structure.Service{},
			Registrations: map[account.ID]account.Registration{},
			Accounts:      map[account.ID]account.Account{},
			Policy:        u.Policy.WithDefaults(),
		},
		Now: noon,
	}

	for _, code := range u.Services {
		w.Facts.Services[code] = structure.Service{Structure: place, Code: code}
	}

	for _, p := range u.People {
		login := account.StoredLogin(p.Login, p.Login)

		if !p.Registers {
			w.Facts.Accounts[p.ID] = account.Account{ID: p.ID, State: account.Active, Login: login}

			continue
		}

		reg := account.Registration{ID: p.ID, State: account.AwaitingApproval, Structure: place, Login: login}
		if p.Separate {
			reg.State, reg.Separate, reg.Due = account.AwaitingActivation, true, noon.Add(w.Facts.Policy.ActivationLife)
		}

		w.Facts.Registrations[p.ID] = reg
	}

	return w
}

// details are what everybody types about the structure.
func (u Universe) details() *structure.Details {
	apps := make([]structure.Application, 0, len(u.Open))
	for _, p := range u.Open {
		apps = append(apps, p.Application)
	}

	slices.Sort(apps)

	return &structure.Details{Sector: structure.Private, Applications: slices.Compact(apps)}
}

// gives tells whether commands like that one are given.
func (u Universe) gives(is func(attachment.Command) bool) bool {
	return slices.ContainsFunc(u.Kinds, is)
}

// scopes are where rights are asked for: in the structure, in its services, and in a service that nobody is attached to.
func (u Universe) scopes() []habilitation.Scope {
	codes := append([]structure.Code{"", "elsewhere"}, u.Services...)
	out := make([]habilitation.Scope, len(codes))

	for i, code := range codes {
		out[i] = habilitation.Scope{Structure: place, Service: code}
	}

	return out
}
