//go:build unix

package postgres

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHomeIsWhereSocketsAndTheServerMayBe(t *testing.T) {
	ours := &syscall.Credential{Uid: uint32(os.Getuid()), Gid: uint32(os.Getgid())}
	long, shut, fine := "/tmp/"+strings.Repeat("x", 80), temporary(t, 0o775), temporary(t, 0o777|os.ModeSticky)
	below := filepath.Join(temporary(t, 0o700), "public")

	require.NoError(t, os.Mkdir(below, 0o700))
	require.NoError(t, os.Chmod(below, 0o777))

	for _, c := range []struct {
		temporary string
		owner     *syscall.Credential
		want      string
	}{
		{fine, nil, fine},
		{fine, ours, fine},
		{shut, nil, shut},
		{shut, ours, "/tmp"},
		{below, nil, below},
		{below, ours, "/tmp"},
		{long, nil, "/tmp"},
		{long, ours, "/tmp"},
	} {
		t.Setenv("TMPDIR", c.temporary)

		folder, err := home(c.owner)
		require.NoError(t, err)
		assert.Equal(t, c.want, filepath.Dir(folder))

		info, err := os.Stat(folder)
		require.NoError(t, err)
		assert.Equal(t, os.ModeDir|0o700, info.Mode())
		require.NoError(t, os.Remove(folder))
	}
}

// temporary makes a folder in /tmp with those rights. Below t.TempDir, others may not pass.
func temporary(t *testing.T, rights os.FileMode) string {
	t.Helper()

	folder, err := os.MkdirTemp("/tmp", "guichet-") //nolint:usetesting // see above
	require.NoError(t, err)
	require.NoError(t, os.Chmod(folder, rights))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(folder)) })

	return folder
}
