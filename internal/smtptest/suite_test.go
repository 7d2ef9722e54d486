package smtptest_test

import (
	"bytes"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"

	"github.com/guichet-pro/guichet/mail/mailtest"
	"github.com/guichet-pro/guichet/mail/smtpmail"
)

// disturbance is what the suite has the server do to content.
type disturbance struct {
	mu      sync.Mutex
	refuses bool
	stalled chan struct{} // closed when the server goes on; nil = it does
	reached chan struct{} // one for each message that waits
}

func (d *disturbance) data(srv *server) error {
	d.mu.Lock()
	refuses, stalled := d.refuses, d.stalled
	d.mu.Unlock()

	if stalled != nil {
		d.reached <- struct{}{}

		select {
		case <-stalled:
		case <-srv.done:
		}
	}

	if refuses {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "not now"}
	}

	return nil
}

func (d *disturbance) refuse() (mend func()) {
	set := func(refuses bool) {
		d.mu.Lock()
		defer d.mu.Unlock()

		d.refuses = refuses
	}
	set(true)

	return func() { set(false) }
}

func (d *disturbance) stall() (reached <-chan struct{}, mend func()) {
	d.mu.Lock()
	defer d.mu.Unlock()

	stalled := make(chan struct{})
	d.stalled, d.reached = stalled, make(chan struct{}, 100)

	return d.reached, func() {
		d.mu.Lock()
		defer d.mu.Unlock()

		d.stalled = nil

		close(stalled)
	}
}

// The suite that every mailer should pass; one connection, too, must not let one Send hold up the end of another.
func TestF1_TheMailerPassesTheSuite(t *testing.T) {
	for name, connections := range map[string]int{"one connection": 1, "four": 4} {
		t.Run(name, func(t *testing.T) {
			mailtest.Run(t, func(t *testing.T) mailtest.Fixture {
				t.Helper()

				d := &disturbance{}
				srv := start(t, setup{data: d.data})

				return mailtest.Fixture{
					Mailer: srv.mailer(t, func(o *smtpmail.Options) { o.Connections = connections }),
					Refuse: d.refuse, Stall: d.stall,
					Received: func() ([]mailtest.Received, error) {
						var all []mailtest.Received

						for _, got := range srv.mails() {
							parsed, err := mailtest.Parse(bytes.NewReader(got.bytes))
							if err != nil {
								return nil, err
							}

							parsed.Recipients = []string{got.to}
							all = append(all, parsed)
						}

						return all, nil
					},
				}
			})
		})
	}
}
