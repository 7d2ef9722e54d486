package account

import (
	"time"

	"github.com/guichet-pro/guichet/identifier"
)

// Policy holds the figures that an embedding application may set. A zero field means its default.
type Policy struct {
	LinkLife         time.Duration    // life of an activation link from the first lease of its mail; 60 minutes, as the operator's guides say (B7)
	ApprovalLinkLife time.Duration    // life of the link in the mail that says "approved"; 7 days, ours (B7)
	LinkAgain        time.Duration    // the least time between two links to one registration; 10 minutes, ours (B7)
	ClaimMax         time.Duration    // the longest a claim lasts from its designation, whatever happens to its mail; 24 hours, ours (D1)
	RequestLife      time.Duration    // after which a registration that awaits approval lapses; 180 days, ours (B11)
	ActivationLife   time.Duration    // after which an approved registration that is not activated lapses; 30 days, ours (B11)
	RepeatWithin     time.Duration    // how long a refused login's new request is listed as a repeat, without mail; 30 days, ours (B6)
	TermsVersion     string           // version of the conditions that people accept; "1" (B3)
	SurveyVersion    string           // version of the survey's consent text; "1" (B3)
	IdentifierLevel  identifier.Level // Strict unless Shape is asked for (A2)
	PublicByForm     bool             // lets a registration create a public structure; off (C4)
}

// The defaults of [Policy].
const (
	day = 24 * time.Hour

	defaultLinkLife         = time.Hour
	defaultApprovalLinkLife = 7 * day
	defaultLinkAgain        = 10 * time.Minute
	defaultClaimMax         = day
	defaultRequestLife      = 180 * day
	defaultActivationLife   = 30 * day
	defaultRepeatWithin     = 30 * day
	defaultTextVersion      = "1"
)

// WithDefaults returns the policy with every zero field set to its default.
func (p Policy) WithDefaults() Policy {
	duration := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}

	duration(&p.LinkLife, defaultLinkLife)
	duration(&p.ApprovalLinkLife, defaultApprovalLinkLife)
	duration(&p.LinkAgain, defaultLinkAgain)
	duration(&p.ClaimMax, defaultClaimMax)
	duration(&p.RequestLife, defaultRequestLife)
	duration(&p.ActivationLife, defaultActivationLife)
	duration(&p.RepeatWithin, defaultRepeatWithin)

	if p.TermsVersion == "" {
		p.TermsVersion = defaultTextVersion
	}

	if p.SurveyVersion == "" {
		p.SurveyVersion = defaultTextVersion
	}

	return p
}
