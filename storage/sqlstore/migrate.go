package sqlstore

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/guichet-pro/guichet/storage"
)

//go:embed migrations
var migrations embed.FS

// migrateAgain is how long Migrate waits for another process that has the lock for longer than the connection waits.
const migrateAgain = 50 * time.Millisecond

// migration is one step of the schema: a file whose name begins with its version.
type migration struct {
	version int64
	text    string
}

// migrations returns the steps in order, with the store's prefix.
func (s *Store) migrations() ([]migration, error) {
	names, err := fs.Glob(migrations, s.dialect.migrations+"/*.sql") // sorted
	if err != nil {
		return nil, err
	}

	steps := make([]migration, 0, len(names))

	for _, name := range names {
		text, err := migrations.ReadFile(name)
		if err != nil {
			return nil, err
		}

		number, _, _ := strings.Cut(path.Base(name), "_")

		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("sqlstore: migration %s: %w", name, err)
		}

		steps = append(steps, migration{version: version, text: s.sentence(string(text))})
	}

	return steps, nil
}

// Schema returns the SQL of all migrations, with the store's prefix, for those who run migrations with tools of their
// own. [Store.Migrate] keeps account of what it ran in the table schema_migrations, which is not part of the text.
func (s *Store) Schema() string {
	steps, err := s.migrations()
	if err != nil {
		panic(err) // the files are embedded: a test would have seen it
	}

	texts := make([]string, len(steps))
	for i, step := range steps {
		texts[i] = step.text
	}

	return strings.Join(texts, "\n")
}

// Migrate brings the tables up to date, in one transaction. It may be called at every start, and by several processes
// at once: one does the work, and the others wait for it until ctx ends. Errors: [ErrForeignKeys]; [ErrSchema] when
// the tables are of a newer version; [storage.ErrNested].
func (s *Store) Migrate(ctx context.Context) error {
	for {
		err := s.write(ctx, s.migrate)
		if !errors.Is(err, storage.ErrConflict) {
			return err
		}

		select {
		case <-time.After(migrateAgain):
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
	}
}

const createMigrations = `CREATE TABLE IF NOT EXISTS guichet_schema_migrations (
	version    INTEGER NOT NULL PRIMARY KEY,
	applied_at TEXT    NOT NULL DEFAULT CURRENT_TIMESTAMP
)`

func (s *Store) migrate(ctx context.Context, v view) (bool, error) {
	steps, err := s.migrations()
	if err != nil {
		return false, err
	}

	if _, err := v.exec(ctx, createMigrations); err != nil {
		return false, err
	}

	versions, err := query[int64](ctx, v, "SELECT COALESCE(MAX(version), 0) FROM guichet_schema_migrations", nil,
		func(at *int64) []any { return []any{at} })
	if err != nil {
		return false, err
	}

	last := versions[0]
	if newest := steps[len(steps)-1].version; last > newest {
		return false, fmt.Errorf("%w: %d, this program knows %d", ErrSchema, last, newest)
	}

	for _, step := range steps {
		if step.version <= last {
			continue
		}

		if _, err := v.exec(ctx, step.text); err != nil {
			return false, fmt.Errorf("sqlstore: migration %d: %w", step.version, err)
		}

		_, err := v.exec(ctx, "INSERT INTO guichet_schema_migrations (version) VALUES (?)", step.version)
		if err != nil {
			return false, err
		}
	}

	return true, nil
}
