//go:build unix

package postgres

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// installed returns the folder of the server's programs, or "" if there is none.
func installed() string {
	return search(os.Getenv("PATH"), "/usr/lib/postgresql")
}

// search looks for the server's programs where pg_config says they are, in the folders of path, and in those of
// Debian, which has one for each version.
func search(path, debian string) string {
	for _, folder := range slices.Concat(ofConfig(path), filepath.SplitList(path), ofDebian(debian)) {
		if complete(folder) {
			return folder
		}
	}

	return ""
}

// complete reports whether a folder has all that a cluster needs. Clients alone bring a pg_config too, and a link to
// one program is no server.
func complete(folder string) bool {
	// The cluster's shell runs elsewhere, where a relative path would mean something else.
	if !filepath.IsAbs(folder) {
		return false
	}

	for _, program := range []string{"initdb", "pg_ctl", "postgres"} {
		if _, err := exec.LookPath(filepath.Join(folder, program)); err != nil {
			return false
		}
	}

	return true
}

// ofConfig asks the first pg_config of path.
func ofConfig(path string) []string {
	for _, folder := range filepath.SplitList(path) {
		if !filepath.IsAbs(folder) {
			continue // nor would a bare name be looked for in this path only
		}

		program, err := exec.LookPath(filepath.Join(folder, "pg_config"))
		if err != nil {
			continue
		}

		out, err := exec.CommandContext(context.Background(), program, "--bindir").Output() //nolint:gosec // of PATH
		if err != nil {
			return nil
		}

		return []string{strings.TrimSpace(string(out))}
	}

	return nil
}

// ofDebian returns the folders of all versions, the highest first.
func ofDebian(root string) []string {
	folders, err := filepath.Glob(filepath.Join(root, "*", "bin"))
	if err != nil {
		return nil
	}

	// Numbers, not texts: 9.6 comes before 15.
	version := func(folder string) float64 {
		number, err := strconv.ParseFloat(filepath.Base(filepath.Dir(folder)), 64)
		if err != nil {
			return 0
		}

		return number
	}

	slices.SortStableFunc(folders, func(a, b string) int { return cmp.Compare(version(b), version(a)) })

	return folders
}
