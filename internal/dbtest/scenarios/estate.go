package scenarios

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// helpdesk is the support in the stories about structures.
var helpdesk = account.Support("assistance")

// state is what is stored of some structures and waits in the outbox, to tell whether anything was written.
type state struct {
	Structures []structure.Structure
	Rosters    []int64
	Journal    []int
	Messages   int
}

// state reads it.
func (w *World) state(ids ...structure.ID) state {
	w.T.Helper()

	var out state

	for _, id := range append(slices.Clone(ids), "") { // "" = what is journaled of no structure
		history, err := w.Portal.History(w.Ctx, id, storage.Window{Limit: storage.MaxLimit})
		require.NoError(w.T, err)

		out.Journal = append(out.Journal, len(history.Rows))
		if id == "" {
			break
		}

		slice, err := w.Store.Roster(w.Ctx, storage.RosterQuery{Structure: id, At: w.Clock})
		require.NoError(w.T, err)

		out.Structures = append(out.Structures, slice.Facts.Structure)
		out.Rosters = append(out.Rosters, slice.Roster.Version)
	}

	out.Messages = len(w.Waiting())

	return out
}

// Waiting returns the messages of the outbox that wait, now or for later.
func (w *World) Waiting() []storage.Message {
	w.T.Helper()

	page, err := storage.List(w.Ctx, w.Store, storage.DueMessages{
		At: w.Clock.AddDate(10, 0, 0), Window: storage.Window{Limit: storage.MaxLimit},
	})
	require.NoError(w.T, err)

	return page.Rows
}

// Untouched asserts that what fn does writes nothing about some structures, and mails nobody.
func (w *World) Untouched(fn func(), ids ...structure.ID) {
	w.T.Helper()

	before := w.state(ids...)

	fn()
	require.Equal(w.T, before, w.state(ids...), "what was refused wrote something")
}

// Unnamed asserts that nobody has named a structure yet.
func (w *World) Unnamed(id identifier.ID) {
	w.T.Helper()

	_, err := w.Store.StructureByIdentity(w.Ctx, id)
	require.ErrorIs(w.T, err, storage.ErrNotFound)
}

// faultsIn returns the faults of a form as "field code", sorted.
func faultsIn(err error) []string {
	var out []string

	for _, f := range guichet.Faults(err) {
		if field, ok := f.(guichet.FieldFault); ok {
			out = append(out, field.Name()+" "+field.Code())
		} else {
			out = append(out, f.Code())
		}
	}

	slices.Sort(out)

	return out
}

// Stored returns a structure as it is stored under an identifier.
func (w *World) Stored(id identifier.ID) structure.Structure {
	w.T.Helper()

	s, err := w.Store.StructureByIdentity(w.Ctx, id)
	require.NoError(w.T, err)

	return s
}

// Row returns somebody's row in a structure, at structure level.
func (w *World) Row(id identifier.ID, who account.ID) attachment.Attachment {
	w.T.Helper()

	row, _ := w.Roster(id, who).Roster.Row(attachment.Key{Account: who})

	return row
}

// Loner enrols somebody who works for nobody yet.
func (w *World) Loner(name string) account.Account {
	w.T.Helper()

	enrolled, err := w.Portal.Enrol(w.Ctx, Enrolment(name))
	require.NoError(w.T, err)

	return enrolled.Account
}

// Enrolment is a user of an application's, who works for nobody yet.
func Enrolment(name string) guichet.Enrolment {
	return guichet.Enrolment{
		ID: account.ID("app-" + name), Login: Login(name), AcceptsTerms: true,
		Person: account.PersonForm{FirstName: "Prénom " + name, LastName: "Nom " + name},
	}
}

// Create creates a structure for somebody who is signed in.
func (w *World) Create(who account.ID, id identifier.ID) guichet.Joined {
	w.T.Helper()

	joined, err := w.Portal.CreateStructure(w.Ctx, guichet.Creation{By: who, Identity: id, Structure: Typed("suite")})
	require.NoError(w.T, err)

	return joined
}

// Ask has an account ask to be attached.
func (w *World) Ask(who account.ID, id structure.ID, service structure.Code) error {
	w.T.Helper()

	_, err := w.Portal.Do(w.Ctx, id, attachment.Request{
		By: account.By(who), Service: service, Comment: "J'y travaille", Details: new(details(Typed("demande"))),
	})

	return err
}

func details(f structure.Form) structure.Details {
	d, err := f.Check(identifier.SIRET)
	if err != nil {
		panic(err)
	}

	return d
}

// formOf is the form of a structure as it is stored, to change a part of it.
func formOf(s structure.Structure) structure.Form {
	return structure.Details{Sector: s.Sector, Data: s.Data, Applications: s.Applications}.Form()
}

// May tells which condition keeps somebody from something, or nil.
func (w *World) May(who account.ID, scope habilitation.Scope, app structure.Application, level habilitation.Level) error {
	w.T.Helper()

	return w.Portal.Check(w.Ctx, who, scope, habilitation.Profile{Application: app, Level: level})
}

// AtOnce calls several functions in goroutines of their own that begin together, and returns what they answered.
func AtOnce(fns ...func() error) []error {
	var (
		out   = make([]error, len(fns))
		begin = make(chan struct{})
		all   sync.WaitGroup
	)

	for i, fn := range fns {
		all.Go(func() {
			<-begin

			out[i] = fn()
		})
	}

	close(begin)
	all.Wait()

	return out
}

// Mails returns what was sent, as "kind to name", sorted.
func Mails(messages []mail.Message) []string {
	out := make([]string, len(messages))
	for i, m := range messages {
		out[i] = fmt.Sprintf("%s to %s", m.Kind, m.To)
	}

	slices.Sort(out)

	return out
}

// Services returns the codes of a structure's services.
func (w *World) Services(id structure.ID) []structure.Service {
	w.T.Helper()

	page, err := w.Portal.Services(w.Ctx, id, storage.Window{Limit: storage.MaxLimit})
	require.NoError(w.T, err)

	return page.Rows
}

// Service creates a service.
func (w *World) Service(by account.ID, id structure.ID, code string) {
	w.T.Helper()

	_, err := w.Portal.PutService(w.Ctx, account.By(by), id, structure.ServiceForm{Code: code, Label: "Service " + code})
	require.NoError(w.T, err)
}

// Leave has somebody leave a structure; the main manager leaves it vacant.
func (w *World) Leave(manager account.ID, id structure.ID) error {
	w.T.Helper()

	_, err := w.Portal.Do(w.Ctx, id, attachment.Depart{By: account.By(manager), Account: manager, Vacant: true})

	return err
}

// Deciders imports a structure with a manager and others who may decide, too: granting has no use case yet.
func (w *World) Deciders(id identifier.ID, names ...string) []account.ID {
	w.T.Helper()

	in := guichet.Import{Structures: []guichet.ImportedStructure{{Identity: id, Form: Typed(names[0])}}}
	out := make([]account.ID, len(names))
	profiles := append(habilitation.Defaults([]structure.Application{habilitation.Organisation}, ""), habilitation.Manage)

	for i, name := range names {
		out[i] = account.ID("app-" + name)
		in.Accounts = append(in.Accounts, guichet.ImportedAccount{
			ID: out[i], Login: Login(name), Person: Enrolment(name).Person,
		})
		in.Structures[0].Users = append(in.Structures[0].Users, guichet.ImportedUser{Account: out[i], Profiles: profiles})
	}

	in.Structures[0].Manager = out[0]

	report, err := w.Portal.Import(w.Ctx, in)
	require.NoError(w.T, err)
	require.Empty(w.T, report.Refused)

	return out
}

// Entries returns the journal of a structure, oldest first.
func (w *World) Entries(id structure.ID) []storage.Entry {
	w.T.Helper()

	page, err := w.Portal.History(w.Ctx, id, storage.Window{Limit: storage.MaxLimit})
	require.NoError(w.T, err)
	slices.Reverse(page.Rows)

	return page.Rows
}

// Last returns the newest entry in the journal of a structure.
func (w *World) Last(id structure.ID) storage.Entry {
	w.T.Helper()

	entries := w.Entries(id)
	require.NotEmpty(w.T, entries)

	return entries[len(entries)-1]
}

// hanging is a directory that ends its caller's context, and hangs.
type hanging struct{ end context.CancelFunc }

// Look waits for the end.
func (h hanging) Look(ctx context.Context, _ identifier.ID) (structure.Listing, error) {
	h.end()
	<-ctx.Done()

	return structure.Listing{}, ctx.Err()
}

// late is a directory that answers when nobody waits any more.
type late structure.Listing

// Look waits for the end, and answers.
func (l late) Look(ctx context.Context, _ identifier.ID) (structure.Listing, error) {
	<-ctx.Done()

	return structure.Listing(l), nil
}

const aDay = 24 * time.Hour
