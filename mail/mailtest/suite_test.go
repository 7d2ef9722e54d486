package mailtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/mail/mailtest"
)

func TestF1_AMailerOverMailKeepsTheContract(t *testing.T) {
	mailtest.Run(t, func(*testing.T) mailtest.Fixture {
		o := newOffice()

		return o.over(rightly(o))
	})
}

// Nothing can be refused or stalled here, and there are no headers: what needs them is skipped.
func TestF1_RecorderKeepsTheContract(t *testing.T) {
	mailtest.Run(t, func(*testing.T) mailtest.Fixture {
		var r mailtest.Recorder

		return mailtest.Fixture{Mailer: &r, Received: func() ([]mailtest.Received, error) {
			var all []mailtest.Received
			for _, m := range r.All() {
				all = append(all, mailtest.Received{
					ID: m.ID, From: m.From, To: m.To, Subject: m.Subject, Text: m.Text, HTML: m.HTML,
				})
			}

			return all, nil
		}}
	})
}

// promise returns what the documentation of mail.Mailer promises, from its first sentence about Send on.
func promise(t *testing.T) string {
	t.Helper()

	file, err := parser.ParseFile(token.NewFileSet(), "../mailer.go", nil, parser.ParseComments)
	require.NoError(t, err)

	var doc string

	ast.Inspect(file, func(n ast.Node) bool {
		if decl, ok := n.(*ast.GenDecl); ok && strings.HasPrefix(decl.Doc.Text(), "Mailer ") {
			doc = decl.Doc.Text()
		}

		return true
	})

	_, promised, found := strings.Cut(strings.Join(strings.Fields(doc), " "), " whether rightly. ")
	require.True(t, found, doc)

	return promised
}

// The suite proves what is written, and all of it.
func TestF1_TheSuiteQuotesTheDocumentationOfMailer(t *testing.T) {
	left := promise(t)

	for name, sentence := range mailtest.Sentences() {
		assert.Contains(t, promise(t), sentence, name)
		left = strings.ReplaceAll(left, sentence, "")
	}

	assert.Empty(t, strings.TrimSpace(left), "no case proves it")
}

func TestF1_AFindingSaysWhatIsBrokenAndWhatItDoesToPeople(t *testing.T) {
	findings := mailtest.Check(t.Context(), func(string) mailtest.Fixture {
		o := newOffice()
		right := rightly(o)

		return o.over(changes(func(m *mail.Message) { m.Subject = "x" })(o, right, ""))
	})

	i := slices.IndexFunc(findings, func(f mailtest.Finding) bool { return f.Case == "F3_TheSubjectArrives" })
	require.GreaterOrEqual(t, i, 0)
	assert.Equal(t, strings.Join([]string{
		"F3_TheSubjectArrives: the mailer breaks the sentence",
		"\t“Subject, text and HTML arrive as they are, with the ID, in the sender's name, for the recipient and for nobody else.”",
		"Subjects with accents, of many lines' length, and that look as if they were encoded already. Read otherwise than written, they pass for spam.",
		`found: Subject: sent "Demande refusée\u00a0: L'Étoile du Nord", arrived "x"`,
	}, "\n"), findings[i].Err.Error())
}

func TestF1_WhatCannotBeReadIsAFinding(t *testing.T) {
	findings := mailtest.Check(t.Context(), func(string) mailtest.Fixture {
		o := newOffice()

		return o.over(rightly(o))
	})
	assert.Empty(t, findings)

	findings = mailtest.Check(t.Context(), func(string) mailtest.Fixture {
		o := newOffice()
		f := o.over(rightly(o))
		f.Received = func() ([]mailtest.Received, error) { return nil, errRefused }

		return f
	})
	require.NotEmpty(t, findings)

	for _, f := range findings {
		assert.ErrorIs(t, f.Err, errRefused)
	}
}
