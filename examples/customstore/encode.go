package customstore

import (
	"encoding/json"

	"github.com/guichet-pro/guichet/account"
)

// Rows are kept as JSON. Identifiers and languages write themselves as text there; a login has no exported field, so
// that its two stored forms take its place.

type storedLogin struct{ Address, Key string }

type storedAccount struct {
	account.Account

	Login storedLogin // hides the account's own
}

type storedRegistration struct {
	account.Registration

	Login storedLogin // hides the registration's own
}

func encode(row any) ([]byte, error) {
	switch r := row.(type) {
	case account.Account:
		row = storedAccount{Account: r, Login: storedLogin{r.Login.String(), r.Login.Key()}}
	case account.Registration:
		row = storedRegistration{Registration: r, Login: storedLogin{r.Login.String(), r.Login.Key()}}
	}

	return json.Marshal(row)
}

// decode reads what encode wrote into *row. Nothing of data is kept: it is bbolt's memory.
func decode(data []byte, row any) error {
	switch r := row.(type) {
	case *account.Account:
		var stored storedAccount

		err := decode(data, &stored)
		*r = stored.Account
		r.Login = account.StoredLogin(stored.Login.Address, stored.Login.Key)

		return err
	case *account.Registration:
		var stored storedRegistration

		err := decode(data, &stored)
		*r = stored.Registration
		r.Login = account.StoredLogin(stored.Login.Address, stored.Login.Key)

		return err
	default:
		return json.Unmarshal(data, row)
	}
}
