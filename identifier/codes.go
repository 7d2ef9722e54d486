package identifier

import (
	"strings"
)

// The codes under which the outside world knows the kinds. Each list has its
// source; where a kind has no code in one, no source gives it any, or sources
// disagree.

// ediCodes are those of the portal's EDI formats, found as the schemeName of
// PartyIdentification/ID in its UBL flows.
//
// Source: external specifications of the portal, EDI annex, as the operator's
// own UBL style sheet and the invoicing library invopop/gobl (addon
// fr/choruspro) apply it. Individuals have none: the style sheet tests 6 for
// them too, which is the code of structures being registered, and a 7 is found
// nowhere.
var ediCodes = [...]string{SIRET: "1", European: "2", NonEU: "3", RIDET: "4", Tahiti: "5", Individual: "", Registering: "6"}

// icdCodes are those of ISO 6523 (International Code Designators), found as
// schemeID in UBL, CII and Factur-X.
//
// Source: register of ISO 6523, in the list of OpenPeppol and EN 16931. A
// structure being registered has none.
var icdCodes = [...]string{SIRET: "0009", European: "0223", NonEU: "0227", RIDET: "0228", Tahiti: "0229", Individual: "0226", Registering: ""}

// icdSIREN is the code of ISO 6523 for companies; it also covers SIRETs.
const icdSIREN = "0002"

// pesCodes are the types of third parties (TNatIdTiers) of the public
// accounts' exchange protocol, PES v2.
//
// Source: schema PES_V2 of the French public finance directorate (DGFiP), as
// the code system TiersIdentifierTypeCS of a published FHIR guide (CPage)
// lists it. That 11 (IREP) is for natural persons follows the order of
// 9 December 2016. The list also has 02 SIREN, 03 FINESS, 04 NIR, 12 NFP,
// which are no kinds of identifiers here.
var pesCodes = [...]string{SIRET: "01", European: "05", NonEU: "06", RIDET: "08", Tahiti: "07", Individual: "11", Registering: "09"}

const (
	pesSIREN  = "02"
	pesWallis = "10" // FRWF, of kind NonEU
)

// EDI returns the number of the kind in the portal's EDI formats, "1" to "6",
// and "" for an [Individual], for whom sources disagree.
func (k Kind) EDI() string { return k.codeIn(ediCodes[:]) }

// ICD returns the code of the kind in ISO 6523, such as "0009" for SIRET, and
// "" for [Registering].
func (k Kind) ICD() string { return k.codeIn(icdCodes[:]) }

func (k Kind) codeIn(list []string) string {
	if !k.known() {
		return ""
	}
	return list[k]
}

// PES returns the code of id in the accounting protocol PES v2, such as "01"
// for a SIRET and "10" for a code FRWF… of Wallis and Futuna; "" for the zero
// ID.
func (id ID) PES() string {
	if id.kind == NonEU && strings.HasPrefix(id.code, wallis) {
		return pesWallis
	}
	return id.kind.codeIn(pesCodes[:])
}

// ParseScheme reads the kind from a code of any of the lists: an API literal
// ("SIRET"), an EDI number ("1"), an ICD ("0009", "0002") or a PES code ("01",
// "02", "10"). The lists do not overlap. 0002 and 02, which stand for a
// company, answer SIRET, since both are found with 14 digits too.
//
// For any other code it returns a *ParseError (rule A1, [ErrKind]) whose Input
// is that code in full.
func ParseScheme(code string) (Kind, error) {
	switch code {
	case icdSIREN, pesSIREN:
		return SIRET, nil
	case pesWallis:
		return NonEU, nil
	case "":
		return 0, &ParseError{why: unknownScheme, Rule: "A1", Err: ErrKind}
	}
	for _, k := range Kinds() {
		if code == literals[k] || code == ediCodes[k] || code == icdCodes[k] || code == pesCodes[k] {
			return k, nil
		}
	}
	return 0, &ParseError{why: unknownScheme, Rule: "A1", Input: code, Err: ErrKind}
}

// FromScheme reads an identifier from a pair of scheme and value, as it is
// found in:
//
//	UBL             <cbc:ID schemeName="1">, schemeID="0009"
//	CII, Factur-X   <ram:GlobalID schemeID="0009">, <ram:ID schemeID="0002">
//	JSON API        "typeIdentifiantStructure", "identifiantStructure" (see [APIFields])
//	PES v2          NatIdTiers, IdTiers
//
// The scheme is one of those of [ParseScheme], the value is treated as by
// [Parse], and the errors are those of the two. Nine digits with 0002, 02, 1 or
// 0009 are answered that they are a SIREN: read them with [ParseSIREN].
func FromScheme(scheme, value string) (ID, error) { return Options{}.FromScheme(scheme, value) }

// FromScheme is the function [FromScheme] at o.Level.
func (o Options) FromScheme(scheme, value string) (ID, error) {
	k, err := ParseScheme(scheme)
	if err != nil {
		return ID{}, err
	}
	return o.Parse(k, value)
}
