package account

import (
	"time"

	"github.com/guichet-pro/guichet/structure"
)

// Registration is somebody's wish for an account, as it is stored (rule B11).
type Registration struct {
	ID        ID
	Version   int64 // as read; 0 = not stored yet
	State     RegistrationState
	Structure structure.ID
	Login     Login
	Person    Person
	Terms     Consent
	Survey    Consent
	Claimed   bool      // the receipt said that its author was the first to name the structure
	RefusedAt time.Time // the last time this structure refused this login, now or in an earlier registration
	CreatedAt time.Time
	EndedAt   time.Time // when it was activated, refused, withdrawn or lapsed
	Invited   bool      // a decider gave the login: its author tells name and consent when they activate (rule D7)

	// Separate tells that the activation does not wait for the structure's answer (policy Immediate, rule B6): what
	// becomes of the request leaves the registration alone, which lapses at Due, and Structure may be empty.
	Separate bool
	Due      time.Time // when a separate registration lapses; zero otherwise, its request says when
}

// Open tells whether the registration can still become an account.
func (r Registration) Open() bool { return r.State.Open() }

// Repeats tells whether the registration comes back within the policy's time after a refusal by the same structure:
// it is then listed as a repeat and nobody is mailed about it (rule B6).
func (r Registration) Repeats(p Policy) bool {
	return !r.RefusedAt.IsZero() && r.CreatedAt.Before(r.RefusedAt.Add(p.RepeatWithin))
}

// Over tells whether the time of a separate registration is over.
func (r Registration) Over(at time.Time) bool {
	return r.Separate && r.Open() && !r.Due.IsZero() && !at.Before(r.Due)
}

// Handle returns the registration after an event, or a [*StateError].
func (r Registration) Handle(e RegistrationEvent, at time.Time) (Registration, error) {
	next, err := r.State.After(e)
	if err != nil {
		return r, err
	}

	r.State = next
	if !next.Open() {
		r.EndedAt = at
	}

	if next == Refused {
		r.RefusedAt = at
	}

	return r, nil
}

// Follow returns the registration after something happened to its request: the same happened to it. A separate
// registration goes its own way, and only remembers a refusal (rule B6).
func (r Registration) Follow(e RegistrationEvent, at time.Time) (Registration, error) {
	switch {
	case !r.Separate:
		return r.Handle(e, at)
	case e == Refuse:
		r.RefusedAt = at
	case e == Lapse && r.Over(at):
		return r.Handle(e, at)
	}

	return r, nil
}

// Erase returns the registration without what is personal about it, once nothing depends on it any more.
func (r Registration) Erase() Registration {
	r.Login, r.Person, r.Terms, r.Survey = Login{}, Person{}, Consent{}, Consent{}

	return r
}

// Account returns the account that the registration becomes when it is activated. It keeps the id.
func (r Registration) Account(at time.Time) Account {
	return Account{
		ID: r.ID, State: Active, Login: r.Login, Person: r.Person, Terms: r.Terms, Survey: r.Survey,
		Epoch: 1, CreatedAt: at,
	}
}
