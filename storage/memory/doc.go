// Package memory keeps the portal's rows in memory: for the tests of programs that embed the portal, and for trying it
// out. It keeps the contract of package storage, and nothing when the process ends.
//
// It is made to be no kinder than a database is. [Store.Update] runs the caller's function without holding anything:
// others commit meanwhile, each read sees what is committed at its own moment (READ COMMITTED), and only versions,
// guards and unique keys stand between two transactions. A use case that forgets a guard therefore fails here too, and
// not only under load on a server. A function that uses the Store instead of its Reader, which would wait for itself
// on a database with one connection, is answered with [storage.ErrNested].
//
// Errors are those of package storage. A batch that breaks the contract itself (it names a row twice, or leaves a
// roster with a holder who has no row) is answered with [ErrBatch], and nothing is written.
package memory
