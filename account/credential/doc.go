// Package credential holds the rules for what a person proves themselves with: the password (mot de passe), the
// secret question (question secrète) and its answer (réponse), as set when an account is activated (rule B8).
//
// The package is pure: it draws no random bytes, reads no clock and keeps nothing. The salt comes in as an argument,
// and what goes out is a string to store.
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
// # Errors
//
// Every fault is an [*Error] around one of the sentinels of this package, with a stable [Error.Code] and a text in
// French and English. No error holds a secret, an answer, a name or a stored string.
package credential
