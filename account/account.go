package account

import (
	"encoding/json"
	"fmt"
	"log/slog"
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
}

// NoticeAddress is where notices go: the contact address once it is confirmed, or if it is the login address but for the case
// of letters, and else the login address (rule B2). Security mails always go to the login address.
func (a Account) NoticeAddress() string {
	if a.Person.Contact != "" && (!a.ContactAt.IsZero() || !a.MustConfirm()) {
		return a.Person.Contact
	}

	return a.Login.String()
}

// MustConfirm tells whether the contact address is another mailbox than the login address and nobody has confirmed it.
func (a Account) MustConfirm() bool {
	if a.Person.Contact == "" || a.Person.Contact == a.Login.String() || !a.ContactAt.IsZero() {
		return false
	}

	// More than the case of ASCII letters may be another mailbox, although it would be the same login: strasse.example and
	// straße.example are two domains.
	return lower(a.Person.Contact) != lower(a.Login.String())
}

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
		a.ContactAt = time.Time{}
	}

	a.Person = p

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
	Account  ID
	Version  int64 // as read; 0 = not stored yet
	Password string
	Question string
	Answer   string
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
