package guichet_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/structure"
)

// countingStore counts what is read from a store.
type countingStore struct {
	storage.Store

	reads int
}

func (s *countingStore) Structure(ctx context.Context, id structure.ID) (structure.Structure, error) {
	s.reads++

	return s.Store.Structure(ctx, id)
}

func (s *countingStore) Registration(ctx context.Context, id account.ID) (account.Registration, error) {
	s.reads++

	return s.Store.Registration(ctx, id)
}

func (s *countingStore) Account(ctx context.Context, id account.ID) (account.Account, error) {
	s.reads++

	return s.Store.Account(ctx, id)
}

func (s *countingStore) Roster(ctx context.Context, q storage.RosterQuery) (storage.Slice, error) {
	s.reads++

	return s.Store.Roster(ctx, q)
}

func (s *countingStore) Memberships(ctx context.Context, id account.ID) (storage.Memberships, error) {
	s.reads++

	return s.Store.Memberships(ctx, id)
}

func (s *countingStore) Page(ctx context.Context, q storage.Query) (storage.Page, error) {
	s.reads++

	return s.Store.Page(ctx, q)
}

func newCountedWorld(t *testing.T) (*world, *countingStore) {
	t.Helper()

	store := &countingStore{Store: memory.New()}

	return newWorldOn(t, store, nil), store
}

// reads returns how many queries something takes.
func (s *countingStore) during(fn func()) int {
	before := s.reads
	fn()

	return s.reads - before
}

// user is somebody who registered and whom the decider approved.
func (w *world) user(decider account.ID, name string) account.Account {
	w.t.Helper()
	w.register(name)
	w.deliver()
	w.clock = w.clock.Add(time.Minute)
	require.NoError(w.t, w.approve(decider, name))
	w.clock = w.clock.Add(time.Minute)

	return w.activate(w.token(w.to(w.deliver(), name)))
}

// elsewhere is somebody who has an account, and nothing to do with the structure of the test.
func (w *world) elsewhere(name, code string) account.Account {
	w.t.Helper()

	_, err := w.portal.Register(w.ctx, form(name, code))
	require.NoError(w.t, err)

	return w.activate(w.token(w.to(w.deliver(), name)))
}

// other is a structure with nothing to do with the one of the test.
const other = "73282932000074"

func (w *world) do(c attachment.Command) {
	w.t.Helper()

	_, err := w.portal.Do(w.ctx, w.id(), c)
	require.NoError(w.t, err)
}

func (w *world) service(by account.ID, code string) structure.Code {
	w.t.Helper()

	s, err := w.portal.PutService(w.ctx, account.By(by), w.id(), structure.ServiceForm{Code: code, Label: "Service " + code})
	require.NoError(w.t, err)

	return s.Code
}

func (w *world) myRequests(id account.ID) []guichet.RequestLine {
	w.t.Helper()

	page, err := w.portal.Requests(w.ctx, id, storage.Window{})
	require.NoError(w.t, err)

	return page.Rows
}

// invoices is a profile that users start with.
var invoices = habilitation.Profile{Application: "factures-emises", Level: habilitation.Modification}

func TestE7_MyAttachmentsSayWhereAtWhichLevelAndInWhatRole(t *testing.T) {
	w, store := newCountedWorld(t)
	daniel := w.manager("daniel")
	aline := w.elsewhere("aline", other)
	w.service(daniel.ID, "rh")
	w.service(daniel.ID, "compta")

	for _, code := range []structure.Code{"rh", "compta"} {
		w.do(attachment.Request{By: account.By(aline.ID), Service: code, Comment: "Bonjour"})
		w.do(attachment.Approve{By: account.By(daniel.ID), Account: aline.ID, Service: code})
	}

	attached := w.clock
	w.clock = w.clock.Add(time.Hour)
	w.do(attachment.Suspend{By: account.By(daniel.ID), Account: aline.ID, Service: "rh"})

	var lines []guichet.AttachmentLine

	assert.Equal(t, 1, store.during(func() {
		var err error
		lines, err = w.portal.Attachments(w.ctx, aline.ID)
		require.NoError(t, err)
	}))
	require.Len(t, lines, 3)

	assert.Equal(t, "Société de aline", lines[0].Place.Summary.Data.LegalName, "by name")
	assert.Empty(t, lines[0].Service.Code)
	assert.True(t, lines[0].MainManager)
	lines = lines[1:]

	assert.Equal(t, "Société de daniel", lines[0].Place.Summary.Data.LegalName)
	assert.Equal(t, "356 000 000 09075", lines[0].Place.Identifier)
	assert.Equal(t, structure.Service{Structure: w.id(), Code: "compta", Version: 1, Label: "Service compta"}, lines[0].Service)
	assert.False(t, lines[0].Suspended)
	assert.False(t, lines[0].MainManager)
	assert.Equal(t, attached, lines[0].Since)

	assert.Equal(t, structure.Code("rh"), lines[1].Service.Code)
	assert.True(t, lines[1].Suspended)
	assert.Equal(t, w.clock, lines[1].Since)

	lines, err := w.portal.Attachments(w.ctx, "nobody")
	require.NoError(t, err)
	assert.Empty(t, lines)
}

// nir is an individual's, of the shape of the guide's sample.
const nir = "1980193161FERDINANDHELOISE1"

// individual is the structure of an individual with its manager and somebody attached.
func individual(t *testing.T) (w *world, id structure.ID, manager, user account.Account) {
	t.Helper()
	w = newWorld(t)

	_, err := w.portal.Register(w.ctx, kindForm("daniel", identifier.Individual, nir))
	require.NoError(t, err)

	manager = w.activate(w.token(w.to(w.deliver(), "daniel")))
	user = w.elsewhere("eloise", other)

	s, err := w.store.StructureByIdentity(w.ctx, identifier.MustParse(identifier.Individual, nir))
	require.NoError(t, err)

	w.clock = w.clock.Add(time.Minute)
	_, err = w.portal.Do(w.ctx, s.ID, attachment.Request{By: account.By(user.ID), Comment: "Bonjour"})
	require.NoError(t, err)

	return w, s.ID, manager, user
}

// encoded is a value as an application would send it: encoders show what fmt masks.
func encoded(t *testing.T, v any) string {
	t.Helper()

	text, err := json.Marshal(v)
	require.NoError(t, err)

	return string(text)
}

// holdsCode tells whether the encoded value shows the individual's code or name.
func holdsCode(t *testing.T, v any) bool {
	t.Helper()

	text := encoded(t, v)

	return strings.Contains(text, nir) || strings.Contains(text, "Ferdinand")
}

func TestA7_AnIndividualsCodeIsWholeForWhoeverIsAttachedAndMaskedForOthers(t *testing.T) {
	w, id, daniel, eloise := individual(t)

	mine := func() any {
		attachments, err := w.portal.Attachments(w.ctx, eloise.ID)
		require.NoError(t, err)
		requests := w.myRequests(eloise.ID)
		require.Len(t, requests, 1)
		assert.Equal(t, identifier.Individual, requests[0].Place.Kind)

		return []any{attachments, requests}
	}

	assert.False(t, holdsCode(t, mine()), "only asked for")
	assert.Equal(t, "***", w.myRequests(eloise.ID)[0].Place.Identifier)

	_, err := w.portal.Do(w.ctx, id, attachment.Approve{By: account.By(daniel.ID), Account: eloise.ID})
	require.NoError(t, err)
	assert.True(t, holdsCode(t, mine()))
	assert.Equal(t, nir, w.myRequests(eloise.ID)[0].Place.Identifier)

	_, err = w.portal.Do(w.ctx, id, attachment.Suspend{By: account.By(daniel.ID), Account: eloise.ID})
	require.NoError(t, err)
	assert.False(t, holdsCode(t, mine()), "D8: suspended")

	_, err = w.portal.Do(w.ctx, id, attachment.Resume{By: account.By(daniel.ID), Account: eloise.ID})
	require.NoError(t, err)
	assert.True(t, holdsCode(t, mine()))

	_, err = w.portal.Block(w.ctx, account.Support("Anne"), eloise.ID, "")
	require.NoError(t, err)
	assert.False(t, holdsCode(t, mine()), "the account is not active")
}

func TestG4_ANonDiffusibleAddressIsForWhoeverIsAttached(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	eloise := w.elsewhere("eloise", other)

	hidden := form("daniel", siret).Structure
	hidden.NonDiffusible = true
	_, err := w.portal.ChangeStructure(w.ctx, account.By(daniel.ID), w.id(), hidden)
	require.NoError(t, err)

	w.do(attachment.Request{By: account.By(eloise.ID), Comment: "Bonjour"})
	w.clock = w.clock.Add(time.Minute)

	line := w.myRequests(eloise.ID)[0]
	assert.Equal(t, "Société de daniel", line.Place.Summary.Data.LegalName)
	assert.Empty(t, line.Place.Summary.Data.Address)

	w.do(attachment.Approve{By: account.By(daniel.ID), Account: eloise.ID})
	assert.NotEmpty(t, w.myRequests(eloise.ID)[0].Place.Summary.Data.Address)
}

func TestD4_MyRequestsSayWhatBecameOfEachAndWhyButNotByWhom(t *testing.T) {
	w, store := newCountedWorld(t)
	daniel := w.manager("daniel")
	eloise := w.elsewhere("eloise", other)

	for _, code := range []string{"a", "b", "c", "d"} {
		w.service(daniel.ID, code)
	}

	asked := w.clock
	_, err := w.portal.Do(w.ctx, w.id(), attachment.Request{
		By: account.By(eloise.ID), Service: "a", More: []structure.Code{"b", "c", "d"}, Comment: "Bonjour",
	})
	require.NoError(t, err)

	w.clock = w.clock.Add(time.Hour)
	w.do(attachment.Approve{By: account.By(daniel.ID), Account: eloise.ID, Service: "a"})
	w.do(attachment.Refuse{By: account.By(daniel.ID), Account: eloise.ID, Service: "b", Reason: "inconnue"})
	w.do(attachment.Withdraw{By: account.By(eloise.ID), Service: "c"})

	var lines []guichet.RequestLine

	assert.Equal(t, 3, store.during(func() { lines = w.myRequests(eloise.ID) }))
	require.Len(t, lines, 4, "her own structure she asked nobody for")

	for i, line := range lines {
		assert.Equal(t, []structure.Code{"a", "b", "c", "d"}[i], line.Service)
		assert.Equal(t, "Bonjour", line.Comment)
		assert.Equal(t, asked, line.RequestedAt)
		assert.Equal(t, lines[0].Order, line.Order, "made together")
		assert.False(t, line.Wish)
	}

	assert.Equal(t, attachment.Approved, lines[0].State)
	assert.Equal(t, w.clock, lines[0].DecidedAt)
	assert.Equal(t, attachment.Refused, lines[1].State)
	assert.Equal(t, w.clock, lines[1].DecidedAt)
	assert.Equal(t, "inconnue", lines[1].Reason)
	assert.Equal(t, attachment.Withdrawn, lines[2].State)
	assert.Equal(t, w.clock, lines[2].EndedAt)
	assert.Zero(t, lines[2].DecidedAt)
	assert.Equal(t, attachment.Requested, lines[3].State)
	assert.Zero(t, lines[3].DecidedAt)

	assert.NotContains(t, encoded(t, lines), string(daniel.ID), "D5: who decided is for deciders")

	// Whoever asks again after a refusal waits, and is not shown the earlier decision with the new request.
	w.clock = w.clock.Add(time.Hour)
	w.do(attachment.Request{By: account.By(eloise.ID), Service: "b", Comment: "Encore"})

	again := w.myRequests(eloise.ID)[1]
	assert.Equal(t, attachment.Requested, again.State)
	assert.Equal(t, "Encore", again.Comment)
	assert.Zero(t, again.DecidedAt)
	assert.Empty(t, again.Reason)
	assert.NotEqual(t, lines[1].Order, again.Order)
}

func TestD4_WhatARegistrationAskedForIsARequestWhenTheClockStandsStillToo(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	w.register("eloise")

	row := w.requests(daniel.ID)["eloise@exemple.fr"]
	lines := w.myRequests(row.Attachment.Account)
	require.Len(t, lines, 1)
	assert.Equal(t, attachment.Requested, lines[0].State)

	require.NoError(t, w.approve(daniel.ID, "eloise"))
	eloise := w.activate(w.token(w.to(w.deliver(), "eloise")))

	lines = w.myRequests(eloise.ID)
	require.Len(t, lines, 1)
	assert.Equal(t, attachment.Approved, lines[0].State)
	assert.Equal(t, w.clock, lines[0].DecidedAt)

	w.do(attachment.Leave{By: account.By(eloise.ID)})
	assert.Equal(t, attachment.Approved, w.myRequests(eloise.ID)[0].State, "the request was approved, whatever came after")
	assert.Empty(t, w.myRequests(daniel.ID), "the first comer asked nobody")
}

func TestD7_WhatNobodyAskedForIsNoRequest(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	eloise := w.elsewhere("eloise", other)
	felix := w.elsewhere("felix", "55208131766522")

	w.clock = w.clock.Add(time.Minute)
	w.do(attachment.Attach{By: account.By(daniel.ID), Account: eloise.ID})
	require.NoError(t, w.portal.Invite(w.ctx, guichet.Inviting{
		By: account.By(daniel.ID), Structure: w.id(), Login: "felix@exemple.fr",
	}))
	assert.Empty(t, w.myRequests(eloise.ID))
	assert.Empty(t, w.myRequests(felix.ID))

	w.clock = w.clock.Add(time.Minute)
	w.do(attachment.Detach{By: account.By(daniel.ID), Account: eloise.ID})
	assert.Empty(t, w.myRequests(eloise.ID))

	// A registration that came of an invitation asked for nothing either.
	w.invite(daniel.ID, "gaston")

	invited := secrets()
	invited.Person, invited.AcceptsTerms = account.PersonForm{FirstName: "Gaston", LastName: "Gros"}, true
	gaston, err := w.portal.Activate(w.ctx, w.token(w.to(w.deliver(), "gaston")), invited)
	require.NoError(t, err)
	assert.Empty(t, w.myRequests(gaston.ID))
}

func TestD12_WhatIsConfirmedInAReviewIsNoRequestIfItWasNone(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	felix := w.elsewhere("felix", other)
	gustave := w.elsewhere("gustave", "55208131766522")

	w.do(attachment.Attach{By: account.By(daniel.ID), Account: felix.ID})
	w.do(attachment.Request{By: account.By(gustave.ID), Comment: "Bonjour"})
	w.do(attachment.ContestStanding{By: account.By(gustave.ID), Reason: "C'est ma société"})
	assert.Equal(t, w.clock, w.myRequests(gustave.ID)[0].Contested)

	w.clock = w.clock.Add(time.Hour)
	w.do(attachment.Appoint{By: account.Support("Anne"), Account: gustave.ID})
	w.do(attachment.Confirm{By: account.By(gustave.ID), Account: felix.ID})
	assert.Empty(t, w.myRequests(felix.ID))

	mine := w.myRequests(gustave.ID)
	require.Len(t, mine, 1)
	assert.Equal(t, attachment.Approved, mine[0].State)
	assert.Zero(t, mine[0].DecidedAt, "nobody decided on it")
}

func TestD5_ARefusalStaysOneWhateverItsAuthorBecomes(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	gustave := w.elsewhere("gustave", other)

	appointed := func(again bool) guichet.RequestLine {
		t.Helper()

		if again {
			w.clock = w.clock.Add(time.Hour)
			w.do(attachment.Request{By: account.By(gustave.ID), Comment: "Encore"})
		}

		w.clock = w.clock.Add(time.Hour)
		w.do(attachment.Appoint{By: account.Support("Anne"), Account: gustave.ID, Unreachable: true})

		lines := w.myRequests(gustave.ID)
		require.Len(t, lines, 1)

		return lines[0]
	}
	refuse := func() time.Time {
		t.Helper()
		w.do(attachment.Request{By: account.By(gustave.ID), Comment: "Bonjour"})
		w.clock = w.clock.Add(time.Hour)
		w.do(attachment.Refuse{By: account.By(daniel.ID), Account: gustave.ID, Reason: "inconnu"})

		return w.clock
	}

	refused := refuse()
	line := appointed(false)
	assert.Equal(t, attachment.Refused, line.State)
	assert.Equal(t, refused, line.DecidedAt)
	assert.Equal(t, "inconnu", line.Reason)

	// Another request, which nobody decided on.
	w.do(attachment.HandOver{By: account.By(gustave.ID), To: daniel.ID})
	w.do(attachment.Leave{By: account.By(gustave.ID)})
	refuse()

	line = appointed(true)
	assert.Equal(t, attachment.Approved, line.State)
	assert.Zero(t, line.DecidedAt)
	assert.Empty(t, line.Reason)
	assert.Equal(t, "Encore", line.Comment)
}

func TestE5_MyRequestsHoldWishesForProfiles(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	eloise := w.user(daniel.ID, "eloise")
	manage := []habilitation.Profile{habilitation.Manage}

	wish := func() guichet.RequestLine {
		t.Helper()

		lines := w.myRequests(eloise.ID)
		require.Len(t, lines, 2)
		require.True(t, lines[1].Wish)

		return lines[1]
	}
	ask := func() {
		t.Helper()
		w.clock = w.clock.Add(time.Hour)
		w.do(attachment.RequestProfiles{By: account.By(eloise.ID), Profiles: manage, Comment: "Je remplace Daniel"})
	}

	assert.Len(t, w.myRequests(eloise.ID), 1)
	ask()
	assert.Equal(t, attachment.Requested, wish().State)
	assert.Equal(t, manage, wish().Profiles)
	assert.Equal(t, "Je remplace Daniel", wish().Comment)
	assert.Equal(t, w.clock, wish().RequestedAt)

	w.do(attachment.Withdraw{By: account.By(eloise.ID), Wish: true})
	assert.Equal(t, attachment.Withdrawn, wish().State)

	ask()
	w.do(attachment.Refuse{By: account.By(daniel.ID), Account: eloise.ID, Wish: true, Reason: "non"})
	assert.Equal(t, attachment.Refused, wish().State)
	assert.Equal(t, "non", wish().Reason)
	assert.Equal(t, w.clock, wish().DecidedAt)

	ask()
	assert.Equal(t, attachment.Requested, wish().State)
	assert.Zero(t, wish().DecidedAt)

	w.clock = w.clock.Add(time.Hour)
	w.do(attachment.Approve{By: account.By(daniel.ID), Account: eloise.ID, Wish: true})
	assert.Equal(t, attachment.Approved, wish().State)
	assert.Equal(t, manage, wish().Profiles)
	assert.Equal(t, w.clock, wish().DecidedAt)
}

func TestMyRequestsArePagedWithoutGaps(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	eloise := w.elsewhere("eloise", other)

	var codes []structure.Code
	for _, code := range []string{"a", "b", "c"} {
		codes = append(codes, w.service(daniel.ID, code))
	}

	w.do(attachment.Request{By: account.By(eloise.ID), Service: "a", More: codes[1:], Comment: "Bonjour"})

	var seen []structure.Code

	for window := (storage.Window{Limit: 1, Counted: true}); ; {
		page, err := w.portal.Requests(w.ctx, eloise.ID, window)
		require.NoError(t, err)
		assert.Zero(t, page.Count)

		for _, line := range page.Rows {
			seen = append(seen, line.Service)
		}

		if window.After = page.Next; page.Next == "" {
			break
		}
	}

	assert.Equal(t, codes, seen)

	_, err := w.portal.Requests(w.ctx, eloise.ID, storage.Window{After: "x"})
	require.ErrorIs(t, err, guichet.ErrPage)
}

func TestE7_MyHabilitationsArePagedAndExported(t *testing.T) {
	w, store := newCountedWorld(t)
	daniel := w.manager("daniel")

	var page habilitation.Page

	assert.Equal(t, 1, store.during(func() {
		var err error
		page, err = w.portal.ListHabilitations(w.ctx, daniel.ID, habilitation.Listing{Limit: 3}, language.French)
		require.NoError(t, err)
	}))
	assert.Len(t, page.Rows, 3)
	assert.Equal(t, "Résultats 0 - 3 sur 8", page.Text(language.French))

	next, err := w.portal.ListHabilitations(w.ctx, daniel.ID, habilitation.Listing{After: page.Next}, language.French)
	require.NoError(t, err)
	assert.Equal(t, "Résultats 3 - 8 sur 8", next.Text(language.French))
	assert.Empty(t, next.Next)

	found, err := w.portal.ListHabilitations(w.ctx, daniel.ID, habilitation.Listing{Search: "travaux"}, language.French)
	require.NoError(t, err)
	assert.Equal(t, 2, found.Total)

	_, err = w.portal.ListHabilitations(w.ctx, daniel.ID, habilitation.Listing{After: "x"}, language.French)
	require.ErrorIs(t, err, guichet.ErrPage)

	var fault *guichet.Error

	require.ErrorAs(t, err, &fault)
	assert.Equal(t, "portal.page", fault.Code())

	var file bytes.Buffer

	assert.Equal(t, 1, store.during(func() {
		require.NoError(t, w.portal.ExportHabilitations(w.ctx, daniel.ID, &file, language.French))
	}))

	lines, err := csv.NewReader(&file).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, 9)
	assert.Equal(t, []string{"Structure", "Raison Sociale", "Code service", "Libellé service", "Profils"}, lines[0])
	assert.Equal(t, []string{siret, "Société de daniel", "", "", "Factures à valider consultation"}, lines[1])
}

// slowStore answers late, or not at all.
type slowStore struct {
	storage.Store

	wait func()
	err  error
}

func (s *slowStore) Memberships(ctx context.Context, id account.ID) (storage.Memberships, error) {
	if s.err != nil {
		return storage.Memberships{}, s.err
	}

	out, err := s.Store.Memberships(ctx, id)
	s.wait()

	return out, err
}
