package guichet

import (
	"context"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/internal/csvcell"
	"github.com/guichet-pro/guichet/internal/wording"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// UserAttachment is one of a user's attachments to a structure.
type UserAttachment struct {
	Service     structure.Service // Code "" = structure level
	MainManager bool
	Suspended   bool
	Since       time.Time              // when it began or, if it is suspended, when that did
	ApprovedAt  time.Time              // when a decider approved it, or attached them; zero = nobody did
	Profiles    []habilitation.Profile // sorted; a main manager's come with the role, and some may not count at the moment (rule E6)
	Grants      []attachment.Grant     // the same with who gave them, and when; none of a main manager
}

// User is one line of a structure's users (rule E8): an attachment, with whose it is. To users who are no deciders only the
// name is shown.
type User struct {
	UserAttachment

	Account account.ID
	Name    string
	Login   string
	State   account.State

	// Invited says that a decider attached whoever has the login, who has not signed in since (rule D7). Login, as it was
	// typed, and Service, which was asked for, are then all that is shown: whether anybody has the login is not.
	Invited bool
}

// UserQuery says which of a structure's users are wanted.
type UserQuery struct {
	storage.Window

	Search  string         // occurs in last name, first name and login, in this order; case, accents and punctuation make no difference
	Service structure.Code // only who is attached to this service; "" = to any, and at structure level
	Review  bool           // only what a main manager whom support replaced had approved (rule D12)
}

// UserPage is one page of a structure's users.
type UserPage struct {
	Rows      []User
	Next      string // goes back as After; "" = there is no more
	Count     int    // if asked for, by a decider or support: how many lines there are, at most storage.CountCap
	NamesOnly bool   // the reader is no decider
}

// Users is the list of a structure's users (rule E8; French: consulter les utilisateurs), by last name, first name and login.
// Deciders, in an inactive structure too, and support see a line for each attachment, suspended ones and invitations too.
// Other users, attached there and not suspended, with an active account, see the names: each once, without those who were
// invited, and without Search, Service, Review or Count, which would tell more than names. A page may have fewer lines than its
// limit; the last is the one without Next. Next is sealed, since it names the last line, under the portal's keys.
//
// A review lists what the main manager whom support replaced had approved until then, and nobody has confirmed or ended since;
// Count may include a few that they approved later as somebody else.
//
// It is two queries. Errors: [*Error] around [ErrUnknownStructure] or [ErrPage]; [*attachment.Error] around
// [attachment.ErrNotDecider], with its cause, for everybody else; around [attachment.ErrNoManager] while nobody has activated;
// around [attachment.ErrReplaced] once another identifier has taken the place of the structure's: its users are the
// successor's (rule C9).
func (p *Portal) Users(ctx context.Context, by account.Actor, id structure.ID, q UserQuery) (UserPage, error) {
	v, err := p.viewer(ctx, by, id)
	if err != nil {
		return UserPage{}, err
	}

	return p.users(ctx, v, q)
}

// users reads one page for a viewer.
func (p *Portal) users(ctx context.Context, v viewer, q UserQuery) (UserPage, error) {
	roster := v.slice.Roster
	query := storage.MembersOf{
		Window: q.Window, Structure: roster.Structure, Search: structure.Fold(q.Search), Service: q.Service,
	}

	if !v.decides {
		if q.Review || query.Search != "" || q.Service != "" {
			return UserPage{}, v.refusal
		}

		query.Counted = false
	}

	if q.Review {
		if query.Approver = roster.Review.Of; query.Approver == "" {
			return UserPage{}, nil
		}
	}

	mark, err := p.openMark(q.After, v.bound())
	if err != nil {
		return UserPage{}, err
	}

	query.After = mark.After

	members, err := page[storage.Member](ctx, p.store, query)
	if err != nil {
		return UserPage{}, err
	}

	out := UserPage{Count: members.Count, NamesOnly: !v.decides}

	for _, m := range members.Rows {
		row := m.Attachment

		switch {
		case q.Review && row.Decision.At.After(roster.Review.Until):
		case v.decides:
			out.Rows = append(out.Rows, v.user(m))
		case row.Invited != "":
		default:
			// One who has several attachments has them one after the other.
			if row.Account != mark.Last && m.Account.State != account.Closed {
				out.Rows = append(out.Rows, User{Name: strings.TrimSpace(m.Account.Person.Name())})
			}

			mark.Last = row.Account
		}
	}

	if mark.After = members.Next; mark.After != "" {
		out.Next = p.sealMark(mark, v.bound())
	}

	return out, nil
}

// UserDetail is one user of a structure with all that they have there.
type UserDetail struct {
	Account     account.ID
	Name        string
	Login       string
	State       account.State
	Attachments []UserAttachment // by service, the structure level first
}

// User shows one user of a structure, with all their attachments there (rule E8; French: afficher un utilisateur), to deciders
// and support. An attachment under which they are only invited is left out until they sign in (rule D7). It is one query.
//
// Errors: those of [Portal.Users], for whoever sees names only too; [*attachment.Error] around [attachment.ErrNotAttached] for
// who is no user there.
func (p *Portal) User(
	ctx context.Context, by account.Actor, id structure.ID, user account.ID,
) (UserDetail, error) {
	v, err := p.viewer(ctx, by, id, user)
	if err != nil {
		return UserDetail{}, err
	}

	if !v.decides {
		return UserDetail{}, v.refusal
	}

	acc := v.slice.Facts.Accounts[user]
	out := UserDetail{
		Account: user, Name: strings.TrimSpace(acc.Person.Name()), Login: acc.Login.String(), State: acc.State,
	}

	for _, row := range v.slice.Roster.RowsOf(user) {
		if (row.State == attachment.Attached || row.State == attachment.Suspended) && row.Invited == "" {
			out.Attachments = append(out.Attachments, v.attachment(row, v.slice.Facts.Services[row.Service]))
		}
	}

	if len(out.Attachments) == 0 {
		return UserDetail{}, &attachment.Error{Key: attachment.Key{Account: user}, Err: attachment.ErrNotAttached}
	}

	return out, nil
}

// ExportUsers writes a structure's users as comma-separated values in UTF-8, under titles in French or English (rule E8; French:
// exporter les utilisateurs), for deciders and support. It is read and written page by page, two queries for each 1,000 lines, and
// ends when whoever asked may not see the list any more. A cell that a spreadsheet would run as a formula gets an apostrophe in
// front. Dates are those of Options.Location.
//
// Errors: those of [Portal.Users], for whoever sees names only too; those of w. After some of the list was written the file is
// incomplete.
func (p *Portal) ExportUsers(
	ctx context.Context, by account.Actor, id structure.ID, w io.Writer, lang language.Tag,
) error {
	out := csv.NewWriter(w)
	query := UserQuery{Window: storage.Window{Limit: storage.MaxLimit}}
	lines := [][]string{p.titles(lang)}

	for {
		v, err := p.viewer(ctx, by, id)
		if err == nil && !v.decides {
			err = v.refusal
		}

		if err != nil {
			return err
		}

		list, err := p.users(ctx, v, query)
		if err != nil {
			return err
		}

		for _, u := range list.Rows {
			lines = append(lines, p.cells(u, lang))
		}

		if err := out.WriteAll(lines); err != nil { // flushes
			return fmt.Errorf("guichet: export: %w", err)
		}

		lines = nil

		if query.After = list.Next; list.Next == "" {
			return nil
		}
	}
}

// viewer is somebody who may see users of a structure.
type viewer struct {
	slice   storage.Slice
	by      account.Actor
	decides bool  // or is support: sees everything
	refusal error // why what is for deciders is not for them
}

// viewer reads who somebody is in a structure, with the rows of some other accounts. Errors: those of Users.
func (p *Portal) viewer(
	ctx context.Context, by account.Actor, id structure.ID, others ...account.ID,
) (viewer, error) {
	at := p.at()

	v := viewer{by: by}
	if by.Kind == account.ActorAccount && !slices.Contains(others, by.ID) {
		others = append(others, by.ID)
	}

	slice, err := p.store.Roster(ctx, storage.RosterQuery{Structure: id, Accounts: others, At: at})
	if present, err := found(err); !present || err != nil {
		if err == nil {
			err = &Error{Err: ErrUnknownStructure}
		}

		return v, err
	}

	v.slice = p.known(slice)

	if v.slice.Facts.Structure.Successor != "" {
		return v, &attachment.Error{Key: attachment.Key{Account: by.ID}, Err: attachment.ErrReplaced}
	}

	v.refusal = v.decider(at)
	v.decides = v.refusal == nil

	if !v.decides && !v.attached() {
		return v, v.refusal
	}

	return v, nil
}

// decider returns nil for deciders and support. Looking stays possible in an inactive structure (rule C8), like refusing.
func (v viewer) decider(at time.Time) error {
	if v.by.Kind == account.ActorSupport {
		return nil
	}

	return v.slice.Roster.Manages(v.slice.Facts, v.by, attachment.ActRefuse, at)
}

// attached tells whether it is an active account that is attached and not suspended.
func (v viewer) attached() bool {
	return v.by.Kind == account.ActorAccount && v.slice.Facts.Accounts[v.by.ID].State == account.Active &&
		slices.ContainsFunc(v.slice.Roster.RowsOf(v.by.ID), func(a attachment.Attachment) bool {
			return a.State == attachment.Attached
		})
}

// user is a line as deciders see it.
func (v viewer) user(m storage.Member) User {
	if m.Attachment.Invited != "" {
		return User{
			Login: m.Attachment.Invited, Invited: true, UserAttachment: UserAttachment{Service: m.Service},
		}
	}

	return User{
		UserAttachment: v.attachment(m.Attachment, m.Service), Account: m.Attachment.Account,
		Name: strings.TrimSpace(m.Account.Person.Name()), Login: m.Account.Login.String(), State: m.Account.State,
	}
}

// attachment is an attachment as deciders see it.
func (v viewer) attachment(row attachment.Attachment, service structure.Service) UserAttachment {
	out := UserAttachment{
		Service: service, Suspended: row.State == attachment.Suspended, Since: row.Since, Grants: row.Grants,
		MainManager: v.slice.Roster.Standing == attachment.Managed && v.slice.Roster.Holder == row.Account && row.Service == "",
	}

	if row.Decision.Approved {
		out.ApprovedAt = row.Decision.At
	}

	if out.MainManager {
		open := append([]structure.Application{habilitation.Organisation}, v.slice.Facts.Structure.Applications...)
		out.Profiles = habilitation.All(structure.Sorted(open))
	}

	for _, g := range row.Grants {
		out.Profiles = append(out.Profiles, g.Profile)
	}

	return out
}

// bound is what the Next of a page goes with: the list, and how much of it is shown.
func (v viewer) bound() string {
	return fmt.Sprintf("page of users %q %t", v.slice.Roster.Structure, v.decides)
}

// mark is where a page ended: the store's Next, and whose line was the last. Both may tell a login or an id.
type mark struct {
	After string     `json:"after"`
	Last  account.ID `json:"last"`
}

func (p *Portal) sealMark(m mark, bound string) string {
	plain, err := json.Marshal(m)
	if err != nil { // two strings
		panic(err)
	}

	return base64.RawURLEncoding.EncodeToString(p.seals.seal(string(plain), bound))
}

// openMark opens what sealMark returned; "" is the beginning. Errors: [*Error] around [ErrPage].
func (p *Portal) openMark(s, bound string) (mark, error) {
	var out mark

	if s == "" {
		return out, nil
	}

	sealed, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return out, &Error{Err: ErrPage, Cause: err}
	}

	plain, err := p.seals.open(sealed, bound)
	if err == nil {
		err = json.Unmarshal([]byte(plain), &out)
	}

	if err != nil {
		return mark{}, &Error{Err: ErrPage, Cause: err}
	}

	return out, nil
}

// headings are the words of the export of a structure's users.
var headings = wording.Table{
	"name":          {FR: "Utilisateur", EN: "User"},
	"login":         {FR: "Adresse de connexion", EN: "Login address"},
	"state":         {FR: "État du compte", EN: "Account"},
	"service_code":  {FR: "Code service", EN: "Service code"},
	"service_label": {FR: "Libellé service", EN: "Service label"},
	"role":          {FR: "Rôle", EN: "Role"},
	"attachment":    {FR: "Rattachement", EN: "Attachment"},
	"since":         {FR: "Depuis", EN: "Since"},
	"profiles":      {FR: "Profils", EN: "Profiles"},

	"active":       {FR: "actif", EN: "active"},
	"deactivated":  {FR: "désactivé", EN: "deactivated"},
	"blocked":      {FR: "bloqué", EN: "blocked"},
	"closed":       {FR: "fermé", EN: "closed"},
	"main_manager": {FR: "gestionnaire principal", EN: "main manager"},
	"user":         {FR: "utilisateur simple", EN: "user"},
	"attached":     {FR: "rattaché", EN: "attached"},
	"suspended":    {FR: "suspendu", EN: "suspended"},
	"invited":      {FR: "invité", EN: "invited"},
}

// titles is the first line of the export.
func (p *Portal) titles(lang language.Tag) []string {
	keys := []string{
		"name", "login", "state", "service_code", "service_label", "role", "attachment", "since", "profiles",
	}
	for i, key := range keys {
		keys[i] = headings.Text(lang, key)
	}

	return keys
}

// cells is the line of one user in the export.
func (p *Portal) cells(u User, lang language.Tag) []string {
	code, label := string(u.Service.Code), u.Service.Label

	if u.Invited {
		return csvcell.Row("", u.Login, "", code, label, "", headings.Text(lang, "invited"), "", "")
	}

	role, state := "user", "attached"
	if u.MainManager {
		role = "main_manager"
	}

	if u.Suspended {
		state = "suspended"
	}

	profiles := make([]string, len(u.Profiles))
	for i, profile := range u.Profiles {
		profiles[i] = profile.Label(p.catalogue, lang)
	}

	return csvcell.Row(
		u.Name, u.Login, headings.Text(lang, u.State.String()), code, label, headings.Text(lang, role),
		headings.Text(lang, state), u.Since.In(p.location).Format(time.DateOnly), strings.Join(profiles, ", "),
	)
}
