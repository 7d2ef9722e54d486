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
	Activation       Activation       // what an activation waits for; AfterApproval (B6)
	ClaimsPerDay     int              // structures that an account may create on one day, in UTC; 20, ours (C5)
	KeepRegistration time.Duration    // how long a registration that ended is kept; 30 days, ours (G3)
	KeepMessage      time.Duration    // how long a mail that was sent, or given up, is kept; 7 days, ours (G3)
	KeepLink         time.Duration    // how long a link is kept after its end, to say that it has expired; 30 days, ours (G3)
	KeepAttempts     time.Duration    // how long wrong tries are remembered after the last, and after the lock; 24 hours, ours (B10)
	KeepJournal      time.Duration    // how long the journal is kept; for ever unless the application says otherwise (G3)
	TermsVersion     string           // version of the conditions that people accept; "1" (B3)
	SurveyVersion    string           // version of the survey's consent text; "1" (B3)
	IdentifierLevel  identifier.Level // Strict unless Shape is asked for (A2)
	RemindAfter      time.Duration    // deciders are reminded of a request that waits so long, and again after as long, three times in all; 0, off (D10)
	EscalateAfter    time.Duration    // support is told of a request that waits so long; 0, off (D10)
	SoleDecider      bool             // nobody but the main manager may be given Organisation/modification; off (E4)
	PublicByForm     bool             // lets a registration create a public structure; off (C4)
	MaxTries         int              // wrong passwords, answers or codes in a row that lock; 5, ours (B10)
	LockTime         time.Duration    // for how long they lock; 15 minutes, ours (B10)
	TryTime          time.Duration    // after which a try whose process ended counts as wrong; 1 minute, ours (B10)
	ClearAfter       time.Duration    // after which a question that support clears is not asked any more; 24 hours (B9)
	NoQuestion       bool             // asks for no secret question, and for no answer to reset a password; off (B9)
	SecondFactor     SecondFactor     // whether signing in asks for more than a password; NoFactor, ours (the operator requires one)
	FactorLife       time.Duration    // how long one may take over the second factor, and a mailed code lasts; 10 minutes, ours
	ClaimProofMax    time.Duration    // the longest that a claim waits for a proof, from its designation; 30 days, ours (D1)
}

// Activation says what comes first: a structure's answer or an account (rule B6).
type Activation uint8

// The policies of activation.
const (
	AfterApproval Activation = iota // the link follows the approval, as the user guide says
	Immediate                       // the link goes out at once and only the attachment waits, as the operator's later guides say
)

// SecondFactor says whether signing in asks for more than a password.
type SecondFactor uint8

// The policies of the second factor.
const (
	NoFactor       SecondFactor = iota // a password is enough
	OfferedFactor                      // who has set up an app that shows codes is asked for one
	RequiredFactor                     // everybody else is mailed a code
)

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
	defaultClaimsPerDay     = 20
	defaultKeepRegistration = 30 * day
	defaultKeepMessage      = 7 * day
	defaultKeepLink         = 30 * day
	defaultKeepAttempts     = day
	defaultMaxTries         = 5
	defaultLockTime         = 15 * time.Minute
	defaultTryTime          = time.Minute
	defaultClearAfter       = day
	defaultFactorLife       = 10 * time.Minute
	defaultClaimProofMax    = 30 * day
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

	duration(&p.KeepRegistration, defaultKeepRegistration)
	duration(&p.KeepMessage, defaultKeepMessage)
	duration(&p.KeepLink, defaultKeepLink)
	duration(&p.KeepAttempts, defaultKeepAttempts)

	duration(&p.LockTime, defaultLockTime)
	duration(&p.TryTime, defaultTryTime)
	duration(&p.ClearAfter, defaultClearAfter)
	duration(&p.FactorLife, defaultFactorLife)
	duration(&p.ClaimProofMax, defaultClaimProofMax)

	// What is forgotten while it still counts would not lock.
	p.KeepAttempts = max(p.KeepAttempts, day)

	if p.MaxTries == 0 {
		p.MaxTries = defaultMaxTries
	}

	// A refusal that is forgotten before its time would mail the deciders again (rule B6).
	p.KeepRegistration = max(p.KeepRegistration, p.RepeatWithin)

	if p.ClaimsPerDay == 0 {
		p.ClaimsPerDay = defaultClaimsPerDay
	}

	if p.TermsVersion == "" {
		p.TermsVersion = defaultTextVersion
	}

	if p.SurveyVersion == "" {
		p.SurveyVersion = defaultTextVersion
	}

	return p
}
