package attachment_test

import (
	"fmt"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/structure"
)

// Two people register with a structure that nobody has named. The first is its claim and, having activated, decides on
// the second.
func ExampleDecide() {
	at := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	roster := attachment.Roster{Structure: "s1"}
	facts := attachment.Facts{
		Structure: structure.Structure{ID: "s1", Status: structure.Active},
		Registrations: map[account.ID]account.Registration{
			"anne": {ID: "anne", State: account.AwaitingApproval},
			"bob":  {ID: "bob", State: account.AwaitingApproval},
		},
		Accounts: map[account.ID]account.Account{},
		Policy:   account.Policy{}.WithDefaults(),
	}

	for _, command := range []attachment.Command{
		attachment.Register{By: account.By("anne"), Details: &structure.Details{}},
		attachment.Register{By: account.By("bob"), Details: &structure.Details{}},
		attachment.Approve{By: account.By("anne"), Account: "bob"}, // nobody decides while there is only a claim
		attachment.Activate{By: account.By("anne")},
		attachment.Approve{By: account.By("anne"), Account: "bob"},
	} {
		changes, err := attachment.Decide(roster, facts, command, at)
		fmt.Println(command)

		if err != nil {
			fmt.Println("  refused:", err)
		}

		for _, change := range changes {
			fmt.Println("  " + change.Action())
			roster = roster.Apply(change)
		}

		roster.Version++

		if _, activated := command.(attachment.Activate); activated { // the facts follow: see package guichet
			facts.Accounts["anne"] = facts.Registrations["anne"].Account(at)
		}
	}

	fmt.Println(roster.Standing, "by", roster.Holder)
	// Output:
	// register by account:anne
	//   claim began
	// register by account:bob
	//   request made
	// approve bob by account:anne
	//   refused: The structure has no manager yet: nobody can decide.
	// activate by account:anne
	//   user attached
	//   manager named
	// approve bob by account:anne
	//   request approved
	// managed by anne
}
