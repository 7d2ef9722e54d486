package devmail

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/mail/internal/compose"
)

// ErrMessage says that no mail can be made of a message: a line break in a header, an address that is none, an empty id.
var ErrMessage = compose.ErrMessage

// Extension ends the names of the files.
const Extension = ".eml"

// Options are what a [Folder] may be told.
type Options struct {
	Name    string           // shown before the sender's address; "" = the address alone
	ReplyTo string           // where answers go, with or without a name; "" = to the sender
	Domain  string           // of Message-IDs; "" = that of the sender's address
	Now     func() time.Time // what Date says; nil = time.Now
}

// Folder is a [mail.Mailer] that writes messages into files. It may be used by several goroutines and processes at once.
type Folder struct {
	path    string
	options Options
}

var _ mail.Mailer = (*Folder)(nil)

// NewFolder returns a mailer that writes into the folder of that path, and makes the folder if it is missing, for its owner only. Nil
// options are the zero ones. Errors: [ErrMessage] for options that no message can be written with; those of the file system.
func NewFolder(path string, options *Options) (*Folder, error) {
	f := &Folder{path: path}
	if options != nil {
		f.options = *options
	}

	if f.options.Now == nil {
		f.options.Now = time.Now //nolint:forbidigo // the one default
	}

	if err := compose.Check(f.letter()); err != nil {
		return nil, fmt.Errorf("devmail: %w", err)
	}

	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("devmail: %w", err)
	}

	return f, nil
}

func (f *Folder) letter() compose.Options {
	return compose.Options{
		Name: f.options.Name, ReplyTo: f.options.ReplyTo, Domain: f.options.Domain, Date: f.options.Now(),
	}
}

// Send writes a message. The file's name is the message's id, so that a message that is sent again replaces itself (rule F1);
// it appears whole or not at all. Errors: [ErrMessage]; the context's; those of the file system.
func (f *Folder) Send(ctx context.Context, m mail.Message) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("devmail: %w", err)
	}

	letter, err := compose.Compose(m, f.letter())
	if err == nil {
		err = f.write(f.File(m.ID), letter.Bytes)
	}

	if err != nil {
		return fmt.Errorf("devmail: %w", err)
	}

	return nil
}

// File returns where the message with that id is written. What a file may not be called is written as "=" and two
// hexadecimal digits.
func (f *Folder) File(id string) string { return filepath.Join(f.path, compose.ID(id)+Extension) }

// write puts a whole file in its place at once.
func (f *Folder) write(path string, content []byte) (err error) {
	file, err := os.CreateTemp(f.path, ".*.tmp") // which only its owner may read
	if err != nil {
		return err
	}

	_, err = file.Write(content)
	err = errors.Join(err, file.Close())

	if err == nil {
		err = os.Rename(file.Name(), path)
	}

	if err != nil {
		err = errors.Join(err, os.Remove(file.Name()))
	}

	return err
}
