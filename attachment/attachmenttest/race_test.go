//go:build race

package attachmenttest_test

const race = true
