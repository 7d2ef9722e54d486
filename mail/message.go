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

	Invited          Kind = "invited"           // to an address that a decider invites: the link
	Attached         Kind = "attached"          // to an account that a decider attached without request
	Detached         Kind = "detached"          // to whose attachment was ended, or whose approval was taken back
	Suspended        Kind = "suspended"         // to an account whose attachment was suspended
	Resumed          Kind = "resumed"           // to an account whose attachment is no longer suspended
	UserLeft         Kind = "left"              // to the deciders: who left
	RequestWithdrawn Kind = "request withdrawn" // to the deciders: a request needs no decision any more

	ProfilesChanged   Kind = "profiles changed"   // to an account: the profiles that it holds now
	ProfilesRequested Kind = "profiles requested" // to the deciders: who asks for more profiles
	ProfilesRefused   Kind = "profiles refused"   // to whose request for profiles was refused, with the reason if one was given

	HandedOver Kind = "handed over" // to the former main manager, who handed over
	TookOver   Kind = "took over"   // to the new main manager, to whom the role was handed over
	Replaced   Kind = "replaced"    // to the main manager in whose place support appointed another

	ContestLink        Kind = "contest link"         // to a registrant: the link to contest the main manager's designation
	Contested          Kind = "contested"            // to whose claim or standing is contested, with the reason if one was given
	ContestedToSupport Kind = "contested to support" // to support: who contests, and why
	Frozen             Kind = "frozen"               // to a contested main manager: what support has frozen
	Released           Kind = "released"             // to the main manager, and to who contested: closed, nothing changes

	Reminder   Kind = "reminder"   // to the deciders: a request still waits
	Escalation Kind = "escalation" // to support: nobody decided on a request
	Unattended Kind = "unattended" // to support: a request, to be attached or for profiles, in a structure without main manager

	PasswordReset   Kind = "password reset"   // to who asked for another password: the link
	PasswordChanged Kind = "password changed" // to an account: its password is another one
	QuestionChanged Kind = "question changed" // to an account: its secret question is another one
	QuestionCleared Kind = "question cleared" // to an account whose secret question support clears: from when, and how to prevent it

	LoginToConfirm Kind = "login to confirm"       // to the new login address, with the link
	LoginRequested Kind = "login change requested" // to the login address so far: another one is about to replace it
	LoginChanged   Kind = "login changed"          // to the former and to the new login address: done

	FactorCode           Kind = "factor code"            // to who is signing in: the code
	FactorAdded          Kind = "factor added"           // to an account: signing in asks for a second factor
	FactorRemoved        Kind = "factor removed"         // to an account: signing in no longer asks for a second factor
	RecoveryCodesChanged Kind = "recovery codes changed" // to an account: it has new recovery codes, the former are void
	RecoveryCodeUsed     Kind = "recovery code used"     // to an account: how many recovery codes are left
	AccountLocked        Kind = "account locked"         // to an account: nobody can sign in to it until when
	SecretsLocked        Kind = "secrets locked"         // to an account: who had got farther than the login has failed; until when it is refused

	MailUndeliverable Kind = "mail undeliverable" // to support: a structure's deciders are not reached about a request
	ProofAwaited      Kind = "proof awaited"      // to whose claim needs a proof: until when
	ProofRefused      Kind = "proof refused"      // to whose proof was refused, with the reason if one was given
)

// Kinds lists the kinds.
func Kinds() []Kind {
	return []Kind{
		ActivationLink, Approved, AttachmentGranted, Refused, RequestToApprove, RequestsToApprove, AddressUsed,
		ClaimLapsed, RequestLapsed, Appointed,
		ContactToConfirm, ReactivationLink, AccountDeactivated, AccountReactivated, AccountBlocked, AccountUnblocked,
		AccountClosed, StructureActivated, StructureDeactivated, IdentifierChanged, IdentifierTaken,
		Invited, Attached, Detached, Suspended, Resumed, UserLeft, RequestWithdrawn,
		ProfilesChanged, ProfilesRequested, ProfilesRefused, HandedOver, TookOver, Replaced,
		ContestLink, Contested, ContestedToSupport, Frozen, Released, Reminder, Escalation, Unattended,
		PasswordReset, PasswordChanged, QuestionChanged, QuestionCleared,
		LoginToConfirm, LoginRequested, LoginChanged,
		FactorCode, FactorAdded, FactorRemoved, RecoveryCodesChanged, RecoveryCodeUsed, AccountLocked, SecretsLocked,
		MailUndeliverable, ProofAwaited, ProofRefused,
	}
}

// Security tells whether a mail of the kind always goes to the login address (rule B2): it is about the account itself,
// or lets its reader act on it. The other kinds are notices, for the contact address once that is confirmed. Refused,
// ClaimLapsed and RequestLapsed are notices although they may be about a registration: its author has no confirmed
// contact address, so that they reach the login all the same.
//
// [ContactToConfirm], [LoginToConfirm] and [Invited] count as such, for they must not be redirected either: they go to the
// address that they are about, and so does the [LoginChanged] to the former login address. What is no kind counts as one too, since the login address is the one that was proved.
func (k Kind) Security() bool {
	switch k {
	case ActivationLink, Approved, AddressUsed, ReactivationLink, ContactToConfirm,
		AccountDeactivated, AccountReactivated, AccountBlocked, AccountUnblocked, AccountClosed,
		Invited, ContestLink,
		PasswordReset, PasswordChanged, QuestionChanged, QuestionCleared, LoginToConfirm, LoginRequested, LoginChanged,
		FactorCode, FactorAdded, FactorRemoved, RecoveryCodesChanged, RecoveryCodeUsed, AccountLocked, SecretsLocked,
		ProofAwaited, ProofRefused:
		return true
	case AttachmentGranted, Refused, RequestToApprove, RequestsToApprove, ClaimLapsed, RequestLapsed, Appointed,
		StructureActivated, StructureDeactivated, IdentifierChanged, IdentifierTaken,
		Attached, Detached, Suspended, Resumed, UserLeft, RequestWithdrawn,
		ProfilesChanged, ProfilesRequested, ProfilesRefused, HandedOver, TookOver, Replaced,
		Contested, ContestedToSupport, Frozen, Released, Reminder, Escalation, Unattended, MailUndeliverable:
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
	case slices.Contains([]Kind{
		RequestToApprove, StructureActivated, StructureDeactivated, IdentifierChanged,
		UserLeft, RequestWithdrawn, ProfilesRequested, Reminder,
	}, k):
		return ToDeciders
	default:
		return OnePerson
	}
}

// Content is what a mail is about. It is stored with the message until it is sent. It holds no secret: link and
// code are filled in for rendering only. A kind leaves out what is empty, and what it has no use for.
//
// In an [IdentifierTaken] the Structure is the recipient's, and the Identifier that of the other one, which has it
// already. The Requester is who asks, except in a [UserLeft], where it is who left; in a [ContestedToSupport], who
// contests; in an [Invited], who invites; in a [HandedOver] and a [Replaced], the new main manager; in a [TookOver], the
// former one, nobody where support appointed; in a [MailUndeliverable], whose request waits. The Profiles are those that the recipient holds now, and in a
// [ProfilesRequested] or [ProfilesRefused] those asked for.
//
// Until is the end of the life of the link or, in a [FactorCode], of the code; in a [QuestionCleared], when the question is
// cleared; in an [AccountLocked] or a [SecretsLocked], when what is locked is taken
// again; in a [ProofAwaited], the end of the time for the proof.
type Content struct {
	Recipient  string    `json:"recipient,omitempty"`  // first and last name
	Structure  string    `json:"structure,omitempty"`  // legal name; empty while nobody's data speak for it
	Identifier string    `json:"identifier,omitempty"` // type and code, as shown to people; masked for an individual
	Formerly   string    `json:"formerly,omitempty"`   // the identifier before a change, like Identifier
	Requester  string    `json:"requester,omitempty"`  // who asks, or as said above: first and last name
	Login      string    `json:"login,omitempty"`      // the requester's login address
	Service    string    `json:"service,omitempty"`    // label or code; empty at structure level
	Profiles   []string  `json:"profiles,omitempty"`   // labels
	Comment    string    `json:"comment,omitempty"`
	Reason     string    `json:"reason,omitempty"`
	Succeeded  bool      `json:"succeeded,omitempty"` // the recipient waited before and is now the first
	Since      time.Time `json:"since,omitzero"`      // when the request that still waits was made
	Left       int       `json:"left,omitempty"`      // how many recovery codes are not used yet
	Until      time.Time `json:"until,omitzero"`      // the end of the life of the link, or as said above
	Link       string    `json:"-"`                   // the address to open; never stored
	Code       string    `json:"-"`                   // the code to type when signing in; never stored
}
