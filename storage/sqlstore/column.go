package sqlstore

import (
	"database/sql/driver"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/structure"
)

// column ties one column of a table to one field of a row.
type column struct {
	name string
	at   any    // points into the row: an argument when the row is written, a destination when it is read
	read string // an expression, for what is kept in another table: such a column is only read
}

// The types below stand in for a pointer to a field where the column holds something else than the field does. Each is
// a driver.Valuer and a sql.Scanner.

// null is the value NULL.
func null() (driver.Value, error) { return nil, nil } //nolint:nilnil // database/sql has no other word for it

// stamp is a time in a column that is not NULL.
type stamp struct{ at *time.Time }

func (c stamp) Value() (driver.Value, error) { return c.at.UnixMicro(), nil }

func (c stamp) Scan(src any) error {
	micros, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a time is %T", src)
	}

	*c.at = time.UnixMicro(micros).UTC()

	return nil
}

// when is a time in a column where NULL is the zero time.
type when struct{ at *time.Time }

func (c when) Value() (driver.Value, error) {
	if c.at.IsZero() {
		return null()
	}

	return stamp(c).Value()
}

func (c when) Scan(src any) error {
	if src == nil {
		*c.at = time.Time{}

		return nil
	}

	return stamp(c).Scan(src)
}

// text is what Scan was given for a text; "" for NULL.
func text(src any) (string, error) {
	switch s := src.(type) {
	case nil:
		return "", nil
	case string:
		return s, nil
	case []byte:
		return string(s), nil
	default:
		return "", fmt.Errorf("a text is %T", src)
	}
}

// optional is a text that is NULL when it is empty.
type optional[T ~string] struct{ at *T }

func (c optional[T]) Value() (driver.Value, error) {
	if *c.at == "" {
		return null()
	}

	return string(*c.at), nil
}

func (c optional[T]) Scan(src any) error {
	s, err := text(src)
	*c.at = T(s)

	return err
}

// name is an enumeration, kept under its stable names.
type name[T interface {
	~uint8
	fmt.Stringer
}] struct{ at *T }

func (c name[T]) Value() (driver.Value, error) { return (*c.at).String(), nil }

func (c name[T]) Scan(src any) error {
	s, err := text(src)
	if err != nil {
		return err
	}

	for i := range 1 << 8 {
		if T(i).String() == s {
			*c.at = T(i)

			return nil
		}
	}

	return fmt.Errorf("%q is no %T", s, *c.at)
}

// lines is a list of codes, one a line; NULL for none. It is only read.
type lines[T ~string] struct{ at *[]T }

func (c lines[T]) Scan(src any) error {
	*c.at = nil

	s, err := text(src)
	if err != nil || s == "" {
		return err
	}

	for line := range strings.SplitSeq(s, "\n") {
		*c.at = append(*c.at, T(line))
	}

	return nil
}

// octets are a byte string, kept as base64 text; NULL when it is empty.
type octets struct{ at *[]byte }

func (c octets) Value() (driver.Value, error) {
	if len(*c.at) == 0 {
		return null()
	}

	return base64.StdEncoding.EncodeToString(*c.at), nil
}

func (c octets) Scan(src any) error {
	*c.at = nil

	s, err := text(src)
	if err != nil || s == "" {
		return err
	}

	*c.at, err = base64.StdEncoding.DecodeString(s)

	return err
}

// texts are a list of them, as a JSON array; "" for none.
type texts struct{ at *[]string }

func (c texts) Value() (driver.Value, error) {
	if len(*c.at) == 0 {
		return "", nil
	}

	encoded, err := json.Marshal(*c.at)

	return string(encoded), err
}

func (c texts) Scan(src any) error {
	*c.at = nil

	s, err := text(src)
	if err != nil || s == "" {
		return err
	}

	return json.Unmarshal([]byte(s), c.at)
}

// tries are those that told no outcome yet, as a JSON array; "" for none.
type tries struct{ at *[]account.Try }

type storedTry struct {
	ID string `json:"id"`
	At int64  `json:"at"` // as a stamp
}

func (c tries) Value() (driver.Value, error) {
	if len(*c.at) == 0 {
		return "", nil
	}

	stored := make([]storedTry, len(*c.at))
	for i, t := range *c.at {
		stored[i] = storedTry{t.ID, t.At.UnixMicro()}
	}

	encoded, err := json.Marshal(stored)

	return string(encoded), err
}

func (c tries) Scan(src any) error {
	*c.at = nil

	s, err := text(src)
	if err != nil || s == "" {
		return err
	}

	var stored []storedTry
	if err := json.Unmarshal([]byte(s), &stored); err != nil {
		return err
	}

	for _, t := range stored {
		*c.at = append(*c.at, account.Try{ID: t.ID, At: time.UnixMicro(t.At).UTC()})
	}

	return nil
}

// content is what a mail is about, as JSON with the names that package mail gives.
type content struct{ at *mail.Content }

func (c content) Value() (driver.Value, error) {
	encoded, err := json.Marshal(c.at)

	return string(encoded), err
}

func (c content) Scan(src any) error {
	s, err := text(src)
	if err != nil {
		return err
	}

	*c.at = mail.Content{}
	err = json.Unmarshal([]byte(s), c.at)
	c.at.Since, c.at.Until = c.at.Since.UTC(), c.at.Until.UTC()

	return err
}

// profiles are a list of them, as a JSON array of "application/level"; "" for none.
type profiles struct{ at *[]habilitation.Profile }

func (c profiles) Value() (driver.Value, error) {
	if len(*c.at) == 0 {
		return "", nil
	}

	names := make([]string, len(*c.at))
	for i, p := range *c.at {
		names[i] = p.String()
	}

	encoded, err := json.Marshal(names)

	return string(encoded), err
}

func (c profiles) Scan(src any) error {
	*c.at = nil

	s, err := text(src)
	if err != nil || s == "" {
		return err
	}

	var names []string
	if err := json.Unmarshal([]byte(s), &names); err != nil {
		return err
	}

	for _, profile := range names {
		var (
			p  habilitation.Profile
			at = strings.LastIndex(profile, "/")
		)

		if at < 0 {
			return fmt.Errorf("%q is no profile", profile)
		}

		p.Application = structure.Application(profile[:at])
		if err := (name[habilitation.Level]{&p.Level}).Scan(profile[at+1:]); err != nil {
			return err
		}

		*c.at = append(*c.at, p)
	}

	return nil
}

// actor is who acted, in the journal's spelling.
type actor struct{ at *account.Actor }

func (c actor) Value() (driver.Value, error) { return c.at.String(), nil }

func (c actor) Scan(src any) error {
	s, err := text(src)
	if err != nil {
		return err
	}

	who, ok := account.ParseActor(s)
	if !ok {
		return fmt.Errorf("%q is no actor", s)
	}

	*c.at = who

	return nil
}

// login is an address as typed; loginKey is its key, NULL for none, so that people without a login do not collide.
type (
	login    struct{ at *account.Login }
	loginKey struct{ at *account.Login }
)

func (c login) Value() (driver.Value, error) { return c.at.String(), nil }

func (c login) Scan(src any) error {
	s, err := text(src)
	*c.at = account.StoredLogin(s, "")

	return err
}

func (c loginKey) Value() (driver.Value, error) {
	if c.at.IsZero() {
		return null()
	}

	return c.at.Key(), nil
}

func (c loginKey) Scan(src any) error {
	if src == nil {
		return nil
	}

	key, err := text(src)
	*c.at = account.StoredLogin(c.at.String(), key)

	return err
}

// tag is a language, "" for none.
type tag struct{ at *language.Tag }

func (c tag) Value() (driver.Value, error) {
	if *c.at == language.Und {
		return "", nil
	}

	return c.at.String(), nil
}

func (c tag) Scan(src any) error {
	s, err := text(src)
	if err != nil || s == "" {
		*c.at = language.Und

		return err
	}

	*c.at, err = language.Parse(s)

	return err
}

// derived is what another column says already: written, and not read.
type derived func() any

func (c derived) Value() (driver.Value, error) {
	return driver.DefaultParameterConverter.ConvertValue(c())
}

func (derived) Scan(any) error { return nil }
