package storagetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// placeCases are about the order of lists, key by key.
func placeCases() []Case {
	order := func(query string, test func(context.Context, bench) error) Case {
		return Case{
			Name: "S13_" + query + "KeyByKey", Sentence: listSentence,
			Explanation: "Of the keys that order the list, each in its turn is the only one by which rows differ, and the others " +
				"would say otherwise. The list is read in pages of every size: a row that is equal to the cursor in all keys but " +
				"the last is passed over, or comes twice, where a store compares fewer.",
			test: test,
		}
	}

	return []Case{
		order("OpenRequests", openRequestsKeyByKey),
		order("DueMessages", dueMessagesKeyByKey),
		order("DueRows", dueRowsKeyByKey),
		order("DueReminders", dueRemindersKeyByKey),
		order("MembersOf", membersKeyByKey),
		order("History", historyKeyByKey),
		order("RegistrationsOf", registrationsKeyByKey),
		order("Deciders", decidersKeyByKey),
		order("DueRegistrations", dueRegistrationsKeyByKey),
		order("JournalOf", journalKeyByKey),
		order("RowsOf", rowsKeyByKey),
		order("MessagesOf", messagesKeyByKey),
		order("UsersOf", usersKeyByKey),
		order("ServicesOf", servicesKeyByKey),
		order("PublicStructures", publicStructuresKeyByKey),
		order("Unverified", unverifiedKeyByKey),
		order("ParkedMessages", parkedKeyByKey),
		order("Individuals", individualsKeyByKey),
		order("Factors", factorsKeyByKey),
	}
}

// bytewise are texts in their order.
func bytewise() []string { return []string{"10", "9", "B", "B ", "B-1", "a", "ab", "é", "🙂"} }

func openRequestsKeyByKey(ctx context.Context, s bench) error {
	var b storage.Batch

	rosters := map[structure.ID]*attachment.Roster{}

	// Houses 10 comes before 2; a later group of time and order has accounts that come before.
	for _, n := range []int{10, 2} {
		r := head(house(n).ID)
		rosters[r.Structure] = &r
		b.Structures = append(b.Structures, house(n))

		for _, code := range []structure.Code{"10", "9", "S"} {
			b.Services = append(b.Services, structure.Service{Structure: r.Structure, Code: code})
		}
	}

	want := make([]string, 0, 64)

	for minute := range 2 {
		for _, n := range []int{10, 2} {
			for i, order := range []int64{9, 10} {
				for _, who := range []string{"B", "a"} {
					id := account.ID("zyxw"[2*minute+i:][:1] + who)

					if n == 10 {
						b.Accounts = append(b.Accounts, person(id))
					}

					for _, code := range []structure.Code{"", "10", "9", "S"} {
						row := asks(id, order)
						row.Service, row.RequestedAt = code, at(minute)

						if code == "10" || code == "9" { // a wish: its request says otherwise
							row = wishes(asks(id, 99-order), minute, order)
							row.Service, row.State, row.RequestedAt = code, attachment.Attached, at(5-minute)
						}

						rosters[house(n).ID].Rows = append(rosters[house(n).ID].Rows, row)
						want = append(want, fmt.Sprint(minute, house(n).ID, order, id, code))
					}
				}
			}
		}
	}

	for _, h := range b.Structures {
		slices.Reverse(rosters[h.ID].Rows)
		b.Rosters = append(b.Rosters, *rosters[h.ID])
	}

	return placed(ctx, s, b, want, func(w storage.Window) storage.Of[storage.OpenRequest] {
		return storage.OpenRequests{Window: w, Structures: []structure.ID{house(2).ID, house(10).ID}}
	}, func(r storage.OpenRequest) string {
		minute := 0

		when, order, _ := r.Attachment.Asked()
		if when.Equal(at(1)) {
			minute = 1
		}

		return fmt.Sprint(minute, r.Structure.ID, order, r.Attachment.Account, r.Attachment.Service)
	})
}

func dueMessagesKeyByKey(ctx context.Context, s bench) error {
	var (
		b    storage.Batch
		want = make([]string, 0, 2*len(bytewise()))
	)

	for _, minute := range []int{1, 2} {
		for _, id := range bytewise() {
			want = append(want, fmt.Sprint(3-minute, id)) // by time, against the order of the whole
			m := note(want[len(want)-1], at(minute))
			m.CreatedAt = at(-len(want)) // written in another order
			b.Messages = append(b.Messages, m)
		}
	}

	slices.Reverse(b.Messages)

	return placed(ctx, s, b, want, func(w storage.Window) storage.Of[storage.Message] {
		return storage.DueMessages{Window: w, At: at(2)}
	}, func(m storage.Message) string { return m.ID })
}

func dueRowsKeyByKey(ctx context.Context, s bench) error {
	var (
		b    storage.Batch
		want []string
	)

	for _, n := range []int{10, 2} {
		r := head(house(n).ID)
		b.Structures = append(b.Structures, house(n))

		for _, code := range []structure.Code{"10", "9"} {
			b.Services = append(b.Services, structure.Service{Structure: r.Structure, Code: code})
		}

		for _, minute := range []int{1, 2} {
			for _, who := range []string{"10", "9", "B", "a"} {
				id := account.ID("zyx"[minute:][:1] + who)
				if n == 10 {
					b.Registrations = append(b.Registrations, applicant(id, r.Structure))
				}

				for i, code := range []structure.Code{"", "10", "9"} {
					row := asks(id, 1)
					row.Service, row.Due = code, at(minute)

					if i == 1 {
						row.State = attachment.Approved
					}

					r.Rows = append(r.Rows, row)
				}
			}
		}

		// A claim stands among them, by its claimant.
		r.Standing, r.Holder, r.Claim.Term = attachment.InClaim, "z-claimant", at(1)
		r.Rows = append(r.Rows, attachment.Attachment{Key: attachment.Key{Account: r.Holder}, State: attachment.Claimed})
		b.Rosters = append(b.Rosters, r)
	}

	b.Registrations = append(b.Registrations, applicant("z-claimant", house(10).ID))

	for _, minute := range []int{1, 2} {
		for _, n := range []int{10, 2} {
			for _, who := range []string{"10", "9", "B", "a"} {
				for _, code := range []structure.Code{"", "10", "9"} {
					want = append(want, fmt.Sprintf("%d %s %s%s %s", minute, house(n).ID, "zyx"[minute:][:1], who, code))
				}
			}

			if minute == 1 { // "z-claimant" is behind all of "y…"
				want = append(want, fmt.Sprintf("1 %s z-claimant ", house(n).ID))
			}
		}
	}

	return placed(ctx, s, b, want, func(w storage.Window) storage.Of[storage.DueRow] {
		return storage.DueRows{Window: w, At: at(2)}
	}, func(d storage.DueRow) string {
		minute := 1
		if d.Due.Equal(at(2)) {
			minute = 2
		}

		return fmt.Sprintf("%d %s %s %s", minute, d.Structure, d.Account, d.Service)
	})
}

func dueRemindersKeyByKey(ctx context.Context, s bench) error {
	var (
		b    storage.Batch
		want = make([]string, 0, 48)
	)

	for _, n := range []int{10, 2} {
		r := head(house(n).ID)
		b.Structures = append(b.Structures, house(n))

		for _, code := range []structure.Code{"10", "9"} {
			b.Services = append(b.Services, structure.Service{Structure: r.Structure, Code: code})
		}

		for _, minute := range []int{1, 2} {
			for _, who := range []string{"10", "9", "B", "a"} {
				id := account.ID("zyx"[minute:][:1] + who)
				if n == 10 {
					b.Accounts = append(b.Accounts, person(id))
				}

				for i, code := range []structure.Code{"", "10", "9"} {
					row := asks(id, int64(10-len(r.Rows)))
					row.Service, row.Remind, row.Due = code, at(minute), at(9-minute)

					if i == 1 {
						row = wishes(row, 9, 1)
						row.State, row.Due = attachment.Attached, time.Time{}
					}

					r.Rows = append(r.Rows, row)
				}
			}
		}

		slices.Reverse(r.Rows)
		b.Rosters = append(b.Rosters, r)
	}

	for _, minute := range []int{1, 2} {
		for _, n := range []int{10, 2} {
			for _, who := range []string{"10", "9", "B", "a"} {
				for _, code := range []structure.Code{"", "10", "9"} {
					want = append(want, fmt.Sprintf("%v %s %s%s %s", at(minute), house(n).ID, "zyx"[minute:][:1], who, code))
				}
			}
		}
	}

	return placed(ctx, s, b, want, func(w storage.Window) storage.Of[storage.DueRow] {
		return storage.DueReminders{Window: w, At: at(2)}
	}, func(d storage.DueRow) string {
		return fmt.Sprintf("%v %s %s %s", d.Due, d.Structure, d.Account, d.Service)
	})
}

func historyKeyByKey(ctx context.Context, s bench) error {
	b := storage.Batch{Structures: []structure.Structure{house(1)}}

	// An operation has one version at one time: names of later ones come before.
	for v, version := range []int64{9, 10} {
		for minute := range 2 {
			for _, operation := range []string{"10", "9", "B", "a"} {
				for _, seq := range []int{0, 1, 2, 9, 10, 11} {
					b.Journal = append(b.Journal, storage.Entry{
						Operation: "zyxw"[2*v+minute:][:1] + operation, Seq: seq, Try: 1,
						At: at(minute - 5*v), Actor: account.System(), Action: "a", Structure: house(1).ID, Version: version,
					})
				}
			}
		}
	}

	var want []string

	place := func(e storage.Entry) string { return fmt.Sprint(e.Version, e.At, e.Operation, e.Seq) }
	for _, e := range slices.Backward(b.Journal) {
		want = append(want, place(e))
	}

	slices.SortFunc(b.Journal, func(a, b storage.Entry) int { return cmp.Compare(a.Seq%4, b.Seq%4) })

	return placed(ctx, s, b, want, func(w storage.Window) storage.Of[storage.Entry] {
		return storage.History{Window: w, Structure: house(1).ID}
	}, place)
}

func registrationsKeyByKey(ctx context.Context, s bench) error {
	var (
		b    = storage.Batch{Structures: []structure.Structure{house(1)}}
		want = make([]string, 0, 2*len(bytewise()))
	)

	for _, minute := range []int{1, 2} {
		for _, id := range bytewise() {
			want = append(want, fmt.Sprint(3-minute, id))
			reg := applicant("x", house(1).ID)
			reg.ID, reg.CreatedAt = account.ID(want[len(want)-1]), at(minute)
			b.Registrations = append(b.Registrations, reg)
		}
	}

	slices.Reverse(b.Registrations)

	return placed(ctx, s, b, want, func(w storage.Window) storage.Of[account.Registration] {
		return storage.RegistrationsOf{Window: w, Login: login("x@example.fr").Key()}
	}, func(r account.Registration) string { return string(r.ID) })
}

func decidersKeyByKey(ctx context.Context, s bench) error {
	return accountsKeyByKey(ctx, s, func(w storage.Window) storage.Of[account.Account] {
		return storage.Deciders{Window: w, Structure: house(1).ID}
	})
}

// accountsKeyByKey is about the accounts that are in house(1), all of whom decide.
func accountsKeyByKey(ctx context.Context, s bench, query func(storage.Window) storage.Of[account.Account]) error {
	b := storage.Batch{Structures: []structure.Structure{house(1)}}
	r := head(house(1).ID)
	r.Standing, r.Holder, r.Attached = attachment.Managed, "B", len(bytewise())

	for i, id := range bytewise() {
		row := belongs(account.ID(id), "", habilitation.Manage)
		if row.Account == r.Holder {
			row.Grants = nil // the main manager decides without a grant
		}

		r.Rows = append(r.Rows, row)
		holder := person("x")
		holder.ID, holder.Login, holder.CreatedAt = row.Account, login(fmt.Sprintf("p%d@example.fr", i)), at(-i)
		b.Accounts = append(b.Accounts, holder)
	}

	slices.Reverse(b.Accounts)
	slices.Reverse(r.Rows)
	b.Rosters = []attachment.Roster{r}

	return placed(ctx, s, b, bytewise(), query, func(a account.Account) string { return string(a.ID) })
}

// placed writes rows, and compares the order of a list of them, in pages of every size.
func placed[T any](
	ctx context.Context, s bench, b storage.Batch, want []string, query func(storage.Window) storage.Of[T],
	place func(T) string,
) error {
	if err := given(ctx, s, b); err != nil {
		return err
	}

	for limit := 1; limit <= len(want)+1; limit++ {
		rows, err := all(ctx, s, query, limit)
		if err != nil {
			return fmt.Errorf("pages of %d: %w", limit, err)
		}

		got := make([]string, len(rows))
		for i, row := range rows {
			got[i] = place(row)
		}

		if !slices.Equal(want, got) {
			return fmt.Errorf("pages of %d: %w", limit, same("places", want, got))
		}
	}

	return nil
}
