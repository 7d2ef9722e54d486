package memory

import (
	"reflect"
	"slices"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// brought returns a batch as the store keeps it: copied, its times as a database keeps them, grants sorted, and
// without the address of a link, or a code, which are never stored.
func brought(b storage.Batch) storage.Batch {
	b.Guards = slices.Clone(b.Guards)
	b.Structures = copies(b.Structures, structure.Structure.Clone)
	b.Services = slices.Clone(b.Services)
	b.Registrations = slices.Clone(b.Registrations)
	b.Accounts = slices.Clone(b.Accounts)
	b.Credentials = copies(b.Credentials, account.Credential.Clone)
	b.Attempts = copies(b.Attempts, account.Attempts.Clone)
	b.Links = copies(b.Links, account.Link.Clone)
	b.Rosters = copies(b.Rosters, attachment.Roster.Clone)
	b.Messages = copies(b.Messages, storage.Message.Clone)
	b.Journal = slices.Clone(b.Journal)
	b.Operations = slices.Clone(b.Operations)

	for i := range b.Messages {
		b.Messages[i].Content.Link, b.Messages[i].Content.Code = "", ""
	}

	for _, r := range b.Rosters {
		for _, row := range r.Rows {
			slices.SortFunc(row.Grants, func(a, b attachment.Grant) int { return a.Profile.Compare(b.Profile) })
		}
	}

	truncate(reflect.ValueOf(&b).Elem())

	return b
}

func copies[T any](rows []T, clone func(T) T) []T {
	out := make([]T, len(rows))
	for i, row := range rows {
		out[i] = clone(row)
	}

	return out
}

// truncate makes every time in v UTC with microseconds. It finds them by their type, so that a field added to a row is
// not forgotten.
func truncate(v reflect.Value) {
	switch v.Kind() { //nolint:exhaustive // the others hold no time
	case reflect.Pointer:
		if !v.IsNil() {
			truncate(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			truncate(v.Index(i))
		}
	case reflect.Struct:
		if at, ok := reflect.TypeAssert[time.Time](v); ok {
			v.Set(reflect.ValueOf(at.UTC().Truncate(time.Microsecond)))

			return
		}

		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				truncate(v.Field(i))
			}
		}
	}
}
