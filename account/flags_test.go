package account_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/account"
)

// asked is how often, of somebody who asks every minute for some days, it is granted, and when.
func asked(p account.Policy, days int) []time.Duration {
	var (
		a   account.Ask
		out []time.Duration
	)

	for after := time.Duration(0); after < time.Duration(days)*24*time.Hour; after += time.Minute {
		var granted bool
		if a, granted = a.Grant(p, began.Add(after)); granted {
			out = append(out, after)
		}
	}

	return out
}

func TestB10_WhoAsksAgainAndAgainWaitsLongerEachTime(t *testing.T) {
	var minutes []int
	for _, after := range asked(account.Policy{}.WithDefaults(), 1)[:7] {
		minutes = append(minutes, int(after/time.Minute))
	}

	// 10 minutes, 20, 40, and never more than a link lives: or a stranger who asks could leave its owner without one.
	assert.Equal(t, []int{0, 10, 30, 70, 130, 190, 250}, minutes)

	hourly := asked(account.Policy{LinkAgain: 8 * time.Hour}.WithDefaults(), 1)
	assert.Len(t, hourly, 3, "an application that waits for longer anyway waits no less")
}

func TestB10_ADaysSilenceForgetsWhatWasAskedFor(t *testing.T) {
	p := account.Policy{}.WithDefaults()

	var a account.Ask
	for n := range 8 {
		a, _ = a.Grant(p, began.Add(time.Duration(n)*6*time.Hour))
	}

	assert.Equal(t, 8, a.Count)

	_, granted := a.Grant(p, a.At.Add(time.Hour-1))
	assert.False(t, granted)

	again, granted := a.Grant(p, a.At.Add(24*time.Hour))
	assert.True(t, granted)
	assert.Equal(t, account.Ask{At: a.At.Add(24 * time.Hour), Count: 1}, again)
}

func TestB10_AClockThatWasWrongKeepsNobodyFromAskingForLong(t *testing.T) {
	p := account.Policy{}.WithDefaults()
	a, _ := account.Ask{}.Grant(p, began.AddDate(1, 0, 0))

	_, granted := a.Grant(p, began)
	assert.True(t, granted)
}

func TestB10_TwoThatAreGrantedAreNeverNearerThanThePolicySays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := account.Policy{LinkAgain: time.Duration(rapid.IntRange(1, 600).Draw(t, "again")) * time.Minute}.WithDefaults()
		at := began

		var a account.Ask

		for range 30 {
			at = at.Add(time.Duration(rapid.IntRange(0, 1500).Draw(t, "minutes")) * time.Minute)

			next, granted := a.Grant(p, at)
			if !granted {
				require.Equal(t, a, next)
				require.Less(t, at.Sub(a.At), 24*time.Hour, "nobody waits for a day")

				continue
			}

			require.True(t, a.Count == 0 || at.Sub(a.At) >= p.LinkAgain)
			require.Equal(t, at, next.At)
			a = next
		}
	})
}

func TestB10_WhatCountsIsKept(t *testing.T) {
	p := account.Policy{}.WithDefaults()
	at := began

	assert.Equal(t, at.Add(24*time.Hour), account.Attempts{}.Kept(p, at).Over)

	for name, row := range map[string]account.Attempts{
		"password": {Password: account.Gate{Until: at.Add(day)}},
		"answer":   {Answer: account.Gate{Until: at.Add(day)}},
		"code":     {Code: account.Gate{Until: at.Add(day)}},
	} {
		assert.Equal(t, at.Add(2*day), row.Kept(p, at).Over, "%s: a lock is remembered after its end, or the next is no longer", name)
	}

	short := account.Policy{KeepAttempts: time.Minute}.WithDefaults()
	assert.Equal(t, at.Add(day), account.Attempts{}.Kept(short, at).Over, "what is forgotten while it counts does not count")
}

func TestB10_ACopyOfAttemptsSharesNothing(t *testing.T) {
	try := func() account.Gate { return account.Gate{Pending: []account.Try{{ID: "try", At: began}}} }
	row := account.Attempts{Key: "k", Password: try(), Answer: try(), Code: try()}
	copied := row.Clone()
	assert.Equal(t, row, copied)

	for _, g := range []account.Gate{row.Password, row.Answer, row.Code} {
		g.Pending[0].ID = "other"
	}

	for _, g := range []account.Gate{copied.Password, copied.Answer, copied.Code} {
		assert.Equal(t, "try", g.Pending[0].ID)
	}
}

const day = 24 * time.Hour

// reached is an account with a login and a contact address.
func reached(t *testing.T, contact string, confirmed bool) account.Account {
	t.Helper()

	acc := account.Account{Login: login(t, "alice@exemple.fr"), Epoch: 3, Person: account.Person{Contact: contact}}
	if confirmed {
		acc.ContactAt = began
	}

	return acc
}

func TestF4_AnAddressWhereMailIsGivenUpIsFlaggedUntilOneArrives(t *testing.T) {
	const contact, other = "contact@exemple.fr", "other@exemple.fr"

	acc := reached(t, contact, true)
	assert.Equal(t, contact, acc.NoticeAddress())
	assert.True(t, acc.Reachable())
	assert.Equal(t, acc, acc.Missed(other, began), "which it had once")
	assert.Equal(t, acc, acc.Missed("", began))

	// Notices go to the login address meanwhile.
	missed := acc.Missed(contact, began)
	assert.Equal(t, began, missed.ContactFailedAt)
	assert.Zero(t, missed.LoginFailedAt)
	assert.Equal(t, "alice@exemple.fr", missed.NoticeAddress())
	assert.True(t, missed.Reachable())

	both := missed.Missed("alice@exemple.fr", began)
	assert.False(t, both.Reachable())

	// What was handed over before tells nothing.
	assert.Equal(t, both, both.Reached(contact, began.Add(-1)))
	assert.Equal(t, both, both.Reached(other, began.Add(1)))
	assert.Equal(t, missed, both.Reached("alice@exemple.fr", began.Add(1)))
	assert.Equal(t, acc, missed.Reached(contact, began.Add(1)))

	// Another contact address is not flagged.
	changed := both.Reach(account.Person{Contact: other})
	assert.Zero(t, changed.ContactFailedAt)
	assert.Equal(t, began, changed.LoginFailedAt)
}

func TestF4_ALoginAddressAloneIsFlaggedToo(t *testing.T) {
	for _, contact := range []string{"", "alice@exemple.fr", "unconfirmed@exemple.fr"} {
		acc := reached(t, contact, false)
		assert.True(t, acc.Reachable(), contact)
		assert.False(t, acc.Missed("alice@exemple.fr", began).Reachable(), contact)
		assert.Equal(t, acc, acc.Missed("alice@exemple.fr", began).Reached("alice@exemple.fr", began.Add(1)), contact)
	}

	// The same mailbox in other letters needs no confirmation, and has nowhere else to go.
	acc := reached(t, "Alice@Exemple.fr", false).Missed("Alice@Exemple.fr", began)
	assert.Equal(t, "Alice@Exemple.fr", acc.NoticeAddress())
	assert.False(t, acc.Reachable())
}

func TestB13_TheContactAddressThatWasTheLoginGoesWithIt(t *testing.T) {
	for _, c := range []struct {
		contact   string
		confirmed bool
		want      string
	}{
		{"", false, ""},
		{"alice@exemple.fr", false, "bob@exemple.fr"},
		{"ALICE@exemple.fr", false, "bob@exemple.fr"},
		{"contact@exemple.fr", true, "contact@exemple.fr"},
		{"contact@exemple.fr", false, "contact@exemple.fr"},
	} {
		acc := reached(t, c.contact, c.confirmed).Missed("alice@exemple.fr", began)
		after := acc.Move(login(t, "bob@exemple.fr"))

		assert.Equal(t, "bob@exemple.fr", after.Login.String())
		assert.Equal(t, c.want, after.Person.Contact)
		assert.Equal(t, acc.Epoch+1, after.Epoch, "sessions end (rule B15)")
		assert.True(t, after.Reachable(), "nothing was sent there yet")
		assert.Equal(t, acc.MustConfirm(), after.MustConfirm())

		want := "bob@exemple.fr"
		if c.confirmed {
			want = c.contact
		}

		assert.Equal(t, want, after.NoticeAddress())
	}
}
