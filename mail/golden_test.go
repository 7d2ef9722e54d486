package mail_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/mail"
)

var update = flag.Bool("update", false, "write the golden files of testdata instead of comparing with them")

// golden is a mail that is kept in testdata.
type golden struct {
	name    string
	kind    mail.Kind
	content mail.Content
}

// goldens are every kind with everything in it, and what reads otherwise without some of it.
func goldens() []golden {
	var cases []golden

	for _, k := range mail.Kinds() {
		c := full()
		if k == mail.AddressUsed {
			c.Link = "" // the variant below has one
		}

		cases = append(cases, golden{file(k), k, c})
	}

	variant := func(k mail.Kind, name string, change func(*mail.Content)) {
		c := full()
		change(&c)
		cases = append(cases, golden{file(k) + "." + name, k, c})
	}
	unnamed := func(c *mail.Content) { c.Recipient, c.Structure = "", "" }

	variant(mail.ActivationLink, "succeeded", func(c *mail.Content) { c.Succeeded = true })
	variant(mail.ActivationLink, "unnamed", func(c *mail.Content) { unnamed(c); c.Until = time.Time{} })
	variant(mail.AddressUsed, "link", func(*mail.Content) {})
	variant(mail.AddressUsed, "unnamed", func(c *mail.Content) { unnamed(c); c.Until = time.Time{} })
	variant(mail.Refused, "no-reason", func(c *mail.Content) { c.Reason = " \n" })
	variant(mail.RequestToApprove, "no-comment", func(c *mail.Content) { c.Comment = "" })
	variant(mail.RequestToApprove, "empty", func(c *mail.Content) { *c = mail.Content{} })

	variant(mail.ContactToConfirm, "unnamed", func(c *mail.Content) { unnamed(c); c.Until = time.Time{} })
	variant(mail.ReactivationLink, "unnamed", func(c *mail.Content) { unnamed(c); c.Until = time.Time{} })
	variant(mail.AccountBlocked, "no-reason", func(c *mail.Content) { c.Reason = "" })
	variant(mail.IdentifierChanged, "empty", func(c *mail.Content) { *c = mail.Content{} })
	variant(mail.IdentifierTaken, "unnamed", unnamed)
	variant(mail.IdentifierTaken, "empty", func(c *mail.Content) { *c = mail.Content{} })
	variant(mail.RecoveryCodeUsed, "last", func(c *mail.Content) { c.Left = 0 })
	variant(mail.RecoveryCodeUsed, "one-left", func(c *mail.Content) { c.Left = 1 })

	// At structure level, naming nobody, and without what is optional.
	bare := func(c *mail.Content) {
		*c = mail.Content{Structure: c.Structure, Identifier: c.Identifier, Link: c.Link, Code: c.Code}
	}
	for _, k := range []mail.Kind{
		mail.Invited, mail.UserLeft, mail.RequestWithdrawn,
		mail.ProfilesChanged, mail.ProfilesRequested, mail.ProfilesRefused, mail.HandedOver, mail.TookOver, mail.Replaced,
		mail.ContestLink, mail.Contested, mail.ContestedToSupport, mail.Reminder, mail.Escalation, mail.Unattended,
		mail.PasswordReset, mail.QuestionCleared, mail.FactorCode, mail.AccountLocked, mail.SecretsLocked,
		mail.MailUndeliverable, mail.ProofAwaited, mail.ProofRefused,
	} {
		variant(k, "bare", bare)
	}

	return cases
}

// Of a variant the HTML is kept only where it has other blocks: its words are those of the text in any case.
func TestF2_EveryKindReadsAsItsGoldenFile(t *testing.T) {
	require.NoError(t, os.MkdirAll("testdata", 0o750))

	known := map[string]bool{"fuzz": true}

	for _, c := range goldens() {
		for _, lang := range languages {
			parts, err := mail.Render(c.kind, lang, c.content)
			require.NoError(t, err, c.name)

			kept := map[string]string{".txt": "Subject: " + parts.Subject + "\n\n" + parts.Text}
			if c.name == file(c.kind) || slices.Contains([]string{"address-used.link", "request-to-approve.empty"}, c.name) {
				kept[".html"] = parts.HTML
			}

			for extension, got := range kept {
				name := c.name + "." + lang.String() + extension
				known[name] = true

				t.Run(name, func(t *testing.T) {
					path := filepath.Join("testdata", name)
					if *update {
						require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
					}

					want, err := os.ReadFile(path)
					require.NoError(t, err, "go test ./mail -update writes it")
					assert.Equal(t, strings.ReplaceAll(string(want), "\r\n", "\n"), got)
				})
			}
		}
	}

	entries, err := os.ReadDir("testdata")
	require.NoError(t, err)

	for _, entry := range entries {
		assert.True(t, known[entry.Name()], "%s is nobody's", entry.Name())
	}
}
