package habilitation

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/internal/wording"
	"github.com/guichet-pro/guichet/structure"
)

// Why a right does not count (rule E6).
var (
	ErrStale             = errors.New("habilitation: rights too old, or not loaded")
	ErrAccountInactive   = errors.New("habilitation: account not active")
	ErrNotAttached       = errors.New("habilitation: not attached there")
	ErrSuspended         = errors.New("habilitation: attachment suspended")
	ErrServiceInactive   = errors.New("habilitation: service not active")
	ErrApplicationClosed = errors.New("habilitation: application not open")
	ErrNotGranted        = errors.New("habilitation: profile not granted")
	ErrStructureInactive = errors.New("habilitation: structure inactive")
)

// What is wrong with a page that is asked for (rule E7), or with a catalogue (rule E2). They come as an [*Error].
var (
	ErrPage           = errors.New("habilitation: not a page of this list")
	ErrNoOrganisation = errors.New("habilitation: the catalogue lacks Organisation")
	ErrTwice          = errors.New("habilitation: the catalogue has an application twice")
	ErrNoCode         = errors.New("habilitation: an application without a code")
	ErrNoLabel        = errors.New("habilitation: an application without a name in one of the languages")
	ErrNoSector       = errors.New("habilitation: an application that no sector may open")
)

// codes lists the reasons from the farthest from a permission to the nearest: where several attachments fail, the
// nearest reason is told, because mending it is enough.
var codes = wording.Codes{
	{Err: ErrStale, Code: "habilitation.stale"},
	{Err: ErrAccountInactive, Code: "habilitation.account_inactive"},
	{Err: ErrNotAttached, Code: "habilitation.not_attached"},
	{Err: ErrSuspended, Code: "habilitation.suspended"},
	{Err: ErrServiceInactive, Code: "habilitation.service_inactive"},
	{Err: ErrApplicationClosed, Code: "habilitation.application_closed"},
	{Err: ErrNotGranted, Code: "habilitation.not_granted"},
	{Err: ErrStructureInactive, Code: "habilitation.structure_inactive"},
}

// faults are the codes of what is no answer to a question.
var faults = wording.Codes{
	{Err: ErrPage, Code: "habilitation.page"},
	{Err: ErrNoOrganisation, Code: "habilitation.no_organisation"},
	{Err: ErrTwice, Code: "habilitation.twice"},
	{Err: ErrNoCode, Code: "habilitation.no_code"},
	{Err: ErrNoLabel, Code: "habilitation.no_label"},
	{Err: ErrNoSector, Code: "habilitation.no_sector"},
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

// Error is a fault of a page that is asked for, or of an entry of a catalogue.
type Error struct {
	Application structure.Application // of the entry; empty for a page
	Entry       int                   // the entry's place in the catalogue, from 0; of what it lacks, its length
	Err         error                 // one of the sentinels above
}

// Error returns the English text.
func (e *Error) Error() string { return e.Text(language.English) }

// Unwrap returns the sentinel.
func (e *Error) Unwrap() error { return e.Err }

// Code returns the stable code of the fault, such as "habilitation.twice".
func (e *Error) Code() string { return faults.Of(e.Err, "habilitation.invalid") }

// Text returns the fault in words, in French or English. Entries are counted from 1.
func (e *Error) Text(lang language.Tag) string {
	if errors.Is(e.Err, ErrPage) {
		return texts.Text(lang, e.Code())
	}

	return texts.Text(lang, e.Code(), strconv.Itoa(e.Entry+1), strings.ToValidUTF8(string(e.Application), "\uFFFD"))
}

// texts are the wordings of this package, from the one catalogue of the library.
var texts = wording.Texts("habilitation")
