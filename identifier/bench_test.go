package identifier_test

import (
	"testing"

	"github.com/guichet-pro/guichet/identifier"
)

func BenchmarkValidSIRET(b *testing.B) {
	for name, s := range map[string]string{
		"canonical": "73282932000074",
		"spaced":    "732 829 320 00074",
		"laPoste":   "35600000009075",
		"wrongKey":  "73282932000075",
		"short":     "732829320",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				identifier.Valid(identifier.SIRET, s)
			}
		})
	}
}

func BenchmarkParseSIRET(b *testing.B) {
	for name, s := range map[string]string{
		"canonical": "73282932000074",
		"spaced":    "732 829 320 00074",
		"wrongKey":  "73282932000075",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = identifier.Parse(identifier.SIRET, s)
			}
		})
	}
}
