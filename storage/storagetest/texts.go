package storagetest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// textCases are about texts.
func textCases() []Case {
	return []Case{
		{
			Name:     "S10_TextsByteForByte",
			Sentence: textsSentence,
			Explanation: "Keys that differ by case, accents, composition or trailing spaces are different rows, and texts " +
				"come back as they were. A database's collation may think otherwise.",
			test: byteForByte,
		},
		{
			Name:     "S10_LookalikesAreNotFound",
			Sentence: textsSentence,
			Explanation: "One row of each kind is stored, and every method is asked for keys that only look like its key. A " +
				"collation that takes them for one shows somebody else's row.",
			test: lookalikesAreNotFound,
		},
		{
			Name:     "S10_LongTexts",
			Sentence: textsSentence,
			Explanation: "Texts of a hundred thousand characters, of one byte and of four, are kept whole wherever people may " +
				"write freely. A column that is too short cuts, or refuses what a person was told is fine.",
			test: longTexts,
		},
	}
}

// lookalikes are texts that some collations or encodings take for one another, or change.
func lookalikes() []string {
	return []string{
		"key", "KEY", "Key", "key ", " key", "kéy", "ke\u0301y", "kęy", "ｋｅｙ", "ke\u200by", "key\u00a0", "straße", "strasse", "ı", "i",
		"İ", "I", "10", "010", "1e1", "0x0a", "NULL", "null", "'; drop table key --", `back\slash`, `"quoted"`, "%", "_", "a%b",
		"tab\there", "line\nbreak", "line\r\nbreak", "🙂", "\U0001F1EB\U0001F1F7", "key\t", "key\n", "\nkey",
		"ﬀ", "ff", "ǆ", "ǅ", "Ǆ", "ς", "σ", "Σ", "K", "\u212a", "\u00c5", "\u212b", "A\u030a", "\u00ad", "key\u00ad", "\ufeffkey", "\u200f\u202ekey", "\u2028",
		"\u0001", "\u001f", "\u007f", "\u0085", "\u0600", "\ufffd", "\ufffe", "\uffff", "\ue000", "\U0001ffff", "\U0010ffff",
		"1", "01", "1.0", "1.", "+1", "-0", "0", "00", "1E1", "9007199254740993", "true", "false", "t", "f", "NaN", "Infinity", "2026-01-05",
		"2026-01-05T09:30:00Z", "[]", "{}", "\"\"", "''", "\\", "\\x00", "\\u0000", "\\0", "%00", "&amp;", "&", "$1", "?", ":a", "@a", "--",
	}
}

func byteForByte(ctx context.Context, s bench) error {
	var b storage.Batch

	b.Structures = []structure.Structure{house(0)}
	roster := head(house(0).ID)

	for i, text := range lookalikes() {
		id := account.ID(text)

		row := asks(id, int64(1+i))
		row.Comment = text
		roster.Rows = append(roster.Rows, row)

		// Another house has a row at service level of a service whose code is the text.
		where := structure.New(structure.ID(text), siret(1+i), at(0))
		where.Data.Label, where.Predecessor = text, b.Structures[i].ID // the one before
		b.Structures = append(b.Structures, where)
		b.Services = append(b.Services, structure.Service{Structure: house(0).ID, Code: structure.Code(text), Label: text})

		holder, reg := person("x"), applicant("x", house(0).ID)
		holder.ID, holder.Login, holder.Person.LastName = id, login(fmt.Sprintf("a%d@example.fr", i)), text
		reg.ID, reg.Login, reg.Person.LastName = id, holder.Login, text
		b.Accounts, b.Registrations = append(b.Accounts, holder), append(b.Registrations, reg)

		m := note(text, at(i))
		m.LastError, m.Content.Reason, m.Content.Formerly, m.Account, m.Recipient = text, text, text, id, id
		b.Messages = append(b.Messages, m)
		b.Credentials = append(b.Credentials, account.Credential{
			Account: id, Question: text, Factor: account.Factor{Recovery: []string{text, "", text}},
		})
		b.Attempts = append(b.Attempts, account.Attempts{
			Key: text, Password: account.Gate{Pending: []account.Try{{ID: text, At: at(i)}}},
		})
		b.Links = append(b.Links, links(account.Selector(text), id, 1).Links...)
		b.Links[i].Bound = text
		b.Journal = append(b.Journal, storage.Entry{
			Operation: text, Try: 1 + i, At: at(i), Actor: account.System(), Action: text, Structure: house(0).ID, Note: text,
			Account: id,
		})
	}

	b.Rosters = []attachment.Roster{roster}

	return steps(
		func() error { return none("Update", write(ctx, s, b)) },
		func() error { return stored(ctx, s, b, 1) },
		func() error {
			for _, text := range lookalikes() {
				if err := oneOf(ctx, s, account.ID(text)); err != nil {
					return fmt.Errorf("%+q: %w", text, err)
				}
			}

			return nil
		},
	)
}

// oneOf tells whether each list of one account has its one row, and no other.
func oneOf(ctx context.Context, s storage.Reader, id account.ID) error {
	rows, err1 := storage.List(ctx, s, storage.RowsOf{Account: id})
	sent, err2 := storage.List(ctx, s, storage.MessagesOf{Account: id})
	entries, err3 := storage.List(ctx, s, storage.JournalOf{Account: id})

	if err := errors.Join(err1, err2, err3); err != nil || len(rows.Rows) != 1 || len(sent.Rows) != 1 || len(entries.Rows) != 1 {
		return fmt.Errorf("%d rows, %d messages and %d entries of one account, want one of each: %w", len(rows.Rows),
			len(sent.Rows), len(entries.Rows), orNone(err))
	}

	return steps(
		func() error { return same("RowsOf", id, rows.Rows[0].Attachment.Account) },
		func() error { return same("MessagesOf", id, sent.Rows[0].Account) },
		func() error { return same("JournalOf", id, entries.Rows[0].Account) },
	)
}

// lookalikesAreNotFound asks for what is not there.
func lookalikesAreNotFound(ctx context.Context, s bench) error {
	const key = "clé"

	where := structure.New(key, siret(1), at(0))
	holder := person("x")
	holder.ID, holder.Login = key, login("clé@example.fr")
	reg := applicant("x", key)
	reg.ID, reg.Login = key, holder.Login
	r := head(key)
	r.Attached = 1
	r.Rows = []attachment.Attachment{belongs(key, "", look()), belongs(key, key, look())}

	told := note(key, at(0))
	told.Account = key

	b := storage.Batch{
		Structures: []structure.Structure{where}, Services: []structure.Service{{Structure: key, Code: key}},
		Registrations: []account.Registration{reg}, Accounts: []account.Account{holder},
		Credentials: []account.Credential{{Account: key}}, Attempts: []account.Attempts{{Key: key}},
		Links:   links(key, key, 1).Links,
		Rosters: []attachment.Roster{r}, Messages: []storage.Message{told},
		Journal: []storage.Entry{{
			Operation: key, Try: 1, At: at(0), Actor: account.System(), Action: "a", Structure: key, Account: key,
		}},
	}

	if err := steps(
		func() error { return given(ctx, s, b) },
		func() error { return stored(ctx, s, b, 1) },
	); err != nil {
		return err
	}

	for _, other := range []string{
		"CLÉ", "Clé", "cle", "cle\u0301", "clé ", " clé", "clé\u00a0", "clé\t", "clé\n", "clé\u200b", "clé\u00ad", "ｃｌé", "clè", "cl%", "cl_", "%", "*", "",
	} {
		if err := nothingOf(ctx, s, other); err != nil {
			return fmt.Errorf("%+q, where there is only %q: %w", other, key, err)
		}
	}

	return nil
}

// nothingOf tells whether nothing is found under a key by any method, in the structure of another.
func nothingOf(ctx context.Context, s storage.Reader, key string) error {
	_, err1 := s.Structure(ctx, structure.ID(key))
	_, err2 := s.Registration(ctx, account.ID(key))
	_, err3 := s.Account(ctx, account.ID(key))
	_, err4 := s.AccountByLogin(ctx, key+"@example.fr")
	_, err5 := s.Credential(ctx, account.ID(key))
	_, err6 := s.Link(ctx, account.Selector(key))
	_, err7 := s.Roster(ctx, storage.RosterQuery{Structure: structure.ID(key)})
	_, err8 := s.Memberships(ctx, account.ID(key))
	_, err9 := s.Message(ctx, key)
	_, err10 := s.Journaled(ctx, key)
	_, err11 := s.Attempts(ctx, key)

	for i, err := range []error{err1, err2, err3, err4, err5, err6, err7, err8, err9, err10, err11} {
		if !errors.Is(err, storage.ErrNotFound) {
			return fmt.Errorf("look-up %d: got %w, want %w", 1+i, orNone(err), storage.ErrNotFound)
		}
	}

	issued, err := s.Links(ctx, account.ID(key), account.PurposeActivation)
	if err != nil || len(issued) > 0 {
		return fmt.Errorf("Links: %d, %w", len(issued), orNone(err))
	}

	slice, err := s.Roster(ctx, storage.RosterQuery{
		Structure: "clé", Accounts: []account.ID{account.ID(key)}, Services: []structure.Code{structure.Code(key)},
		Login: key + "@example.fr",
	})
	if err != nil {
		return none("Roster", err)
	}

	if len(slice.Roster.Rows)+len(slice.Facts.Accounts)+len(slice.Facts.Registrations)+len(slice.Facts.Services) > 0 ||
		slice.Newest != "" {
		return fmt.Errorf("Roster: %+v", slice)
	}

	for _, q := range []storage.Query{
		storage.OpenRequests{Structures: []structure.ID{structure.ID(key)}},
		storage.History{Structure: structure.ID(key)},
		storage.RegistrationsOf{Login: key + "@example.fr"},
		storage.Deciders{Structure: structure.ID(key)},
		storage.UsersOf{Structure: structure.ID(key)},
		storage.ServicesOf{Structure: structure.ID(key)},
		storage.JournalOf{Account: account.ID(key)},
		storage.RowsOf{Account: account.ID(key)},
		storage.MessagesOf{Account: account.ID(key)},
	} {
		if page, err := s.Page(ctx, q); err != nil || len(page.Rows) > 0 {
			return fmt.Errorf("%T: %d rows, %w", q, len(page.Rows), orNone(err))
		}
	}

	return nil
}

// longTexts writes texts of a hundred thousand characters, wherever no key and no address is.
func longTexts(ctx context.Context, s bench) error {
	const length = 100_000

	for round, character := range []string{"x", "é", "🙂", " ", "\"", "\\", "e\u0301", "\u0001"} {
		text := strings.Repeat(character, length)
		b := full(1+round, 0)

		for i := range b.Structures {
			b.Structures[i].Data.LegalName, b.Structures[i].Data.Address = text, text
		}

		for i := range b.Services {
			b.Services[i].Label = text
		}

		for i := range b.Registrations {
			b.Registrations[i].Person.LastName = text
		}

		for i := range b.Accounts {
			b.Accounts[i].Person.LastName = text
		}

		for i := range b.Credentials {
			b.Credentials[i].Question, b.Credentials[i].Factor.Recovery = text, []string{text}
		}

		for i := range b.Attempts {
			b.Attempts[i].Code.Pending = []account.Try{{ID: text, At: at(i)}}
		}

		for i := range b.Rosters {
			for j := range b.Rosters[i].Rows {
				row := &b.Rosters[i].Rows[j]
				row.Comment, row.Decision.Reason = text, text

				if row.Details != nil {
					row.Details.Data.Label = text
				}
			}
		}

		for i := range b.Messages {
			b.Messages[i].LastError, b.Messages[i].Content.Comment = text, text
		}

		for i := range b.Journal {
			b.Journal[i].Note = text
		}

		if err := steps(
			func() error { return none("Update", write(ctx, s, b)) },
			func() error { return stored(ctx, s, b, 1) },
		); err != nil {
			return fmt.Errorf("%d times %+q: %w", length, character, err)
		}
	}

	return nil
}
