package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestErrors_ThePageIsWhatTheCatalogueSays(t *testing.T) {
	t.Parallel()

	written, err := os.ReadFile(filepath.Join("..", "..", page))
	require.NoError(t, err)
	assert.Equal(t, render(), string(written), "run go generate in the root of the module")
}
