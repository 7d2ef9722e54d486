package storagetest_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// texts changes all texts that people write freely.
func texts(change func(string) string) func() storage.Store {
	return tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
		for i := range b.Messages {
			b.Messages[i].LastError = change(b.Messages[i].LastError)
		}

		return b
	})
}

// moments changes the times of messages on the way in.
func moments(change func(time.Time) time.Time) func() storage.Store {
	return tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
		for i := range b.Messages {
			b.Messages[i].CreatedAt = change(b.Messages[i].CreatedAt)
		}

		return b
	})
}

// keepsWhatIsNotReplaced writes what of a row is not zero, and leaves the rest as it was.
func keepsWhatIsNotReplaced(ctx context.Context, r storage.Reader, b storage.Batch) storage.Batch {
	for i, row := range b.Accounts {
		if old, err := r.Account(ctx, row.ID); err == nil && row.Person.Phone == "" {
			b.Accounts[i].Person.Phone = old.Person.Phone
		}
	}

	return b
}

// merges rows of rosters with those that they replace.
func mergesRows(merge func(old attachment.Attachment, row *attachment.Attachment)) func() storage.Store {
	return tampers(func(ctx context.Context, r storage.Reader, b storage.Batch) storage.Batch {
		for _, roster := range b.Rosters {
			for i, row := range roster.Rows {
				slice, _ := r.Roster(ctx, storage.RosterQuery{
					Structure: roster.Structure, Accounts: []account.ID{row.Account},
				})
				old, _ := slice.Roster.Row(row.Key)
				merge(old, &roster.Rows[i])
			}
		}

		return b
	})
}

// loosely reads by keys that are changed first.
type loosely struct {
	storage.Reader

	change func(string) string
}

func (l loosely) Credential(ctx context.Context, id account.ID) (account.Credential, error) {
	return l.Reader.Credential(ctx, account.ID(l.change(string(id))))
}

func valueDefects() []defect {
	epoch := time.Unix(0, 0)
	rounded := func(n int64) int64 { return int64(float64(n)) }

	return []defect{
		{"what is zero is not written", tampers(keepsWhatIsNotReplaced), []string{"S10_FieldsGoBackToZero"}},
		{
			"data that are no more are kept",
			mergesRows(func(old attachment.Attachment, row *attachment.Attachment) {
				if row.Details == nil {
					row.Details = old.Details
				}
			}),
			[]string{"S6_RowsAreReplacedWhole", "S10_FieldsGoBackToZero"},
		},
		{
			"a comment that is no more is kept",
			mergesRows(func(old attachment.Attachment, row *attachment.Attachment) {
				if row.Comment == "" {
					row.Comment = old.Comment
				}
			}),
			[]string{"S6_RowsAreReplacedWhole"},
		},
		{
			"a decision that is no more is kept",
			mergesRows(func(old attachment.Attachment, row *attachment.Attachment) {
				if row.Decision == (attachment.Decision{}) {
					row.Decision = old.Decision
				}
			}),
			[]string{"S6_RowsAreReplacedWhole"},
		},
		{
			"a grant that is there already stays as it was",
			mergesRows(func(old attachment.Attachment, row *attachment.Attachment) {
				for i, g := range row.Grants {
					for _, was := range old.Grants {
						if was.Profile == g.Profile {
							row.Grants[i] = was
						}
					}
				}
			}),
			[]string{"S6_RowsAreReplacedWhole"},
		},
		{
			"data of a row that are empty are none",
			mergesRows(func(_ attachment.Attachment, row *attachment.Attachment) {
				if row.Details != nil && row.Details.Data == (structure.Data{}) {
					row.Details = nil
				}
			}),
			[]string{"S6_RowsAreReplacedWhole"},
		},
		{
			"the beginning of 1970 is no time",
			moments(func(t time.Time) time.Time {
				if t.Equal(epoch) {
					return time.Time{}
				}

				return t
			}),
			[]string{"S10_TimesOfEveryAge"},
		},
		{
			"times before 1970 are no times",
			moments(func(t time.Time) time.Time {
				if t.Before(epoch) {
					return time.Time{}
				}

				return t
			}),
			[]string{"S10_TimesOfEveryAge"},
		},
		{
			"times are nanoseconds since 1970",
			moments(func(t time.Time) time.Time {
				if t.IsZero() {
					return t
				}

				return time.Unix(0, t.UnixNano()).UTC()
			}),
			[]string{"S10_TimesOfEveryAge"},
		},
		{
			"an epoch is a floating-point number",
			tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
				for i, row := range b.Accounts {
					b.Accounts[i].Epoch = rounded(row.Epoch)
				}

				return b
			}),
			[]string{"S10_LargeNumbers"},
		},
		{
			"an order has 32 bits",
			tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
				for _, r := range b.Rosters {
					for i, row := range r.Rows {
						r.Rows[i].Order = int64(int32(row.Order))
					}
				}

				return b
			}),
			[]string{"S10_LargeNumbers"},
		},
		{
			"texts are cut at 64 KiB", texts(func(s string) string { return s[:min(len(s), 1<<16-1)] }),
			[]string{"S10_LongTexts"},
		},
		{"texts are normalised", texts(norm.NFC.String), []string{"S10_TextsByteForByte"}},
		{
			"texts lose what marks the order of bytes",
			texts(func(s string) string { return strings.TrimPrefix(s, "\ufeff") }),
			[]string{"S10_TextsByteForByte"},
		},
		{
			"texts lose what cannot be printed",
			texts(func(s string) string { return strings.ReplaceAll(s, "\u0001", "") }),
			[]string{"S10_TextsByteForByte", "S10_LongTexts"},
		},
		{
			"ends of lines are changed", texts(func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }),
			[]string{"S10_TextsByteForByte"},
		},
		{
			"numbers in texts are numbers",
			texts(func(s string) string {
				var n int
				if _, err := fmt.Sscanf(s, "%d", &n); err == nil && strings.Trim(s, "0123456789") == "" {
					return strconv.Itoa(n)
				}

				return s
			}),
			[]string{"S10_TextsByteForByte"},
		},
		{
			"rows are found without case",
			reads(func(r storage.Reader) storage.Reader { return loosely{r, strings.ToLower} }),
			[]string{"S10_LookalikesAreNotFound", "S10_TextsByteForByte"},
		},
		{
			"rows are found without trailing spaces",
			reads(func(r storage.Reader) storage.Reader {
				return loosely{r, func(s string) string { return strings.TrimRight(s, " ") }}
			}),
			[]string{"S10_LookalikesAreNotFound"},
		},
		{
			"rows are found whatever the form of their accents",
			reads(func(r storage.Reader) storage.Reader { return loosely{r, norm.NFC.String} }),
			[]string{"S10_LookalikesAreNotFound"},
		},
	}
}
