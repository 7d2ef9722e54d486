package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheCommittedTableIsTheGeneratedOne(t *testing.T) {
	const data = "/usr/share/iso-codes/json/iso_3166-1.json"
	if _, err := os.Stat(data); err != nil {
		t.Skip("the package iso-codes is not installed")
	}
	want, err := generate(data, "/usr/share/locale/fr/LC_MESSAGES/iso_3166-1.mo")
	if err != nil {
		t.Skip("another version of iso-codes is installed: ", err)
	}
	got, err := os.ReadFile("../../countries_gen.go")
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), "run go generate ./identifier")
}

func TestOtherVersionsOfTheDataAreRefused(t *testing.T) {
	name := t.TempDir() + "/data.json"
	require.NoError(t, os.WriteFile(name, []byte(`{"3166-1":[]}`), 0o600))
	_, err := generate(name, name)
	assert.ErrorContains(t, err, "SHA-256")
}

func TestDamagedCataloguesAreRefused(t *testing.T) {
	for _, mo := range []string{"", "\xde\x12\x04\x95", "\xde\x12\x04\x95\x00\x00\x00\x00\x01\x00\x00\x00\xff\xff\x00\x00"} {
		all, err := messages([]byte(mo))
		if err == nil {
			assert.Empty(t, all)
		}
	}
}
