package structure

import (
	"errors"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/internal/wording"
)

// Field names a field of the structure part of the form.
type Field string

// The fields, in the order of the guide's screen.
const (
	FieldSector       Field = "sector"
	FieldLegalName    Field = "legal_name"
	FieldLastName     Field = "structure_last_name"
	FieldFirstName    Field = "structure_first_name"
	FieldLabel        Field = "label"
	FieldAddress      Field = "address"
	FieldComplement1  Field = "complement_1"
	FieldComplement2  Field = "complement_2"
	FieldPostalCode   Field = "postal_code"
	FieldTown         Field = "town"
	FieldCountry      Field = "country"
	FieldApplications Field = "applications"

	FieldNonDiffusible Field = "non_diffusible"
	FieldStatus        Field = "status"
	FieldIdentifier    Field = "identifier"
	FieldServiceCode   Field = "service_code"
	FieldServiceLabel  Field = "service_label"
	FieldServiceUntil  Field = "service_until"
)

// The faults of a field.
var (
	ErrRequired    = errors.New("structure: required")
	ErrTooLong     = errors.New("structure: too long")
	ErrCharacters  = errors.New("structure: forbidden characters")
	ErrCountry     = errors.New("structure: not a country code")
	ErrSector      = errors.New("structure: not a sector")
	ErrPublic      = errors.New("structure: public structures are not created by registration")
	ErrApplication = errors.New("structure: application not open to this sector")

	ErrNotYours      = errors.New("structure: not for this person to set")
	ErrNonDiffusible = errors.New("structure: a person cannot make a structure diffusible")
	ErrServiceCode   = errors.New("structure: not a service code")
	ErrValidity      = errors.New("structure: the validity ends before it begins")
	ErrCeased        = errors.New("structure: the directory says that it has ceased")
	ErrNotListed     = errors.New("structure: the directory does not know it")
	ErrReplaced      = errors.New("structure: another identifier took this one's place")
	ErrMasked        = errors.New("structure: a masked value is no data")
	ErrStatus        = errors.New("structure: not a status")
	ErrTwice         = errors.New("structure: a service is named twice")
	ErrFormer        = errors.New("structure: an earlier identifier of the same structure")
	ErrTaken         = errors.New("structure: another structure has this identifier")
	ErrSame          = errors.New("structure: nothing to change")
	ErrKind          = errors.New("structure: not an identifier that this structure can change to")
)

// FieldError is one fault of the structure part of the form: which field, which rule.
type FieldError struct {
	Field Field
	Limit int    // the longest value allowed, in characters, for ErrTooLong
	Value string // the offending value, for ErrApplication
	Err   error  // one of the sentinels above
}

// Error returns the English text.
func (e *FieldError) Error() string { return e.Text(language.English) }

// Unwrap returns the sentinel.
func (e *FieldError) Unwrap() error { return e.Err }

// Name returns the name of the field, as a form would use it.
func (e *FieldError) Name() string { return string(e.Field) }

// Code returns the stable code of the fault, such as "structure.required".
func (e *FieldError) Code() string { return codes.Of(e.Err, "structure.invalid") }

// Rule returns the number of the rule that the value broke, such as "C4".
func (e *FieldError) Rule() string {
	if e.Field == FieldServiceLabel {
		return "C6"
	}

	return wording.Rule(e.Code())
}

// Text returns the fault in words, in French or English.
func (e *FieldError) Text(lang language.Tag) string {
	arg := strings.ToValidUTF8(e.Value, "\uFFFD")
	if e.Limit > 0 {
		arg = strconv.Itoa(e.Limit)
	}

	return texts.Text(lang, e.Code(), texts.Text(lang, "field."+string(e.Field)), arg)
}

var codes = wording.Codes{
	{Err: ErrRequired, Code: "structure.required"},
	{Err: ErrTooLong, Code: "structure.too_long"},
	{Err: ErrCharacters, Code: "structure.characters"},
	{Err: ErrCountry, Code: "structure.country"},
	{Err: ErrSector, Code: "structure.sector"},
	{Err: ErrPublic, Code: "structure.public"},
	{Err: ErrApplication, Code: "structure.application"},
	{Err: ErrNotYours, Code: "structure.not_yours"},
	{Err: ErrNonDiffusible, Code: "structure.non_diffusible"},
	{Err: ErrServiceCode, Code: "structure.service_code"},
	{Err: ErrValidity, Code: "structure.validity"},
	{Err: ErrCeased, Code: "structure.ceased"},
	{Err: ErrNotListed, Code: "structure.not_listed"},
	{Err: ErrReplaced, Code: "structure.replaced"},
	{Err: ErrSame, Code: "structure.same"},
	{Err: ErrMasked, Code: "structure.masked"},
	{Err: ErrFormer, Code: "structure.former"},
	{Err: ErrTwice, Code: "structure.twice"},
	{Err: ErrStatus, Code: "structure.status"},
	{Err: ErrTaken, Code: "structure.taken"},
	{Err: ErrKind, Code: "structure.kind"},
}

// texts are the wordings of this package, from the one catalogue of the library.
var texts = wording.Texts("structure")
