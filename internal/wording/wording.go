// Package wording holds what the library says to people, in French and in
// English.
//
// Each package keeps its own [Table], a literal beside its errors; nothing is
// registered anywhere. A phrase is a fmt format whose verbs name their
// arguments (%[1]s), since the two languages rarely put them in one order.
//
// golang.org/x/text/message is not used for this: it groups the digits of
// numbers ("73 282 932 000 074"), which is right for an amount and wrong for
// an identifier, a year or a port, and its catalogues are filled by
// registration.
package wording

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// Phrase is one thing to say. Both languages are required and use the same
// arguments; [Table.Check] finds the phrases that do not.
type Phrase struct {
	FR string
	EN string
}

// Table maps a key, such as "length.short", to its phrase. It is not changed
// once it has been written down.
type Table map[string]Phrase

// languages are those of a Phrase; the first one answers whoever reads
// neither. The order is that of [Phrase.in].
var languages = language.NewMatcher([]language.Tag{language.French, language.English})

// Text returns the phrase of key with args filled in: in English for a reader
// of English, in French for everyone else (rule F3: French by default). It
// never fails: a key that is missing comes back as itself, so that the reader
// sees something and a test can see that.
func (t Table) Text(lang language.Tag, key string, args ...any) string {
	phrase, ok := t[key]
	if !ok {
		return key
	}
	format := phrase.in(lang)
	return fmt.Sprintf(format, args...)
}

func (p Phrase) in(lang language.Tag) string {
	if _, i, _ := languages.Match(lang); i == 1 {
		return p.EN
	}
	return p.FR
}

// Check reports the phrases that lack a language, that use an argument in one
// language only, or whose verbs do not name their argument. It returns nil
// when there are none, and otherwise all of them joined, in the order of the
// keys. It is meant for the test of the package that owns the table.
func (t Table) Check() error {
	var faults []error
	for _, key := range t.keys() {
		phrase := t[key]
		if strings.TrimSpace(phrase.FR) == "" {
			faults = append(faults, fmt.Errorf("%s: no French text", key))
		}
		if strings.TrimSpace(phrase.EN) == "" {
			faults = append(faults, fmt.Errorf("%s: no English text", key))
		}
		fr, errFR := verbs(phrase.FR)
		en, errEN := verbs(phrase.EN)
		if err := errors.Join(errFR, errEN); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", key, err))
			continue
		}
		if !slices.Equal(fr, en) {
			faults = append(faults, fmt.Errorf("%s: French uses %v, English uses %v", key, fr, en))
		}
	}
	return errors.Join(faults...)
}

func (t Table) keys() []string {
	keys := make([]string, 0, len(t))
	for key := range t {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// verbs lists the distinct verbs of a format ("[1]s"), sorted.
func verbs(format string) ([]string, error) {
	var found []string
	for rest := format; ; {
		i := strings.IndexByte(rest, '%')
		if i < 0 {
			break
		}
		rest = rest[i+1:]
		if strings.HasPrefix(rest, "%") {
			rest = rest[1:]
			continue
		}
		end := strings.IndexByte(rest, ']')
		if !strings.HasPrefix(rest, "[") || end < 0 || end+1 >= len(rest) {
			return nil, fmt.Errorf("a verb of %q does not name its argument", format)
		}
		found = append(found, rest[:end+2])
		rest = rest[end+2:]
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}
