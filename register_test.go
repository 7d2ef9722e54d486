package guichet_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

func TestB1_EveryFaultOfAnEmptyFormIsReportedAtOnceAndNothingIsStored(t *testing.T) {
	w := newWorld(t)

	_, err := w.portal.Register(w.ctx, account.Form{})

	var fields []string

	for _, fault := range guichet.Faults(err) {
		field, ok := fault.(guichet.FieldFault)
		require.True(t, ok, "%T", fault)

		fields = append(fields, field.Rule()+" "+field.Name())

		assert.NotEmpty(t, fault.Code())
		assert.NotEmpty(t, fault.Text(language.French))
		assert.NotEqual(t, fault.Text(language.English), fault.Text(language.French))
	}

	assert.Equal(t, []string{
		"B1 login", "B1 login_again", "B1 first_name", "B1 last_name", "B3 terms", "B1 identifier",
		"B1 legal_name", "B1 address", "B1 postal_code", "B1 town", "B1 country",
	}, fields)
	assert.Empty(t, w.deliver())
}

func TestA2_ARefusedSIRETSaysWhichRuleWhereAndWhatInsteadAndStoresNothing(t *testing.T) {
	w := newWorld(t)

	_, err := w.portal.Register(w.ctx, form("daniel", "73282932000075"))

	var fault *identifier.ParseError
	require.ErrorAs(t, err, &fault)
	assert.Equal(t, "A2", fault.Rule)
	assert.Equal(t, 14, fault.At)
	assert.Equal(t, "4", fault.Want)
	assert.Len(t, guichet.Faults(err), 1)
	assert.Empty(t, w.deliver())
}

func TestC4_APublicStructureIsNotCreatedByRegistration(t *testing.T) {
	w := newWorld(t)
	f := form("daniel", siret)
	f.Structure.Sector = structure.Public

	_, err := w.portal.Register(w.ctx, f)
	require.ErrorIs(t, err, structure.ErrPublic)

	open := newWorldOn(t, w.store, func(o *guichet.Options) { o.Policy.PublicByForm = true })
	_, err = open.portal.Register(w.ctx, f)
	require.NoError(t, err)
}

func TestC10_AnApplicationThatTheSectorMayNotOpenIsRefused(t *testing.T) {
	w := newWorld(t)
	f := form("daniel", siret)
	f.Structure.Applications = []structure.Application{"factures-emises", "factures-recues"}

	_, err := w.portal.Register(w.ctx, f)
	require.ErrorIs(t, err, structure.ErrApplication)
	assert.Contains(t, err.Error(), "factures-recues")
}

func TestB5_TheFirstComerIsDesignatedAndMailedAtOnceTheSecondWaits(t *testing.T) {
	w := newWorld(t)

	first := w.register("daniel")
	second := w.register("eloise")

	assert.Equal(t, guichet.NextActivation, first.Next)
	assert.Equal(t, guichet.NextApproval, second.Next)
	assert.Equal(t, "Société de eloise", second.Structure.Data.LegalName, "while only claimed: what its author typed")

	sent := w.deliver()
	require.Len(t, sent, 1, "nobody decides while there is only a claim")
	assert.Equal(t, mail.ActivationLink, sent[0].Kind)
	assert.Equal(t, "daniel@exemple.fr", sent[0].To)

	slice := w.roster()
	assert.Equal(t, attachment.InClaim, slice.Roster.Standing)
	assert.Empty(t, slice.Facts.Structure.Data, "nothing that an unconfirmed author typed speaks for the structure")

	_, err := w.portal.FindStructure(w.ctx, identifier.MustParse(identifier.SIRET, siret))
	require.ErrorIs(t, err, guichet.ErrUnknownStructure, "C11: present from the activation on")
}

func TestB5_TheReceiptHasTheGuidesTwoWordings(t *testing.T) {
	w := newWorld(t)

	first := w.register("daniel").Text(language.French)
	assert.Contains(t, first, "Prénom daniel Nom daniel, votre demande de création de compte vient d'être envoyée")
	assert.Contains(t, first, "Vous en serez donc le gestionnaire")
	assert.Contains(t, first, "356 000 000 09075")
	assert.Contains(t, first, "Type société : Privée")
	assert.Contains(t, first, "Pays : France")

	second := w.register("eloise").Text(language.French)
	assert.Contains(t, second, "votre demande de création de compte rattaché à une structure existante vient d'être envoyée avec succès")
	assert.Contains(t, second, "nécessite préalablement une approbation de la part du gestionnaire de la structure")
	assert.Contains(t, second, "à l'adresse eloise@exemple.fr")
}

func TestB5_OnceKnownTheReceiptShowsTheStructuresDataAndDecidersAreTold(t *testing.T) {
	w := newWorld(t)
	w.manager("daniel")

	f := form("eloise", siret)
	f.Structure = structure.Form{} // B1: a known structure's data are not asked for

	receipt, err := w.portal.Register(w.ctx, f)
	require.NoError(t, err)
	assert.Equal(t, "Société de daniel", receipt.Structure.Data.LegalName)

	sent := w.deliver()
	require.Len(t, sent, 1)
	assert.Equal(t, mail.RequestToApprove, sent[0].Kind)
	assert.Equal(t, "daniel@exemple.fr", sent[0].To)
	assert.Contains(t, sent[0].Text, "Prénom eloise Nom eloise")
}

func TestG4_TheAddressOfANonDiffusibleStructureIsMaskedInReceiptsAndLookUps(t *testing.T) {
	w := newWorld(t)
	f := form("daniel", siret)
	f.Structure.NonDiffusible = true
	_, err := w.portal.Register(w.ctx, f)
	require.NoError(t, err)
	w.activate(w.token(w.deliver()[0]))

	receipt := w.register("eloise")
	assert.Equal(t, "Société de daniel", receipt.Structure.Data.LegalName)
	assert.Empty(t, receipt.Structure.Data.Address)
	assert.Empty(t, receipt.Structure.Data.Town)

	found, err := w.portal.FindStructure(w.ctx, identifier.MustParse(identifier.SIRET, siret))
	require.NoError(t, err)
	assert.Empty(t, found.Data.Address)
}

func TestB14_TheSameLoginAgainGetsAnEqualReceiptAndNoSecondRequest(t *testing.T) {
	w := newWorld(t)

	for _, name := range []string{"daniel", "eloise"} { // the claim, and one that waits
		first := w.register(name)
		rows := w.roster().Roster.Rows

		again, err := w.portal.Register(w.ctx, form(name, siret))
		require.NoError(t, err)
		assert.Equal(t, first, again)
		assert.Equal(t, rows, w.roster().Roster.Rows, "as much is written as for a newcomer, and it says nothing else")

		upper := form(name, siret)
		upper.Login, upper.LoginAgain = strings.ToUpper(upper.Login), strings.ToUpper(upper.LoginAgain)
		_, err = w.portal.Register(w.ctx, upper)
		require.NoError(t, err)
		assert.Equal(t, rows, w.roster().Roster.Rows, "B2: the same login in capitals")
	}

	assert.Len(t, w.deliver(), 1, "one link, for the claim")
}

func TestB14_TheEqualReceiptShowsNothingThatSomebodyElseTyped(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")

	stranger := form("daniel", siret)
	stranger.FirstName, stranger.LastName, stranger.Structure.LegalName = "Un", "Autre", "Autre SARL"

	receipt, err := w.portal.Register(w.ctx, stranger)
	require.NoError(t, err)
	assert.Equal(t, "Un Autre", receipt.Person.Name())
	assert.Equal(t, "Autre SARL", receipt.Structure.Data.LegalName)
}

func TestB14_ALoginThatHasAnAccountLooksLikeAnyOther(t *testing.T) {
	w := newWorld(t)
	w.manager("daniel")

	other := form("daniel", "73282932000074")
	receipt, err := w.portal.Register(w.ctx, other)
	require.NoError(t, err)
	assert.Equal(t, guichet.NextActivation, receipt.Next)

	unknown := form("inconnu", "78430177200025")
	expected, err := w.portal.Register(w.ctx, unknown)
	require.NoError(t, err)
	assert.Equal(t, expected.Next, receipt.Next)

	sent := w.deliver()
	owner := w.to(sent, "daniel")
	assert.Equal(t, mail.AddressUsed, owner.Kind, "the owner is told to sign in, and gets no link")
	assert.NotRegexp(t, linkInMail, owner.Text)
	assert.Equal(t, mail.ActivationLink, w.to(sent, "inconnu").Kind)
}

func TestB7_RegisteringAgainSendsAnotherLinkOnceTheLastIsNotTooRecent(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")
	first := w.token(w.deliver()[0])

	w.clock = w.clock.Add(9 * time.Minute)
	w.register("daniel")
	assert.Empty(t, w.deliver(), "too soon: nobody can end somebody's links faster than they can be opened")

	w.clock = w.clock.Add(time.Minute)
	w.register("daniel")
	_, err := w.portal.Inspect(w.ctx, first)
	require.NoError(t, err, "the newer one is not on its way yet")

	second := w.token(w.deliver()[0])
	_, err = w.portal.Inspect(w.ctx, first)
	require.ErrorIs(t, err, account.ErrLinkReplaced)

	invitation, err := w.portal.Inspect(w.ctx, second)
	require.NoError(t, err)
	assert.Equal(t, w.clock.Add(50*time.Minute), invitation.Expires, "D1: a link sent again ends with the claim's term")
}

func TestB7_ResendTellsNothing(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.portal.Resend(w.ctx, "personne@exemple.fr"))

	w.register("daniel")
	w.deliver()

	w.clock = w.clock.Add(15 * time.Minute)
	require.NoError(t, w.portal.Resend(w.ctx, "DANIEL@exemple.fr"))
	assert.Len(t, w.deliver(), 1)

	var fault *account.FieldError
	require.ErrorAs(t, w.portal.Resend(w.ctx, "pas une adresse"), &fault)
	assert.Equal(t, "account.address", fault.Code())
}

func TestB6_ARefusedLoginMayComeBackIsListedAsARepeatAndNobodyIsMailed(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	first := w.register("eloise")
	w.deliver()
	w.refuse(daniel.ID, "eloise", "inconnue de nos services\nmerci")

	refused := w.to(w.deliver(), "eloise")
	assert.Equal(t, mail.Refused, refused.Kind)
	assert.Contains(t, refused.Text, "inconnue de nos services")

	w.clock = w.clock.Add(30*24*time.Hour - time.Second)
	again := w.register("eloise")
	assert.Equal(t, first, again)
	assert.Empty(t, w.deliver())
	assert.True(t, w.requests(daniel.ID)["eloise@exemple.fr"].Attachment.Repeat)

	w.refuse(daniel.ID, "eloise", "")
	w.deliver()

	w.clock = w.clock.Add(30 * 24 * time.Hour)
	w.register("eloise")
	assert.Equal(t, []mail.Kind{mail.RequestToApprove}, kinds(w.deliver()), "later it is a request like any other")
}

func TestB3_ConsentsAreRecordedWithVersionAndDate(t *testing.T) {
	w := newWorldOn(t, newWorld(t).store, func(o *guichet.Options) {
		o.Policy.TermsVersion, o.Policy.SurveyVersion = "2026-01", "s3"
	})
	f := form("daniel", siret)
	f.AcceptsSurvey = true
	_, err := w.portal.Register(w.ctx, f)
	require.NoError(t, err)

	acc := w.activate(w.token(w.deliver()[0]))
	assert.Equal(t, account.Consent{Version: "2026-01", At: w.clock}, acc.Terms)
	assert.Equal(t, account.Consent{Version: "s3", At: w.clock}, acc.Survey)
}

func TestB11_ARequestThatNobodyDecidesLapsesAfter180Days(t *testing.T) {
	w := newWorld(t)
	w.manager("daniel")
	w.register("eloise")
	w.deliver()

	w.clock = w.clock.Add(180*24*time.Hour - time.Microsecond)
	done, err := w.portal.Advance(w.ctx, 0)
	require.NoError(t, err)
	assert.Equal(t, guichet.Advanced{}, done)

	w.clock = w.clock.Add(time.Microsecond)
	done, err = w.portal.Advance(w.ctx, 0)
	require.NoError(t, err)
	assert.Equal(t, guichet.Advanced{Lapsed: 1}, done)
	assert.Equal(t, []mail.Kind{mail.RequestLapsed}, kinds(w.deliver()))

	page, err := storage.List(w.ctx, w.store, storage.RegistrationsOf{Login: "eloise@exemple.fr"})
	require.NoError(t, err)
	assert.Empty(t, page.Rows, "no open registration is left")
}

func TestC11_AStructureIsPresentFromItsFirstActivationOn(t *testing.T) {
	w := newWorld(t)
	id := identifier.MustParse(identifier.SIRET, siret)

	absent := func() {
		_, err := w.portal.FindStructure(w.ctx, id)
		require.ErrorIs(t, err, guichet.ErrUnknownStructure)
		_, err = w.portal.StructureID(w.ctx, id)
		require.ErrorIs(t, err, guichet.ErrUnknownStructure)
	}

	absent()
	w.register("daniel")
	absent()

	w.activate(w.token(w.deliver()[0]))

	found, err := w.portal.FindStructure(w.ctx, id)
	require.NoError(t, err)
	assert.Equal(t, id, found.Identity)
	assert.Equal(t, "Société de daniel", found.Data.Name())
}

func TestC1_RegistrationsAtOnceCreateOneStructureOneClaimAndRequests(t *testing.T) {
	const people = 64

	w := newWorld(t)
	receipts := make([]guichet.Receipt, people)

	var all sync.WaitGroup
	for i := range people {
		all.Go(func() {
			receipt, err := w.portal.Register(w.ctx, form(fmt.Sprintf("p%d", i), siret))
			assert.NoError(t, err)

			receipts[i] = receipt
		})
	}

	all.Wait()

	var first int

	for _, r := range receipts {
		if r.Next == guichet.NextActivation {
			first++
		}
	}

	assert.Equal(t, 1, first)

	slice := w.roster()
	assert.Equal(t, attachment.InClaim, slice.Roster.Standing)
	assert.EqualValues(t, people, slice.Roster.Version)

	page, err := storage.List(w.ctx, w.store, storage.OpenRequests{
		Structures: []structure.ID{w.id()}, Window: storage.Window{Limit: 2 * people},
	})
	require.NoError(t, err)
	assert.Len(t, page.Rows, people-1)
	assert.Len(t, w.deliver(), 1)
}

func TestB1_InvisibleNamesAreEmpty(t *testing.T) {
	w := newWorld(t)

	for _, name := range []string{"\u200b", "\u200f\u00ad", "\u3164", "\u2060 \u200d"} {
		f := form("daniel", siret)
		f.LastName = name

		_, err := w.portal.Register(w.ctx, f)
		require.ErrorIs(t, err, account.ErrRequired, "%+q", name)
	}
}
