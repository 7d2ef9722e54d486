package storagetest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
)

// same returns nil if what a store gave equals what it was given, or an error that names the fields that differ. An
// empty slice or map equals none; times must be the same moment, and UTC.
func same(what string, want, got any) error {
	found := differences(what, reflect.ValueOf(want), reflect.ValueOf(got))
	if len(found) == 0 {
		return nil
	}

	const enough = 8
	if len(found) > enough {
		found = append(found[:enough], "…")
	}

	return errors.New(strings.Join(found, "\n"))
}

func differences(path string, want, got reflect.Value) []string {
	differ := func() []string { return []string{fmt.Sprintf("%s: got %v, want %v", path, show(got), show(want))} }

	if want.IsValid() != got.IsValid() || want.IsValid() && want.Type() != got.Type() {
		return differ()
	}

	switch want.Kind() { //nolint:exhaustive // the others are compared as they are
	case reflect.Invalid:
		return nil
	case reflect.Pointer, reflect.Interface:
		if want.IsNil() || got.IsNil() {
			if want.IsNil() != got.IsNil() {
				return differ()
			}

			return nil
		}

		return differences(path, want.Elem(), got.Elem())
	case reflect.Slice:
		if want.Len() != got.Len() {
			return []string{fmt.Sprintf("%s: got %d elements, want %d: got %v, want %v",
				path, got.Len(), want.Len(), show(got), show(want))}
		}

		want, got = inOrder(want), inOrder(got)

		var out []string
		for i := range want.Len() {
			out = append(out, differences(fmt.Sprintf("%s[%d]", path, i), want.Index(i), got.Index(i))...)
		}

		return out
	case reflect.Map:
		if want.Len() != got.Len() {
			return differ()
		}

		var out []string
		for _, k := range want.MapKeys() {
			out = append(out, differences(fmt.Sprintf("%s[%v]", path, k), want.MapIndex(k), got.MapIndex(k))...)
		}

		return out
	case reflect.Struct:
		return structDifferences(path, want, got)
	default:
		if !want.Equal(got) {
			return differ()
		}

		return nil
	}
}

// inOrder returns grants in the order of their profiles, since the contract names none, and other slices as they are.
func inOrder(v reflect.Value) reflect.Value {
	grants, ok := reflect.TypeAssert[[]attachment.Grant](v)
	if !ok {
		return v
	}

	grants = slices.Clone(grants)
	slices.SortStableFunc(grants, func(a, b attachment.Grant) int { return a.Profile.Compare(b.Profile) })

	return reflect.ValueOf(grants)
}

func structDifferences(path string, want, got reflect.Value) []string {
	if w, ok := reflect.TypeAssert[time.Time](want); ok {
		if g, _ := reflect.TypeAssert[time.Time](got); !w.Equal(g) || g.Location() != time.UTC {
			return []string{fmt.Sprintf("%s: got %v, want %v", path, g, w)}
		}

		return nil
	}

	if w, ok := reflect.TypeAssert[language.Tag](want); ok {
		if g, _ := reflect.TypeAssert[language.Tag](got); g.String() != w.String() {
			return []string{fmt.Sprintf("%s: got language %v, want %v", path, g, w)}
		}

		return nil
	}

	if opaque(want.Type()) {
		if want.Interface() != got.Interface() {
			return []string{fmt.Sprintf("%s: got %v, want %v", path, got, want)}
		}

		return nil
	}

	var out []string
	for i := range want.NumField() {
		out = append(out, differences(path+"."+want.Type().Field(i).Name, want.Field(i), got.Field(i))...)
	}

	return out
}

// opaque tells whether a type is a value of its own, such as an address or an identifier, and no row of fields.
func opaque(t reflect.Type) bool {
	for field := range t.Fields() {
		if !field.IsExported() {
			return true
		}
	}

	return false
}

func show(v reflect.Value) string {
	const longest = 200

	s := "nothing"
	if v.IsValid() {
		s = fmt.Sprintf("%+v", v)
	}

	if len(s) > longest {
		s = s[:longest] + "…"
	}

	return s
}

// scribble overwrites all memory that a value points to: elements of slices, entries of maps, what pointers point to.
// The value itself, which was passed by value, stays.
func scribble(v any) { scribbleValue(reflect.ValueOf(v)) }

func scribbleValue(v reflect.Value) {
	switch v.Kind() { //nolint:exhaustive // the others hold no memory that somebody else could hold too
	case reflect.Pointer:
		if !v.IsNil() {
			scribbleValue(v.Elem())

			if v.Elem().CanSet() {
				v.Elem().SetZero()
			}
		}
	case reflect.Interface:
		if !v.IsNil() {
			scribbleValue(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			scribbleValue(v.Index(i))

			if v.Index(i).CanSet() {
				v.Index(i).SetZero()
			}
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			scribbleValue(v.MapIndex(k))
		}

		v.Clear()
	case reflect.Struct:
		if opaque(v.Type()) {
			return
		}

		for _, field := range v.Fields() {
			scribbleValue(field)
		}
	}
}

// is returns nil if err is the answer that was wanted.
func is(what string, err, want error) error {
	if errors.Is(err, want) {
		return nil
	}

	return fmt.Errorf("%s: got %w, want %w", what, orNone(err), want)
}

// none returns nil if there is no error.
func none(what string, err error) error {
	if err == nil {
		return nil
	}

	return fmt.Errorf("%s: %w", what, err)
}

// exists returns nil if err says that the unique key exists, and names no value.
func exists(what string, err error, key storage.UniqueKey, values ...string) error {
	if !storage.Exists(err, key) || !errors.Is(err, storage.ErrExists) {
		return fmt.Errorf("%s: got %w, want %w", what, orNone(err), &storage.ExistsError{Key: key})
	}

	for _, v := range values {
		if strings.Contains(err.Error(), v) {
			return fmt.Errorf("%s: the error shows the value %q", what, v)
		}
	}

	return nil
}

// errNone stands in messages for an error that is missing.
var errNone = errors.New("no error")

func orNone(err error) error {
	if err == nil {
		return errNone
	}

	return err
}

// steps runs what a case does in order, and stops at the first that fails.
func steps(all ...func() error) error {
	for _, step := range all {
		if err := step(); err != nil {
			return err
		}
	}

	return nil
}
