package identifier

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"
)

// An individual's code is personal data (rule A7).
const secretCode = "1980193161FERDINANDHELOISE1"

type hidden struct {
	id   ID
	list []ID
	ptr  *ID
}

type shown struct{ ID ID }

func individual() ID { return newIndividual(france, secretCode) }

func TestA7_NoVerbShowsAnIndividualsCode(t *testing.T) {
	id := individual()
	for _, value := range []any{
		id, &id,
		[]ID{id},
		map[ID]ID{id: id},
		shown{id},
		&shown{id},
		hidden{id, []ID{id}, &id},
		&hidden{id, []ID{id}, &id},
		map[string]hidden{"x": {id: id}},
		errors.Join(fmt.Errorf("about %v", id)),
		struct{ any }{hidden{id: id}},
	} {
		for _, verb := range []string{
			"%v", "%+v", "%#v", "%s", "% s", "%q", "%x", "%X", "% x", "%d", "%t", "%p", "%T", "%40v", "%.80s", "%c", "%U",
		} {
			text := fmt.Sprintf(verb, value)
			assert.NotContains(t, text, "FERDINAND", "%s of %T", verb, value)
			assert.NotContains(t, text, "31393830", "%s of %T: the code in hexadecimal", verb, value)
		}
	}
	assert.Equal(t, "PARTICULIER:***", id.String())
	assert.Equal(t, "***", id.Display())
	assert.Equal(t, secretCode, id.Code(), "Code is the one method that shows it")
}

func TestA7_LogsShowTheKindOnly(t *testing.T) {
	var out bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
		log := slog.New(handler)
		id := individual()
		log.Info("text", "id", id, slog.Group("group", "id", id), "hidden", hidden{id: id})
		log.With("id", id).Info("with")
	}
	assert.NotContains(t, out.String(), "FERDINAND")
	assert.Contains(t, out.String(), `"id":"PARTICULIER"`)
	assert.Contains(t, out.String(), "id=PARTICULIER ")
}

func TestA7_NoErrorCarriesAnIndividualsCode(t *testing.T) {
	id := individual()
	_, inErr := id.In("nowhere " + secretCode)
	_, parseErr := Parse(Individual, secretCode+"\n")
	faultErr := (&fault{why: noText, at: 2}).error(Individual, "A7", secretCode)
	for _, err := range []error{
		inErr, parseErr, faultErr,
		id.Scan(secretCode), id.Scan("PARTICULIER:FR:" + secretCode + "\t"), id.UnmarshalJSON([]byte(`"` + secretCode + `"`)),
	} {
		var e *ParseError
		require.ErrorAs(t, err, &e)
		assert.Empty(t, e.Input)
		for _, text := range []string{err.Error(), e.Text(language.French), fmt.Sprintf("%+v %#v", e, *e)} {
			assert.NotContains(t, text, "FERDINAND")
		}
	}
	assert.PanicsWithError(t, parseErr.Error(), func() { MustParse(Individual, secretCode+"\n") })
}

// What an API message holds may be an individual's code.
func TestA7_LogsDoNotShowTheAPIsCode(t *testing.T) {
	fields := APIFields{Type: "PARTICULIER", Code: NewAPICode(secretCode)}
	type message struct {
		APIFields

		Name string
	}
	var out bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
		log := slog.New(handler)
		log.Info("text", "fields", fields, "code", fields.Code, "pointer", &fields, "message", message{fields, "x"})
		log.With("fields", fields).WithGroup("g").Info("with", "code", &fields.Code)
	}
	assert.NotContains(t, out.String(), "FERDINAND")
	assert.Contains(t, out.String(), `"fields":{"typeIdentifiantStructure":"PARTICULIER","identifiantStructure":"***"}`)
	assert.Contains(t, out.String(), "code=***")
}

// What does not begin with a literal may begin with a name.
func TestA7_NoErrorRepeatsWhatMayBeAPerson(t *testing.T) {
	for _, text := range []string{"DUPONT:X", "DUPONT/shape:X", "DUPONT_MARIE:1", "Dupont:X", "DUPONT"} {
		var id ID
		for _, err := range []error{id.UnmarshalText([]byte(text)), id.Scan(text), id.UnmarshalJSON([]byte(`"` + text + `"`))} {
			var e *ParseError
			require.ErrorAs(t, err, &e)
			assert.Empty(t, e.Input)
			assert.NotContains(t, fmt.Sprintf("%v %+v %#v %s", err, *e, *e, e.Text(language.French)), "UPONT")
		}
	}
	var id ID
	require.ErrorIs(t, id.UnmarshalText([]byte("DUPONT:X")), ErrKind)
	for _, number := range []string{"1980193161123", "198019316112345", "198019316", "19801931611230", "1980193161123.5", "-1980193161123"} {
		err := json.Unmarshal([]byte(number), &id)
		var e *ParseError
		require.ErrorAs(t, err, &e, number)
		for _, text := range []string{err.Error(), e.Text(language.French), fmt.Sprintf("%+v %#v", *e, *e)} {
			assert.NotContains(t, text, "198019", number)
			assert.NotContains(t, text, "%!", number)
			assert.NotContains(t, text, "  ", number)
		}
	}
}

// Encodings carry the whole code: stored without it, the ID would be lost.
func TestA10_EncodingOfIndividualsCarriesTheCountry(t *testing.T) {
	belgian, err := individual().In("BE")
	require.NoError(t, err)
	text, err := belgian.MarshalText()
	require.NoError(t, err)
	assert.Equal(t, "PARTICULIER:BE:"+secretCode, string(text))
	encoded, err := json.Marshal(belgian)
	require.NoError(t, err)
	assert.Equal(t, `"PARTICULIER:BE:`+secretCode+`"`, string(encoded))

	registering, err := MustParse(Registering, "TMP:1").MarshalText()
	require.NoError(t, err)
	assert.Equal(t, "AUTRE:FR:TMP:1", string(registering))
}

func TestA10_CountryIsPartOfAnIndividualsIdentity(t *testing.T) {
	french := individual()
	assert.Equal(t, french, newIndividual(france, string([]byte(secretCode))), "equal codes, equal handles")
	assert.Equal(t, "FR", french.Country())

	belgian, err := french.In("BE")
	require.NoError(t, err)
	assert.Equal(t, "BE", belgian.Country())
	assert.NotEqual(t, french, belgian)
	assert.Positive(t, french.Compare(belgian))
	assert.Negative(t, french.Compare(newIndividual(france, "222")))

	for _, country := range []string{"", "B", "be", "BEL", "B1", "é"} {
		_, err := french.In(country)
		require.ErrorIs(t, err, ErrCountry, country)
	}
	assert.NotEqual(t, MustParse(Registering, "CHABB LTD"), MustParse(NonEU, "CHABB LTD"), "codes of different kinds are never equal")
}

func TestWordingIsComplete(t *testing.T) {
	require.NoError(t, texts.Check())
}
