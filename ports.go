package guichet

import (
	"context"
	"errors"
	"time"

	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/structure"
)

// Directory says what a register of businesses knows about an identifier (rule C3), to prefill the form and to refuse what
// does not exist. It is asked about SIRET, RIDET, Tahiti, European and non-EU identifiers, never about individuals nor
// companies that are being registered.
//
// A directory that cannot tell, since it is down, slow or over its quota, returns an error, which is not the person's: they
// type the data, the structure is marked unverified, and [Portal.Verify] asks again later. Look ends when ctx does, which is
// after Options.DirectoryWait; the portal starts no goroutine to get away from one that does not.
//
// Any number of goroutines may call it. Package structure/directorytest has one for tests.
type Directory interface {
	Look(ctx context.Context, id identifier.ID) (structure.Listing, error)
}

// Captcha tells whether what the captcha's widget answered was right (rule B4). An error says that it cannot tell: the
// registration is not taken, and the error is returned. A response is verified once.
type Captcha interface {
	Verify(ctx context.Context, response string) (passed bool, err error)
}

// directoryWait is how long a directory may take; ours.
const directoryWait = 5 * time.Second

// covered tells whether directories keep identifiers of this kind at all.
func covered(kind identifier.Kind) bool {
	return kind != identifier.Individual && kind != identifier.Registering
}

// listing asks the directory about an identifier. Without a directory, and in a transaction of the application's, where
// waiting for somebody else would hold its locks, nothing is known.
func (p *Portal) listing(ctx context.Context, id identifier.ID) (structure.Listing, error) {
	if p.directory == nil || id.IsZero() || !covered(id.Kind()) {
		return structure.Listing{Found: structure.NotCovered}, nil
	}

	if p.joined {
		return structure.Listing{Found: structure.Silent}, nil
	}

	asking, cancel := context.WithTimeout(ctx, p.wait)
	defer cancel()

	listing, err := p.directory.Look(asking, id)

	switch {
	case ctx.Err() != nil:
		return structure.Listing{}, context.Cause(ctx)
	case err != nil || errors.Is(asking.Err(), context.DeadlineExceeded):
		p.log.WarnContext(ctx, "guichet: the directory does not answer", "kind", id.Kind().String(), "err", err)

		return structure.Listing{Found: structure.Silent}, nil
	default:
		return listing.Clean(), nil
	}
}

// inquire asks the directory about an identifier, unless its structure is present: then what is known of it counts, and
// nobody is asked.
func (p *Portal) inquire(ctx context.Context, id identifier.ID) (listing structure.Listing, present bool, err error) {
	if _, err := p.present(ctx, id); err == nil {
		return structure.Listing{Found: structure.NotCovered}, true, nil
	} else if !errors.Is(err, ErrUnknownStructure) {
		return structure.Listing{}, false, err
	}

	listing, err = p.listing(ctx, id)

	return listing, false, err
}

// Prefill returns what the directory knows of an identifier, for the form's page (rule C3): a form to check and complete.
// Of a structure that is present already nothing is asked, and found is [structure.NotCovered]: what is known of it is shown
// by [Portal.FindStructure].
//
// Errors: a [*structure.FieldError] around [structure.ErrCeased] or [structure.ErrNotListed]; the context's. A directory
// that is silent is no error: the form is empty, and found is [structure.Silent].
func (p *Portal) Prefill(ctx context.Context, id identifier.ID) (form structure.Form, found structure.Found, err error) {
	listing, _, err := p.inquire(ctx, id)
	if err != nil {
		return structure.Form{}, structure.Silent, err
	}

	if err := refused(listing); err != nil {
		return structure.Form{}, listing.Found, err
	}

	return structure.Form{}.Prefill(listing), listing.Found, nil
}

// refused returns the fault of an identifier that the directory refuses.
func refused(l structure.Listing) error {
	if err := l.Refusal(); err != nil {
		return &structure.FieldError{Field: structure.FieldIdentifier, Err: err}
	}

	return nil
}
