package dbtest

import (
	"fmt"
	"math"
	"math/rand"
	"runtime"
	"testing"
	"time"

	"github.com/casbin/casbin/v2"
	casbinmodel "github.com/casbin/casbin/v2/model"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// The rights of many accounts in habilitation.Index, and in an authorisation library that decides by policies of any
// form.
//
//	go -C internal/dbtest test -run '^$' -bench Casbin -benchtime 20x
//
// The library is asked in three ways. Enforce is how it is meant to be asked, and goes through the policies one by
// one: here it gets one question a turn, since that takes as long as the whole benchmark of the index. Own is Enforce
// with an enforcer for each account, which so has only that account's 48 policies; here 1,000 accounts have one.
// HasPolicy looks one policy up, without matcher and effect, and so is the least that the library could take.

const (
	casbinAccounts    = 10_000
	casbinAttachments = 4
	casbinProfiles    = 12
	casbinOwn         = 1000 // accounts with an enforcer of their own
	casbinGrants      = casbinAccounts * casbinAttachments * casbinProfiles
)

const casbinModel = `
[request_definition]
r = account, structure, profile
[policy_definition]
p = account, structure, profile
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.account == p.account && r.structure == p.structure && r.profile == p.profile
`

var casbinNoon = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

func casbinID(kind string, n int) string {
	return fmt.Sprintf("01jn%s%020x", kind, uint64(n)*0x9e3779b97f4a7c15)
}

// casbinRights are the rights of one account.
func casbinRights(n int) habilitation.Rights {
	random := rand.New(rand.NewSource(int64(n)))
	r := habilitation.Rights{
		Account: account.ID(casbinID("ac", n)), State: account.Active, AsOf: casbinNoon, MaxAge: time.Hour,
	}

	var open []structure.Application

	for _, e := range habilitation.DefaultCatalogue() {
		if e.Private {
			open = append(open, e.Application)
		}
	}

	all := habilitation.All(open)

	for i := range casbinAttachments {
		h := habilitation.Holding{Structure: structure.Structure{
			ID:     structure.ID(casbinID("st", (n*casbinAttachments+i*i)%casbinAccounts)),
			Status: structure.Active, Applications: open,
		}}
		for _, j := range random.Perm(len(all))[:casbinProfiles] {
			h.Profiles = append(h.Profiles, all[j])
		}

		r.Holdings = append(r.Holdings, h)
	}

	return r
}

// casbinHeap returns how many bytes of the heap are kept by what build makes.
func casbinHeap(build func()) float64 {
	var before, after runtime.MemStats

	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&before)
	build()
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&after)

	return float64(after.HeapAlloc - before.HeapAlloc)
}

// casbinOf returns an enforcer with the rights of the accounts from one number up to another.
func casbinOf(b *testing.B, from, to int) *casbin.Enforcer {
	b.Helper()

	m, err := casbinmodel.NewModelFromString(casbinModel)
	require.NoError(b, err)

	enforcer, err := casbin.NewEnforcer(m)
	require.NoError(b, err)

	for n := from; n < to; n++ {
		var rules [][]string

		r := casbinRights(n)
		for _, h := range r.Holdings {
			for _, p := range h.Profiles {
				rules = append(rules, []string{string(r.Account), string(h.Structure.ID), p.String()})
			}
		}

		added, err := enforcer.AddPolicies(rules)
		require.NoError(b, err)
		require.True(b, added)
	}

	return enforcer
}

func BenchmarkCasbin(b *testing.B) {
	var (
		ix       = habilitation.NewIndex()
		own      = map[account.ID]*casbin.Enforcer{}
		enforcer *casbin.Enforcer
	)

	indexBytes := casbinHeap(func() {
		for n := range casbinAccounts {
			ix.Put(casbinRights(n))
		}
	})

	casbinBytes := casbinHeap(func() { enforcer = casbinOf(b, 0, casbinAccounts) })
	ownBytes := casbinHeap(func() {
		for n := range casbinOwn {
			own[casbinRights(n).Account] = casbinOf(b, n, n+1)
		}
	})

	type question struct {
		account   account.ID
		structure structure.ID
		profile   habilitation.Profile
		text      string // the profile, as the library knows it
	}

	random := rand.New(rand.NewSource(1))
	questions := make([]question, 1024)

	for i := range questions {
		r := casbinRights(random.Intn(casbinOwn))
		h := r.Holdings[random.Intn(casbinAttachments)]
		p := habilitation.All(h.Structure.Applications)[random.Intn(2*len(h.Structure.Applications))]
		questions[i] = question{r.Account, h.Structure.ID, p, p.String()}
	}

	// What the account in the middle holds takes half a walk through the policies, which is the mean.
	h := casbinRights(casbinAccounts / 2).Holdings[0]
	middle := question{
		account: casbinRights(casbinAccounts / 2).Account, structure: h.Structure.ID, profile: h.Profiles[0],
		text: h.Profiles[0].String(),
	}

	at := casbinNoon.Add(time.Minute)
	index := func(q question) bool {
		return ix.Holds(at, q.account, habilitation.Scope{Structure: q.structure}, q.profile)
	}
	lookup := func(q question) bool {
		held, err := enforcer.HasPolicy(string(q.account), string(q.structure), q.text)

		return err == nil && held
	}
	enforce := func(q question) bool {
		held, err := enforcer.Enforce(string(q.account), string(q.structure), q.text)

		return err == nil && held
	}

	enforceOwn := func(q question) bool {
		held, err := own[q.account].Enforce(string(q.account), string(q.structure), q.text)

		return err == nil && held
	}

	for _, q := range questions {
		require.Equal(b, index(q), lookup(q), "all answer the same")
		require.Equal(b, index(q), enforceOwn(q), "all answer the same")
	}

	for _, q := range append(questions[:2:2], middle) {
		require.Equal(b, index(q), enforce(q), "all answer the same")
	}

	ways := []struct {
		ask       func(question) bool
		questions []question
		least     float64
	}{
		{index, questions, math.Inf(1)},
		{lookup, questions, math.Inf(1)},
		{enforceOwn, questions, math.Inf(1)},
		{enforce, []question{middle}, math.Inf(1)},
	}

	yes := 0

	for b.Loop() {
		for i := range ways {
			w := &ways[i]
			start := time.Now()

			for _, q := range w.questions {
				if w.ask(q) {
					yes++
				}
			}

			w.least = min(w.least, float64(time.Since(start).Nanoseconds())/float64(len(w.questions)))
		}
	}

	require.NotZero(b, yes)

	b.ReportMetric(0, "ns/op") // a turn is no operation
	b.ReportMetric(ways[0].least, "index-ns")
	b.ReportMetric(ways[1].least, "HasPolicy-ns")
	b.ReportMetric(ways[2].least, "own-ns")
	b.ReportMetric(ways[3].least, "Enforce-ns")
	b.ReportMetric(ways[1].least/ways[0].least, "HasPolicy/index")
	b.ReportMetric(ways[2].least/ways[0].least, "own/index")
	b.ReportMetric(ways[3].least/ways[0].least, "Enforce/index")
	b.ReportMetric(indexBytes/casbinGrants, "index-MB/1M-grants")
	b.ReportMetric(casbinBytes/casbinGrants, "casbin-MB/1M-grants")
	b.ReportMetric(ownBytes/(casbinOwn*casbinAttachments*casbinProfiles), "own-MB/1M-grants")
	runtime.KeepAlive(ix)
	runtime.KeepAlive(enforcer)
	runtime.KeepAlive(own)
}
