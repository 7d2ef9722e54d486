package storagetest

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
)

// A field that is added to a row, and not to full, would be stored by nobody and missed by no test.
func TestFullFillsEveryField(t *testing.T) {
	filled := map[string]bool{}
	fields(reflect.ValueOf(full(1, 1)), "Batch", filled)

	for path, ok := range filled {
		switch {
		case ok:
		case path == "Batch.Guards", path == "Batch.Operations", path == "Batch.Rosters.Queue":
		case path == "Batch.Messages.Content.Link", path == "Batch.Messages.Content.Code": // never stored
		case strings.HasSuffix(path, ".Version") && !strings.HasPrefix(path, "Batch.Journal"):
		default:
			t.Errorf("%s is zero in all rows", path)
		}
	}

	if len(filled) < 100 {
		t.Errorf("only %d fields were looked at", len(filled))
	}
}

// fields tells for each field of all rows whether it is filled in some row.
func fields(v reflect.Value, path string, filled map[string]bool) {
	filled[path] = filled[path] || !v.IsZero()

	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			fields(v.Elem(), path, filled)
		}
	case reflect.Slice:
		for i := range v.Len() {
			fields(v.Index(i), path, filled)
		}
	case reflect.Struct:
		if opaque(v.Type()) {
			return
		}

		for field, value := range v.Fields() {
			fields(value, path+"."+field.Name, filled)
		}
	}
}

func TestFullChangesEveryFieldThatMayChange(t *testing.T) {
	if err := same("full", full(1, 0), full(1, 0)); err != nil {
		t.Errorf("it is not the same twice: %v", err)
	}

	if err := same("full", full(1, 0), full(1, 1)); err == nil {
		t.Error("another round changes nothing")
	}
}

func TestSameFindsDifferences(t *testing.T) {
	type pair struct{ want, got any }

	moment := at(1)

	for name, p := range map[string]pair{
		"a text":           {person("a"), func() account.Account { a := person("a"); a.Person.Phone = "1"; return a }()},
		"an address":       {login("a@example.fr"), login("A@example.fr")},
		"an identifier":    {siret(1), siret(2)},
		"a microsecond":    {moment, moment.Add(time.Microsecond)},
		"a time zone":      {moment, moment.In(time.FixedZone("CET", 3600))},
		"a language":       {person("a").Person.Language, applicant("a", "b").Person.Language.Parent()},
		"a slice":          {[]int{1, 2}, []int{1}},
		"an element":       {[]int{1, 2}, []int{1, 3}},
		"a key of a map":   {map[int]int{1: 1}, map[int]int{2: 1}},
		"a value of a map": {map[int]int{1: 1}, map[int]int{1: 2}},
		"a pointer":        {details("a"), details("b")},
		"no pointer":       {attachment.Attachment{Details: details("a")}, attachment.Attachment{}},
		"a row of a list":  {[]any{1, "a"}, []any{1, "b"}},
		"a type":           {any(1), any("1")},
	} {
		if same(name, p.want, p.want) != nil {
			t.Errorf("%s: it differs from itself", name)
		}

		if same(name, p.want, p.got) == nil {
			t.Errorf("%s: the difference is not found", name)
		}
	}

	if err := same("empty", []int(nil), []int{}); err != nil {
		t.Errorf("an empty slice differs from none: %v", err)
	}
}

func TestScribbleReachesEverything(t *testing.T) {
	rows := full(1, 0).Rosters[0].Rows
	kept, pointed := rows[0].Details.Applications, rows[0].Details
	scribble(rows)

	if rows[0].Account != "" || kept[0] != "" || pointed.Data.Label != "" {
		t.Errorf("left: %+v %v %+v", rows[0], kept, pointed)
	}
}
