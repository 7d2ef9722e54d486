package identifier

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"unique"
)

// APIFields are the two fields by which the portal's JSON API names a
// structure. Embed it in the struct of a message to read and write them:
//
//	type structure struct {
//		identifier.APIFields
//
//		Name string `json:"designationStructure"`
//	}
type APIFields struct {
	// Type is the literal of the kind, whatever it is.
	Type string `json:"typeIdentifiantStructure"`
	// Code is the identifier.
	Code APICode `json:"identifiantStructure"`
}

// API returns the fields that name id.
func (id ID) API() APIFields {
	if id.IsZero() {
		return APIFields{}
	}
	return APIFields{Type: id.kind.String(), Code: APICode{text: unique.Make(id.Code())}}
}

// ID reads the fields as [FromScheme] does. Digits that came as a number get
// back the zeros they have lost in front, as many as the kind allows to tell:
// 11 to 13 digits are filled up to the 14 of a SIRET, 8 and 9 to the 10 of a
// RIDET, 7 and 8 to the 9 of a Tahiti number. (Nine are a SIREN, seven a RID,
// six the company's part of a Tahiti number, and are answered so.)
func (f APIFields) ID() (ID, error) { return f.IDAt(Strict) }

// IDAt is [APIFields.ID] at a level.
func (f APIFields) IDAt(level Level) (ID, error) {
	k, err := ParseScheme(f.Type)
	if err != nil {
		return ID{}, err
	}
	text := f.Code.Text()
	if f.Code.number {
		text = fill(k, text)
	}
	return Options{Level: level}.Parse(k, text)
}

// fill puts back the leading zeros of a number.
func fill(k Kind, digits string) string {
	shortest, length := 0, 0
	switch k {
	case SIRET:
		shortest, length = siretShortest, siretLength
	case RIDET:
		shortest, length = ridLength+1, ridetLength
	case Tahiti:
		shortest, length = tahitiEnterprise+1, tahitiLength
	case European, NonEU, Individual, Registering:
		return digits
	}
	if len(digits) < shortest || len(digits) >= length {
		return digits
	}
	return strings.Repeat("0", length-len(digits)) + digits
}

// siretShortest is the number of digits from which a number is taken for a
// SIRET without its leading zeros. A RIDET has ten.
const siretShortest = 11

// APICode is a value of identifiantStructure, which is a string in the API's
// description and a number in some of its samples. It may be an individual's
// code, so that no fmt verb shows it, nor log/slog where it or its [APIFields]
// are logged themselves; [APICode.Text] does, and so does its JSON, and with it
// a log that encodes a struct or a slice around it as JSON.
type APICode struct {
	text   unique.Handle[string]
	number bool
}

// NewAPICode makes the value that is a string.
func NewAPICode(text string) APICode { return APICode{text: unique.Make(text)} }

// Text returns the string, or the digits of the number, as they were.
func (c APICode) Text() string {
	if c.text == (unique.Handle[string]{}) {
		return ""
	}
	return c.text.Value()
}

// String returns a mask.
func (c APICode) String() string { return mask }

// LogValue implements slog.LogValuer: the mask of String.
func (c APICode) LogValue() slog.Value { return slog.StringValue(mask) }

// LogValue implements slog.LogValuer: the type, and a mask for the code. A
// struct that embeds the fields is logged like them, unless it has a LogValue
// of its own.
func (f APIFields) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("typeIdentifiantStructure", f.Type),
		slog.Any("identifiantStructure", f.Code),
	)
}

// MarshalJSON writes a string, also for what was read as a number: leading
// zeros get lost otherwise.
func (c APICode) MarshalJSON() ([]byte, error) { return json.Marshal(c.Text()) }

// UnmarshalJSON reads a string, or a number that is nothing but digits; null
// leaves c as it is. For anything else it returns a *ParseError (rule A9,
// [ErrEncoding]) without the input, which may be an individual's code.
func (c *APICode) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	switch {
	case string(data) == "null":
		return nil
	case len(data) > 0 && data[0] == '"':
		var text string
		if json.Unmarshal(data, &text) == nil {
			*c = NewAPICode(text)
			return nil
		}
	case len(data) > 0 && len(bytes.Trim(data, decimals)) == 0:
		*c = APICode{text: unique.Make(string(data)), number: true}
		return nil
	}
	return &ParseError{why: notEncoded, Rule: "A9", Err: ErrEncoding}
}
