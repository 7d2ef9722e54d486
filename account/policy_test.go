package account_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
)

func TestTheDefaultsOfThePolicyAreTheRuleBooks(t *testing.T) {
	assert.Equal(t, account.Policy{
		LinkLife:         60 * time.Minute,      // B7
		ApprovalLinkLife: 7 * 24 * time.Hour,    // B7
		LinkAgain:        10 * time.Minute,      // B7
		ClaimMax:         24 * time.Hour,        // D1
		RequestLife:      180 * 24 * time.Hour,  // B11
		ActivationLife:   30 * 24 * time.Hour,   // B11
		RepeatWithin:     30 * 24 * time.Hour,   // B6
		Activation:       account.AfterApproval, // B6
		ClaimsPerDay:     20,                    // C5
		KeepRegistration: 30 * 24 * time.Hour,   // G3
		KeepMessage:      7 * 24 * time.Hour,    // G3
		KeepLink:         30 * 24 * time.Hour,   // G3
		KeepJournal:      0,                     // G3: as long as the application says
		TermsVersion:     "1",                   // B3
		SurveyVersion:    "1",                   // B3
		IdentifierLevel:  identifier.Strict,     // A2
		PublicByForm:     false,                 // C4
		KeepAttempts:     24 * time.Hour,        // B10
		MaxTries:         5,                     // B10
		LockTime:         15 * time.Minute,      // B10
		TryTime:          time.Minute,           // B10
		ClearAfter:       24 * time.Hour,        // B9
		NoQuestion:       false,                 // B9
		SecondFactor:     account.NoFactor,      // ours
		FactorLife:       10 * time.Minute,      // ours
		ClaimProofMax:    30 * 24 * time.Hour,   // D1
	}, account.Policy{}.WithDefaults())
}

func TestAPolicyThatIsSetStaysAsItIs(t *testing.T) {
	p := account.Policy{
		LinkLife: 1, ApprovalLinkLife: 2, LinkAgain: 3, ClaimMax: 4, RequestLife: 5, ActivationLife: 6, RepeatWithin: 7,
		Activation: account.Immediate, ClaimsPerDay: 8, KeepRegistration: 9, KeepMessage: 10, KeepLink: 11, KeepJournal: 12,
		TermsVersion: "a", SurveyVersion: "b", IdentifierLevel: identifier.Shape, PublicByForm: true,
		KeepAttempts: 48 * time.Hour, MaxTries: 13, LockTime: 14, TryTime: 15, ClearAfter: 16, NoQuestion: true,
		SecondFactor: account.RequiredFactor, FactorLife: 17, ClaimProofMax: 18,
	}
	assert.Equal(t, p, p.WithDefaults())

	defaults := account.Policy{}.WithDefaults()
	assert.Equal(t, defaults, defaults.WithDefaults())

	// One at a time: the others get their defaults all the same.
	only := account.Policy{ClaimMax: time.Hour}.WithDefaults()
	defaults.ClaimMax = time.Hour
	assert.Equal(t, defaults, only)
}

func TestB6_ARefusalIsKeptForAsLongAsItCounts(t *testing.T) {
	for _, c := range []struct{ keep, repeat, want time.Duration }{
		{time.Hour, 2 * time.Hour, 2 * time.Hour},
		{3 * time.Hour, 2 * time.Hour, 3 * time.Hour},
		{0, 90 * 24 * time.Hour, 90 * 24 * time.Hour},
		{time.Hour, 0, 30 * 24 * time.Hour},
	} {
		p := account.Policy{KeepRegistration: c.keep, RepeatWithin: c.repeat}.WithDefaults()
		assert.Equal(t, c.want, p.KeepRegistration, "what is forgotten earlier would be mailed to the deciders again")
	}
}

// The default of one figure hides behind the other's, unless that is shorter.
func TestG3_ARegistrationIsKept30DaysHoweverSoonARefusalIsForgotten(t *testing.T) {
	p := account.Policy{RepeatWithin: time.Hour}.WithDefaults()
	assert.Equal(t, 30*24*time.Hour, p.KeepRegistration)
	assert.Equal(t, time.Hour, p.RepeatWithin)
}

func TestB10_WrongTriesAreRememberedForADayAtLeast(t *testing.T) {
	assert.Equal(t, 24*time.Hour, account.Policy{KeepAttempts: time.Minute}.WithDefaults().KeepAttempts)
}
