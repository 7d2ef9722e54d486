package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/account/credential"
	"github.com/guichet-pro/guichet/mail"
)

// play runs the program with a temporary folder of its own.
func play(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()

	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)

	var out, wrong bytes.Buffer

	status = run(t.Context(), args, &out, &wrong)

	left, err := os.ReadDir(temporary)
	if err != nil {
		t.Fatal(err)
	}

	if len(left) > 0 {
		t.Errorf("left in the temporary folder: %v", left)
	}

	return status, out.String(), wrong.String()
}

// cheap is a cost of password hashes for tests that are about something else.
var cheap = credential.Params{Memory: 8, Time: 1, Threads: 1, KeyLen: credential.MinKeyLen}

// want fails unless every part is in the output, in order.
func want(t *testing.T, output string, parts ...string) {
	t.Helper()

	for _, part := range parts {
		_, rest, found := strings.Cut(output, part)
		if !found {
			t.Fatalf("missing, or in another place: %q", part)
		}

		output = rest
	}
}

func TestQuickstart_FromRegistrationToHabilitations(t *testing.T) {
	for _, test := range []struct {
		lang  string
		parts []string
	}{
		{"fr", []string{
			"Camille Rousseau · LA POSTE · 356 000 000 09075",
			"Vous êtes la première personne à demander la création de cette structure",
			"Yanis Benali · LA POSTE",
			"nécessite préalablement une approbation",
			"Envoyée une seconde fois : le reçu est le même",
			"champ identifier (colonne 11), règle A2, position 14 : identifier.checksum",
			"champ login_again (colonne 2), règle B1 : account.logins_differ",
			"https://demo.example/activation?lien=",
			"Hugo Petit referme la page sans la valider",
			"Résultats 0 - 3 sur 3",
			"Camille Rousseau approuve : Yanis Benali",
			"Camille Rousseau refuse : Inès Moreau",
			"1 demande(s) échue(s), 1 succession(s)",
			"Objet : Your request is now the first", // Grace reads English
			"La page annonce : gestionnaire principal, EDF",
			"account.link_used", "account.link_expired", "account.link_unknown",
			"542 051 180 00066 : portal.unknown_structure",
			"Structure       Raison Sociale  Code service  Libellé service  Profils",
			"Factures émises modification",
			"Résultats 0 - 8 sur 8",
			"Le fichier est fermé, puis rouvert",
			"Les 4 tableaux sont identiques",
		}},
		{"en", []string{
			"You are the first to name this structure",
			"needs the approval of the structure's manager",
			"field identifier (column 11), rule A2, position 14: identifier.checksum",
			"Camille Rousseau approves: Yanis Benali",
			"1 lapsed, 1 succeeded",
			"Structure       Legal name  Service code  Service label  Profiles",
			"Results 0 - 8 of 8",
			"The 4 tables are the same",
		}},
	} {
		t.Run(test.lang, func(t *testing.T) {
			status, stdout, stderr := play(t, "-lang", test.lang)
			if status != exitDone || stderr != "" {
				t.Fatalf("status %d: %s", status, stderr)
			}

			want(t, stdout, test.parts...)
			want(t, stdout, repeated(t, stdout)...)

			for line := range strings.Lines(stdout) {
				if n := cells(strings.TrimSuffix(line, "\n")); n > width && !strings.HasPrefix(line, os.TempDir()) {
					t.Errorf("%d columns: %s", n, line)
				}
			}
		})
	}
}

// repeated returns the first list of habilitations twice, as the output must have it: before the file is closed, and
// after.
func repeated(t *testing.T, stdout string) []string {
	t.Helper()

	_, table, found := strings.Cut(stdout, "abilitations · Camille Rousseau")
	if !found {
		t.Fatal("no list of habilitations")
	}

	table, _, _ = strings.Cut(table, "abilitations · ") // the next person's

	return []string{strings.TrimSpace(table), strings.TrimSpace(table)}
}

func TestQuickstart_KeepsTheDatabaseWhenAsked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "été 100%.db") // needs escaping in an address

	if err := quickstart(t.Context(), settings{db: path, lang: language.English, hashing: cheap}, io.Discard); err != nil {
		t.Fatal(err)
	}

	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	// No demo writes into a database that is there.
	status, stdout, stderr := play(t, "-db", path)
	if status != exitInput || stdout != "" || !strings.HasPrefix(stderr, "quickstart: quickstart.database_used: ") {
		t.Errorf("status %d: %s", status, stderr)
	}

	again, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(content, again) {
		t.Errorf("the database was touched (%v)", err)
	}
}

func TestQuickstart_RefusesWhatItCannotUse(t *testing.T) {
	folder := t.TempDir()

	write := func(name, content string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}

		return path
	}

	header := strings.Join(columns, ",") + "\n"
	values := "a@b.example,a@b.example,A,B,,,yes,no,,SIRET,55208131766522,EDF,,1 RUE,,,75008,PARIS,FR,\n"
	database := filepath.Join(folder, "new.db")

	for _, test := range []struct {
		name string
		args []string
		code string
	}{
		{"no CSV", []string{"-csv", filepath.Join(folder, "none.csv")}, "quickstart.csv_unreadable"},
		{"a folder for a CSV", []string{"-csv", folder}, "quickstart.csv_unreadable"},
		{"not UTF-8", []string{"-csv", write("latin.csv", header+strings.Replace(values, ",A,", ",Z\xe9,", 1))}, "quickstart.csv_unreadable"},
		{"a quote left open", []string{"-csv", write("quote.csv", header+`"`+values)}, "quickstart.csv_unreadable"},
		{"a line too short", []string{"-csv", write("short.csv", header+values+"a,b\n")}, "quickstart.csv_unreadable"},
		{"nothing at all", []string{"-csv", write("empty.csv", "")}, "quickstart.csv_empty"},
		{"no registration", []string{"-csv", write("header.csv", header)}, "quickstart.csv_empty"},
		{"a column missing", []string{"-csv", write("missing.csv", strings.TrimPrefix(header, "login,"))}, "quickstart.csv_columns"},
		{"a column unknown", []string{"-csv", write("unknown.csv", "extra,"+header)}, "quickstart.csv_columns"},
		{"a column twice", []string{"-csv", write("twice.csv", "login,"+header)}, "quickstart.csv_columns"},
		{"semicolons", []string{"-csv", write("semicolons.csv", strings.ReplaceAll(header, ",", ";"))}, "quickstart.csv_columns"},
		{"neither yes nor no", []string{"-csv", write("maybe.csv", header+strings.Replace(values, "yes", "maybe", 1))}, "quickstart.csv_value"},
		{"no such language", []string{"-csv", write("german.csv", header+strings.Replace(values, "no,,", "no,de,", 1))}, "quickstart.csv_value"},
		{"no such folder", []string{"-db", filepath.Join(folder, "none", "x.db")}, "quickstart.database_path"},
		{"a folder for a database", []string{"-db", folder}, "quickstart.database_path"},
		{"a device for a database", []string{"-db", os.DevNull}, "quickstart.database_path"},
		{"no database", []string{"-db", write("text.db", "This is a text, and no database.")}, "quickstart.database_format"},
		{"no such flag", []string{"-x"}, "quickstart.usage"},
		{"no such language of screens", []string{"-lang", "de"}, "quickstart.usage"},
		{"an argument", []string{"registrations.csv"}, "quickstart.usage"},
	} {
		t.Run(test.name, func(t *testing.T) {
			args := test.args
			if args[0] == "-csv" {
				args = append([]string{"-db", database}, args...)
			}

			status, stdout, stderr := play(t, args...)
			if status != exitInput || stdout != "" {
				t.Errorf("status %d, output %q", status, stdout)
			}

			if !strings.HasPrefix(stderr, "quickstart: "+test.code+": ") || strings.Count(stderr, "\n") != 1 {
				t.Errorf("standard error: %q", stderr)
			}

			if _, err := os.Stat(database); !errors.Is(err, os.ErrNotExist) {
				t.Error("a database was made")
			}
		})
	}

	if text, err := os.ReadFile(filepath.Join(folder, "text.db")); err != nil || string(text) != "This is a text, and no database." {
		t.Errorf("the file that is no database was touched: %q, %v", text, err)
	}
}

// Files that the scenario finds less in than in its own must do as well.
func TestQuickstart_TakesOtherFiles(t *testing.T) {
	header := strings.Join(columns, ",") + "\n"

	form := func(login, siret string) string {
		return login + "," + login + ",Ann,Other,,,yes,no,,SIRET," + siret + ",SOME COMPANY,,1 RUE,,,75008,PARIS,FR,\n"
	}

	const edf, orange = "55208131766522", "38012986646850"

	for _, test := range []struct {
		name, content, part string
	}{
		{"one person", header + form("a@b.example", edf), "Les 1 tableaux"},
		{"nobody right", header + form("a@b.example", "123"), "Lignes refusées, sans trace               1"},
		{"no such type", header + strings.Replace(form("a@b.example", edf), "SIRET", "SIRENE", 1), "règle A1"},
		{"one login, two structures", header + form("a@b.example", edf) + form("a@b.example", orange) +
			form("b@b.example", orange) + form("c@b.example", edf), "portal.login_bound"},
		{"sent again with another name", header + form("a@b.example", edf) +
			strings.Replace(form("a@b.example", edf), "Ann", "Anna", 1), "dont envoyées deux fois                   1"},
		{"a mark at the beginning", "\uFEFF" + header + form("a@b.example", edf), "Les 1 tableaux"},
		{"what steers a terminal", header + strings.Replace(form("a@b.example", "123"), "Ann", "Ann\x1b[2J", 1), "Ann\uFFFD[2J"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "registrations.csv")
			if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}

			var out bytes.Buffer

			if err := quickstart(t.Context(), settings{csv: path, lang: language.French, hashing: cheap}, &out); err != nil {
				t.Fatal(err)
			}

			want(t, out.String(), test.part)
		})
	}
}

// The comparisons would be worth nothing if they could not fail: each of these changes the file behind the portal's
// back, after the accounts are active and before the lists are shown.
func TestQuickstart_NoticesWhatTheDatabaseDoesNotHold(t *testing.T) {
	for name, change := range map[string]string{
		"a grant too few":          `DELETE FROM guichet_grants WHERE level = 'modification'`,
		"a request gone":           `UPDATE guichet_attachments SET state = 'withdrawn' WHERE state = 'requested'`,
		"an account blocked":       `UPDATE guichet_accounts SET state = 'blocked'`,
		"a registration too many":  `INSERT INTO guichet_registrations (id, version, state, structure, login, login_key, first_name, last_name, phone, contact, language, terms_version, terms_at, survey_version, survey_at, claimed, refused_at, created_at, ended_at, separate, due, invited) SELECT 'x', version, state, structure, login, 'x', first_name, last_name, phone, contact, language, terms_version, terms_at, survey_version, survey_at, claimed, refused_at, created_at, ended_at, separate, due, invited FROM guichet_registrations LIMIT 1`,
		"a mail that was not sent": `UPDATE guichet_messages SET state = 'parked' WHERE state = 'sent'`,
		"another main manager":     `UPDATE guichet_rosters SET holder = (SELECT account FROM guichet_attachments a WHERE a.structure = guichet_rosters.structure AND account <> holder LIMIT 1) WHERE attached > 1`,
	} {
		t.Run(name, func(t *testing.T) {
			s := settings{lang: language.French, hashing: cheap}

			lines, err := registrations(s)
			if err != nil {
				t.Fatal(err)
			}

			db, err := createDatabase(t.Context(), filepath.Join(t.TempDir(), "x.db"))
			if err != nil {
				t.Fatal(err)
			}

			d, err := newDemo(s, lines, db, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = d.db.close() }()

			tamper := func(ctx context.Context) error {
				_, err := d.db.db.ExecContext(ctx, change)

				return err
			}

			err = d.playSteps(t.Context(), d.register, d.activate, d.decide, tamper, d.lapse, d.links, d.history, d.lookUp,
				d.habilitations, d.reopen, d.compare)

			if f, ok := errors.AsType[*failure](err); !ok || f.code != "quickstart.check" || f.status != exitWrong {
				t.Errorf("not noticed: %v", err)
			}
		})
	}
}

func TestQuickstart_StopsWhenInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	var out, wrong bytes.Buffer

	if status := run(ctx, nil, &out, &wrong); status != exitWrong || strings.Count(wrong.String(), "\n") != 1 {
		t.Errorf("status %d: %s", status, wrong.String())
	}
}

// Mails are delivered at least once, with the same id every time (rule F1).
func TestTerminal_ShowsAMailOnce(t *testing.T) {
	shown := 0
	mails := &terminal{show: func(int, mail.Message) { shown++ }}

	for _, id := range []string{"a", "b", "a"} {
		if err := mails.Send(t.Context(), mail.Message{ID: id}); err != nil {
			t.Fatal(err)
		}
	}

	if shown != 2 || mails.count() != 2 || len(mails.read()) != 2 || len(mails.read()) != 0 {
		t.Errorf("%d shown, %d counted", shown, mails.count())
	}
}
