package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/guichet-pro/guichet/storage/sqlstore"
)

// database is the SQLite file, with the store that the portal uses, and a second, read-only look at it for the checks.
type database struct {
	path  string
	db    *sql.DB
	store *sqlstore.Store
	audit *audit
}

// createDatabase makes the file at path. A file that holds something already is left alone: a demo has no business in
// anybody's database.
func createDatabase(ctx context.Context, path string) (*database, error) {
	made, err := reserve(path)
	if err != nil {
		return nil, err
	}

	db, err := openDatabase(ctx, path)
	if err != nil && made {
		_ = os.Remove(path) // as it was before: not there
	}

	switch {
	case err == nil:
		return db, nil
	case ctx.Err() != nil: // interrupted; nothing is wrong with the path
		return nil, err
	default:
		return nil, unusable(path, err)
	}
}

// reserve makes an empty file at path, or finds one; made tells which.
func reserve(path string) (made bool, err error) {
	info, err := os.Stat(path)

	switch {
	case errors.Is(err, fs.ErrNotExist):
		made = true
	case err != nil:
		return false, unusable(path, err)
	case !info.Mode().IsRegular(): // a folder, a device; opening it might wait forever
		return false, badInput("quickstart.database_path", "input.database_kind", nil, path)
	}

	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return false, unusable(path, err)
	}
	defer func() { _ = file.Close() }() // nothing was written

	magic := []byte("SQLite format 3\x00")
	head := make([]byte, len(magic))

	n, err := io.ReadFull(file, head)

	switch {
	case n == 0 && errors.Is(err, io.EOF):
		return made, nil
	case n == 0:
		return false, unusable(path, err)
	case bytes.Equal(head, magic):
		return false, badInput("quickstart.database_used", "input.database_used", nil, path)
	default:
		return false, badInput("quickstart.database_format", "input.database_format", nil, path)
	}
}

func unusable(path string, err error) error {
	return badInput("quickstart.database_path", "input.database_path", err, path, reason(err))
}

// openDatabase opens the file, and brings its tables up to date.
func openDatabase(ctx context.Context, path string) (*database, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}

	// Foreign keys are off in SQLite unless asked for. With a write-ahead log, readers and the writer leave each other
	// alone.
	db, err := sql.Open("sqlite", source(path, url.Values{
		"_pragma": {"foreign_keys(1)", "busy_timeout(10000)", "journal_mode(WAL)"},
	}))
	if err != nil {
		return nil, err
	}

	store, err := sqlstore.New(db, nil)
	if err == nil {
		err = store.Migrate(ctx)
	}

	if err != nil {
		return nil, errors.Join(err, db.Close())
	}

	reader, err := sql.Open("sqlite", source(path, url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(10000)"}}))
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}

	return &database{path: path, db: db, store: store, audit: &audit{db: reader}}, nil
}

// source is the address of an SQLite file, whatever characters its path has.
func source(path string, options url.Values) string {
	file := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: options.Encode()}

	return file.String()
}

// close closes the file. It may be called again.
func (d *database) close() error { return errors.Join(d.audit.db.Close(), d.db.Close()) }
