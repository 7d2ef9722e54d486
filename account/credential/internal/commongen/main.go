// Command commongen writes the list of common passwords of package credential, common.txt.
//
// It reads three lists:
//
//   - passwords.json of the npm package @zxcvbn-ts/language-common, version 4.1.3 (licence: MIT, Copyright (c) 2012-2016 Dan
//     Wheeler and Dropbox, Inc., Copyright (c) 2021 @zxcvbn-ts): leaked passwords, the most frequent first, of which the
//     first 15,000 are used;
//   - lastnames.json of the npm package @zxcvbn-ts/language-fr, version 4.1.2 (same licence and authors): French first names,
//     which have borne the wrong file name there since the two lists were exchanged;
//   - ours.txt, beside this file.
//
// With the two packages unpacked into a folder each (npm pack, tar):
//
//	go run ./internal/commongen -passwords …/src/passwords.json -names …/src/lastnames.json -out common.txt
//
// Each entry is brought into the form that package credential compares by: lower case without accents, digits and
// punctuation at either end taken off, common substitutions undone, and i written as l, since 1 and ! stand for both.
// Entries that are not 4 to 25
// letters from a to z then are left out. What is left is sorted and front-coded: a line begins with a word; each of its
// other words is a capital, which says how many letters it has in common with the word before (A = none), and the rest of
// it.
package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	mostPasswords = 15_000 // that many give a file of some 50 KB
	shortest      = 4      // letters
	longest       = 25     // letters; more could not be written as a capital
	lineLength    = 16     // words
)

//go:embed ours.txt
var ours string

func main() {
	passwords := flag.String("passwords", "", "passwords.json of @zxcvbn-ts/language-common")
	names := flag.String("names", "", "lastnames.json of @zxcvbn-ts/language-fr")
	out := flag.String("out", "common.txt", "the file to write")
	flag.Parse()

	if err := run(*passwords, *names, *out); err != nil {
		fmt.Fprintln(os.Stderr, "commongen:", err)
		os.Exit(1)
	}
}

func run(passwords, names, out string) error {
	entries, err := read(passwords)
	if err != nil {
		return err
	}
	if len(entries) < mostPasswords {
		return errors.New("too few passwords")
	}
	entries = entries[:mostPasswords]

	more, err := read(names)
	if err != nil {
		return err
	}
	entries = append(entries, more...)

	for line := range strings.Lines(ours) {
		if !strings.HasPrefix(line, "#") {
			entries = append(entries, strings.Fields(line)...)
		}
	}

	return os.WriteFile(out, encode(entries), 0o644) //nolint:gosec // for everybody to read
}

func read(path string) (entries []string, err error) {
	text, err := os.ReadFile(path) //nolint:gosec // the file that was named on the command line
	if err != nil {
		return nil, err
	}

	return entries, json.Unmarshal(text, &entries)
}

func encode(entries []string) []byte {
	words := make([]string, 0, len(entries))

	for _, e := range entries {
		if word := plain(e); len(word) >= shortest && len(word) <= longest && !strings.ContainsFunc(word, notLetter) {
			words = append(words, word)
		}
	}

	slices.Sort(words)
	words = slices.Compact(words)

	var out bytes.Buffer

	for i, word := range words {
		if i%lineLength == 0 {
			if i > 0 {
				out.WriteByte('\n')
			}

			out.WriteString(word)

			continue
		}

		shared := prefix(words[i-1], word)
		out.WriteByte(byte('A' + shared)) //nolint:gosec // at most longest
		out.WriteString(word[shared:])
	}

	out.WriteByte('\n')

	return out.Bytes()
}

// plain is the form of an entry that package credential compares by; its tests read the list and say where the two
// disagree.
func plain(entry string) string {
	entry = strings.NewReplacer("œ", "oe", "æ", "ae").Replace(strings.ToLower(entry))
	entry = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) || strings.ContainsRune(" -_.'", r) {
			return -1
		}

		return r
	}, norm.NFKD.String(entry))
	entry = strings.TrimFunc(entry, func(r rune) bool { return !unicode.IsLetter(r) })

	return strings.NewReplacer("0", "o", "1", "l", "!", "l", "|", "l", "i", "l", "3", "e", "€", "e", "4", "a", "@", "a",
		"5", "s", "$", "s", "7", "t", "+", "t", "8", "b", "9", "g").Replace(entry)
}

func notLetter(r rune) bool { return r < 'a' || r > 'z' }

func prefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}

	return n
}
