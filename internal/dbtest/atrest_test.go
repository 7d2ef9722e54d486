package dbtest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/internal/dbtest/scenarios"
	"github.com/guichet-pro/guichet/mail"
)

// The secrets of somebody's life with an account, in every form in which a file or a log could hold them.
type secretly struct {
	t     *testing.T
	names map[string]string // by the secret
}

func (s *secretly) keep(name, secret string) {
	s.t.Helper()
	require.NotEmpty(s.t, secret, name)

	s.names[secret] = name
}

// in returns the names of the secrets that some bytes hold.
func (s *secretly) in(raw []byte) []string {
	var out []string

	for secret, name := range s.names {
		quoted, err := json.Marshal(secret)
		require.NoError(s.t, err)

		for _, form := range []string{
			secret, string(bytes.Trim(quoted, `"`)), hex.EncodeToString([]byte(secret)),
			base64.RawStdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
		} {
			if bytes.Contains(raw, []byte(form)) {
				out = append(out, name)
			}
		}
	}

	return out
}

// TestG5_NoSecretIsInTheFileTheLogOrAnError plays the life of an account and looks for its secrets in SQLite's files, while its
// mails wait and once they are out, in the logs and in the errors.
func TestG5_NoSecretIsInTheFileTheLogOrAnError(t *testing.T) {
	t.Parallel()

	var (
		path = file(t)
		log  bytes.Buffer
		errs []error
		s    = &secretly{t: t, names: map[string]string{}}
	)

	rig := &rigs{begin: "BEGIN IMMEDIATE"}
	store := rig.open(t, &spy{dsn: dsn(path)})
	w := scenarios.NewWorld(t, store, func(o *guichet.Options) {
		o.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		o.Policy.SecondFactor = account.RequiredFactor
	})

	held := func() []string {
		files, err := filepath.Glob(path + "*")
		require.NoError(t, err)

		var out []string

		for _, name := range files {
			raw, err := os.ReadFile(name)
			require.NoError(t, err)

			out = append(out, s.in(raw)...)
		}

		return out
	}
	failed := func(_ any, err error) {
		require.Error(t, err)

		errs = append(errs, err)
	}
	token := func(m mail.Message) account.Token {
		link := w.Token(m)
		s.keep("the link of "+string(m.Kind), link.Reveal())

		return link
	}

	first, second, wrong := scenarios.Secrets().Password, "girafe meuble soleil trombone", "aucune de ces phrases ne va"
	s.keep("the password", first)
	s.keep("another password", second)
	s.keep("a wrong password", wrong)
	s.keep("the answer", scenarios.Secrets().Answer)
	s.keep("another answer", "Grisou le chat")

	alice := func(password string) guichet.SignIn {
		return guichet.SignIn{Login: scenarios.Login("alice"), Password: password}
	}

	w.Register("alice", scenarios.Siret(0))
	acc := w.Activate(token(w.One(w.Deliver(), "alice", mail.ActivationLink)))

	failed(w.Portal.SignIn(w.Ctx, alice(wrong)))

	in, err := w.Portal.SignIn(w.Ctx, alice(first))
	require.NoError(t, err)
	s.keep("a challenge", in.Challenge.Reveal())
	assert.Empty(t, held(), "while the code waits to be mailed")

	code := regexp.MustCompile(`(?m)^\s*(\d{6})\s*$`).FindStringSubmatch(w.One(w.Deliver(), "alice", mail.FactorCode).Text)
	require.NotNil(t, code)
	failed(w.Portal.SecondFactor(w.Ctx, in.Challenge, "x"))

	out, err := w.Portal.SecondFactor(w.Ctx, in.Challenge, code[1])
	require.NoError(t, err)
	assert.Equal(t, acc.ID, out.Account.ID)

	app, err := w.Portal.PrepareFactor(w.Ctx, acc.ID, first)
	require.NoError(t, err)
	s.keep("the app's secret", app.Reveal())

	_, codes, err := w.Portal.AddFactor(w.Ctx, acc.ID, app.Code(w.Clock))
	require.NoError(t, err)

	for _, c := range codes {
		s.keep("a recovery code", c.Reveal())
	}

	in, err = w.Portal.SignIn(w.Ctx, alice(first))
	require.NoError(t, err)
	failed(w.Portal.SecondFactor(w.Ctx, in.Challenge, "0000-0000-0000-0000-0000-0000"))

	_, err = w.Portal.SecondFactor(w.Ctx, in.Challenge, codes[0].Reveal())
	require.NoError(t, err)

	require.NoError(t, w.Portal.ForgotPassword(w.Ctx, scenarios.Login("alice")))
	reset := token(w.One(w.Deliver(), "alice", mail.PasswordReset))
	failed(w.Portal.ResetPassword(w.Ctx, reset, guichet.Reset{Answer: "Grisou le chat", Password: second}))

	_, err = w.Portal.ResetPassword(w.Ctx, reset, guichet.Reset{Answer: scenarios.Secrets().Answer, Password: second})
	require.NoError(t, err)
	failed(w.Portal.ChangePassword(w.Ctx, acc.ID, wrong, first))

	require.NoError(t, w.Portal.ChangeQuestion(w.Ctx, acc.ID, guichet.Chosen{Password: second, Question: "Le chat ?", Answer: "Grisou le chat"}))
	require.NoError(t, w.Portal.ChangeLogin(w.Ctx, acc.ID, second, scenarios.Login("alicia")))
	assert.Empty(t, held(), "while mails wait")

	_, err = w.Portal.ConfirmLogin(w.Ctx, token(w.One(w.Deliver(), "alicia", mail.LoginToConfirm)))
	require.NoError(t, err)
	w.Deliver()

	assert.Empty(t, held(), "when they are out")
	assert.Empty(t, s.in(log.Bytes()))
	assert.Empty(t, s.in(fmt.Appendf(nil, "%v %+v %#v", errors.Join(errs...), errs, errs)))

	// The search finds what is there: the question is kept as it was typed.
	s.keep("the question", "Le chat ?")
	assert.Contains(t, held(), "the question")
}
