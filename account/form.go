package account

import (
	"errors"
	"strings"
	"time"

	"github.com/hashicorp/go-multierror"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/identifier"
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
	Captcha       string // what the captcha's widget answered, for the application's verifier (rule B4)
	Language      language.Tag

	Kind    identifier.Kind // type d'identifiant
	Code    string          // identifiant
	Country string          // for an individual or a company being registered; FR unless given

	Structure structure.Form
}

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
// required depends on whether the structure is known; where it is, report its faults together with these. Under the
// policy [Immediate] a form without kind and code names no structure (rule B6).
//
// The Draft is complete only when there is no error; its Identity is valid whenever a structure is named and no fault
// concerns the identifier.
func (f Form) Check(p Policy, at time.Time) (Draft, error) {
	var (
		faults *multierror.Error
		d      Draft
		err    error
	)

	add := func(field Field, err error) {
		if err != nil {
			faults = multierror.Append(faults, &FieldError{Field: field, Err: err})
		}
	}

	d.Login, err = ParseLogin(f.Login)
	add(FieldLogin, err)
	add(FieldLoginAgain, f.checkAgain(d.Login))

	d.Person, err = f.person().Check(d.Login)
	if err != nil {
		faults = multierror.Append(faults, err)
	}

	if f.AcceptsTerms {
		d.Terms = Consent{Version: p.TermsVersion, At: at}
	} else {
		add(FieldTerms, ErrRequired)
	}

	if f.AcceptsSurvey {
		d.Survey = Consent{Version: p.SurveyVersion, At: at}
	}

	if f.NamesStructure() || p.Activation != Immediate {
		d.Identity, err = f.identity(p)
		add(FieldIdentifier, err)
	}

	return d, faults.ErrorOrNil()
}

// NamesStructure tells whether anything is typed that should identify a structure.
func (f Form) NamesStructure() bool { return f.Kind != 0 || strings.TrimSpace(f.Code) != "" }

// person returns the part of the form that a person may change later.
func (f Form) person() PersonForm {
	return PersonForm{
		FirstName: f.FirstName, LastName: f.LastName, Phone: f.Phone, Contact: f.Contact, Language: f.Language,
	}
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
