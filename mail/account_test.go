package mail_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/mail"
)

func TestF2_NeedsCode(t *testing.T) {
	for _, k := range mail.Kinds() {
		assert.Equal(t, k == mail.FactorCode, k.NeedsCode(), k)

		_, err := mail.Render(k, language.French, mail.Content{Link: full().Link})
		if k.NeedsCode() {
			assert.ErrorIs(t, err, mail.ErrCode, k)
		} else {
			assert.NoError(t, err, k)
		}
	}

	assert.False(t, mail.Kind("").NeedsCode())
}

func TestF2_TheCodeIsInOneMailOnlyAndNotInItsSubject(t *testing.T) {
	for _, k := range mail.Kinds() {
		for _, lang := range languages {
			c := full()
			c.Code = "0aZ9"

			parts, err := mail.Render(k, lang, c)
			require.NoError(t, err)
			assert.Equal(t, k == mail.FactorCode, strings.Contains(parts.Text, "\n\n    0aZ9\n\n"), k)
			assert.Equal(t, k == mail.FactorCode, strings.Contains(parts.HTML, ">0aZ9<"), k)
			assert.NotContains(t, parts.Subject, "0aZ9", k) // which is shown on a locked telephone
		}
	}
}

func TestG5_NeitherLinkNorCodeIsStored(t *testing.T) {
	stored, err := json.Marshal(full())
	require.NoError(t, err)
	assert.NotContains(t, string(stored), full().Code)
	assert.NotContains(t, string(stored), full().Link)
	assert.Contains(t, string(stored), `"left":7`)
}

// A mail about the account is to its holder, of whose mailbox somebody else may have hold: it names no other address.
func TestB13_NoMailAboutAnAccountShowsAnAddress(t *testing.T) {
	for _, k := range []mail.Kind{
		mail.PasswordReset, mail.PasswordChanged, mail.QuestionChanged, mail.QuestionCleared,
		mail.LoginToConfirm, mail.LoginRequested, mail.LoginChanged,
		mail.FactorCode, mail.FactorAdded, mail.FactorRemoved, mail.RecoveryCodesChanged, mail.RecoveryCodeUsed, mail.AccountLocked,
		mail.SecretsLocked,
	} {
		for _, lang := range languages {
			parts, err := mail.Render(k, lang, full())
			require.NoError(t, err)

			for _, value := range []string{full().Login, full().Requester, full().Structure, full().Identifier} {
				assert.NotContains(t, parts.Subject+parts.Text+parts.HTML, value, k)
			}
		}
	}
}

// What the reader can do who did not ask for it, with what the use cases of the portal do then.
func TestF2_AMailAboutAnAccountSaysWhatToDoIfItWasNotYou(t *testing.T) {
	for k, words := range map[mail.Kind][2]string{
		mail.PasswordReset:        {"ignorez ce courriel", "ignore this message"},
		mail.PasswordChanged:      {"prévenez l'assistance", "tell support"},
		mail.QuestionChanged:      {"définir de nouveau votre question", "set your question again"},
		mail.QuestionCleared:      {"définissez de nouveau votre question\u00a0: l'effacement est alors annulé", "set your question again: that cancels the clearing"},
		mail.LoginToConfirm:       {"ignorez ce courriel", "ignore this message"},
		mail.LoginRequested:       {"changez de mot de passe\u00a0: le changement d'adresse est alors annulé", "choose another password: that cancels the change"},
		mail.LoginChanged:         {"prévenez l'assistance", "tell support"},
		mail.FactorCode:           {"changez-en dès maintenant", "choose another one at once"},
		mail.FactorAdded:          {"changez de mot de passe", "choose another password"},
		mail.FactorRemoved:        {"changez de mot de passe", "choose another password"},
		mail.RecoveryCodesChanged: {"changez de mot de passe", "choose another password"},
		mail.RecoveryCodeUsed:     {"changez de mot de passe", "choose another password"},
		mail.AccountLocked:        {"rien n'a été ouvert", "nothing was opened"},
		mail.SecretsLocked:        {"changez de mot de passe", "choose another password"},
		mail.ProofAwaited:         {"ignorez ce courriel", "ignore this message"},
	} {
		for i, lang := range languages {
			_, text := render(t, k, lang, full())
			assert.Contains(t, text, words[i], k)
		}
	}
}

func TestB9_B10_TheMailSaysFromWhenOrUntilWhen(t *testing.T) {
	for k, words := range map[mail.Kind][2]string{
		mail.PasswordReset:   {"expire le", "expires on"},
		mail.QuestionCleared: {"Elle sera effacée le", "It will be cleared on"},
		mail.LoginToConfirm:  {"expire le", "expires on"},
		mail.FactorCode:      {"expire le", "expires on"},
		mail.AccountLocked:   {"verrouillée jusqu'au", "locked until"},
		mail.SecretsLocked:   {"refusée jusqu'au", "refused until"},
		mail.ProofAwaited:    {"jusqu'au", "until"},
	} {
		_, text := render(t, k, language.French, full())
		assert.Contains(t, text, words[0]+" 23 novembre 2026 à 14:05 (UTC)", k)

		_, text = render(t, k, language.English, full())
		assert.Contains(t, text, words[1]+" 23 November 2026 at 14:05 (UTC)", k)
	}
}

func TestF2_RecoveryCodesLeft(t *testing.T) {
	for left, words := range map[int][2]string{
		-1: {"Il ne vous reste aucun code", "You have no recovery code left."},
		0:  {"Il ne vous reste aucun code", "You have no recovery code left."},
		1:  {"Il vous reste un code", "You have one recovery code left."},
		2:  {"Il vous reste 2 codes", "You have 2 recovery codes left."},
	} {
		c := full()
		c.Left = left

		for i, lang := range languages {
			_, text := render(t, mail.RecoveryCodeUsed, lang, c)
			assert.Contains(t, text, words[i], left)
		}
	}
}
