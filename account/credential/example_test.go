package credential_test

import (
	"fmt"
	"time"

	"golang.org/x/text/language"

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

func ExampleEstimate() {
	for _, typed := range []string{"Motdepasse1!", "Xq7!vL2#pR9z", "quatre mots au hasard"} {
		strength := credential.Estimate(typed, "daniel.potier@example.com", "Daniel", "Potier")
		fmt.Printf("%s: %.0f bits, %s\n", typed, strength.Bits, strength.Text(language.English))
		for _, reason := range strength.Reasons {
			fmt.Println("-", reason.Text(language.English))
		}
	}
	// Output:
	// Motdepasse1!: 28 bits, very weak
	// - It holds a common word, which digits or signs do not hide: add other words.
	// Xq7!vL2#pR9z: 79 bits, strong
	// quatre mots au hasard: 71 bits, good
}

func ExampleTOTPSecret_Check() {
	secret, err := credential.NewTOTP([]byte("twenty random bytes!")) // in earnest: of crypto/rand
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(secret)
	fmt.Println(secret.URI("Guichet", "daniel.potier@example.com"))

	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	shown := secret.Code(now) // by the app
	step, ok := secret.Check(shown, now, 0)
	fmt.Println(step, ok)
	_, ok = secret.Check(shown, now, step)
	fmt.Println("once more:", ok)
	// Output:
	// credential(redacted)
	// otpauth://totp/Guichet:daniel.potier%40example.com?secret=OR3WK3TUPEQHEYLOMRXW2IDCPF2GK4ZB&issuer=Guichet
	// 58920120 true
	// once more: false
}

func ExampleFindRecovery() {
	key := []byte("thirty-two random bytes of yours")
	codes, err := credential.NewRecoveryCodes(make([]byte, credential.RecoverySize)) // in earnest: of crypto/rand
	if err != nil {
		fmt.Println(err)
		return
	}
	var stored []string
	for _, code := range codes {
		stored = append(stored, credential.RecoveryHash(key, "daniel", code))
	}
	fmt.Println(len(stored), codes[0].Reveal()) // shown once

	index, ok := credential.FindRecovery(stored, key, "daniel", "oooo-OOOO-oooo-OOOO-0000-oooo")
	fmt.Println(index < len(stored), ok)
	// Output:
	// 10 0000-0000-0000-0000-0000-0000
	// true true
}
