package credential

import (
	"errors"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/internal/wording"
)

// The rules that a secret can break, one sentinel each; they come wrapped in an [*Error].
var (
	// ErrPasswordEncoding: the password is not valid UTF-8.
	ErrPasswordEncoding = errors.New("password is not valid UTF-8")
	// ErrPasswordControl: the password holds a control character.
	ErrPasswordControl = errors.New("password holds a control character")
	// ErrPasswordShort: the password has fewer than [MinPassword] characters.
	ErrPasswordShort = errors.New("password is too short")
	// ErrPasswordLong: the password has more than [MaxPassword] characters.
	ErrPasswordLong = errors.New("password is too long")
	// ErrPasswordClasses: the password is neither of all four classes of characters nor a passphrase of at least
	// [MinPassphrase].
	ErrPasswordClasses = errors.New("password is neither of four classes of characters nor a passphrase")
	// ErrPasswordCommon: the password is a common one, as it stands or in disguise.
	ErrPasswordCommon = errors.New("password is a common one")
	// ErrPasswordPersonal: the password contains the login address or a name of the person.
	ErrPasswordPersonal = errors.New("password contains the login address or a name")

	// ErrQuestionEncoding: the secret question is not valid UTF-8, or holds a control character.
	ErrQuestionEncoding = errors.New("secret question holds characters that cannot be used")
	// ErrQuestionEmpty: the secret question is empty or made of spaces.
	ErrQuestionEmpty = errors.New("secret question is empty")
	// ErrQuestionLong: the secret question has more than [MaxQuestion] characters.
	ErrQuestionLong = errors.New("secret question is too long")

	// ErrAnswerEncoding: the answer is not valid UTF-8, or holds a control character.
	ErrAnswerEncoding = errors.New("answer holds characters that cannot be used")
	// ErrAnswerShort: the answer has fewer than [MinAnswer] characters once normalised.
	ErrAnswerShort = errors.New("answer is too short")
	// ErrAnswerLong: the answer has more than [MaxAnswer] characters once normalised.
	ErrAnswerLong = errors.New("answer is too long")

	// ErrSecret: a secret to hash is empty or longer than [MaxSecretBytes].
	ErrSecret = errors.New("secret is empty or too long to be hashed")
	// ErrSalt: the salt is shorter than [MinSaltLen] or longer than [MaxSaltLen].
	ErrSalt = errors.New("salt is too short or too long")
	// ErrParams: the cost is below what Argon2id takes or above this package's limits.
	ErrParams = errors.New("parameters of Argon2id are out of bounds")
	// ErrPHC: a stored string is not one that [Hash] writes.
	ErrPHC = errors.New("stored credential is malformed")
	// ErrRandom: the random bytes for a secret are too few, too many or of no use, or what should be a secret is none.
	ErrRandom = errors.New("random bytes of a secret do not have the required size")
)

// Error is a fault in a secret, or in how one was stored. It never holds the value at fault.
type Error struct {
	// Err is the sentinel of the rule.
	Err error
	// Limit is the figure the rule speaks of, in characters; 0 when it speaks of none.
	Limit int
}

// Error gives the rule in English, for logs.
func (e *Error) Error() string { return "credential: " + e.Err.Error() }

// Unwrap gives the sentinel.
func (e *Error) Unwrap() error { return e.Err }

// Code names the rule for programs. It stays the same from one version to the next.
func (e *Error) Code() string { return codes[e.Err] }

// Text says the fault to a person, in French or English.
func (e *Error) Text(lang language.Tag) string {
	if e.Limit > 0 {
		return texts.Text(lang, e.Code(), e.Limit)
	}
	return texts.Text(lang, e.Code())
}

var codes = map[error]string{
	ErrPasswordEncoding: "password.encoding",
	ErrPasswordControl:  "password.control",
	ErrPasswordShort:    "password.short",
	ErrPasswordLong:     "password.long",
	ErrPasswordClasses:  "password.classes",
	ErrPasswordCommon:   "password.common",
	ErrPasswordPersonal: "password.personal",
	ErrQuestionEncoding: "question.encoding",
	ErrQuestionEmpty:    "question.empty",
	ErrQuestionLong:     "question.long",
	ErrAnswerEncoding:   "answer.encoding",
	ErrAnswerShort:      "answer.short",
	ErrAnswerLong:       "answer.long",
	ErrSecret:           "credential.secret",
	ErrSalt:             "credential.salt",
	ErrParams:           "credential.params",
	ErrPHC:              "credential.malformed",
	ErrRandom:           "credential.random",
}

// texts are the wordings of this package, from the one catalogue of the library.
var texts = wording.Texts("account/credential")
