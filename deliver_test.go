package guichet_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

var errMailer = errors.New("the mail server is away")

func (w *world) messages() []storage.Message {
	w.t.Helper()

	page, err := storage.List(w.ctx, w.store, storage.DueMessages{At: w.clock.Add(1000 * time.Hour)})
	require.NoError(w.t, err)

	return page.Rows
}

func TestF1_AMailIsSentAgainWithTheSameIDUntilItIsOut(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")

	id := w.messages()[0].ID
	w.fail = func(mail.Message) error { return errMailer }

	done, err := w.portal.Deliver(w.ctx, w)
	require.NoError(t, err)
	assert.Equal(t, guichet.Delivery{Failed: 1}, done)
	assert.Equal(t, errMailer.Error(), w.messages()[0].LastError)

	w.fail = nil
	assert.Empty(t, w.deliver(), "not before its time")

	w.clock = w.clock.Add(2 * time.Minute)
	sent := w.deliver()
	require.Len(t, sent, 1)
	assert.Equal(t, id, sent[0].ID)

	w.activate(w.token(sent[0]))
	assert.Empty(t, w.deliver())
}

func TestF1_ADeliveryThatStopsHalfWayIsRepeatedAfterItsLease(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")

	ctx, cancel := context.WithCancel(w.ctx)
	w.fail = func(mail.Message) error { // the process is told to stop while the mail is on its way
		cancel()

		return ctx.Err()
	}
	_, err := w.portal.Deliver(ctx, w)
	require.ErrorIs(t, err, context.Canceled)

	w.fail = nil
	assert.Empty(t, w.deliver(), "leased")

	w.clock = w.clock.Add(5 * time.Minute)
	assert.Len(t, w.deliver(), 1)
}

func TestF4_AMailThatNeverGoesOutIsParkedWithItsLastError(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	w.register("eloise")
	w.refuse(daniel.ID, "eloise", "")

	w.fail = func(m mail.Message) error {
		if m.To == "eloise@exemple.fr" {
			return errMailer
		}

		return nil
	}

	var parked, tries int

	for range 50 {
		done, err := w.portal.Deliver(w.ctx, w)
		require.NoError(t, err)

		parked += done.Parked
		tries += done.Failed + done.Parked
		w.clock = w.clock.Add(7 * time.Hour)
	}

	assert.Equal(t, 1, parked)
	assert.Equal(t, 12, tries)
	assert.Empty(t, w.messages())
}

// rejected is how a mailer says that another try would fail the same.
type rejected struct{ error }

func (rejected) Permanent() bool { return true }

func TestF4_AMailThatTheServerRejectsForGoodIsParkedAtOnce(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")

	w.fail = func(mail.Message) error { return fmt.Errorf("wrapped: %w", rejected{errMailer}) }

	done, err := w.portal.Deliver(w.ctx, w)
	require.NoError(t, err)
	assert.Equal(t, guichet.Delivery{Parked: 1}, done)

	parked, err := w.portal.ParkedMails(w.ctx, storage.Window{})
	require.NoError(t, err)
	require.Len(t, parked.Rows, 1)
	assert.Contains(t, parked.Rows[0].LastError, errMailer.Error())
}

func TestF4_ABadAddressDoesNotHoldUpTheOthers(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")
	_, err := w.portal.Register(w.ctx, form("eloise", "73282932000074"))
	require.NoError(t, err)

	w.fail = func(m mail.Message) error {
		if m.To == "daniel@exemple.fr" {
			return errMailer
		}

		return nil
	}
	sent := w.deliver()
	require.Len(t, sent, 1)
	assert.Equal(t, "eloise@exemple.fr", sent[0].To)
}

func TestD1_TheClaimsTermStartsWithTheFirstLeaseOfItsMailAndLasts24HoursAtTheMost(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")
	designated := w.clock

	assert.Equal(t, designated.Add(24*time.Hour), w.roster().Roster.Claim.Term)

	w.clock = w.clock.Add(3 * time.Hour)
	w.fail = func(mail.Message) error { return errMailer }
	w.deliver()
	leased := w.clock
	assert.Equal(t, leased.Add(time.Hour), w.roster().Roster.Claim.Term)

	w.fail = nil
	w.clock = w.clock.Add(10 * time.Minute)
	sent := w.deliver()
	assert.Equal(t, leased.Add(time.Hour), w.roster().Roster.Claim.Term, "a second try does not extend it")

	invitation, err := w.portal.Inspect(w.ctx, w.token(sent[0]))
	require.NoError(t, err)
	assert.Equal(t, leased.Add(time.Hour), invitation.Expires)
}

func TestD1_ALinkThatWasNeverSentInTimeIsDroppedAndTheNextIsTold(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")
	w.register("eloise")

	w.clock = w.clock.Add(24 * time.Hour) // the mail server was away for a day
	sent := w.deliver()
	assert.Equal(t, []mail.Kind{mail.ActivationLink, mail.ClaimLapsed}, kinds(append(sent, w.deliver()...)))
	assert.Equal(t, guichet.NextApproval, w.register("daniel").Next)
}

func TestB7_AnApprovalWhoseLinkEndedBeforeItCouldBeSentCarriesANewOne(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	w.register("eloise")
	w.deliver()
	require.NoError(t, w.approve(daniel.ID, "eloise"))

	w.fail = func(mail.Message) error { return errMailer }
	w.deliver()

	w.fail = nil
	w.clock = w.clock.Add(8 * 24 * time.Hour) // the 7 days began with the first lease
	approved := w.to(w.deliver(), "eloise")
	assert.Equal(t, mail.Approved, approved.Kind)
	w.activate(w.token(approved))
}

func TestF1_LinksAreSealedInTheOutboxAndWipedOnceSent(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")

	queued := w.messages()[0]
	require.NotEmpty(t, queued.Sealed)

	sent := w.deliver()
	token := linkInMail.FindStringSubmatch(sent[0].Text)[1]
	assert.NotContains(t, string(queued.Sealed), token)

	stored, err := w.store.Message(w.ctx, queued.ID)
	require.NoError(t, err)
	assert.Equal(t, storage.Sent, stored.State)
	assert.Empty(t, stored.Sealed)

	parsed, err := account.ParseToken(token)
	require.NoError(t, err)
	link, err := w.store.Link(w.ctx, parsed.Selector())
	require.NoError(t, err)
	assert.NotContains(t, token, string(link.Hash), "B7: only its hash is stored")
}

func TestF1_AMessageSealedUnderAnOldKeyIsSentAsLongAsTheKeyIsKept(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")

	fresh := guichet.Key{ID: "2027", Secret: bytes.Repeat([]byte{8}, guichet.KeySize)}
	opts := &guichet.Options{Now: func() time.Time { return w.clock }, Site: "https://portal.example"}

	lost, err := guichet.New(w.store, guichet.Keys{fresh}, opts)
	require.NoError(t, err)
	done, err := lost.Deliver(w.ctx, w)
	require.NoError(t, err)
	assert.Equal(t, guichet.Delivery{Failed: 1}, done)
	assert.Contains(t, w.messages()[0].LastError, "2026")

	w.clock = w.clock.Add(2 * time.Minute)
	rotated, err := guichet.New(w.store, append(guichet.Keys{fresh}, keys()...), opts)
	require.NoError(t, err)
	done, err = rotated.Deliver(w.ctx, w)
	require.NoError(t, err)
	assert.Equal(t, guichet.Delivery{Sent: 1}, done)
}

func TestF3_MailIsFrenchUnlessThePersonAskedForEnglish(t *testing.T) {
	w := newWorld(t)
	f := form("daniel", siret)
	f.Language = language.BritishEnglish
	_, err := w.portal.Register(w.ctx, f)
	require.NoError(t, err)
	_, err = w.portal.Register(w.ctx, form("eloise", "73282932000074"))
	require.NoError(t, err)

	sent := w.deliver()
	assert.Contains(t, w.to(sent, "daniel").Text, "activation link")
	assert.Contains(t, w.to(sent, "eloise").Text, "lien d'activation")
}

func TestB2_MailGoesToTheLoginAddressAsTyped(t *testing.T) {
	w := newWorld(t)
	f := form("Daniel.Potier", siret)
	f.Contact = "contact@exemple.fr"
	_, err := w.portal.Register(w.ctx, f)
	require.NoError(t, err)
	assert.Equal(t, "Daniel.Potier@exemple.fr", w.deliver()[0].To)
}

func TestDeliver_WithoutASiteNoLinkIsSentAndNothingIsLost(t *testing.T) {
	w := newWorldOn(t, newWorld(t).store, func(o *guichet.Options) { o.Site = "" })
	w.register("daniel")

	_, err := w.portal.Deliver(w.ctx, w)
	require.ErrorIs(t, err, guichet.ErrNoSite)
	assert.Empty(t, w.sent)
	assert.Zero(t, w.messages()[0].Tries)
}

func TestNew_TellsWhatIsMissing(t *testing.T) {
	store := newWorld(t).store

	_, err := guichet.New(nil, keys(), nil)
	require.ErrorIs(t, err, guichet.ErrNoStore)
	_, err = guichet.New(store, nil, nil)
	require.ErrorIs(t, err, guichet.ErrNoKeys)
	_, err = guichet.New(store, guichet.Keys{{ID: "short", Secret: []byte("secret")}}, nil)
	require.ErrorIs(t, err, guichet.ErrKeys)
	assert.NotContains(t, err.Error(), "secret", "G5: no secret in errors")
	_, err = guichet.New(store, append(keys(), keys()...), nil)
	require.ErrorIs(t, err, guichet.ErrKeys)
}

func TestG5_NoMailButTheLinksOwnCarriesItsToken(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")

	token := linkInMail.FindStringSubmatch(w.deliver()[0].Text)[1]
	w.register("eloise")
	w.clock = w.clock.Add(time.Hour)

	for _, m := range append(w.deliver(), w.deliver()...) {
		assert.NotContains(t, m.Text, token)
	}

	for _, m := range w.messages() {
		assert.NotContains(t, strings.Join([]string{m.LastError, m.Content.Link, string(m.Sealed)}, " "), token)
	}
}

func TestF1_ARetryNeverCarriesAnotherLinkUnderTheSameID(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	w.register("eloise")
	w.deliver()
	require.NoError(t, w.approve(daniel.ID, "eloise"))

	var first string

	w.fail = func(m mail.Message) error { // it went out, and the server's answer is lost, again and again
		if first == "" {
			first = m.ID
		}

		if m.ID == first {
			return errMailer
		}

		return nil
	}
	w.deliver()

	w.clock = w.clock.Add(10 * time.Minute)
	require.NoError(t, w.portal.Resend(w.ctx, "eloise@exemple.fr"))

	newer := w.to(w.deliver(), "eloise")

	w.fail = nil
	w.clock = w.clock.Add(time.Hour)
	assert.Empty(t, w.deliver(), "the first one's link is replaced: it is dropped")
	w.activate(w.token(newer))
}

func TestF4_ABrokenMessageHoldsUpNobodyAndIsReported(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")
	_, err := w.portal.Register(w.ctx, form("eloise", "73282932000074"))
	require.NoError(t, err)

	broken := w.messages()[0]
	require.Equal(t, "daniel@exemple.fr", broken.To)
	broken.Structure = "there is no such structure"
	require.NoError(t, w.store.Update(w.ctx, func(context.Context, storage.Reader) (storage.Batch, error) {
		return storage.Batch{Messages: []storage.Message{broken}}, nil
	}))

	done, err := w.portal.Deliver(w.ctx, w)
	require.ErrorIs(t, err, storage.ErrNotFound)
	assert.ErrorContains(t, err, broken.ID)
	assert.Equal(t, guichet.Delivery{Sent: 1}, done)
}

func TestDeliver_EndsWhenTheClockStepsBack(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")

	readings := 0
	back := newWorldOn(t, w.store, func(o *guichet.Options) {
		o.Now = func() time.Time {
			if readings++; readings > 1 {
				return w.clock.Add(-time.Hour)
			}

			return w.clock
		}
	})
	done, err := back.portal.Deliver(w.ctx, back)
	require.NoError(t, err)
	assert.Zero(t, done)
	assert.Less(t, readings, 20)
}

func TestG5_AMailersAnswerThatQuotesTheLinkIsKeptWithoutIt(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")

	var token string

	w.fail = func(m mail.Message) error {
		token = linkInMail.FindStringSubmatch(m.Text)[1]

		return fmt.Errorf("550 refused: %s", m.Text)
	}
	w.deliver()

	kept := w.messages()[0].LastError
	assert.Contains(t, kept, "550 refused")
	assert.NotContains(t, kept, token)
}

func TestG5_KeysAndCredentialsAreNotShownByStructuredLogs(t *testing.T) {
	type holder struct {
		Keys        guichet.Keys
		Credentials account.Credentials
	}

	value := holder{
		guichet.Keys{{ID: "k", Secret: []byte("s3cret")}},
		account.Credentials{Password: "s3cret", Question: "?", Answer: "s3cret"},
	}

	var out bytes.Buffer

	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "value", value, "key", value.Keys[0])
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "value", value)
	fmt.Fprintf(&out, "%v %+v %#v %s %d %x", value, value, value.Keys, value, value.Keys, value.Keys)

	assert.NotContains(t, out.String(), "s3cret")
	assert.NotContains(t, out.String(), fmt.Sprintf("%x", "s3cret"))
	assert.NotContains(t, out.String(), "115 51 99")
}

func TestB14_TheOwnerOfAnAddressIsNotToldWhatBecameOfAStrangersRegistration(t *testing.T) {
	w := newWorld(t)
	w.manager("daniel")

	stranger := form("daniel", "73282932000074")
	stranger.FirstName, stranger.Structure.LegalName = "Inconnu", "Société inconnue"
	_, err := w.portal.Register(w.ctx, stranger)
	require.NoError(t, err)

	owner := w.to(w.deliver(), "daniel")
	assert.Equal(t, mail.AddressUsed, owner.Kind)
	assert.Contains(t, owner.Text, "Prénom daniel Nom daniel")
	assert.NotContains(t, owner.Text, "Inconnu")
	assert.NotContains(t, owner.Text, "Société inconnue")

	w.clock = w.clock.Add(time.Hour)
	done, err := w.portal.Advance(w.ctx, 0)
	require.NoError(t, err)
	assert.Equal(t, 1, done.Lapsed)
	assert.Empty(t, w.deliver(), "not: your account was not activated in time")
}
