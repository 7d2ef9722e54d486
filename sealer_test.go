package guichet_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/storage/memory"
)

// key is one of some keys.
func key(id string) guichet.Key {
	return guichet.Key{ID: id, Secret: bytes.Repeat([]byte(id[:1]), guichet.KeySize)}
}

// hashKey is the key of the hashes in these tests.
func hashKey() guichet.HashKey { return bytes.Repeat([]byte{5}, guichet.HashKeySize) }

// sealer returns the default sealer with some keys, the first of which seals.
func sealer(t *testing.T, ids ...string) guichet.Sealer {
	t.Helper()

	var keys guichet.Keys
	for _, id := range ids {
		keys = append(keys, key(id))
	}

	s, err := guichet.NewSealer(keys, hashKey())
	require.NoError(t, err)

	return s
}

func TestG1_WhatASealerSealedOpensWhereItBelongs(t *testing.T) {
	s, plain, bound := sealer(t, "new", "old"), []byte("1980193161FERDINANDHELOISE1"), []byte("structure")

	sealed, err := s.Seal(plain, bound)
	require.NoError(t, err)
	assert.NotContains(t, string(sealed), string(plain))
	assert.True(t, s.Current(sealed))

	again, err := s.Seal(plain, bound)
	require.NoError(t, err)
	assert.NotEqual(t, sealed, again, "nobody sees who is the same")

	opened, err := s.Open(sealed, bound)
	require.NoError(t, err)
	assert.Equal(t, plain, opened)

	_, err = s.Open(sealed, []byte("another"))
	require.ErrorIs(t, err, guichet.ErrSealed)

	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		_, err = s.Open(changed, bound)
		require.ErrorIs(t, err, guichet.ErrSealed, "byte %d", i)

		_, err = s.Open(sealed[:i], bound)
		require.ErrorIs(t, err, guichet.ErrSealed, "the first %d bytes", i)
	}
}

func TestG1_TheFirstKeySealsAndAllOpen(t *testing.T) {
	before, plain, bound := sealer(t, "old"), []byte("code"), []byte("structure")

	sealed, err := before.Seal(plain, bound)
	require.NoError(t, err)

	during := sealer(t, "new", "old")
	opened, err := during.Open(sealed, bound)
	require.NoError(t, err)
	assert.Equal(t, plain, opened)
	assert.False(t, during.Current(sealed))

	sealed, err = during.Seal(plain, bound)
	require.NoError(t, err)

	after := sealer(t, "new")
	opened, err = after.Open(sealed, bound)
	require.NoError(t, err)
	assert.Equal(t, plain, opened)
	assert.True(t, after.Current(sealed))

	_, err = before.Open(sealed, bound)
	require.ErrorIs(t, err, guichet.ErrSealed)

	for _, other := range [][]byte{nil, {}, {3}, {3, 'n', 'e'}, {2, 'n', 'e', 'w'}, {4, 'n', 'e', 'w'}, []byte("new")} {
		assert.False(t, after.Current(other), "%q", other)
	}

	// A key whose name another's begins with is another one.
	longer, err := guichet.NewSealer(guichet.Keys{{ID: "newer", Secret: key("new").Secret}, key("new")}, hashKey())
	require.NoError(t, err)
	assert.False(t, longer.Current(sealed))
}

func TestG1_AHashIsKeyedAndStays(t *testing.T) {
	one := sealer(t, "old").Hash([]byte("code"))
	assert.Len(t, one, 32)
	assert.Equal(t, one, sealer(t, "new").Hash([]byte("code")), "the keys that seal do not matter")
	assert.NotEqual(t, one, sealer(t, "old").Hash([]byte("codf")))

	other, err := guichet.NewSealer(guichet.Keys{key("old")}, bytes.Repeat([]byte{6}, guichet.HashKeySize))
	require.NoError(t, err)
	assert.NotEqual(t, one, other.Hash([]byte("code")))
}

func TestG1_UnusableKeysAreRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		keys guichet.Keys
		hash guichet.HashKey
		want error
	}{
		"no keys":             {nil, hashKey(), guichet.ErrNoKeys},
		"a short key":         {guichet.Keys{{ID: "a", Secret: []byte("short")}}, hashKey(), guichet.ErrKeys},
		"no hash key":         {guichet.Keys{key("a")}, nil, guichet.ErrKeys},
		"a short hash key":    {guichet.Keys{key("a")}, hashKey()[1:], guichet.ErrKeys},
		"a key that is twice": {guichet.Keys{key("a"), key("a")}, hashKey(), guichet.ErrKeys},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := guichet.NewSealer(tt.keys, tt.hash)
			require.ErrorIs(t, err, tt.want)
		})
	}

	_, err := guichet.New(memory.New(), keys(), &guichet.Options{HashKey: hashKey()[1:]})
	require.ErrorIs(t, err, guichet.ErrKeys)
}

// TestG5_NoKeyIsPrinted prints everything that knows a key in every way that programs print.
func TestG5_NoKeyIsPrinted(t *testing.T) {
	secret := bytes.Repeat([]byte("K"), guichet.KeySize)

	s, err := guichet.NewSealer(guichet.Keys{{ID: "2026", Secret: secret}}, secret)
	require.NoError(t, err)

	opts := guichet.Options{HashKey: secret, Sealer: s}
	portal, err := guichet.New(memory.New(), guichet.Keys{{ID: "2026", Secret: secret}}, &opts)
	require.NoError(t, err)

	var out bytes.Buffer

	for _, v := range []any{s, &s, opts, &opts, opts.HashKey, portal, *portal} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}

	for _, v := range []any{s, opts.HashKey, struct{ H guichet.HashKey }{secret}} {
		text, err := json.Marshal(v)
		require.NoError(t, err)
		out.Write(text)
	}

	log := slog.New(slog.NewTextHandler(&out, nil))
	log.Info("options", "opts", opts, "sealer", s, "key", opts.HashKey)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("options", "sealer", s, "key", opts.HashKey)

	for _, shown := range []string{"KKKK", "75, 75", "75 75", "4b4b", "4B4B", "0x4b, 0x4b", "S0tL"} {
		if i := bytes.Index(out.Bytes(), []byte(shown)); i >= 0 {
			t.Errorf("%q is printed: …%s…", shown, out.Bytes()[max(0, i-200):min(out.Len(), i+100)])
		}
	}

	assert.Positive(t, bytes.Count(out.Bytes(), []byte("guichet.Sealer(2026)")))
	assert.Positive(t, bytes.Count(out.Bytes(), []byte("guichet.HashKey")))
}

// oddSealer is a sealer that does something else than Sealer says.
type oddSealer struct {
	guichet.Sealer

	hash    func() []byte
	seal    func(plain []byte) ([]byte, error)
	open    func(plain []byte) ([]byte, error)
	current func() bool
}

func (s oddSealer) Hash(value []byte) []byte {
	if s.hash != nil {
		return s.hash()
	}

	return s.Sealer.Hash(value)
}

func (s oddSealer) Seal(plain, bound []byte) ([]byte, error) {
	if s.seal != nil {
		return s.seal(plain)
	}

	return s.Sealer.Seal(plain, bound)
}

func (s oddSealer) Open(sealed, bound []byte) ([]byte, error) {
	plain, err := s.Sealer.Open(sealed, bound)
	if err == nil && s.open != nil {
		return s.open(plain)
	}

	return plain, err
}

func (s oddSealer) Current(sealed []byte) bool {
	if s.current != nil {
		return s.current()
	}

	return s.Sealer.Current(sealed)
}

func TestG1_ASealerThatDoesNotDoWhatItMustIsRefused(t *testing.T) {
	broken, calls := errors.New("no key service"), byte(0)

	for name, tt := range map[string]struct {
		sealer oddSealer
		want   error
	}{
		"no hash":             {oddSealer{hash: func() []byte { return nil }}, guichet.ErrKeys},
		"a short hash":        {oddSealer{hash: func() []byte { return make([]byte, 15) }}, guichet.ErrKeys},
		"a long hash":         {oddSealer{hash: func() []byte { return make([]byte, 49) }}, guichet.ErrKeys},
		"a hash that changes": {oddSealer{hash: func() []byte { calls++; return bytes.Repeat([]byte{calls}, 32) }}, guichet.ErrKeys},
		"no key":              {oddSealer{seal: func([]byte) ([]byte, error) { return nil, broken }}, broken},
		"nothing sealed":      {oddSealer{seal: func([]byte) ([]byte, error) { return nil, nil }}, guichet.ErrSealed},
		"another code opened": {oddSealer{open: func([]byte) ([]byte, error) { return []byte("ANOTHER"), nil }}, guichet.ErrSealed},
		"no canonical code":   {oddSealer{open: func(p []byte) ([]byte, error) { return bytes.ToLower(p), nil }}, guichet.ErrSealed},
		"no code opened":      {oddSealer{open: func([]byte) ([]byte, error) { return nil, nil }}, guichet.ErrSealed},
		"nothing is current":  {oddSealer{current: func() bool { return false }}, guichet.ErrKeys},
	} {
		t.Run(name, func(t *testing.T) {
			tt.sealer.Sealer = sealer(t, "a")
			_, err := guichet.New(memory.New(), keys(), &guichet.Options{Sealer: tt.sealer})
			require.ErrorIs(t, err, tt.want)
		})
	}

	for _, size := range []int{16, 48} {
		_, err := guichet.New(memory.New(), keys(), &guichet.Options{
			Sealer: oddSealer{Sealer: sealer(t, "a"), hash: func() []byte { return make([]byte, size) }},
		})
		require.NoError(t, err)
	}
}

func TestG1_HashesOfThePortalAreKeyedAndApart(t *testing.T) {
	open := func(keys guichet.Keys, hash guichet.HashKey) *guichet.Portal {
		p, err := guichet.New(memory.New(), keys, &guichet.Options{HashKey: hash})
		require.NoError(t, err)

		return p
	}
	rotated, old := guichet.Keys{key("new"), key("old")}, guichet.Keys{key("old")}

	one := guichet.Hashed(open(old, nil), "label", "value")
	assert.Len(t, one, 64)
	assert.Equal(t, one, guichet.Hashed(open(rotated, nil), "label", "value"), "a new key in front changes nothing")
	assert.NotEqual(t, one, guichet.Hashed(open(rotated[:1], nil), "label", "value"), "that the last goes does")

	given := guichet.Hashed(open(old, hashKey()), "label", "value")
	assert.NotEqual(t, one, given)
	assert.Equal(t, given, guichet.Hashed(open(rotated[:1], hashKey()), "label", "value"), "unless the application gives a key")

	seen := map[string]bool{}
	for _, of := range [][2]string{{"label", "value"}, {"labe", "lvalue"}, {"label", ""}, {"", "label"}, {"value", "label"}} {
		seen[guichet.Hashed(open(old, nil), of[0], of[1])] = true
	}

	assert.Len(t, seen, 5)
}
