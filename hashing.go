package guichet

import (
	"context"
	"errors"
	"time"

	"github.com/guichet-pro/guichet/account/credential"
)

// places limits how many secrets are hashed at once: each takes megabytes of memory and a processor for a while, so that
// more at once would make all of them late, and enough of them the machine run out of memory.
type places chan struct{}

// take waits for a place, at most for as long as wait (0 = for as long as ctx). Errors: the context's; [*Error] around [ErrBusy].
func (s places) take(ctx context.Context, wait time.Duration) (leave func(), err error) {
	waiting := ctx

	if wait > 0 {
		var cancel context.CancelFunc

		waiting, cancel = context.WithTimeout(ctx, wait)
		defer cancel()
	}

	select {
	case s <- struct{}{}:
		return func() { <-s }, nil
	case <-waiting.Done():
		if ctx.Err() == nil {
			return nil, &Error{Err: ErrBusy}
		}

		return nil, context.Cause(ctx)
	}
}

// derive hashes normalised secrets, one after the other at one place.
func (p *Portal) derive(ctx context.Context, secrets ...string) ([]string, error) {
	leave, err := p.places.take(ctx, 0)
	if err != nil {
		return nil, err
	}
	defer leave()

	out := make([]string, len(secrets))

	for i, secret := range secrets {
		if out[i], err = credential.Hash(secret, p.random.bytes(credential.SaltLen), p.hashing); err != nil {
			return nil, err
		}
	}

	return out, nil
}

// matches tells whether a normalised secret is the one that was stored. Where nothing is stored one is compared that nobody
// knows, at the same cost. Errors: those of places.take: then nothing was compared.
func (p *Portal) matches(ctx context.Context, secret, stored string) (bool, error) {
	// It is a try that is under way: one that waits for longer would count as wrong.
	leave, err := p.places.take(ctx, p.policy.TryTime/2)
	if err != nil {
		return false, err
	}
	defer leave()

	against := stored
	if against == "" {
		against = credential.Dummy(p.hashing)
	}

	ok, err := credential.Verify(secret, against)
	if errors.Is(err, credential.ErrPHC) {
		p.log.ErrorContext(ctx, "guichet: a stored secret is malformed, nobody can sign in with it")

		// It must not be told by the time it takes either.
		_, err = credential.Verify(secret, credential.Dummy(p.hashing))
		ok = false
	}

	return ok && stored != "", err
}
