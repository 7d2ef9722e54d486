//go:build unix

package postgres

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// part tells a child of these tests what to do, and dsn where.
const (
	part = "GUICHET_TEST_PART"
	dsn  = "GUICHET_TEST_DSN"
)

// child prepares a process that runs TestChild only.
func child(t *testing.T, settings ...string) *exec.Cmd {
	t.Helper()

	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$", "-test.count=1")
	cmd.Env = append(os.Environ(), settings...)
	cmd.Stderr = os.Stderr

	return cmd
}

// TestChild is what children do; it does nothing in the process that all tests run in.
func TestChild(t *testing.T) {
	switch os.Getenv(part) {
	case "write":
		run(t, again(t, os.Getenv(dsn)), "INSERT INTO things VALUES ('of the child')")
	case "wait to be killed":
		fmt.Println(Open(t, ReadCommitted).DSN)

		_, _ = io.Copy(io.Discard, os.Stdin) // until the parent is gone
	}
}

func TestChildProcessesUseThePlaceOfATest(t *testing.T) {
	t.Parallel()

	place := Open(t, Serializable)
	run(t, place.DB, "CREATE TABLE things (name text)")

	// Only the DSN takes it there.
	out, err := child(t, part+"=write", dsn+"="+place.DSN, "GUICHET_POSTGRES=host=/nonexistent").Output()
	require.NoError(t, err, string(out))
	assert.Equal(t, "of the child", answer(t, place.DB, "SELECT name FROM things"))
}

func TestKilledTestsLeaveNoClusterBehind(t *testing.T) {
	t.Parallel()

	if installed() == "" {
		t.Skip("no cluster can be started here")
	}

	cmd := child(t, part+"=wait to be killed", "GUICHET_POSTGRES=")
	_, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())

	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)

	line = strings.TrimSpace(line)
	db := again(t, line)
	require.NoError(t, db.PingContext(t.Context()), line)

	config, err := pgx.ParseConfig(line)
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(config.Host, "postmaster.pid"))

	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())

	assert.Eventually(t, func() bool {
		_, err := os.Stat(config.Host)

		return os.IsNotExist(err)
	}, time.Minute, 20*time.Millisecond, "%s is still there", config.Host)
	assert.Error(t, db.PingContext(t.Context()))
}

func TestStopLeavesNothing(t *testing.T) {
	t.Parallel()

	bin := installed()
	if bin == "" {
		t.Skip("no cluster can be started here")
	}

	c, err := start(bin)
	require.NoError(t, err)

	db := again(t, c.dsn)
	require.NoError(t, db.PingContext(t.Context()))
	require.NoError(t, c.stop(), "with a connection open")
	assert.NoDirExists(t, c.folder)
	assert.Error(t, db.PingContext(t.Context()))
}

func TestStartSaysWhyItDidNotComeUp(t *testing.T) {
	t.Parallel()

	owner, err := servant()
	require.NoError(t, err)

	bin, err := home(owner) // where the server's user may read
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(bin)) })

	executable(t, filepath.Join(bin, "initdb"), "")
	require.NoError(t, os.WriteFile(filepath.Join(bin, "pg_ctl"), []byte("#!/bin/sh\necho no memory >server.log\nexit 1\n"), 0o755))

	_, err = start(bin)
	require.ErrorContains(t, err, "it did not come up:\n")
	require.ErrorContains(t, err, "no memory")
}
