package main

import (
	"context"
	"crypto/rand"
	"io"
	"time"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/structure"
)

// demo is one run of the scenario: the portal, what surrounds it, and what the scenario has to remember.
type demo struct {
	settings settings
	screen   *screen
	lines    []line
	clock    *clock
	mails    *terminal
	keys     guichet.Keys
	db       *database
	portal   *guichet.Portal

	accepted   []accepted
	refused    []line
	people     []person              // whose accounts are active, in the order of activation
	structures []present             // that have a main manager, in the order of activation
	late       identifier.ID         // where the claim lapses; zero = nowhere
	dead       []dead                // links that open nothing any more
	tables     map[account.ID]string // "my habilitations", as printed
	shown      map[wording]int       // the receipt or mail that showed it in full, by its number
	checks     int                   // how many comparisons came out right
	step       int                   // of the scenario
	abandoned  bool                  // a link was opened and left alone
}

// accepted is a registration that was received.
type accepted struct {
	line    line
	receipt guichet.Receipt
	again   bool // the same login named the same structure before
}

// person is somebody with an active account.
type person struct {
	account account.Account
	in      identifier.ID // the structure they registered for
	manager bool
}

// present is a structure with its main manager.
type present struct {
	id       structure.ID
	identity identifier.ID
	name     string
	manager  account.Account
	open     []structure.Application
}

// dead is a link that opens nothing any more.
type dead struct {
	key   string // of the text that says why
	who   string
	token account.Token
	code  string // of the error that it must give
}

// wording names a text that a receipt or mail is made of.
type wording struct {
	next    guichet.Next // of a receipt
	kind    mail.Kind    // of a mail; one kind may have several wordings, which the subject tells apart
	subject string
	lang    language.Tag
}

func newDemo(s settings, lines []line, db *database, out io.Writer) (*demo, error) {
	d := &demo{
		settings: s, lines: lines, db: db,
		screen: &screen{out: out, lang: s.lang},
		clock:  newClock(time.Now()),
		tables: map[account.ID]string{},
		shown:  map[wording]int{},
	}
	d.mails = &terminal{show: d.showMail}

	// A program in service reads its keys from where it keeps its secrets: they must outlive the process, or the links
	// that wait in the outbox are lost with it. Here the keys need only outlive the closing of the file.
	secret := make([]byte, guichet.KeySize)
	if _, err := rand.Read(secret); err != nil {
		return nil, err
	}

	d.keys = guichet.Keys{{ID: "demo", Secret: secret}}

	return d, d.openPortal()
}

// openPortal puts a portal on the store. Its database may be another one than the last portal's: a portal keeps
// nothing in memory.
func (d *demo) openPortal() (err error) {
	d.portal, err = guichet.New(d.db.store, d.keys, &guichet.Options{
		Now:     d.clock.Now,
		Hashing: d.settings.hashing,
		Site:    site,
		Sender:  "ne-pas-repondre@demo.example",
	})

	return err
}

// play is the scenario.
func (d *demo) play(ctx context.Context) error {
	d.opening()

	return d.playSteps(ctx,
		d.register,
		d.activate,
		d.decide,
		d.lapse,
		d.links,
		d.history,
		d.lookUp,
		d.habilitations,
		d.reopen,
		d.compare,
	)
}

func (d *demo) playSteps(ctx context.Context, steps ...func(context.Context) error) error {
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}

		if d.screen.err != nil { // nobody watches any more
			return d.screen.err
		}
	}

	return nil
}

// begin announces the next step.
func (d *demo) begin(key string) {
	d.step++
	d.screen.title("step", d.step, say(d.screen.lang, key))
}

// expect compares what was found with what should be, and counts.
func (d *demo) expect(ok bool, what string, args ...any) error {
	if !ok {
		return mismatch(what, args...)
	}

	d.checks++

	return nil
}

// first tells whether a text is to be shown in full, because it comes for the first time; otherwise it returns the
// number of the receipt or mail that did.
func (d *demo) first(w wording, number int) (before int, full bool) {
	before, shown := d.shown[w]
	if !shown {
		d.shown[w] = number
	}

	return before, !shown || d.settings.full
}

// showMail is what the terminal does with a mail.
func (d *demo) showMail(number int, m mail.Message) {
	lang := d.screen.lang
	head := say(lang, "mail.head", m.From, m.To, m.Subject)
	body := m.Text

	if before, full := d.first(wording{kind: m.Kind, subject: m.Subject, lang: m.Language}, number); !full {
		body = say(lang, "mail.same", before)
		if found := link(m); found != "" {
			body += "\n\n" + found
		}
	}

	d.screen.box(say(lang, "mail.title", number), head+"\n\n"+body)
	d.screen.print("")
}

// deliver sends what waits in the outbox. A mail may cause others only through what somebody does with it.
func (d *demo) deliver(ctx context.Context) error {
	done, err := d.portal.Deliver(ctx, d.mails)
	if err != nil {
		return err
	}

	return d.expect(done.Failed == 0 && done.Parked == 0, "%d mails failed, %d were given up", done.Failed, done.Parked)
}
