// Package guichet opens accounts at the counter of French public invoicing.
//
// Public bodies in France are invoiced through one portal, Chorus Pro. Before anybody may deposit an invoice there,
// a person opens an account, names the structure they work for, and becomes its main manager, because they are the
// first to name it, or waits for the main manager's approval. This package is that system as a library: the rules in
// pure packages (identifier, structure, account, habilitation, attachment), behind storage and mail interfaces that
// an application implements or takes from here. It models the portal's rules and never touches the real portal.
//
// A [Portal] is the front door: one method for each use case, one transaction each.
//
//	portal, err := guichet.New(store, keys, &guichet.Options{Site: "https://portal.example"})
//	receipt, err := portal.Register(ctx, form)          // the registration form
//	delivery, err := portal.Deliver(ctx, mailer)         // sends what waits in the outbox
//	invitation, err := portal.Inspect(ctx, token)        // what a mailed link is for
//	acc, err := portal.Activate(ctx, token, credentials) // the link's form
//	outcome, err := portal.Do(ctx, structure, attachment.Approve{…})
//	err = portal.Check(ctx, acc.ID, scope, profile)      // may they?
//
// A Portal starts no goroutine and keeps no timer: the application calls [Portal.Deliver] and [Portal.Advance] as often
// as it likes, from as many processes as it likes. What is due is applied before any decision in any case.
//
// Errors that people may see implement [Fault]: a stable code, and a text in French and English. [Faults] takes a
// form's several faults apart.
package guichet

//go:generate go run ./internal/states
//go:generate go run ./internal/refusals
