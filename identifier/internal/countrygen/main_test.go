package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

func TestTheCommittedTableIsTheGeneratedOne(t *testing.T) {
	want, err := generate(codesFile)
	require.NoError(t, err)
	got, err := os.ReadFile("../../countries_gen.go")
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), "run go generate ./identifier")
}

// CLDR has a name for each assigned code, and for these others.
func TestTheListHasEveryCountryOfCLDR(t *testing.T) {
	codes, err := parse(codesFile)
	require.NoError(t, err)
	var others []string
	for a := 'A'; a <= 'Z'; a++ {
		for z := 'A'; z <= 'Z'; z++ {
			code := string(a) + string(z)
			region, err := language.ParseRegion(code)
			if err != nil || !current(region) || slices.Contains(codes, code) {
				continue
			}
			if display.Regions(language.French).Name(region) != "" {
				others = append(others, code)
			}
		}
	}
	// Exceptionally reserved, and Kosovo's, which is free for users.
	assert.Equal(t, []string{"AC", "CP", "DG", "EA", "EZ", "IC", "TA", "UN", "XK"}, others)
}

func TestTheListSaysItsDate(t *testing.T) {
	assert.Contains(t, codesFile, "As of "+codesAsOf)
}

func TestRenamedCountriesAreInTheList(t *testing.T) {
	codes, err := parse(codesFile)
	require.NoError(t, err)
	for code := range renamed {
		assert.Contains(t, codes, code)
	}
}

func TestOtherListsAreRefused(t *testing.T) {
	for list, want := range map[string]string{
		"":          "no codes",
		"# FR":      "no codes",
		"FR DE":     "DE comes after FR",
		"DE FR\nDE": "DE comes after FR",
		"fr":        "not a code",
		"FRA":       "not a code",
		"É":         "not a code",
		"DD":        "DD is not the code of a country today",
		"EU":        "EU is not the code of a country today",
		"SU":        "no name for SU",
		"UK":        "UK is not the code of a country today",
		"XI":        "XI is not the code of a country today",
		"FR GR\nZZ": "ZZ is not the code of a country today",
	} {
		_, err := generate(list)
		assert.ErrorContains(t, err, want, list)
	}
	_, err := generate(strings.Repeat("FR\n", 2))
	assert.ErrorContains(t, err, "FR comes after")
}

// Package display contains the names of all languages.
func TestThePackageDoesNotImportDisplay(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "../..").Output()
	require.NoError(t, err)
	deps := strings.Fields(string(out))
	assert.Contains(t, deps, "golang.org/x/text/language")
	assert.NotContains(t, deps, "golang.org/x/text/language/display")
}

func TestTheNoticeHasTheLicence(t *testing.T) {
	notice, err := os.ReadFile("../../../NOTICE")
	require.NoError(t, err)
	assert.Contains(t, string(notice), "UNICODE LICENSE V3")
	assert.Contains(t, string(notice), "Copyright © 1991-2026 Unicode, Inc.")
}
