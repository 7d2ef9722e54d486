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
// The last cases run the use cases of the portal on the store: the first creator of a structure, and two decisions on
// one request, with many callers at once.
package storagetest
