package storagetest_test

import (
	"flag"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/storage/storagetest"
)

func BenchmarkMemory(b *testing.B) {
	storagetest.Bench(b, func(*testing.B) storage.Store { return memory.New() })
}

// once has benchmarks of this test run a single time.
func once(t *testing.T) {
	t.Helper()

	benchtime := flag.Lookup("test.benchtime")
	before := benchtime.Value.String()

	require.NoError(t, flag.Set("test.benchtime", "1x"))
	t.Cleanup(func() { require.NoError(t, flag.Set("test.benchtime", before)) })
}

// Nobody runs benchmarks all day, so that they would rot unseen.
func TestBench_EveryBenchmarkRuns(t *testing.T) {
	once(t)

	var names []string

	result := testing.Benchmark(func(b *testing.B) {
		b.Helper()
		storagetest.Bench(b, func(b *testing.B) storage.Store {
			b.Helper()
			names = append(names, b.Name())
			b.Cleanup(func() { assert.False(t, b.Failed(), "%s failed: run it with -bench to see why", b.Name()) })

			return memory.New()
		})
	})

	assert.Positive(t, result.N, "a benchmark failed")
	assert.Len(t, names, 8, "once each: %s", strings.Join(names, ", "))
}
