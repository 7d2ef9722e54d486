package mailtest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/guichet-pro/guichet/mail"
)

func fieldCases() []kase {
	return []kase{
		{
			name: "F1_TheIDArrives", sentence: arrives, test: arriving(func(m mail.Message, r Received) error {
				return field("ID", m.ID, r.ID)
			}, letter(1)),
			explanation: "One message is sent, and whatever arrives has to bear its ID. Without it nobody on the way, nor the reader's program, " +
				"can tell that a message came twice.",
		},
		{
			name: "F3_TheSenderArrives", sentence: arrives, test: arriving(func(m mail.Message, r Received) error {
				return field("From", m.From, r.From)
			}, letter(1)),
			explanation: "The sender is the one of the message. Another one is not whom the reader was told to expect, and may fail the checks of " +
				"the recipient's server.",
		},
		{
			name: "F2_TheRecipientAndNobodyElse", sentence: arrives, test: arriving(recipients, letter(1), to("daniel.potier+guichet@exemple.fr")),
			explanation: "The message goes to the address it names, and to no other. A copy to somebody else, an archive say, hands them the " +
				"links with which passwords are set.",
		},
		{
			name: "F3_TheSubjectArrives", sentence: arrives, test: arriving(func(m mail.Message, r Received) error {
				return field("Subject", m.Subject, r.Subject)
			}, subjects()...),
			explanation: "Subjects with accents, of many lines' length, and that look as if they were encoded already. Read otherwise than " +
				"written, they pass for spam.",
		},
		{
			name: "F3_TheTextArrives", sentence: arrives, test: arriving(func(m mail.Message, r Received) error {
				return field("Text", lines(m.Text), lines(r.Text))
			}, texts()...),
			explanation: "Texts with accents, with lines that mail or SMTP give a meaning to, and with lines that are longer than a mail may have. " +
				"A link that is broken in two opens nothing.",
		},
		{
			name: "F3_TheHTMLArrives", sentence: arrives, test: arriving(func(m mail.Message, r Received) error {
				return field("HTML", lines(m.HTML), lines(r.HTML))
			}, pages()...),
			explanation: "The same for the HTML part, and none where the message has none: programs that show HTML would show an empty page.",
		},
		{
			name: "G5_NoValueAddsAHeader", sentence: addsNot, test: addsNothing,
			explanation: "Subjects, addresses and IDs with line ends in them, followed by a header, an SMTP command or a text. The mailer may refuse " +
				"them. If it sends them, with a copy for somebody else or a text of somebody else's, whoever may type a name writes the portal's mail.",
		},
	}
}

// arriving returns a test that sends the messages and compares what arrived. That something arrives is another case's.
func arriving(compare func(mail.Message, Received) error, messages ...mail.Message) func(context.Context, bench) error {
	return func(ctx context.Context, b bench) error {
		for _, m := range messages {
			if err := b.deliver(ctx, m); err != nil {
				return err
			}

			got, err := b.arrived(m)
			if err != nil {
				return err
			}

			for _, r := range got {
				if err := compare(m, r); err != nil {
					return err
				}
			}
		}

		return nil
	}
}

func recipients(m mail.Message, r Received) error {
	if r.Recipients != nil && !slices.Equal(r.Recipients, []string{m.To}) {
		return fmt.Errorf("for %s, handed over for %q", m.To, r.Recipients)
	}

	return field("To", m.To, r.To)
}

func to(address string) mail.Message {
	m := letter(2)
	m.To = address

	return m
}

// variants returns messages that differ in one field.
func variants(set func(m *mail.Message, value string), values ...string) []mail.Message {
	all := make([]mail.Message, len(values))
	for i, value := range values {
		all[i] = letter(i + 1)
		set(&all[i], value)
	}

	return all
}

func subjects() []mail.Message {
	return variants(func(m *mail.Message, value string) { m.Subject = value },
		"Demande refusée\u00a0: L'Étoile du Nord",
		"Ελλάδα, България 🙂",
		"=?utf-8?q?Potier?= & fils", // a name, not an encoded word
		"\"Potier\", <fils>; (SARL) : 100 %",
		strings.TrimSpace(strings.Repeat("Société ", 60)),
		strings.TrimSpace(strings.Repeat("Potier & Sons ", 30)),
		strings.Repeat("a", 300), // no place to fold it
	)
}

// awkward are contents that mail gives a meaning to.
func awkward() []string {
	return []string{
		"Bonjour Héloïse,\n\nVoilà\u00a0: Ελλάδα 🙂.\n",
		"First\n.\nThe last line but one is a dot.\n..\n.dots\n", // SMTP ends a message with a dot
		"From here on\n>From there\n",                            // mailboxes begin a message with From
		"=3D is not = and =\nis not the end\n",                   // quoted-printable
		"--\n-- \nThe signature\n \n\tindented\n",
		"--=_boundary\nContent-Type: text/html\n\n<b>not a part</b>\n",
		"https://exemple.fr/activation?lien=" + strings.Repeat("abcdefghij", 120) + "\n", // longer than 998 octets
		strings.Repeat("é", 2000) + "\n",
	}
}

func texts() []mail.Message {
	return variants(func(m *mail.Message, value string) { m.Text = value }, awkward()...)
}

func pages() []mail.Message {
	values := awkward()
	for i, value := range values {
		values[i] = "<!DOCTYPE html>\n<html lang=\"fr\"><body><pre>\n" + value + "</pre></body></html>\n"
	}

	values = append(values, "") // none

	return variants(func(m *mail.Message, value string) { m.HTML = value }, values...)
}

const stranger = "tous@exemple.org"

func addsNothing(ctx context.Context, b bench) error {
	fields := []func(m *mail.Message) *string{
		func(m *mail.Message) *string { return &m.Subject },
		func(m *mail.Message) *string { return &m.To },
		func(m *mail.Message) *string { return &m.From },
		func(m *mail.Message) *string { return &m.ID },
	}

	for _, end := range []string{"\r\n", "\n", "\r"} {
		for _, more := range []string{
			"Bcc: " + stranger, "X-Injected: yes", "Content-Type: text/html", end + "<b>Injected</b>",
			"RCPT TO:<" + stranger + ">", ">" + end + "RCPT TO:<" + stranger,
		} {
			for i, field := range fields {
				m := letter(i + 1)
				*field(&m) += end + more

				if stuck, err := b.send(ctx, m); stuck {
					return err
				}

				// At everything that arrived, whatever its ID: that may be hurt as well.
				if err := b.nothingAdded(); err != nil {
					return fmt.Errorf("after %q: %w", *field(&m), err)
				}
			}
		}
	}

	return nil
}

func (b bench) nothingAdded() error {
	got, err := b.Received()
	if err != nil {
		return fmt.Errorf("what arrived cannot be read: %w", err)
	}

	for _, r := range got {
		if err := added(r); err != nil {
			return err
		}
	}

	return nil
}

// added tells what a value added to a message.
func added(r Received) error {
	for name, values := range r.Header {
		own := !slices.Contains([]string{"bcc", "cc", "x-injected"}, strings.ToLower(name))
		once := !slices.Contains([]string{"From", "To", "Subject", "Message-Id", "Content-Type"}, name) || len(values) == 1

		if !own || !once {
			return fmt.Errorf("a value became a header: %s: %q", name, values)
		}
	}

	if slices.Contains(r.Recipients, stranger) {
		return fmt.Errorf("a value became a recipient: %q", r.Recipients)
	}

	if strings.Contains(r.Text+r.HTML, "Injected") {
		return fmt.Errorf("a value became a text: %s", short(r.Text+r.HTML))
	}

	return nil
}
