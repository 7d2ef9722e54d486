package account

import (
	"errors"
	"strings"
	"time"

	"github.com/hashicorp/go-multierror"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/internal/oneline"
	"github.com/guichet-pro/guichet/structure"
)

// The longest values of the form, in characters. Ours: the portal publishes none.
const (
	maxName  = 80
	maxPhone = 40
)

// Form is the registration form as typed (rule B1). Its fields are those of the guide's screens.
type Form struct {
	Login         string // adresse électronique de connexion
	LoginAgain    string // ressaisissez votre adresse électronique de connexion
	FirstName     string // prénom
	LastName      string // nom
	Phone         string // téléphone; optional
	Contact       string // e-mail du contact; the login address unless given
	AcceptsTerms  bool   // j'accepte les conditions
	AcceptsSurvey bool   // consent to the satisfaction survey; optional, unticked
	Language      language.Tag

	Kind    identifier.Kind // type d'identifiant
	Code    string          // identifiant
	Country string          // for an individual or a company being registered; FR unless given

	Structure structure.Form
}

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

// Draft is a [Form] whose personal part and identifier have no fault.
type Draft struct {
	Login    Login
	Person   Person
	Terms    Consent
	Survey   Consent
	Identity identifier.ID
}

// Check cleans the personal part and the identifier and reports every fault at once, as a [*multierror.Error] of
// [*FieldError] (rules B1 and B3). The structure part is checked by [structure.Form.Check], because whether it is
// required depends on whether the structure is known; where it is, report its faults together with these.
//
// The Draft is complete only when there is no error; its Identity is valid whenever no fault concerns the identifier.
func (f Form) Check(p Policy, at time.Time) (Draft, error) {
	var (
		faults *multierror.Error
		d      Draft
	)

	add := func(field Field, err error) {
		if err != nil {
			faults = multierror.Append(faults, &FieldError{Field: field, Err: err})
		}
	}

	line := func(field Field, value string, limit int, required bool) string {
		clean, err := oneline.Clean(value, limit)

		switch {
		case errors.Is(err, oneline.ErrTooLong):
			faults = multierror.Append(faults, &FieldError{Field: field, Limit: limit, Err: ErrTooLong})
		case err != nil:
			add(field, ErrCharacters)
		case clean == "" && required:
			add(field, ErrRequired)
		}

		return clean
	}

	var err error

	d.Login, err = ParseLogin(f.Login)
	add(FieldLogin, err)
	add(FieldLoginAgain, f.checkAgain(d.Login))

	d.Person.FirstName = line(FieldFirstName, f.FirstName, maxName, true)
	d.Person.LastName = line(FieldLastName, f.LastName, maxName, true)
	d.Person.Phone = line(FieldPhone, f.Phone, maxPhone, false)
	d.Person.Language = spoken(f.Language)

	d.Person.Contact = d.Login.String()
	if strings.TrimSpace(f.Contact) != "" {
		contact, err := ParseLogin(f.Contact)
		add(FieldContact, err)

		d.Person.Contact = contact.String()
	}

	if f.AcceptsTerms {
		d.Terms = Consent{Version: p.TermsVersion, At: at}
	} else {
		add(FieldTerms, ErrRequired)
	}

	if f.AcceptsSurvey {
		d.Survey = Consent{Version: p.SurveyVersion, At: at}
	}

	d.Identity, err = f.identity(p)
	add(FieldIdentifier, err)

	return d, faults.ErrorOrNil()
}

// checkAgain compares the two addresses as typed: what is typed twice guards against a slip, so that case counts.
func (f Form) checkAgain(first Login) error {
	again, err := ParseLogin(f.LoginAgain)

	switch {
	case errors.Is(err, ErrRequired):
		return ErrRequired
	case !first.IsZero() && (err != nil || again.String() != first.String()):
		return ErrLoginsDiffer
	default:
		return nil
	}
}

// identity reads the identifier at the policy's level.
func (f Form) identity(p Policy) (identifier.ID, error) {
	if f.Kind == 0 {
		return identifier.ID{}, ErrRequired
	}

	id, err := identifier.Options{Level: p.IdentifierLevel}.Parse(f.Kind, f.Code)
	if err != nil || f.Country == "" {
		return id, err
	}

	return id.In(f.Country)
}

// spoken returns the language in which a person is written to: English if asked for, French otherwise (rule F3).
func spoken(tag language.Tag) language.Tag {
	if base, _ := tag.Base(); base.String() == "en" && tag != language.Und {
		return language.English
	}

	return language.French
}
