package attachment_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/structure"
)

// slice is what storage reads of a whole roster for a command: see storage.Slice.
func slice(r attachment.Roster, whole attachment.Facts, c attachment.Command) (attachment.Roster, attachment.Facts) {
	r.Queue = r.Queue[:min(len(r.Queue), attachment.QueueLength)]
	named := append(append(slices.Clone(c.Accounts()), r.Holder), r.Queue...)
	r.Rows = slices.DeleteFunc(slices.Clone(r.Rows), func(row attachment.Attachment) bool {
		return !slices.Contains(named, row.Account)
	})

	f := whole
	if c.Actor().Kind != account.ActorSupport { // what only the whole tells is read for whom it is needed for, see Facts
		f.Decider = ""
	}

	if _, departs := c.(attachment.Depart); !departs {
		f.Invited = false
	}

	f.Services = map[structure.Code]structure.Service{}
	f.Registrations, f.Accounts = map[account.ID]account.Registration{}, map[account.ID]account.Account{}

	services := servicesOf(c)
	for _, row := range r.Rows {
		services = append(services, row.Service)
	}

	for _, code := range services {
		if s, ok := whole.Services[code]; ok {
			f.Services[code] = s
		}
	}

	for _, id := range named {
		if reg, ok := whole.Registrations[id]; ok {
			f.Registrations[id] = reg
		}

		if acc, ok := whole.Accounts[id]; ok {
			f.Accounts[id] = acc
		}
	}

	return r, f
}

// servicesOf are the services that a command names, whose facts are read besides those that the rows name.
func servicesOf(c attachment.Command) []structure.Code {
	switch c := c.(type) {
	case attachment.Request:
		return append([]structure.Code{c.Service}, c.More...)
	case attachment.Attach:
		return []structure.Code{c.Service}
	default:
		return nil
	}
}

// decide decides on the whole and on the slice, and asserts that both say the same and that neither touches what it
// was given.
func (w *world) decide(c attachment.Command) ([]attachment.Change, error) {
	w.t.Helper()

	whole, facts := w.whole(), w.known()
	part, known := slice(whole, facts, c)
	rows := slices.Clone(part.Rows) // all else that the slice has, it shares with the whole
	before, told := whole.Clone(), cloneFacts(facts)

	changes, err := attachment.Decide(whole, facts, c, w.now)
	same, refusal := attachment.Decide(part, known, c, w.now)
	require.Equal(w.t, before, whole, "%s touched its input", c)
	require.Equal(w.t, told, facts, "%s touched its input", c)
	require.Equal(w.t, rows, part.Rows, "%s touched its input", c)
	require.Equal(w.t, changes, same, "%s decided on a slice", c)
	require.Equal(w.t, reason(err), reason(refusal), "%s decided on a slice", c)

	if err != nil {
		require.Empty(w.t, changes, "%s is refused", c)
	}

	// What the portal stores of the slice is what the whole became.
	keys := map[attachment.Key]bool{}

	for _, change := range changes {
		whole, part = whole.Apply(change), part.Apply(change)
		keys[change.Subject()] = true
	}

	require.Equal(w.t, head(whole), head(part), "%s applied to a slice", c)

	for _, row := range part.Only(keys).Rows {
		stored, _ := whole.Row(row.Key)
		require.Equal(w.t, stored, row, "%s applied to a slice", c)
	}

	return changes, err
}

// cloneFacts copies facts, as deep as anything could change them.
func cloneFacts(f attachment.Facts) attachment.Facts {
	f.Services, f.Accounts, f.Registrations = maps.Clone(f.Services), maps.Clone(f.Accounts), maps.Clone(f.Registrations)
	f.Structure, f.Withhold = f.Structure.Clone(), slices.Clone(f.Withhold)

	return f
}

// snapshot writes out all that a decision could touch.
func snapshot(t tb, r attachment.Roster, f attachment.Facts) string {
	b, err := json.Marshal([]any{r, f})
	require.NoError(t, err)

	return string(b)
}

// head is a roster without what a slice leaves out.
func head(r attachment.Roster) attachment.Roster {
	r.Queue, r.Rows = nil, nil

	return r
}

// reason is what an error says, besides its wording.
func reason(err error) string {
	var refused *attachment.Error
	if !errors.As(err, &refused) {
		return fmt.Sprint(err)
	}

	return fmt.Sprint(refused.Key, refused.Code(), refused.By, refused.At, refused.Cause)
}
