package guichet

import (
	"github.com/guichet-pro/guichet/storage"
)

// Within returns a portal whose use cases work in a transaction that the application began on the same database: what they
// write is committed if the application commits, and they see what the transaction wrote. It is for one goroutine at a
// time, and ends with the transaction. Call it before the transaction's first read: rights that are read within it are as of
// then, because an older snapshot does not show what was revoked meanwhile.
//
// Nothing is retried: a lost race comes back as [storage.ErrConflict], and the application begins its transaction again.
// Nobody is waited for: no directory is asked, so that what is typed about a structure is marked unverified until
// [Portal.Verify], and what a [ClaimVerifier] would be asked about answers [ErrWithin]. The use cases that have transactions of their own ([Portal.Deliver], [Portal.Advance], [Portal.Verify],
// [Portal.Purge], [Portal.Import]) answer [ErrWithin].
//
// Errors: [ErrNoTx] for a store that is no [storage.Joiner].
func (p *Portal) Within(q storage.Querier) (*Portal, error) {
	joiner, ok := storage.As[storage.Joiner](p.store)
	if !ok {
		return nil, ErrNoTx
	}

	store, err := joiner.Join(q)
	if err != nil {
		return nil, err
	}

	within := *p
	within.store, within.joined, within.since = store, true, p.at()

	return &within, nil
}
