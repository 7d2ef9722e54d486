package mail

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"strings"
	"sync"
	texttemplate "text/template"
)

// The templates: a folder per language, in it a file per kind, whose first line is the subject, and layout.txt, which
// holds what they share; and layout.html, the one layout of HTML. The files of kinds say what is written, block by block:
// a line of its own is a paragraph, and the functions of markup write the other blocks.
//
//go:embed templates
var files embed.FS

// source names a template: a language and a kind.
type source struct {
	folder string
	kind   Kind
}

// path returns where the template is.
func (s source) path() string {
	return "templates/" + s.folder + "/" + strings.ReplaceAll(string(s.kind), " ", "-") + ".txt"
}

// parsed are the parsed templates.
type parsed struct {
	kinds map[source]*texttemplate.Template
	page  *template.Template
}

// layouts returns the parsed templates. They are parsed once, when the first mail is rendered.
var layouts = sync.OnceValues(parse) //nolint:gochecknoglobals // not written to once parsed

func parse() (*parsed, error) {
	layout, err := read("templates/layout.html")
	if err != nil {
		return nil, err
	}

	page, err := template.New("page").Parse(layout)
	if err != nil {
		return nil, fmt.Errorf("mail: layout: %w", err)
	}

	all := &parsed{kinds: make(map[source]*texttemplate.Template), page: page}

	for _, folder := range []string{french, english} {
		layout, err := read("templates/" + folder + "/layout.txt")
		if err != nil {
			return nil, err
		}

		shared, err := texttemplate.New(folder).Funcs(markup()).Parse(layout)
		if err != nil {
			return nil, fmt.Errorf("mail: layout: %w", err)
		}

		for _, kind := range Kinds() {
			from := source{folder, kind}

			all.kinds[from], err = from.parse(shared)
			if err != nil {
				return nil, fmt.Errorf("mail: %s: %w", from.path(), err)
			}
		}
	}

	return all, nil
}

// parse reads the template into a copy of what its language shares.
func (s source) parse(shared *texttemplate.Template) (*texttemplate.Template, error) {
	content, err := read(s.path())
	if err != nil {
		return nil, err
	}

	first, body, _ := strings.Cut(content, "\n")

	subject, ok := strings.CutPrefix(first, "Subject: ")
	if !ok {
		return nil, errors.New("the first line is not the subject")
	}

	t, err := shared.Clone()
	if err != nil {
		return nil, err
	}

	_, errSubject := t.New("subject").Parse(subject)
	_, errBody := t.New("body").Parse(body)

	return t, errors.Join(errSubject, errBody)
}

// read returns an embedded file, with the line ends that a mail has even where a checkout changed them.
func read(path string) (string, error) {
	content, err := files.ReadFile(path)

	return strings.ReplaceAll(string(content), "\r\n", "\n"), err
}

// describe fills in a kind's template.
func (p *parsed) describe(from source, v view) (description, error) {
	var subject, body, footer strings.Builder

	t := p.kinds[from]

	err := errors.Join(
		t.ExecuteTemplate(&subject, "subject", v), t.ExecuteTemplate(&body, "mail", v), t.ExecuteTemplate(&footer, "footer", v))
	if err != nil {
		return description{}, err
	}

	return description{
		Language: from.folder,
		// The values are folded already; the subject is a header, so it is folded whole, whatever the template says.
		Subject: strings.TrimSpace(strings.Map(harmless, subject.String())),
		Blocks:  blocks(body.String()),
		Footer:  footer.String(),
	}, nil
}

// html lays a description out as a document.
func (p *parsed) html(d description) (string, error) {
	var s strings.Builder

	err := p.page.Execute(&s, d)

	return s.String(), err
}
