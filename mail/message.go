package mail

import "time"

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
)

// Kinds lists the kinds.
func Kinds() []Kind {
	return []Kind{
		ActivationLink, Approved, AttachmentGranted, Refused, RequestToApprove, RequestsToApprove, AddressUsed,
		ClaimLapsed, RequestLapsed, Appointed,
	}
}

// Content is what a mail is about. It is stored with the message until it is sent. It holds no secret: the link is
// filled in for rendering only.
type Content struct {
	Recipient  string    `json:"recipient,omitempty"`  // first and last name
	Structure  string    `json:"structure,omitempty"`  // legal name; empty while nobody's data speak for it
	Identifier string    `json:"identifier,omitempty"` // type and code, as shown to people; masked for an individual
	Requester  string    `json:"requester,omitempty"`  // who asks: first and last name
	Login      string    `json:"login,omitempty"`      // who asks: login address
	Comment    string    `json:"comment,omitempty"`
	Reason     string    `json:"reason,omitempty"`
	Succeeded  bool      `json:"succeeded,omitempty"` // the recipient waited before and is now the first
	Until      time.Time `json:"until,omitzero"`      // the end of the link's life
	Link       string    `json:"-"`                   // the address to open; never stored
}
