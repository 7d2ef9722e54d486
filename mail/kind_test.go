package mail_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/mail"
)

func TestB2_SecurityMailsGoToTheLoginAndNoticesDoNot(t *testing.T) {
	security := map[mail.Kind]bool{
		mail.ActivationLink:       true,
		mail.Approved:             true,
		mail.AddressUsed:          true,
		mail.ContactToConfirm:     true, // to the contact address, and not to be redirected
		mail.ReactivationLink:     true,
		mail.AccountDeactivated:   true,
		mail.AccountReactivated:   true,
		mail.AccountBlocked:       true,
		mail.AccountUnblocked:     true,
		mail.AccountClosed:        true,
		mail.Invited:              true, // to the address that is invited, and not to be redirected
		mail.ContestLink:          true,
		mail.PasswordReset:        true,
		mail.PasswordChanged:      true,
		mail.QuestionChanged:      true,
		mail.QuestionCleared:      true,
		mail.LoginToConfirm:       true, // to the new address, and not to be redirected
		mail.LoginRequested:       true,
		mail.LoginChanged:         true, // to both addresses
		mail.FactorCode:           true,
		mail.FactorAdded:          true,
		mail.FactorRemoved:        true,
		mail.RecoveryCodesChanged: true,
		mail.RecoveryCodeUsed:     true,
		mail.AccountLocked:        true,
		mail.SecretsLocked:        true,
		mail.ProofAwaited:         true,
		mail.ProofRefused:         true,

		mail.AttachmentGranted:    false,
		mail.Refused:              false,
		mail.RequestToApprove:     false,
		mail.RequestsToApprove:    false,
		mail.ClaimLapsed:          false,
		mail.RequestLapsed:        false,
		mail.Appointed:            false,
		mail.StructureActivated:   false,
		mail.StructureDeactivated: false,
		mail.IdentifierChanged:    false,
		mail.IdentifierTaken:      false,
		mail.Attached:             false,
		mail.Detached:             false,
		mail.Suspended:            false,
		mail.Resumed:              false,
		mail.UserLeft:             false,
		mail.RequestWithdrawn:     false,
		mail.ProfilesChanged:      false,
		mail.ProfilesRequested:    false,
		mail.ProfilesRefused:      false,
		mail.HandedOver:           false,
		mail.TookOver:             false,
		mail.Replaced:             false,
		mail.Contested:            false,
		mail.ContestedToSupport:   false,
		mail.Frozen:               false,
		mail.Released:             false,
		mail.Reminder:             false,
		mail.Escalation:           false,
		mail.Unattended:           false,
		mail.MailUndeliverable:    false,
	}

	for _, k := range mail.Kinds() {
		want, classified := security[k]
		assert.True(t, classified, "%s: security mail or notice?", k)
		assert.Equal(t, want, k.Security(), k)
	}

	assert.Len(t, security, len(mail.Kinds()))
	assert.True(t, mail.Kind("").Security(), "when in doubt, to the address that was proved")
}

func TestB2_EveryMailWithASecretIsASecurityMail(t *testing.T) {
	for _, k := range mail.Kinds() {
		assert.False(t, (k.NeedsLink() || k.NeedsCode()) && !k.Security(), k)
	}
}

func TestB2_AnUnconfirmedAddressLearnsNothingOfTheAccount(t *testing.T) {
	bare := mail.Content{Until: full().Until, Link: full().Link}

	for _, k := range []mail.Kind{mail.ContactToConfirm, mail.LoginToConfirm} {
		for _, lang := range languages {
			want, err := mail.Render(k, lang, bare)
			require.NoError(t, err)

			got, err := mail.Render(k, lang, full())
			require.NoError(t, err)
			assert.Equal(t, want, got, k)
		}
	}
}

func TestF2_AMailWithoutAnAddressIsForThoseWhomItsKindIsFor(t *testing.T) {
	audiences := map[mail.Kind]mail.Audience{
		mail.ActivationLink:       mail.OnePerson,
		mail.Approved:             mail.OnePerson,
		mail.AttachmentGranted:    mail.OnePerson,
		mail.Refused:              mail.OnePerson,
		mail.RequestToApprove:     mail.ToDeciders,
		mail.RequestsToApprove:    mail.OnePerson,
		mail.AddressUsed:          mail.OnePerson,
		mail.ClaimLapsed:          mail.OnePerson,
		mail.RequestLapsed:        mail.OnePerson,
		mail.Appointed:            mail.OnePerson,
		mail.ContactToConfirm:     mail.OnePerson,
		mail.ReactivationLink:     mail.OnePerson,
		mail.AccountDeactivated:   mail.OnePerson,
		mail.AccountReactivated:   mail.OnePerson,
		mail.AccountBlocked:       mail.OnePerson,
		mail.AccountUnblocked:     mail.OnePerson,
		mail.AccountClosed:        mail.OnePerson,
		mail.StructureActivated:   mail.ToDeciders,
		mail.StructureDeactivated: mail.ToDeciders,
		mail.IdentifierChanged:    mail.ToDeciders,
		mail.IdentifierTaken:      mail.ToAttached,
		mail.Invited:              mail.OnePerson,
		mail.Attached:             mail.OnePerson,
		mail.Detached:             mail.OnePerson,
		mail.Suspended:            mail.OnePerson,
		mail.Resumed:              mail.OnePerson,
		mail.UserLeft:             mail.ToDeciders,
		mail.RequestWithdrawn:     mail.ToDeciders,
		mail.ProfilesChanged:      mail.OnePerson,
		mail.ProfilesRequested:    mail.ToDeciders,
		mail.ProfilesRefused:      mail.OnePerson,
		mail.HandedOver:           mail.OnePerson,
		mail.TookOver:             mail.OnePerson,
		mail.Replaced:             mail.OnePerson,
		mail.ContestLink:          mail.OnePerson,
		mail.Contested:            mail.OnePerson,
		mail.ContestedToSupport:   mail.OnePerson,
		mail.Frozen:               mail.OnePerson,
		mail.Released:             mail.OnePerson,
		mail.Reminder:             mail.ToDeciders,
		mail.Escalation:           mail.OnePerson,
		mail.Unattended:           mail.OnePerson,
		mail.PasswordReset:        mail.OnePerson,
		mail.PasswordChanged:      mail.OnePerson,
		mail.QuestionChanged:      mail.OnePerson,
		mail.QuestionCleared:      mail.OnePerson,
		mail.LoginToConfirm:       mail.OnePerson,
		mail.LoginRequested:       mail.OnePerson,
		mail.LoginChanged:         mail.OnePerson,
		mail.FactorCode:           mail.OnePerson,
		mail.FactorAdded:          mail.OnePerson,
		mail.FactorRemoved:        mail.OnePerson,
		mail.RecoveryCodesChanged: mail.OnePerson,
		mail.RecoveryCodeUsed:     mail.OnePerson,
		mail.AccountLocked:        mail.OnePerson,
		mail.SecretsLocked:        mail.OnePerson,
		mail.ProofAwaited:         mail.OnePerson,
		mail.ProofRefused:         mail.OnePerson,
		mail.MailUndeliverable:    mail.OnePerson,
	}

	for _, k := range mail.Kinds() {
		want, known := audiences[k]
		assert.True(t, known, "%s: for whom?", k)
		assert.Equal(t, want, k.Audience(), k)
	}

	assert.Len(t, audiences, len(mail.Kinds()))
	assert.Equal(t, mail.OnePerson, mail.Kind("").Audience())
}

// A secret in a mail that is copied to several people would be nobody's.
func TestF2_AMailWithASecretIsForOnePerson(t *testing.T) {
	for _, k := range mail.Kinds() {
		assert.False(t, (k.NeedsLink() || k.NeedsCode()) && k.Audience() != mail.OnePerson, k)
	}
}

// The name is that of the structure to which the reader is attached, the identifier that of the other one.
func TestF2_AnIdentifierThatIsTakenDoesNotPassForThatOfTheReadersStructure(t *testing.T) {
	subject, text := render(t, mail.IdentifierTaken, language.English, full())
	assert.Equal(t, "Change of identifier refused: Ateliers Potier SAS", subject)
	assert.Contains(t, text, "\n    Structure: Ateliers Potier SAS\n\nThe identifier asked for is already that of another structure:\n\n    Identifier: SIRET 732 829 320 00074\n")

	c := full()
	c.Structure = ""

	subject, text = render(t, mail.IdentifierTaken, language.English, c)
	assert.Equal(t, "Change of identifier refused", subject)
	assert.Contains(t, text, "\n    (not given)\n")
}

func TestF2_AStructuresNewAndFormerIdentifierAreShown(t *testing.T) {
	_, text := render(t, mail.IdentifierChanged, language.French, full())
	assert.Contains(t, text, "\n    Identifiant\u00a0: SIRET 732 829 320 00074\n    Ancien identifiant\u00a0: SIRET 732 829 320 00066\n\n")
}

// A role that is the whole structure's names no service, nor does what is at structure level.
func TestF2_TheServiceIsNamedWhereAnAttachmentOrARequestIsMeant(t *testing.T) {
	named := []mail.Kind{
		mail.AttachmentGranted, mail.Refused, mail.RequestToApprove, mail.RequestLapsed,
		mail.Invited, mail.Attached, mail.Detached, mail.Suspended, mail.Resumed, mail.UserLeft, mail.RequestWithdrawn,
		mail.ProfilesChanged, mail.ProfilesRequested, mail.ProfilesRefused,
		mail.Reminder, mail.Escalation, mail.Unattended, mail.MailUndeliverable,
	}

	for _, k := range mail.Kinds() {
		_, text := render(t, k, language.English, full())
		assert.Equal(t, slices.Contains(named, k),
			strings.Contains(text, "\n    Identifier: SIRET 732 829 320 00074\n    Service: Facturation\n"), k)

		c := full()
		c.Service = " \n"

		_, text = render(t, k, language.English, c)
		assert.NotContains(t, text, "Service:", k)
	}
}

// Somebody who is told of a contest, or of its end, is not told whose it is.
func TestF2_OnlySupportLearnsWhoContests(t *testing.T) {
	for _, k := range []mail.Kind{mail.Contested, mail.Frozen, mail.Released, mail.ContestedToSupport} {
		for _, lang := range languages {
			_, text := render(t, k, lang, full())

			for _, who := range []string{full().Requester, full().Login} {
				assert.Equal(t, k == mail.ContestedToSupport, strings.Contains(text, who), "%s, %s", k, lang)
			}
		}
	}
}

func TestF2_ProfilesAreListedOneALine(t *testing.T) {
	c := full()
	c.Profiles = []string{"Factures\némises consultation", " \t", "    > Signature modification"}

	for _, k := range []mail.Kind{mail.ProfilesChanged, mail.ProfilesRequested, mail.ProfilesRefused} {
		_, text := render(t, k, language.French, c)
		assert.Contains(t, text, "\n\n    - Factures émises consultation\n    - > Signature modification\n\n", k)
	}

	c.Profiles = []string{""}
	_, text := render(t, mail.ProfilesChanged, language.French, c)
	assert.Contains(t, text, "\n\nVous n'y détenez plus aucun profil.\n\n")
}

func TestB14_TheOwnerOfAnAddressMayTakeOverDeclineOrDoNothing(t *testing.T) {
	for lang, words := range map[language.Tag][]string{
		language.French:  {"connectez-vous par le lien suivant, qui expire le 23 novembre 2026", "vous n'avez rien à faire", "décliner par le même lien"},
		language.English: {"sign in through this link, which expires on 23 November 2026", "you need not do anything", "decline it through the same link"},
	} {
		_, text := render(t, mail.AddressUsed, lang, full())

		for _, word := range words {
			assert.Contains(t, text, word)
		}
	}
}
