package guichet

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// Place is a structure as a list shows it to one person: whole to whoever is attached there, and else as anybody may see it.
type Place struct {
	ID        structure.ID
	Successor structure.ID // another identifier has taken the place of this one's; "" = none (rule C9)
	Kind      identifier.Kind

	// Identifier is the code for people. An individual's is whole for whoever is attached there, and masked for others
	// (rule A7).
	Identifier string

	// Summary has no address where it is masked (rule G4). Of an individual, for whoever is not attached there, it has
	// neither identity nor data, since an encoder would show them.
	Summary structure.Summary
}

// placed returns a structure for somebody's list. attached says whether they are attached there and not suspended, by an
// account that is active.
func placed(s structure.Structure, attached bool) Place {
	out := Place{
		ID: s.ID, Successor: s.Successor, Kind: s.Identity.Kind(), Identifier: s.Identity.Display(), Summary: publicSummary(s),
	}

	individual := out.Kind == identifier.Individual

	switch {
	case attached && individual:
		out.Identifier, out.Summary = s.Identity.Code(), s.Summary()
	case attached:
		out.Summary = s.Summary()
	case individual:
		out.Summary.Identity = identifier.ID{}
	}

	return out
}

// AttachmentLine is one line of "my attachments".
type AttachmentLine struct {
	Place       Place
	Service     structure.Service // Code "" = structure level
	MainManager bool              // else a simple user (French: utilisateur simple)
	Suspended   bool
	Since       time.Time // when it began or, if it is suspended, when that did
}

// Attachments is the list "my attachments" (French: mes rattachements): one line for each of an account's attachments,
// suspended ones too, in the order of the structures' names, then by service. The structure is shown whole, but to whoever is
// suspended there, and while the account is not active, as anybody may see it (rules A7, D8 and G4). An account that does not
// exist has none. It is one query. Who may read it is the caller's to check.
//
// Errors: those of the store.
func (p *Portal) Attachments(ctx context.Context, id account.ID) ([]AttachmentLine, error) {
	m, err := p.store.Memberships(ctx, id)
	if _, err := found(err); err != nil {
		return nil, err
	}

	type keyed struct {
		name string
		line AttachmentLine
	}

	lines := make([]keyed, len(m.Rows))

	for i, row := range m.Rows {
		here := m.Account.State == account.Active && row.Attachment.State == attachment.Attached
		place := placed(row.Structure, here)

		lines[i] = keyed{name: structure.Fold(place.Summary.Data.Name()), line: AttachmentLine{
			Place: place, Service: row.Service,
			MainManager: row.Standing == attachment.Managed && row.Holder == id && row.Attachment.Service == "",
			Suspended:   row.Attachment.State == attachment.Suspended, Since: row.Attachment.Since,
		}}
	}

	slices.SortFunc(lines, func(a, b keyed) int {
		return cmp.Or(
			cmp.Compare(a.name, b.name), cmp.Compare(a.line.Place.ID, b.line.Place.ID),
			cmp.Compare(a.line.Service.Code, b.line.Service.Code),
		)
	})

	out := make([]AttachmentLine, len(lines))
	for i, l := range lines {
		out[i] = l.line
	}

	return out, nil
}

// RequestLine is one line of "my requests".
type RequestLine struct {
	Place   Place
	Service structure.Code // "" = structure level

	// Order and the structure are the same for requests that were made together (rule D4), and for no others. It is also
	// what tells an attachment.Withdraw apart from one of the next request.
	Order int64

	// Wish says that it is for more profiles (rule E5), and not to be attached.
	Wish bool

	// Profiles are those that a wish is for or, once it is approved, what is left of those it brought. Of one that was refused
	// or withdrawn they are not kept.
	Profiles []habilitation.Profile

	// State is what became of it: attachment.Requested while it waits, Approved, Refused, Withdrawn or Lapsed. What
	// became of the attachment afterwards is in "my attachments".
	State attachment.State

	RequestedAt time.Time          // zero for a wish that does not wait any more
	Comment     string             // as typed; of a wish only while it waits
	Details     *structure.Details // as typed, while nobody has activated the structure; nil otherwise
	DecidedAt   time.Time          // when it was approved or refused; zero if nobody decided
	Reason      string             // why it was refused, if that was told
	EndedAt     time.Time          // when it was withdrawn or lapsed; zero otherwise, and for a wish
	Contested   time.Time          // when the author contested who manages the structure (rule D12); zero = not
}

// Requests is the list "my requests": what an account, or a registration, asked for, to be attached or
// to hold more profiles, in every state, with when and why it was decided, but not by whom, which is for deciders (rule D5). Of
// each structure or service it shows the last request and the last wish; earlier ones are in the journal
// ([storage.JournalOf]). What somebody was given without asking is not among them.
//
// The window is of the structures and services where the account ever had anything, in the order of their ids: a page may have
// fewer lines than its limit, or more, and the last page is the one without Next. Nothing is counted.
//
// It is three queries. Who may read it is the caller's to check. Errors: [*Error] around [ErrPage]; those of the store.
func (p *Portal) Requests(
	ctx context.Context, id account.ID, window storage.Window,
) (storage.PageOf[RequestLine], error) {
	var out storage.PageOf[RequestLine]

	acc, err := p.store.Account(ctx, id)
	if _, err := found(err); err != nil {
		return out, err
	}

	reg, err := p.store.Registration(ctx, id)
	if _, err := found(err); err != nil {
		return out, err
	}

	window.Counted = false

	rows, err := page[storage.RosterRow](ctx, p.store, storage.RowsOf{Window: window, Account: id})
	if err != nil {
		return out, err
	}

	out.Next = rows.Next

	for _, row := range rows.Rows {
		a := row.Attachment
		place := placed(row.Structure, acc.State == account.Active && a.State == attachment.Attached)

		if line, ok := requestLine(row, reg); ok {
			line.Place = place
			out.Rows = append(out.Rows, line)
		}

		if line, ok := wishLine(a); ok {
			line.Place = place
			out.Rows = append(out.Rows, line)
		}
	}

	return out, nil
}

// requestLine is what a row says of the last request to be attached. ok is false if there was none.
func requestLine(row storage.RosterRow, reg account.Registration) (line RequestLine, ok bool) {
	a := row.Attachment

	line = RequestLine{
		Service: a.Service, Order: a.Order, State: a.State, RequestedAt: a.RequestedAt, Comment: a.Comment, Details: a.Details,
		Contested: a.Contested,
	}

	switch a.State {
	case attachment.Requested:
	case attachment.Approved, attachment.Attached, attachment.Suspended, attachment.Detached:
		line.State = attachment.Approved

		switch {
		case a.Decision.At.Before(a.RequestedAt): // on an earlier one; this one ended otherwise
		case a.Decision.Refuses(): // and the role came later
			line.State, line.DecidedAt, line.Reason = attachment.Refused, a.Decision.At, a.Decision.Reason
		default:
			line.DecidedAt = a.Decision.At
		}
	case attachment.Refused:
		line.DecidedAt, line.Reason = a.Decision.At, a.Decision.Reason
	case attachment.Withdrawn, attachment.Lapsed:
		line.EndedAt = a.Since
	case attachment.Claimed: // nobody is asked
		return line, false
	}

	return line, askedFor(row, reg)
}

// askedFor tells whether somebody asked to be attached, or was attached, or invited, by a decider or by the role.
func askedFor(row storage.RosterRow, reg account.Registration) bool {
	a := row.Attachment

	switch {
	case a.State == attachment.Requested || a.State == attachment.Refused || a.Comment != "":
		return true
	case a.Decision.At.IsZero() || !a.Decision.Approved: // a claim, a structure of one's own, an import
		return a.State == attachment.Withdrawn || a.State == attachment.Lapsed
	}

	// What nobody asked for bears the time at which it was given. Registrations may have no comment either.
	registered := reg.ID != "" && !reg.Invited && reg.Structure == row.Structure.ID && a.Service == "" &&
		a.RequestedAt.Equal(reg.CreatedAt)

	return registered || !a.RequestedAt.Equal(a.Decision.At) && !a.RequestedAt.Equal(a.Since)
}

// wishLine is what a row says of the last wish for profiles. ok is false if there was none.
func wishLine(a attachment.Attachment) (line RequestLine, ok bool) {
	w := a.Wish

	line = RequestLine{
		Service: a.Service, Order: w.Order, Wish: true, Profiles: w.Profiles, RequestedAt: w.At, Comment: w.Comment,
	}

	switch {
	case w.Open():
		line.State = attachment.Requested
	case w.Decision.Refuses():
		line.State, line.DecidedAt, line.Reason = attachment.Refused, w.Decision.At, w.Decision.Reason
	case w.Decision.Approved:
		line.State, line.DecidedAt = attachment.Approved, w.Decision.At

		for _, g := range a.Grants {
			if g.At.Equal(w.Decision.At) && g.By == w.Decision.By {
				line.Profiles = append(line.Profiles, g.Profile)
			}
		}
	default:
		line.State = attachment.Withdrawn
	}

	return line, w.Open() || w.Order > 0 || !w.Decision.At.IsZero()
}

// ListHabilitations is one page of the list "my habilitations" (French: mes habilitations), searched, filtered and sorted
// (rule E7): one row per structure, service and profile that counts now. [Portal.Habilitations] returns them all. Profiles are
// found and sorted in the language. An individual's code is whole in it, since whoever holds a right there is attached there.
// It is one query. Who may read it is the caller's to check.
//
// Errors: [*Error] around [ErrPage]; those of the store.
func (p *Portal) ListHabilitations(
	ctx context.Context, id account.ID, listing habilitation.Listing, lang language.Tag,
) (habilitation.Page, error) {
	rows, err := p.Habilitations(ctx, id)
	if err != nil {
		return habilitation.Page{}, err
	}

	out, err := listing.Page(rows, p.catalogue, lang)
	if errors.Is(err, habilitation.ErrPage) {
		err = &Error{Err: ErrPage, Cause: err}
	}

	return out, err
}

// ExportHabilitations writes all of "my habilitations" as comma-separated values in UTF-8, with the guide's columns under their
// titles in French or English (rule E7; French: exporter). It is one query. Who may read it is the caller's to check.
//
// Errors: those of the store, and then nothing was written; those of w, after which the file is incomplete.
func (p *Portal) ExportHabilitations(ctx context.Context, id account.ID, w io.Writer, lang language.Tag) error {
	rows, err := p.Habilitations(ctx, id)
	if err != nil {
		return err
	}

	return habilitation.WriteCSV(w, habilitation.Listing{}.Select(rows, p.catalogue, lang), p.catalogue, lang)
}
