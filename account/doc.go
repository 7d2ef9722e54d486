// Package account holds people: the registration with which they ask for an account, the account itself, the links
// that are mailed to them, and who acts.
//
// A registration (French: inscription, demande de création de compte) is provisional (rule B11). It waits for the
// approval of the structure's main manager, or, as the claim of somebody who was first to name a structure, for its
// author to open the activation link. Several provisional registrations may bear one login address: only activation
// binds the address to an account, so that nobody can block an address that is not theirs. An account keeps the id
// its registration had.
//
// State machines are tables: [Transitions] lists every cell, and a cell that is not a transition is a named refusal.
//
// The faults of a form are [*FieldError] values, several at once as a [*multierror.Error]; a link that cannot be
// used is a [*LinkError]; a transition that does not exist is a [*StateError].
package account
