// Package postgres gives tests a real PostgreSQL, and each test an empty place in it.
//
// The server is the one that GUICHET_POSTGRES names, a connection string as pgx takes it: an address that begins with
// postgres://, or keywords and values. Its user has to be allowed to create schemas. Without it, a throw-away cluster
// is started from PostgreSQL's own programs when a test first asks for a place: one for each test process, in a
// temporary folder, reached through a socket in that folder and by nobody else. It writes like a server that holds
// something of value (fsync is on), so that a test of what outlasts a crash shows something. Its programs are looked
// for in the folder that pg_config names, in PATH, and where Debian puts them.
//
// When there is neither, tests that ask for a place are skipped, or fail if GUICHET_REQUIRE_POSTGRES=1: a continuous
// integration sets it, so that nothing is ever taken for tested because a package was missing.
//
// # How the cluster ends
//
// A shell of a session of its own starts the server, then reads from a pipe whose other end only the test process has.
// However that process ends, killed ones included, the kernel closes the pipe; the shell then stops the server and
// removes the folder. A parent-death signal would need a thread that is kept for it, exists on some systems only,
// and leaves the folder behind. [Main] waits for that end, so that nothing is left once the tests are through.
package postgres
