package attachment

import (
	"slices"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// Facts are what the rules need besides the roster. Storage reads them in the same snapshot; the portal adds the
// policy.
type Facts struct {
	Structure     structure.Structure
	Services      map[structure.Code]structure.Service // those that the rows and the command name
	Registrations map[account.ID]account.Registration  // of the accounts in the slice, as far as there are any
	Accounts      map[account.ID]account.Account       // of the accounts in the slice, as far as there are any
	Policy        account.Policy
	Withhold      []habilitation.Profile // which the application keeps from the defaults (rule E3)

	Decider account.ID // an active account besides the main manager that can decide, see [Roster.Decider]; needed for commands of support
	Invited bool       // somebody who was invited has not answered yet, see [Roster.Invited]; needed for commands that leave a structure vacant
}

// Decider returns an account, other than the main manager, that holds Organisation/modification and is active: the least of
// them, "" if there is none. r must be a whole roster.
func (r Roster) Decider(f Facts) account.ID {
	var out account.ID

	for _, row := range r.Rows {
		holds := row.State == Attached && row.Service == "" && row.Account != r.Holder && f.active(row.Account) &&
			slices.ContainsFunc(row.Grants, func(g Grant) bool { return g.Profile == habilitation.Manage })
		if holds && (out == "" || row.Account < out) {
			out = row.Account
		}
	}

	return out
}

// Invited tells whether an invitation is open at that time. r must be a whole roster.
func (r Roster) Invited(at time.Time) bool {
	return slices.ContainsFunc(r.Rows, func(a Attachment) bool {
		return a.State == Approved && a.Invited != "" && !a.over(at)
	})
}

// active tells whether there is an active account of that id.
func (f Facts) active(id account.ID) bool { return f.Accounts[id].State == account.Active }

// waiting tells whether the id is of a registration that is not an account yet and still may become one.
func (f Facts) waiting(id account.ID, at time.Time) bool {
	_, exists := f.Accounts[id]
	reg := f.Registrations[id]

	return !exists && reg.Open() && !reg.Over(at)
}

// gone tells whether there is nobody of that id any more who could be attached.
func (f Facts) gone(id account.ID, at time.Time) bool {
	acc, exists := f.Accounts[id]

	return exists && acc.State == account.Closed || !exists && !f.waiting(id, at)
}

// due returns when a registration's request lapses: with the registration, where its activation does not wait for an
// answer (rules B6 and B11).
func (f Facts) due(id account.ID, at time.Time) time.Time {
	if reg := f.Registrations[id]; reg.Separate {
		return reg.Due
	}

	return at.Add(f.Policy.RequestLife)
}

// canSucceed tells whether a request's author may succeed to a claim (rule D1).
func (f Facts) canSucceed(id account.ID, at time.Time) bool { return f.active(id) || f.waiting(id, at) }

// claimEnds returns when a claim that begins now is over at the latest: never later than its registration (rules B6 and D1).
func (f Facts) claimEnds(id account.ID, at time.Time) time.Time {
	end := at.Add(f.Policy.ClaimMax)
	if reg := f.Registrations[id]; reg.Separate && !reg.Due.IsZero() && reg.Due.Before(end) {
		return reg.Due
	}

	return end
}

// Rights returns the rights that an account has in the structure of the roster, for rule E6. Of a slice that does not
// hold the account's rows it returns none.
func (r Roster) Rights(f Facts, id account.ID, at time.Time) habilitation.Rights {
	rights := habilitation.Rights{Account: id, State: f.Accounts[id].State, AsOf: at}

	for _, row := range r.RowsOf(id) {
		service := f.Services[row.Service]
		service.Code = row.Service

		if h, ok := row.Holding(f.Structure, service, r.Standing == Managed && r.Holder == id); ok {
			rights.Holdings = append(rights.Holdings, h)
		}
	}

	return rights
}
