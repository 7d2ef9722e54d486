package guichet

import (
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
)

// note writes a line of the journal that no change of the roster stands for (rule D11).
func (e *effects) note(action string, on account.ID, before, after string) {
	e.batch.Journal = append(e.batch.Journal, storage.Entry{
		At: e.at, Actor: e.by, Action: action, Structure: e.roster.Structure, Version: e.roster.Version, Account: on,
		Before: before, After: after,
	})
}

// journal writes the line of one change (rule D11). row is the row as it was before.
func (e *effects) journal(c attachment.Change, row attachment.Attachment, after attachment.State) {
	entry := storage.Entry{
		At: e.at, Actor: e.by, Action: c.Action(), Structure: e.roster.Structure,
		Version: e.before.Version + 1, Account: c.Subject().Account, Service: c.Subject().Service,
		Before: row.State.String(), After: after.String(),
	}

	if row.Invited != "" && ended(c) { // nor must it tell when that is over, and somebody invites them again (rule D7)
		entry.Action, entry.Before, entry.After = ActionInvitationEnded, "", ""
	}

	switch c := c.(type) {
	case attachment.RequestMade:
		entry.Note = c.Comment
	case attachment.RequestRefused:
		entry.Note = c.Reason
	case attachment.RequestAdopted:
		entry.Note = c.Comment
	case attachment.ProfilesRequested:
		entry.Note, entry.After = c.Comment, profileCodes(c.Profiles)
	case attachment.ProfilesRefused:
		entry.Note = c.Reason
	case attachment.StandingContested:
		entry.Note = c.Reason
	case attachment.ProfilesGranted:
		entry.Before, entry.After = "", profileCodes(c.Profiles)
	case attachment.ProfilesRevoked:
		entry.Before, entry.After = profileCodes(c.Profiles), ""
	case attachment.TimeOver, attachment.NobodyLeft:
		entry.Actor = account.System()
	case attachment.ContestEnded:
		entry.Actor, entry.Before, entry.After = c.By, "", ""
	case attachment.ReviewBegan:
		entry.Before, entry.After = "", ""
	case attachment.ManagerNamed:
		entry.Before, entry.After = e.before.Standing.String(), e.roster.Standing.String()
		entry.Actor = c.By
	case attachment.ManagerLeft:
		entry.Before, entry.After = e.before.Standing.String(), e.roster.Standing.String()
	case attachment.ClaimBegan:
		if c.Succeeded {
			entry.Actor = account.System()
		}
	case attachment.UserAttached:
		if c.By.Kind == account.ActorSystem {
			entry.Actor = c.By
		}

		if c.Invited != "" { // the history must not tell who had an account (rule D7)
			entry.Action, entry.Before, entry.After = attachment.UserInvited{}.Action(), "", ""
		}
	case attachment.UserInvited:
		entry.Before, entry.After = "", ""
	case attachment.RequestApproved:
		if c.Invited != "" {
			entry.Action, entry.Before, entry.After = attachment.UserInvited{}.Action(), "", ""
		}
	case attachment.RequestWithdrawn, attachment.RequestKept, attachment.UserDetached,
		attachment.ClaimMailed, attachment.UserSuspended, attachment.UserResumed, attachment.UserArrived,
		attachment.RequestReminded, attachment.RequestEscalated, attachment.ProfilesApproved, attachment.ProfilesWithdrawn,
		attachment.ManagerRelieved, attachment.StandingFrozen, attachment.AttachmentConfirmed, attachment.ProofAwaited:
	}

	e.batch.Journal = append(e.batch.Journal, entry)
}

// ended tells whether a change ended an attachment or what was to become one.
func ended(c attachment.Change) bool {
	_, detached := c.(attachment.UserDetached)
	_, withdrawn := c.(attachment.RequestWithdrawn)
	_, lapsed := c.(attachment.TimeOver)

	return detached || withdrawn || lapsed
}
