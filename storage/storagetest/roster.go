package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

const sliceSentence = "Roster holds the head (with Queue: attachment.Roster.Line cut to attachment.QueueLength), and all " +
	"rows, at every service and in every state, of: the accounts asked for, the holder, the accounts in Queue, and Newest. " +
	"Facts hold the structure, the registrations and accounts of all these, and the services that the rows or the query " +
	"name. Facts.Policy is not set."

// rosterCases are about rosters and what hangs on them.
func rosterCases() []Case {
	return []Case{
		{
			Name:     "S6_RowsNotNamedStay",
			Sentence: "rows that are not named stay as they are.",
			Explanation: "A roster is written with one of its rows changed and one added. A decision reads and writes a " +
				"slice; a store that takes it for the whole loses everybody else.",
			test: rowsNotNamedStay,
		},
		{
			Name:     "S6_E4_GrantsAreReplaced",
			Sentence: "each row of Rows replaces the stored row of its key, its grants included, or is inserted",
			Explanation: "A row is written with other grants, and then with none. A grant that stays is a right that was " +
				"taken away and still counts.",
			test: grantsAreReplaced,
		},
		{
			Name:        "S6_QueueIsNotStored",
			Sentence:    "Queue is not stored.",
			Explanation: "A roster is written with a queue of people who are not in it.",
			test: func(ctx context.Context, s bench) error {
				rows := base()
				rows.Rosters = []attachment.Roster{head(house(1).ID)}
				rows.Rosters[0].Queue = []account.ID{"jean", "anne"}

				return steps(
					func() error { return none("Update", write(ctx, s, rows)) },
					func() error {
						slice, err := s.Roster(ctx, storage.RosterQuery{Structure: house(1).ID, At: at(0)})

						return steps(
							func() error { return none("Roster", err) },
							func() error { return same("queue", 0, len(slice.Roster.Queue)) },
						)
					},
				)
			},
		},
		{
			Name:     "S6_D2_HolderHasARow",
			Sentence: "Once the batch is applied a holder has a row at structure level in the same roster; a batch that would leave one without is refused, with an error of the store's own that says so.",
			Explanation: "A holder without a row, or with rows at services only, is refused; one whose row is stored already, or " +
				"comes with the batch, is not. It is the last defence against a structure whose manager is nobody.",
			test: holderHasARow,
		},
		{
			Name:     "Roster_SliceOfAnEmptyRoster",
			Sentence: "Errors: ErrNotFound when the structure does not exist.",
			Explanation: "The structure exists and nothing was ever written of its roster: it is unclaimed, with version " +
				"0, and the facts are there.",
			test: emptyRoster,
		},
		{
			Name:     "Roster_Slice",
			Sentence: sliceSentence,
			Explanation: "A roster of many is read with few named. What is missing decides wrongly; what is too much costs " +
				"more in a large structure than in a small one.",
			test: sliceOfARoster,
		},
		{
			Name:     "Roster_D1_Queue",
			Sentence: "Line returns the open requests at structure level that can succeed at that time, oldest first",
			Explanation: "Requests that are over, of accounts that are not active, of registrations that ended, or at " +
				"service level, come before those that can succeed. A claim would pass to somebody who can never activate.",
			test: queueOfARoster,
		},
		{
			Name:     "Roster_B14_Newest",
			Sentence: "Newest is the registration for this structure with the query's Login whose row at structure level has the highest Order, and of several the greatest id; \"\" = none",
			Explanation: "One login has registered several times, here and elsewhere, and an older one has registered " +
				"later in time. It is how an equal receipt is found.",
			test: newestOfALogin,
		},
		{
			Name:     "Memberships_E7",
			Sentence: "Memberships returns an account and all its rows in all structures that are attached or suspended.",
			Explanation: "An account has rows in every state, in several structures and services. It is what rights are " +
				"made of.",
			test: membershipsOfAnAccount,
		},
		{
			Name:        "Links_B7_Newest",
			Sentence:    "Links returns the newest links issued to an account for a purpose, at most LinksLength, the highest Seq first.",
			Explanation: "More links than that are issued, in no order, and to others. The newest one ends those before it.",
			test:        newestLinks,
		},
	}
}

// slice reads a slice with its rows sorted, so that it can be compared.
func slice(ctx context.Context, s storage.Reader, q storage.RosterQuery) (storage.Slice, error) {
	got, err := s.Roster(ctx, q)
	sortRows(got.Roster.Rows)

	return got, err
}

func rowsNotNamedStay(ctx context.Context, s bench) error {
	rows := base()
	r := head(house(1).ID)
	r.Rows = []attachment.Attachment{asks("anne", 1), asks("jean", 2), belongs("jean", "SRV", look())}
	rows.Rosters = []attachment.Roster{r}

	if err := given(ctx, s, rows); err != nil {
		return err
	}

	refused := asks("jean", 2)
	refused.State = attachment.Refused

	changed := head(house(1).ID)
	changed.Version, changed.Rows = 1, []attachment.Attachment{refused, asks("paul", 3)}

	want := head(house(1).ID)
	want.Rows = []attachment.Attachment{asks("anne", 1), refused, belongs("jean", "SRV", look()), asks("paul", 3)}

	return steps(
		func() error {
			return none("changing", write(ctx, s, storage.Batch{
				Rosters: []attachment.Roster{changed}, Registrations: []account.Registration{applicant("paul", house(1).ID)},
			}))
		},
		func() error { return stored(ctx, s, storage.Batch{Rosters: []attachment.Roster{want}}, 2) },
		func() error { // no row at all is named
			empty := head(house(1).ID)
			empty.Version, empty.Attached = 2, 1

			return none("changing the head", write(ctx, s, storage.Batch{Rosters: []attachment.Roster{empty}}))
		},
		func() error {
			want.Attached = 1

			return stored(ctx, s, storage.Batch{Rosters: []attachment.Roster{want}}, 3)
		},
	)
}

func grantsAreReplaced(ctx context.Context, s bench) error {
	with := func(version int64, profiles ...habilitation.Profile) storage.Batch {
		r := head(house(1).ID)
		r.Version, r.Attached = version, 2
		r.Rows = []attachment.Attachment{belongs("anne", "", profiles...)}

		return storage.Batch{Rosters: []attachment.Roster{r}}
	}

	rows := base()
	rows.Rosters = with(0, look(), act()).Rosters
	rows.Rosters[0].Rows = append(rows.Rosters[0].Rows, belongs("jean", "", look(), habilitation.Manage))

	beside := storage.Batch{Rosters: []attachment.Roster{rows.Rosters[0].Only(map[attachment.Key]bool{{Account: "jean"}: true})}}

	return steps(
		func() error { return given(ctx, s, rows) },
		func() error { return stored(ctx, s, rows, 1) },
		func() error { return none("other grants", write(ctx, s, with(1, act(), habilitation.Manage))) },
		func() error { return stored(ctx, s, with(1, act(), habilitation.Manage), 2) },
		func() error { return none("no grants", write(ctx, s, with(2))) },
		func() error { return stored(ctx, s, with(2), 3) },
		func() error { return none("the grants of the other row", stored(ctx, s, beside, 3)) },
	)
}

func holderHasARow(ctx context.Context, s bench) error {
	if err := given(ctx, s, base()); err != nil {
		return err
	}

	managed := func(version int64, holder account.ID, rows ...attachment.Attachment) storage.Batch {
		r := head(house(1).ID)
		r.Version, r.Standing, r.Holder, r.Attached, r.Rows = version, attachment.Managed, holder, 1, rows

		return storage.Batch{Rosters: []attachment.Roster{r}, Messages: []storage.Message{note(fmt.Sprint("m", version, holder), at(0))}}
	}
	refused := func(what string, b storage.Batch) error {
		if err := write(ctx, s, b); err == nil {
			return fmt.Errorf("%s was written", what)
		} else if isContract(err) {
			return fmt.Errorf("%s: got %w, which says something else", what, err)
		}

		return absent(ctx, s, storage.Batch{Messages: b.Messages})
	}

	handed := managed(2, "jean", belongs("jean", ""))
	kept := managed(3, "jean")

	return steps(
		func() error { return refused("a holder without a row", managed(0, "anne")) },
		func() error {
			return refused("a holder with somebody else's row", managed(0, "anne", belongs("jean", "")))
		},
		func() error {
			return refused("a holder with a row at a service only", managed(0, "anne", belongs("anne", "SRV")))
		},
		func() error {
			return none("a holder with a row", write(ctx, s, managed(0, "anne", belongs("anne", ""))))
		},
		func() error { return refused("a hand-over to nobody", managed(1, "jean")) },
		func() error {
			return none("a row at a service", write(ctx, s, managed(1, "anne", belongs("jean", "SRV", look()))))
		},
		func() error { return refused("a hand-over to a row that is stored at a service", managed(2, "jean")) },
		func() error {
			return refused("a hand-over to a row that is stored and named at services", managed(2, "jean", belongs("jean", "SRV-2")))
		},
		func() error { return none("a hand-over", write(ctx, s, handed)) },
		func() error { return none("a holder whose row is stored", write(ctx, s, kept)) },
		func() error { return stored(ctx, s, storage.Batch{Rosters: handed.Rosters}, 4) },
	)
}

// isContract tells whether an error is one of those that the contract gives a meaning of their own.
func isContract(err error) bool {
	return slices.ContainsFunc([]error{
		storage.ErrNotFound, storage.ErrConflict, storage.ErrExists, storage.ErrUncertain, storage.ErrNested, storage.ErrAfter,
	}, func(of error) bool { return errors.Is(err, of) })
}

func membershipsOfAnAccount(ctx context.Context, s bench) error {
	b := storage.Batch{Accounts: []account.Account{person("anne"), person("lonely"), person("other")}}

	suspended := belongs("anne", "S-a", look())
	suspended.State = attachment.Suspended

	managed := func(n int, rows ...attachment.Attachment) {
		r := head(house(n).ID)
		r.Standing, r.Holder = attachment.Managed, "other"
		r.Rows = slices.Concat(rows, []attachment.Attachment{belongs("other", "")})

		for _, row := range r.Rows {
			if row.State == attachment.Attached || row.State == attachment.Suspended {
				r.Attached++
			}
		}

		b.Structures = append(b.Structures, house(n))
		b.Services = append(b.Services,
			structure.Service{Structure: house(n).ID, Code: "S-a", Label: string(house(n).ID)},
			structure.Service{Structure: house(n).ID, Code: "S-B"})
		b.Rosters = append(b.Rosters, r)
	}

	managed(3, belongs("anne", "S-B", look()), suspended)
	managed(2, belongs("anne", "", look(), act()))
	managed(10, belongs("anne", "", habilitation.Manage))

	var ended []attachment.Attachment

	for i, state := range attachment.States() {
		if state == attachment.Attached || state == attachment.Suspended || state == attachment.Claimed {
			continue
		}

		row := asks("anne", int64(i))
		row.State, row.Service = state, structure.Code(state.String())
		ended = append(ended, row)
		b.Services = append(b.Services, structure.Service{Structure: house(4).ID, Code: row.Service})
	}

	managed(4, ended...)

	if err := given(ctx, s, b); err != nil {
		return err
	}

	member := func(n int, row attachment.Attachment) storage.Membership {
		where := house(n)
		where.Version = 1
		out := storage.Membership{Attachment: row, Structure: where, Standing: attachment.Managed, Holder: "other"}

		for _, service := range b.Services {
			if service.Structure == where.ID && service.Code == row.Service {
				service.Version = 1
				out.Service = service
			}
		}

		return out
	}

	want := storage.Memberships{Account: person("anne"), Rows: []storage.Membership{ // byte for byte: 10 before 2
		member(10, belongs("anne", "", habilitation.Manage)),
		member(2, belongs("anne", "", look(), act())),
		member(3, belongs("anne", "S-B", look())),
		member(3, suspended),
	}}
	want.Account.Version = 1

	alone := storage.Memberships{Account: person("lonely")}
	alone.Account.Version = 1

	return steps(
		func() error { return sameMemberships(ctx, s, want) },
		func() error { return sameMemberships(ctx, s, alone) },
	)
}

func sameMemberships(ctx context.Context, s storage.Reader, want storage.Memberships) error {
	got, err := s.Memberships(ctx, want.Account.ID)

	return steps(
		func() error { return none("Memberships", err) },
		func() error { return same("memberships", want, got) },
	)
}

func newestLinks(ctx context.Context, s bench) error {
	rows := base()
	rows.Registrations = append(rows.Registrations, applicant("paul", house(1).ID))

	const issued = storage.LinksLength + 5

	for i := range int64(issued) {
		seq := (i*7)%issued + 1 // every number once, in no order
		rows.Links = append(rows.Links, links(name[account.Selector]("jean", int(seq)), "jean", seq).Links...)
	}

	rows.Links = append(rows.Links, links("paul-1", "paul", 1).Links...)

	if err := given(ctx, s, rows); err != nil {
		return err
	}

	var want []account.Link

	for seq := int64(issued); len(want) < storage.LinksLength; seq-- {
		want = append(want, versioned(links(name[account.Selector]("jean", int(seq)), "jean", seq), 1).Links...)
	}

	read := func(id account.ID, purpose account.Purpose, want []account.Link) func() error {
		return func() error {
			got, err := s.Links(ctx, id, purpose)

			return steps(
				func() error { return none("Links", err) },
				func() error { return same("links of "+string(id), want, got) },
			)
		}
	}

	return steps(
		read("jean", account.PurposeActivation, want),
		read("paul", account.PurposeActivation, versioned(links("paul-1", "paul", 1), 1).Links),
		read("nobody", account.PurposeActivation, nil),
	)
}
