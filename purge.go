package guichet

import (
	"context"
	"time"

	"github.com/guichet-pro/guichet/storage"
)

// Purge deletes what has been kept for as long as the policy says (rule G3): registrations that ended, mails that were sent or
// given up, links whose life is over, counts of wrong tries that count no more, and journal entries only if the policy sets a time for them. One call deletes at most
// limit rows of each kind (0 = 1000), the oldest first; call it regularly, and as often as it takes. Any number of processes
// may purge at once.
//
// Errors: [ErrWithin]; the context's; those of the store.
func (p *Portal) Purge(ctx context.Context, limit int) error {
	if p.joined {
		return ErrWithin
	}

	at := p.at()
	before := func(keep time.Duration) time.Time {
		if keep <= 0 {
			return time.Time{}
		}

		return at.Add(-keep)
	}

	purge := storage.Purge{
		Registrations: before(p.policy.KeepRegistration), Messages: before(p.policy.KeepMessage),
		Links: before(p.policy.KeepLink), Journal: before(p.policy.KeepJournal), Attempts: at, Limit: limit,
	}

	_, err := update(ctx, p, p.newID(), func(context.Context, storage.Reader) (storage.Batch, struct{}, error) {
		return storage.Batch{Operations: []storage.Operation{purge}}, struct{}{}, nil
	})

	return err
}
