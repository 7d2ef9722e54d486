package memory

import (
	"cmp"
	"slices"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// roster is one roster: its head, its rows by account, and its open requests in the order of the queue, so that
// reading a slice costs the same in any roster (sentence 8 of the contract). Reading the approvals does so too.
type roster struct {
	head    attachment.Roster // without Queue and Rows
	rows    map[account.ID]map[structure.Code]attachment.Attachment
	open    []place
	asked   map[attachment.Key]struct{} // the rows that wait for a decision: open requests, and open wishes
	invited map[attachment.Key]string   // search texts of the rows that have their own: folding takes longer than all else
}

// place is an open request's place among the open requests of its roster.
type place struct {
	order int64
	key   attachment.Key
}

func (p place) compare(other place) int {
	return cmp.Or(cmp.Compare(p.order, other.order), p.key.Compare(other.key))
}

// queued puts an open request into the queue, what waits for a decision among the asked, and who was invited among these, or
// takes it out.
func (r *roster) queued(row attachment.Attachment, in bool) {
	switch _, _, waits := row.Asked(); {
	case waits && in:
		r.asked[row.Key] = struct{}{}
	case waits:
		delete(r.asked, row.Key)
	}

	switch {
	case row.Invited != "" && in:
		r.invited[row.Key] = row.SearchText(account.Account{})
	case row.Invited != "":
		delete(r.invited, row.Key)
	}

	if row.State != attachment.Requested {
		return
	}

	at := place{row.Order, row.Key}

	switch i, found := slices.BinarySearchFunc(r.open, at, place.compare); {
	case in && !found:
		r.open = slices.Insert(r.open, i, at)
	case !in && found:
		r.open = slices.Delete(r.open, i, i+1)
	}
}

// present tells whether a row in this state is an attachment.
func present(s attachment.State) bool { return s == attachment.Attached || s == attachment.Suspended }

// decides tells whether an attachment lets its account decide in the structure.
func decides(row attachment.Attachment) bool {
	return row.State == attachment.Attached && row.Service == "" &&
		slices.ContainsFunc(row.Grants, func(g attachment.Grant) bool { return g.Profile == habilitation.Manage })
}

// slice is [storage.Reader.Roster].
func (t *tables) slice(q storage.RosterQuery) (storage.Slice, error) {
	about, err := find(t.structures, q.Structure)
	if err != nil {
		return storage.Slice{}, err
	}

	r, ok := t.rosters[q.Structure]
	if !ok {
		r = &roster{head: attachment.Roster{Structure: q.Structure}}
	}

	out := storage.Slice{Roster: r.head, Newest: t.newest(r, q)}
	out.Roster.Queue = t.queue(r, q.At)
	out.Facts = attachment.Facts{
		Structure:     about.Clone(),
		Services:      map[structure.Code]structure.Service{},
		Registrations: map[account.ID]account.Registration{},
		Accounts:      map[account.ID]account.Account{},
	}

	wanted := append(slices.Clone(q.Accounts), r.head.Holder, out.Newest)
	wanted = append(wanted, out.Roster.Queue...)
	slices.Sort(wanted)

	services := slices.Clone(q.Services)

	for _, id := range slices.Compact(wanted) {
		for _, row := range r.rows[id] {
			out.Roster.Rows = append(out.Roster.Rows, row.Clone())
			services = append(services, row.Service)
		}

		t.person(&out.Facts, id)
	}

	for _, code := range services {
		if service, ok := t.services[serviceKey{q.Structure, code}]; ok {
			out.Facts.Services[code] = service
		}
	}

	return out, nil
}

// person adds what is known of an account or registration.
func (t *tables) person(f *attachment.Facts, id account.ID) {
	if row, ok := t.registrations[id]; ok {
		f.Registrations[id] = row
	}

	if row, ok := t.accounts[id]; ok {
		f.Accounts[id] = row
	}
}

// queue returns the head of the line. Whether a request can succeed is asked of the rule itself, one row at a time.
func (t *tables) queue(r *roster, at time.Time) []account.ID {
	var out []account.ID

	for _, p := range r.open {
		one := attachment.Roster{Rows: []attachment.Attachment{r.rows[p.key.Account][p.key.Service]}}
		facts := attachment.Facts{
			Registrations: map[account.ID]account.Registration{}, Accounts: map[account.ID]account.Account{},
		}
		t.person(&facts, p.key.Account)

		out = append(out, one.Line(facts, at)...)
		if len(out) == attachment.QueueLength {
			break
		}
	}

	return out
}

// newest returns the registration of [storage.Slice.Newest].
func (t *tables) newest(r *roster, q storage.RosterQuery) account.ID {
	var (
		out   account.ID
		order int64
	)

	for id := range t.registered[q.Login] {
		row, ok := r.rows[id][""]
		if !ok || q.Login == "" || t.registrations[id].Structure != q.Structure {
			continue
		}

		// No two registrations have one order; the comparison of ids only keeps the answer from depending on a map.
		if out == "" || row.Order > order || row.Order == order && id > out {
			out, order = id, row.Order
		}
	}

	return out
}
