package habilitation_test

import (
	"errors"
	"fmt"
	"math/rand"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// The small world of random rights: of everything that there is something that fits, and something that does not.
var (
	worldStructures = []structure.ID{"s1", "s2", "s3", ""}
	worldServices   = []structure.Code{"", "achats", "compta"}
	worldApps       = apps{"annuaire", "factures-emises", "organisation", "signature", ""}
	worldLevels     = []habilitation.Level{1, 1, 2, 2, 0, 3}
	worldStates     = []account.State{account.Active, account.Active, account.Active, account.Blocked, 0}
	worldStatuses   = []structure.Status{structure.Active, structure.Active, structure.Inactive, 0}
	worldTimes      = []time.Time{
		{},
		noon.Add(-time.Hour), noon.Add(-1), noon, noon.Add(1), noon.Add(time.Hour), noon.Add(time.Hour + 1),
		noon.AddDate(9000, 0, 0),
	}
)

// many are more applications than a word has bits for.
func many() apps {
	out := worldApps
	for i := range 100 {
		out = append(out, structure.Application(fmt.Sprintf("app-%d", i)))
	}

	return out
}

func pick[T any](random *rand.Rand, from []T) T { return from[random.Intn(len(from))] }

func drawProfile(t *rapid.T, from apps) profile {
	return profile{
		rapid.SampledFrom(from).Draw(t, "application"),
		rapid.SampledFrom(worldLevels).Draw(t, "level"),
	}
}

func drawRights(t *rapid.T, id account.ID, from apps) habilitation.Rights {
	r := habilitation.Rights{
		Account: id,
		State:   rapid.SampledFrom(worldStates).Draw(t, "state"),
		AsOf:    rapid.SampledFrom(worldTimes).Draw(t, "as of"),
		MaxAge:  rapid.SampledFrom([]time.Duration{0, 0, 1, time.Hour, -1, 1<<63 - 1}).Draw(t, "max age"),
	}

	for range rapid.IntRange(0, 20).Draw(t, "attachments") {
		h := habilitation.Holding{
			Structure: structure.Structure{
				ID:           rapid.SampledFrom(worldStructures).Draw(t, "structure"),
				Status:       rapid.SampledFrom(worldStatuses).Draw(t, "status"),
				Applications: rapid.SliceOfN(rapid.SampledFrom(from), 0, 12).Draw(t, "open"),
			},
			Service: structure.Service{
				Code:     rapid.SampledFrom(worldServices).Draw(t, "service"),
				Inactive: rapid.IntRange(0, 5).Draw(t, "inactive") == 5,
			},
			MainManager: rapid.IntRange(0, 5).Draw(t, "main manager") == 5,
			Suspended:   rapid.IntRange(0, 5).Draw(t, "suspended") == 5,
		}

		if rapid.Bool().Draw(t, "dated") {
			h.Service.From = rapid.SampledFrom(worldTimes).Draw(t, "from")
			h.Service.Until = rapid.SampledFrom(worldTimes).Draw(t, "until")
		}

		for range rapid.IntRange(0, 12).Draw(t, "grants") {
			h.Profiles = append(h.Profiles, drawProfile(t, from))
		}

		r.Holdings = append(r.Holdings, h)
	}

	return r
}

// The index answers as the rights do that were put last, whatever was put and removed before, and says the same reason.
func TestE6_TheIndexAnswersAsTheRightsDo(t *testing.T) {
	for name, from := range map[string]apps{"few": worldApps, "many": many()} {
		t.Run(name, func(t *testing.T) { rapid.Check(t, func(t *rapid.T) { compareIndex(t, from) }) })
	}
}

func compareIndex(t *rapid.T, from apps) {
	ix := habilitation.NewIndex()
	truth := map[account.ID]habilitation.Rights{}
	ids := []account.ID{"a", "b", "c", "d", "e", "f", "g", "h", "i", ""}

	for range rapid.IntRange(1, 12).Draw(t, "changes") {
		id := rapid.SampledFrom(ids).Draw(t, "account")

		if rapid.IntRange(0, 3).Draw(t, "what") == 3 {
			ix.Remove(id)
			delete(truth, id)

			continue
		}

		r := drawRights(t, id, from)
		old, known := truth[id]

		if put := ix.Put(r); put != (!known || !r.AsOf.Before(old.AsOf)) {
			t.Fatalf("put %v: %v after %v", put, r.AsOf, old.AsOf)
		} else if put {
			truth[id] = r
		}
	}

	if ix.Len() != len(truth) {
		t.Fatalf("%d accounts instead of %d", ix.Len(), len(truth))
	}

	// The questions are drawn apart: there are too many of them to be made smaller one by one.
	random := rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed")))

	for _, id := range ids {
		for range 100 {
			at := pick(random, worldTimes)
			scope := habilitation.Scope{Structure: pick(random, worldStructures), Service: pick(random, worldServices)}
			p := profile{pick(random, append(from, "nowhere")), pick(random, worldLevels)}
			want := error(&habilitation.Denied{Scope: scope, Profile: p, Err: habilitation.ErrStale})

			if r, known := truth[id]; known {
				want = r.Check(at, scope, p)
			}

			if got := ix.Holds(at, id, scope, p); got != (want == nil) {
				t.Fatalf("holds %v: %v", got, want)
			}

			got := ix.Check(at, id, scope, p)

			var a, b *habilitation.Denied

			if errors.As(want, &a) != errors.As(got, &b) || a != nil && *a != *b {
				t.Fatalf("%v instead of %v", got, want)
			}
		}
	}
}

func TestE6_TheIndexHoldsWhatItWasGivenLast(t *testing.T) {
	ix, scope := habilitation.NewIndex(), habilitation.Scope{Structure: "s1"}
	r := rights(habilitation.Holding{Structure: acme(), Profiles: []profile{read}})

	denied(t, ix.Check(noon, "a", scope, read), habilitation.ErrStale, scope, read)
	assert.True(t, ix.Put(r))
	assert.True(t, ix.Holds(noon, "a", scope, read))
	require.NoError(t, ix.Check(noon, "a", scope, read))
	denied(t, ix.Check(noon, "a", scope, write), habilitation.ErrNotGranted, scope, write)

	r.Holdings[0].Profiles[0] = write // the caller's again
	assert.True(t, ix.Holds(noon, "a", scope, read))

	assert.True(t, ix.Put(r))
	assert.False(t, ix.Holds(noon, "a", scope, read))
	assert.True(t, ix.Holds(noon, "a", scope, write))

	ix.Remove("a")
	ix.Remove("a")
	ix.Remove("b")
	assert.False(t, ix.Holds(noon, "a", scope, write))
	denied(t, ix.Check(noon, "a", scope, write), habilitation.ErrStale, scope, write)
	assert.Zero(t, ix.Len())
}

// Two read the rights and put them: whoever read first, and is late, takes nothing back.
func TestE6_AReadingThatComesLateRestoresNothing(t *testing.T) {
	ix, scope := habilitation.NewIndex(), habilitation.Scope{Structure: "s1"}
	before := rights(habilitation.Holding{Structure: acme(), Profiles: []profile{read}})
	revoked := rights()
	revoked.AsOf = noon.Add(1)

	assert.True(t, ix.Put(revoked))
	assert.False(t, ix.Put(before))
	denied(t, ix.Check(noon, "a", scope, read), habilitation.ErrNotAttached, scope, read)

	ix.Remove("a")
	assert.True(t, ix.Put(before), "what was removed is forgotten")
}

func TestE6_TheIndexKeepsManyAccountsAndForgetsThem(t *testing.T) {
	ix, scope := habilitation.NewIndex(), habilitation.Scope{Structure: "s1"}

	const n = 3000

	name := func(i int) account.ID { return account.ID(fmt.Sprintf("account-%d", i)) }
	check := func(from int) {
		t.Helper()
		require.Equal(t, n-from, ix.Len())

		for i := range n {
			require.Equal(t, i >= from, ix.Holds(noon, name(i), scope, read), i)
		}
	}

	for range 2 {
		for i := range n {
			r := rights(habilitation.Holding{Structure: acme(), Profiles: []profile{read}})
			r.Account = name(i)
			require.True(t, ix.Put(r))
		}

		check(0)

		for i := range n {
			ix.Remove(name(i))

			if i%1000 == 17 {
				check(i + 1)
			}
		}

		check(n)
	}
}

// An account with many attachments: each is found, and no other.
func TestE6_TheIndexFindsEachOfManyAttachments(t *testing.T) {
	ix := habilitation.NewIndex()
	r := rights()

	for i := range 2000 {
		s := acme()
		s.ID = structure.ID(fmt.Sprintf("s%d", i/4))
		r.Holdings = append(r.Holdings, habilitation.Holding{
			Structure: s, Service: structure.Service{Code: structure.Code(strconv.Itoa(i % 4))}, Profiles: []profile{read},
		})
	}

	ix.Put(r)

	for i := range 501 {
		for j := range 5 {
			scope := habilitation.Scope{
				Structure: structure.ID(fmt.Sprintf("s%d", i)), Service: structure.Code(strconv.Itoa(j)),
			}
			require.Equal(t, i < 500 && j < 4, ix.Holds(noon, "a", scope, read), scope)
		}

		require.False(t, ix.Holds(noon, "a", habilitation.Scope{Structure: structure.ID(fmt.Sprintf("s%d", i))}, read))
	}
}

// Places are found by a hash, of which two may be the same.
func TestE6_AttachmentsWhosePlacesCollideAreToldApart(t *testing.T) {
	elsewhere := potier()
	compta := structure.Service{Code: "compta"}
	r := rights(
		habilitation.Holding{Structure: acme(), Service: compta, Profiles: []profile{read}},
		habilitation.Holding{Structure: elsewhere, Service: compta, Profiles: []profile{write}},
		habilitation.Holding{Structure: elsewhere, Profiles: []profile{habilitation.Manage}},
	)

	for scope, want := range map[habilitation.Scope]profile{
		{Structure: "s1", Service: "compta"}: read,
		{Structure: "s2", Service: "compta"}: write,
		{Structure: "s2"}:                    habilitation.Manage,
		{Structure: "s1"}:                    {},
		{Structure: "s2", Service: "achats"}: {},
	} {
		for _, p := range []profile{read, write, habilitation.Manage} {
			assert.Equal(t, p == want, habilitation.CountsInOnePlace(r, scope, p), "%v %s", scope, p)
		}
	}
}

// Accounts are found by a hash too.
func TestE6_AccountsWhoseHashesCollideAreToldApart(t *testing.T) {
	var all []habilitation.Rights

	for i, id := range []account.ID{"a", "b", "c", "d", "e", "f", "g", "h"} { // the table grows meanwhile
		s := acme()
		s.ID = structure.ID(strconv.Itoa(i))
		r := rights(habilitation.Holding{Structure: s, Profiles: []profile{read}})
		r.Account = id
		all = append(all, r)
	}

	for i, r := range all {
		for j := range all {
			scope := habilitation.Scope{Structure: structure.ID(strconv.Itoa(j))}
			assert.Equal(t, i == j, habilitation.HoldsInOneHash(all, r.Account, scope, read), "%s %v", r.Account, scope)
		}
	}

	assert.False(t, habilitation.HoldsInOneHash(all, "i", habilitation.Scope{Structure: "0"}, read), "no account of the table")
}

// Else an account with many attachments would be looked through from the first to the last. Of 1,000 places two are the
// same in one of 8,600 runs, and three in next to none.
func TestE6_AttachmentsHaveAPlaceEach(t *testing.T) {
	services, structures := rights(), rights()

	for i := range 1000 {
		code, elsewhere := structure.Code(strconv.Itoa(i)), acme()
		elsewhere.ID = structure.ID(strconv.Itoa(i))
		services.Holdings = append(services.Holdings, habilitation.Holding{
			Structure: acme(), Service: structure.Service{Code: code},
		})
		structures.Holdings = append(structures.Holdings, habilitation.Holding{Structure: elsewhere})
	}

	assert.GreaterOrEqual(t, habilitation.Places(services), 998)
	assert.GreaterOrEqual(t, habilitation.Places(structures), 998)
}

// Most attachments have no more than the first word, which has room for 32 applications.
func TestE6_AnAttachmentTakesAWordForEach32Applications(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 0, 2: 0, 31: 0, 32: 0, 33: 1, 64: 1, 65: 2, 96: 2, 97: 3} {
		h := habilitation.Holding{Structure: acme()}
		h.Structure.Applications = many()[len(worldApps):][:n]
		h.Profiles = habilitation.All(h.Structure.Applications)
		assert.Equal(t, want, habilitation.MoreWords(h), "%d applications", n)
	}
}

// The table of accounts is at most three quarters full, so that a search ends soon. It is made anew only when it has to
// grow, or when most of its accounts are gone, and takes no more room than that needs.
func TestE6_TheIndexTakesTheRoomThatItsAccountsNeed(t *testing.T) {
	const n, least = 1000, 8

	ix := habilitation.NewIndex()
	name := func(i int) account.ID { return account.ID(strconv.Itoa(i)) }
	before, slots := habilitation.Table(ix)
	require.Equal(t, least, slots)

	for i := range n {
		r := rights()
		r.Account = name(i)
		ix.Put(r)

		table, now := habilitation.Table(ix)
		require.Equal(t, now != slots, table != before, "made anew for nothing with %d", ix.Len())
		require.LessOrEqual(t, 4*ix.Len(), 3*now, "too full with %d", ix.Len())

		if now != least {
			require.Less(t, 3*now, 8*ix.Len(), "too empty with %d", ix.Len())
		}

		before, slots = table, now
	}

	inTable := n

	for i := range n {
		ix.Remove(name(i))

		table, now := habilitation.Table(ix)
		if table != before {
			require.Less(t, 2*ix.Len(), inTable, "made anew for nothing with %d", ix.Len())
			inTable = ix.Len()
		}

		require.LessOrEqual(t, now, max(least, 6*ix.Len()+3), "too empty with %d", ix.Len())

		before = table
	}
}

func TestE6_AskingTheIndexAllocatesNothing(t *testing.T) {
	ix := habilitation.NewIndex()
	r := rights(
		habilitation.Holding{Structure: acme(), Profiles: []profile{read}},
		habilitation.Holding{
			Structure: potier(), Service: structure.Service{Code: "compta", From: noon}, Profiles: habilitation.All(many()),
		},
	)
	r.MaxAge = time.Hour
	ix.Put(r)

	for _, scope := range []habilitation.Scope{
		{Structure: "s1"}, {Structure: "s1", Service: "compta"}, {Structure: "s2", Service: "compta"}, {Structure: "s3"},
	} {
		for _, p := range []profile{read, write, {"app-99", habilitation.Consultation}, {"nowhere", 0}} {
			for _, id := range []account.ID{"a", "b"} {
				assert.Zero(t, testing.AllocsPerRun(10, func() { ix.Holds(noon, id, scope, p) }))
			}
		}
	}
}

// Readers ask while writers change: an account holds either both of its profiles or none, since that is what is put,
// and never again what it has lost for good.
func TestE6_TheIndexIsReadWhileItIsWritten(t *testing.T) {
	var (
		ix    = habilitation.NewIndex()
		scope = habilitation.Scope{Structure: "s1"}
		name  = func(i int) account.ID { return account.ID(fmt.Sprintf("account-%d", i)) }
		put   = func(i int, at time.Time, profiles ...profile) {
			r := rights(habilitation.Holding{Structure: acme(), Profiles: profiles})
			r.Account, r.AsOf = name(i), at
			ix.Put(r)
		}
		writers, readers sync.WaitGroup
		done             = make(chan struct{})
	)

	const accounts = 64

	for i := range accounts {
		put(i, noon, read)
	}

	for w := range 4 {
		writers.Go(func() {
			for i := w; i < accounts; i += 4 { // the table grows meanwhile
				put(i+accounts, noon, read, write)
				put(i, noon.Add(1))                         // revoked
				put(i, noon, read)                          // late
				put(i, noon.Add(time.Duration(w+2)), write) // and something else granted
				ix.Remove(name(i + accounts))
			}
		})
	}

	for range 4 {
		readers.Go(func() {
			lost := map[account.ID]bool{}

			for {
				for i := range 2 * accounts {
					id := name(i)

					switch held := ix.Holds(noon, id, scope, read); {
					case i >= accounts:
						_ = ix.Check(noon, id, scope, write)
					case held && lost[id]:
						t.Errorf("%s holds again what was revoked", id)
					case !held:
						lost[id] = true
					}
				}

				select {
				case <-done:
					return
				default:
				}
			}
		})
	}

	writers.Wait()
	close(done)
	readers.Wait()

	assert.Equal(t, accounts, ix.Len())

	for i := range accounts {
		assert.False(t, ix.Holds(noon, name(i), scope, read))
		assert.True(t, ix.Holds(noon, name(i), scope, write))
	}
}
