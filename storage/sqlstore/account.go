package sqlstore

import (
	"context"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// person returns the columns that registrations and accounts share: who it is, and what they agreed to.
func person(l *account.Login, p *account.Person, terms, survey *account.Consent) []column {
	return []column{
		{name: "login", at: login{l}},
		{name: "login_key", at: loginKey{l}}, // behind the address, which it completes
		{name: "first_name", at: &p.FirstName},
		{name: "last_name", at: &p.LastName},
		{name: "phone", at: &p.Phone},
		{name: "contact", at: &p.Contact},
		{name: "language", at: tag{&p.Language}},
		{name: "terms_version", at: &terms.Version},
		{name: "terms_at", at: when{&terms.At}},
		{name: "survey_version", at: &survey.Version},
		{name: "survey_at", at: when{&survey.At}},
	}
}

func registrations() table[account.Registration] {
	return table[account.Registration]{
		from:  "guichet_registrations",
		key:   []string{"id"},
		taken: storage.ErrConflict,
		columns: func(r *account.Registration) []column {
			return append([]column{
				{name: "id", at: &r.ID},
				{name: "version", at: &r.Version},
				{name: "state", at: name[account.RegistrationState]{&r.State}},
				{name: "structure", at: optional[structure.ID]{&r.Structure}},
				{name: "claimed", at: &r.Claimed},
				{name: "refused_at", at: when{&r.RefusedAt}},
				{name: "created_at", at: stamp{&r.CreatedAt}},
				{name: "ended_at", at: when{&r.EndedAt}},
				{name: "invited", at: &r.Invited},
				{name: "separate", at: &r.Separate},
				{name: "due", at: when{&r.Due}},
			}, person(&r.Login, &r.Person, &r.Terms, &r.Survey)...)
		},
	}
}

func accounts() table[account.Account] {
	return table[account.Account]{
		from:   "guichet_accounts",
		key:    []string{"id"},
		taken:  storage.ErrConflict,
		unique: []unique{{[]string{"login_key"}, &storage.ExistsError{Key: storage.KeyLogin}}},
		columns: func(a *account.Account) []column {
			return append([]column{
				{name: "id", at: &a.ID},
				{name: "version", at: &a.Version},
				{name: "state", at: name[account.State]{&a.State}},
				{name: "epoch", at: &a.Epoch},
				{name: "created_at", at: when{&a.CreatedAt}},
				{name: "away", at: &a.Away},
				{name: "contact_at", at: when{&a.ContactAt}},
				{name: "claim_day", at: when{&a.ClaimDay}},
				{name: "claims", at: &a.Claims},
				{name: "login_failed_at", at: when{&a.LoginFailedAt}},
				{name: "contact_failed_at", at: when{&a.ContactFailedAt}},
				{name: "search", at: derived(func() any { return a.SearchText() })},
			}, person(&a.Login, &a.Person, &a.Terms, &a.Survey)...)
		},
	}
}

func credentials() table[account.Credential] {
	return table[account.Credential]{
		from:  "guichet_credentials",
		key:   []string{"account"},
		taken: storage.ErrConflict,
		columns: func(c *account.Credential) []column {
			return []column{
				{name: "account", at: &c.Account},
				{name: "version", at: &c.Version},
				{name: "password", at: &c.Password},
				{name: "question", at: &c.Question},
				{name: "answer", at: &c.Answer},
				{name: "cleared_at", at: when{&c.ClearedAt}},
				{name: "factor_sealed", at: octets{&c.Factor.Sealed}},
				{name: "factor_since", at: when{&c.Factor.Since}},
				{name: "factor_step", at: &c.Factor.Step},
				{name: "factor_recovery", at: texts{&c.Factor.Recovery}},
			}
		},
	}
}

func attempts() table[account.Attempts] {
	return table[account.Attempts]{
		from:  "guichet_attempts",
		key:   []string{"key"},
		taken: storage.ErrConflict,
		columns: func(a *account.Attempts) []column {
			return slices.Concat(
				[]column{{name: "key", at: &a.Key}, {name: "version", at: &a.Version}, {name: "over_at", at: when{&a.Over}}},
				gate("password", &a.Password), gate("answer", &a.Answer), gate("code", &a.Code),
				ask("reset", &a.Reset), ask("resend", &a.Resend), ask("reactivate", &a.Reactivate), ask("move", &a.Move),
				ask("told", &a.Told),
			)
		},
	}
}

// gate returns the columns of one kind of tries.
func gate(kind string, g *account.Gate) []column {
	return []column{
		{name: kind + "_failed", at: &g.Failed},
		{name: kind + "_pending", at: tries{&g.Pending}},
		{name: kind + "_until", at: when{&g.Until}},
		{name: kind + "_closed", at: &g.Closed},
	}
}

// ask returns the columns of one kind of mails.
func ask(kind string, a *account.Ask) []column {
	return []column{{name: kind + "_at", at: when{&a.At}}, {name: kind + "_count", at: &a.Count}}
}

func links() table[account.Link] {
	return table[account.Link]{
		from:   "guichet_links",
		key:    []string{"selector"},
		taken:  &storage.ExistsError{Key: storage.KeySelector},
		unique: []unique{{[]string{"account", "purpose", "seq"}, storage.ErrConflict}},
		columns: func(l *account.Link) []column {
			return []column{
				{name: "selector", at: &l.Selector},
				{name: "version", at: &l.Version},
				{name: "purpose", at: name[account.Purpose]{&l.Purpose}},
				{name: "account", at: &l.Account},
				{name: "seq", at: &l.Seq},
				{name: "hash", at: octets{&l.Hash}},
				{name: "life_ns", at: &l.Life},
				{name: "not_after", at: when{&l.NotAfter}},
				{name: "leased_at", at: when{&l.LeasedAt}},
				{name: "used_at", at: when{&l.UsedAt}},
				{name: "bound", at: &l.Bound},
			}
		},
	}
}

// Registration returns a registration.
func (v view) Registration(ctx context.Context, id account.ID) (account.Registration, error) {
	return find(ctx, v, registrations(), "WHERE t.id = ?", id)
}

// Account returns an account.
func (v view) Account(ctx context.Context, id account.ID) (account.Account, error) {
	return find(ctx, v, accounts(), "WHERE t.id = ?", id)
}

// AccountByLogin returns the account with that login key.
func (v view) AccountByLogin(ctx context.Context, key string) (account.Account, error) {
	return find(ctx, v, accounts(), "WHERE t.login_key = ?", key)
}

// Credential returns an account's credential.
func (v view) Credential(ctx context.Context, id account.ID) (account.Credential, error) {
	return find(ctx, v, credentials(), "WHERE t.account = ?", id)
}

// Attempts returns the tries that are kept under a key.
func (v view) Attempts(ctx context.Context, key string) (account.Attempts, error) {
	return find(ctx, v, attempts(), "WHERE t.key = ?", key)
}

// Link returns an issued link.
func (v view) Link(ctx context.Context, selector account.Selector) (account.Link, error) {
	return find(ctx, v, links(), "WHERE t.selector = ?", selector)
}

// Links returns the newest links of an account for a purpose.
func (v view) Links(ctx context.Context, id account.ID, p account.Purpose) ([]account.Link, error) {
	return load(ctx, v, links(), "WHERE t.account = ? AND t.purpose = ? ORDER BY t.seq DESC LIMIT ?",
		id, p.String(), storage.LinksLength)
}
