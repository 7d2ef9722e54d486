package dbtest

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/internal/dbtest/scenarios"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/storage/storagetest"
	"github.com/guichet-pro/guichet/structure"
)

// sealer is the default sealer, with a key.
func sealer(t *testing.T) guichet.Sealer {
	t.Helper()

	secret := bytes.Repeat([]byte{9}, guichet.KeySize)
	s, err := guichet.NewSealer(guichet.Keys{{ID: "2026", Secret: secret}}, secret)
	require.NoError(t, err)

	return s
}

// TestG1_ASealedStoreKeepsTheContract runs the conformance suite over the portal's own layer. Over package memory: what lies below
// has its own runs of it. Joined, the layer is the same; the stories below join it.
func TestG1_ASealedStoreKeepsTheContract(t *testing.T) {
	t.Parallel()

	storagetest.Run(t, func(t *testing.T) storage.Store {
		t.Helper()

		return carrier{carrierReader{guichet.Sealed(memory.New(), sealer(t), nil)}}
	}, &storagetest.Options{
		Lacks: []storagetest.Capability{storagetest.Joining, storagetest.Reopening, storagetest.Breaking},
	})
}

// TestG1_ScenariosOverASealedStore tells the portal's stories over a store that is sealed, but for those that seal it themselves.
func TestG1_ScenariosOverASealedStore(t *testing.T) {
	t.Parallel()

	for _, s := range scenarios.All() {
		if strings.HasPrefix(s.Name, "G1_") {
			continue
		}

		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			s.Play(scenarios.NewWorld(t, guichet.Sealed(memory.New(), sealer(t), nil), nil))
		})
	}
}

// TestG1_JoinedScenariosAreSealed tells the stories of use cases in a transaction of the application's over sealed stores.
func TestG1_JoinedScenariosAreSealed(t *testing.T) {
	t.Parallel()

	sqlite := &rigs{begin: "BEGIN IMMEDIATE"}
	store := sqlite.open(t, &spy{dsn: dsn(file(t))})

	scenarios.Joined(t, guichet.Sealed(store, sealer(t), nil), func(ctx context.Context) (scenarios.Tx, error) {
		return sqlite.join(ctx, store)
	})
}

// TestG1_NoFileOfTheDatabaseHoldsACode reads the bytes that SQLite left on the disk.
func TestG1_NoFileOfTheDatabaseHoldsACode(t *testing.T) {
	t.Parallel()

	const code = "1980193161FERDINANDHELOISE1"

	identity := identifier.MustParse(identifier.Individual, code)

	holds := func(seal func(storage.Store) storage.Store) bool {
		path := file(t)
		store := seal(migrated(t, open(t, path), nil))
		w := scenarios.NewWorld(t, store, nil)

		form := func(name string) account.Form {
			form := scenarios.Form(name, identity)
			form.Structure = structure.Form{
				FirstName: "Prénom", LastName: "Nom", Address: "9 rue de Clichy", PostalCode: "75009", Town: "Paris", Country: "FR",
			}

			return form
		}

		for _, name := range []string{"heloise", "daniel"} {
			_, err := w.Portal.Register(w.Ctx, form(name))
			require.NoError(t, err)
		}

		heloise := w.Activate(w.Token(w.One(w.Deliver(), "heloise", "activation link")))
		w.Approve(heloise.ID, "daniel")
		w.Deliver()

		_, err := w.Portal.ChangeIdentifier(w.Ctx, account.Support("Léa"), w.ID(identity), identifier.MustParse(identifier.Individual, code+"2"))
		require.NoError(t, err)
		w.Deliver()

		files, err := filepath.Glob(path + "*")
		require.NoError(t, err)

		return slices.ContainsFunc(files, func(name string) bool {
			raw, err := os.ReadFile(name)
			require.NoError(t, err)

			return strings.Contains(strings.ToUpper(string(raw)), code[:10])
		})
	}

	assert.True(t, holds(func(s storage.Store) storage.Store { return s }), "without a sealer one does, and this test sees it")
	assert.False(t, holds(func(s storage.Store) storage.Store { return guichet.Sealed(s, sealer(t), nil) }))
}

// carried is what the suite's Sealed is kept behind.
const carried = "#sealed:"

// carrier is a store over a sealed one in which the suite finds what it wrote to structure.Structure.Sealed, which is that one's
// own. The bytes travel behind a field that says nothing to it.
type carrier struct{ carrierReader }

func (c carrier) Update(ctx context.Context, fn func(context.Context, storage.Reader) (storage.Batch, error)) error {
	return c.Reader.(storage.Store).Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		batch, err := fn(ctx, carrierReader{r})
		batch.Structures = slices.Clone(batch.Structures)

		for i := range batch.Structures {
			if s := &batch.Structures[i]; s.Sealed != nil {
				s.Data.Complement2 += carried + base64.StdEncoding.EncodeToString(s.Sealed)
				s.Sealed = nil
			}
		}

		return batch, err
	})
}

type carrierReader struct{ storage.Reader }

// brought brings what was carried back, wherever there is a structure.
func brought[T any](v T, err error) (T, error) {
	if err == nil {
		unload(reflect.ValueOf(&v).Elem())
	}

	return v, err
}

func unload(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface:
		row := reflect.New(v.Elem().Type()).Elem()
		row.Set(v.Elem())
		unload(row)
		v.Set(row)
	case reflect.Slice:
		for i := range v.Len() {
			unload(v.Index(i))
		}
	case reflect.Struct:
		if s, ok := reflect.TypeAssert[*structure.Structure](v.Addr()); ok {
			if before, after, found := strings.Cut(s.Data.Complement2, carried); found {
				s.Data.Complement2 = before
				s.Sealed, _ = base64.StdEncoding.DecodeString(after)
			}

			return
		}

		for field, value := range v.Fields() {
			if field.IsExported() {
				unload(value)
			}
		}
	default:
	}
}

func (r carrierReader) Structure(ctx context.Context, id structure.ID) (structure.Structure, error) {
	return brought(r.Reader.Structure(ctx, id))
}

func (r carrierReader) StructureByIdentity(ctx context.Context, id identifier.ID) (structure.Structure, error) {
	return brought(r.Reader.StructureByIdentity(ctx, id))
}

func (r carrierReader) Roster(ctx context.Context, q storage.RosterQuery) (storage.Slice, error) {
	return brought(r.Reader.Roster(ctx, q))
}

func (r carrierReader) Memberships(ctx context.Context, id account.ID) (storage.Memberships, error) {
	return brought(r.Reader.Memberships(ctx, id))
}

func (r carrierReader) Page(ctx context.Context, q storage.Query) (storage.Page, error) {
	return brought(r.Reader.Page(ctx, q))
}
