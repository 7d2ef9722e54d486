package structure

import "time"

// Code is the code of a service, unique in its structure. The empty Code stands for the structure itself: the
// structure level (French: maille structure), as opposed to the service level (maille service).
type Code string

// Service is one service of a structure (rule C6).
type Service struct {
	Structure ID
	Code      Code
	Version   int64 // as read; 0 = not stored yet
	Label     string
	Inactive  bool
	From      time.Time // start of validity; zero = always
	Until     time.Time // end of validity, exclusive; zero = open
}

// ActiveAt tells whether people can be attached to the service, and act for it, at the given time.
func (s Service) ActiveAt(at time.Time) bool {
	switch {
	case s.Inactive:
		return false
	case !s.From.IsZero() && at.Before(s.From):
		return false
	case !s.Until.IsZero() && !at.Before(s.Until):
		return false
	default:
		return true
	}
}
