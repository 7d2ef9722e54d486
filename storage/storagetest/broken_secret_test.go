package storagetest_test

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/structure"
)

// secretFields are the fields of credentials and of attempts.
func secretFields() []field {
	credentials := func(b *storage.Batch) []account.Credential { return b.Credentials }
	attempts := func(b *storage.Batch) []account.Attempts { return b.Attempts }

	out := []field{
		{"when a question is cleared", loses(credentials, func(c *account.Credential) *time.Time { return &c.ClearedAt })},
		{"the secret of a second factor", loses(credentials, func(c *account.Credential) *[]byte { return &c.Factor.Sealed })},
		{"since when there is a second factor", loses(credentials, func(c *account.Credential) *time.Time { return &c.Factor.Since })},
		{"which code was used last", loses(credentials, func(c *account.Credential) *int64 { return &c.Factor.Step })},
		{"recovery codes", loses(credentials, func(c *account.Credential) *[]string { return &c.Factor.Recovery })},
		{"until when attempts count", loses(attempts, func(a *account.Attempts) *time.Time { return &a.Over })},
	}

	for what, gate := range map[string]func(*account.Attempts) *account.Gate{
		"passwords": func(a *account.Attempts) *account.Gate { return &a.Password },
		"answers":   func(a *account.Attempts) *account.Gate { return &a.Answer },
		"codes":     func(a *account.Attempts) *account.Gate { return &a.Code },
	} {
		out = append(
			out,
			field{"how many " + what + " were wrong", loses(attempts, func(a *account.Attempts) *int { return &gate(a).Failed })},
			field{"which " + what + " are being looked at", loses(attempts, func(a *account.Attempts) *[]account.Try {
				return &gate(a).Pending
			})},
			field{"until when " + what + " are locked", loses(attempts, func(a *account.Attempts) *time.Time { return &gate(a).Until })},
			field{"how often " + what + " were locked", loses(attempts, func(a *account.Attempts) *int { return &gate(a).Closed })},
		)
	}

	for what, ask := range map[string]func(*account.Attempts) *account.Ask{
		"another password":  func(a *account.Attempts) *account.Ask { return &a.Reset },
		"another link":      func(a *account.Attempts) *account.Ask { return &a.Resend },
		"reactivation":      func(a *account.Attempts) *account.Ask { return &a.Reactivate },
		"another login":     func(a *account.Attempts) *account.Ask { return &a.Move },
		"news of their own": func(a *account.Attempts) *account.Ask { return &a.Told },
	} {
		out = append(
			out,
			field{"when somebody asked for " + what, loses(attempts, func(a *account.Attempts) *time.Time { return &ask(a).At })},
			field{"how often somebody asked for " + what, loses(attempts, func(a *account.Attempts) *int { return &ask(a).Count })},
		)
	}

	return out
}

// looselyTried finds attempts by keys that are changed first.
type looselyTried struct {
	storage.Reader

	change func(string) string
}

func (l looselyTried) Attempts(ctx context.Context, key string) (account.Attempts, error) {
	return l.Reader.Attempts(ctx, l.change(key))
}

// triesAs writes attempts under other versions.
func triesAs(version func(read, stored int64) int64) func() storage.Store {
	return tampers(func(ctx context.Context, r storage.Reader, b storage.Batch) storage.Batch {
		for i, row := range b.Attempts {
			stored, _ := r.Attempts(ctx, row.Key)
			b.Attempts[i].Version = version(row.Version, stored.Version)
		}

		return b
	})
}

// triesEarly compares the versions of attempts before it takes the lock, and not again.
func triesEarly() storage.Store {
	return writes(func(ctx context.Context, s *memory.Store, f fn) error {
		b, err := decides(ctx, s, f)
		if err != nil || len(b.Attempts) == 0 {
			return cmpErr(err, func() error { return put(ctx, s, b) })
		}

		for _, row := range b.Attempts {
			if stored, _ := s.Attempts(ctx, row.Key); stored.Version != row.Version {
				return storage.ErrConflict
			}
		}

		for range 20 {
			runtime.Gosched()
		}

		return s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
			for i, row := range b.Attempts {
				stored, _ := r.Attempts(ctx, row.Key)
				b.Attempts[i].Version = stored.Version
			}

			return b, nil
		})
	})()
}

// cmpErr returns an error, or else what f answers.
func cmpErr(err error, f func() error) error {
	if err != nil {
		return err
	}

	return f()
}

// attemptDefects are about what somebody tried.
func attemptDefects() []defect {
	const (
		swap  = "S4_CompareAndSwapAttempts"
		count = "S4_B10_NoTryIsLost"
		comes = "S10_EveryFieldComesBack"
	)

	return []defect{
		{
			"tries are written over each other", triesAs(func(_, stored int64) int64 { return stored }),
			[]string{swap, count, "S4_OneWinnerUnderRace"},
		},
		{
			"the first tries are written over each other",
			triesAs(func(read, stored int64) int64 {
				if read == 0 {
					return stored
				}

				return read
			}),
			[]string{swap, count},
		},
		{"the versions of tries are compared before the lock is taken", triesEarly, []string{count, "S4_OneWinnerUnderRace"}},
		{
			"a try is there when there is none",
			reads(func(r storage.Reader) storage.Reader { return untried{r} }),
			[]string{"S15_NotFound"},
		},
		{
			"tries are found without case",
			reads(func(r storage.Reader) storage.Reader { return looselyTried{r, strings.ToLower} }),
			[]string{"S10_LookalikesAreNotFound", "S10_TextsByteForByte"},
		},
		{
			"tries that are being looked at are sorted by id",
			tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
				for _, row := range b.Attempts {
					slices.SortFunc(row.Password.Pending, func(a, b account.Try) int { return strings.Compare(a.ID, b.ID) })
				}

				return b
			}),
			[]string{comes},
		},
		{
			"only the last try is being looked at",
			tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
				for i, row := range b.Attempts {
					b.Attempts[i].Code.Pending = row.Code.Pending[max(0, len(row.Code.Pending)-1):]
				}

				return b
			}),
			[]string{comes},
		},
		{
			"a count has 32 bits",
			tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
				for i, row := range b.Attempts {
					b.Attempts[i].Code.Failed = int(int32(row.Code.Failed))
				}

				return b
			}),
			[]string{"S10_LargeNumbers"},
		},
		{
			"tries that are being looked at are shared by all who read them",
			sharesOut(func(s sharing) storage.Reader { return sharingAttempts{s} }),
			[]string{"S11_ReaderSharesNoMemory"},
		},
		{
			"tries are shared with the batch that brought them in",
			sharesIn(func(kept *sync.Map, b storage.Batch) {
				for _, row := range b.Attempts {
					kept.Store(row.Key, row.Answer.Pending)
				}
			}, func(kept *sync.Map, r storage.Reader) storage.Reader { return tries{r, kept} }),
			[]string{"S11_BatchSharesNoMemory"},
		},
	}
}

// untried knows of everybody that they tried nothing.
type untried struct{ storage.Reader }

func (u untried) Attempts(ctx context.Context, key string) (account.Attempts, error) {
	row, _ := u.Reader.Attempts(ctx, key)
	row.Key = key

	return row, ctx.Err()
}

type sharingAttempts struct{ sharing }

func (s sharingAttempts) Message(ctx context.Context, id string) (storage.Message, error) {
	return s.Reader.Message(ctx, id)
}

func (s sharingAttempts) Attempts(ctx context.Context, key string) (account.Attempts, error) {
	row, err := s.Reader.Attempts(ctx, key)

	return keeps(s.kept, "attempts "+key, row.Version, row, err)
}

// tries gives out the tries that it was given.
type tries struct {
	storage.Reader

	kept *sync.Map
}

func (t tries) Attempts(ctx context.Context, key string) (account.Attempts, error) {
	row, err := t.Reader.Attempts(ctx, key)
	if pending, ok := t.kept.Load(key); ok {
		row.Answer.Pending = pending.([]account.Try)
	}

	return row, err
}

type sharingCredentials struct{ sharing }

func (s sharingCredentials) Message(ctx context.Context, id string) (storage.Message, error) {
	return s.Reader.Message(ctx, id)
}

func (s sharingCredentials) Credential(ctx context.Context, id account.ID) (account.Credential, error) {
	row, err := s.Reader.Credential(ctx, id)

	return keeps(s.kept, "credential "+string(id), row.Version, row, err)
}

// factorsKept gives out the factors that it was given.
type factorsKept struct {
	storage.Reader

	kept *sync.Map
}

func (f factorsKept) Credential(ctx context.Context, id account.ID) (account.Credential, error) {
	row, err := f.Reader.Credential(ctx, id)
	if factor, ok := f.kept.Load(id); ok {
		row.Factor = factor.(account.Factor)
	}

	return row, err
}

// sharingPages gives out the very pages that it keeps, of one list.
type sharingPages struct{ sharing }

func (s sharingPages) Message(ctx context.Context, id string) (storage.Message, error) {
	return s.Reader.Message(ctx, id)
}

func (s sharingPages) Page(ctx context.Context, q storage.Query) (storage.Page, error) {
	page, err := s.Reader.Page(ctx, q)
	if _, ok := q.(storage.Factors); !ok {
		return page, err
	}

	return keeps(s.kept, "factors", 0, page, err)
}

// secretDefects are about second factors, sealed codes, and codes in mails.
func secretDefects() []defect {
	return []defect{
		{
			"recovery codes are sorted",
			tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
				for _, row := range b.Credentials {
					slices.Sort(row.Factor.Recovery)
				}

				return b
			}),
			[]string{"S10_EveryFieldComesBack"},
		},
		{
			"a recovery code that is empty is none",
			tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
				for i, row := range b.Credentials {
					b.Credentials[i].Factor.Recovery = slices.DeleteFunc(row.Factor.Recovery, func(s string) bool { return s == "" })
				}

				return b
			}),
			[]string{"S10_TextsByteForByte"},
		},
		{
			"a step is a floating-point number",
			tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
				for i, row := range b.Credentials {
					b.Credentials[i].Factor.Step = int64(float64(row.Factor.Step))
				}

				return b
			}),
			[]string{"S10_LargeNumbers"},
		},
		{
			"what was sealed is a text",
			tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
				for i, row := range b.Structures {
					b.Structures[i].Sealed, _, _ = cutNul(row.Sealed)
				}

				return b
			}),
			[]string{"S10_EveryFieldComesBack"},
		},
		{
			"an account without password has no credential",
			tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
				b.Credentials = slices.DeleteFunc(b.Credentials, func(c account.Credential) bool { return c.Password == "" })

				return b
			}),
			[]string{"S10_EveryFieldComesBack", "S10_ZeroTimesComeBackZero"},
		},
		{
			"second factors are shared by all who read them",
			sharesOut(func(s sharing) storage.Reader { return sharingCredentials{s} }),
			[]string{"S11_ReaderSharesNoMemory"},
		},
		{
			"second factors are shared by all who list them",
			sharesOut(func(s sharing) storage.Reader { return sharingPages{s} }),
			[]string{"S11_ReaderSharesNoMemory"},
		},
		{
			"a second factor is shared with the batch that brought it in",
			sharesIn(func(kept *sync.Map, b storage.Batch) {
				for _, row := range b.Credentials {
					kept.Store(row.Account, row.Factor)
				}
			}, func(kept *sync.Map, r storage.Reader) storage.Reader { return factorsKept{r, kept} }),
			[]string{"S11_BatchSharesNoMemory"},
		},
		{
			"a sealed code is shared with the batch that brought it in",
			sharesIn(func(kept *sync.Map, b storage.Batch) {
				for _, row := range b.Structures {
					kept.Store(row.ID, row.Sealed)
				}
			}, func(kept *sync.Map, r storage.Reader) storage.Reader {
				return houses{r, func(s structure.Structure, err error) (structure.Structure, error) {
					if sealed, ok := kept.Load(s.ID); ok {
						s.Sealed = sealed.([]byte)
					}

					return s, err
				}}
			}),
			[]string{"S11_BatchSharesNoMemory"},
		},
		{"the code in a mail is stored", keepsCodes, []string{"G5_CodeIsNotStored"}},
	}
}

// cutNul cuts bytes where a text of C ends.
func cutNul(b []byte) (before, after []byte, found bool) {
	if i := slices.Index(b, 0); i >= 0 {
		return b[:i], b[i:], true
	}

	return b, nil, false
}

// keepsCodes keeps the code in a mail.
func keepsCodes() storage.Store {
	return sharesIn(func(kept *sync.Map, b storage.Batch) {
		for _, m := range b.Messages {
			kept.Store(m.ID, m.Content.Code)
		}
	}, func(kept *sync.Map, r storage.Reader) storage.Reader {
		return messages{r, func(m storage.Message) storage.Message {
			if code, ok := kept.Load(m.ID); ok {
				m.Content.Code = code.(string)
			}

			return m
		}}
	})()
}
