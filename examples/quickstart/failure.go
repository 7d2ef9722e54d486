package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet"
)

// failure is an error with a stable code, for whoever started the program.
type failure struct {
	code   string
	key    string // of its text
	args   []any
	err    error // the cause, if there is one; the text says it where it helps
	status int
}

// badInput is a failure of what the program was given.
func badInput(code, key string, cause error, args ...any) error {
	return &failure{code: code, key: key, args: args, err: cause, status: exitInput}
}

// mismatch says that what the store holds is not what was shown, or not what the rules say.
func mismatch(what string, args ...any) error {
	return &failure{code: "quickstart.check", key: "check.failed", args: []any{fmt.Sprintf(what, args...)}, status: exitWrong}
}

func (f *failure) Error() string { return f.code + ": " + say(language.English, f.key, f.args...) }

func (f *failure) Unwrap() error { return f.err }

// describe returns code and text of an error: a failure's own, those of the library's refusals, or what there is.
func describe(err error, lang language.Tag) string {
	if f, ok := errors.AsType[*failure](err); ok {
		return f.code + ": " + say(lang, f.key, f.args...)
	}

	var texts []string
	for _, fault := range guichet.Faults(err) {
		texts = append(texts, fault.Code()+": "+fault.Text(lang))
	}

	if len(texts) == 0 {
		return "quickstart.failed: " + err.Error()
	}

	return strings.Join(texts, "; ")
}

// reason is an error of the file system without the path, which the texts name.
func reason(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}

	return err
}

func oneLine(s string) string { return visible(strings.Join(strings.Fields(s), " ")) }
