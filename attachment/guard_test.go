package attachment_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
)

var errLunch = errors.New("pas entre midi et deux")

// lunch refuses everything, and says what it was asked.
func lunch(asked *[]attachment.Roster) attachment.Guard {
	return func(r attachment.Roster, _ attachment.Facts, _ attachment.Command, _ time.Time) error {
		*asked = append(*asked, r)

		return errLunch
	}
}

func TestAGuardRefusesWhatTheRulesAllow(t *testing.T) {
	t.Parallel()

	var asked []attachment.Roster

	w := team(t)
	approve := attachment.Approve{By: manager, Account: "asker"}
	changes, err := attachment.Decide(w.whole(), w.known(), approve, w.now, lunch(&asked))
	assert.Empty(t, changes)
	assert.Len(t, asked, 1)
	require.ErrorIs(t, err, attachment.ErrGuarded)
	require.ErrorIs(t, err, errLunch)

	var refused *attachment.Error

	require.ErrorAs(t, err, &refused)
	assert.Equal(t, key("r1"), refused.Key)
	assert.Equal(t, "attachment.guarded", refused.Code())
	assert.Equal(t, "Une règle de cette application s'y oppose : pas entre midi et deux", refused.Text(language.French))
	assert.Equal(t, "A rule of this application forbids it: pas entre midi et deux", refused.Error())
}

func TestAGuardIsNotAskedAboutWhatTheRulesRefuse(t *testing.T) {
	t.Parallel()

	for _, d := range allDenials() {
		var asked []attachment.Roster

		w := d.world(t)
		_, err := attachment.Decide(w.whole(), w.known(), d.command, w.now, lunch(&asked))
		require.ErrorIs(t, err, d.why, "%s", d.command)
		assert.Empty(t, asked, "%s", d.command)
	}
}

func TestAGuardIsAskedNeitherAboutTheSystemNorAboutADeparture(t *testing.T) {
	t.Parallel()

	w := asking(t, day, 0)
	w.now = noon.Add(2 * day)

	for _, c := range []attachment.Command{
		remind("a1", ""), settle("a1"), mailed("a1"),
		attachment.Depart{By: account.By("a1"), Account: "a1"},
		attachment.Depart{By: support, Account: "a1"},
	} {
		var asked []attachment.Roster

		_, err := attachment.Decide(w.whole(), w.known(), c, w.now, lunch(&asked))
		require.NoError(t, err, "%s", c)
		assert.Empty(t, asked, "%s", c)
	}
}

// The first that refuses is told, and later ones are not asked.
func TestGuardsAreAskedInOrderAboutTheRosterOnceWhatIsDueIsApplied(t *testing.T) {
	t.Parallel()

	var first, second, third []attachment.Roster

	w := newWorld(t)
	w.register("first@potier.fr")
	w.request("a1", "")
	w.request("a2", "")
	w.now = noon.Add(24 * hour) // a1 succeeds

	pass := func(r attachment.Roster, f attachment.Facts, c attachment.Command, at time.Time) error {
		first = append(first, r)

		assert.Equal(t, w.known(), f)
		assert.Equal(t, attachment.Approve{By: account.By("a1"), Account: "a2"}, c)
		assert.Equal(t, w.now, at)

		return nil
	}

	_, err := attachment.Decide(w.whole(), w.known(), attachment.Approve{By: account.By("a1"), Account: "a2"}, w.now,
		pass, lunch(&second), lunch(&third))
	require.ErrorIs(t, err, errLunch)
	require.Len(t, first, 1)
	require.Len(t, second, 1)
	assert.Empty(t, third)
	assert.Equal(t, attachment.Managed, second[0].Standing)
	assert.Equal(t, account.ID("a1"), second[0].Holder)

	asker, _ := second[0].Row(key("a2"))
	assert.Equal(t, attachment.Requested, asker.State, "before the command")
	assert.Equal(t, first, second)

	changes, err := attachment.Decide(w.whole(), w.known(), attachment.Approve{By: account.By("a1"), Account: "a2"}, w.now, pass)
	require.NoError(t, err)
	assert.Len(t, changes, 4)
}
