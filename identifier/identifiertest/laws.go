package identifiertest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/guichet-pro/guichet/identifier"
)

// T is the part of *testing.T, and of *rapid.T, that Laws needs.
type T interface {
	Helper()
	Errorf(format string, args ...any)
}

// Laws checks what holds for every identifier but the zero ID, however it was
// made:
//
//   - its kind is one of the seven, its country one of ISO 3166-1;
//   - its code is read as the same identifier, and its display too;
//   - Valid says what Parse says;
//   - text, JSON and SQL give it back;
//   - it is equal to itself and to nothing of another kind or country;
//   - an individual's code is shown by no fmt verb, no log and no error.
//
// It reports to t what does not hold, without an individual's code.
func Laws(t T, id identifier.ID) {
	t.Helper()
	if id.IsZero() {
		t.Errorf("the zero ID is no identifier")
		return
	}
	if !slices.Contains(identifier.Kinds(), id.Kind()) || !slices.Contains(identifier.Countries(), id.Country()) {
		t.Errorf("%v: kind %v in country %q", id, id.Kind(), id.Country())
	}
	readLaws(t, id)
	encodingLaws(t, id)
	identityLaws(t, id)
	if id.Kind() == identifier.Individual {
		secretLaws(t, id)
	}
}

func readLaws(t T, id identifier.ID) {
	t.Helper()
	strict := identifier.Valid(id.Kind(), id.Code())
	for _, level := range []identifier.Level{identifier.Strict, identifier.Shape} {
		options := identifier.Options{Level: level}
		for what, text := range map[string]string{"code": id.Code(), "display": id.Display()} {
			if what == "display" && id.Kind() == identifier.Individual {
				continue // masked
			}
			read, err := options.Parse(id.Kind(), text)
			if options.Valid(id.Kind(), text) != (err == nil) {
				t.Errorf("%v: Valid and Parse disagree about its %s at level %d: %v", id, what, level, err)
			}
			if level == identifier.Strict && !strict {
				continue // a code of level Shape
			}
			if err == nil {
				read, err = read.In(id.Country())
			}
			if err != nil || read != id {
				t.Errorf("%v: its %s is read as %v, %v", id, what, read, err)
			}
		}
	}
	if warning := id.Warning(); !strict && warning == nil {
		t.Errorf("%v is of level Shape only and gives no warning", id)
	}
}

func encodingLaws(t T, id identifier.ID) {
	t.Helper()
	text, err := id.MarshalText()
	var fromText, fromJSON, fromSQL identifier.ID
	if err == nil {
		err = fromText.UnmarshalText(text)
	}
	if err != nil || fromText != id {
		t.Errorf("%v: its text is read as %v, %v", id, fromText, err)
	}
	encoded, err := json.Marshal(id)
	if err == nil {
		err = json.Unmarshal(encoded, &fromJSON)
	}
	if err != nil || fromJSON != id {
		t.Errorf("%v: its JSON is read as %v, %v", id, fromJSON, err)
	}
	value, err := id.Value()
	if err == nil {
		err = fromSQL.Scan(value)
	}
	if err != nil || fromSQL != id {
		t.Errorf("%v: its SQL value is read as %v, %v", id, fromSQL, err)
	}
}

func identityLaws(t T, id identifier.ID) {
	t.Helper()
	var zero identifier.ID
	if same := id; id.Compare(same) != 0 || zero.Compare(id) >= 0 {
		t.Errorf("%v: Compare with itself is %d, of the zero ID with it %d", id, id.Compare(same), zero.Compare(id))
	}
	for _, k := range identifier.Kinds() {
		other, err := identifier.Parse(k, id.Code())
		if err == nil && k != id.Kind() && (other == id || other.Compare(id) == 0) {
			t.Errorf("%v equals %v", id, other)
		}
	}
	for _, country := range []string{"FR", "BE"} {
		moved, err := id.In(country)
		if err == nil && (moved == id) != (country == id.Country()) {
			t.Errorf("%v equals %v in %s", id, moved, country)
		}
	}
}

func secretLaws(t T, id identifier.ID) {
	t.Helper()
	type hidden struct{ id identifier.ID }
	texts := []string{id.LogValue().String(), id.String(), id.Display()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "% s", "%q", "%x", "%d"} {
		texts = append(texts, fmt.Sprintf(verb, id), fmt.Sprintf(verb, hidden{id}), fmt.Sprintf(verb, []identifier.ID{id}))
	}
	var back identifier.ID
	if err := back.Scan("PARTICULIER:" + id.Code()); err != nil {
		texts = append(texts, fmt.Sprintf("%v %+v", err, err))
	}
	// A short code may be part of another word.
	if len(id.Code()) < 8 {
		return
	}
	for _, text := range texts {
		if strings.Contains(text, id.Code()) {
			t.Errorf("the code of an individual is shown: %s", strings.ReplaceAll(text, id.Code(), "[the code]"))
		}
	}
}
