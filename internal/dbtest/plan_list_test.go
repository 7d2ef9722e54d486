package dbtest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// long has two rows or more for each of the lists.
func long() storage.Batch {
	b := town("large-one", 10)
	head := &b.Rosters[0]

	for i := range head.Rows {
		head.Rows[i].Due = at(i)
		head.Rows[i].Remind = at(i)
		head.Rows[i].Decision = attachment.Decision{By: account.By("x"), At: at(i), Approved: true}
		head.Rows[i].Grants = []attachment.Grant{{Profile: habilitation.Manage, By: account.System()}}
	}

	for i := range 3 {
		id := fmt.Sprint("long-", i)
		public := house(len(b.Structures))
		public.ID, public.Sector, public.Verification = structure.ID(id), structure.Public, structure.Unverified
		public.Data.LegalName, public.Data.Town = "Mairie", "Bourg"

		separate := applicant(account.ID(id), account.AwaitingApproval, "wishes@example.fr")
		separate.Structure, separate.Separate, separate.Due = "", true, at(9)

		b.Structures = append(b.Structures, public)
		b.Services = append(b.Services, structure.Service{Structure: "large-one", Code: structure.Code(id)})
		b.Rosters = append(b.Rosters, crowd(public.ID, asks("often", 1, 0)))
		b.Registrations = append(b.Registrations, separate)
		b.Messages = append(b.Messages, storage.Message{ID: id, State: storage.Queued, Account: "often", NotBefore: at(1)})
		parked := storage.Message{ID: "parked-" + id, State: storage.Parked, DoneAt: at(1)}
		b.Messages = append(b.Messages, parked)
		individual := house(len(b.Structures))
		individual.ID, individual.Identity = structure.ID("individual-"+id), identifier.MustParse(identifier.Individual, "PARTICULIER-"+id)
		b.Structures = append(b.Structures, individual)
		b.Credentials = append(b.Credentials, account.Credential{
			Account: account.ID(fmt.Sprint("user-", i, "-large-one")), Factor: account.Factor{Sealed: []byte{1}},
		})
		b.Journal = append(b.Journal,
			storage.Entry{Operation: "on", Seq: i, Structure: "large-one", Account: "often", Actor: account.System()},
			storage.Entry{Operation: "by", Seq: i, Structure: "large-one", Account: "other", Actor: account.By("often")})
	}

	return b
}

// plannedLists are lists, and how SQLite finds the rows of a first page, and of one behind it.
func plannedLists() []plannedList {
	const (
		table   = "SEARCH t USING INDEX guichet_"
		covered = "SEARCH t USING COVERING INDEX guichet_"
		merged  = "MERGE (UNION ALL)\nLEFT\nSEARCH guichet_"
		within  = "SEARCH t USING PRIMARY KEY (structure=?"
		members = "SEARCH m USING PRIMARY KEY (structure=?)\n" +
			"SEARCH p USING INDEX sqlite_autoindex_guichet_accounts_1 (id=?) LEFT-JOIN"
		public = "((search_name,id)>(?,?)"
		named  = "(search_name,id)>(?,?) AND search_name<?)"
	)

	return []plannedList{
		{
			func(w storage.Window) storage.Query {
				return storage.OpenRequests{Window: w, Structures: []structure.ID{"large-one"}}
			},
			table + "attachments_asked (structure=? AND asked_at>?)",
			table + "attachments_asked (structure=? AND asked_at>?)",
		},
		{
			func(w storage.Window) storage.Query { return storage.DueMessages{Window: w, At: at(99)} },
			table + "messages_due (not_before<?)",
			table + "messages_due ((not_before,id)>(?,?) AND not_before<?)",
		},
		{
			func(w storage.Window) storage.Query { return storage.DueRows{Window: w, At: at(99)} },
			merged + "rosters USING INDEX guichet_rosters_term (term<?)\nUSE TEMP B-TREE FOR LAST TERM OF ORDER BY\n" +
				"RIGHT\nSEARCH guichet_attachments USING INDEX guichet_attachments_due (due<?)",
			merged + "rosters USING INDEX guichet_rosters_term (",
		},
		{
			func(w storage.Window) storage.Query { return storage.DueReminders{Window: w, At: at(99)} },
			covered + "attachments_remind (remind<?)",
			covered + "attachments_remind ((remind,structure,account,service)>(?,?,?,?) AND remind<?)",
		},
		{
			func(w storage.Window) storage.Query { return storage.DueRegistrations{Window: w, At: at(99)} },
			table + "registrations_due (due<?)",
			table + "registrations_due ((due,id)>(?,?) AND due<?)",
		},
		{
			func(w storage.Window) storage.Query { return storage.History{Window: w, Structure: "large-one"} },
			table + "journal_history (structure=?)",
			table + "journal_history (structure=? AND (roster_version,at,operation,seq)<(?,?,?,?))",
		},
		{
			func(w storage.Window) storage.Query { return storage.JournalOf{Window: w, Account: "often"} },
			merged + "journal USING INDEX guichet_journal_account (account=?)\n" +
				"RIGHT\nSEARCH guichet_journal USING INDEX guichet_journal_actor (actor=?)",
			merged + "journal USING INDEX guichet_journal_account (account=? AND (at,operation,seq)<(?,?,?))\n" +
				"RIGHT\nSEARCH guichet_journal USING INDEX guichet_journal_actor (actor=? AND (at,operation,seq)<(?,?,?))",
		},
		{
			func(w storage.Window) storage.Query {
				return storage.RegistrationsOf{Window: w, Login: "wishes@example.fr"}
			},
			table + "registrations_open (login_key=?)",
			table + "registrations_open (login_key=? AND (created_at,id)>(?,?))",
		},
		{
			func(w storage.Window) storage.Query { return storage.RowsOf{Window: w, Account: "often"} },
			table + "attachments_account (account=?)",
			table + "attachments_account (account=? AND (structure,service)>(?,?))",
		},
		{
			func(w storage.Window) storage.Query { return storage.MessagesOf{Window: w, Account: "often"} },
			table + "messages_account (account=?)",
			table + "messages_account (account=? AND (created_at,id)>(?,?))",
		},
		{
			func(w storage.Window) storage.Query { return storage.Deciders{Window: w, Structure: "large-one"} },
			"SEARCH g USING COVERING INDEX guichet_grants_deciders (structure=?)",
			"SEARCH g USING COVERING INDEX guichet_grants_deciders (structure=?)",
		},
		{
			func(w storage.Window) storage.Query { return storage.UsersOf{Window: w, Structure: "large-one"} },
			within + ")", within + " AND account>?)",
		},
		{
			func(w storage.Window) storage.Query {
				return storage.UsersOf{Window: w, Structure: "large-one", Past: "n"}
			},
			within + " AND account>?)", within + " AND account>?)",
		},
		{ // sorted: a member's search text is that of the account, or that of the row
			func(w storage.Window) storage.Query { return storage.MembersOf{Window: w, Structure: "large-one"} },
			members, members,
		},
		{
			func(w storage.Window) storage.Query {
				return storage.MembersOf{Window: w, Structure: "large-one", Search: "user", Approver: "x"}
			},
			members, members,
		},
		{
			func(w storage.Window) storage.Query { return storage.ServicesOf{Window: w, Structure: "large-one"} },
			within + ")", within + " AND code>?)",
		},
		{
			func(w storage.Window) storage.Query { return storage.PublicStructures{Window: w} },
			table + "structures_public " + public + ")", table + "structures_public " + public + ")",
		},
		{
			func(w storage.Window) storage.Query { return storage.PublicStructures{Window: w, Name: "mai"} },
			table + "structures_public (" + named, table + "structures_public (" + named,
		},
		{
			func(w storage.Window) storage.Query {
				return storage.PublicStructures{Window: w, Kind: identifier.SIRET, Name: "mai"}
			},
			table + "structures_kind (identity_kind=? AND " + named, table + "structures_kind (identity_kind=? AND " + named,
		},
		{
			func(w storage.Window) storage.Query {
				return storage.PublicStructures{Window: w, Kind: identifier.SIRET, Town: "bourg", Name: "mai"}
			},
			table + "structures_town (search_town=? AND " + named, table + "structures_town (search_town=? AND " + named,
		},
		{
			func(w storage.Window) storage.Query { return storage.ParkedMessages{Window: w} },
			table + "messages_parked ((done_at,id)>(?,?))", table + "messages_parked ((done_at,id)>(?,?))",
		},
		{
			func(w storage.Window) storage.Query { return storage.Individuals{Window: w} },
			table + "structures_individuals (id>?)", table + "structures_individuals (id>?)",
		},
		{
			func(w storage.Window) storage.Query { return storage.Factors{Window: w} },
			table + "credentials_factors (account>?)", table + "credentials_factors (account>?)",
		},
		{
			func(w storage.Window) storage.Query { return storage.Unverified{Window: w, At: at(99)} },
			table + "structures_unverified (checked_at<?)",
			table + "structures_unverified ((checked_at,id)>(?,?) AND checked_at<?)",
		},
	}
}

type plannedList struct {
	query         func(storage.Window) storage.Query
	first, behind string
}

func TestListsReadByTheirIndex(t *testing.T) {
	t.Parallel()

	s := &spy{dsn: dsn(file(t))}
	db := s.open(t)
	store := migrated(t, db, nil)
	put(t, store, long())

	for _, list := range plannedLists() {
		var after string

		for _, want := range []string{list.first, list.behind} {
			for _, one := range s.watch(func() {
				page, err := store.Page(t.Context(), list.query(storage.Window{Limit: 1, Counted: true, After: after}))
				require.NoError(t, err)
				require.NotEqual(t, after, page.Next, "%T is too short", list.query(storage.Window{}))

				after = page.Next
			}) {
				plan := explain(t, db, one)
				assert.Empty(t, scans(plan), "%s\n%s", one.text, plan)

				if _, sorted := list.query(storage.Window{}).(storage.MembersOf); !sorted {
					assert.NotContains(t, plan, "TEMP B-TREE FOR ORDER BY", one.text)
				}

				assert.Contains(t, plan, want, one.text)
			}
		}
	}
}
