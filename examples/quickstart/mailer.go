package main

import (
	"context"
	"net/url"
	"regexp"
	"sync"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/mail"
)

// site is where links lead: nowhere, in a demo. A real one has a page there that calls Portal.Inspect when it is
// opened, and Portal.Activate when its form is submitted.
const site = "https://demo.example"

// terminal is a mail.Mailer that shows messages instead of sending them, and keeps them for the scenario to read.
type terminal struct {
	show func(number int, m mail.Message)

	mu      sync.Mutex
	seen    map[string]bool // by id
	unread  []mail.Message
	arrived int
}

var _ mail.Mailer = (*terminal)(nil)

// Send shows a message once: a message may be given again, with the same ID, when the outcome of the first time could
// not be written down.
func (t *terminal) Send(_ context.Context, m mail.Message) error {
	t.mu.Lock()
	defer t.mu.Unlock()

	if t.seen[m.ID] {
		return nil
	}

	if t.seen == nil {
		t.seen = map[string]bool{}
	}

	t.seen[m.ID] = true
	t.unread = append(t.unread, m)
	t.arrived++
	t.show(t.arrived, m)

	return nil
}

// read returns the messages that arrived since the last time.
func (t *terminal) read() []mail.Message {
	t.mu.Lock()
	defer t.mu.Unlock()

	messages := t.unread
	t.unread = nil

	return messages
}

// count returns how many messages have arrived.
func (t *terminal) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()

	return t.arrived
}

var links = regexp.MustCompile(regexp.QuoteMeta(site) + `/\S+`)

// link returns the link in a mail, as its reader finds it; "" if there is none.
func link(m mail.Message) string { return links.FindString(m.Text) }

// token returns what a link carries, as the page behind it gets it.
func token(link string) (account.Token, error) {
	address, err := url.Parse(link)
	if err != nil {
		return account.Token{}, err
	}

	return account.ParseToken(address.Query().Get("lien"))
}
