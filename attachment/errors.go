package attachment

import (
	"errors"
	"time"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/internal/wording"
)

// ErrBroken is what [Check] returns for a roster that no command can have led to.
var ErrBroken = errors.New("attachment: broken roster")

// Why a command is refused.
var (
	ErrCommand         = errors.New("attachment: no such command")
	ErrNotDecider      = errors.New("attachment: not a decider here")
	ErrNoManager       = errors.New("attachment: nobody decides while there is only a claim")
	ErrOwnRequest      = errors.New("attachment: nobody decides on their own request")
	ErrDecided         = errors.New("attachment: already decided")
	ErrNoRequest       = errors.New("attachment: no open request")
	ErrOpen            = errors.New("attachment: a request is open already")
	ErrAttached        = errors.New("attachment: attached already")
	ErrNotAttached     = errors.New("attachment: not attached")
	ErrNotRegistrant   = errors.New("attachment: not an open registration")
	ErrNotApproved     = errors.New("attachment: not approved yet")
	ErrAccountInactive = errors.New("attachment: account not active")
	ErrComment         = errors.New("attachment: comment missing, too long or with control characters")
	ErrUnclaimed       = errors.New("attachment: nobody has named the structure")
	ErrDetails         = errors.New("attachment: structure data required")
	ErrServiceUnknown  = errors.New("attachment: no such service")
	ErrServiceInactive = errors.New("attachment: service not active")
	ErrSuspendedThere  = errors.New("attachment: an attachment there is suspended")
)

// Error says why a command was refused, and about whom.
type Error struct {
	Key

	Err   error         // one of the sentinels above
	By    account.Actor // who decided already, for ErrDecided
	At    time.Time     // and when
	Cause error         // which condition of rule E6 failed, for ErrNotDecider: a [*habilitation.Denied]
}

// Error returns the English text.
func (e *Error) Error() string { return e.Text(language.English) }

// Unwrap returns the sentinel and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Err}
	}

	return []error{e.Err, e.Cause}
}

// Code returns the stable code, such as "attachment.decided".
func (e *Error) Code() string { return codes.Of(e.Err, "attachment.refused") }

// Text returns the reason in words, in French or English. For a decision taken already it says by whom and when.
func (e *Error) Text(lang language.Tag) string {
	if errors.Is(e.Err, ErrDecided) && !e.At.IsZero() {
		return texts.Text(lang, "attachment.decided_by", e.By.String(), e.At.Format("2006-01-02 15:04:05 MST"))
	}

	return texts.Text(lang, e.Code())
}

var codes = wording.Codes{
	{Err: ErrCommand, Code: "attachment.command"},
	{Err: ErrNotDecider, Code: "attachment.not_decider"},
	{Err: ErrNoManager, Code: "attachment.no_manager"},
	{Err: ErrOwnRequest, Code: "attachment.own_request"},
	{Err: ErrDecided, Code: "attachment.decided"},
	{Err: ErrNoRequest, Code: "attachment.no_request"},
	{Err: ErrOpen, Code: "attachment.open"},
	{Err: ErrAttached, Code: "attachment.attached"},
	{Err: ErrNotAttached, Code: "attachment.not_attached"},
	{Err: ErrNotRegistrant, Code: "attachment.not_registrant"},
	{Err: ErrNotApproved, Code: "attachment.not_approved"},
	{Err: ErrAccountInactive, Code: "attachment.account_inactive"},
	{Err: ErrComment, Code: "attachment.comment"},
	{Err: ErrUnclaimed, Code: "attachment.unclaimed"},
	{Err: ErrDetails, Code: "attachment.details"},
	{Err: ErrServiceUnknown, Code: "attachment.service_unknown"},
	{Err: ErrServiceInactive, Code: "attachment.service_inactive"},
	{Err: ErrSuspendedThere, Code: "attachment.suspended_there"},
}

var texts = wording.Table{
	"attachment.refused":          {FR: "Refusé.", EN: "Refused."},
	"attachment.command":          {FR: "Commande inconnue.", EN: "There is no such command."},
	"attachment.not_decider":      {FR: "Seul un gestionnaire de la structure peut en décider.", EN: "Only a manager of the structure may decide."},
	"attachment.no_manager":       {FR: "La structure n'a pas encore de gestionnaire : personne ne peut en décider.", EN: "The structure has no manager yet: nobody can decide."},
	"attachment.own_request":      {FR: "Nul ne décide de sa propre demande.", EN: "Nobody decides on their own request."},
	"attachment.decided":          {FR: "Cette demande est déjà traitée.", EN: "The request is already decided."},
	"attachment.decided_by":       {FR: "Cette demande est déjà traitée (%[1]s, %[2]s).", EN: "The request is already decided (%[1]s, %[2]s)."},
	"attachment.no_request":       {FR: "Il n'y a pas de demande en cours.", EN: "There is no open request."},
	"attachment.open":             {FR: "Une demande est déjà en cours.", EN: "A request is open already."},
	"attachment.attached":         {FR: "Ce compte est déjà rattaché.", EN: "The account is attached already."},
	"attachment.not_attached":     {FR: "Ce compte n'est pas rattaché.", EN: "The account is not attached."},
	"attachment.not_registrant":   {FR: "Il n'y a pas de demande de création de compte en cours.", EN: "There is no open registration."},
	"attachment.not_approved":     {FR: "La demande n'est pas encore approuvée.", EN: "The request is not approved yet."},
	"attachment.account_inactive": {FR: "Le compte n'est pas actif.", EN: "The account is not active."},
	"attachment.comment":          {FR: "Le commentaire compte 1 à 1000 caractères, sans caractères de contrôle.", EN: "The comment has 1 to 1000 characters and no control characters."},
	"attachment.unclaimed":        {FR: "Cette structure n'est pas présente : créez-la.", EN: "The structure is not present: create it."},
	"attachment.details":          {FR: "Les informations sur la structure sont obligatoires.", EN: "The structure's data are required."},
	"attachment.service_unknown":  {FR: "Ce service n'existe pas dans la structure.", EN: "The structure has no such service."},
	"attachment.service_inactive": {FR: "Ce service n'est pas actif.", EN: "The service is not active."},
	"attachment.suspended_there":  {FR: "Un rattachement de ce compte est suspendu dans la structure.", EN: "One of the account's attachments there is suspended."},
}
