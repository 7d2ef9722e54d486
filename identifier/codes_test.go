package identifier_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/identifier/identifiertest"
)

func TestA1_CodesOfTheOutsideWorld(t *testing.T) {
	for _, c := range []struct {
		kind          identifier.Kind
		edi, icd, pes string
	}{
		{identifier.SIRET, "1", "0009", "01"},
		{identifier.European, "2", "0223", "05"},
		{identifier.NonEU, "3", "0227", "06"},
		{identifier.RIDET, "4", "0228", "08"},
		{identifier.Tahiti, "5", "0229", "07"},
		{identifier.Individual, "", "0226", "11"},
		{identifier.Registering, "6", "", "09"},
	} {
		assert.Equal(t, c.edi, c.kind.EDI(), c.kind)
		assert.Equal(t, c.icd, c.kind.ICD(), c.kind)
		rapid.Check(t, func(t *rapid.T) {
			id := identifiertest.OfKind(source{t}, c.kind)
			if len(id.Code()) > 4 && id.Code()[:4] == "FRWF" {
				assert.Equal(t, "10", id.PES())
				return
			}
			assert.Equal(t, c.pes, id.PES())
		})
		for _, scheme := range []string{c.kind.String(), c.edi, c.icd, c.pes} {
			if scheme == "" {
				continue
			}
			k, err := identifier.ParseScheme(scheme)
			require.NoError(t, err, scheme)
			assert.Equal(t, c.kind, k, scheme)
		}
	}
	for scheme, want := range map[string]identifier.Kind{"0002": identifier.SIRET, "02": identifier.SIRET, "10": identifier.NonEU} {
		k, err := identifier.ParseScheme(scheme)
		require.NoError(t, err)
		assert.Equal(t, want, k)
	}
	assert.Empty(t, identifier.Kind(0).EDI()+identifier.Kind(9).ICD()+identifier.ID{}.PES())
}

func TestA1_UnknownSchemesAreCarriedByTheError(t *testing.T) {
	// 7 and 8 stand nowhere, 03, 04 and 12 for what is no structure, 0224 and
	// 0225 for addresses.
	for _, scheme := range []string{"", "0", "7", "8", "03", "04", "12", "0224", "0225", "0238", "0240", "SIREN", "siret", "1 "} {
		_, err := identifier.FromScheme(scheme, "73282932000074")
		require.ErrorIs(t, err, identifier.ErrKind, scheme)
		var e *identifier.ParseError
		require.ErrorAs(t, err, &e)
		assert.Equal(t, scheme, e.Input)
	}
}

func TestA1_PairsOfSchemeAndValue(t *testing.T) {
	for _, c := range []struct{ scheme, value, want string }{
		{"1", "73282932000074", "SIRET:73282932000074"},
		{"0009", "732 829 320 00074", "SIRET:73282932000074"},
		{"0002", "73282932000074", "SIRET:73282932000074"},
		{"0223", "DE136695976", "UE_HORS_FRANCE:DE136695976"},
		{"3", "USMICROSOFT CORPOR", "HORS_UE:USMICROSOFT CORPOR"},
		{"10", "FRWFABC", "HORS_UE:FRWFABC"},
		{"0228", "122531001", "RIDET:0122531001"},
		{"5", "075390-001", "TAHITI:075390001"},
		{"AUTRE", "TMP1", "AUTRE:FR:TMP1"},
		{"PARTICULIER", "ABC", "PARTICULIER:FR:ABC"},
	} {
		id, err := identifier.FromScheme(c.scheme, c.value)
		require.NoError(t, err, c)
		text, _ := id.MarshalText()
		assert.Equal(t, c.want, string(text))
	}
	_, err := identifier.FromScheme("0002", "732829320")
	assertTexts(t, err,
		"ceci est un SIREN (9 chiffres) : ajoutez le NIC de 5 chiffres",
		"this is a SIREN (9 digits): add the NIC of 5 digits")
	_, err = identifier.FromScheme("1", "00000000033834") // a sample of the portal's operator
	require.ErrorIs(t, err, identifier.ErrComponent)
	_, err = identifier.Options{Level: identifier.Shape}.FromScheme("1", "00000000033834")
	require.NoError(t, err)
}

// The pairs as they stand in invoices of the three syntaxes.
func TestA1_PairsInUBLAndCII(t *testing.T) {
	var ubl struct {
		ID struct {
			SchemeName string `xml:"schemeName,attr"`
			Value      string `xml:",chardata"`
		} `xml:"ID"`
	}
	require.NoError(t, xml.Unmarshal([]byte(`<cac:PartyIdentification xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"><cbc:ID schemeName="4">1 236 165.002</cbc:ID></cac:PartyIdentification>`), &ubl))
	id, err := identifier.FromScheme(ubl.ID.SchemeName, ubl.ID.Value)
	require.NoError(t, err)
	assert.Equal(t, identifier.MustParse(identifier.RIDET, "1236165002"), id)

	var cii struct {
		ID struct {
			SchemeID string `xml:"schemeID,attr"`
			Value    string `xml:",chardata"`
		} `xml:"GlobalID"`
	}
	require.NoError(t, xml.Unmarshal([]byte(`<ram:SellerTradeParty xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"><ram:GlobalID schemeID="0009">73282932000074</ram:GlobalID></ram:SellerTradeParty>`), &cii))
	id, err = identifier.FromScheme(cii.ID.SchemeID, cii.ID.Value)
	require.NoError(t, err)
	assert.Equal(t, stdnum, id)
}

func TestA1_FieldsOfTheJSONAPI(t *testing.T) {
	type structure struct {
		identifier.APIFields

		Name string `json:"designationStructure"`
	}
	read := func(input string) (identifier.ID, error) {
		var s structure
		if err := json.Unmarshal([]byte(input), &s); err != nil {
			return identifier.ID{}, err
		}
		return s.ID()
	}
	for input, want := range map[string]string{
		`{"typeIdentifiantStructure":"SIRET","identifiantStructure":"73282932000074"}`:                    "73282932000074",
		`{"typeIdentifiantStructure":"SIRET","identifiantStructure":73282932000074}`:                      "73282932000074",
		`{"typeIdentifiantStructure":"SIRET","identifiantStructure": 5781313100026 }`:                     "05781313100026",
		`{"typeIdentifiantStructure":"RIDET","identifiantStructure":122531001}`:                           "0122531001",
		`{"typeIdentifiantStructure":"RIDET","identifiantStructure":22531001}`:                            "0022531001",
		`{"typeIdentifiantStructure":"TAHITI","identifiantStructure":75390001}`:                           "075390001",
		`{"typeIdentifiantStructure":"TAHITI","identifiantStructure":3970001}`:                            "003970001",
		`{"typeIdentifiantStructure":"AUTRE","identifiantStructure":7}`:                                   "7",
		`{"typeIdentifiantStructure":"UE_HORS_FRANCE","identifiantStructure":"DE136695976"}`:              "DE136695976",
		`{"typeIdentifiantStructure":"HORS_UE","identifiantStructure":"CHABB LTD"}`:                       "CHABB LTD",
		`{"typeIdentifiantStructure":"PARTICULIER","identifiantStructure":"1980193161FERDINANDHELOISE1"}`: "1980193161FERDINANDHELOISE1",
	} {
		id, err := read(input)
		require.NoError(t, err, input)
		assert.Equal(t, want, id.Code(), input)
	}
	for input, want := range map[string]error{
		`{"typeIdentifiantStructure":"SIRET","identifiantStructure":99999999999999}`:        identifier.ErrChecksum,
		`{"typeIdentifiantStructure":"SIRET","identifiantStructure":732829320}`:             identifier.ErrLength, // a SIREN
		`{"typeIdentifiantStructure":"SIRET","identifiantStructure":"5781313100026"}`:       identifier.ErrLength, // strings lose nothing
		`{"typeIdentifiantStructure":"RIDET","identifiantStructure":1411016}`:               identifier.ErrLength, // a RID
		`{"typeIdentifiantStructure":"TAHITI","identifiantStructure":111111}`:               identifier.ErrLength,
		`{"typeIdentifiantStructure":"SIRET","identifiantStructure":7.3282932000074e13}`:    identifier.ErrEncoding,
		`{"typeIdentifiantStructure":"SIRET","identifiantStructure":-73282932000074}`:       identifier.ErrEncoding,
		`{"typeIdentifiantStructure":"SIRET","identifiantStructure":true}`:                  identifier.ErrEncoding,
		`{"typeIdentifiantStructure":"SIRET","identifiantStructure":null}`:                  identifier.ErrEmpty,
		`{"typeIdentifiantStructure":"SIREN","identifiantStructure":"732829320"}`:           identifier.ErrKind,
		`{"identifiantStructure":"73282932000074"}`:                                         identifier.ErrKind,
		`{"typeIdentifiantStructure":"UE_HORS_FRANCE","identifiantStructure":136695976}`:    identifier.ErrCountry,
		`{"typeIdentifiantStructure":"PARTICULIER","identifiantStructure":["1980193161X"]}`: identifier.ErrEncoding,
	} {
		_, err := read(input)
		require.ErrorIs(t, err, want, input)
		assert.NotContains(t, fmt.Sprintf("%v %+v", err, err), "1980193161", input)
	}
	var s structure
	require.NoError(t, json.Unmarshal([]byte(`{"typeIdentifiantStructure":"SIRET","identifiantStructure":99999999999999}`), &s))
	id, err := s.IDAt(identifier.Shape)
	require.NoError(t, err)
	assert.Equal(t, sample, id)
}

func TestA1_FieldsOfTheJSONAPIRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := anyID(source{t})
		encoded, err := json.Marshal(id.API())
		require.NoError(t, err)
		var fields identifier.APIFields
		require.NoError(t, json.Unmarshal(encoded, &fields))
		assert.Equal(t, id.API(), fields)
		back, err := fields.IDAt(identifier.Shape)
		require.NoError(t, err)
		back, err = back.In(id.Country()) // the API gives it elsewhere
		require.NoError(t, err)
		assert.Equal(t, id, back)
	})
	assert.Equal(t, identifier.APIFields{}, identifier.ID{}.API())
	assert.Empty(t, identifier.APICode{}.Text())
}

func TestA7_FieldsOfTheJSONAPIAreMasked(t *testing.T) {
	fields := identifier.APIFields{Type: "PARTICULIER", Code: identifier.NewAPICode("1980193161FERDINANDHELOISE1")}
	type hidden struct{ fields identifier.APIFields }
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		assert.NotContains(t, fmt.Sprintf(verb, fields), "FERDINAND", verb)
		assert.NotContains(t, fmt.Sprintf(verb, hidden{fields}), "FERDINAND", verb)
	}
	assert.Equal(t, "1980193161FERDINANDHELOISE1", fields.Code.Text())
}
