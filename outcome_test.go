package guichet_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

// dying is a mailer whose process ends with each mail.
type dying struct{}

func (dying) Send(context.Context, mail.Message) error { panic("out of memory") }

func TestF4_AMailThatEndsItsSenderIsParkedAfterAsManyTries(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")

	tries := 0

	for range 40 {
		func() {
			defer func() {
				if recover() != nil {
					tries++
				}
			}()

			_, _ = w.portal.Deliver(w.ctx, dying{})
		}()

		w.clock = w.clock.Add(6 * time.Minute)
	}

	assert.Equal(t, 10+12, tries, "of the link until the claim was over, and of the mail that says so")

	parked, err := w.portal.ParkedMails(w.ctx, storage.Window{})
	require.NoError(t, err)
	require.Len(t, parked.Rows, 1)
	assert.Equal(t, "its sending never ended", parked.Rows[0].LastError)
	assert.Empty(t, parked.Rows[0].Sealed)
}

func TestG5_APermanentRefusalThatQuotesTheLinkIsKeptWithoutItAndParked(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")

	w.fail = func(m mail.Message) error { return rejected{errors.New("550 no: " + m.Text)} }

	done, err := w.portal.Deliver(w.ctx, w)
	require.NoError(t, err)
	assert.Equal(t, guichet.Delivery{Parked: 1}, done)

	parked, err := w.portal.ParkedMails(w.ctx, storage.Window{})
	require.NoError(t, err)
	require.Len(t, parked.Rows, 1)
	assert.Contains(t, parked.Rows[0].LastError, "550 no")
	assert.NotRegexp(t, `lien=[A-Za-z0-9_-]{20}`, parked.Rows[0].LastError)
}

func TestB2_OfManyContactAddressesThatAreGivenAtOnceTheLastIsMailedOnce(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")

	for range 3 {
		for _, contact := range []string{"victime@exemple.fr", "daniel@exemple.fr"} {
			_, err := w.portal.ChangePerson(w.ctx, daniel.ID, account.PersonForm{
				FirstName: "Daniel", LastName: "Potier", Contact: contact,
			})
			require.NoError(t, err)
		}
	}

	_, err := w.portal.ChangePerson(w.ctx, daniel.ID, account.PersonForm{
		FirstName: "Daniel", LastName: "Potier", Contact: "victime@exemple.fr",
	})
	require.NoError(t, err)

	assert.Len(t, w.deliver(), 1)
}
