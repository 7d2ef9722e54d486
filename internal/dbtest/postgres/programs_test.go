//go:build unix

package postgres

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// executable writes a program that prints a line.
func executable(t *testing.T, path, line string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\ncat <<'.'\n"+line+"\n.\n"), 0o755))
}

// server makes a folder with the programs named, all if none is.
func server(t *testing.T, folder string, programs ...string) string {
	t.Helper()

	if len(programs) == 0 {
		programs = []string{"initdb", "pg_ctl", "postgres"}
	}

	for _, program := range programs {
		executable(t, filepath.Join(folder, program), "")
	}

	return folder
}

func TestProgramsAreFoundInThisOrder(t *testing.T) {
	t.Parallel()

	root := t.TempDir()
	path := func(folders ...string) string { return strings.Join(folders, string(os.PathListSeparator)) }

	configured := server(t, filepath.Join(root, "configured"))
	direct := server(t, filepath.Join(root, "direct"))
	link := server(t, filepath.Join(root, "link"), "postgres")
	clients := filepath.Join(root, "clients")
	executable(t, filepath.Join(clients, "pg_config"), configured)

	lying := filepath.Join(root, "lying")
	executable(t, filepath.Join(lying, "pg_config"), link)

	debian := filepath.Join(root, "debian")
	for _, version := range []string{"9.6", "15", "8.4"} {
		server(t, filepath.Join(debian, version, "bin"))
	}

	server(t, filepath.Join(debian, "16", "bin"), "postgres")

	nowhere, highest := filepath.Join(root, "nowhere"), filepath.Join(debian, "15", "bin")

	for name, c := range map[string]struct{ path, debian, want string }{
		"pg_config comes first":              {path(link, direct, clients), debian, configured},
		"then PATH":                          {path(link, direct), debian, direct},
		"then Debian's highest version":      {path(link), debian, highest},
		"pg_config of a client alone":        {path(lying, direct), debian, direct},
		"only the first pg_config speaks":    {path(lying, clients), nowhere, ""},
		"one program of three is no server":  {path(link), nowhere, ""},
		"no folder at all":                   {"", nowhere, ""},
		"not from where the tests happen to": {path(".", "", link), nowhere, ""},
	} {
		assert.Equal(t, c.want, search(c.path, c.debian), name)
	}
}

func TestProgramsHaveToBeExecutable(t *testing.T) {
	t.Parallel()

	folder := server(t, filepath.Join(t.TempDir(), "bin"))
	assert.Equal(t, folder, search(folder, ""))
	require.NoError(t, os.Chmod(filepath.Join(folder, "pg_ctl"), 0o644))
	assert.Empty(t, search(folder, ""))
}
