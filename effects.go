package guichet

import (
	"context"
	"errors"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// effects turns the changes of a decision into what is written with them: the roster, the registrations and accounts
// concerned, the structure's data, links, mails and the journal, in one batch.
type effects struct {
	p      *Portal
	r      storage.Reader
	at     time.Time
	by     account.Actor
	facts  attachment.Facts
	before attachment.Roster // as read
	roster attachment.Roster // as the changes so far leave it

	keys          map[attachment.Key]bool // of the rows that changed
	registrations map[account.ID]account.Registration
	batch         storage.Batch
}

func (p *Portal) effects(r storage.Reader, s storage.Slice, by account.Actor, at time.Time) *effects {
	return &effects{
		p: p, r: r, at: at, by: by, facts: s.Facts, before: s.Roster, roster: s.Roster.Clone(),
		keys: map[attachment.Key]bool{}, registrations: map[account.ID]account.Registration{},
	}
}

// apply works the changes into the batch, in order.
func (e *effects) apply(ctx context.Context, changes []attachment.Change) error {
	for _, c := range changes {
		before, _ := e.roster.Row(c.Subject())
		e.roster = e.roster.Apply(c)
		after, _ := e.roster.Row(c.Subject())

		e.keys[c.Subject()] = true
		e.journal(c, before, after.State)

		if err := e.follow(ctx, c, before); err != nil {
			return err
		}
	}

	return nil
}

// follow does what a change means for everything but the roster. row is the row as it was before.
func (e *effects) follow(ctx context.Context, change attachment.Change, row attachment.Attachment) error {
	switch c := change.(type) {
	case attachment.ClaimBegan:
		return e.claimBegan(ctx, c)
	case attachment.RequestMade:
		e.requestMade(c)

		return nil
	case attachment.RequestApproved:
		return e.approved(ctx, c)
	case attachment.RequestRefused:
		kind := mail.Refused
		if c.Proof {
			kind = mail.ProofRefused
		}

		e.tell(kind, c.Account, mail.Content{Reason: c.Reason, Structure: e.name(row)})

		return e.step(c.Account, account.Refuse)
	case attachment.RequestWithdrawn:
		e.requestWithdrawn(c, row)

		return e.step(c.Account, account.Withdraw)
	case attachment.RequestAdopted:
		return e.adopted(ctx, c)
	case attachment.TimeOver:
		kind := mail.RequestLapsed
		if c.Was == attachment.Claimed {
			kind = mail.ClaimLapsed
		}

		e.tell(kind, c.Account, mail.Content{Structure: e.name(row)})

		return e.step(c.Account, account.Lapse)
	case attachment.UserAttached:
		e.attached(c)

		return nil
	case attachment.ManagerNamed:
		e.managerNamed(c)

		return nil
	case attachment.ManagerLeft:
		e.managerLeft()

		if len(e.roster.Queue) > 0 {
			e.tellSupport(mail.Unattended, e.roster.Queue[0], mail.Content{Structure: e.facts.Structure.Data.Name()})
		}

		return nil
	case attachment.NobodyLeft:
		return e.forget(ctx) // an individual's code is nobody's to keep once nobody stands for it (rule A7)
	case attachment.UserInvited:
		return e.invited(ctx, c)
	case attachment.UserDetached:
		e.detached(c)
	case attachment.UserSuspended:
		e.tell(mail.Suspended, c.Account, e.about(c.Key))
	case attachment.UserResumed:
		e.tell(mail.Resumed, c.Account, e.about(c.Key))
	case attachment.ManagerRelieved:
		e.relieved(c)
	case attachment.StandingContested:
		e.contested(c)
	case attachment.StandingFrozen:
		e.tellBoth(mail.Frozen, c.Account)
	case attachment.ContestEnded:
		e.contestEnded(c)
	case attachment.ProofAwaited:
		e.proofAwaited(c, row)
	case attachment.ProfilesGranted, attachment.ProfilesRevoked:
		e.profilesChanged(change.Subject())
	case attachment.ProfilesRequested:
		e.profilesRequested(c)
	case attachment.ProfilesRefused:
		content := e.about(c.Key)
		content.Reason = c.Reason
		e.tell(mail.ProfilesRefused, c.Account, content)
	case attachment.RequestReminded:
		if !c.Skipped {
			e.reminded(mail.Reminder, c.Key)
		}
	case attachment.RequestEscalated:
		e.reminded(mail.Escalation, c.Key)
	case attachment.ClaimMailed, attachment.RequestKept, attachment.UserArrived, attachment.ProfilesApproved,
		attachment.ProfilesWithdrawn, attachment.ReviewBegan, attachment.AttachmentConfirmed:
	}

	return nil
}

// claimBegan designates a registration and mails its link (rule B5).
func (e *effects) claimBegan(ctx context.Context, c attachment.ClaimBegan) error {
	if err := e.step(c.Account, account.Designate); err != nil {
		return err
	}

	if !c.Succeeded {
		reg := e.registrations[c.Account]
		reg.Claimed = true
		e.registrations[c.Account] = reg
	}

	until := c.Until
	if reg := e.registrations[c.Account]; reg.Separate { // its link is for the account, and outlives the claim
		until = reg.Due
	}

	content := mail.Content{Succeeded: c.Succeeded, Structure: nameOf(c.Details)}

	return e.sendLink(ctx, mail.ActivationLink, c.Account, content, e.p.policy.LinkLife, until)
}

// approved mails the link that comes with an approval (rule B6).
func (e *effects) approved(ctx context.Context, c attachment.RequestApproved) error {
	if err := e.step(c.Account, account.Approve); err != nil {
		return err
	}

	if reg := e.registrations[c.Account]; reg.Separate { // it has as long as any other that was approved
		reg.Due = c.Due
		e.registrations[c.Account] = reg
	}

	content := mail.Content{Structure: e.name(attachment.Attachment{})}

	return e.sendLink(ctx, mail.Approved, c.Account, content, e.p.policy.ApprovalLinkLife, c.Due)
}

// managerNamed gives the structure its data, when nobody knew it before, and tells the new manager who waits.
func (e *effects) managerNamed(c attachment.ManagerNamed) {
	if c.Details != nil {
		e.facts.Structure = e.facts.Structure.Describe(*c.Details)
		e.putStructure()
	}

	name := e.facts.Structure.Data.Name()

	// Whoever created the structure, or took a claim over, knows.
	if _, exists := e.facts.Accounts[c.Account]; exists {
		switch {
		case c.By.Kind != account.ActorAccount:
			e.tell(mail.Appointed, c.Account, mail.Content{Structure: name})
		case c.From != "":
			_, from := e.person(c.From)
			e.tell(mail.TookOver, c.Account, mail.Content{Structure: name, Requester: from.Name()})
		}
	}

	if c.Waiting {
		e.tell(mail.RequestsToApprove, c.Account, mail.Content{Structure: name})
	}
}

// managerLeft leaves a vacant structure inactive (rule D6).
func (e *effects) managerLeft() {
	e.facts.Structure.Status = structure.Inactive
	e.putStructure()
}

// putStructure writes the structure as the changes so far leave it.
func (e *effects) putStructure() { e.batch.Structures = []structure.Structure{e.facts.Structure} }

// adopted has the deciders told of the account instead of its registration, as far as no mail has reached them yet.
func (e *effects) adopted(ctx context.Context, c attachment.RequestAdopted) error {
	query := storage.MessagesOf{Account: c.From, Window: storage.Window{Limit: storage.MaxLimit}}

	page, err := storage.List(ctx, e.r, query)
	if err != nil {
		return err
	}

	for _, m := range page.Rows {
		asks := m.Kind == mail.RequestToApprove || m.Kind == mail.Unattended
		if m.State == storage.Queued && asks && m.Structure == e.roster.Structure {
			login, person := e.person(c.Account)
			m.Account, m.Content.Requester, m.Content.Login = c.Account, person.Name(), login.String()
			e.batch.Messages = append(e.batch.Messages, m)
		}
	}

	return nil
}

// step has a registration follow what happened to its request. An account has none to move.
func (e *effects) step(id account.ID, event account.RegistrationEvent) error {
	if _, exists := e.facts.Accounts[id]; exists {
		return nil
	}

	reg, err := e.registration(id).Follow(event, e.at)
	if err != nil {
		return err
	}

	e.registrations[id] = reg

	return nil
}

// registration returns a registration as the changes so far leave it.
func (e *effects) registration(id account.ID) account.Registration {
	if reg, ok := e.registrations[id]; ok {
		return reg
	}

	return e.facts.Registrations[id]
}

// name is how mails call the structure to the author of a row: what is known of it to anybody, or what the author typed;
// never what somebody else typed, and nothing that is known of an individual (rule B1).
func (e *effects) name(row attachment.Attachment) string {
	if e.before.Standing.Known() {
		return publicSummary(e.facts.Structure).Data.Name()
	}

	return nameOf(row.Details)
}

func nameOf(details *structure.Details) string {
	if details == nil {
		return ""
	}

	return details.Data.Name()
}

// person returns whom an id belongs to: an account, or a registration.
func (e *effects) person(id account.ID) (account.Login, account.Person) {
	if acc, ok := e.facts.Accounts[id]; ok {
		return acc.Login, acc.Person
	}

	reg := e.registration(id)

	return reg.Login, reg.Person
}

// tell writes a mail to an account or a registration's author.
func (e *effects) tell(kind mail.Kind, id account.ID, content mail.Content) {
	e.batch.Messages = append(e.batch.Messages, e.message(kind, id, content))
}

func (e *effects) message(kind mail.Kind, id account.ID, content mail.Content) storage.Message {
	_, person := e.person(id)
	content.Recipient = person.Name()

	if identity := e.facts.Structure.Identity; !identity.IsZero() {
		content.Identifier = shown(identity)
	}

	return storage.Message{
		ID: e.p.newID(), State: storage.Queued, Kind: kind, To: e.address(kind, id), Account: id,
		Structure: e.roster.Structure, Language: person.Language, Content: content, NotBefore: e.at, CreatedAt: e.at,
	}
}

// address is where a mail goes: security mails to the login address, notices to an account's confirmed contact address
// (rule B2).
func (e *effects) address(kind mail.Kind, id account.ID) string {
	if acc, ok := e.facts.Accounts[id]; ok {
		return addressOf(acc, kind)
	}

	return e.registration(id).Login.String()
}

func addressOf(acc account.Account, kind mail.Kind) string {
	if kind.Security() {
		return acc.Login.String()
	}

	return acc.NoticeAddress()
}

// sendLink writes a mail that carries a new link.
func (e *effects) sendLink(
	ctx context.Context, kind mail.Kind, id account.ID, content mail.Content, life time.Duration, notAfter time.Time,
) error {
	earlier, err := e.r.Links(ctx, id, account.PurposeActivation)
	if err != nil {
		return err
	}

	m := e.message(kind, id, content)
	link := e.p.mint(&m, account.PurposeActivation, earlier, life, notAfter)

	e.batch.Messages = append(e.batch.Messages, m)
	e.batch.Links = append(e.batch.Links, link)

	return nil
}

// mint makes a token, seals it into the message, and returns the link to store.
func (p *Portal) mint(
	m *storage.Message, purpose account.Purpose, earlier []account.Link, life time.Duration, notAfter time.Time,
) account.Link {
	token, err := account.NewToken(p.random.bytes(account.TokenSize))
	if err != nil { // the size is the one it asks for
		panic(err)
	}

	m.Selector, m.Sealed = token.Selector(), p.seals.seal(token.Reveal(), m.ID)

	return account.NewLink(token, purpose, m.Account, earlier, life, notAfter)
}

// finish returns the batch: the changed rows under the roster's version; guards on what the decision relied on; and
// every account whose rows changed with its version advanced, because that account's own events must see them.
func (e *effects) finish() storage.Batch {
	for _, reg := range e.registrations {
		e.batch.Registrations = append(e.batch.Registrations, reg)
	}

	if len(e.keys) == 0 {
		return e.batch
	}

	e.batch.Rosters = append(e.batch.Rosters, e.roster.Only(e.keys))

	put := map[account.ID]bool{}

	for key := range e.keys {
		if acc, ok := e.facts.Accounts[key.Account]; ok && !put[acc.ID] {
			put[acc.ID] = true
			e.batch.Accounts = append(e.batch.Accounts, acc)
		}
	}

	if acc, ok := e.restsOn(); ok && !put[acc.ID] {
		e.batch.Guards = append(e.batch.Guards, storage.AccountAt{ID: acc.ID, Version: acc.Version})
	}

	if s := e.facts.Structure; len(e.batch.Structures) == 0 {
		if s.Version == 0 {
			e.batch.Structures = append(e.batch.Structures, s)
		} else {
			e.batch.Guards = append(e.batch.Guards, storage.StructureAt{ID: s.ID, Version: s.Version})
		}
	}

	for key := range e.keys {
		if s, ok := e.facts.Services[key.Service]; ok {
			e.batch.Guards = append(e.batch.Guards,
				storage.ServiceAt{Structure: s.Structure, Code: s.Code, Version: s.Version})
		}
	}

	return e.batch
}

// version is the roster's once the batch is written.
func (e *effects) version() int64 {
	if len(e.keys) == 0 {
		return e.before.Version
	}

	return e.before.Version + 1
}

// outcome returns what a caller is told.
func (e *effects) outcome(changes []attachment.Change) Outcome {
	return Outcome{Version: e.version(), Changes: changes}
}

// found tells an absent row from a fault.
func found(err error) (bool, error) {
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, storage.ErrNotFound):
		return false, nil
	default:
		return false, err
	}
}
