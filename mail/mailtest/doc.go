// Package mailtest is for tests of programs that send the portal's mail.
//
// [Recorder] is a [mail.Mailer] that keeps what it is given, [Failing] one that fails as it is told. [Run] is the suite
// that proves a mailer of your own: it says which sentence of [mail.Mailer]'s documentation one breaks. To adopt it takes a
// [Fixture], which reads back what the mailer delivered; [Parse] does that for mail as it is sent.
package mailtest
