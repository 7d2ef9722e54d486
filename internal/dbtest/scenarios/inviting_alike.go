package scenarios

import (
	"fmt"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// alike plays something with a login that has an account, and with one that has none, and asserts that whoever decides in the
// structure, and whoever types the login, are shown the same (rule D7).
func (w *World) alike(play func(id structure.ID, name string, note func(format string, args ...any))) {
	w.T.Helper()

	id := w.team("alice")
	w.services(id, "alice", "A", "B")
	w.Loner("dupont")
	w.Deliver()

	var seen [2][]string

	for i, name := range []string{"dupont", "durand"} {
		before := len(w.history(id, "alice"))

		note := func(format string, args ...any) {
			seen[i] = append(seen[i], strings.ReplaceAll(fmt.Sprintf(format, args...), name, "*"))
		}

		play(id, name, func(format string, args ...any) {
			note(format, args...)
			w.seen(id, name, before, note)
		})

		_ = w.Portal.Dismiss(w.Ctx, by("alice"), id, Login(name)) // the other starts afresh
		w.Deliver()
	}

	assert.Equal(w.T, seen[0], seen[1])
}

// seen notes what a decider is shown of somebody, and the history since then.
func (w *World) seen(id structure.ID, name string, since int, note func(format string, args ...any)) {
	w.T.Helper()

	for _, line := range w.members(id, "alice") {
		if strings.Contains(line, name) {
			note("  user %s", line)
		}
	}

	for _, m := range list(w, storage.MembersOf{Structure: id, Window: all, Search: name}) {
		note("  row %s at %q", m.Attachment.Invited, m.Service.Code)
	}

	for _, line := range w.waits("alice") {
		note("  waits %s", line)
	}

	for _, line := range w.history(id, "alice")[since:] {
		note("  %s", line)
	}
}

// history returns what a decider is shown of a structure's history, oldest first.
func (w *World) history(id structure.ID, decider string) []string {
	w.T.Helper()

	page, err := w.Portal.StructureHistory(w.Ctx, by(decider), id, all)
	require.NoError(w.T, err)

	out := make([]string, len(page.Rows))
	for i, e := range page.Rows {
		out[len(out)-1-i] = fmt.Sprintf("history %s %s→%s on %s%s at %q by %s %q",
			e.Action, e.Before, e.After, e.Name, e.Login, e.Service, e.ActorName, e.Note)
	}

	return out
}

func invitedAlike(w *World) {
	w.alike(func(id structure.ID, name string, note func(format string, args ...any)) {
		note("invited: %v", w.inviting(id, "alice", name, ""))
		note("again: %v", w.inviting(id, "alice", name, ""))

		leaves := attachment.Depart{By: by("alice"), Account: app("alice"), Vacant: true}
		_, err := w.Portal.Do(w.Ctx, id, leaves)
		note("leaving: %v", err)

		w.Deliver()
		w.Wait(hour)
		note("registered: %s", w.Register(name, Siret(0)).Text(language.French))
		note("and again: %s", w.Register(name, Siret(0)).Text(language.French))
		note("sent again: %v", w.Portal.Resend(w.Ctx, Login(name)))
		note("contested: %v", w.Portal.SendContest(w.Ctx, Login(name), Siret(0)))
		w.Deliver()
		note("dismissed: %v", w.Portal.Dismiss(w.Ctx, by("alice"), id, Login(name)))
		note("again: %v", w.Portal.Dismiss(w.Ctx, by("alice"), id, Login(name)))
		note("invited after that: %v", w.inviting(id, "alice", name, ""))
		note("registered after that: %s", w.Register(name, Siret(0)).Text(language.French))
	})
}

func invitedAlikeToService(w *World) {
	w.alike(func(id structure.ID, name string, note func(format string, args ...any)) {
		note("invited: %v", w.inviting(id, "alice", name, "A"))
		note("again: %v", w.inviting(id, "alice", name, "A"))
		note("to another: %v", w.inviting(id, "alice", name, "B"))
		w.Deliver()
		w.Wait(hour)
		note("registered: %s", w.Register(name, Siret(0)).Text(language.French))
		w.Deliver()
		note("refused: %v", w.refuseOnly(id))
		note("dismissed: %v", w.Portal.Dismiss(w.Ctx, by("alice"), id, Login(name)))
	})
}

// refuseOnly refuses the one request that waits, whoever made it.
func (w *World) refuseOnly(id structure.ID) error {
	w.T.Helper()

	page, err := w.Portal.Approvals(w.Ctx, app("alice"), all)
	require.NoError(w.T, err)
	require.Len(w.T, page.Rows, 1)

	_, err = w.Portal.Do(w.Ctx, id, attachment.Refuse{By: by("alice"), Account: page.Rows[0].Attachment.Account})

	return err
}

func invitedAlikeElsewhere(w *World) {
	w.alike(func(id structure.ID, name string, note func(format string, args ...any)) {
		note("invited: %v", w.inviting(id, "alice", name, ""))
		note("to a part: %v", w.inviting(id, "alice", name, "A"))
		note("dismissed: %v", w.Portal.Dismiss(w.Ctx, by("alice"), id, Login(name)))
		w.Wait(hour)
		note("invited to a service: %v", w.inviting(id, "alice", name, "A"))
		note("to another: %v", w.inviting(id, "alice", name, "B"))
		note("to the whole: %v", w.inviting(id, "alice", name, ""))
		note("dismissed again: %v", w.Portal.Dismiss(w.Ctx, by("alice"), id, Login(name)))
	})
}
