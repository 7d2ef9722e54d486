// Package habilitation answers the question: may this account do this, there, now?
//
// A profile (French: profil) is an application at a level: consultation lets one look, modification lets one act, and
// the one does not include the other (rule E1). The [Catalogue] lists the applications (formerly: espaces) by domain
// (domaine), and which sector may open which (rule E2). [Rights] hold all that one account may do; [Rights.Check]
// answers nil or a [*Denied] that says which condition failed (rule E6).
//
// This is the only place where the conditions of rule E6 are written: the roster's decisions (who may approve) ask
// the same function as the embedding application does.
package habilitation
