package mail

import (
	"slices"
	"time"
)

// Kind is an occasion to write to somebody (rule F2). Its value is stable: it is stored.
type Kind string

// The kinds so far.
const (
	ActivationLink    Kind = "activation link"     // to a first comer, or who succeeded to a claim: the link
	Approved          Kind = "approved"            // to a registrant whose request was approved, with the link
	AttachmentGranted Kind = "attachment granted"  // to an account whose request was approved
	Refused           Kind = "refused"             // to whose request was refused, with the reason if one was given
	RequestToApprove  Kind = "request to approve"  // to the deciders: somebody asks
	RequestsToApprove Kind = "requests to approve" // to a new main manager: requests wait already
	AddressUsed       Kind = "address used"        // to the owner of an account whose address a registration bears
	ClaimLapsed       Kind = "claim lapsed"        // to whose claim was not activated in time
	RequestLapsed     Kind = "request lapsed"      // to whose request nobody decided, or whose approval was not used
	Appointed         Kind = "appointed"           // to an account that became main manager by succession

	ContactToConfirm   Kind = "contact to confirm"  // to the contact address given for an account, with the link
	ReactivationLink   Kind = "reactivation link"   // to a deactivated account that asked for it: the link
	AccountDeactivated Kind = "account deactivated" // to an account that its holder deactivated
	AccountReactivated Kind = "account reactivated" // to an account that its holder reactivated
	AccountBlocked     Kind = "account blocked"     // to an account that support blocked, with the reason if one was given
	AccountUnblocked   Kind = "account unblocked"   // to an account that support unblocked
	AccountClosed      Kind = "account closed"      // to an account that was closed: what is erased and what is kept

	StructureActivated   Kind = "structure activated"   // to the deciders: the structure is active
	StructureDeactivated Kind = "structure deactivated" // to the deciders: the structure is inactive, consultation stays
	IdentifierChanged    Kind = "identifier changed"    // to the deciders: the structure goes on under another identifier
	IdentifierTaken      Kind = "identifier taken"      // to a structure's users: the new one is another structure's
)

// Kinds lists the kinds.
func Kinds() []Kind {
	return []Kind{
		ActivationLink, Approved, AttachmentGranted, Refused, RequestToApprove, RequestsToApprove, AddressUsed,
		ClaimLapsed, RequestLapsed, Appointed,
		ContactToConfirm, ReactivationLink, AccountDeactivated, AccountReactivated, AccountBlocked, AccountUnblocked,
		AccountClosed, StructureActivated, StructureDeactivated, IdentifierChanged, IdentifierTaken,
	}
}

// Security tells whether a mail of the kind always goes to the login address (rule B2): it is about the account itself,
// or lets its reader act on it. The other kinds are notices, for the contact address once that is confirmed. Refused,
// ClaimLapsed and RequestLapsed are notices although they may be about a registration: its author has no confirmed
// contact address, so that they reach the login all the same.
//
// [ContactToConfirm] counts as one, for it must not be redirected either: it goes to the address that it is about. What
// is no kind counts as one too, since the login address is the one that was proved.
func (k Kind) Security() bool {
	switch k {
	case ActivationLink, Approved, AddressUsed, ReactivationLink, ContactToConfirm,
		AccountDeactivated, AccountReactivated, AccountBlocked, AccountUnblocked, AccountClosed:
		return true
	case AttachmentGranted, Refused, RequestToApprove, RequestsToApprove, ClaimLapsed, RequestLapsed, Appointed,
		StructureActivated, StructureDeactivated, IdentifierChanged, IdentifierTaken:
		return false
	}

	return true
}

// Audience is whom a mail is for that bears no address of its own: it is replaced by one mail for each of them.
type Audience uint8

// The audiences.
const (
	OnePerson  Audience = iota // nobody else: the mail must bear an address
	ToDeciders                 // who may decide in the structure: the holders of Organisation modification
	ToAttached                 // every user attached to the structure, at whatever level
)

// Audience returns whom a mail of the kind is expanded to if it bears no address; [OnePerson] for what is no kind.
func (k Kind) Audience() Audience {
	switch {
	case k == IdentifierTaken:
		return ToAttached
	case slices.Contains([]Kind{RequestToApprove, StructureActivated, StructureDeactivated, IdentifierChanged}, k):
		return ToDeciders
	default:
		return OnePerson
	}
}

// Content is what a mail is about. It is stored with the message until it is sent. It holds no secret: the link is
// filled in for rendering only. In an [IdentifierTaken] the Structure is the recipient's, and the Identifier that of the
// other one, which has it already.
type Content struct {
	Recipient  string    `json:"recipient,omitempty"`  // first and last name
	Structure  string    `json:"structure,omitempty"`  // legal name; empty while nobody's data speak for it
	Identifier string    `json:"identifier,omitempty"` // type and code, as shown to people; masked for an individual
	Formerly   string    `json:"formerly,omitempty"`   // the identifier before a change, like Identifier
	Requester  string    `json:"requester,omitempty"`  // who asks: first and last name
	Login      string    `json:"login,omitempty"`      // who asks: login address
	Comment    string    `json:"comment,omitempty"`
	Reason     string    `json:"reason,omitempty"`
	Succeeded  bool      `json:"succeeded,omitempty"` // the recipient waited before and is now the first
	Until      time.Time `json:"until,omitzero"`      // the end of the link's life
	Link       string    `json:"-"`                   // the address to open; never stored
}
