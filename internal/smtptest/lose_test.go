package smtptest_test

import (
	"context"
	"errors"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/mail/smtpmail"
)

// stages are where a connection can break or fall silent, in the server's order of events.
var stages = []struct {
	verb  string
	setup setup
	stage smtpmail.Stage
}{
	{greeting, setup{plain: true}, smtpmail.StageConnect},
	{"EHLO", setup{plain: true}, smtpmail.StageConnect},
	{"STARTTLS", setup{}, smtpmail.StageTLS},
	{"AUTH", setup{plain: true, mechanism: []string{"PLAIN"}}, smtpmail.StageLogin},
	{"AUTH", setup{implicit: true, mechanism: []string{"LOGIN"}}, smtpmail.StageLogin},
	{"MAIL", setup{plain: true}, smtpmail.StageSender},
	{"MAIL", setup{implicit: true}, smtpmail.StageSender},
	{"RCPT", setup{plain: true}, smtpmail.StageRecipient},
	{"DATA", setup{plain: true}, smtpmail.StageData},
	{content, setup{plain: true}, smtpmail.StageContent},
	{content, setup{implicit: true}, smtpmail.StageContent},
}

func TestF1_AConnectionThatBreaksIsATemporaryErrorAtEveryStage(t *testing.T) {
	for _, c := range stages {
		t.Run(c.verb, func(t *testing.T) {
			c.setup.faults = []fault{{verb: c.verb, act: drop}}
			srv := start(t, c.setup)
			m := srv.mailer(t, nil)
			err := m.Send(t.Context(), message())

			got := failure(t, err)
			assert.Equal(t, c.stage, got.Stage)
			assert.Zero(t, got.Code)
			assert.False(t, got.Permanent())
			assert.Equal(t, 1, srv.connections(), "a new connection that breaks is not made again")

			// The server has it, and said so to nobody: it must not get it again by itself.
			assert.Equal(t, c.verb == content, errors.Is(err, smtpmail.ErrUncertain))
			assert.Len(t, srv.mails(), map[bool]int{true: 1}[c.verb == content])

			require.NoError(t, m.Send(t.Context(), message()), "the next one goes out")
			clean(t, err, token)
		})
	}
}

func TestF1_AServerThatHangsIsLeftWhenTheContextEnds(t *testing.T) {
	for _, c := range stages {
		t.Run(c.verb, func(t *testing.T) {
			c.setup.faults = []fault{{verb: c.verb, act: hang}}
			srv := start(t, c.setup)
			m := srv.mailer(t, nil)

			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()

			go func() {
				<-srv.silent
				cancel()
			}()

			err := m.Send(ctx, message())
			require.ErrorIs(t, err, context.Canceled)
			assert.Equal(t, c.stage, failure(t, err).Stage)
			assert.False(t, failure(t, err).Permanent())
			assert.Equal(t, c.verb == content, errors.Is(err, smtpmail.ErrUncertain))

			require.NoError(t, m.Send(t.Context(), message()), "the next one goes out")
		})
	}
}

func TestF1_AServerThatHangsIsLeftAfterATime(t *testing.T) {
	for _, c := range stages {
		t.Run(c.verb, func(t *testing.T) {
			c.setup.faults = []fault{{verb: c.verb, act: hang}}
			srv := start(t, c.setup)
			m := srv.mailer(t, func(o *smtpmail.Options) { o.SendTimeout = 100 * time.Millisecond })

			err := m.Send(t.Context(), message())
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.ErrorContains(t, err, "sending took longer than 100ms")
		})
	}
}

func TestF1_ConnectingHasATimeOfItsOwn(t *testing.T) {
	srv := start(t, setup{plain: true, faults: []fault{{verb: greeting, act: hang}}})
	m := srv.mailer(t, func(o *smtpmail.Options) { o.DialTimeout = 50 * time.Millisecond })

	err := m.Send(t.Context(), message())
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.ErrorContains(t, err, "connecting took longer than 50ms")
}

func TestF1_AContextThatIsOverSendsNothing(t *testing.T) {
	srv := start(t, setup{})
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the process is told to stop")
	cancel(why)

	err := srv.mailer(t, nil).Send(ctx, message())
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, why)
	assert.Zero(t, srv.connections())
}

func TestF4_AServerThatIsNotThereIsATemporaryError(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", net.JoinHostPort(host, "0"))
	require.NoError(t, err)

	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	require.NoError(t, listener.Close())

	n, err := strconv.Atoi(port)
	require.NoError(t, err)

	m, err := smtpmail.New(host, &smtpmail.Options{Port: n})
	require.NoError(t, err)

	err = m.Send(t.Context(), message())
	assert.Equal(t, smtpmail.StageConnect, failure(t, err).Stage)
	assert.False(t, failure(t, err).Permanent())
}

// What is said after the decision changes nothing about it.
func TestF1_AnAnswerStandsWhateverHappensAfterwards(t *testing.T) {
	t.Run("refused, then silence", func(t *testing.T) {
		srv := start(t, setup{plain: true, faults: []fault{{"RCPT", reply, "550 5.1.1 no such user"}, {verb: "RSET", act: hang}}})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()

		go func() {
			<-srv.silent
			cancel()
		}()

		assert.Equal(t, 550, failure(t, srv.mailer(t, nil).Send(ctx, message())).Code)
	})

	t.Run("accepted, then silence", func(t *testing.T) {
		srv := start(t, setup{plain: true, faults: []fault{{verb: "QUIT", act: hang}}})
		m := srv.mailer(t, func(o *smtpmail.Options) { o.IdleTime = -1 })
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()

		go func() {
			<-srv.silent
			cancel()
		}()

		require.NoError(t, m.Send(ctx, message()))
	})
}

func TestG5_AnAnswerThatIsNoneIsNotQuotedWhole(t *testing.T) {
	srv := start(t, setup{plain: true, faults: []fault{{content, reply, "what is " + token + "?"}}})
	err := srv.mailer(t, nil).Send(t.Context(), message())

	require.ErrorIs(t, err, smtpmail.ErrUncertain)
	clean(t, err, token)
}
