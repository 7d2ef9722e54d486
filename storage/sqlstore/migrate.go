package sqlstore

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/guichet-pro/guichet/storage"
)

//go:embed migrations
var migrations embed.FS

// migrateAgain is how long Migrate waits for another process that has the lock for longer than the connection waits.
const migrateAgain = 50 * time.Millisecond

// migration is one step of the schema: a file whose name begins with its version. Its first line says "-- needs: N", the
// least version that a program must know to work on the tables as it leaves them: its own, unless it only adds what
// older programs need not know.
type migration struct {
	version, needs int64
	text           string
}

// statements returns the statements of a migration one by one: not every driver takes several at once. Each ends with a
// semicolon at the end of a line.
func (m migration) statements() []string {
	var out []string

	for text := range strings.SplitSeq(m.text, ";\n") {
		if strings.TrimSpace(text) != "" {
			out = append(out, text)
		}
	}

	return out
}

// migrations returns the steps in order, with the store's prefix.
func (e *engine) migrations() ([]migration, error) {
	names, err := fs.Glob(migrations, e.dialect.migrations+"/*.sql") // sorted
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

		var needs int64
		if _, err := fmt.Sscanf(string(text), "-- needs: %d\n", &needs); err != nil {
			return nil, fmt.Errorf("sqlstore: migration %s: its first line is not \"-- needs: N\": %w", name, err)
		}

		steps = append(steps, migration{version: version, needs: needs, text: e.sentence(string(text))})
	}

	return steps, nil
}

// Schema returns the SQL of all migrations, with the store's prefix, for those who run migrations with tools of their
// own. It is for an empty database, and says in the table schema_migrations what it made, so that [Store.Migrate] then
// finds nothing to do.
func (s *Store) Schema() string {
	steps, err := s.migrations()
	if err != nil {
		panic(err) // the files are embedded: a test would have seen it
	}

	var out strings.Builder

	for _, p := range createMigrations {
		out.WriteString(s.sentence(p.text) + ";\n\n")
	}

	for _, step := range steps {
		out.WriteString(step.text)
		fmt.Fprintf(&out, "\nINSERT INTO %sschema_migrations (version, needs) VALUES (%d, %d);\n", s.prefix, step.version, step.needs)
	}

	return out.String()
}

// Migrate brings the tables up to date, in one transaction. It may be called at every start, and by several processes
// at once: one does the work, and the others wait for it until ctx ends. When there is nothing to do it only reads, and
// needs no right to create tables. A program may work on tables that are newer than it, if the migrations that made them
// say that it can. Errors: [ErrForeignKeys]; [ErrSchema] when the tables are too new for this program;
// [storage.ErrNested].
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.ready(ctx); err != nil {
		return err
	}

	// A new file that others open too may be locked at once, whatever the time that connections wait.
	for {
		err := s.check(ctx, s.db)
		if err == nil {
			break
		}

		if err = s.wrap(ctx, err); !errors.Is(err, storage.ErrConflict) {
			return err
		}

		if err := later(ctx, err); err != nil {
			return err
		}
	}

	if left, err := s.pending(ctx); errors.Is(err, ErrSchema) || err == nil && len(left) == 0 {
		return err
	}

	for {
		// The table first, with a row to lock: engines differ in how they lock a table. Two at once may both create it.
		err := s.alone(ctx, func(v view) error { return v.inOrder(ctx, createMigrations) })
		again := s.created(err, s.state(err))

		if err == nil {
			err = s.alone(ctx, func(v view) error { return v.migrate(ctx) })
		}

		if !again && !errors.Is(err, storage.ErrConflict) {
			return err
		}

		if err := later(ctx, err); err != nil {
			return err
		}
	}
}

// later waits before the next try of Migrate; why is what went wrong with the last.
func later(ctx context.Context, why error) error {
	select {
	case <-time.After(migrateAgain):
		return nil
	case <-ctx.Done():
		return errors.Join(ctx.Err(), why)
	}
}

var createMigrations = []part{
	change(`CREATE TABLE IF NOT EXISTS guichet_schema_migrations (
	version    INTEGER NOT NULL PRIMARY KEY,
	needs      INTEGER NOT NULL, -- the version that a program must know to work on these tables
	applied_at TEXT    NOT NULL DEFAULT CURRENT_TIMESTAMP
)`),
	change("INSERT INTO guichet_schema_migrations (version, needs) VALUES (0, 0) ON CONFLICT DO NOTHING"),
}

// migrate takes the steps that are left.
func (v view) migrate(ctx context.Context) error {
	_, err := query(ctx, v, "SELECT 1 FROM guichet_schema_migrations WHERE version = 0"+v.lock, nil, one)
	if err != nil {
		return err
	}

	steps, err := v.pending(ctx)
	if err != nil {
		return err
	}

	for _, step := range steps {
		for _, text := range step.statements() {
			if _, err := v.exec(ctx, text); err != nil {
				return fmt.Errorf("sqlstore: migration %d: %w", step.version, err)
			}
		}

		_, err := v.exec(ctx, "INSERT INTO guichet_schema_migrations (version, needs) VALUES (?, ?)", step.version, step.needs)
		if err != nil {
			return err
		}
	}

	return nil
}

// pending returns the steps that are left. Errors: the engine's, if there is no table that would say so; ErrSchema.
func (v view) pending(ctx context.Context) ([]migration, error) {
	steps, err := v.migrations()
	if err != nil {
		return nil, err
	}

	type reached struct{ version, needs int64 }

	found, err := query(ctx, v, "SELECT MAX(version), MAX(needs) FROM guichet_schema_migrations", nil,
		func(r *reached) []any { return []any{&r.version, &r.needs} })
	if err != nil {
		return nil, err
	}

	last, newest := found[0], steps[len(steps)-1].version
	if last.needs > newest {
		return nil, fmt.Errorf("%w: they need version %d, this program knows %d", ErrSchema, last.needs, newest)
	}

	return slices.DeleteFunc(steps, func(step migration) bool { return step.version <= last.version }), nil
}
