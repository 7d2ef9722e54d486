// Package mail says what the portal writes to people, and to whom a consumer's [Mailer] must bring it.
//
// A [Kind] is one occasion to write. [Render] turns a kind, a language and a [Content] into the [Parts] of a [Message]:
// its subject, and the same words as plain text and as HTML, in French or English (rule F3). The texts are templates,
// embedded, in the guide's words.
//
// Messages are written in the transaction that causes them and sent afterwards, at least once (rule F1): a mailer may
// be given the same message twice, with the same [Message.ID].
//
// Package mailtest has a mailer that remembers, one that fails, and the suite that proves one.
package mail
