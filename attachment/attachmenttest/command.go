package attachmenttest

import (
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// Command draws a command of one of the universe's kinds, by anybody, about anybody. Most commands are refused in most rosters,
// which is part of what a test is about; [Reach] draws those that are not. The simplest is the first of Kinds, by the first of
// People.
func Command(src Source, u Universe) attachment.Command {
	d := draw{src, u}

	switch pick(src, u.Kinds).(type) {
	case attachment.Register:
		return attachment.Register{By: d.one(), Details: u.details()}
	case attachment.Create:
		return attachment.Create{By: d.one(), Details: u.details()}
	case attachment.Adopt:
		return attachment.Adopt{By: d.one(), From: d.person()}
	case attachment.Request:
		return attachment.Request{By: d.one(), Service: d.service(), Comment: "please", Details: u.details()}
	case attachment.Withdraw:
		return attachment.Withdraw{By: d.one(), Service: d.service(), Wish: d.wish()}
	case attachment.Approve:
		return attachment.Approve{By: d.actor(), Account: d.person(), Service: d.service(), Wish: d.wish()}
	case attachment.Refuse:
		return attachment.Refuse{By: d.actor(), Account: d.person(), Service: d.service(), Wish: d.wish()}
	case attachment.Depart:
		return attachment.Depart{By: d.actor(), Account: d.person(), Vacant: coin(src)}
	case attachment.Activate:
		return attachment.Activate{By: d.one()}
	case attachment.Attach:
		return attachment.Attach{By: d.actor(), Account: d.person(), Service: d.service(), Login: d.login()}
	case attachment.Detach:
		return attachment.Detach{By: d.actor(), Account: d.person(), Service: d.service()}
	case attachment.Leave:
		return attachment.Leave{By: d.one(), Service: d.service()}
	case attachment.Suspend:
		return attachment.Suspend{By: d.actor(), Account: d.person(), Service: d.service()}
	case attachment.Resume:
		return attachment.Resume{By: d.actor(), Account: d.person(), Service: d.service()}
	case attachment.Arrive:
		return attachment.Arrive{By: d.one()}
	case attachment.HandOver:
		return attachment.HandOver{By: d.actor(), To: d.person()}
	case attachment.Appoint:
		return attachment.Appoint{By: d.actor(), Account: d.person(), Unreachable: coin(src)}
	case attachment.ContestStanding:
		return attachment.ContestStanding{By: d.one(), Reason: "really?"}
	case attachment.Freeze:
		return attachment.Freeze{By: d.actor()}
	case attachment.Release:
		return attachment.Release{By: d.actor()}
	case attachment.Confirm:
		return attachment.Confirm{By: d.actor(), Account: d.person(), Service: d.service()}
	case attachment.GrantProfiles:
		return attachment.GrantProfiles{By: d.actor(), Account: d.person(), Service: d.service(), Profiles: d.profiles()}
	case attachment.RevokeProfiles:
		return attachment.RevokeProfiles{By: d.actor(), Account: d.person(), Service: d.service(), Profiles: d.profiles()}
	case attachment.CopyProfiles:
		return attachment.CopyProfiles{By: d.actor(), From: d.key(), To: d.key()}
	case attachment.RequestProfiles:
		return attachment.RequestProfiles{By: d.one(), Service: d.service(), Profiles: d.profiles(), Comment: "please"}
	case attachment.DropProfiles:
		return attachment.DropProfiles{By: d.one(), Service: d.service(), Profiles: d.profiles()}
	case attachment.AwaitProof:
		return attachment.AwaitProof{By: d.verifier(), Account: d.person(), Designated: noon, Until: noon.Add(proofTime)}
	case attachment.RefuseProof:
		return attachment.RefuseProof{By: d.verifier(), Account: d.person(), Designated: noon}
	case attachment.Remind:
		return attachment.Remind{By: account.System(), Account: d.person(), Service: d.service()}
	case attachment.Mailed:
		return attachment.Mailed{By: account.System(), Account: d.person()}
	case attachment.Settle:
		return attachment.Settle{By: account.System(), Account: d.person()}
	}

	panic("attachmenttest: a kind of command that is not drawn")
}

// Commands returns all commands that [Command] draws, the simplest first.
func Commands(u Universe) []attachment.Command {
	return every(func(src Source) attachment.Command { return Command(src, u) })
}

// draw is a Command under way.
type draw struct {
	src Source
	u   Universe
}

// person draws whom a command is about.
func (d draw) person() account.ID { return pick(d.src, d.u.People).ID }

// one draws who acts for themselves.
func (d draw) one() account.Actor { return account.By(d.person()) }

// actor draws who acts upon others, or tries to: anybody, support, and in some universes the system.
func (d draw) actor() account.Actor {
	others := []account.Actor{account.Support("support"), account.System()}
	if !d.u.System {
		others = others[:1]
	}

	i := d.src.IntN(len(d.u.People) + len(others))
	if i < len(d.u.People) {
		return account.By(d.u.People[i].ID)
	}

	return others[i-len(d.u.People)]
}

// verifier draws who speaks for the application's verifier: the system, or support, which tries to.
func (d draw) verifier() account.Actor {
	return pick(d.src, []account.Actor{account.System(), account.Support("support")})
}

// service draws the structure, or one of its services.
func (d draw) service() structure.Code {
	if i := d.src.IntN(len(d.u.Services) + 1); i > 0 {
		return d.u.Services[i-1]
	}

	return ""
}

func (d draw) key() attachment.Key {
	return attachment.Key{Account: d.person(), Service: d.service()}
}

func (d draw) profiles() []habilitation.Profile {
	return []habilitation.Profile{pick(d.src, d.u.Profiles)}
}

// wish draws whether a command is about a wish, where there are any.
func (d draw) wish() bool {
	return d.u.gives(func(c attachment.Command) bool {
		_, wishes := c.(attachment.RequestProfiles)

		return wishes
	}) && coin(d.src)
}

// login draws whether somebody is attached by the login that a decider typed.
func (d draw) login() string {
	if d.u.Typed != "" && coin(d.src) {
		return d.u.Typed
	}

	return ""
}
