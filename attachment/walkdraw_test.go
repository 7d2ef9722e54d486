package attachment_test

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
)

// support is mostly that.
func (w *walker) support() account.Actor {
	if rapid.IntRange(0, 4).Draw(w.draw, "support") == 0 {
		return w.actor()
	}

	return account.Support("Anne")
}

// member mostly draws an attachment.
func (w *walker) member() attachment.Attachment {
	return w.rowIn(attachment.Attached, attachment.Suspended)
}

func (w *walker) profiles() profiles {
	return rapid.SliceOfN(rapid.SampledFrom(profiles{
		look, look, act, see, send, closed, habilitation.Manage, {Application: "annuaire", Level: 9},
	}), 0, 3).Draw(w.draw, "profiles")
}

func (w *walker) drawAttach() attachment.Command {
	c := attachment.Attach{By: w.actor(), Account: w.requester(), Service: w.service()}

	if rapid.Bool().Draw(w.draw, "one who asks") {
		row := w.rowIn(attachment.Requested)
		c.Account, c.Service = row.Account, row.Service
	}

	if rapid.Bool().Draw(w.draw, "by login") {
		c.Login = string(c.Account) + "@typed.fr"
	}

	return c
}

// drawInvite draws an invitation of a login that nobody has, or that others register with as well.
func (w *walker) drawInvite() attachment.Command {
	if len(w.facts.Registrations) >= 8 {
		return w.drawAttach()
	}

	login := rapid.SampledFrom([]string{"a@b.fr", "g@h.fr"}).Draw(w.draw, "login")

	return attachment.Attach{By: w.actor(), Account: w.invited(login), Service: w.service(), Login: login}
}

func (w *walker) drawDetach() attachment.Command {
	row := w.rowIn(attachment.Attached, attachment.Suspended, attachment.Approved)

	return attachment.Detach{By: w.actor(), Account: row.Account, Service: row.Service}
}

func (w *walker) drawLeave() attachment.Command {
	row := w.member()

	return attachment.Leave{By: account.By(row.Account), Service: row.Service}
}

func (w *walker) drawSuspend() attachment.Command {
	row := w.member()

	return attachment.Suspend{By: w.actor(), Account: row.Account, Service: row.Service}
}

func (w *walker) drawResume() attachment.Command {
	row := w.rowIn(attachment.Suspended)

	return attachment.Resume{By: w.actor(), Account: row.Account, Service: row.Service}
}

func (w *walker) drawRemind() attachment.Command {
	row := w.rowIn(attachment.Requested, attachment.Attached)

	return attachment.Remind{By: account.System(), Account: row.Account, Service: row.Service}
}

func (w *walker) drawHandOver() attachment.Command {
	return attachment.HandOver{By: w.actor(), To: w.idIn(attachment.Attached)}
}

func (w *walker) drawAppoint() attachment.Command {
	return attachment.Appoint{By: w.support(), Account: w.requester(), Unreachable: rapid.Bool().Draw(w.draw, "unreachable")}
}

func (w *walker) drawContest() attachment.Command {
	return attachment.ContestStanding{
		By:     account.By(w.idIn(attachment.Requested, attachment.Refused)),
		Reason: rapid.SampledFrom([]string{"x", "x", "x", ""}).Draw(w.draw, "reason"),
	}
}

// verifier is mostly the system.
func (w *walker) verifier() account.Actor {
	if rapid.IntRange(0, 9).Draw(w.draw, "verifier") == 0 {
		return w.actor()
	}

	return account.System()
}

// asked mostly draws the claim that there is; sometimes an earlier one.
func (w *walker) asked() (account.ID, time.Time) {
	before := rapid.SampledFrom([]time.Duration{0, 0, 0, 0, minute}).Draw(w.draw, "designated before")

	return w.idIn(attachment.Claimed), w.roster.Claim.Designated.Add(-before)
}

func (w *walker) drawAwaitProof() attachment.Command {
	id, designated := w.asked()
	until := w.now.Add(rapid.SampledFrom([]time.Duration{
		-hour, 0, minute, 2 * hour, day, 7 * day, 20 * day, 29 * day, 31 * day,
	}).Draw(w.draw, "until"))

	return attachment.AwaitProof{By: w.verifier(), Account: id, Designated: designated, Until: until}
}

func (w *walker) drawRefuseProof() attachment.Command {
	id, designated := w.asked()

	return attachment.RefuseProof{
		By: w.verifier(), Account: id, Designated: designated,
		Reason: rapid.SampledFrom([]string{"x", "", "\x07"}).Draw(w.draw, "reason"),
	}
}

func (w *walker) drawConfirm() attachment.Command {
	row := w.member()

	return attachment.Confirm{By: w.actor(), Account: row.Account, Service: row.Service}
}

func (w *walker) drawGrant() attachment.Command {
	row := w.member()

	return attachment.GrantProfiles{By: w.actor(), Account: row.Account, Service: row.Service, Profiles: w.profiles()}
}

func (w *walker) drawRevoke() attachment.Command {
	row := w.member()

	return attachment.RevokeProfiles{By: w.actor(), Account: row.Account, Service: row.Service, Profiles: w.profiles()}
}

func (w *walker) drawCopy() attachment.Command {
	return attachment.CopyProfiles{By: w.actor(), From: w.member().Key, To: w.member().Key}
}

func (w *walker) drawWish() attachment.Command {
	row := w.member()

	return attachment.RequestProfiles{
		By: account.By(row.Account), Service: row.Service, Profiles: w.profiles(),
		Comment: rapid.SampledFrom([]string{"x", "x", "x", ""}).Draw(w.draw, "comment"),
	}
}

func (w *walker) drawDrop() attachment.Command {
	row := w.member()

	return attachment.DropProfiles{By: account.By(row.Account), Service: row.Service, Profiles: w.profiles()}
}

// drawWishDecision mostly draws a wish that is open, or was.
func (w *walker) drawWishDecision() attachment.Command {
	row := w.member()

	var wishes []attachment.Attachment

	for _, row := range w.roster.Rows {
		if row.Wish.Order != 0 {
			wishes = append(wishes, row)
		}
	}

	if len(wishes) > 0 {
		row = rapid.SampledFrom(wishes).Draw(w.draw, "wish")
	}

	order := rapid.SampledFrom([]int64{row.Wish.Order, 0, max(row.Wish.Order-1, 0)}).Draw(w.draw, "order")

	switch answer := rapid.IntRange(0, 5).Draw(w.draw, "answer"); answer {
	case 0:
		return attachment.Withdraw{By: account.By(row.Account), Service: row.Service, Wish: true}
	case 1, 2:
		return attachment.Refuse{By: w.actor(), Account: row.Account, Service: row.Service, Wish: true, Order: order}
	default:
		return attachment.Approve{By: w.actor(), Account: row.Account, Service: row.Service, Wish: true, Order: order}
	}
}

// name is what a command is called in failures.
func name(c attachment.Command) string { return fmt.Sprintf("%T", c) }
