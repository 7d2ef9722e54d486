// Mailing is an application that owns the delivery of the portal's mail: when it happens, how often after a failure, on how
// many goroutines, and how it ends. Three people register, and their mail goes where the flags say: to the terminal, into a folder
// of .eml files, or to an SMTP server.
//
//	go -C examples run ./mailing                        # prints the mails; end it with Ctrl-C
//	go -C examples run ./mailing -eml /tmp/mails -once  # writes them, and ends
//	go -C examples run ./mailing -smtp 127.0.0.1:1025 -plain
//
// The people are invented, and their addresses end in .example, which never exists.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/mail/devmail"
	"github.com/guichet-pro/guichet/mail/smtpmail"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/structure"
)

func main() {
	// The first signal ends the loops in good order, the second ends the process.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)

	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)

	stop()

	if errors.Is(err, flag.ErrHelp) {
		return
	}

	if err != nil {
		fmt.Fprintln(os.Stderr, "mailing:", err)
		os.Exit(1)
	}
}

// settings are what the flags say.
type settings struct {
	eml, smtp, user string
	plain, once     bool
	workers         int
	every           time.Duration
}

func parse(args []string, stderr io.Writer) (settings, error) {
	var s settings

	flags := flag.NewFlagSet("mailing", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.eml, "eml", "", "write mails into this `folder`, as .eml files")
	flags.StringVar(&s.smtp, "smtp", "", "send mails to the server at `host:port`, encrypted")
	flags.BoolVar(&s.plain, "plain", false, "do not encrypt: for a server on this machine")
	flags.StringVar(&s.user, "user", "", "sign in to the server under this `name`, with the password in GUICHET_SMTP_PASSWORD")
	flags.BoolVar(&s.once, "once", false, "deliver what is due, and end")
	flags.IntVar(&s.workers, "workers", 2, "how many goroutines deliver")
	flags.DurationVar(&s.every, "every", 5*time.Second, "how long to wait when nothing is due")

	err := flags.Parse(args)
	if err == nil && (s.workers < 1 || s.every <= 0 || s.eml != "" && s.smtp != "" || flags.NArg() > 0) {
		err = errors.New("the flags do not fit together: mailing -h explains them")
	}

	return s, err
}

// run is main without the process, for tests.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	s, err := parse(args, stderr)
	if err != nil {
		return err
	}

	out, err := s.mailer(stdout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.close()) }()

	log := slog.New(slog.NewTextHandler(stderr, nil))

	// From the configuration, in earnest: links that wait are sealed with it.
	key := make([]byte, guichet.KeySize)
	_, _ = rand.Read(key) // it never fails

	portal, err := guichet.New(memory.New(), guichet.Keys{{ID: "2026", Secret: key}}, &guichet.Options{
		Site: "https://portail.example", Sender: "portail@portail.example", Log: log,
	})
	if err != nil {
		return err
	}

	if err := register(ctx, portal); err != nil {
		return err
	}

	d := &delivery{
		portal: portal, mailer: careful{Mailer: out, grace: grace}, ready: out.ready, log: log,
		every: s.every, longest: 20 * s.every,
	}

	if s.once {
		err = d.round(ctx)
	} else {
		d.run(ctx, s.workers)
	}

	return errors.Join(err, d.listParked(context.WithoutCancel(ctx)))
}

// grace is how long a message that is under way may take when the program is told to stop.
const grace = 10 * time.Second

// outlet is where mail goes.
type outlet struct {
	mail.Mailer

	ready func(context.Context) error // whether anything can go there now
	close func() error
}

// mailer returns what the flags ask for.
func (s settings) mailer(stdout io.Writer) (outlet, error) {
	o := outlet{ready: func(context.Context) error { return nil }, close: func() error { return nil }}

	switch {
	case s.eml != "":
		folder, err := devmail.NewFolder(s.eml, &devmail.Options{Name: "Portail"})
		o.Mailer = folder

		return o, err
	case s.smtp != "":
		server, err := s.server()
		if err != nil {
			return outlet{}, err
		}

		o.Mailer, o.ready, o.close = server, server.Ready, server.Close

		return o, nil
	default:
		o.Mailer = devmail.NewPrinter(stdout)

		return o, nil
	}
}

// server returns a mailer for the SMTP server.
func (s settings) server() (*smtpmail.Mailer, error) {
	host, port, err := net.SplitHostPort(s.smtp)
	if err != nil {
		return nil, err
	}

	options := &smtpmail.Options{Name: "Portail"}

	if options.Port, err = strconv.Atoi(port); err != nil {
		return nil, err
	}

	if s.plain {
		options.TLS = smtpmail.NoTLS
	}

	if s.user != "" {
		options.Username, options.Password = s.user, smtpmail.Password(os.Getenv("GUICHET_SMTP_PASSWORD"))
	}

	return smtpmail.New(host, options)
}

// register has three people register, so that there is mail.
func register(ctx context.Context, portal *guichet.Portal) error {
	for _, who := range []struct{ login, first, last, siret string }{
		{"daniel.potier@portail.example", "Daniel", "Potier", "35600000009075"},
		{"eloise.martin@portail.example", "Éloïse", "Martin", "73282932000074"},
		{"hugo.bernard@portail.example", "Hugo", "Bernard", "55210055400013"},
	} {
		_, err := portal.Register(ctx, account.Form{
			Login: who.login, LoginAgain: who.login, FirstName: who.first, LastName: who.last,
			AcceptsTerms: true, Language: language.French, Kind: identifier.SIRET, Code: who.siret,
			Structure: structure.Form{
				LegalName: "Société de " + who.last, Address: "9 rue de Clichy", PostalCode: "75009", Town: "Paris", Country: "FR",
			},
		})
		if err != nil {
			return err
		}
	}

	return nil
}
