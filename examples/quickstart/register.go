package main

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"time"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
)

// register sends every form of the file, and reports those that are refused.
func (d *demo) register(ctx context.Context) error {
	d.begin("register.title")

	for _, l := range d.lines {
		d.clock.wait(time.Minute)

		before, err := d.db.audit.counts(ctx)
		if err != nil {
			return err
		}

		receipt, err := d.send(ctx, l)

		switch faults := guichet.Faults(err); {
		case err == nil:
			err = d.received(l, receipt)
		case len(faults) > 0:
			d.reject(l, faults)
			err = d.untouched(ctx, l, before)
		}

		if err != nil {
			return err
		}
	}

	if err := d.compareReceipts(ctx); err != nil {
		return err
	}

	return d.compareRefused(ctx)
}

// send sends one form.
func (d *demo) send(ctx context.Context, l line) (guichet.Receipt, error) {
	if l.err != nil {
		return guichet.Receipt{}, l.err
	}

	return d.portal.Register(ctx, l.form)
}

// received shows the receipt.
func (d *demo) received(l line, receipt guichet.Receipt) error {
	earlier := d.earlier(receipt)
	d.accepted = append(d.accepted, accepted{line: l, receipt: receipt, again: earlier != nil})

	d.screen.say("register.received", l.number, receipt.Person.Name(), receipt.Structure.Data.Name(),
		receipt.Structure.Identity.Display())

	switch {
	case earlier != nil:
		d.screen.say("register.again")
	case receipt.Next == guichet.NextActivation:
		d.screen.say("register.first")
	default:
		d.screen.say("register.waits")
	}

	if _, full := d.first(wording{next: receipt.Next, lang: d.screen.lang}, l.number); full {
		d.screen.box(say(d.screen.lang, "receipt.title"), receipt.Text(d.screen.lang))
	}

	d.screen.print("")

	if earlier == nil || !reflect.DeepEqual(earlier.line.form, l.form) {
		return nil
	}

	// Sending a form again is harmless, and tells nobody anything (rule B14).
	return d.expect(earlier.receipt.Text(d.screen.lang) == receipt.Text(d.screen.lang),
		"line %d: the second receipt differs from the first", l.number)
}

// earlier returns the registration with which the same login named the same structure; nil if there is none.
func (d *demo) earlier(receipt guichet.Receipt) *accepted {
	for _, a := range d.accepted {
		if a.receipt.Login.Same(receipt.Login) && a.receipt.Structure.Identity == receipt.Structure.Identity {
			return &a
		}
	}

	return nil
}

// reject reports a form that was refused: every fault with its field, rule and position.
func (d *demo) reject(l line, faults []guichet.Fault) {
	d.refused = append(d.refused, l)
	d.screen.say("register.refused", l.number, shownName(l.form), l.form.Code)

	for _, fault := range faults {
		field, rule := "identifier_type", "A1" // the only one that is read before the form
		if f, ok := errors.AsType[guichet.FieldFault](fault); ok {
			field, rule = f.Name(), f.Rule()
		}

		// Faults of an identifier also say where in it they are.
		column := slices.Index(l.header, field) + 1

		if at, ok := errors.AsType[*identifier.ParseError](fault); ok {
			d.screen.say("register.fault.at", field, column, rule, at.At, fault.Code())
		} else {
			d.screen.say("register.fault", field, column, rule, fault.Code())
		}

		d.screen.say("register.text", fault.Text(d.screen.lang))
	}

	d.screen.print("")
}

func shownName(form account.Form) string { return oneLine(form.FirstName + " " + form.LastName) }

// untouched checks that a form that was refused has left nothing in the file.
func (d *demo) untouched(ctx context.Context, l line, before map[string]int) error {
	after, err := d.db.audit.counts(ctx)
	if err != nil {
		return err
	}

	return d.expect(len(grown(before, after)) == 0, "line %d was refused, and yet changed %v", l.number, grown(before, after))
}

// compareReceipts compares what people were told with what is stored.
func (d *demo) compareReceipts(ctx context.Context) error {
	named := map[identifier.ID]bool{}

	for _, a := range d.accepted {
		r := a.receipt

		if !a.again {
			err := d.expect((r.Next == guichet.NextActivation) == !named[r.Structure.Identity],
				"line %d: whoever names a structure first, and nobody else, is told to activate", a.line.number)
			if err != nil {
				return err
			}
		}

		named[r.Structure.Identity] = true

		stored, err := d.stored(ctx, r)
		if err != nil {
			return err
		}

		if err := d.expect(len(stored) == 1, "line %d: %d open registrations instead of 1", a.line.number, len(stored)); err != nil {
			return err
		}

		state := account.AwaitingApproval
		if r.Next == guichet.NextActivation {
			state = account.AwaitingActivation
		}

		// Whoever sends the form again may have typed something else: what came first stays.
		same := a.again || stored[0].Person == r.Person

		if err := d.expect(stored[0].State == state && same,
			"line %d: the registration is not what the receipt says", a.line.number); err != nil {
			return err
		}
	}

	return nil
}

// stored returns the open registrations of a receipt's login in its structure.
func (d *demo) stored(ctx context.Context, r guichet.Receipt) ([]account.Registration, error) {
	s, err := d.db.store.StructureByIdentity(ctx, r.Structure.Identity)
	if err != nil {
		return nil, err
	}

	page, err := storage.List(ctx, d.db.store, storage.RegistrationsOf{
		Login: r.Login.Key(), Window: storage.Window{Limit: storage.MaxLimit},
	})

	return slices.DeleteFunc(page.Rows, func(reg account.Registration) bool { return reg.Structure != s.ID }), err
}

// compareRefused looks for what refused lines may have left: their logins and their structures, unless another line
// brought them.
func (d *demo) compareRefused(ctx context.Context) error {
	for _, l := range d.refused {
		login, err := account.ParseLogin(l.form.Login)
		if err == nil && !slices.ContainsFunc(d.accepted, func(a accepted) bool { return a.receipt.Login.Same(login) }) {
			page, err := storage.List(ctx, d.db.store, storage.RegistrationsOf{Login: login.Key()})
			if err != nil {
				return err
			}

			if err := d.expect(len(page.Rows) == 0, "line %d was refused, and its login is stored", l.number); err != nil {
				return err
			}
		}

		id, err := identifier.Parse(l.form.Kind, l.form.Code)
		if err == nil && !slices.ContainsFunc(d.accepted, func(a accepted) bool { return a.receipt.Structure.Identity == id }) {
			_, err := d.db.store.StructureByIdentity(ctx, id)
			if err := d.expect(errors.Is(err, storage.ErrNotFound),
				"line %d was refused, and its structure is stored", l.number); err != nil {
				return err
			}
		}
	}

	return nil
}
