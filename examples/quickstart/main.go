// Quickstart runs the main job of the guichet library from end to end, on an SQLite file: people register from a CSV
// file, open the links in their mails, a main manager approves and refuses, a claim lapses and the next in line takes
// over, and everybody sees their habilitations. What is printed is then compared with what the file holds.
//
// The people are invented, and nothing is ever sent: the mailer writes to the terminal.
//
//	go -C examples run ./quickstart
//
// It exits with 0 when all went as it should, 1 when something was found to be wrong, and 2 when what it was given
// cannot be used; the last two with one line on standard error that begins with a code.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/account/credential"
)

// The exit statuses.
const (
	exitDone  = 0
	exitWrong = 1 // the demo found something wrong, or failed
	exitInput = 2 // a flag, the CSV file or the database path cannot be used
)

func main() {
	// Interrupted, or with its output closed (| head), it still removes its temporary folder.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	signal.Ignore(syscall.SIGPIPE)

	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)

	stop()
	os.Exit(status)
}

// settings are what the flags say.
type settings struct {
	db   string // the SQLite file; "" = in a temporary folder
	csv  string // the registrations; "" = the embedded ones
	lang language.Tag
	full bool // every receipt and mail in full

	hashing credential.Params // the cost of password hashes; zero = the library's. No flag: tests are in a hurry
}

// run is main without the process, for tests.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, err := parse(args, stderr)

	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitDone
	case err == nil:
		err = quickstart(ctx, s, stdout)
	}

	if err == nil {
		return exitDone
	}

	// One line, whatever an operating system or a database put into its message.
	fmt.Fprintln(stderr, "quickstart: "+oneLine(describe(err, s.lang)))

	if f, ok := errors.AsType[*failure](err); ok {
		return f.status
	}

	return exitWrong
}

// parse reads the flags.
func parse(args []string, stderr io.Writer) (settings, error) {
	s := settings{lang: language.French}

	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&s.db, "db", "", "the SQLite `file` to make, and keep (default: in a temporary folder, removed at the end)")
	flags.StringVar(&s.csv, "csv", "", "a `file` of registrations (default: the one that comes with the program)")
	flags.BoolVar(&s.full, "full", false, "show every receipt and mail in full, not only the first of each wording")
	flags.Func("lang", "`language` of screens and mails: fr or en (default fr)", func(value string) error {
		lang, ok := languageOf(value)
		if !ok {
			return errors.New("neither fr nor en")
		}

		s.lang = lang

		return nil
	})

	err := flags.Parse(args)

	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(stderr, "Usage: quickstart [-db file] [-csv file] [-lang fr|en] [-full]")
		flags.SetOutput(stderr)
		flags.PrintDefaults()

		return s, err
	case err != nil:
		return s, badInput("quickstart.usage", "input.usage", err, err)
	case flags.NArg() > 0:
		return s, badInput("quickstart.usage", "input.usage", nil, fmt.Sprintf("unexpected argument %q", flags.Arg(0)))
	default:
		return s, nil
	}
}

// quickstart reads the registrations, makes the database, and plays the scenario. Everything that may be wrong with
// what it was given is looked at before anything is written.
func quickstart(ctx context.Context, s settings, stdout io.Writer) (err error) {
	lines, err := registrations(s)
	if err != nil {
		return err
	}

	path := s.db
	if path == "" {
		folder, err := os.MkdirTemp("", "guichet-quickstart-")
		if err != nil {
			return unusable(os.TempDir(), err)
		}
		defer func() { _ = os.RemoveAll(folder) }() // once the file in it is closed

		path = filepath.Join(folder, "guichet.db")
	}

	db, err := createDatabase(ctx, path)
	if err != nil {
		return err
	}

	d, err := newDemo(s, lines, db, stdout)
	if err != nil {
		return errors.Join(err, db.close())
	}

	err = d.play(ctx)

	return errors.Join(err, d.db.close())
}
