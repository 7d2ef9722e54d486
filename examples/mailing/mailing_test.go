package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
)

func TestF1_MailGoesWhereTheFlagsSay(t *testing.T) {
	var out, log bytes.Buffer

	if err := run(t.Context(), []string{"-once"}, &out, &log); err != nil {
		t.Fatal(err)
	}

	for _, want := range []string{"To: daniel.potier@", "To: eloise.martin@", "To: hugo.bernard@", "/activation?lien="} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not printed", want)
		}
	}

	folder := filepath.Join(t.TempDir(), "mails")
	if err := run(t.Context(), []string{"-once", "-eml", folder}, io.Discard, &log); err != nil {
		t.Fatal(err)
	}

	if files, err := filepath.Glob(filepath.Join(folder, "*.eml")); err != nil || len(files) != 3 {
		t.Errorf("%d files: %v", len(files), err)
	}

	if n := strings.Count(log.String(), "msg=delivered sent=3 failed=0 parked=0"); n != 2 {
		t.Errorf("logged:\n%s", log.String())
	}
}

func TestF1_FlagsThatDoNotFitAreRefused(t *testing.T) {
	for _, args := range [][]string{
		{"-workers", "0"}, {"-every", "0"}, {"-eml", "a", "-smtp", "b:25"}, {"-smtp", "nowhere"}, {"-smtp", "a:b"}, {"more"},
	} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%q: accepted", args)
		}
	}
}

// fake is a mailer that fails as long as it is told to.
type fake struct {
	mu   sync.Mutex
	err  error
	sent []mail.Message
}

func (f *fake) Send(_ context.Context, m mail.Message) error {
	f.mu.Lock()
	defer f.mu.Unlock()

	if f.err == nil {
		f.sent = append(f.sent, m)
	}

	return f.err
}

func (f *fake) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()

	return len(f.sent)
}

func newDelivery(t *testing.T, m mail.Mailer, now func() time.Time) (d *delivery, log *bytes.Buffer) {
	t.Helper()

	portal, err := guichet.New(memory.New(), guichet.Keys{{ID: "test", Secret: make([]byte, guichet.KeySize)}},
		&guichet.Options{Site: "https://portail.example", Now: now})
	if err == nil {
		err = register(t.Context(), portal)
	}

	if err != nil {
		t.Fatal(err)
	}

	log = &bytes.Buffer{}

	return &delivery{
		portal: portal, mailer: m, log: slog.New(slog.NewTextHandler(log, nil)),
		ready: func(context.Context) error { return nil }, every: time.Second, longest: 20 * time.Second,
	}, log
}

// Until it is given up a mail is tried for days. Then somebody mends the server, and has it sent again.
func TestF4_MailsThatWereGivenUpAreListedAndSentAgain(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	m := &fake{err: errors.New("no such user")}
	d, log := newDelivery(t, m, func() time.Time { return now })

	for !strings.Contains(log.String(), "given up") {
		if err := d.round(t.Context()); err != nil {
			t.Fatal(err)
		}

		if now = now.Add(time.Hour); now.Month() == time.December {
			t.Fatalf("never given up:\n%s", log.String())
		}
	}

	if !strings.Contains(log.String(), `tries=12 error="no such user"`) {
		t.Errorf("logged:\n%s", log.String())
	}

	parked, err := d.portal.ParkedMails(t.Context(), storage.Window{})
	if err != nil || len(parked.Rows) == 0 {
		t.Fatalf("%d given up: %v", len(parked.Rows), err)
	}

	m.err = nil // somebody has mended it

	for _, row := range parked.Rows {
		if err := d.portal.SendParked(t.Context(), row.ID); err != nil {
			t.Error(err)
		}
	}

	if err := d.round(t.Context()); err != nil || m.count() < len(parked.Rows) {
		t.Errorf("%d sent: %v", m.count(), err)
	}
}

func TestF4_WhileTheServerIsAwayNothingIsTriedAndPausesGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &fake{}
		d, log := newDelivery(t, m, time.Now)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()

		var asked []time.Time

		d.ready = func(context.Context) error {
			if asked = append(asked, time.Now()); len(asked) > 10 {
				return nil
			}

			return errors.New("connection refused")
		}

		d.run(ctx, 1)

		// 2 s after the first failure, then double that, and 20 s at the most; half as much again, or half of it.
		for i, want := range []float64{2, 4, 8, 16, 20, 20, 20, 20, 20, 20} {
			if pause := asked[i+1].Sub(asked[i]).Seconds(); pause < want/2 || pause > want*3/2 {
				t.Errorf("pause %d: %v s", i, pause)
			}
		}

		if !strings.Contains(log.String(), "times=10") || !strings.Contains(log.String(), "sent=3 failed=0") || m.count() != 3 {
			t.Errorf("logged:\n%s", log.String())
		}
	})
}

func TestF1_SeveralGoroutinesSendEachMailOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &fake{}
		d, _ := newDelivery(t, m, time.Now)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()

		d.run(ctx, 8)

		if m.count() != 3 {
			t.Errorf("%d mails sent", m.count())
		}
	})
}

// slow is a mailer that takes its time, and gives up when it is told to.
type slow struct{ takes time.Duration }

func (s slow) Send(ctx context.Context, _ mail.Message) error {
	select {
	case <-time.After(s.takes):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestF1_AMessageUnderWayIsFinishedWhenTheProgramStops(t *testing.T) {
	for takes, want := range map[time.Duration]error{5 * time.Second: nil, time.Minute: context.Canceled} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second) // the signal
			defer cancel()

			begun := time.Now()
			err := careful{Mailer: slow{takes}, grace: 10 * time.Second}.Send(ctx, mail.Message{})

			if !errors.Is(err, want) {
				t.Errorf("%s: %v", takes, err)
			}

			if took := time.Since(begun); took != min(takes, 11*time.Second) {
				t.Errorf("%s: took %s", takes, took)
			}

			if err := (careful{Mailer: &fake{}}).Send(ctx, mail.Message{}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("begun after the signal: %v", err)
			}
		})
	}
}
