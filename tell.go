package guichet

import (
	"context"
	"strings"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/mail"
)

// What users, deciders, main managers and support are told of what a decision changed (rule F2).

// about is what a mail about an attachment says: to whom it is shown, the structure is known.
func (e *effects) about(key attachment.Key) mail.Content {
	content := mail.Content{Structure: publicSummary(e.facts.Structure).Data.Name()}

	if key.Service != "" {
		content.Service = string(key.Service)
		if service := e.facts.Services[key.Service]; service.Label != "" {
			content.Service = service.Label
		}
	}

	return content
}

// asking is what those who decide are told of somebody who asks.
func (e *effects) asking(key attachment.Key, comment string) mail.Content {
	login, person := e.person(key.Account)

	content := e.about(key)
	content.Structure = e.facts.Structure.Data.Name()
	content.Requester, content.Login, content.Comment = person.Name(), login.String(), comment

	return content
}

// requestMade tells the deciders, or support where there are none; of a repeat nobody (rules B5, B6 and D6).
func (e *effects) requestMade(c attachment.RequestMade) {
	switch {
	case c.Repeat:
	case e.roster.Standing == attachment.Managed:
		e.tellAll(mail.RequestToApprove, c.Account, e.asking(c.Key, c.Comment))
	case e.roster.Standing == attachment.Vacant:
		e.tellSupport(mail.Unattended, c.Account, e.asking(c.Key, ""))
	}
}

// requestWithdrawn tells the deciders of a request that they need not decide any more; whose approval was taken back is told
// like whoever is detached.
func (e *effects) requestWithdrawn(c attachment.RequestWithdrawn, row attachment.Attachment) {
	switch {
	case c.By != (account.Actor{}):
		if row.Invited == "" {
			e.tell(mail.Detached, c.Account, e.about(c.Key))
		}
	case c.Absorbed || c.Adopted != "" || row.State != attachment.Requested || row.Repeat:
	case e.roster.Standing == attachment.Managed:
		e.tellAll(mail.RequestWithdrawn, c.Account, e.asking(c.Key, ""))
	}
}

// attached tells whoever was attached by somebody else's decision.
func (e *effects) attached(c attachment.UserAttached) {
	switch {
	case c.Unasked:
		e.tell(mail.Attached, c.Account, e.about(c.Key))
	case c.Approved:
		e.tell(mail.AttachmentGranted, c.Account, e.about(c.Key))
	}
}

// invited writes the registration that an invitation makes, and mails its link.
func (e *effects) invited(ctx context.Context, c attachment.UserInvited) error {
	e.registrations[c.Account] = e.registration(c.Account)

	return e.sendLink(ctx, mail.Invited, c.Account, e.about(c.Key), e.p.policy.ApprovalLinkLife, c.Due)
}

// detached tells whoever was detached, or the deciders of who left.
func (e *effects) detached(c attachment.UserDetached) {
	switch {
	case c.Absorbed:
	case c.Left && e.roster.Standing == attachment.Managed:
		login, person := e.person(c.Account)
		content := e.about(c.Key)
		content.Requester, content.Login = person.Name(), login.String()
		e.tellAll(mail.UserLeft, c.Account, content)
	case !c.Left && !c.By.Is(c.Account):
		e.tell(mail.Detached, c.Account, e.about(c.Key))
	}
}

// relieved tells a main manager that somebody else is in their place.
func (e *effects) relieved(c attachment.ManagerRelieved) {
	kind, content := mail.HandedOver, e.about(attachment.Key{})
	if c.By.Kind == account.ActorSupport {
		kind = mail.Replaced
	} else {
		_, to := e.person(c.To)
		content.Requester = to.Name()
	}

	e.tell(kind, c.Account, content)
}

// contested tells whose standing is contested, and support.
func (e *effects) contested(c attachment.StandingContested) {
	content := mail.Content{Structure: publicSummary(e.facts.Structure).Data.Name(), Reason: c.Reason}
	e.tell(mail.Contested, e.roster.Holder, content)

	login, person := e.person(c.Account)
	content.Requester, content.Login = person.Name(), login.String()
	e.tellSupport(mail.ContestedToSupport, c.Account, content)
}

// proofAwaited tells a claimant until when a proof is awaited, whatever verifier asks for it (rules D1 and D12).
func (e *effects) proofAwaited(c attachment.ProofAwaited, row attachment.Attachment) {
	e.tell(mail.ProofAwaited, c.Account, mail.Content{Structure: e.name(row), Until: c.Until})
}

// contestEnded tells both sides that support has closed a contest.
func (e *effects) contestEnded(c attachment.ContestEnded) {
	if c.Released {
		e.tellBoth(mail.Released, c.Account)
	}
}

// tellBoth tells the main manager and who contested, as far as they can be told (rule D12).
func (e *effects) tellBoth(kind mail.Kind, manager account.ID) {
	for _, id := range []account.ID{manager, e.before.Contest.By} {
		if login, _ := e.person(id); !login.IsZero() && (kind != mail.Frozen || id == manager) {
			e.tell(kind, id, e.about(attachment.Key{}))
		}
	}
}

// acquaint reads who somebody is that the roster's slice may not hold, to tell them.
func (e *effects) acquaint(ctx context.Context, id account.ID) error {
	if login, _ := e.person(id); id == "" || !login.IsZero() {
		return nil
	}

	acc, err := e.r.Account(ctx, id)

	switch present, err := found(err); {
	case err != nil:
		return err
	case present:
		e.facts.Accounts[id] = acc

		return nil
	}

	reg, err := e.r.Registration(ctx, id)
	if present, err := found(err); !present || err != nil {
		return err
	}

	e.facts.Registrations[id] = reg

	return nil
}

// profilesChanged tells a user which profiles they hold now: once, whatever a decision changed.
func (e *effects) profilesChanged(key attachment.Key) {
	row, _ := e.roster.Row(key)

	held := make([]habilitation.Profile, len(row.Grants))
	for i, g := range row.Grants {
		held[i] = g.Profile
	}

	labels := e.labels(key.Account, held)
	content := e.about(key)
	content.Profiles = labels

	for i, m := range e.batch.Messages {
		if m.Kind == mail.ProfilesChanged && m.Account == key.Account && m.Content.Service == content.Service {
			e.batch.Messages[i].Content.Profiles = content.Profiles

			return
		}
	}

	e.tell(mail.ProfilesChanged, key.Account, content)
}

// labels is profiles in somebody's language.
func (e *effects) labels(id account.ID, profiles []habilitation.Profile) []string {
	_, person := e.person(id)

	out := make([]string, len(profiles))
	for i, p := range profiles {
		out[i] = p.Label(e.p.catalogue, person.Language)
	}

	return out
}

// profilesRequested tells the deciders, or support where there are none, of somebody who wishes for more profiles.
func (e *effects) profilesRequested(c attachment.ProfilesRequested) {
	if e.roster.Standing == attachment.Managed {
		content := e.asking(c.Key, c.Comment)
		content.Profiles = e.labels(c.Account, c.Profiles)
		e.tellAll(mail.ProfilesRequested, c.Account, content)
	} else {
		e.tellSupport(mail.Unattended, c.Account, e.asking(c.Key, ""))
	}
}

// reminded tells deciders, or support, of what has waited (rule D10).
func (e *effects) reminded(kind mail.Kind, key attachment.Key) {
	row, _ := e.roster.Row(key)
	content := e.asking(key, "")
	content.Since, _, _ = row.Asked()

	if kind == mail.Escalation {
		e.tellSupport(kind, key.Account, content)
	} else {
		e.tellAll(kind, key.Account, content)
	}
}

// tellSupport writes a mail to the application's support, if it has an address.
func (e *effects) tellSupport(kind mail.Kind, about account.ID, content mail.Content) {
	if e.p.support == "" {
		return
	}

	m := e.message(kind, about, content)
	m.To, m.Content.Recipient = e.p.support, ""

	e.batch.Messages = append(e.batch.Messages, m)
}

// profileCodes is profiles as the journal writes them.
func profileCodes(profiles []habilitation.Profile) string {
	words := make([]string, len(profiles))
	for i, p := range profiles {
		words[i] = p.String()
	}

	return strings.Join(words, ",")
}
