// Package bench measures other libraries beside package identifier. It is a
// module of its own, so that what it compares with is no requirement of those
// who use the library; it is not published.
//
//	go -C internal/bench test -run TestTable -rounds 300 -v
package bench
