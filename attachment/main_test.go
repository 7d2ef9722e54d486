package attachment_test

import (
	"flag"
	"os"
	"testing"
)

// The walks try as much as fits into some seconds; `-rapid.checks` has them try more.
func TestMain(m *testing.M) {
	flag.Parse()

	set := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { set[f.Name] = true })

	checks, steps := "12", "60"
	if testing.Short() {
		checks = "4"
	}

	for name, value := range map[string]string{"rapid.checks": checks, "rapid.steps": steps, "rapid.shrinktime": "5s"} {
		if set[name] {
			continue
		}

		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}

	os.Exit(m.Run())
}
