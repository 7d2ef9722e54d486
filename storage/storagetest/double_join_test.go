package storagetest_test

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/storagetest"
)

// begin begins a transaction of the application's.
func (d *double) begin(ctx context.Context) (storagetest.Tx, error) {
	select {
	case d.writer <- struct{}{}:
		return &transaction{engine: d.engine, rows: d.replay(d.newRows(), len(d.log))}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// transaction is a transaction of the application's: what is written in it is in a copy of the rows, and is written again
// when it commits.
type transaction struct {
	engine  *engine
	rows    storage.Store
	busy    sync.Mutex // held by whoever uses it: one goroutine at a time
	batches []storage.Batch
	ended   bool
	failed  error // what Commit says
}

func (*transaction) ExecContext(context.Context, string, ...any) (sql.Result, error) {
	return nil, errors.ErrUnsupported
}

func (*transaction) QueryContext(context.Context, string, ...any) (*sql.Rows, error) {
	return nil, errors.ErrUnsupported
}

func (t *transaction) Commit() error {
	if t.ended {
		return sql.ErrTxDone
	}

	t.ended = true
	defer func() { <-t.engine.writer }()

	if t.failed != nil {
		return t.failed
	}

	var group []*waiting
	for _, b := range t.batches {
		group = append(group, &waiting{batch: b})
	}

	return errors.Join(t.engine.write(group)...)
}

func (t *transaction) Rollback() error {
	if t.ended {
		return sql.ErrTxDone
	}

	t.ended = true
	<-t.engine.writer

	return nil
}

func (d *double) Join(q storage.Querier) (storage.Store, error) {
	tx, ok := q.(*transaction)
	if !ok {
		return nil, errors.ErrUnsupported
	}

	j := &joined{Reader: tx.rows, tx: tx}
	if d.joined != nil {
		return d.joined(j), nil
	}

	return j, nil
}

// joined is a double in an application's transaction.
type joined struct {
	storage.Reader

	tx *transaction
}

func (j *joined) Update(ctx context.Context, f fn) error {
	if j.tx.ended {
		return sql.ErrTxDone
	}

	if !j.tx.busy.TryLock() {
		return errors.New("double: two callers use one transaction at once")
	}
	defer j.tx.busy.Unlock()

	var b storage.Batch

	err := j.tx.rows.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		brought, err := f(ctx, r)
		b = copyOf(brought)

		return brought, err
	})
	if err == nil {
		j.tx.batches = append(j.tx.batches, b)
	}

	return err
}
