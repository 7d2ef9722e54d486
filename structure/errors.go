package structure

import (
	"errors"
	"strconv"

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

// Rule returns the number of the rule that the value broke: "B1", "C4" or "C10".
func (e *FieldError) Rule() string {
	switch {
	case errors.Is(e.Err, ErrPublic):
		return "C4"
	case errors.Is(e.Err, ErrApplication):
		return "C10"
	default:
		return "B1"
	}
}

// Text returns the fault in words, in French or English.
func (e *FieldError) Text(lang language.Tag) string {
	arg := e.Value
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
}

// texts are the wordings of this package: the field labels are the guide's.
var texts = wording.Table{
	"structure.required":    {FR: "%[1]s : ce champ est obligatoire.", EN: "%[1]s: this field is required."},
	"structure.too_long":    {FR: "%[1]s : %[2]s caractères au plus.", EN: "%[1]s: %[2]s characters at the most."},
	"structure.characters":  {FR: "%[1]s : saut de ligne, caractère de contrôle ou caractère illisible interdit.", EN: "%[1]s: line breaks, control characters and unreadable characters are not allowed."},
	"structure.country":     {FR: "%[1]s : indiquez le code à deux lettres d'un pays (norme ISO 3166-1), par exemple FR.", EN: "%[1]s: give the two-letter code of a country (ISO 3166-1), for example FR."},
	"structure.sector":      {FR: "%[1]s : choisissez « Privée » ou « Publique ».", EN: "%[1]s: choose private or public."},
	"structure.public":      {FR: "%[1]s : une structure publique est créée par l'assistance, pas par une inscription.", EN: "%[1]s: public structures are created by support, not by a registration."},
	"structure.application": {FR: "%[1]s : « %[2]s » n'est pas une application ouverte à ce type de structure.", EN: "%[1]s: “%[2]s” is not an application open to this sector."},
	"structure.invalid":     {FR: "%[1]s : valeur refusée.", EN: "%[1]s: value refused."},

	"field.sector":               {FR: "Type de structure", EN: "Sector"},
	"field.legal_name":           {FR: "Raison sociale", EN: "Legal name"},
	"field.structure_last_name":  {FR: "Nom", EN: "Last name"},
	"field.structure_first_name": {FR: "Prénom", EN: "First name"},
	"field.label":                {FR: "Libellé de l'organisation", EN: "Label"},
	"field.address":              {FR: "Adresse", EN: "Address"},
	"field.complement_1":         {FR: "Complément d'adresse 1", EN: "Address line 2"},
	"field.complement_2":         {FR: "Complément d'adresse 2", EN: "Address line 3"},
	"field.postal_code":          {FR: "Code postal", EN: "Postal code"},
	"field.town":                 {FR: "Ville", EN: "Town"},
	"field.country":              {FR: "Pays", EN: "Country"},
	"field.applications":         {FR: "Applications", EN: "Applications"},
}
