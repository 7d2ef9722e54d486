package account

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/guichet-pro/guichet/structure"
)

// Account is an activated account, as it is stored.
type Account struct {
	ID        ID
	Version   int64 // as read; 0 = not stored yet
	State     State
	Login     Login
	Person    Person
	Terms     Consent
	Survey    Consent
	Epoch     int64 // credential epoch, from 1: advances when sessions that began before should end (rule B15)
	CreatedAt time.Time

	Away      bool      // the person had deactivated it when it was blocked: unblocked, it is deactivated again
	ContactAt time.Time // when the person's contact address was confirmed; zero = not, or not needed (rule B2)
	ClaimDay  time.Time // the day, in UTC, that Claims counts; zero = none
	Claims    int       // structures created on that day (rule C5)

	LoginFailedAt   time.Time // when a mail to the login address was given up; zero = none since one arrived (rule F4)
	ContactFailedAt time.Time // likewise, to the contact address
}

// NoticeAddress is where notices go: the contact address once it is confirmed, or if it is the login address but for the case
// of letters, and else the login address (rule B2), as it is while mail to the contact address is given up (rule F4). Security mails always go to the login address.
func (a Account) NoticeAddress() string {
	confirmed := !a.ContactAt.IsZero() && a.ContactFailedAt.IsZero()
	if a.Person.Contact != "" && (confirmed || a.sameMailbox()) {
		return a.Person.Contact
	}

	return a.Login.String()
}

// Missed returns the account flagged: a mail to one of its addresses was given up (rule F4).
func (a Account) Missed(to string, at time.Time) Account {
	if to == a.Login.String() && to != "" {
		a.LoginFailedAt = at
	}

	if to == a.Person.Contact && to != "" {
		a.ContactFailedAt = at
	}

	return a
}

// Reached returns the account without the flag of an address that a mail was handed over for since.
func (a Account) Reached(to string, at time.Time) Account {
	if to == a.Login.String() && at.After(a.LoginFailedAt) {
		a.LoginFailedAt = time.Time{}
	}

	if to == a.Person.Contact && at.After(a.ContactFailedAt) {
		a.ContactFailedAt = time.Time{}
	}

	return a
}

// Reachable tells whether no mail was given up where the account's notices go.
func (a Account) Reachable() bool {
	if a.NoticeAddress() == a.Login.String() {
		return a.LoginFailedAt.IsZero()
	}

	return a.ContactFailedAt.IsZero()
}

// MustConfirm tells whether the contact address is another mailbox than the login address and nobody has confirmed it.
func (a Account) MustConfirm() bool {
	return a.Person.Contact != "" && a.ContactAt.IsZero() && !a.sameMailbox()
}

// sameMailbox tells whether the contact address is the login address but for the case of ASCII letters. More may be another
// mailbox, although it would be the same login: strasse.example and straße.example are two domains.
func (a Account) sameMailbox() bool { return lower(a.Person.Contact) == lower(a.Login.String()) }

// lower returns s with its ASCII letters in lower case.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}

		return r
	}, s)
}

// Reach returns the account with other data of its person: a contact address that changes has to be confirmed again.
func (a Account) Reach(p Person) Account {
	if p.Contact != a.Person.Contact {
		a.ContactAt, a.ContactFailedAt = time.Time{}, time.Time{}
	}

	a.Person = p

	return a
}

// Move returns the account with another login (rule B13): a contact address that was the login goes with it. Sessions that began
// before end (rule B15).
func (a Account) Move(login Login) Account {
	if a.sameMailbox() {
		a.Person.Contact, a.ContactAt, a.ContactFailedAt = login.String(), time.Time{}, time.Time{}
	}

	a.Login, a.LoginFailedAt = login, time.Time{}
	a.Epoch++

	return a
}

// Claim counts one more structure that the account creates (rule C5). Error: an [*AccountError] around [ErrCreated].
func (a Account) Claim(p Policy, at time.Time) (Account, error) {
	if today := at.UTC().Truncate(day); !a.ClaimDay.Equal(today) {
		a.ClaimDay, a.Claims = today, 0
	}

	if a.Claims >= p.ClaimsPerDay {
		return a, &AccountError{State: a.State, Err: ErrCreated}
	}

	a.Claims++

	return a, nil
}

// Credential is what an account proves itself with: hashes in PHC string format, and the question as typed (rule B8).
type Credential struct {
	Account   ID
	Version   int64  // as read; 0 = not stored yet
	Password  string // "" = the application keeps it
	Question  string // "" = none
	Answer    string
	ClearedAt time.Time // from then on the question is not asked any more (rule B9); zero = nobody cleared it
	Factor    Factor
}

// Factor is the second factor of an account that has set one up: an app that shows codes.
type Factor struct {
	Sealed   []byte    // the secret that the app and the portal share, sealed; empty = none
	Since    time.Time // when a first code proved that the app has it; zero = it is being set up
	Step     int64     // of the last code that was used: none is used twice
	Recovery []string  // hashes of the codes that are left for who has lost the app
}

// On tells whether signing in asks for the factor.
func (f Factor) On() bool { return len(f.Sealed) > 0 && !f.Since.IsZero() }

// Clone returns a copy that shares no memory with c.
func (c Credential) Clone() Credential {
	c.Factor.Sealed = slices.Clone(c.Factor.Sealed)
	c.Factor.Recovery = slices.Clone(c.Factor.Recovery)

	return c
}

// Credentials are what a person types to activate an account. They are secrets: printing the value shows none of them.
type Credentials struct {
	Password string
	Question string // the secret question, free text
	Answer   string

	// What the form of an invitation asks for besides, since nobody has asked yet (rule D7); without meaning for others.
	Person        PersonForm
	AcceptsTerms  bool
	AcceptsSurvey bool
}

// String hides the secrets from logs that print the value.
func (Credentials) String() string { return "account.Credentials(redacted)" }

// Format hides the secrets whatever the verb.
func (c Credentials) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) }

// LogValue hides the secrets from handlers of structured logs.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON hides the secrets from handlers that encode a value which holds the credentials.
func (c Credentials) MarshalJSON() ([]byte, error) { return json.Marshal(c.String()) }

// SearchText is the text under which the account is found and ordered among others: last and first name and the login,
// folded (see [structure.Fold]).
func (a Account) SearchText() string {
	return structure.Fold(a.Person.LastName + " " + a.Person.FirstName + " " + a.Login.String())
}
