package habilitation_test

import (
	"fmt"
	"math"
	"math/rand"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// The index beside a floor: a map from the same ids to bits, which knows no dates, no age, no reasons, and is told the
// bit instead of the profile. Nobody may write to it while it is read.
//
//	go test ./habilitation -run '^$' -bench Index -benchtime 300x
//
// Each turn asks both, one after the other, and the least of each counts, as in package identifier's table.

// The size of the world: 480,000 grants over 10,000 accounts.
const (
	benchAccounts    = 10_000
	benchAttachments = 4  // of each account, to as many structures
	benchProfiles    = 12 // of each attachment
	benchStructures  = 10_000
	benchGrants      = benchAccounts * benchAttachments * benchProfiles
)

// floorKey is where a profile is held.
type floorKey struct {
	account   account.ID
	structure structure.ID
}

type floor map[floorKey]uint64

// serviceKey is the same with services.
type serviceKey struct {
	account   account.ID
	structure structure.ID
	service   structure.Code
}

type serviceFloor map[serviceKey]uint64

func (f serviceFloor) holds(id account.ID, s habilitation.Scope, bit uint) bool {
	if f[serviceKey{id, s.Structure, ""}]>>bit&1 != 0 {
		return true
	}

	return s.Service != "" && f[serviceKey{id, s.Structure, s.Service}]>>bit&1 != 0
}

// id returns an id as the portal makes them: 26 characters. It is a new string each time, as when it is read from a
// store.
func id(kind string, n int) string {
	return fmt.Sprintf("01jn%s%020x", kind, uint64(n)*0x9e3779b97f4a7c15)
}

// benchOpen are the applications that every structure of the benchmark opens, and so what the bits stand for.
func benchOpen() []profile {
	var open apps

	for _, e := range habilitation.DefaultCatalogue() {
		if e.Private {
			open = append(open, e.Application)
		}
	}

	return habilitation.All(open)
}

// benchRights are the rights of one account.
func benchRights(n int, services bool) habilitation.Rights {
	random := rand.New(rand.NewSource(int64(n)))
	r := habilitation.Rights{Account: account.ID(id("ac", n)), State: account.Active, AsOf: noon, MaxAge: time.Hour}
	all := benchOpen()

	var open apps
	for _, p := range all {
		open = append(open, p.Application)
	}

	for i := range benchAttachments {
		h := habilitation.Holding{Structure: structure.Structure{
			ID: structure.ID(id("st", (n*benchAttachments+i*i)%benchStructures)), Status: structure.Active, Applications: open,
		}}
		if services {
			h.Service.Code = structure.Code(fmt.Sprintf("service-%d", i))
		}

		for _, bit := range random.Perm(len(all))[:benchProfiles] {
			h.Profiles = append(h.Profiles, all[bit])
		}

		r.Holdings = append(r.Holdings, h)
	}

	return r
}

// benchQuestion is a question as both are asked it.
type benchQuestion struct {
	account account.ID
	scope   habilitation.Scope
	profile profile
	bit     uint
}

// benchQuestions are of accounts at random; of four, three are about a structure of theirs, and of those about half the
// profiles are held.
func benchQuestions(n int, services bool) []benchQuestion {
	random := rand.New(rand.NewSource(1))
	all := benchOpen()
	out := make([]benchQuestion, n)

	for i := range out {
		r := benchRights(random.Intn(benchAccounts), services)
		h := r.Holdings[random.Intn(len(r.Holdings))]
		q := benchQuestion{
			account: r.Account, scope: habilitation.Scope{Structure: h.Structure.ID, Service: h.Service.Code},
			bit: uint(random.Intn(len(all))),
		}
		q.profile = all[q.bit]

		if random.Intn(4) == 0 {
			q.scope.Structure = structure.ID(id("st", random.Intn(benchStructures)))
		}

		out[i] = q
	}

	return out
}

// kept returns what build makes, and how many bytes of the heap it keeps.
func kept[T any](build func() T) (T, uint64) {
	var before, after runtime.MemStats

	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&before)

	out := build()

	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&after)

	return out, after.HeapAlloc - before.HeapAlloc
}

// bitsOf returns the profiles as bits.
func bitsOf(profiles, all []profile) uint64 {
	var out uint64
	for _, p := range profiles {
		out |= 1 << slices.Index(all, p)
	}

	return out
}

func BenchmarkIndex(b *testing.B) {
	all := benchOpen()

	index := func(services bool) func() *habilitation.Index {
		return func() *habilitation.Index {
			ix := habilitation.NewIndex()
			for n := range benchAccounts {
				ix.Put(benchRights(n, services))
			}

			return ix
		}
	}

	b.Run("structure level", func(b *testing.B) {
		plain, floorBytes := kept(func() floor {
			out := floor{}

			for n := range benchAccounts {
				r := benchRights(n, false)
				for _, h := range r.Holdings {
					out[floorKey{r.Account, h.Structure.ID}] = bitsOf(h.Profiles, all)
				}
			}

			return out
		})
		ix, bytes := kept(index(false))

		compare(b, false, floorBytes, bytes, ix, func(q *benchQuestion) bool {
			return plain[floorKey{q.account, q.scope.Structure}]>>q.bit&1 != 0
		})
	})

	b.Run("service level", func(b *testing.B) {
		plain, floorBytes := kept(func() serviceFloor {
			out := serviceFloor{}

			for n := range benchAccounts {
				r := benchRights(n, true)
				for _, h := range r.Holdings {
					out[serviceKey{r.Account, h.Structure.ID, h.Service.Code}] = bitsOf(h.Profiles, all)
				}
			}

			return out
		})
		ix, bytes := kept(index(true))

		compare(b, true, floorBytes, bytes, ix, func(q *benchQuestion) bool {
			return plain.holds(q.account, q.scope, q.bit)
		})
	})
}

// compare asks both the same, and reports nanoseconds a question, what the one takes of the other, and megabytes a
// million grants.
func compare(
	b *testing.B, services bool, floorBytes, bytes uint64, ix *habilitation.Index, plain func(*benchQuestion) bool,
) {
	b.Helper()

	const turn = 4096

	questions := benchQuestions(turn, services)
	at := noon.Add(time.Minute)
	holds := func(q *benchQuestion) bool { return ix.Holds(at, q.account, q.scope, q.profile) }

	var held int

	for i := range questions {
		want := plain(&questions[i])
		require.Equal(b, want, holds(&questions[i]), "both answer the same")

		if want {
			held++
		}
	}

	require.InDelta(b, turn*3/8, held, turn/8, "some are held, some are not")

	least := [2]float64{math.Inf(1), math.Inf(1)}
	yes := 0

	for b.Loop() {
		for i, f := range [...]func(*benchQuestion) bool{plain, holds} {
			start := time.Now()

			for j := range questions {
				if f(&questions[j]) {
					yes++
				}
			}

			least[i] = min(least[i], float64(time.Since(start).Nanoseconds())/turn)
		}
	}

	require.NotZero(b, yes)

	b.ReportMetric(0, "ns/op") // a turn is no operation
	b.ReportMetric(least[0], "floor-ns")
	b.ReportMetric(least[1], "index-ns")
	b.ReportMetric(least[1]/least[0], "times-the-floor")
	b.ReportMetric(testing.AllocsPerRun(1000, func() { holds(&questions[0]) }), "index-allocs")
	b.ReportMetric(float64(floorBytes)/benchGrants, "floor-MB/1M-grants")
	b.ReportMetric(float64(bytes)/benchGrants, "index-MB/1M-grants")
	runtime.KeepAlive(ix)
}
