package main

import (
	"context"
	"os"
	"path/filepath"
)

// The output says what the program does: what was there is taken over without a mail, what is new is written in one
// transaction with the program's own user, and what fails leaves nothing.
func Example() {
	folder, err := os.MkdirTemp("", "accounting")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)

	if err := run(context.Background(), filepath.Join(folder, "accounting.db"), os.Stdout); err != nil {
		panic(err)
	}

	// Output:
	// imported: 2 accounts, 1 structure
	// refused:  u3: Another account has this login address.
	// u4: factures-emises/modification: the account is not attached to this structure or service.
	// u4: may deposit
	// u5: the payroll is closed; portal: There is no such account.
}
