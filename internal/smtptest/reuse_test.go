package smtptest_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/mail/smtpmail"
)

func TestF1_OneConnectionCarriesManyMails(t *testing.T) {
	srv := start(t, setup{mechanism: []string{"PLAIN"}})
	m := srv.mailer(t, nil)

	for range 10 {
		require.NoError(t, m.Send(t.Context(), message()))
	}

	assert.Len(t, srv.mails(), 10)
	assert.Equal(t, 1, srv.connections())

	require.NoError(t, m.Close())
	<-srv.closed // it says goodbye

	for range 10 { // more than there are connections
		require.ErrorIs(t, m.Send(t.Context(), message()), smtpmail.ErrClosed)
	}

	require.NoError(t, m.Close(), "twice")
}

func TestF1_AKeptConnectionThatDiedIsMadeAgainOnce(t *testing.T) {
	for _, c := range []struct {
		name string
		verb string
		act  act
		text string
	}{
		{"broken at MAIL", "MAIL", drop, ""},
		{"broken at RCPT", "RCPT", drop, ""},
		{"the server goes down", "MAIL", reply, "421 4.4.2 idle for too long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv := start(t, setup{plain: true})
			m := srv.mailer(t, nil)
			require.NoError(t, m.Send(t.Context(), message()))

			srv.sever(fault{c.verb, c.act, c.text})
			require.NoError(t, m.Send(t.Context(), message()))
			assert.Len(t, srv.mails(), 2)
			assert.Equal(t, 2, srv.connections())

			// Once: a new connection that breaks at the same place is an error.
			srv.sever(fault{c.verb, c.act, c.text}, fault{c.verb, c.act, c.text})
			require.Error(t, m.Send(t.Context(), message()))
			assert.Len(t, srv.mails(), 2)
			assert.Equal(t, 3, srv.connections())
		})
	}
}

// From the moment that the message may be sent, nobody but the portal decides about another try.
func TestF1_NothingIsSentTwiceByOneSend(t *testing.T) {
	for _, verb := range []string{"DATA", content} {
		t.Run(verb, func(t *testing.T) {
			srv := start(t, setup{plain: true})
			m := srv.mailer(t, nil)
			require.NoError(t, m.Send(t.Context(), message()))

			srv.sever(fault{verb: verb, act: drop})

			msg := message()
			msg.ID = "second"
			err := m.Send(t.Context(), msg)
			require.Error(t, err)
			assert.Equal(t, 1, srv.connections(), "no other try")

			accepted := len(srv.mails())
			assert.Equal(t, map[string]int{"DATA": 1, content: 2}[verb], accepted)

			// The portal's next try is recognisable.
			require.NoError(t, m.Send(t.Context(), msg))

			for _, got := range srv.mails()[1:] {
				header, _ := read(t, got)
				assert.Equal(t, "<second@exemple.fr>", header.Get("Message-Id"))
			}

			assert.Len(t, srv.mails(), accepted+1)
		})
	}
}

func TestF1_AConnectionIsNotKeptForEver(t *testing.T) {
	srv := start(t, setup{})
	m := srv.mailer(t, func(o *smtpmail.Options) { o.IdleTime = time.Millisecond })

	require.NoError(t, m.Send(t.Context(), message()))
	<-srv.closed
	require.NoError(t, m.Send(t.Context(), message()))
	assert.Equal(t, 2, srv.connections())

	srv = start(t, setup{plain: true})
	m = srv.mailer(t, func(o *smtpmail.Options) { o.IdleTime = -1 })

	for i := range 3 {
		require.NoError(t, m.Send(t.Context(), message()))
		assert.Equal(t, i+1, srv.connections(), "none is kept")
		assert.Equal(t, i+1, srv.count("QUIT"))
	}
}

func TestF1_ManyAtOnceShareABoundedNumberOfConnections(t *testing.T) {
	const mails, connections = 60, 3

	arrived := make(chan struct{}, mails)
	release := make(chan struct{})
	srv := start(t, setup{data: func(*server) error {
		arrived <- struct{}{}

		<-release

		return nil
	}})
	m := srv.mailer(t, func(o *smtpmail.Options) { o.Connections = connections })

	var all sync.WaitGroup

	for i := range mails {
		all.Go(func() {
			msg := message()
			msg.ID = fmt.Sprintf("mail-%d", i)
			assert.NoError(t, m.Send(t.Context(), msg))
		})
	}

	for range connections { // as many as may are under way at the same time
		<-arrived
	}

	close(release)
	all.Wait()

	ids := map[string]bool{}

	for _, got := range srv.mails() {
		header, _ := read(t, got)
		ids[header.Get("Message-Id")] = true
	}

	assert.Len(t, srv.mails(), mails)
	assert.Len(t, ids, mails, "each once")
	assert.Equal(t, connections, srv.connections())
	assert.Equal(t, connections, srv.most)
}

// A Send that is under way when the mailer is closed ends well, and leaves no connection behind.
func TestF1_ClosingLosesNoMail(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	srv := start(t, setup{data: func(*server) error {
		close(arrived)
		<-release

		return nil
	}})
	m := srv.mailer(t, func(o *smtpmail.Options) { o.IdleTime = time.Hour })
	sent := make(chan error)

	go func() { sent <- m.Send(t.Context(), message()) }()

	<-arrived
	require.NoError(t, m.Close())
	close(release)
	require.NoError(t, <-sent)
	assert.Len(t, srv.mails(), 1)
	<-srv.closed
}

func TestF1_AServerIsReadyOrSaysWhyNot(t *testing.T) {
	srv := start(t, setup{plain: true, mechanism: []string{"PLAIN"}})
	m := srv.mailer(t, nil)

	for range 2 {
		require.NoError(t, m.Ready(t.Context()))
		require.NoError(t, m.Send(t.Context(), message()))
	}

	assert.Equal(t, 1, srv.connections())
	assert.Equal(t, 1, srv.count("NOOP"))

	srv.sever(fault{verb: "NOOP", act: drop})
	require.NoError(t, m.Ready(t.Context()), "a kept one died: made again")
	assert.Equal(t, 2, srv.connections())

	srv.sever(fault{"NOOP", reply, "421 4.3.2 going down"}, fault{greeting, reply, "421 4.3.2 going down"})
	err := m.Ready(t.Context())
	assert.Equal(t, smtpmail.StageConnect, failure(t, err).Stage)
	assert.Equal(t, 421, failure(t, err).Code)

	wrong := srv.mailer(t, func(o *smtpmail.Options) { o.Password = smtpmail.Password("something else") })
	assert.Equal(t, smtpmail.StageLogin, failure(t, wrong.Ready(t.Context())).Stage)

	for _, verb := range []string{"NOOP", greeting} {
		srv = start(t, setup{plain: true})
		m = srv.mailer(t, nil)

		if verb == "NOOP" {
			require.NoError(t, m.Ready(t.Context()))
		}

		srv.sever(fault{verb: verb, act: hang})

		ctx, cancel := context.WithCancel(t.Context())

		go func() {
			<-srv.silent
			cancel()
		}()

		require.ErrorIs(t, m.Ready(ctx), context.Canceled)
		assert.Empty(t, srv.mails())
		require.NoError(t, m.Close())
		require.ErrorIs(t, m.Ready(t.Context()), smtpmail.ErrClosed)
	}
}

// sever makes these things happen from now on.
func (s *server) sever(faults ...fault) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.faults = faults
}
