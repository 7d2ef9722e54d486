package structure

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/go-multierror"

	"github.com/guichet-pro/guichet/internal/oneline"
)

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

// maxCode is the longest code of a service, in characters: the portal's API allows 100.
const maxCode = 100

// ServiceForm is a service as typed (rule C6).
type ServiceForm struct {
	Code     string
	Label    string
	Inactive bool
	From     time.Time // start of validity; zero = always
	Until    time.Time // end of validity, exclusive; zero = open
}

// Form returns the form that the service came from, to change a part of it.
func (s Service) Form() ServiceForm {
	return ServiceForm{Code: string(s.Code), Label: s.Label, Inactive: s.Inactive, From: s.From, Until: s.Until}
}

// Check cleans the form and reports every fault at once, as a [*multierror.Error] of [*FieldError]. Codes are letters,
// digits and . - _ / without spaces, and case counts; times are kept in UTC, to the microsecond.
func (f ServiceForm) Check() (Service, error) {
	var faults *multierror.Error

	code := strings.TrimSpace(f.Code)
	if !isCode(code) {
		faults = multierror.Append(faults, &FieldError{Field: FieldServiceCode, Limit: maxCode, Err: ErrServiceCode})
	}

	label, err := oneline.Clean(f.Label, maxName)

	switch {
	case err != nil:
		faults = multierror.Append(faults, &FieldError{Field: FieldServiceLabel, Limit: maxName, Err: fault(err)})
	case label == "":
		faults = multierror.Append(faults, &FieldError{Field: FieldServiceLabel, Err: ErrRequired})
	}

	s := Service{
		Code: Code(code), Label: label, Inactive: f.Inactive,
		From: f.From.UTC().Truncate(time.Microsecond), Until: f.Until.UTC().Truncate(time.Microsecond),
	}

	if !s.From.IsZero() && !s.Until.IsZero() && !s.From.Before(s.Until) {
		faults = multierror.Append(faults, &FieldError{Field: FieldServiceUntil, Err: ErrValidity})
	}

	return s, faults.ErrorOrNil()
}

// isCode tells whether s can be the code of a service.
func isCode(s string) bool {
	return s != "" && utf8.RuneCountInString(s) <= maxCode && !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(".-_/", r)
	})
}
