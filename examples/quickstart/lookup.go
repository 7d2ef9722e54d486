package main

import (
	"context"
	"slices"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
)

// history shows the journal of the structure where most has happened.
func (d *demo) history(ctx context.Context) error {
	if len(d.structures) == 0 {
		return nil
	}

	d.begin("history.title")

	s := d.structures[len(d.structures)-1]

	page, err := d.portal.History(ctx, s.id, storage.Window{Limit: storage.MaxLimit, Counted: true})
	if err != nil {
		return err
	}

	rows := make([][]string, len(page.Rows))

	for i, entry := range page.Rows {
		actor, err := d.nameOf(ctx, entry.Actor.ID)
		if err != nil {
			return err
		}

		if actor == "" {
			actor = entry.Actor.String()
		}

		whom, err := d.nameOf(ctx, entry.Account)
		if err != nil {
			return err
		}

		rows[i] = []string{entry.At.Format("15:04:05"), actor, entry.Action, whom, entry.Before, entry.After}
	}

	d.screen.say("history.of", s.name, s.identity.Display())
	d.screen.print("")
	d.screen.table(words(d.screen.lang, "history.head"), rows)
	d.screen.say("results", len(rows), page.Count)

	lines, err := d.db.audit.number(ctx, `SELECT count(*) FROM guichet_journal WHERE structure = ?`, string(s.id))
	if err != nil {
		return err
	}

	return d.expect(len(rows) == min(lines, storage.MaxLimit), "%d entries are shown, the journal has %d", len(rows), lines)
}

// nameOf returns who an id stands for: the journal holds ids only.
func (d *demo) nameOf(ctx context.Context, id account.ID) (string, error) {
	if id == "" {
		return "", nil
	}

	reg, err := d.db.store.Registration(ctx, id)

	return reg.Person.Name(), err
}

// lookUp asks for every structure that the file names, as the form does while one types the identifier.
func (d *demo) lookUp(ctx context.Context) error {
	d.begin("lookup.title")

	asked := map[string]bool{}

	for _, l := range d.lines {
		id, err := d.identity(l)
		if err != nil || asked[id.Code()] {
			continue
		}

		asked[id.Code()] = true
		summary, err := d.portal.FindStructure(ctx, id)

		switch fault, ok := fault(err); {
		case err == nil:
			d.screen.say("lookup.present", id.Display(), summary.Data.Name(), summary.Data.PostalCode, summary.Data.Town)
		case ok:
			d.screen.say("lookup.absent", id.Display(), fault.Code(), fault.Text(d.screen.lang))
		default:
			return err
		}

		if err := d.expect((err == nil) == d.managed(id), "%s: present and managed are not the same", id.Display()); err != nil {
			return err
		}
	}

	return nil
}

func fault(err error) (guichet.Fault, bool) {
	faults := guichet.Faults(err)
	if len(faults) == 0 {
		return nil, false
	}

	return faults[0], true
}

// identity returns the identifier that a line names.
func (d *demo) identity(l line) (identifier.ID, error) {
	return identifier.Parse(l.form.Kind, l.form.Code)
}

// managed tells whether a structure has got its main manager.
func (d *demo) managed(id identifier.ID) bool {
	return slices.ContainsFunc(d.structures, func(s present) bool { return s.identity == id })
}
