// Package smtpmail sends the portal's mail over SMTP: a [mail.Mailer] on github.com/wneessen/go-mail.
//
//	mailer, err := smtpmail.New("smtp.exemple.fr", &smtpmail.Options{
//		Username: "portail", Password: smtpmail.Password(secret), Name: "Portail des factures",
//	})
//	defer mailer.Close()
//	err = mailer.Ready(ctx) // is it there at all?
//	delivery, err := portal.Deliver(ctx, mailer)
//
// Connections are encrypted before anything is said, or nothing is sent (STARTTLS on port 587, TLS from the first byte on
// 465). They are kept for a while, and used again.
//
// What goes out bears a Message-ID made of the message's id, the same for every try (rule F1), so that a
// mailbox may recognise a repetition; it says that a program wrote it (Auto-Submitted) and in which language. Nothing in it
// counts readers, and nobody gets a copy.
//
// [*Error] tells what is permanent (the server refuses this recipient, or this content) from what is not (rule F4).
// Nothing is ever sent twice by one Send: once a message is on its way, an answer that does not come is an error
// ([ErrUncertain]), and the portal decides when to try again.
//
// The package is in the library's own module, and costs nothing to whoever does not import it: go mod tidy of a program
// that uses the library fetches the same 12.4 MB and writes the same 18 lines of go.sum with it and without it. Who
// does import it fetches 0.35 MB and 2 lines more, since go-mail needs only golang.org/x/crypto and golang.org/x/text,
// which the library has already.
package smtpmail
