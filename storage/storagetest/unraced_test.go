//go:build !race

package storagetest_test

// raced tells that the race detector is on.
const raced = false
