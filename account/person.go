package account

import (
	"errors"
	"strings"
	"time"

	"github.com/hashicorp/go-multierror"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/internal/oneline"
)

// Person is what an account, or a registration, knows of its human being.
type Person struct {
	FirstName string
	LastName  string
	Phone     string
	Contact   string       // contact address; the login address unless given
	Language  language.Tag // language.French or language.English
}

// Name returns first and last name.
func (p Person) Name() string { return p.FirstName + " " + p.LastName }

// Consent records what was agreed to, and when (rule B3). The zero Consent means: not given.
type Consent struct {
	Version string
	At      time.Time
}

// Given tells whether there is a consent.
func (c Consent) Given() bool { return !c.At.IsZero() }

// maxVersion is the longest version of a text, in characters. Ours.
const maxVersion = 40

// Check tells whether a consent that comes from elsewhere can be kept: a version on one line, and a date with it. Error: a
// [*FieldError] for the field.
func (c Consent) Check(field Field) error {
	clean, err := oneline.Clean(c.Version, maxVersion)
	if err != nil || clean != c.Version || c.Given() != (c.Version != "") {
		return &FieldError{Field: field, Err: ErrConsent}
	}

	return nil
}

// ConsentTo names what a person may agree to, and take back at any time (rule B3).
type ConsentTo uint8

// What a person may agree to. The zero value is nothing.
const (
	ToTerms  ConsentTo = iota + 1 // the conditions
	ToSurvey                      // the satisfaction survey
)

// String returns the stable name, as the journal writes it.
func (c ConsentTo) String() string {
	switch c {
	case ToTerms:
		return "terms"
	case ToSurvey:
		return "survey"
	default:
		return "invalid"
	}
}

// Consents returns the account after a consent to the policy's current text was given, or taken back. Only what is given
// changes the version and date that are recorded: agreeing twice to one text keeps the first date. changed tells whether
// anything is different.
func (a Account) Consents(to ConsentTo, given bool, p Policy, at time.Time) (after Account, changed bool) {
	consent, version := &a.Terms, p.TermsVersion
	if to == ToSurvey {
		consent, version = &a.Survey, p.SurveyVersion
	}

	switch {
	case given == consent.Given() && (!given || consent.Version == version):
		return a, false
	case given:
		*consent = Consent{Version: version, At: at}
	default:
		*consent = Consent{}
	}

	return a, true
}

// PersonForm is what a person may change about themselves, as typed.
type PersonForm struct {
	FirstName string
	LastName  string
	Phone     string // optional
	Contact   string // optional; the login address unless given
	Language  language.Tag
}

// Form returns the form that the person came from, to change a part of it.
func (p Person) Form() PersonForm {
	return PersonForm(p)
}

// Check cleans the form and reports every fault at once, as a [*multierror.Error] of [*FieldError] (rules B1 and B2).
func (f PersonForm) Check(login Login) (Person, error) {
	var faults *multierror.Error

	line := func(field Field, value string, limit int, required bool) string {
		clean, err := oneline.Clean(value, limit)

		switch {
		case errors.Is(err, oneline.ErrTooLong):
			faults = multierror.Append(faults, &FieldError{Field: field, Limit: limit, Err: ErrTooLong})
		case err != nil:
			faults = multierror.Append(faults, &FieldError{Field: field, Err: ErrCharacters})
		case clean == "" && required:
			faults = multierror.Append(faults, &FieldError{Field: field, Err: ErrRequired})
		}

		return clean
	}

	// A name is written to strangers, too, and must not be a link that their mail programs make of it.
	for field, name := range map[Field]string{FieldFirstName: f.FirstName, FieldLastName: f.LastName} {
		if low := strings.ToLower(name); strings.Contains(low, "://") || strings.Contains(low, "www.") {
			faults = multierror.Append(faults, &FieldError{Field: field, Err: ErrCharacters})
		}
	}

	p := Person{
		FirstName: line(FieldFirstName, f.FirstName, maxName, true),
		LastName:  line(FieldLastName, f.LastName, maxName, true),
		Phone:     line(FieldPhone, f.Phone, maxPhone, false),
		Contact:   login.String(),
		Language:  Spoken(f.Language),
	}

	if strings.TrimSpace(f.Contact) != "" {
		contact, err := ParseLogin(f.Contact)
		if err != nil {
			faults = multierror.Append(faults, &FieldError{Field: FieldContact, Err: err})
		}

		p.Contact = contact.String()
	}

	return p, faults.ErrorOrNil()
}

// Spoken returns the language in which a person is written to: English if asked for, French otherwise (rule F3).
func Spoken(tag language.Tag) language.Tag {
	if base, _ := tag.Base(); base.String() == "en" && tag != language.Und {
		return language.English
	}

	return language.French
}
