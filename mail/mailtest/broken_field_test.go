package mailtest_test

import (
	"context"
	"mime"
	"strings"

	"github.com/guichet-pro/guichet/mail"
)

// changes is a mailer that changes each message before it sends it.
func changes(change func(m *mail.Message)) func(*office, sends, string) sends {
	return func(_ *office, right sends, _ string) sends {
		return func(ctx context.Context, m mail.Message) error {
			change(&m)

			return right(ctx, m)
		}
	}
}

// cleaned returns a message without line ends in what becomes a header.
func cleaned(m mail.Message) mail.Message {
	for _, value := range []*string{&m.ID, &m.From, &m.To, &m.Subject} {
		*value = strings.NewReplacer("\r", " ", "\n", " ").Replace(*value)
	}

	return m
}

// leaks is a mailer that writes one header as it comes.
func leaks(value func(m *mail.Message) *string) func(*office, sends, string) sends {
	return func(o *office, _ sends, _ string) sends {
		return func(ctx context.Context, m mail.Message) error {
			clean := cleaned(m)
			*value(&clean) = *value(&m)

			subject := encoded
			if strings.ContainsAny(clean.Subject, "\r\n") {
				subject = func(s string) string { return s }
			}

			return o.take(ctx, compose(clean, subject), commanded(clean.To)...)
		}
	}
}

// commanded returns the recipients that a server reads from the command for one.
func commanded(to string) []string {
	var all []string

	for line := range strings.SplitSeq("RCPT TO:<"+to+">", "\n") {
		if address, ok := strings.CutPrefix(strings.TrimSpace(line), "RCPT TO:<"); ok {
			all = append(all, strings.TrimSuffix(address, ">"))
		}
	}

	return all
}

func brokenFields() []broken {
	return []broken{
		{"has IDs of its own", []string{"F1_TheIDArrives"}, changes(func(m *mail.Message) { m.ID = "x" + m.ID })},
		{"has a sender of its own", []string{"F3_TheSenderArrives"}, changes(func(m *mail.Message) { m.From = "moi@exemple.fr" })},
		{"sends a copy to the archive", []string{"F2_TheRecipientAndNobodyElse"}, func(o *office, _ sends, _ string) sends {
			return func(ctx context.Context, m mail.Message) error {
				m = cleaned(m)

				return o.take(ctx, compose(m, encoded), m.To, "archive@exemple.fr")
			}
		}},
		{"takes addresses to pieces", []string{"F2_TheRecipientAndNobodyElse"}, changes(func(m *mail.Message) {
			m.To = strings.ReplaceAll(m.To, "+guichet", "")
		})},
		{"writes accents as they are", []string{"F3_TheSubjectArrives"}, changes(func(m *mail.Message) {
			m.Subject = strings.Map(func(r rune) rune {
				if r > 126 {
					return '?'
				}

				return r
			}, m.Subject)
		})},
		{"does not encode what looks encoded", []string{"F3_TheSubjectArrives"}, func(o *office, right sends, _ string) sends {
			return func(ctx context.Context, m mail.Message) error {
				if strings.ContainsAny(m.ID+m.From+m.To+m.Subject, "\r\n") {
					return errRefused
				}

				return o.take(ctx, compose(m, func(s string) string { return mime.QEncoding.Encode("utf-8", s) }), m.To)
			}
		}},
		{"cuts subjects", []string{"F3_TheSubjectArrives"}, changes(func(m *mail.Message) { m.Subject = m.Subject[:min(len(m.Subject), 255)] })},
		{"marks subjects", []string{"F3_TheSubjectArrives"}, changes(func(m *mail.Message) { m.Subject = "[Guichet] " + m.Subject })},
		{"does not double dots", []string{"F3_TheTextArrives"}, changes(func(m *mail.Message) { m.Text = strings.ReplaceAll(m.Text, "\n.", "\n") })},
		{"doubles dots", []string{"F3_TheTextArrives"}, changes(func(m *mail.Message) { m.Text = strings.ReplaceAll(m.Text, "\n.", "\n..") })},
		{"quotes From", []string{"F3_TheTextArrives"}, changes(func(m *mail.Message) {
			if strings.HasPrefix(m.Text, "From ") {
				m.Text = ">" + m.Text
			}
		})},
		{"trims lines", []string{"F3_TheTextArrives"}, changes(func(m *mail.Message) { m.Text = strings.ReplaceAll(m.Text, " \n", "\n") })},
		{"breaks long lines", []string{"F3_TheTextArrives"}, changes(func(m *mail.Message) {
			if i := strings.Index(m.Text, "abcdefghijabcdefghij"); i > 0 {
				m.Text = m.Text[:i] + "\n" + m.Text[i:]
			}
		})},
		{"signs", []string{"F3_TheTextArrives"}, changes(func(m *mail.Message) { m.Text += "\nSent by my mailer\n" })},
		{"drops the HTML", []string{"F3_TheHTMLArrives"}, changes(func(m *mail.Message) { m.HTML = "" })},
		{"makes HTML where there is none", []string{"F3_TheHTMLArrives"}, changes(func(m *mail.Message) {
			if m.HTML == "" {
				m.HTML = "<pre></pre>"
			}
		})},
		{"counts who reads", []string{"F3_TheHTMLArrives"}, changes(func(m *mail.Message) {
			m.HTML = strings.ReplaceAll(m.HTML, "</body>", `<img src="https://exemple.fr/`+m.ID+`"></body>`)
		})},
		{"writes subjects as they are", []string{"G5_NoValueAddsAHeader"}, leaks(func(m *mail.Message) *string { return &m.Subject })},
		{"writes recipients as they are", []string{"G5_NoValueAddsAHeader"}, leaks(func(m *mail.Message) *string { return &m.To })},
		{"writes senders as they are", []string{"G5_NoValueAddsAHeader"}, leaks(func(m *mail.Message) *string { return &m.From })},
		{"writes IDs as they are", []string{"G5_NoValueAddsAHeader"}, leaks(func(m *mail.Message) *string { return &m.ID })},
	}
}
