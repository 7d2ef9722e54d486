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
		LinkLife:         60 * time.Minute,     // B7
		ApprovalLinkLife: 7 * 24 * time.Hour,   // B7
		LinkAgain:        10 * time.Minute,     // B7
		ClaimMax:         24 * time.Hour,       // D1
		RequestLife:      180 * 24 * time.Hour, // B11
		ActivationLife:   30 * 24 * time.Hour,  // B11
		RepeatWithin:     30 * 24 * time.Hour,  // B6
		TermsVersion:     "1",                  // B3
		SurveyVersion:    "1",                  // B3
		IdentifierLevel:  identifier.Strict,    // A2
		PublicByForm:     false,                // C4
	}, account.Policy{}.WithDefaults())
}

func TestAPolicyThatIsSetStaysAsItIs(t *testing.T) {
	p := account.Policy{
		LinkLife: 1, ApprovalLinkLife: 2, LinkAgain: 3, ClaimMax: 4, RequestLife: 5, ActivationLife: 6, RepeatWithin: 7,
		TermsVersion: "a", SurveyVersion: "b", IdentifierLevel: identifier.Shape, PublicByForm: true,
	}
	assert.Equal(t, p, p.WithDefaults())

	defaults := account.Policy{}.WithDefaults()
	assert.Equal(t, defaults, defaults.WithDefaults())

	// One at a time: the others get their defaults all the same.
	only := account.Policy{ClaimMax: time.Hour}.WithDefaults()
	defaults.ClaimMax = time.Hour
	assert.Equal(t, defaults, only)
}
