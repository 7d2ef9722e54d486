package mailtest_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/mail/mailtest"
)

func TestF1_RecorderKeepsWhatItIsGiven(t *testing.T) {
	var r mailtest.Recorder

	assert.Empty(t, r.All())

	_, found := r.Last(mail.Refused)
	assert.False(t, found)

	one := mail.Message{ID: "1", Kind: mail.Refused, To: "a@exemple.fr"}
	two := mail.Message{ID: "2", Kind: mail.Approved, To: "b@exemple.fr"}
	three := mail.Message{ID: "3", Kind: mail.Refused, To: "b@exemple.fr"}

	for _, m := range []mail.Message{one, two, three} {
		require.NoError(t, r.Send(t.Context(), m))
	}

	assert.Equal(t, []mail.Message{one, two, three}, r.All())
	assert.Equal(t, []mail.Message{two, three}, r.To("b@exemple.fr"))
	assert.Empty(t, r.To("c@exemple.fr"))

	last, found := r.Last(mail.Refused)
	assert.True(t, found)
	assert.Equal(t, three, last)

	r.All()[0].ID = "changed by who asked"
	assert.Equal(t, one, r.All()[0])

	over, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, r.Send(over, one), context.Canceled)
	assert.Len(t, r.All(), 3)

	r.Reset()
	assert.Empty(t, r.All())
}

func TestF1_RecorderIsSafeForConcurrentUse(t *testing.T) {
	var (
		r   mailtest.Recorder
		all sync.WaitGroup
	)

	for range 50 {
		all.Go(func() {
			assert.NoError(t, r.Send(context.Background(), mail.Message{Kind: mail.Refused}))
			r.Last(mail.Refused)
			r.To("")
		})
	}

	all.Wait()
	assert.Len(t, r.All(), 50)
}

func TestF4_FailingFailsAsOftenAsItIsTold(t *testing.T) {
	var r mailtest.Recorder

	own := errors.New("550 no such user")
	f := mailtest.Failing{Mailer: &r, Faults: []mailtest.Fault{{Times: 2}, {Times: 1, Err: own}}}

	assert.ErrorIs(t, f.Send(t.Context(), mail.Message{ID: "1"}), mailtest.ErrFailing)
	assert.ErrorIs(t, f.Send(t.Context(), mail.Message{ID: "1"}), mailtest.ErrFailing)
	assert.ErrorIs(t, f.Send(t.Context(), mail.Message{ID: "1"}), own)
	assert.Empty(t, r.All())
	assert.NoError(t, f.Send(t.Context(), mail.Message{ID: "1"}))
	assert.Len(t, r.All(), 1)
	assert.Equal(t, 3, f.Failures())
}

func TestF4_FailingFailsForAnAddressOrAKind(t *testing.T) {
	f := mailtest.Failing{Faults: []mailtest.Fault{{To: "a@exemple.fr"}, {To: "b@exemple.fr", Kind: mail.Refused}}}

	for range 3 {
		assert.Error(t, f.Send(t.Context(), mail.Message{To: "a@exemple.fr"}))
		assert.Error(t, f.Send(t.Context(), mail.Message{To: "b@exemple.fr", Kind: mail.Refused}))
		assert.NoError(t, f.Send(t.Context(), mail.Message{To: "b@exemple.fr", Kind: mail.Approved}))
		assert.NoError(t, f.Send(t.Context(), mail.Message{To: "c@exemple.fr", Kind: mail.Refused}))
	}

	assert.Equal(t, 6, f.Failures())
}

func TestF4_FailingBlocksUntilTheContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r mailtest.Recorder

		f := mailtest.Failing{Mailer: &r, Faults: []mailtest.Fault{{Block: true, Err: mailtest.ErrFailing}}}
		began := time.Now()

		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()

		assert.ErrorIs(t, f.Send(ctx, mail.Message{}), context.DeadlineExceeded)
		assert.Equal(t, time.Hour, time.Since(began))
		assert.Empty(t, r.All())
	})
}

func TestF4_FailingMayHandOverAndFailAllTheSame(t *testing.T) {
	var r mailtest.Recorder

	f := mailtest.Failing{Mailer: &r, Faults: []mailtest.Fault{{Sent: true, Times: 1}}}
	assert.ErrorIs(t, f.Send(t.Context(), mail.Message{ID: "1"}), mailtest.ErrFailing)
	assert.NoError(t, f.Send(t.Context(), mail.Message{ID: "1"}))
	assert.Len(t, r.All(), 2)

	over, cancel := context.WithCancel(t.Context())
	cancel()

	f = mailtest.Failing{Mailer: &r, Faults: []mailtest.Fault{{Sent: true}}}
	assert.ErrorIs(t, f.Send(over, mail.Message{}), context.Canceled, "what it hands over to fails")
}

func TestF4_FailingCountsUnderConcurrency(t *testing.T) {
	var (
		r   mailtest.Recorder
		all sync.WaitGroup
	)

	f := mailtest.Failing{Mailer: &r, Faults: []mailtest.Fault{{Times: 20}}}

	for range 50 {
		all.Go(func() { _ = f.Send(context.Background(), mail.Message{}) })
	}

	all.Wait()
	assert.Len(t, r.All(), 30)
	assert.Equal(t, 20, f.Failures())
}
