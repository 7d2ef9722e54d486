package mailtest

import "context"

// Finding is a case that failed.
type Finding struct {
	Case string
	Err  error
}

// Check runs every case, and returns those that failed. newFixture is told the name of the case.
func Check(ctx context.Context, newFixture func(name string) Fixture) []Finding {
	var all []Finding

	for _, c := range cases() {
		f := newFixture(c.name)
		if c.lacking(f) != "" {
			continue
		}

		if err := c.prove(ctx, f); err != nil {
			all = append(all, Finding{c.name, err})
		}
	}

	return all
}

// Sentences returns the sentence of each case, by its name.
func Sentences() map[string]string {
	all := map[string]string{}
	for _, c := range cases() {
		all[c.name] = c.sentence
	}

	return all
}
