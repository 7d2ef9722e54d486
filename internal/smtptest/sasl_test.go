package smtptest_test

import (
	"errors"
	"strings"
)

// login is the server's side of LOGIN, which go-sasl has no longer.
type login struct {
	check func(user, secret string) error
	asked int
	user  string
}

func (l *login) Next(response []byte) (challenge []byte, done bool, err error) {
	l.asked++

	switch l.asked {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		l.user = string(response)

		return []byte("Password:"), false, nil
	default:
		return nil, true, l.check(l.user, string(response))
	}
}

// bearer is the server's side of XOAUTH2.
type bearer func(user, token string) error

func (b bearer) Next(response []byte) (challenge []byte, done bool, err error) {
	user, token, found := strings.Cut(strings.TrimSuffix(string(response), "\x01\x01"), "\x01auth=Bearer ")
	if !found {
		return nil, true, errors.New("no bearer token")
	}

	return nil, true, b(strings.TrimPrefix(user, "user="), token)
}
