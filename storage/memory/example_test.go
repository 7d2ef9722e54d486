package memory_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/structure"
)

// Two callers read one structure, decide, and write: the second to write has lost a race and reads again.
func Example() {
	ctx := context.Background()
	store := memory.New()
	siret := identifier.MustParse(identifier.SIRET, "73282932000074")

	err := store.Update(ctx, func(context.Context, storage.Reader) (storage.Batch, error) {
		return storage.Batch{Structures: []structure.Structure{{ID: "s1", Identity: siret}}}, nil
	})
	fmt.Println("inserted:", err)

	label := func(read structure.Structure, text string) error {
		return store.Update(ctx, func(context.Context, storage.Reader) (storage.Batch, error) {
			read.Data.Label = text

			return storage.Batch{Structures: []structure.Structure{read}}, nil
		})
	}

	one, _ := store.StructureByIdentity(ctx, siret)
	other, _ := store.StructureByIdentity(ctx, siret)

	fmt.Println("first:", label(one, "Siège"))
	fmt.Println("second lost a race:", errors.Is(label(other, "Agence"), storage.ErrConflict))

	stored, _ := store.Structure(ctx, "s1")
	fmt.Println(stored.Data.Label, "version", stored.Version)

	// Output:
	// inserted: <nil>
	// first: <nil>
	// second lost a race: true
	// Siège version 2
}
