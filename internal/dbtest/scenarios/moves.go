package scenarios

import (
	"fmt"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/mail"
)

// moves are the stories of another login address (rule B13).
func moves() []Scenario {
	return []Scenario{
		{"B13_TheLoginChangesByALinkToTheNewAddress", moved},
		{"B13_TheFaultsOfAnotherLogin", movedFaults},
		{"B13_AConfirmedContactAddressStays", movedContact},
		{"B13_ATakenAddressIsToldToWhoReadsItsMailOnly", movedTaken},
		{"B13_TheLinkIsForTheAccountAsItWas", movedBound},
		{"B13_AskingForAnotherLoginMailsSeldom", movedSeldom},
		{"B13_OfTwoWhoConfirmOneAddressAtOnceOneHasIt", movedRace},
		{"B13_AnAddressThatIsActivatedMeanwhileIsTaken", movedActivated},
		{"B14_RegistrationsWithTheNewLoginAreTheOwners", movedGreets},
		{"B13_TheFormerAddressIsAnybodysAgain", movedAway},
	}
}

func moved(w *World) {
	alice := w.alice()
	reset := w.forgets("alice")
	require.NoError(w.T, w.Portal.ChangeLogin(w.Ctx, alice.ID, firstPassword, Login("alicia")))

	sent := w.Deliver()
	require.Len(w.T, sent, 2)
	w.One(sent, "alice", mail.LoginRequested)
	token := w.Token(w.One(sent, "alicia", mail.LoginToConfirm))

	// Nothing has changed, and looking at the link changes nothing.
	w.writesNothing(estate{structures: named(0)}, func() {
		for range 3 {
			shown, err := w.Portal.Inspect(w.Ctx, token)
			require.NoError(w.T, err)
			assert.Equal(w.T, account.PurposeLogin, shown.Purpose)
			assert.Equal(w.T, Login("alicia"), shown.Contact)
			assert.Equal(w.T, Login("alice"), shown.Login.String())
		}
	})
	w.comesIn("alice", firstPassword)
	w.staysOut("alicia", firstPassword, guichet.ErrCredentials)

	after, err := w.Portal.ConfirmLogin(w.Ctx, token)
	require.NoError(w.T, err)
	assert.Equal(w.T, Login("alicia"), after.Login.String())
	assert.Equal(w.T, alice.Epoch+1, after.Epoch)
	assert.Equal(w.T, after, w.now(alice.ID))

	sent = w.Deliver()
	require.Len(w.T, sent, 2)
	w.One(sent, "alice", mail.LoginChanged)
	w.One(sent, "alicia", mail.LoginChanged)

	require.ErrorIs(w.T, w.Portal.Session(w.Ctx, alice.ID, alice.Epoch), guichet.ErrSessionOver)
	w.staysOut("alice", firstPassword, guichet.ErrCredentials)
	w.comesIn("alicia", firstPassword)
	require.ErrorIs(w.T, w.reset(reset, "Félix", secondPassword), account.ErrLinkExpired)
	require.ErrorIs(w.T, second(w.Portal.ConfirmLogin(w.Ctx, token)), account.ErrLinkUsed)

	// Notices went to the login, and go with it; the requests of that structure are still hers to decide.
	w.Register("bob", Siret(0))
	w.One(w.Deliver(), "alicia", mail.RequestToApprove)
	assert.Contains(w.T, w.Requests(alice.ID), Login("bob"))
	assert.Contains(w.T, w.journaled(alice.ID), "login changed →")
}

func movedFaults(w *World) {
	alice := w.alice()
	change := func(password, address string) error { return w.Portal.ChangeLogin(w.Ctx, alice.ID, password, address) }

	assert.Equal(w.T, []string{"login account.address"}, faults(change(firstPassword, "nulle part")))
	assert.Equal(w.T, []string{"login account.same"}, faults(change(firstPassword, Login("alice"))))
	require.ErrorIs(w.T, change(wrongPassword, Login("alicia")), guichet.ErrCredentials)
	require.ErrorIs(w.T, w.Portal.ChangeLogin(w.Ctx, w.enrol("bob").ID, firstPassword, Login("b")), guichet.ErrNoPassword)
	require.ErrorIs(w.T, w.Portal.ChangeLogin(w.Ctx, "nobody", firstPassword, Login("b")), guichet.ErrUnknownAccount)
	assert.Empty(w.T, w.Deliver())

	// The same mailbox in other letters is confirmed like any other.
	require.NoError(w.T, change(firstPassword, "Alice@exemple.fr"))

	sent := To(w.Deliver(), "Alice@exemple.fr")
	require.Len(w.T, sent, 1)

	after, err := w.Portal.ConfirmLogin(w.Ctx, w.Token(sent[0]))
	require.NoError(w.T, err)
	assert.Equal(w.T, "Alice@exemple.fr", after.Login.String())
	_, err = w.signIn("ALICE", firstPassword)
	require.NoError(w.T, err)

	require.NoError(w.T, second(w.Portal.Block(w.Ctx, helpdesk, alice.ID, "")))
	require.ErrorIs(w.T, change(firstPassword, Login("alicia")), account.ErrBlocked)
}

func movedContact(w *World) {
	alice := w.alice()
	assert.Equal(w.T, Login("alice"), alice.Person.Contact, "as nobody said otherwise")

	after, err := w.Portal.ConfirmLogin(w.Ctx, w.moves(alice.ID, "alicia"))
	require.NoError(w.T, err)
	assert.Equal(w.T, Login("alicia"), after.Person.Contact)
	assert.Empty(w.T, of(w.Deliver(), mail.ContactToConfirm), "it is the mailbox that confirmed the login")

	w.changePerson(after, func(f *account.PersonForm) { f.Contact = contact("alice") })
	require.NoError(w.T, second(w.Portal.ConfirmContact(w.Ctx, w.Token(of(w.Deliver(), mail.ContactToConfirm)[0]))))

	w.Wait(hour)
	after, err = w.Portal.ConfirmLogin(w.Ctx, w.moves(alice.ID, "alix"))
	require.NoError(w.T, err)
	assert.Equal(w.T, contact("alice"), after.Person.Contact)
	assert.Equal(w.T, contact("alice"), after.NoticeAddress())
	w.One(w.Deliver(), "alix", mail.LoginChanged)
}

func movedTaken(w *World) {
	alice := w.alice()
	bob := w.Manager("bob", Siret(1))
	w.Deliver()

	// Whoever asks is told the same as of an address that nobody has.
	token := w.moves(alice.ID, "bob")
	require.ErrorIs(w.T, second(w.Portal.ConfirmLogin(w.Ctx, token)), guichet.ErrLoginTaken)
	assert.Equal(w.T, Login("alice"), w.now(alice.ID).Login.String())
	assert.Equal(w.T, bob, w.now(bob.ID))
	w.comesIn("alice", firstPassword)
	w.comesIn("bob", firstPassword)
	assert.Empty(w.T, w.Deliver())

	// Once bob has gone, it is free.
	w.close(bob.ID, true)
	require.NoError(w.T, second(w.Portal.ConfirmLogin(w.Ctx, token)))
}

func movedBound(w *World) {
	for n, c := range []struct {
		why  error
		does func(acc account.Account)
	}{
		{account.ErrLinkExpired, func(account.Account) { w.Wait(hour) }},
		{account.ErrLinkReplaced, func(acc account.Account) {
			w.Wait(askTime)
			w.moves(acc.ID, "autre."+name(acc))
		}},
		{account.ErrLinkExpired, func(acc account.Account) {
			require.NoError(w.T, second(w.Portal.ChangePassword(w.Ctx, acc.ID, firstPassword, secondPassword)))
		}},
		{account.ErrLinkExpired, func(acc account.Account) {
			require.NoError(w.T, second(w.Portal.Block(w.Ctx, helpdesk, acc.ID, "")))
		}},
		{account.ErrLinkExpired, func(acc account.Account) {
			require.NoError(w.T, second(w.Portal.Deactivate(w.Ctx, guichet.Departure{
				By: account.By(acc.ID), Account: acc.ID, LeaveVacant: true,
			})))
		}},
		{account.ErrLinkUnknown, func(acc account.Account) { w.close(acc.ID, true) }},
	} {
		acc := w.fresh()
		token := w.moves(acc.ID, fmt.Sprint("suivante", n))
		c.does(acc)
		require.ErrorIs(w.T, second(w.Portal.ConfirmLogin(w.Ctx, token)), c.why, "%d", n)
		assert.NotEqual(w.T, Login(fmt.Sprint("suivante", n)), w.now(acc.ID).Login.String())

		// A second try at the same moment as the change.
		acc = w.fresh()
		token = w.moves(acc.ID, fmt.Sprint("encore", n))
		_, err := w.Meanwhile(func() { c.does(acc) }).ConfirmLogin(w.Ctx, token)

		if c.why == account.ErrLinkExpired && n == 0 { //nolint:errorlint // the case, not what came of it
			require.NoError(w.T, err, "it was in time when it was looked at")
		} else {
			require.ErrorIs(w.T, err, c.why, "%d", n)
		}
	}
}

func movedSeldom(w *World) {
	alice := w.alice()
	w.moves(alice.ID, "alicia")

	require.ErrorIs(w.T, w.Portal.ChangeLogin(w.Ctx, alice.ID, firstPassword, Login("alicia")), guichet.ErrAsked)
	require.ErrorIs(w.T, w.Portal.ChangeLogin(w.Ctx, alice.ID, firstPassword, Login("voisine")), guichet.ErrAsked,
		"nobody mails the whole street")
	assert.Empty(w.T, w.Deliver())

	// Nor do several accounts together mail one.
	bob := w.Manager("bob", Siret(1))
	w.Deliver()
	require.ErrorIs(w.T, w.Portal.ChangeLogin(w.Ctx, bob.ID, firstPassword, Login("alicia")), guichet.ErrAsked)

	mails := 0

	for range 24 * 4 {
		w.Wait(15 * time.Minute)

		for _, id := range []account.ID{alice.ID, bob.ID} {
			if err := w.Portal.ChangeLogin(w.Ctx, id, firstPassword, Login("alicia")); err != nil {
				require.ErrorIs(w.T, err, guichet.ErrAsked)
			}
		}

		mails += len(of(w.Deliver(), mail.LoginToConfirm))
	}

	assert.Less(w.T, mails, 12)
}
