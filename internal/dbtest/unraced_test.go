//go:build !race

package dbtest

// raced tells that the race detector is on, which slows an engine written in Go down many times.
const raced = false
