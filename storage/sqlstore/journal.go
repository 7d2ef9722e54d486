package sqlstore

import (
	"context"
	"slices"

	"github.com/guichet-pro/guichet/storage"
)

func journal() table[storage.Entry] {
	return table[storage.Entry]{
		from: "guichet_journal",
		key:  []string{"operation", "seq"},
		columns: func(e *storage.Entry) []column {
			return []column{
				{name: "operation", at: &e.Operation},
				{name: "seq", at: &e.Seq},
				{name: "try", at: &e.Try},
				{name: "at", at: stamp{&e.At}},
				{name: "actor", at: actor{&e.Actor}},
				{name: "action", at: &e.Action},
				{name: "structure", at: &e.Structure},
				{name: "roster_version", at: &e.Version},
				{name: "account", at: &e.Account},
				{name: "service", at: &e.Service},
				{name: "state_before", at: &e.Before},
				{name: "state_after", at: &e.After},
				{name: "note", at: optional[string]{&e.Note}, read: readNote},
			}
		},
	}
}

// readNote reads the note with its entry.
const readNote = `(SELECT n.note FROM guichet_journal_notes AS n WHERE n.operation = t.operation AND n.seq = t.seq)`

func notes() table[storage.Entry] {
	return table[storage.Entry]{
		from: "guichet_journal_notes",
		key:  []string{"operation", "seq"},
		columns: func(e *storage.Entry) []column {
			return []column{
				{name: "operation", at: &e.Operation},
				{name: "seq", at: &e.Seq},
				{name: "note", at: &e.Note},
			}
		},
	}
}

// journaled adds entries, with their notes beside them.
func journaled(entries []storage.Entry) []part {
	noted := slices.DeleteFunc(slices.Clone(entries), func(e storage.Entry) bool { return e.Note == "" })

	return append(insert(journal(), entries), insert(notes(), noted)...)
}

// Journaled returns the number of the try that committed an operation.
func (v view) Journaled(ctx context.Context, operation string) (int, error) {
	tries, err := query(ctx, v, "SELECT try FROM guichet_journal WHERE operation = ? ORDER BY seq LIMIT 1",
		[]any{operation}, func(at *int) []any { return []any{at} })
	if err != nil {
		return 0, err
	}

	if len(tries) == 0 {
		return 0, storage.ErrNotFound
	}

	return tries[0], nil
}
