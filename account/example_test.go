package account_test

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/account"
)

// A link is stored as a hash and opens once the token that was mailed comes back, within its life.
func ExampleLink_Check() {
	sent := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	random := make([]byte, account.TokenSize) // from crypto/rand, in earnest

	token, err := account.NewToken(random)
	if err != nil {
		panic(err)
	}

	link := account.NewLink(token, account.PurposeActivation, "anne", nil, time.Hour, time.Time{}).Leased(sent)
	fmt.Println(token, link.Expires())

	for _, after := range []time.Duration{59 * time.Minute, time.Hour} {
		err := link.Check(token, []account.Link{link}, sent.Add(after))
		fmt.Println(after, err)

		if refused, ok := errors.AsType[*account.LinkError](err); ok {
			fmt.Println(refused.Code(), "|", refused.Text(language.French))
		}
	}
	// Output:
	// account.Token(redacted) 2026-03-01 13:00:00 +0000 UTC
	// 59m0s <nil>
	// 1h0m0s This link has expired. Ask for another.
	// account.link_expired | Ce lien a expiré. Demandez-en un autre.
}
