//go:build unix

package postgres

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

//go:embed cluster.sh
var script string

// cluster is a server of this process's own. The garbage collector must not find it, for it would close stdin, which
// ends the server.
type cluster struct {
	dsn    string
	folder string
	shell  *exec.Cmd
	stdin  io.Closer
	stdout io.Reader
}

// start makes a cluster with the programs of a folder, and returns when it takes connections.
func start(bin string) (*cluster, error) {
	owner, err := servant()
	if err != nil {
		return nil, err
	}

	folder, err := home(owner)
	if err != nil {
		return nil, err
	}

	c := &cluster{dsn: address(folder), folder: folder}
	if err := c.run(bin, owner); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}

	if said, ready := awaited(c.stdout); !ready {
		return nil, errors.Join(fmt.Errorf("it did not come up:\n%s", said), c.stop())
	}

	return c, nil
}

// address is the connection string of a cluster. It leaves nothing to the PG… variables of the environment.
func address(folder string) string {
	dsn := "postgres://postgres@/postgres"
	for _, setting := range [][2]string{{"host", folder}, {"port", "5432"}, {"sslmode", "disable"}} {
		dsn = with(dsn, setting[0], setting[1])
	}

	return dsn
}

func (c *cluster) run(bin string, owner *syscall.Credential) error {
	c.shell = exec.CommandContext(context.Background(), "/bin/sh", "-c", script, "guichet-postgres", bin) //nolint:gosec // ours
	c.shell.Dir = c.folder
	c.shell.Env = environment(os.Environ())
	// A session of its own, so that what is sent to the group of the tests, from a keyboard or by whoever cleans up
	// after them, does not end the shell before the server.
	c.shell.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: owner}

	stdin, err := c.shell.StdinPipe()
	if err != nil {
		return err
	}

	stdout, err := c.shell.StdoutPipe()
	if err != nil {
		return err
	}

	c.stdin, c.stdout = stdin, stdout

	return c.shell.Start()
}

// environment is what the programs see: no settings for other servers, and messages in English.
func environment(ours []string) []string {
	theirs := make([]string, 0, len(ours)+1)

	for _, variable := range ours {
		if !strings.HasPrefix(variable, "PG") && !strings.HasPrefix(variable, "LC_") {
			theirs = append(theirs, variable)
		}
	}

	return append(theirs, "LC_ALL=C")
}

// awaited reads what the shell says until the server is ready, or else until the shell is gone.
func awaited(stdout io.Reader) (said string, ready bool) {
	var lines strings.Builder

	for scanner := bufio.NewScanner(stdout); scanner.Scan(); {
		if scanner.Text() == "ready" {
			return lines.String(), true
		}

		lines.WriteString(scanner.Text() + "\n")
	}

	return lines.String(), false
}

// stop ends the server, and returns when it is gone and so is its folder.
func (c *cluster) stop() error {
	_ = c.stdin.Close() // the shell may be gone

	said, err := io.ReadAll(c.stdout)
	if err = errors.Join(err, c.shell.Wait()); err != nil {
		err = fmt.Errorf("%w\n%s", err, said)
	}

	// Once more, in case that the shell did not get to it.
	return errors.Join(err, os.RemoveAll(c.folder))
}
