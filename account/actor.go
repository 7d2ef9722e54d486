package account

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// ID is the key of an account, and before that of the registration it grew out of. An application may bring its
// own ids.
type ID string

// maxID is the longest id, in bytes: room for two UUIDs and a prefix. Ours.
const maxID = 128

// Check tells whether an application may bring the id: 1 to 128 bytes of valid UTF-8 without control characters, and without
// white space at its ends. Error: a [*FieldError] around [ErrID].
func (id ID) Check() error {
	s := string(id)

	if s == "" || len(s) > maxID || !utf8.ValidString(s) || strings.TrimSpace(s) != s ||
		strings.ContainsFunc(s, unicode.IsControl) {
		return &FieldError{Field: FieldID, Limit: maxID, Err: ErrID}
	}

	return nil
}

// ActorKind tells who acts.
type ActorKind uint8

// The kinds of actors. The zero kind is invalid: every command has an actor.
const (
	ActorAccount ActorKind = iota + 1 // an account, or a registration's author through a link of their own
	ActorSupport                      // whom the embedding application authorises for what the portal's support does
	ActorSystem                       // the passing of time, and the delivery of mail
)

// String returns "account", "support", "system" or "invalid".
func (k ActorKind) String() string {
	switch k {
	case ActorAccount:
		return "account"
	case ActorSupport:
		return "support"
	case ActorSystem:
		return "system"
	default:
		return "invalid"
	}
}

// Actor is who gives a command: it is an argument everywhere and never hidden in a context.
type Actor struct {
	Kind ActorKind
	ID   ID     // of the account or registration; empty otherwise
	Name string // who at support, as the embedding application calls them; empty otherwise
}

// By returns the actor for an account.
func By(id ID) Actor { return Actor{Kind: ActorAccount, ID: id} }

// Support returns the actor for support; name says who, for the journal.
func Support(name string) Actor { return Actor{Kind: ActorSupport, Name: name} }

// System returns the actor for what happens without anybody.
func System() Actor { return Actor{Kind: ActorSystem} }

// Is tells whether the actor is that account.
func (a Actor) Is(id ID) bool { return a.Kind == ActorAccount && a.ID == id }

// IsZero tells whether nobody acts.
func (a Actor) IsZero() bool { return a == Actor{} }

// String returns the actor as the journal writes it: "account:ID", "support:NAME" or "system".
func (a Actor) String() string {
	switch a.Kind {
	case ActorAccount:
		return "account:" + string(a.ID)
	case ActorSupport:
		return "support:" + a.Name
	case ActorSystem:
		return "system"
	default:
		return ""
	}
}

// ParseActor reads what [Actor.String] wrote; ok is false for anything else.
func ParseActor(s string) (actor Actor, ok bool) {
	kind, rest, found := strings.Cut(s, ":")

	switch {
	case s == "":
		return Actor{}, true
	case kind == "account" && rest != "":
		return By(ID(rest)), true
	case kind == "support" && found:
		return Support(rest), true
	case s == "system":
		return System(), true
	default:
		return Actor{}, false
	}
}
