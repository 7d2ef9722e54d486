package guichet_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/structure"
)

const nirCode = "1980193161FERDINANDHELOISE1"

// heloise is an individual.
func heloise() identifier.ID { return identifier.MustParse(identifier.Individual, nirCode) }

// in returns an identifier in another country.
func in(t *testing.T, id identifier.ID, country string) identifier.ID {
	t.Helper()

	id, err := id.In(country)
	require.NoError(t, err)

	return id
}

// newSealedWorld is a portal whose sealer has some keys, and the store below.
func newSealedWorld(t *testing.T, ids ...string) (*world, *memory.Store) {
	t.Helper()

	raw := memory.New()
	w := newWorldOn(t, raw, func(o *guichet.Options) { o.Sealer = sealer(t, ids...) })
	w.store = guichet.Sealed(raw, sealer(t, ids...), nil)

	return w, raw
}

// rekey returns another portal on a store, whose sealer has other keys; none: it has no sealer.
func rekey(t *testing.T, raw storage.Store, ids ...string) *world {
	t.Helper()

	w := newWorldOn(t, raw, func(o *guichet.Options) {
		o.NewID = newIDs()
		if len(ids) > 0 {
			o.Sealer = sealer(t, ids...)
		}
	})
	if len(ids) > 0 {
		w.store = guichet.Sealed(raw, sealer(t, ids...), nil)
	}

	return w
}

var idCount atomic.Int64

// newIDs makes ids that several portals of one test may use.
func newIDs() func() string {
	return func() string { return fmt.Sprintf("id%024d", idCount.Add(1)) }
}

// individual registers and activates somebody who is the structure.
func (w *world) individual(name, code string) account.Account {
	w.t.Helper()

	_, err := w.portal.Register(w.ctx, kindForm(name, identifier.Individual, code))
	require.NoError(w.t, err)

	return w.activate(w.token(w.to(w.deliver(), name)))
}

// individuals returns the individuals as a store returns them.
func individuals(t *testing.T, s storage.Reader) []structure.Structure {
	t.Helper()

	page, err := storage.List(t.Context(), s, storage.Individuals{})
	require.NoError(t, err)

	return page.Rows
}

// apply writes a batch.
func apply(t *testing.T, s storage.Store, b storage.Batch) error {
	t.Helper()

	return s.Update(t.Context(), func(context.Context, storage.Reader) (storage.Batch, error) { return b, nil })
}

// put writes a structure.
func put(t *testing.T, s storage.Store, row structure.Structure) structure.Structure {
	t.Helper()
	require.NoError(t, apply(t, s, storage.Batch{Structures: []structure.Structure{row}}))
	row.Version++

	return row
}

// plain is a new structure of an individual.
func plain(id structure.ID, identity identifier.ID) structure.Structure {
	return structure.New(id, identity, time.Date(2026, time.November, 23, 9, 0, 0, 0, time.UTC))
}

// dump collects every text and every run of bytes that can be reached from a value, whether or not it is exported.
func dump(v any) string {
	d := dumper{seen: map[any]bool{}}
	d.value(reflect.ValueOf(v))

	return d.out.String()
}

type dumper struct {
	out  strings.Builder
	seen map[any]bool
}

func (d *dumper) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		d.out.WriteString(v.String() + "\n")
	case reflect.Pointer:
		key := [2]any{v.Type(), v.Pointer()}
		if v.IsNil() || d.seen[key] {
			return
		}

		d.seen[key] = true
		d.value(v.Elem())
	case reflect.Interface:
		d.value(v.Elem())
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			for i := range v.Len() {
				d.out.WriteByte(byte(v.Index(i).Uint()))
			}

			d.out.WriteByte('\n')

			return
		}

		for i := range v.Len() {
			d.value(v.Index(i))
		}
	case reflect.Map:
		for iter := v.MapRange(); iter.Next(); {
			d.value(iter.Key())
			d.value(iter.Value())
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			d.value(field)
		}
	default:
	}
}

// tells says whether a store holds the code, or what of it says who it is.
func tells(s *memory.Store) bool {
	held := strings.ToUpper(dump(s))

	return strings.Contains(held, nirCode) || strings.Contains(held, nirCode[:10])
}

func TestG1_TheStoreHoldsNothingOfTheCode(t *testing.T) {
	bare := newWorld(t)
	bare.individual("heloise", nirCode)
	require.True(t, tells(bare.store.(*memory.Store)), "without a sealer it does, and this test sees it")

	w, raw := newSealedWorld(t, "a")
	step := func(what string) {
		t.Helper()
		assert.False(t, tells(raw), what)
	}

	_, err := w.portal.Register(w.ctx, kindForm("heloise", identifier.Individual, strings.ToLower(nirCode)))
	require.NoError(t, err)
	step("a registration")

	acc := w.activate(w.token(w.to(w.deliver(), "heloise")))
	step("an activation")

	_, err = w.portal.Register(w.ctx, kindForm("daniel", identifier.Individual, nirCode))
	require.NoError(t, err)
	w.deliver()
	step("a request")

	rows := w.requests(acc.ID)
	require.Len(t, rows, 1)

	for _, row := range rows {
		assert.Equal(t, heloise(), row.Structure.Identity)
		_, err := w.portal.Do(w.ctx, row.Structure.ID, attachment.Approve{By: account.By(acc.ID), Account: row.Attachment.Account})
		require.NoError(t, err)
	}

	w.activate(w.token(w.to(w.deliver(), "daniel")))
	step("an approval")

	habilitations, err := w.portal.Habilitations(w.ctx, acc.ID)
	require.NoError(t, err)
	assert.Equal(t, heloise(), habilitations[0].Structure.Identity, "A7: whole for whoever is attached")

	_, err = w.portal.ChangeIdentifier(w.ctx, account.Support("Léa"), individuals(t, raw)[0].ID,
		identifier.MustParse(identifier.Individual, nirCode+"2"))
	require.NoError(t, err)
	w.deliver()
	step("a change of the code")

	stored := individuals(t, raw)
	require.Len(t, stored, 2)
	assert.NotEqual(t, stored[0].Identity, stored[1].Identity)

	for _, s := range stored {
		assert.NotEmpty(t, s.Sealed)
	}
}

// structuresIn calls fn with every structure in a value.
func structuresIn(v reflect.Value, fn func(structure.Structure)) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if !v.IsNil() {
			structuresIn(v.Elem(), fn)
		}
	case reflect.Slice:
		for i := range v.Len() {
			structuresIn(v.Index(i), fn)
		}
	case reflect.Map:
		for iter := v.MapRange(); iter.Next(); {
			structuresIn(iter.Value(), fn)
		}
	case reflect.Struct:
		if s, ok := reflect.TypeAssert[structure.Structure](v); ok {
			fn(s)

			return
		}

		for field, value := range v.Fields() {
			if field.IsExported() {
				structuresIn(value, fn)
			}
		}
	default:
	}
}

// plant returns a value of a type with a structure wherever one has a place.
func plant(t reflect.Type, s structure.Structure) reflect.Value {
	v := reflect.New(t).Elem()

	switch {
	case t == reflect.TypeFor[structure.Structure]():
		v.Set(reflect.ValueOf(s))
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() {
				v.Field(i).Set(plant(f.Type, s))
			}
		}
	case t.Kind() == reflect.Slice:
		v = reflect.Append(v, plant(t.Elem(), s))
	case t.Kind() == reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		v.Elem().Set(plant(t.Elem(), s))
	case t.Kind() == reflect.Map:
		v.Set(reflect.MakeMap(t))
		v.SetMapIndex(plant(t.Key(), s), plant(t.Elem(), s))
	default:
	}

	return v
}

func planted[T any](s structure.Structure) T { return plant(reflect.TypeFor[T](), s).Interface().(T) }

// rowTypes are all that pages are made of.
var rowTypes = []any{
	structure.Structure{},
	structure.Service{},
	account.Account{},
	account.Credential{},
	account.Registration{},
	storage.DueRow{},
	storage.Entry{},
	storage.Member{},
	storage.Message{},
	storage.OpenRequest{},
	storage.RosterRow{},
}

// plantedStore answers everything with one structure.
type plantedStore struct {
	storage.Store

	s    structure.Structure
	rows []any
}

func (p plantedStore) Structure(context.Context, structure.ID) (structure.Structure, error) {
	return p.s, nil
}

func (p plantedStore) StructureByIdentity(context.Context, identifier.ID) (structure.Structure, error) {
	return p.s, nil
}

func (p plantedStore) Roster(context.Context, storage.RosterQuery) (storage.Slice, error) {
	return planted[storage.Slice](p.s), nil
}

func (p plantedStore) Memberships(context.Context, account.ID) (storage.Memberships, error) {
	return planted[storage.Memberships](p.s), nil
}

func (p plantedStore) Page(context.Context, storage.Query) (storage.Page, error) {
	return storage.Page{Rows: p.rows, Next: "next", Count: 7}, nil
}

// TestG1_EveryAnswerWithAStructureIsOpened goes through the methods of storage.Reader and through the rows of all lists: a new
// one that holds a structure has to be opened too.
func TestG1_EveryAnswerWithAStructureIsOpened(t *testing.T) {
	raw := memory.New()
	put(t, guichet.Sealed(raw, sealer(t, "a"), nil), plain("s", heloise()))

	stored := individuals(t, raw)[0]
	require.NotEqual(t, heloise(), stored.Identity)

	var rows []any

	held := map[string]bool{}

	for _, of := range rowTypes {
		row := plant(reflect.TypeOf(of), stored)
		rows = append(rows, row.Interface())
		structuresIn(row, func(structure.Structure) { held[row.Type().String()] = true })
	}

	assert.Equal(t, map[string]bool{"structure.Structure": true, "storage.OpenRequest": true, "storage.RosterRow": true}, held)

	answers := 0
	over := reflect.ValueOf(guichet.Sealed(plantedStore{s: stored, rows: rows}, sealer(t, "a"), nil))

	for method := range reflect.TypeFor[storage.Reader]().Methods() {
		out, holds := method.Type.Out(0), false
		structuresIn(plant(out, stored), func(structure.Structure) { holds = true })

		if out != reflect.TypeFor[storage.Page]() && !holds {
			continue
		}

		args := []reflect.Value{reflect.ValueOf(t.Context())}
		for i := 1; i < method.Type.NumIn(); i++ {
			args = append(args, reflect.Zero(method.Type.In(i)))
		}

		if method.Name == "StructureByIdentity" {
			args[1] = reflect.ValueOf(heloise())
		}

		if method.Name == "Page" {
			args[1] = reflect.ValueOf(storage.Individuals{})
		}

		got := over.MethodByName(method.Name).Call(args)
		require.True(t, got[1].IsNil(), "%s: %v", method.Name, got[1])

		structuresIn(got[0], func(s structure.Structure) {
			answers++

			assert.Equal(t, heloise(), s.Identity, method.Name)
			assert.Empty(t, s.Sealed, method.Name)
		})

		if page, ok := reflect.TypeAssert[storage.Page](got[0]); ok {
			assert.Len(t, page.Rows, len(rowTypes))
			assert.Equal(t, []any{"next", 7}, []any{page.Next, page.Count})
		}
	}

	assert.Equal(t, 7, answers, "five methods, and three rows of lists")
}

// TestG1_EveryRowOfAListIsKnown reads which rows there are where they are declared.
func TestG1_EveryRowOfAListIsKnown(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "storage/query.go", nil, parser.SkipObjectResolution)
	require.NoError(t, err)

	known, found := map[string]bool{}, map[string]bool{}
	for _, row := range rowTypes {
		known[reflect.TypeOf(row).String()] = true
	}

	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Name.Name != "row" {
			continue
		}

		switch of := fn.Type.Params.List[0].Type.(type) {
		case *ast.Ident:
			found["storage."+of.Name] = true
		case *ast.SelectorExpr:
			found[of.X.(*ast.Ident).Name+"."+of.Sel.Name] = true
		}
	}

	assert.Equal(t, known, found, "rowTypes, and opening.row, know every row that a list may have")

	type other struct{ Structure structure.Structure }

	_, err = guichet.Sealed(plantedStore{rows: []any{other{}}}, sealer(t, "a"), nil).Page(t.Context(), storage.Individuals{})
	require.ErrorIs(t, err, errors.ErrUnsupported, "what is not known is not let through")
}

func TestG1_OnlyStructuresHoldIdentities(t *testing.T) {
	var holding []string

	var look func(of reflect.Type, path string)

	look = func(of reflect.Type, path string) {
		switch {
		case of == reflect.TypeFor[identifier.ID]():
			holding = append(holding, path)
		case of.Kind() == reflect.Slice || of.Kind() == reflect.Map || of.Kind() == reflect.Pointer:
			look(of.Elem(), path)
		case of.Kind() == reflect.Struct && of != reflect.TypeFor[time.Time]():
			for field := range of.Fields() {
				look(field.Type, path+"."+field.Name)
			}
		}
	}
	look(reflect.TypeFor[storage.Batch](), "Batch")

	for _, operation := range []any{storage.CopyStructure{}, storage.EraseAccount{}, storage.Purge{}} {
		look(reflect.TypeOf(operation), "Operation")
	}

	assert.Equal(t, []string{"Batch.Structures.Identity"}, holding, "what else holds one has to be sealed too")
}

func TestG1_AnIndividualIsFoundByCountryAndCode(t *testing.T) {
	raw := memory.New()
	s := guichet.Sealed(raw, sealer(t, "a"), nil)
	french, belgian := plain("fr", heloise()), plain("be", in(t, heloise(), "BE"))
	registering := plain("ec", identifier.MustParse(identifier.Registering, nirCode))

	for _, row := range []structure.Structure{french, belgian, registering} {
		put(t, s, row)

		got, err := s.StructureByIdentity(t.Context(), row.Identity)
		require.NoError(t, err)
		assert.Equal(t, row.ID, got.ID)
		assert.Equal(t, row.Identity, got.Identity)
	}

	_, err := s.StructureByIdentity(t.Context(), in(t, heloise(), "DE"))
	require.ErrorIs(t, err, storage.ErrNotFound)

	stored := individuals(t, raw)
	require.Len(t, stored, 2)
	assert.Equal(t, []string{"BE", "FR"}, []string{stored[0].Identity.Country(), stored[1].Identity.Country()})
	assert.NotEqual(t, stored[0].Identity.Code(), stored[1].Identity.Code(), "nobody sees that the code is the same")

	for _, row := range stored {
		again, err := identifier.Parse(identifier.Individual, row.Identity.Code())
		require.NoError(t, err)
		assert.Equal(t, row.Identity.Code(), again.Code(), "canonical, so that every store gives it back")
	}

	kept, err := raw.Structure(t.Context(), "ec")
	require.NoError(t, err)
	assert.Equal(t, nirCode, kept.Identity.Code(), "of other kinds nothing is sealed")
	assert.Empty(t, kept.Sealed)

	err = apply(t, s, storage.Batch{Structures: []structure.Structure{plain("twin", heloise())}})
	require.True(t, storage.Exists(err, storage.KeyIdentity), "C1: one structure for one code")
}

func TestG1_WhatIsSealedOfOtherKindsIsIgnored(t *testing.T) {
	raw := memory.New()
	row := plain("s", identifier.MustParse(identifier.SIRET, siret))
	row.Sealed = []byte{1, 2, 3} // by whoever can write to the database
	put(t, raw, row)

	s := guichet.Sealed(raw, sealer(t, "a"), nil)
	got, err := s.StructureByIdentity(t.Context(), row.Identity)
	require.NoError(t, err)
	assert.Empty(t, got.Sealed)

	got.Sealed = row.Sealed
	put(t, s, got)

	kept, err := raw.Structure(t.Context(), "s")
	require.NoError(t, err)
	assert.Empty(t, kept.Sealed)
}

func TestG1_ABatchIsNotChanged(t *testing.T) {
	row := plain("s", heloise())
	batch := storage.Batch{Structures: []structure.Structure{row}}

	require.NoError(t, apply(t, guichet.Sealed(memory.New(), sealer(t, "a"), nil), batch))
	assert.Equal(t, row, batch.Structures[0])
}

func TestG1_ATypedCodeThatLooksLikeAHashFindsNobody(t *testing.T) {
	w, raw := newSealedWorld(t, "a")
	w.individual("heloise", nirCode)

	seen := individuals(t, raw)[0].Identity // in a dump of the database, say

	_, err := w.store.StructureByIdentity(w.ctx, seen)
	require.ErrorIs(t, err, storage.ErrNotFound)

	receipt, err := w.portal.Register(w.ctx, kindForm("daniel", identifier.Individual, seen.Code()))
	require.NoError(t, err)
	assert.Equal(t, guichet.NextActivation, receipt.Next, "it is a code like any other, and nobody had it")

	rows := individuals(t, raw)
	require.Len(t, rows, 2)
	assert.NotEqual(t, rows[0].Identity, rows[1].Identity, "and is hashed like any other")

	// Nor does who was stored with such a code before the sealer answer for somebody sealed.
	squatted := memory.New()
	put(t, squatted, plain("squatter", seen))

	_, err = guichet.Sealed(squatted, sealer(t, "a"), nil).StructureByIdentity(w.ctx, heloise())
	require.ErrorIs(t, err, storage.ErrNotFound)
}

// swapped are rows that somebody who can write to the database has changed.
func TestG1_WhatSomebodyChangedIsRefused(t *testing.T) {
	other := identifier.MustParse(identifier.Individual, "2850175123DURANDANNE1")

	for name, change := range map[string]func(one, two *structure.Structure){
		"the codes of two are exchanged":      func(one, two *structure.Structure) { one.Sealed, two.Sealed = two.Sealed, one.Sealed },
		"the identities of two are exchanged": func(one, two *structure.Structure) { one.Identity, two.Identity = two.Identity, one.Identity },
		"both are exchanged": func(one, two *structure.Structure) {
			one.Sealed, two.Sealed, one.Identity, two.Identity = two.Sealed, one.Sealed, two.Identity, one.Identity
		},
		"a byte is another": func(one, two *structure.Structure) { one.Sealed[9] ^= 1; two.Sealed[len(two.Sealed)-1] ^= 1 },
		"the country is another": func(one, two *structure.Structure) {
			one.Identity, two.Identity = in(t, one.Identity, "BE"), in(t, two.Identity, "BE")
		},
	} {
		t.Run(name, func(t *testing.T) {
			raw := memory.New()
			s := guichet.Sealed(raw, sealer(t, "a"), nil)
			put(t, s, plain("one", heloise()))
			put(t, s, plain("two", other))

			rows := individuals(t, raw)
			before := [2]identifier.ID{rows[0].Identity, rows[1].Identity}
			change(&rows[0], &rows[1])
			require.NoError(t, apply(t, raw, storage.Batch{Structures: rows}))

			for _, id := range []structure.ID{"one", "two"} {
				_, err := s.Structure(t.Context(), id)
				require.ErrorIs(t, err, guichet.ErrSealed)
				assert.NotContains(t, err.Error(), nirCode)
			}

			for _, id := range []identifier.ID{heloise(), other} {
				_, err := s.StructureByIdentity(t.Context(), id)
				if before != [2]identifier.ID{rows[0].Identity, rows[1].Identity} && errors.Is(err, storage.ErrNotFound) {
					continue // it was taken to another country
				}

				require.ErrorIs(t, err, guichet.ErrSealed)
			}

			for _, row := range individuals(t, s) {
				assert.NotContains(t, []identifier.ID{heloise(), other}, row.Identity)
			}
		})
	}
}

// TestG1_AHashThatIsAnothersIsRefused has two codes of one hash, as if its key had changed.
func TestG1_AHashThatIsAnothersIsRefused(t *testing.T) {
	one := oddSealer{Sealer: sealer(t, "a"), hash: func() []byte { return make([]byte, 32) }}
	s := guichet.Sealed(memory.New(), one, nil)
	put(t, s, plain("s", heloise()))

	_, err := s.StructureByIdentity(t.Context(), heloise())
	require.NoError(t, err)

	_, err = s.StructureByIdentity(t.Context(), identifier.MustParse(identifier.Individual, "2850175123DURANDANNE1"))
	require.ErrorIs(t, err, guichet.ErrSealed)
}

func TestG1_WhatCannotBeOpenedKeepsNothingElseFromBeingRead(t *testing.T) {
	w, raw := newSealedWorld(t, "lost")
	acc := w.individual("heloise", nirCode)
	stored := individuals(t, raw)[0]

	after := rekey(t, raw, "kept")
	after.clock = w.clock
	put(t, after.store, plain("later", identifier.MustParse(identifier.Individual, "2850175123DURANDANNE1")))

	var logged bytes.Buffer

	s := guichet.Sealed(raw, sealer(t, "kept"), slog.New(slog.NewTextHandler(&logged, nil)))

	rows := individuals(t, s)
	require.Len(t, rows, 2)

	for _, row := range rows {
		if row.ID == stored.ID {
			assert.Equal(t, stored, row, "as it is stored")
		} else {
			assert.Equal(t, "2850175123DURANDANNE1", row.Identity.Code())
		}
	}

	assert.Contains(t, logged.String(), string(stored.ID))
	assert.Contains(t, logged.String(), "level=ERROR")
	assert.NotContains(t, logged.String(), nirCode[:10])

	logged.Reset()

	m, err := s.Memberships(t.Context(), acc.ID)
	require.NoError(t, err)
	assert.Equal(t, stored, m.Rows[0].Structure)

	slice, err := s.Roster(t.Context(), storage.RosterQuery{Structure: stored.ID})
	require.NoError(t, err)
	assert.Equal(t, stored, slice.Facts.Structure)
	assert.Equal(t, 2, strings.Count(logged.String(), "\n"))

	_, err = s.Structure(t.Context(), stored.ID)
	require.ErrorIs(t, err, guichet.ErrSealed)
	_, err = s.StructureByIdentity(t.Context(), heloise())
	require.ErrorIs(t, err, guichet.ErrSealed)

	// Nobody registers beside it, and rights go on.
	_, err = after.portal.Register(after.ctx, kindForm("daniel", identifier.Individual, nirCode))
	require.ErrorIs(t, err, guichet.ErrSealed)

	habilitations, err := after.portal.Habilitations(after.ctx, acc.ID)
	require.NoError(t, err)
	assert.NotEmpty(t, habilitations)

	// What is written of it leaves the code as it is.
	_, err = after.portal.SetStatus(after.ctx, account.By(acc.ID), stored.ID, structure.Inactive)
	require.NoError(t, err)

	now, err := raw.Structure(t.Context(), stored.ID)
	require.NoError(t, err)
	assert.Equal(t, structure.Inactive, now.Status)
	assert.Equal(t, stored.Sealed, now.Sealed)
	assert.Equal(t, stored.Identity, now.Identity)

	found := rekey(t, raw, "kept", "lost")
	again, err := found.store.StructureByIdentity(t.Context(), heloise())
	require.NoError(t, err, "once the key is found")
	assert.Equal(t, heloise(), again.Identity)

	// Support gives it a code of its own, which is sealed under the new key.
	renamed, err := after.portal.ChangeIdentifier(after.ctx, account.Support("Léa"), stored.ID,
		identifier.MustParse(identifier.Individual, nirCode+"2"))
	require.NoError(t, err)

	opened, err := after.store.Structure(t.Context(), renamed.ID)
	require.NoError(t, err)
	assert.Equal(t, nirCode+"2", opened.Identity.Code())

	// And who closes their account leaves nothing, although nobody can read it.
	require.NoError(t, after.portal.Close(after.ctx, guichet.Departure{By: account.By(acc.ID), Account: acc.ID, LeaveVacant: true}))

	left, err := raw.Structure(t.Context(), renamed.ID)
	require.NoError(t, err)
	assert.Equal(t, identifier.Registering, left.Identity.Kind())
	assert.Empty(t, left.Sealed)
}

func TestG1_WhatCannotBeOpenedIsForgottenWithItsOwner(t *testing.T) {
	w, raw := newSealedWorld(t, "lost")
	acc := w.individual("heloise", nirCode)
	id := individuals(t, raw)[0].ID

	after := rekey(t, raw, "kept")
	after.clock = w.clock
	require.NoError(t, after.portal.Close(after.ctx, guichet.Departure{By: account.By(acc.ID), Account: acc.ID, LeaveVacant: true}))

	left, err := raw.Structure(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, identifier.Registering, left.Identity.Kind())
	assert.Empty(t, left.Sealed)

	after.deliver()
	again := after.individual("heloise", nirCode)
	assert.NotEqual(t, acc.ID, again.ID, "the code is free again")
}

func TestG1_ACodeThatIsSealedMeanwhileIsFound(t *testing.T) {
	raw := memory.New()
	put(t, raw, plain("s", heloise()))

	over := sealsMeanwhile{Store: raw, before: func() {
		done, err := rekey(t, raw, "a").portal.Reseal(t.Context(), 0)
		require.NoError(t, err)
		assert.Equal(t, 1, done.Sealed)
	}}

	got, err := guichet.Sealed(over, sealer(t, "a"), nil).StructureByIdentity(t.Context(), heloise())
	require.NoError(t, err)
	assert.Equal(t, structure.ID("s"), got.ID)
}

// sealsMeanwhile does something before a code is looked for as it was typed.
type sealsMeanwhile struct {
	storage.Store

	before func()
}

func (m sealsMeanwhile) StructureByIdentity(ctx context.Context, id identifier.ID) (structure.Structure, error) {
	if id == heloise() {
		m.before()
	}

	return m.Store.StructureByIdentity(ctx, id)
}

func TestG1_ErrorsOfTheSealerWriteNothing(t *testing.T) {
	broken := errors.New("no key service")
	raw := memory.New()
	s := guichet.Sealed(raw, oddSealer{Sealer: sealer(t, "a"), seal: func([]byte) ([]byte, error) { return nil, broken }}, nil)
	siret := plain("siret", identifier.MustParse(identifier.SIRET, siret))

	err := apply(t, s, storage.Batch{Structures: []structure.Structure{siret, plain("s", heloise())}})
	require.ErrorIs(t, err, broken)
	assert.NotContains(t, err.Error(), nirCode)

	_, err = raw.Structure(t.Context(), "siret")
	require.ErrorIs(t, err, storage.ErrNotFound)
	put(t, s, siret)

	empty := guichet.Sealed(raw, oddSealer{Sealer: sealer(t, "a"), seal: func([]byte) ([]byte, error) { return nil, nil }}, nil)
	require.ErrorIs(t, apply(t, empty, storage.Batch{Structures: []structure.Structure{plain("s", heloise())}}), guichet.ErrSealed)

	long := guichet.Sealed(raw, oddSealer{Sealer: sealer(t, "a"), hash: func() []byte { return make([]byte, 60) }}, nil)
	_, err = long.StructureByIdentity(t.Context(), heloise())
	require.ErrorIs(t, err, guichet.ErrKeys)

	err = s.Update(t.Context(), func(context.Context, storage.Reader) (storage.Batch, error) { return storage.Batch{}, broken })
	require.ErrorIs(t, err, broken)
}

// sealJoinable is a store with two powers that not every store has.
type sealJoinable struct {
	storage.Store

	err error
}

func (j sealJoinable) Join(storage.Querier) (storage.Store, error) { return j.Store, j.err }
func (j sealJoinable) Backup() string                              { return "done" }

// wrapper is a store over another.
type wrapper struct{ storage.Store }

func (w wrapper) Unwrap() storage.Store { return w.Store }

func TestG1_AJoinedStoreIsSealedToo(t *testing.T) {
	for name, wrap := range map[string]func(sealJoinable) storage.Store{
		"a joiner":              func(j sealJoinable) storage.Store { return j },
		"a joiner in a wrapper": func(j sealJoinable) storage.Store { return wrapper{j} },
		"sealed twice": func(j sealJoinable) storage.Store {
			return guichet.Sealed(j, sealer(t, "another"), nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			raw := memory.New()
			s := guichet.Sealed(wrap(sealJoinable{Store: raw}), sealer(t, "a"), nil)

			joiner, ok := storage.As[storage.Joiner](s)
			require.True(t, ok)

			joined, err := joiner.Join(nil)
			require.NoError(t, err)
			put(t, joined, plain("s", heloise()))
			assert.False(t, tells(raw))

			got, err := guichet.Sealed(raw, sealer(t, "a"), nil).StructureByIdentity(t.Context(), heloise())
			require.NoError(t, err)
			assert.Equal(t, structure.ID("s"), got.ID)

			power, ok := storage.As[interface{ Backup() string }](s)
			require.True(t, ok, "what else the store can do is found")
			assert.Equal(t, "done", power.Backup())
		})
	}

	broken := errors.New("another database")
	joiner, _ := storage.As[storage.Joiner](guichet.Sealed(sealJoinable{memory.New(), broken}, sealer(t, "a"), nil))
	_, err := joiner.Join(nil)
	require.ErrorIs(t, err, broken)

	_, ok := storage.As[storage.Joiner](guichet.Sealed(memory.New(), sealer(t, "a"), nil))
	assert.False(t, ok, "a store that cannot join cannot when it is sealed")
}

func TestG1_APortalWithinATransactionSeals(t *testing.T) {
	raw := memory.New()
	w := newWorldOn(t, sealJoinable{Store: raw}, func(o *guichet.Options) { o.Sealer = sealer(t, "a") })

	within, err := w.portal.Within(nil)
	require.NoError(t, err)

	_, err = within.Register(w.ctx, kindForm("heloise", identifier.Individual, nirCode))
	require.NoError(t, err)
	assert.False(t, tells(raw))

	_, err = within.Reseal(w.ctx, 0)
	require.ErrorIs(t, err, guichet.ErrWithin)
}
