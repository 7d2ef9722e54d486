// Package identifier reads and holds the identifiers under which the parties
// of French public invoicing are known.
//
// A structure (structure) is identified by the country, the kind of its
// identifier (type d'identifiant) and a code. There are seven kinds, named
// here by the literals that the portal's API uses:
//
//	Kind         API literal     what it is                                     read by Parse
//	SIRET        SIRET           French establishment: SIREN (9) + NIC (5)      yes
//	European     UE_HORS_FRANCE  VAT number of another member state             not yet
//	NonEU        HORS_UE         country + start of the legal name              not yet
//	RIDET        RIDET           New Caledonian establishment                   not yet
//	Tahiti       TAHITI          French Polynesian establishment                not yet
//	Individual   PARTICULIER     person without a SIRET                         not yet
//	Registering  AUTRE           company being registered (en cours             not yet
//	                             d'immatriculation)
//
// The kinds marked "not yet" exist as [Kind] values, so that their literals
// can be read and stored; [Parse] refuses them with [ErrKind].
//
// # SIRET
//
// A SIRET has 14 digits: the SIREN of the company (9, the last a Luhn key) and
// the NIC of the establishment (5, the last a Luhn key over all 14). Both keys
// must fit. No SIREN begins with eight zeros.
//
// La Poste (SIREN 356000000) has more establishments than Luhn keys leave room
// for: its head office 35600000000048 follows Luhn, and every other SIRET has
// a sum of digits that is a multiple of 5. INSEE has published no text of this
// rule that we know of; it is the one that python-stdnum (stdnum.fr.siret) and
// Wikipedia's article on the SIRET give. Others accept Luhn for La Poste too,
// or check nothing there.
//
// The check digits are ours to check: they are the level [Strict], the
// default. [Shape] leaves them out, because the samples of the portal's own
// test environment (99999999999999) fail them.
//
// # Input
//
// Spaces, no-break spaces, dots and hyphens are left out before a code is
// read, lower case is raised, and full-width digits count as digits. Nothing
// else is repaired: a tab, an en dash or a letter O among digits is refused.
//
// # Errors
//
// Every refusal is a [*ParseError]: it names the rule of the project's rule
// book (A1, A2…), the position in the input as it was typed, and what was
// expected there, down to the check digit that would fit. errors.Is finds the
// sentinel: [ErrEmpty], [ErrLength], [ErrCharset], [ErrChecksum],
// [ErrComponent], [ErrCountry], [ErrKind] or [ErrEncoding]. [ParseError.Text]
// says it to a person in French or English.
//
// # Personal data
//
// The code of an [Individual] is personal data. It is shown by [ID.Code] and
// kept by the encodings (text, JSON, SQL), which would otherwise lose it.
// Everything else masks it: String, Display, every fmt verb, log/slog, errors;
// and a struct that hides an ID in an unexported field prints an address in
// its place. Since slog's handlers encode nested values as JSON or text, log
// an ID itself (or a slog.LogValuer), not a struct or slice that exports one.
package identifier
