// Package storagetest tells whether a store keeps the contract of package storage. It is a table of cases; each proves
// one sentence of the contract, and a failure prints the sentence that was found broken.
//
// A new store passes it in one line of a test, best run with the race detector:
//
//	func TestStore(t *testing.T) {
//		storagetest.Run(t, func(t *testing.T) storage.Store { return open(t) }, nil)
//	}
//
// Each case is given a store of its own, which must be empty. Names begin with the sentence of the contract (S4) or the
// rules (C1, D1) that they are about. [Check] does the same without package testing, and returns what it found; the
// suite is itself tested that way, with stores that are wrong on purpose.
//
// Some sentences can only be tried with help: a transaction of the application's, a second handle on the rows, a commit that
// goes wrong. [Options] take functions that give it. What a store lacks is not passed over: the cases that need it are
// skipped by name, say what stays unproved, and are listed at the end; [Check] returns them.
//
//	&storagetest.Options{
//		Begin: func(ctx context.Context, s storage.Store) (storagetest.Tx, error) {
//			return databaseOf(s).BeginTx(ctx, nil)
//		},
//		Again: func(s storage.Store) (storage.Store, error) { return open(fileOf(s)) },
//		Lacks: []storagetest.Capability{storagetest.Breaking},
//	}
//
// The last cases run the use cases of the portal on the store: the first creator of a structure, and two decisions on
// one request, with many callers at once.
package storagetest
