package devmail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	netmail "net/mail"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/mail/devmail"
)

func message() mail.Message {
	return mail.Message{
		ID: "01jdp9", Kind: mail.Approved, From: "portail@exemple.fr", To: "eloise@exemple.fr", Subject: "Demande approuvée",
		Text: "Bonjour Éloïse,\n\n    https://portail.example/activation?lien=abc\n", HTML: "<p>Bonjour</p>\n", Language: language.French,
	}
}

func names(t *testing.T, path string) []string {
	t.Helper()

	entries, err := os.ReadDir(path)
	require.NoError(t, err)

	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}

	return names
}

func TestF1_AMessageThatIsSentAgainReplacesItself(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mails", "sent")
	f, err := devmail.NewFolder(path, &devmail.Options{
		Name: "Portail", Now: func() time.Time { return time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC) },
	})
	require.NoError(t, err)

	require.NoError(t, f.Send(t.Context(), message()))

	again := message()
	again.Subject = "Nouveau sujet"
	require.NoError(t, f.Send(t.Context(), again))

	other := message()
	other.ID = "../../01jdpa"
	require.NoError(t, f.Send(t.Context(), other))

	assert.Equal(t, []string{"01jdp9.eml", "=2E=2E=2F=2E=2E=2F01jdpa.eml"}, names(t, path), "nothing else, nothing elsewhere")

	content, err := os.ReadFile(f.File("01jdp9"))
	require.NoError(t, err)

	m, err := netmail.ReadMessage(bytes.NewReader(content))
	require.NoError(t, err)
	assert.Equal(t, "Nouveau sujet", m.Header.Get("Subject"))
	assert.Equal(t, "<01jdp9@exemple.fr>", m.Header.Get("Message-Id"))
	assert.Equal(t, `"Portail" <portail@exemple.fr>`, m.Header.Get("From"))
	assert.Equal(t, "Mon, 23 Nov 2026 09:30:00 +0000", m.Header.Get("Date"))
}

// The links in the mails open accounts.
func TestG5_OnlyTheOwnerReadsTheFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("permissions are something else there")
	}

	path := filepath.Join(t.TempDir(), "mails")
	f, err := devmail.NewFolder(path, nil)
	require.NoError(t, err)
	require.NoError(t, f.Send(t.Context(), message()))

	for _, name := range []string{path, f.File("01jdp9")} {
		info, err := os.Stat(name)
		require.NoError(t, err)
		assert.Zero(t, info.Mode().Perm()&0o077, name)
	}
}

func TestF1_AMessageThatCannotBeWrittenLeavesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mails")
	f, err := devmail.NewFolder(path, nil)
	require.NoError(t, err)

	// A folder stands where the file should.
	require.NoError(t, os.MkdirAll(filepath.Join(f.File("01jdp9"), "x"), 0o700))
	require.Error(t, f.Send(t.Context(), message()))
	assert.Equal(t, []string{"01jdp9.eml"}, names(t, path))

	require.NoError(t, os.RemoveAll(path))
	require.ErrorIs(t, f.Send(t.Context(), message()), os.ErrNotExist)

	_, err = devmail.NewFolder(path, &devmail.Options{Name: "x\ny"})
	require.ErrorIs(t, err, devmail.ErrMessage)
	assert.NoDirExists(t, path)
}

func TestF1_ManyAtOnceWriteWholeFiles(t *testing.T) {
	path := t.TempDir()
	f, err := devmail.NewFolder(path, nil)
	require.NoError(t, err)

	var all sync.WaitGroup

	for i := range 40 {
		all.Go(func() {
			m := message()
			m.ID = fmt.Sprintf("mail-%d", i%10)
			assert.NoError(t, f.Send(t.Context(), m))
		})
	}

	all.Wait()
	assert.Len(t, names(t, path), 10)

	for _, name := range names(t, path) {
		content, err := os.ReadFile(filepath.Join(path, name))
		require.NoError(t, err)
		assert.True(t, strings.HasSuffix(string(content), "--\r\n"), name)
	}
}

func TestF3_ATerminalShowsWhatAReaderSees(t *testing.T) {
	var out bytes.Buffer

	require.NoError(t, devmail.NewPrinter(&out).Send(t.Context(), message()))
	assert.Equal(t, `---- 01jdp9
From: portail@exemple.fr
To: eloise@exemple.fr
Subject: Demande approuvée
Language: fr
HTML: 15 bytes

Bonjour Éloïse,

    https://portail.example/activation?lien=abc

`, out.String())
}

func TestG5_NoMessageCommandsATerminal(t *testing.T) {
	var out bytes.Buffer

	m := message()
	m.Text, m.HTML = "one\r\ntwo\x1b[2J\x07\u009b\tthree", ""
	require.NoError(t, devmail.NewPrinter(&out).Send(t.Context(), m))
	assert.Contains(t, out.String(), "\none\ntwo\uFFFD[2J\uFFFD\uFFFD\tthree\n\n")
	assert.NotContains(t, out.String(), "HTML")
}

// Both refuse what could not be sent in earnest, and what comes too late.
func TestF4_WhatCouldNotBeSentIsRefused(t *testing.T) {
	f, err := devmail.NewFolder(t.TempDir(), nil)
	require.NoError(t, err)

	var out bytes.Buffer

	for _, mailer := range []mail.Mailer{f, devmail.NewPrinter(&out)} {
		m := message()
		m.Subject = "x\r\nBcc: y@exemple.fr"
		require.ErrorIs(t, mailer.Send(t.Context(), m), devmail.ErrMessage)

		m = message()
		m.ID = ""
		require.ErrorIs(t, mailer.Send(t.Context(), m), devmail.ErrMessage)

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, mailer.Send(ctx, message()), context.Canceled)
	}

	assert.Empty(t, out.String())
}

// slow is a writer that takes its time.
type slow struct{ begun, release chan struct{} }

func (s slow) Write([]byte) (int, error) {
	close(s.begun)
	<-s.release

	return 0, errors.New("the terminal is gone")
}

func TestF1_WhoWaitsForTheTerminalStopsWithTheContext(t *testing.T) {
	out := slow{make(chan struct{}), make(chan struct{})}
	p := devmail.NewPrinter(out)
	first := make(chan error)

	go func() { first <- p.Send(t.Context(), message()) }()

	<-out.begun

	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	require.ErrorIs(t, p.Send(ctx, message()), context.DeadlineExceeded)

	close(out.release)
	require.ErrorContains(t, <-first, "the terminal is gone")
}

func ExampleNewPrinter() {
	err := devmail.NewPrinter(os.Stdout).Send(context.Background(), mail.Message{
		ID: "01jdp9", From: "portail@exemple.fr", To: "eloise@exemple.fr", Subject: "Bonjour", Text: "Bonjour Éloïse,\n",
	})
	fmt.Println(err)
	// Output:
	// ---- 01jdp9
	// From: portail@exemple.fr
	// To: eloise@exemple.fr
	// Subject: Bonjour
	//
	// Bonjour Éloïse,
	//
	// <nil>
}
