// Package identifier reads and holds the identifiers under which the parties
// of French public invoicing are known.
//
// A structure (structure) is identified by the country, the kind of its
// identifier (type d'identifiant) and a code. There are seven kinds:
//
//	Kind         API literal     length      rule                                 example             check
//	SIRET        SIRET           14          SIREN (9 digits) + NIC (5)           73282932000074      Luhn twice; La Poste: sum of digits
//	European     UE_HORS_FRANCE  4 to 15     prefix + number of the state         DE136695976         that of the state
//	NonEU        HORS_UE         3 to 18     country + 16 characters of the name  USMICROSOFT CORPOR  none; country of ISO 3166-1
//	RIDET        RIDET           10, or 9    RID (7) + establishment (3)          0122531001          none
//	Tahiti       TAHITI          9           letter or digit + 5 + 3 digits       F95709001           none
//	Individual   PARTICULIER     3 to 80     free text, personal data             (masked)            none; unusual forms: a warning
//	Registering  AUTRE           1 to 80     free text, or generated              EC0123456789ABCDEF  none
//
// and the numbers that are parts of them or follow from them:
//
//	Type       length    rule                                example        check
//	SIREN      9         company                             732829320      Luhn
//	NIC        5         establishment in its company        00074          with its SIREN only
//	VATNumber  4 to 15   of any member state, France too     FR44732829320  that of the state
//
// # SIRET
//
// A SIRET has 14 digits: the SIREN of the company (9, the last a Luhn key) and
// the NIC of the establishment (5, the last a Luhn key over all 14). Both keys
// must fit. No SIREN begins with eight zeros.
//
// La Poste (SIREN 356000000) has more establishments than Luhn keys leave room
// for. There are two schools. The strict one is that of python-stdnum
// (stdnum.fr.siret) and of Wikipedia's article on the SIRET: the head office
// 35600000000048 follows Luhn, and every other SIRET has a sum of digits that
// is a multiple of 5. The lenient one accepts whatever passes either test, and
// some software checks nothing there. INSEE has published no text of the rule
// that we know of; this package follows the strict school. Of the 100,000 NICs
// of La Poste, the strict school accepts 20,001, and the lenient one 28,000:
// 20,000 pass the sum, 10,000 pass Luhn, 2,000 pass both. What the schools
// disagree about are 7,999 numbers, such as 35600000000014, that pass Luhn and
// not the sum.
//
// # VAT numbers
//
// A European identifier is an intra-Community VAT number (numéro de TVA
// intracommunautaire) of a member state other than France, or of Northern
// Ireland (XI, country GB). The prefix of Greece is EL, its country GR. French
// numbers are refused there with a hint towards the SIRET; [ParseVAT] reads
// them, with numeric keys, keys with letters, and those of Monaco, which have
// 000 where a SIREN would begin. [SIREN.VAT] derives the numeric key.
//
// Every state's check algorithm is applied. Three are incomplete, and the form
// decides: Latvian persons, Czech birth numbers from before 1954, Romanian
// personal numbers. Nothing but zeros is refused. The second letter of an
// Irish number is A to I or W, at both levels, although python-stdnum, with
// which the algorithms are compared, takes any.
//
// # Two levels
//
// The check digits are ours to check: they are the level [Strict], the
// default. [Shape] leaves them out, because the samples of the portal's own
// test environment (99999999999999) fail them, and because the portal checks
// the shape alone of all that is no SIRET.
//
// # Input
//
// In numbers, spaces, no-break spaces, dots and hyphens are left out before a
// code is read, lower case is raised, and full-width digits count as digits.
// Nothing else is repaired: a tab, an en dash or a letter O among digits is
// refused. Nine digits of a RIDET, and nine of a Belgian number, are the same
// numbers without their leading zero. In names and free texts, spaces stay;
// they are folded as [NewNonEU] says.
//
// # Countries
//
// The country follows from the code, except for [Individual] and
// [Registering]: there it is France until [ID.In] says otherwise. The table is
// that of ISO 3166-1, generated from pinned data.
//
// # The codes of the outside world
//
// The kinds have other names in other formats: numbers in the portal's EDI
// formats ([Kind.EDI]), ISO 6523 codes in UBL, CII and Factur-X ([Kind.ICD]),
// types of third parties in PES v2 ([ID.PES]). [FromScheme] reads the pairs of
// scheme and value in which they occur, [APIFields] those of the JSON API.
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
// kept by the encodings (text, JSON, SQL, [ID.API]), which would otherwise lose
// it. Everything else masks it: String, Display, every fmt verb, log/slog,
// errors; and a struct that hides an ID in an unexported field prints an
// address in its place. [APICode] and [APIFields] mask it likewise. Since slog's
// handlers encode nested values as JSON or text, log an ID or the fields
// themselves (or a slog.LogValuer), not a struct or slice that exports them.
//
// # Speed
//
// Valid never allocates, and neither does Parse of a canonical code; only
// letters of other scripts than Latin and Greek whose marks are typed apart
// need memory, which is used again. A SIRET is
// checked a word at a time, in about the time of the tightest loop. The
// figures, and the command that measures them, are in docs/performance.md.
package identifier
