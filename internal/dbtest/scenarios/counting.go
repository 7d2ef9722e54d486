package scenarios

import (
	"context"
	"fmt"
	"sync"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/storage"
)

// counting is a store that counts what is read and written.
type counting struct {
	storage.Store

	mu   sync.Mutex
	seen []string
}

func (c *counting) count(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.seen = append(c.seen, what)
}

// Update counts a transaction, with the rows that it writes.
func (c *counting) Update(ctx context.Context, fn func(context.Context, storage.Reader) (storage.Batch, error)) error {
	return c.Store.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		c.count("begin")

		batch, err := fn(ctx, countingReader{Reader: r, store: c})
		c.count(fmt.Sprint("writes", len(batch.Guards), len(batch.Structures), len(batch.Registrations), len(batch.Accounts),
			len(batch.Credentials), len(batch.Attempts), len(batch.Links), len(batch.Rosters), len(batch.Messages),
			len(batch.Journal), len(batch.Operations)))

		return batch, err
	})
}

// Credential counts.
func (c *counting) Credential(ctx context.Context, id account.ID) (account.Credential, error) {
	return countingReader{Reader: c.Store, store: c}.Credential(ctx, id)
}

// AccountByLogin counts.
func (c *counting) AccountByLogin(ctx context.Context, key string) (account.Account, error) {
	return countingReader{Reader: c.Store, store: c}.AccountByLogin(ctx, key)
}

// Account counts.
func (c *counting) Account(ctx context.Context, id account.ID) (account.Account, error) {
	return countingReader{Reader: c.Store, store: c}.Account(ctx, id)
}

// Page counts.
func (c *counting) Page(ctx context.Context, q storage.Query) (storage.Page, error) {
	return countingReader{Reader: c.Store, store: c}.Page(ctx, q)
}

// countingReader counts what is read.
type countingReader struct {
	storage.Reader

	store *counting
}

// Credential counts.
func (r countingReader) Credential(ctx context.Context, id account.ID) (account.Credential, error) {
	r.store.count("credential")

	return r.Reader.Credential(ctx, id)
}

// AccountByLogin counts.
func (r countingReader) AccountByLogin(ctx context.Context, key string) (account.Account, error) {
	r.store.count("login")

	return r.Reader.AccountByLogin(ctx, key)
}

// Account counts.
func (r countingReader) Account(ctx context.Context, id account.ID) (account.Account, error) {
	r.store.count("account")

	return r.Reader.Account(ctx, id)
}

// Attempts counts.
func (r countingReader) Attempts(ctx context.Context, key string) (account.Attempts, error) {
	r.store.count("attempts")

	return r.Reader.Attempts(ctx, key)
}

// Page counts.
func (r countingReader) Page(ctx context.Context, q storage.Query) (storage.Page, error) {
	r.store.count(fmt.Sprintf("%T", q))

	return r.Reader.Page(ctx, q)
}
