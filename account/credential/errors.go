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
}

var texts = wording.Table{
	"password.encoding": {
		FR: "Le mot de passe contient des caractères illisibles.",
		EN: "The password contains unreadable characters.",
	},
	"password.control": {
		FR: "Le mot de passe contient un caractère de contrôle, par exemple une tabulation ou un retour à la ligne.",
		EN: "The password contains a control character, for instance a tab or a line break.",
	},
	"password.short": {
		FR: "Le mot de passe doit compter au moins %[1]d caractères.",
		EN: "The password must have at least %[1]d characters.",
	},
	"password.long": {
		FR: "Le mot de passe ne doit pas dépasser %[1]d caractères.",
		EN: "The password must not exceed %[1]d characters.",
	},
	"password.personal": {
		FR: "Le mot de passe ne doit contenir ni votre adresse électronique de connexion, ni votre nom, ni votre prénom.",
		EN: "The password must contain neither your login address, nor your last name, nor your first name.",
	},
	"question.encoding": {
		FR: "La question secrète contient des caractères qui ne peuvent pas être utilisés.",
		EN: "The secret question contains characters that cannot be used.",
	},
	"question.empty": {
		FR: "La question secrète est obligatoire.",
		EN: "The secret question is required.",
	},
	"question.long": {
		FR: "La question secrète ne doit pas dépasser %[1]d caractères.",
		EN: "The secret question must not exceed %[1]d characters.",
	},
	"answer.encoding": {
		FR: "La réponse à la question secrète contient des caractères qui ne peuvent pas être utilisés.",
		EN: "The answer to the secret question contains characters that cannot be used.",
	},
	"answer.short": {
		FR: "La réponse à la question secrète doit compter au moins %[1]d caractères.",
		EN: "The answer to the secret question must have at least %[1]d characters.",
	},
	"answer.long": {
		FR: "La réponse à la question secrète ne doit pas dépasser %[1]d caractères.",
		EN: "The answer to the secret question must not exceed %[1]d characters.",
	},
	"credential.secret": {
		FR: "Le secret est vide ou trop long.",
		EN: "The secret is empty or too long.",
	},
	"credential.salt": {
		FR: "Le sel n'a pas la longueur requise.",
		EN: "The salt does not have the required length.",
	},
	"credential.params": {
		FR: "Les paramètres de hachage sont hors limites.",
		EN: "The hashing parameters are out of bounds.",
	},
	"credential.malformed": {
		FR: "L'empreinte enregistrée est illisible.",
		EN: "The stored credential cannot be read.",
	},
}
