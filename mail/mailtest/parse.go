package mailtest

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"net/textproto"
	"strings"
)

// Parse reads a mail as it is sent (RFC 5322, MIME), for [Fixture.Received]. Text and HTML are the first parts of these
// types, however deep they lie, in UTF-8 or ASCII. A From or To that is not one address is returned as it is written.
// Recipients are left to the caller, who has the envelope.
//
// Errors: what is no mail, or has a part in another encoding.
func Parse(raw io.Reader) (Received, error) {
	m, err := netmail.ReadMessage(raw)
	if err != nil {
		return Received{}, fmt.Errorf("mailtest: %w", err)
	}

	id, _, _ := strings.Cut(strings.Trim(m.Header.Get("Message-Id"), "<> "), "@")
	r := Received{ID: id, Header: m.Header}

	if r.Subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		return Received{}, fmt.Errorf("mailtest: subject: %w", err)
	}

	r.From, r.To = address(m.Header, "From"), address(m.Header, "To")

	if err := r.read(textproto.MIMEHeader(m.Header), m.Body); err != nil {
		return Received{}, fmt.Errorf("mailtest: %w", err)
	}

	return r, nil
}

// address returns the one address of a header; if it is anything else, what is written there.
func address(h netmail.Header, name string) string {
	all, err := h.AddressList(name)
	if err != nil || len(all) != 1 || len(h[name]) != 1 {
		return strings.Join(h[name], ", ")
	}

	return all[0].Address
}

// read reads a part, and the parts in it.
func (r *Received) read(h textproto.MIMEHeader, body io.Reader) error {
	kind, params, err := mime.ParseMediaType(cmp.Or(h.Get("Content-Type"), "text/plain"))
	if err != nil {
		return err
	}

	if strings.HasPrefix(kind, "multipart/") {
		return r.readAll(multipart.NewReader(body, params["boundary"]))
	}

	switch charset := strings.ToLower(params["charset"]); charset {
	case "utf-8", "us-ascii", "":
	default:
		return fmt.Errorf("a part in %s", charset)
	}

	switch encoding := strings.ToLower(h.Get("Content-Transfer-Encoding")); encoding {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "7bit", "8bit", "binary", "":
	default:
		return fmt.Errorf("a part in %s", encoding)
	}

	content, err := io.ReadAll(body)
	if err != nil {
		return err
	}

	switch {
	case kind == "text/plain" && r.Text == "":
		r.Text = string(content)
	case kind == "text/html" && r.HTML == "":
		r.HTML = string(content)
	}

	return nil
}

// readAll reads the parts of a multipart.
func (r *Received) readAll(parts *multipart.Reader) error {
	for {
		part, err := parts.NextRawPart() // decoding is ours
		if errors.Is(err, io.EOF) {
			return nil
		}

		if err != nil {
			return err
		}

		if err := r.read(part.Header, part); err != nil {
			return err
		}
	}
}
