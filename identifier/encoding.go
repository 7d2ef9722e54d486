package identifier

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

// shapeMark follows the kind of a code that does not pass at level Strict.
const shapeMark = "/shape"

// AppendText appends the text of [ID.MarshalText]. It never fails.
func (id ID) AppendText(b []byte) ([]byte, error) {
	if id.IsZero() {
		return b, nil
	}
	b = append(b, id.kind.String()...)
	if !id.strict() {
		b = append(b, shapeMark...)
	}
	b = append(b, ':')
	if id.kind.carriesCountry() {
		b = append(b, id.Country()...)
		b = append(b, ':')
	}
	return append(b, id.Code()...), nil
}

// MarshalText returns the canonical text of id, one text for one ID:
//
//	SIRET:73282932000074                  kind (API literal) and code
//	PARTICULIER:FR:…  AUTRE:FR:…          with the country, where it does not
//	                                      follow from the code
//	SIRET/shape:99999999999999            a code that only level Shape accepts
//
// The zero ID is the empty text. The code is whole, also an individual's:
// an encoding is there to be read back. It never fails.
func (id ID) MarshalText() ([]byte, error) { return id.AppendText(nil) }

// UnmarshalText reads the text of [ID.MarshalText] and no other spelling of
// it. The code is checked again, at level [Strict] unless the text itself
// says /shape; a program that wants none of those checks with
// Valid(id.Kind(), id.Code()).
//
// The error is a *ParseError: the one of [Parse] for a code that is refused,
// [ErrKind] for an unknown literal, [ErrEncoding] (rule A10) for a text of
// another form. Its Input is empty where the text might be an individual's
// code, as every text may be that does not begin with the literal of another
// kind. id is then unchanged.
func (id *ID) UnmarshalText(text []byte) error {
	decoded, err := decode(string(text))
	if err != nil {
		return err
	}
	*id = decoded
	return nil
}

func decode(text string) (ID, error) {
	if text == "" {
		return ID{}, nil
	}
	literal, code, ok := strings.Cut(text, ":")
	if !ok {
		return ID{}, &ParseError{why: notEncoded, Rule: "A10", Err: ErrEncoding}
	}
	literal, shape := strings.CutSuffix(literal, shapeMark)
	kind, err := ParseKind(literal)
	switch {
	case err == nil:
	case literalLike(literal):
		// Not ParseKind's error: DUPONT is a name as well as it could be a
		// literal.
		return ID{}, &ParseError{Rule: "A1", Err: ErrKind}
	default:
		return ID{}, &ParseError{why: notEncoded, Rule: "A10", Err: ErrEncoding}
	}
	var options Options
	if shape {
		options.Level = Shape
	}
	country := ""
	if kind.carriesCountry() {
		if country, code, ok = strings.Cut(code, ":"); !ok {
			return ID{}, &ParseError{Kind: kind, why: notEncoded, Rule: "A10", Err: ErrEncoding}
		}
	}
	id, err := options.Parse(kind, code)
	if err != nil {
		return ID{}, err
	}
	if country != "" {
		if id, err = id.In(country); err != nil {
			return ID{}, err
		}
	}
	// One text for one ID: separators, lower case, a mark that is not needed.
	if canonical, _ := id.AppendText(nil); string(canonical) != text {
		e := &ParseError{Kind: kind, why: notEncoded, Rule: "A10", Err: ErrEncoding}
		if kind != Individual {
			e.Input, e.Want = text, string(canonical)
		}
		return ID{}, e
	}
	return id, nil
}

// literalLike reports whether s can be the literal of a kind that is not known
// here.
func literalLike(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == ""
}

// strict reports whether the code passes at level Strict. Only the kinds that
// have check digits can fail.
func (id ID) strict() bool {
	switch id.kind {
	case SIRET:
		return validSIRET(id.code, Strict)
	case European:
		return validEuropean(id.code, Strict)
	case NonEU, RIDET, Tahiti, Individual, Registering:
	}
	return true
}

// MarshalJSON returns the text of [ID.MarshalText] as a JSON string, "" for
// the zero ID. It never fails.
func (id ID) MarshalJSON() ([]byte, error) {
	text, _ := id.AppendText(nil)
	return json.Marshal(string(text))
}

// UnmarshalJSON reads a string as [ID.UnmarshalText] does, and leaves id as it
// is for null.
//
// A number is read as a SIRET at level [Strict], since programs send SIRETs
// without quotes and so lose their leading zeros: 11 to 14 digits without
// sign, point or exponent, filled with zeros in front. Fewer digits could as
// well be a RIDET and are refused with [ErrLength]. An error does not show the
// number, which may be a person's social security number: its Input is empty,
// and its At counts in the filled number.
func (id *ID) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	switch {
	case len(data) == 0:
		return &ParseError{why: notEncoded, Rule: "A10", Err: ErrEncoding}
	case string(data) == "null":
		return nil
	case data[0] == '"':
		var text string
		if err := json.Unmarshal(data, &text); err != nil {
			return &ParseError{why: notEncoded, Rule: "A10", Err: ErrEncoding}
		}
		return id.UnmarshalText([]byte(text))
	case data[0] == '-' || '0' <= data[0] && data[0] <= '9':
		return id.unmarshalNumber(string(data))
	}
	return &ParseError{why: notEncoded, Rule: "A10", Err: ErrEncoding}
}

func (id *ID) unmarshalNumber(number string) error {
	// Parse would leave out a sign or a point.
	if i := strings.IndexFunc(number, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		return &ParseError{Kind: SIRET, Rule: "A9", At: i + 1, Want: "0-9", Err: ErrCharset}
	}
	parsed, err := Parse(SIRET, fill(SIRET, number))
	if err != nil {
		if e, ok := errors.AsType[*ParseError](err); ok {
			e.Input = ""
			if errors.Is(e, ErrLength) {
				e.why = fine // the texts of lengths count the input
			}
		}
		return err
	}
	*id = parsed
	return nil
}

// Value implements driver.Valuer: the text of [ID.MarshalText], NULL for the
// zero ID. It never fails.
func (id ID) Value() (driver.Value, error) {
	if id.IsZero() {
		return nil, nil //nolint:nilnil // NULL has no other word
	}
	text, _ := id.AppendText(nil)
	return string(text), nil
}

// Scan implements sql.Scanner for what [ID.Value] stores: a string or bytes,
// with the errors of [ID.UnmarshalText]; NULL is the zero ID. Any other type is
// a *ParseError with [ErrEncoding].
func (id *ID) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*id = ID{}
		return nil
	case string:
		return id.UnmarshalText([]byte(v))
	case []byte:
		return id.UnmarshalText(v)
	}
	return fmt.Errorf("scanning a %T: %w", src, &ParseError{why: notEncoded, Rule: "A10", Err: ErrEncoding})
}

// LogValue implements slog.LogValuer: the text of String, for an [Individual]
// the kind alone.
func (id ID) LogValue() slog.Value {
	if id.kind == Individual {
		return slog.StringValue(id.kind.String())
	}
	return slog.StringValue(id.String())
}
