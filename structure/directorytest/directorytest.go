// Package directorytest has a directory for tests: it says what it was told to say, or nothing at all.
//
//	directory := directorytest.New()
//	directory.Say(siret, structure.Listing{Found: structure.Listed, Data: structure.Data{LegalName: "Société Exemple"}})
//	portal, err := guichet.New(store, keys, &guichet.Options{Directory: directory})
package directorytest

import (
	"context"
	"errors"
	"sync"

	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/structure"
)

// What a silent directory answers.
var (
	ErrDown  = errors.New("directorytest: the directory is down")
	ErrQuota = errors.New("directorytest: over quota")
)

// Directory answers what it was told to. Make one with [New]; any number of goroutines may use it.
type Directory struct {
	mu       sync.Mutex
	listings map[identifier.ID]structure.Listing
	silence  error
	slow     bool
	asked    []identifier.ID
}

// New returns a directory that lists nobody.
func New() *Directory { return &Directory{listings: map[identifier.ID]structure.Listing{}} }

// Say sets what the directory answers about an identifier.
func (d *Directory) Say(id identifier.ID, l structure.Listing) {
	d.mu.Lock()
	defer d.mu.Unlock()

	d.listings[id] = l
}

// Fail makes every answer that error, such as [ErrDown] or [ErrQuota], until it is called with nil.
func (d *Directory) Fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()

	d.silence = err
}

// Hang makes every answer wait for the end of the caller's context, as a directory does that is slower than anybody waits.
func (d *Directory) Hang(slow bool) {
	d.mu.Lock()
	defer d.mu.Unlock()

	d.slow = slow
}

// Asked returns the identifiers that were asked about, in order.
func (d *Directory) Asked() []identifier.ID {
	d.mu.Lock()
	defer d.mu.Unlock()

	return append([]identifier.ID(nil), d.asked...)
}

// Look answers what the directory was told to; of an identifier that it was told nothing about, that it is not listed.
func (d *Directory) Look(ctx context.Context, id identifier.ID) (structure.Listing, error) {
	d.mu.Lock()
	d.asked = append(d.asked, id)
	listing, known := d.listings[id]
	silence, slow := d.silence, d.slow
	d.mu.Unlock()

	switch {
	case slow:
		<-ctx.Done()

		return structure.Listing{}, context.Cause(ctx)
	case silence != nil:
		return structure.Listing{}, silence
	case !known:
		return structure.Listing{Found: structure.NotListed}, nil
	default:
		return listing, nil
	}
}
