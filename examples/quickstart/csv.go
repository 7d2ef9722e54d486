package main

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/structure"
)

//go:embed registrations.csv
var embedded []byte

// columns are the fields of the registration form. Those that may be at fault bear the name that
// guichet.FieldFault.Name gives, so that a fault leads to its column.
var columns = []string{
	"login", "login_again", "first_name", "last_name", "phone", "contact", "terms", "survey", "language",
	"identifier_type", "identifier", "legal_name", "label", "address", "complement_1", "complement_2", "postal_code",
	"town", "country", "applications",
}

// line is one line of the file: a form, as somebody typed it.
type line struct {
	number int      // in the file, from 1
	header []string // the columns, as the file has them
	form   account.Form
	err    error // the type of identifier is none: the form cannot even be filled in
}

// registrations reads the file that the settings name. Whatever is wrong with the file itself, as opposed to what
// somebody typed into a form, makes it unusable as a whole: then nothing of it is registered.
func registrations(s settings) ([]line, error) {
	if s.csv == "" {
		return readCSV(bytes.NewReader(embedded), "registrations.csv", s.lang)
	}

	file, err := os.Open(s.csv)
	if err != nil {
		return nil, unreadable(s.csv, err)
	}
	defer func() { _ = file.Close() }() // it was only read

	return readCSV(file, s.csv, s.lang)
}

func unreadable(name string, err error) error {
	return badInput("quickstart.csv_unreadable", "input.csv_unreadable", err, name, reason(err))
}

// readCSV reads registrations; lang is the language of people whose line names none.
func readCSV(file io.Reader, name string, lang language.Tag) ([]line, error) {
	content, err := io.ReadAll(file)
	if err != nil {
		return nil, unreadable(name, err)
	}

	if !utf8.Valid(content) {
		return nil, badInput("quickstart.csv_unreadable", "input.csv_encoding", nil, name)
	}

	content = bytes.TrimPrefix(content, []byte("\uFEFF")) // which spreadsheets write

	r := csv.NewReader(bytes.NewReader(content))
	r.Comment = '#'

	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, badInput("quickstart.csv_empty", "input.csv_empty", nil, name)
	} else if err != nil {
		return nil, unreadable(name, err)
	}

	if err := checkColumns(name, header); err != nil {
		return nil, err
	}

	var lines []line

	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, unreadable(name, err) // it names the line
		}

		number, _ := r.FieldPos(0)

		l, err := filled(record{file: name, line: number, header: header, fields: fields}, lang)
		if err != nil {
			return nil, err
		}

		lines = append(lines, l)
	}

	if len(lines) == 0 {
		return nil, badInput("quickstart.csv_empty", "input.csv_empty", nil, name)
	}

	return lines, nil
}

// checkColumns wants every column once, in any order, and no other: a column that nobody reads is a slip of the pen.
func checkColumns(name string, header []string) error {
	var missing, unknown []string

	for _, c := range columns {
		if !slices.Contains(header, c) {
			missing = append(missing, c)
		}
	}

	for i, c := range header {
		if !slices.Contains(columns, c) || slices.Contains(header[:i], c) {
			unknown = append(unknown, c)
		}
	}

	switch {
	case len(missing) > 0:
		return badInput("quickstart.csv_columns", "input.csv_missing", nil, name, strings.Join(missing, ", "))
	case len(unknown) > 0:
		return badInput("quickstart.csv_columns", "input.csv_unknown", nil, name, strings.Join(unknown, ", "))
	default:
		return nil
	}
}

// record is a line of the file, with its columns by name.
type record struct {
	file   string
	line   int
	header []string
	fields []string
}

func (r record) get(column string) string { return r.fields[slices.Index(r.header, column)] }

// choice returns what one of the allowed values of a column stands for.
func choice[T any](r record, column string, allowed map[string]T) (T, error) {
	value := r.get(column)

	chosen, ok := allowed[strings.ToLower(strings.TrimSpace(value))]
	if !ok {
		return chosen, badInput("quickstart.csv_value", "input.csv_value", nil, r.file, r.line, column, value)
	}

	return chosen, nil
}

// filled returns the form that a line fills in. It repairs nothing and checks nothing that the form's own rules check.
func filled(r record, lang language.Tag) (line, error) {
	ticked := map[string]bool{"yes": true, "oui": true, "no": false, "non": false}
	spoken := map[string]language.Tag{"fr": language.French, "en": language.English, "": lang}

	terms, err1 := choice(r, "terms", ticked)
	survey, err2 := choice(r, "survey", ticked)
	speaks, err3 := choice(r, "language", spoken)

	for _, err := range []error{err1, err2, err3} {
		if err != nil {
			return line{}, err
		}
	}

	kind, err := identifier.ParseKind(r.get("identifier_type"))

	var applications []structure.Application
	for code := range strings.FieldsSeq(r.get("applications")) {
		applications = append(applications, structure.Application(code))
	}

	return line{number: r.line, header: r.header, err: err, form: account.Form{
		Login: r.get("login"), LoginAgain: r.get("login_again"),
		FirstName: r.get("first_name"), LastName: r.get("last_name"),
		Phone: r.get("phone"), Contact: r.get("contact"),
		AcceptsTerms: terms, AcceptsSurvey: survey, Language: speaks,
		Kind: kind, Code: r.get("identifier"),
		Structure: structure.Form{
			LegalName: r.get("legal_name"), Label: r.get("label"),
			Address: r.get("address"), Complement1: r.get("complement_1"), Complement2: r.get("complement_2"),
			PostalCode: r.get("postal_code"), Town: r.get("town"), Country: r.get("country"),
			Applications: applications,
		},
	}}, nil
}
