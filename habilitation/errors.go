package habilitation

import (
	"errors"
	"slices"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/internal/wording"
)

// Why a right does not count (rule E6).
var (
	ErrAccountInactive   = errors.New("habilitation: account not active")
	ErrNotAttached       = errors.New("habilitation: not attached there")
	ErrSuspended         = errors.New("habilitation: attachment suspended")
	ErrServiceInactive   = errors.New("habilitation: service not active")
	ErrApplicationClosed = errors.New("habilitation: application not open")
	ErrNotGranted        = errors.New("habilitation: profile not granted")
	ErrStructureInactive = errors.New("habilitation: structure inactive")
)

// codes lists the reasons from the farthest from a permission to the nearest: where several attachments fail, the
// nearest reason is told, because mending it is enough.
var codes = wording.Codes{
	{Err: ErrAccountInactive, Code: "habilitation.account_inactive"},
	{Err: ErrNotAttached, Code: "habilitation.not_attached"},
	{Err: ErrSuspended, Code: "habilitation.suspended"},
	{Err: ErrServiceInactive, Code: "habilitation.service_inactive"},
	{Err: ErrApplicationClosed, Code: "habilitation.application_closed"},
	{Err: ErrNotGranted, Code: "habilitation.not_granted"},
	{Err: ErrStructureInactive, Code: "habilitation.structure_inactive"},
}

// nearness is the rank of a reason in codes.
func nearness(err error) int {
	for i, c := range slices.Backward(codes) {
		if errors.Is(err, c.Err) {
			return i
		}
	}

	return -1
}

// Denied says which condition of rule E6 failed.
type Denied struct { //nolint:errname // the answer to a question, more than a fault
	Scope   Scope
	Profile Profile
	Err     error // one of the sentinels above
}

// Error returns the English text.
func (e *Denied) Error() string { return e.Text(language.English) }

// Unwrap returns the sentinel.
func (e *Denied) Unwrap() error { return e.Err }

// Code returns the stable code of the reason, such as "habilitation.not_granted".
func (e *Denied) Code() string { return codes.Of(e.Err, "habilitation.denied") }

// Text returns the reason in words, in French or English.
func (e *Denied) Text(lang language.Tag) string {
	return texts.Text(lang, e.Code(), e.Profile.String())
}

// texts are the wordings of this package, from the one catalogue of the library.
var texts = wording.Texts("habilitation")
