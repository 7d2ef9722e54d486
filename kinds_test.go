package guichet_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// kindForm is a form for a structure of any kind.
func kindForm(name string, kind identifier.Kind, code string) account.Form {
	f := form(name, code)
	f.Kind = kind

	if kind == identifier.Individual {
		f.Structure.LegalName, f.Structure.FirstName, f.Structure.LastName = "", "Héloïse", "Ferdinand"
	}

	return f
}

func TestA1_AStructureOfEveryKindGetsItsManager(t *testing.T) {
	codes := map[identifier.Kind]string{
		identifier.SIRET: siret, identifier.European: "DE 136 695 976", identifier.NonEU: "USMICROSOFT CORPOR",
		identifier.RIDET: "122 531 001", identifier.Tahiti: "f95709-001",
		identifier.Individual: "1980193161ferdinandheloise1", identifier.Registering: "dossier 12",
	}
	require.Len(t, codes, len(identifier.Kinds()))

	for kind, code := range codes {
		t.Run(kind.String(), func(t *testing.T) {
			w := newWorld(t)

			first, err := w.portal.Register(w.ctx, kindForm("daniel", kind, code))
			require.NoError(t, err)
			assert.Equal(t, guichet.NextActivation, first.Next)

			daniel := w.activate(w.token(w.deliver()[0]))

			second, err := w.portal.Register(w.ctx, kindForm("eloise", kind, code))
			require.NoError(t, err)
			assert.Equal(t, guichet.NextApproval, second.Next)
			assert.Len(t, w.requests(daniel.ID), 1, "A10: one structure, however its code is typed")

			rows, err := w.portal.Habilitations(w.ctx, daniel.ID)
			require.NoError(t, err)
			assert.Equal(t, identifier.MustParse(kind, code), rows[0].Structure.Identity)
		})
	}
}

func TestB1_AnIndividualsDataAreTypedEitherWayAndEachSeesOnlyTheirOwn(t *testing.T) {
	const code = "1980193161FERDINANDHELOISE1"

	w := newWorld(t)
	_, err := w.portal.Register(w.ctx, kindForm("daniel", identifier.Individual, code))
	require.NoError(t, err)

	bare := kindForm("eloise", identifier.Individual, code)
	bare.Structure = structure.Form{}

	_, unknown := w.portal.Register(w.ctx, bare)
	w.activate(w.token(w.deliver()[0]))
	_, known := w.portal.Register(w.ctx, bare)
	require.Error(t, unknown)
	require.Error(t, known)
	assert.Equal(t, unknown.Error(), known.Error(), "the form does not tell whether the individual is known")

	own := kindForm("eloise", identifier.Individual, code)
	own.Structure.Town = "Lille"

	receipt, err := w.portal.Register(w.ctx, own)
	require.NoError(t, err)
	assert.Equal(t, "Lille", receipt.Structure.Data.Town)

	_, err = w.portal.FindStructure(w.ctx, identifier.MustParse(identifier.Individual, code))
	require.ErrorIs(t, err, guichet.ErrUnknownStructure, "C11: individuals are never found")
}

func TestA7_AnIndividualsCodeIsInNoReceiptMailJournalOrError(t *testing.T) {
	const code = "1980193161FERDINANDHELOISE1"

	w := newWorld(t)
	receipt, err := w.portal.Register(w.ctx, kindForm("daniel", identifier.Individual, code))
	require.NoError(t, err)
	assert.NotContains(t, receipt.Text(language.French), code)
	assert.NotContains(t, fmt.Sprintf("%v %+v %#v", receipt, receipt, receipt), code)

	sent := w.deliver()
	daniel := w.activate(w.token(sent[0]))
	_, err = w.portal.Register(w.ctx, kindForm("eloise", identifier.Individual, code))
	require.NoError(t, err)

	for _, m := range append(sent, w.deliver()...) {
		assert.NotContains(t, m.Subject+m.Text, code)
	}

	for _, row := range w.requests(daniel.ID) {
		page, err := w.portal.History(w.ctx, row.Structure.ID, storage.Window{})
		require.NoError(t, err)
		assert.NotContains(t, fmt.Sprintf("%+v", page.Rows), code)
		assert.NotContains(t, fmt.Sprintf("%+v", row), code)

		_, err = w.portal.Do(w.ctx, row.Structure.ID, attachment.Approve{By: account.By("x"), Account: row.Attachment.Account})
		require.Error(t, err)
		assert.NotContains(t, err.Error(), code)
	}

	_, err = w.portal.Register(w.ctx, kindForm("daniel", identifier.Individual, code+"\x01"))
	require.Error(t, err)
	assert.NotContains(t, err.Error(), code)
}

func TestA8_ACompanyBeingRegisteredThatGivesNoCodeGetsOne(t *testing.T) {
	w := newWorld(t)

	first, err := w.portal.Register(w.ctx, kindForm("daniel", identifier.Registering, " "))
	require.NoError(t, err)
	second, err := w.portal.Register(w.ctx, kindForm("eloise", identifier.Registering, ""))
	require.NoError(t, err)

	assert.NotEmpty(t, first.Structure.Identity.Code())
	assert.NotEqual(t, first.Structure.Identity, second.Structure.Identity)
	assert.Equal(t, guichet.NextActivation, second.Next)
}

func TestB1_MailsToThoseWhoAskDoNotShowAnIndividualsData(t *testing.T) {
	const code = "1980193161FERDINANDHELOISE1"

	w := newWorld(t)
	_, err := w.portal.Register(w.ctx, kindForm("daniel", identifier.Individual, code))
	require.NoError(t, err)

	daniel := w.activate(w.token(w.deliver()[0]))

	for _, name := range []string{"eloise", "felix"} {
		own := kindForm(name, identifier.Individual, code)
		own.Structure.FirstName, own.Structure.LastName = "Autre", "Nom"
		_, err := w.portal.Register(w.ctx, own)
		require.NoError(t, err)
	}

	toDecider := w.deliver()
	require.Len(t, toDecider, 2)
	assert.Contains(t, toDecider[0].Text, "Héloïse Ferdinand", "who is attached sees them")
	require.NoError(t, w.approve(daniel.ID, "eloise"))
	w.refuse(daniel.ID, "felix", "")

	sent := w.deliver()
	require.Len(t, sent, 2)

	for _, m := range sent {
		assert.NotContains(t, m.Subject+m.Text, "Ferdinand", m.Kind)
	}
}
