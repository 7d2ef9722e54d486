package credential_test

import (
	"fmt"

	"github.com/guichet-pro/guichet/account/credential"
)

func Example() {
	typed := "quatre mots au hasard"
	if err := credential.CheckPassword(typed, "daniel.potier@example.com", "Daniel", "Potier"); err != nil {
		fmt.Println(err)
		return
	}
	salt := []byte("sixteen bytes …") // in earnest: credential.SaltLen bytes of crypto/rand
	stored, err := credential.Hash(credential.NormalizePassword(typed), salt, credential.Default())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(stored[:31])

	ok, err := credential.Verify(credential.NormalizePassword("quatre mots au hasard"), stored)
	fmt.Println(ok, err)
	ok, err = credential.Verify(credential.NormalizePassword("Quatre mots au hasard"), stored)
	fmt.Println(ok, err)
	// Output:
	// $argon2id$v=19$m=19456,t=2,p=1$
	// true <nil>
	// false <nil>
}
