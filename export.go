package guichet

import (
	"context"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
)

// PersonalData is everything that is held about one person (rule G2), to be given to them, as JSON say. Passwords, answers
// and links are held as hashes, and are not in it.
type PersonalData struct {
	Account       account.ID             `json:"account"`
	State         string                 `json:"state"`
	Login         string                 `json:"login"`
	FirstName     string                 `json:"first_name"`
	LastName      string                 `json:"last_name"`
	Phone         string                 `json:"phone,omitempty"`
	Contact       string                 `json:"contact,omitempty"`
	ContactProved time.Time              `json:"contact_confirmed,omitzero"`
	Language      string                 `json:"language"`
	Terms         PersonalConsent        `json:"terms"`
	Survey        PersonalConsent        `json:"survey"`
	CreatedAt     time.Time              `json:"created_at"`
	Question      string                 `json:"secret_question,omitempty"`
	ClearedAt     time.Time              `json:"secret_question_cleared,omitzero"`
	FactorSince   time.Time              `json:"second_factor_since,omitzero"`
	RecoveryCodes int                    `json:"recovery_codes_left,omitempty"`
	LoginFailed   time.Time              `json:"login_unreached_since,omitzero"`   // no mail could be handed over there
	ContactFailed time.Time              `json:"contact_unreached_since,omitzero"` // likewise
	LockedUntil   time.Time              `json:"sign_in_locked_until,omitzero"`
	Registrations []PersonalRegistration `json:"registrations"`
	Attachments   []PersonalAttachment   `json:"attachments"`
	Mails         []PersonalMail         `json:"mails"`
	Journal       []PersonalEntry        `json:"journal"`
}

// PersonalConsent is what the person agreed to, and when; empty if they have not, or have taken it back.
type PersonalConsent struct {
	Version string    `json:"version,omitempty"`
	At      time.Time `json:"at,omitzero"`
}

// PersonalRegistration is a registration that became the account, or an open one with its login.
type PersonalRegistration struct {
	State     string    `json:"state"`
	FirstName string    `json:"first_name"`
	LastName  string    `json:"last_name"`
	Phone     string    `json:"phone,omitempty"`
	Contact   string    `json:"contact,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
}

// PersonalAttachment is a request or an attachment, in whatever state. The structure's identifier is shown, but for an
// individual to whom the person is not attached (rule A7).
type PersonalAttachment struct {
	Structure   string    `json:"structure"`
	Service     string    `json:"service,omitempty"`
	State       string    `json:"state"`
	Since       time.Time `json:"since"`
	RequestedAt time.Time `json:"requested_at"`
	Comment     string    `json:"comment,omitempty"`
	Refusal     string    `json:"refusal,omitempty"`
	Profiles    []string  `json:"profiles,omitempty"`

	Wishes      []string  `json:"wishes,omitempty"` // profiles asked for, which nobody has decided on
	WishComment string    `json:"wish_comment,omitempty"`
	WishRefusal string    `json:"wish_refusal,omitempty"`
	Invited     string    `json:"invited,omitempty"` // the address by which a decider invited the person
	Contested   time.Time `json:"contested,omitzero"`

	Data *PersonalStructure `json:"structure_data,omitempty"`
}

// PersonalStructure is what the person typed of a structure that nobody knew yet, or, of an individual's structure to which
// they are attached, what is held of that individual.
type PersonalStructure struct {
	LegalName     string `json:"legal_name,omitempty"`
	LastName      string `json:"last_name,omitempty"`
	FirstName     string `json:"first_name,omitempty"`
	Label         string `json:"label,omitempty"`
	Address       string `json:"address,omitempty"`
	Complement1   string `json:"complement_1,omitempty"`
	Complement2   string `json:"complement_2,omitempty"`
	PostalCode    string `json:"postal_code,omitempty"`
	Town          string `json:"town,omitempty"`
	Country       string `json:"country,omitempty"`
	NonDiffusible bool   `json:"non_diffusible,omitempty"`
}

// PersonalMail is a mail about the person that has not been deleted yet.
type PersonalMail struct {
	Kind      string    `json:"kind"`
	To        string    `json:"to,omitempty"`
	State     string    `json:"state"`
	CreatedAt time.Time `json:"created_at"`
}

// PersonalEntry is a line of the journal by the person or about them.
type PersonalEntry struct {
	At        time.Time `json:"at"`
	Action    string    `json:"action"`
	Structure string    `json:"structure,omitempty"` // its internal id
	Before    string    `json:"before,omitempty"`
	After     string    `json:"after,omitempty"`
	Note      string    `json:"note,omitempty"` // what the person wrote, or what was written about them
}

// Export returns everything that is held about the person of an account (rule G2). It is read in several steps, so that what
// changes meanwhile may be in it as it was or as it is.
//
// Errors: [*Error] around [ErrUnknownAccount].
func (p *Portal) Export(ctx context.Context, id account.ID) (PersonalData, error) {
	acc, err := p.Account(ctx, id)
	if err != nil {
		return PersonalData{}, err
	}

	out := PersonalData{
		Account: acc.ID, State: acc.State.String(), Login: acc.Login.String(), FirstName: acc.Person.FirstName,
		LastName: acc.Person.LastName, Phone: acc.Person.Phone, Contact: acc.Person.Contact, ContactProved: acc.ContactAt,
		Language: acc.Person.Language.String(), Terms: PersonalConsent(acc.Terms), Survey: PersonalConsent(acc.Survey), CreatedAt: acc.CreatedAt,
	}

	credential, err := p.store.Credential(ctx, id)
	if _, err := found(err); err != nil {
		return PersonalData{}, err
	}

	out.Question, out.ClearedAt, out.FactorSince = credential.Question, credential.ClearedAt, credential.Factor.Since
	out.RecoveryCodes, out.LoginFailed, out.ContactFailed = len(credential.Factor.Recovery), acc.LoginFailedAt, acc.ContactFailedAt

	tries, err := attempts(ctx, p.store, p.attemptsOfLogin(acc.Login))
	if err != nil {
		return PersonalData{}, err
	}

	out.LockedUntil = tries.Password.Until

	for _, part := range []func(context.Context, account.Account, *PersonalData) error{
		p.exportRegistrations, p.exportAttachments, p.exportMails, p.exportJournal,
	} {
		if err := part(ctx, acc, &out); err != nil {
			return PersonalData{}, err
		}
	}

	return out, nil
}

// each calls fn for every row of a list, page by page.
func each[T any](ctx context.Context, r storage.Reader, query func(storage.Window) storage.Of[T], fn func(T)) error {
	window := storage.Window{Limit: storage.MaxLimit}

	for {
		page, err := storage.List(ctx, r, query(window))
		if err != nil {
			return err
		}

		for _, row := range page.Rows {
			fn(row)
		}

		if window.After = page.Next; page.Next == "" {
			return nil
		}
	}
}

func (p *Portal) exportRegistrations(ctx context.Context, acc account.Account, out *PersonalData) error {
	add := func(reg account.Registration) {
		out.Registrations = append(out.Registrations, PersonalRegistration{
			State: reg.State.String(), FirstName: reg.Person.FirstName, LastName: reg.Person.LastName,
			Phone: reg.Person.Phone, Contact: reg.Person.Contact, CreatedAt: reg.CreatedAt, EndedAt: reg.EndedAt,
		})
	}

	own, err := p.store.Registration(ctx, acc.ID)
	if present, err := found(err); err != nil {
		return err
	} else if present {
		add(own)
	}

	if acc.Login.IsZero() {
		return nil
	}

	return each(ctx, p.store, func(w storage.Window) storage.Of[account.Registration] {
		return storage.RegistrationsOf{Window: w, Login: acc.Login.Key()}
	}, add)
}

func (p *Portal) exportAttachments(ctx context.Context, acc account.Account, out *PersonalData) error {
	return each(ctx, p.store, func(w storage.Window) storage.Of[storage.RosterRow] {
		return storage.RowsOf{Window: w, Account: acc.ID}
	}, func(row storage.RosterRow) {
		a := row.Attachment

		line := PersonalAttachment{
			Structure: row.Structure.Identity.Display(), Service: string(a.Service), State: a.State.String(),
			Since: a.Since, RequestedAt: a.RequestedAt, Comment: a.Comment, Refusal: a.Decision.Reason,
			WishComment: a.Wish.Comment, WishRefusal: a.Wish.Decision.Reason, Invited: a.Invited, Contested: a.Contested,
		}
		if row.Structure.Identity.Kind() == identifier.Individual && a.State == attachment.Attached {
			data := PersonalStructure(row.Structure.Data)
			line.Structure, line.Data = row.Structure.Identity.Code(), &data
		}

		if a.Details != nil {
			data := PersonalStructure(a.Details.Data)
			line.Data = &data
		}

		for _, g := range a.Grants {
			line.Profiles = append(line.Profiles, g.Profile.String())
		}

		for _, profile := range a.Wish.Profiles {
			line.Wishes = append(line.Wishes, profile.String())
		}

		out.Attachments = append(out.Attachments, line)
	})
}

func (p *Portal) exportMails(ctx context.Context, acc account.Account, out *PersonalData) error {
	return each(ctx, p.store, func(w storage.Window) storage.Of[storage.Message] {
		return storage.MessagesOf{Window: w, Account: acc.ID}
	}, func(m storage.Message) {
		line := PersonalMail{Kind: string(m.Kind), State: m.State.String(), CreatedAt: m.CreatedAt}
		if m.To == acc.Login.String() || m.To == acc.Person.Contact { // others' addresses are theirs
			line.To = m.To
		}

		out.Mails = append(out.Mails, line)
	})
}

func (p *Portal) exportJournal(ctx context.Context, acc account.Account, out *PersonalData) error {
	return each(ctx, p.store, func(w storage.Window) storage.Of[storage.Entry] {
		return storage.JournalOf{Window: w, Account: acc.ID}
	}, func(e storage.Entry) {
		out.Journal = append(out.Journal, PersonalEntry{
			At: e.At, Action: e.Action, Structure: string(e.Structure), Before: e.Before, After: e.After, Note: e.Note,
		})
	})
}
