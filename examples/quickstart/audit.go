package main

import (
	"context"
	"database/sql"
	"maps"
	"slices"
)

// audit looks into the file past the library, so that what the library says can be compared with what is there. The
// tables and their columns are part of what package sqlstore publishes, under its default prefix.
type audit struct{ db *sql.DB }

// number returns the one number that a query answers.
func (a *audit) number(ctx context.Context, query string, args ...any) (n int, err error) {
	err = a.db.QueryRowContext(ctx, query, args...).Scan(&n)

	return n, err
}

// counts returns how many rows every table has.
func (a *audit) counts(ctx context.Context) (map[string]int, error) {
	names, err := a.tables(ctx)
	if err != nil {
		return nil, err
	}

	counts := make(map[string]int, len(names))

	for _, name := range names {
		// The names come from the database itself, and cannot be arguments.
		if counts[name], err = a.number(ctx, `SELECT count(*) FROM "`+name+`"`); err != nil {
			return nil, err
		}
	}

	return counts, nil
}

func (a *audit) tables(ctx context.Context) (names []string, err error) {
	rows, err := a.db.QueryContext(ctx, `SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'guichet\_%' ESCAPE '\'`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()

	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}

		names = append(names, name)
	}

	return names, rows.Err()
}

// grown names the tables whose number of rows is not the same.
func grown(before, after map[string]int) []string {
	var names []string

	for _, name := range slices.Sorted(maps.Keys(after)) {
		if before[name] != after[name] {
			names = append(names, name)
		}
	}

	return names
}
