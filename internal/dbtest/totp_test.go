package dbtest

import (
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/account/credential"
)

// The codes of authenticator apps in package credential, and in the library that is known best for them: the same codes, the
// same ones accepted, and an address that it reads as it was meant.
func TestB10_CodesAgreeWithAnotherLibrary(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		secret, err := credential.NewTOTP(rapid.SliceOfN(rapid.Byte(), credential.TOTPSize, credential.TOTPSize).Draw(t, "secret"))
		require.NoError(t, err)

		at := time.Unix(rapid.Int64Range(60, 1<<40).Draw(t, "at"), 0).UTC()
		options := totp.ValidateOpts{Period: 30, Skew: 1, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

		for range 20 {
			shown := at.Add(time.Duration(rapid.IntRange(-100, 100).Draw(t, "off")) * time.Second)
			if shown.Unix() < 0 {
				continue
			}

			theirs, err := totp.GenerateCodeCustom(secret.Reveal(), shown, options)
			require.NoError(t, err)
			require.Equal(t, theirs, secret.Code(shown))

			accepted, err := totp.ValidateCustom(theirs, secret.Reveal(), at, options)
			require.NoError(t, err)

			_, ok := secret.Check(theirs, at, 0)
			require.Equal(t, accepted && at.Unix() >= 60, ok, "%s at %s", theirs, at)
		}

		issuer := rapid.StringMatching(`[A-Za-zé&+%?# ]{0,20}[A-Za-z]`).Draw(t, "issuer")
		login := rapid.StringMatching(`[a-z.+]{1,20}@[a-z.-]{1,20}`).Draw(t, "login")
		key, err := otp.NewKeyFromURL(secret.URI(issuer, login))
		require.NoError(t, err)
		require.Equal(t, secret.Reveal(), key.Secret())
		require.Equal(t, login, key.AccountName())
		require.Equal(t, uint64(30), key.Period())
		require.Equal(t, otp.DigitsSix, key.Digits())
		require.Equal(t, otp.AlgorithmSHA1, key.Algorithm())
	})
}
