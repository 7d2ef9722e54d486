package account

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"time"
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
}

// String hides the secrets from logs that print the value.
func (Credentials) String() string { return "account.Credentials(redacted)" }

// Format hides the secrets whatever the verb.
func (c Credentials) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) }

// LogValue hides the secrets from handlers of structured logs.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON hides the secrets from handlers that encode a value which holds the credentials.
func (c Credentials) MarshalJSON() ([]byte, error) { return json.Marshal(c.String()) }
