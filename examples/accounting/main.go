// Accounting is an accounting program that has users, passwords and transactions of its own, and lets them deposit invoices.
// It brings along the users it has already, and from then on writes its own user and the portal's account in one transaction:
// both are there, or neither.
//
//	go -C examples run ./accounting
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/text/language"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/sqlstore"
	"github.com/guichet-pro/guichet/structure"
)

func main() {
	folder, err := os.MkdirTemp("", "accounting")
	if err == nil {
		err = run(context.Background(), filepath.Join(folder, "accounting.db"), os.Stdout)
		err = errors.Join(err, os.RemoveAll(folder))
	}

	if err != nil {
		fmt.Fprintln(os.Stderr, "accounting:", err)
		os.Exit(1)
	}
}

// program is the accounting program: its own table of users, and the portal beside it in the same database.
type program struct {
	db     *sql.DB
	portal *guichet.Portal
}

// run takes over two users, enrols a third, and shows what becomes of a transaction that fails.
func run(ctx context.Context, path string, out io.Writer) (err error) {
	p, err := open(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.db.Close()) }()

	siret := identifier.MustParse(identifier.SIRET, "35600000009075")

	// What the program had before: two users of one company, who manages it, and who may do what.
	report, err := p.portal.Import(ctx, guichet.Import{
		Accounts: []guichet.ImportedAccount{
			{ID: "u1", Login: "daniel@exemple.fr", Person: person("Daniel", "Potier")},
			{ID: "u2", Login: "eloise@exemple.fr", Person: person("Éloïse", "Martin")},
			{ID: "u3", Login: "Daniel@exemple.fr", Person: person("Dan", "Potier")}, // the same address
		},
		Structures: []guichet.ImportedStructure{{
			Identity: siret, Manager: "u1", Form: company("La Poste"),
			Users: []guichet.ImportedUser{
				{Account: "u1"},
				{Account: "u2", Profiles: []habilitation.Profile{
					{Application: "factures-emises", Level: habilitation.Consultation},
				}},
			},
		}},
	})
	if err != nil {
		return err
	}

	fmt.Fprintf(out, "imported: %d accounts, %d structure\n", report.Accounts, report.Structures)

	for _, r := range report.Refused {
		fmt.Fprintf(out, "refused: %s %s: %v\n", r.Identity.Display(), r.Account, r.Err)
	}

	id, err := p.portal.StructureID(ctx, siret)
	if err != nil {
		return err
	}

	// A new user: theirs and ours in one transaction. The company is known, so that the manager approves first.
	if err := p.hire(ctx, "u4", "hugo@exemple.fr", siret, nil); err != nil {
		return err
	}

	p.show(ctx, out, "u4", id)

	_, err = p.portal.Do(ctx, id, attachment.Approve{By: account.By("u1"), Account: "u4"})
	if err != nil {
		return err
	}

	p.show(ctx, out, "u4", id)

	// A transaction that fails leaves nothing, neither here nor there.
	failed := p.hire(ctx, "u5", "ines@exemple.fr", siret, errors.New("the payroll is closed"))
	_, missing := p.portal.Account(ctx, "u5")
	fmt.Fprintf(out, "u5: %v; portal: %v\n", failed, missing)

	return nil
}

// open makes the program's table and the portal's tables in one database.
func open(ctx context.Context, path string) (*program, error) {
	db, err := sql.Open("sqlite", "file:"+path+
		"?_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		return nil, err
	}

	store, err := sqlstore.New(db, &sqlstore.Options{Prefix: "guichet_"})
	if err == nil {
		err = store.Migrate(ctx)
	}

	if err == nil {
		_, err = db.ExecContext(ctx, "CREATE TABLE users (id TEXT PRIMARY KEY, address TEXT NOT NULL)")
	}

	if err != nil {
		return nil, errors.Join(err, db.Close())
	}

	keys := guichet.Keys{{ID: "2026", Secret: make([]byte, guichet.KeySize)}} // from the configuration, in earnest
	portal, err := guichet.New(store, keys, &guichet.Options{Site: "https://accounting.example"})

	return &program{db: db, portal: portal}, err
}

// hire writes a user and their account. Whoever owns the transaction owns its retry: a lost race begins it again.
func (p *program) hire(ctx context.Context, id, address string, works identifier.ID, broken error) error {
	for {
		err := p.tryHire(ctx, id, address, works, broken)
		if !errors.Is(err, storage.ErrConflict) || ctx.Err() != nil {
			return err
		}
	}
}

func (p *program) tryHire(ctx context.Context, id, address string, works identifier.ID, broken error) error {
	tx, err := p.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after a commit it does nothing

	if _, err := tx.ExecContext(ctx, "INSERT INTO users (id, address) VALUES (?, ?)", id, address); err != nil {
		return err
	}

	_, err = p.portal.EnrolTx(ctx, tx, guichet.Enrolment{
		ID: account.ID(id), Login: address, Person: person("Hugo", "Bernard"), AcceptsTerms: true, Identity: works,
	})
	if err = errors.Join(err, broken); err != nil {
		return err
	}

	return tx.Commit()
}

// show tells whether somebody may deposit an invoice.
func (p *program) show(ctx context.Context, out io.Writer, id account.ID, in structure.ID) {
	err := p.portal.Check(ctx, id, habilitation.Scope{Structure: in}, habilitation.Profile{
		Application: "factures-emises", Level: habilitation.Modification,
	})
	if err == nil {
		fmt.Fprintf(out, "%s: may deposit\n", id)
	} else {
		fmt.Fprintf(out, "%s: %v\n", id, err)
	}
}

func person(first, last string) account.PersonForm {
	return account.PersonForm{FirstName: first, LastName: last, Language: language.French}
}

func company(name string) structure.Form {
	return structure.Form{LegalName: name, Address: "9 rue du Colonel Pierre Avia", PostalCode: "75015", Town: "Paris", Country: "FR"}
}
