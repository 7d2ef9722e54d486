// Package smtptest tests package smtpmail against a real SMTP server, github.com/emersion/go-smtp, which the tests start on
// this machine: what arrives is read back as a mailbox would, and between the server and the mailer stands a wire that loses,
// refuses or keeps silent at any stage. It is a module of its own so that nobody downloads the server.
package smtptest
