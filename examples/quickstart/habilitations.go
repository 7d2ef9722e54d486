package main

import (
	"bytes"
	"context"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
)

// habilitations shows everybody's list "my habilitations".
func (d *demo) habilitations(ctx context.Context) error {
	d.begin("habilitations.title")

	for _, p := range d.people {
		table, err := d.habilitationsOf(ctx, p)
		if err != nil {
			return err
		}

		d.tables[p.account.ID] = table
		d.printTable(table)
	}

	return nil
}

func (d *demo) printTable(table string) {
	for line := range bytes.Lines([]byte(table)) {
		d.screen.print(string(bytes.TrimSuffix(line, []byte("\n"))))
	}

	d.screen.print("")
}

// habilitationsOf returns one person's list as the guide's screen shows it, and compares it with what the library
// answers when it is asked for each right, and with what is stored.
func (d *demo) habilitationsOf(ctx context.Context, p person) (string, error) {
	list, err := d.portal.Habilitations(ctx, p.account.ID)
	if err != nil {
		return "", err
	}

	var (
		out   bytes.Buffer
		paper = screen{out: &out, lang: d.screen.lang}
		rows  = make([][]string, len(list))
	)

	for i, row := range list {
		rows[i] = []string{
			row.Structure.Identity.Code(), row.Structure.Data.Name(), string(row.Service.Code), row.Service.Label,
			row.Profile.Label(d.portal.Catalogue(), d.screen.lang),
		}
	}

	role := "habilitations.user"
	if p.manager {
		role = "habilitations.manager"
	}

	paper.say("habilitations.of", p.account.Person.Name(), say(d.screen.lang, role))
	paper.print("")
	paper.table(words(d.screen.lang, "habilitations.head"), rows)
	paper.say("results", len(rows), len(list))

	if err := d.compareDefaults(p, list); err != nil {
		return "", err
	}

	if err := d.compareRights(ctx, p.account.ID, list); err != nil {
		return "", err
	}

	return out.String(), d.compareGrants(ctx, p, list)
}

// compareDefaults compares a list with what the rules give to begin with: to the main manager every profile of the open
// applications, to a user all of them but the one that decides (rule E3).
func (d *demo) compareDefaults(p person, list []habilitation.Row) error {
	for _, s := range d.structures {
		var due []habilitation.Profile

		switch {
		case s.identity != p.in:
		case p.manager:
			due = habilitation.All(s.open)
		default:
			due = habilitation.Defaults(s.open, "")
		}

		var listed []habilitation.Profile

		for _, row := range list {
			if row.Structure.ID == s.id {
				listed = append(listed, row.Profile)
			}
		}

		if err := d.expect(slices.Equal(listed, due), "%s in %s: %v instead of %v", p.account.Login, s.name, listed, due); err != nil {
			return err
		}
	}

	return nil
}

// compareRights asks for every profile of the catalogue in every structure: what is listed is allowed, and nothing
// else is.
func (d *demo) compareRights(ctx context.Context, id account.ID, list []habilitation.Row) error {
	for _, s := range d.structures {
		for _, entry := range d.portal.Catalogue() {
			for _, level := range habilitation.Levels() {
				profile := habilitation.Profile{Application: entry.Application, Level: level}

				listed := slices.ContainsFunc(list, func(row habilitation.Row) bool {
					return row.Structure.ID == s.id && row.Service.Code == "" && row.Profile == profile
				})

				err := d.portal.Check(ctx, id, habilitation.Scope{Structure: s.id}, profile)
				if err != nil {
					if _, refused := fault(err); !refused {
						return err
					}
				}

				if err := d.expect(listed == (err == nil), "%s in %s: listed %t, allowed %t", profile, s.name, listed, err == nil); err != nil {
					return err
				}
			}
		}
	}

	return nil
}

// compareGrants compares a list with the rows that it comes from: a user's grants, and for the main manager, who holds
// everything by role, the applications of the structure.
func (d *demo) compareGrants(ctx context.Context, p person, list []habilitation.Row) error {
	query := `SELECT count(*) FROM guichet_grants WHERE account = ?`
	if p.manager {
		query = `SELECT 2 * count(*) FROM guichet_structure_applications
			JOIN guichet_rosters USING (structure) WHERE standing = 'managed' AND holder = ?`
	}

	stored, err := d.db.audit.number(ctx, query, string(p.account.ID))
	if err != nil {
		return err
	}

	return d.expect(len(list) == stored && stored > 0, "%s has %d habilitations, and %d are stored",
		p.account.Login, len(list), stored)
}

// reopen closes the file, opens it again, and shows the same lists, by a portal that knows nothing but the file.
func (d *demo) reopen(ctx context.Context) error {
	d.begin("reopen.title")

	if err := d.db.close(); err != nil {
		return err
	}

	db, err := openDatabase(ctx, d.db.path)
	if err != nil {
		return err
	}

	d.db = db

	if err := d.openPortal(); err != nil {
		return err
	}

	for _, p := range d.people {
		table, err := d.habilitationsOf(ctx, p)
		if err != nil {
			return err
		}

		if err := d.expect(table == d.tables[p.account.ID], "%s: the list has changed", p.account.Login); err != nil {
			return err
		}

		d.printTable(table)
	}

	d.screen.say("reopen.same", len(d.people))

	return nil
}

// compare compares the totals with what is stored, and ends the run.
func (d *demo) compare(ctx context.Context) error {
	for _, s := range d.structures {
		if err := d.oneManager(ctx, s); err != nil {
			return err
		}
	}

	named, logins := map[identifier.ID]bool{}, 0

	for _, a := range d.accepted {
		named[a.receipt.Structure.Identity] = true

		if !a.again {
			logins++
		}
	}

	for _, total := range []struct {
		what  string
		want  int
		query string
	}{
		{"structures", len(named), `SELECT count(*) FROM guichet_structures`},
		{"registrations", logins, `SELECT count(*) FROM guichet_registrations`},
		{"accounts", len(d.people), `SELECT count(*) FROM guichet_accounts WHERE state = 'active'`},
		{"credentials", len(d.people), `SELECT count(*) FROM guichet_credentials WHERE password LIKE '$argon2id$%'`},
		{"managed structures", len(d.structures), `SELECT count(*) FROM guichet_rosters WHERE standing = 'managed'`},
		{"mails sent", d.mails.count(), `SELECT count(*) FROM guichet_messages WHERE state = 'sent'`},
		{"mails left", 0, `SELECT count(*) FROM guichet_messages WHERE state IN ('queued', 'parked')`},
		{"links left in the outbox", 0, `SELECT count(*) FROM guichet_messages WHERE length(sealed) > 0`},
	} {
		stored, err := d.db.audit.number(ctx, total.query)
		if err != nil {
			return err
		}

		if err := d.expect(stored == total.want, "%s: %d stored, %d expected", total.what, stored, total.want); err != nil {
			return err
		}
	}

	d.closing(len(named), logins)

	return nil
}

// oneManager checks that a structure has exactly one main manager, and the one that everybody was told.
func (d *demo) oneManager(ctx context.Context, s present) error {
	slice, err := d.db.store.Roster(ctx, storage.RosterQuery{Structure: s.id, At: d.clock.Now()})
	if err != nil {
		return err
	}

	if err := d.expect(slice.Roster.Standing == attachment.Managed && slice.Roster.Holder == s.manager.ID,
		"%s: the store names another main manager", s.name); err != nil {
		return err
	}

	managers := 0

	for _, p := range d.people {
		rights, err := d.portal.Rights(ctx, p.account.ID)
		if err != nil {
			return err
		}

		for _, h := range rights.Holdings {
			if h.MainManager && h.Structure.ID == s.id {
				managers++
			}
		}
	}

	return d.expect(managers == 1, "%s has %d main managers", s.name, managers)
}
