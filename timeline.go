package guichet

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// What a structure's history says of an invitation until whoever has the login signs in (rule D7).
const (
	ActionInvitation      = "invitation"
	ActionInvitationEnded = "invitation ended"
)

// TimelineEntry is one line of a structure's history as people read it.
type TimelineEntry struct {
	At        time.Time
	Action    string        // stable name of what happened, as of the journal
	Actor     account.Actor // who did it; zero where that is not shown
	ActorName string        // of an account or a registration; "" = not known any more, or not shown
	Account   account.ID    // on whom; "" = nobody in particular, or not shown
	Name      string        // likewise
	Login     string        // of an invitation: as it was typed; "" = not kept any more
	Service   structure.Code
	Before    string // stable name of the state before; "" = none, or not shown
	After     string // likewise, after
	Note      string // comment or reason; erasable
}

// Timeline is one page of a structure's history.
type Timeline struct {
	Rows        []TimelineEntry
	Next        string       // goes back as After; "" = there is no more
	Count       int          // if asked for: how many entries there are, at most storage.CountCap
	Predecessor structure.ID // whose history comes before this one, under its former identifier; "" = none (rule C9)
	Successor   structure.ID // whose history goes on after it; "" = none
}

// StructureHistory is the history of a structure, newest first (rule D11; French: historique), for its deciders and support,
// with the names of those whom it is about as far as they are known: closing an account erases its name. The history under a
// former identifier is for the deciders of the structure that took its place (rule C9).
//
// Of an invitation it shows the login that was typed, and nothing from which one could tell whether anybody has it, until that
// person signs in; afterwards the same entries are like any others (rule D7). That somebody contests who manages the structure is
// shown without who, and why, but to support (rule D12). A page may have fewer lines than its limit.
//
// It is three queries, and one more for each identifier that came after. Errors: [*Error] around [ErrUnknownStructure] or
// [ErrPage]; [*attachment.Error] around [attachment.ErrNotDecider], with its cause, for everybody else, and around
// [attachment.ErrNoManager] while nobody has activated.
func (p *Portal) StructureHistory(
	ctx context.Context, by account.Actor, id structure.ID, window storage.Window,
) (Timeline, error) {
	stored, err := p.historian(ctx, by, id)
	if err != nil {
		return Timeline{}, err
	}

	entries, err := p.History(ctx, id, window)
	if err != nil {
		return Timeline{}, err
	}

	people, err := p.store.Roster(ctx, storage.RosterQuery{Structure: id, Accounts: mentioned(entries.Rows), At: p.at()})
	if err != nil {
		return Timeline{}, err
	}

	out := Timeline{
		Next: entries.Next, Count: entries.Count, Predecessor: stored.Predecessor, Successor: stored.Successor,
	}

	for _, e := range entries.Rows {
		if line, shown := told(e, people, by); shown {
			out.Rows = append(out.Rows, line)
		}
	}

	return out, nil
}

// historian returns the structure if the actor may read its history.
func (p *Portal) historian(ctx context.Context, by account.Actor, id structure.ID) (structure.Structure, error) {
	var stored structure.Structure

	for next := id; ; {
		query := storage.RosterQuery{Structure: next, At: p.at()}
		if by.Kind == account.ActorAccount {
			query.Accounts = []account.ID{by.ID}
		}

		slice, err := p.store.Roster(ctx, query)
		if present, err := found(err); !present || err != nil {
			if err == nil {
				err = &Error{Err: ErrUnknownStructure}
			}

			return stored, err
		}

		if next == id {
			stored = slice.Facts.Structure
		}

		if next = slice.Facts.Structure.Successor; next == "" {
			return stored, viewer{slice: p.known(slice), by: by}.decider(p.at())
		}
	}
}

// mentioned returns the accounts and registrations that entries are by or about, each once.
func mentioned(entries []storage.Entry) []account.ID {
	var out []account.ID

	for _, e := range entries {
		for _, id := range []account.ID{e.Actor.ID, e.Account} {
			if id != "" {
				out = append(out, id)
			}
		}
	}

	slices.Sort(out)

	return slices.Compact(out)
}

// told returns an entry as it is shown. shown is false for one that is not shown at all.
func told(e storage.Entry, people storage.Slice, to account.Actor) (line TimelineEntry, shown bool) {
	line = TimelineEntry{
		At: e.At, Action: e.Action, Actor: e.Actor, ActorName: nameIn(people.Facts, e.Actor.ID),
		Account: e.Account, Name: nameIn(people.Facts, e.Account), Service: e.Service,
		Before: e.Before, After: e.After, Note: e.Note,
	}

	if e.Action == (attachment.StandingContested{}).Action() && to.Kind != account.ActorSupport {
		return TimelineEntry{At: e.At, Action: e.Action}, true
	}

	row, exists := people.Roster.Row(attachment.Key{Account: e.Account, Service: e.Service})
	hidden := !exists || row.Invited != ""

	switch masked := (TimelineEntry{At: e.At, Login: row.Invited, Service: e.Service}); {
	case e.Action == (attachment.UserInvited{}).Action() && hidden:
		masked.Action, masked.Actor, masked.ActorName = ActionInvitation, line.Actor, line.ActorName

		return masked, true
	case e.Action == ActionInvitationEnded && hidden:
		// A decider may take it back, whoever was invited. Anybody else's act would tell who that is.
		if masked.Action = ActionInvitationEnded; e.Actor.Kind == account.ActorAccount && e.Actor.ID != e.Account {
			masked.Actor, masked.ActorName = line.Actor, line.ActorName
		}

		return masked, true
	default:
		return line, !follows(e, row)
	}
}

// follows tells whether an entry is about what else came of an invitation whose login is all that is shown: what could only
// happen to an account.
func follows(e storage.Entry, row attachment.Attachment) bool {
	if row.Invited == "" || row.State == attachment.Requested || row.State == attachment.Refused {
		return false // whoever asks is known
	}

	return e.Action != (attachment.RequestMade{}).Action() && e.Version >= row.Order
}

// nameIn returns somebody's name, "" if it is not known.
func nameIn(f attachment.Facts, id account.ID) string {
	if acc, ok := f.Accounts[id]; ok {
		return strings.TrimSpace(acc.Person.Name())
	}

	return strings.TrimSpace(f.Registrations[id].Person.Name())
}
