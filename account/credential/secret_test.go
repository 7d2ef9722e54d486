package credential_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account/credential"
)

func TestG5_SecretsDoNotPrint(t *testing.T) {
	mailed, err := credential.NewMailCode(draws(424_242, 0))
	require.NoError(t, err)
	recovery := recoveryCodes(t, 4)[0]
	factor := totp(t)

	type inside struct {
		Exported any
		hidden   any
	}
	for name, secret := range map[string]any{
		"TOTP": factor, "recovery": recovery, "mail": mailed, "pointer": &factor, "codes": []credential.RecoveryCode{recovery},
		"exported": inside{Exported: factor}, "hidden": inside{hidden: mailed},
		"typed": struct {
			a credential.TOTPSecret
			b credential.RecoveryCode
			c credential.MailCode
		}{factor, recovery, mailed},
	} {
		t.Run(name, func(t *testing.T) {
			var said strings.Builder
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%b", "%t", "%T"} {
				fmt.Fprintf(&said, verb+"\n", secret)
			}
			var log bytes.Buffer
			slog.New(slog.NewTextHandler(&log, nil)).Info("text", "secret", secret)
			slog.New(slog.NewJSONHandler(&log, nil)).Info("json", "secret", secret)
			encoded, err := json.Marshal(secret)
			require.NoError(t, err)
			said.WriteString(log.String() + string(encoded))

			for _, open := range []string{factor.Reveal(), recovery.Reveal(), mailed.Reveal(), "12345678901234567890"} {
				for _, form := range []string{open, hex.EncodeToString([]byte(open)), base64.StdEncoding.EncodeToString([]byte(open))} {
					assert.NotContains(t, said.String(), form)
				}
			}
		})
	}
	assert.Equal(t, "credential(redacted)", fmt.Sprintf("%d", factor))
	assert.Equal(t, "credential(redacted)", factor.LogValue().String())
	text, err := json.Marshal(recovery)
	require.NoError(t, err)
	assert.JSONEq(t, `"credential(redacted)"`, string(text))
}

// The strength of a password holds nothing of it.
func TestG5_AStrengthHoldsNothingOfThePassword(t *testing.T) {
	said := fmt.Sprintf("%#v", credential.Estimate("Motdepasse1!", "daniel@example.fr"))
	assert.NotContains(t, said, "otdepasse")
	assert.NotContains(t, said, "daniel")
}
