//go:build unix

package postgres

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// longest is how many bytes the path of a socket may have: 107 on Linux, 103 on macOS and the BSDs.
const longest = 103

// servant is whom the server runs as: nobody else (nil) unless that would be root, which PostgreSQL refuses.
func servant() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // as SysProcAttr takes it
	}

	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}

		uid, err := strconv.ParseUint(found.Uid, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("user %s: %w", name, err)
		}

		gid, err := strconv.ParseUint(found.Gid, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("group of user %s: %w", name, err)
		}

		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}

	return nil, errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor nobody to run it as: " +
		"run the tests as somebody else")
}

// home makes the folder of a cluster, which only its owner and root may enter.
func home(owner *syscall.Credential) (string, error) {
	parents := []string{os.TempDir(), "/tmp"}

	for _, parent := range parents {
		if parent, err := filepath.Abs(parent); err == nil && fits(parent) && (owner == nil || public(parent)) {
			return furnished(parent, owner)
		}
	}

	return "", fmt.Errorf("none of the temporary folders %q will do: the path of a socket in it has to be short (%d bytes), "+
		"and for tests that root runs, it has to be everybody's: set TMPDIR", parents, longest)
}

func furnished(parent string, owner *syscall.Credential) (string, error) {
	folder, err := os.MkdirTemp(parent, "guichet-postgres-")
	if err != nil || owner == nil {
		return folder, err
	}

	if err := os.Chown(folder, int(owner.Uid), int(owner.Gid)); err != nil {
		return "", errors.Join(err, os.Remove(folder))
	}

	return folder, nil
}

// fits reports whether sockets may be below a folder.
func fits(parent string) bool {
	return len(filepath.Join(parent, "guichet-postgres-4294967295", ".s.PGSQL.5432")) <= longest
}

// public reports whether everybody may reach a folder, and make and remove what is theirs in it.
func public(folder string) bool {
	folder, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return false
	}

	for rights := os.FileMode(0o003); ; rights = 0o001 {
		info, err := os.Stat(folder)
		if err != nil || info.Mode().Perm()&rights != rights {
			return false
		}

		if folder == filepath.Dir(folder) {
			return true
		}

		folder = filepath.Dir(folder)
	}
}
