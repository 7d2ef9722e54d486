// Package sqlstore keeps the portal's rows in a database, through database/sql. It brings no driver: open the database
// with the one of your choice and hand it to [New], then call [Store.Migrate], which creates the tables or brings them
// up to date. Errors and sentences are those of package storage.
//
// # SQLite
//
// SQLite 3.44 or newer, in a file. The connection string sets what belongs to a connection, in each driver's spelling.
// For modernc.org/sqlite:
//
//	file:portal.db?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)
//
// For github.com/mattn/go-sqlite3:
//
//		file:portal.db?_busy_timeout=5000&_journal_mode=WAL&_foreign_keys=on&_synchronous=FULL
//
//	  - foreign_keys must be on. It is off unless asked for; Migrate and Update look, and answer [ErrForeignKeys].
//	  - busy_timeout is how long a writer waits for another process before it gives up with storage.ErrConflict.
//	  - journal_mode WAL lets readers and the writer go on beside each other.
//	  - synchronous FULL keeps committed transactions through a loss of power; with NORMAL the last ones may be lost.
//
// Callers of one process who write at the same moment share one commit, on one connection of the pool; readers use the
// others, so that the pool should have more than one. A database in memory (":memory:") is a different one for each
// connection of the pool, and does not do.
//
// # PostgreSQL
//
// PostgreSQL 12 or newer (tested on 15), with [Options].Dialect, and any driver for database/sql whose errors have a method SQLState() string,
// or [Options].Classify. Any isolation level does; it is the connection's to set. A read is one statement, and a batch is
// BEGIN, one statement and COMMIT. docs/operations.md has the rest: pools, migrations while two versions run, replicas, engines
// that speak PostgreSQL's language.
//
// # Rows
//
// Tables are described once, in the functions that return a table: which column holds which field. Texts that may be
// empty are empty and not NULL, but for what refers to another row or is unique. Enumerations are kept under the
// stable names of their values, durations in nanoseconds, byte strings in base64. Times are microseconds since 1970 in UTC; the zero time is
// NULL, and in the columns by which lists are ordered, which are never NULL, it is the number that it has. Empty
// lists come back as nil.
package sqlstore
