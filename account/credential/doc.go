// Package credential holds the rules for what a person proves themselves with: the password (mot de passe), the
// secret question (question secrète) and its answer (réponse), as set when an account is activated (rule B8), and the
// codes of a second factor (second facteur).
//
// The package is pure: it draws no random bytes, reads no clock and keeps nothing. Salts, random bytes and times come in as
// arguments, and what goes out is a string to store.
//
// # Passwords
//
// [CheckPassword] says whether a password may be chosen, with every fault at once. [NormalizePassword] gives the form
// that is hashed, and must be applied both when the password is set and when it is typed again:
//
//	if err := credential.CheckPassword(typed, login, firstName, lastName); err != nil { … }
//	stored, err := credential.Hash(credential.NormalizePassword(typed), salt, credential.Default())
//	…
//	ok, err := credential.Verify(credential.NormalizePassword(typed), stored)
//	if ok && credential.NeedsRehash(stored, credential.Default()) { … }
//
// A password has 12 to 128 characters. It has lower case letters, capitals, digits and other signs, or at least 20
// characters: a passphrase (phrase de passe). It holds neither the login address nor a name, and is no common password in
// disguise: one word of a list of 12,000, which internal/commongen makes and says the origin of, with digits, punctuation,
// walks over the keyboard and signs for letters. Two words make a password, and four a good one. [Estimate] says how good,
// for a meter beside the field; it decides nothing.
//
// When there is no stored password, verify against a [Dummy], so that the answer takes as long.
//
// # Question and answer
//
// The question is free text ([NormalizeQuestion]). The answer is recalled rather than copied, so [NormalizeAnswer]
// takes case, accents and spacing out of it before it is hashed in the same way as a password.
//
// # Stored form
//
// A secret is stored as a PHC string of Argon2id: the algorithm, its version, its cost, the salt and the key, so that
// each string says how to verify itself and the cost can be raised later. [Verify] trusts no stored string: one that is
// not exactly in the form that [Hash] writes, or whose cost is beyond [MaxMemory], [MaxTime] or [MaxThreads], is refused
// before any memory is taken.
//
// # Codes
//
// [TOTPSecret] is what an authenticator app (application d'authentification) and the portal share; [TOTPSecret.Check] wants
// to know which step was used last. [RecoveryCode]s (codes de secours) are for who has lost the app, a [MailCode] for who
// has none. Of both only a keyed hash is stored. All three are types that do not print (rule G5). None of them counts
// tries: whoever asks does (rule B10).
//
//	secret, err := credential.NewTOTP(random)        // show secret.URI(portal, login) as a barcode, seal secret.Reveal()
//	step, ok := secret.Check(typed, now, lastStep)   // store the step
//
// # Errors
//
// Every fault is an [*Error] around one of the sentinels of this package, with a stable [Error.Code] and a text in
// French and English. No error holds a secret, an answer, a name or a stored string.
package credential
