// Package structure holds the structures that people work for: companies, public bodies, individuals.
//
// A structure (French: structure) is known to the portal by its identity: country, type and code of its identifier
// (rules C1 and A10). Registrations that name an identity nobody named before create the row at once, so that two
// people at the same moment cannot create it twice; its data stay empty until the first manager activates their
// account, because nothing that an unconfirmed author typed may speak for a company. Whether a structure is known
// is told by its standing, in package attachment, and by nothing here.
//
// A structure has a sector (French: type de structure; privée, publique), a status (active, inactive), the address
// the guide's form asks for, services (French: services) and a set of open applications (French: applications
// ouvertes).
//
// Faults of the form are [*FieldError] values; several at once come as a [*multierror.Error].
package structure
