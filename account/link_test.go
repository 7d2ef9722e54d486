package account_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/account"
)

// minted makes a token of bytes that all differ; two seeds make two tokens.
func minted(t require.TestingT, seed byte) account.Token {
	random := make([]byte, account.TokenSize)
	for i := range random {
		random[i] = seed + byte(i)
	}

	tok, err := account.NewToken(random)
	require.NoError(t, err)

	return tok
}

func TestB7_ATokenHas256SecretBits(t *testing.T) {
	assert.Equal(t, 44, account.TokenSize, "12 to find the link, 32 to prove that one was sent it")

	for size := range 64 {
		tok, err := account.NewToken(make([]byte, size))
		if size == account.TokenSize {
			require.NoError(t, err)
			continue
		}

		require.ErrorIs(t, err, account.ErrTokenSize, "%d bytes", size)
		assert.Empty(t, tok.Reveal())
	}
}

func TestB7_ATokenSharesNoMemoryWithWhatItIsMadeOf(t *testing.T) {
	random := bytes.Repeat([]byte{1}, account.TokenSize)
	tok, err := account.NewToken(random)
	require.NoError(t, err)

	before := tok.Reveal()
	random[20] = 99
	assert.Equal(t, before, tok.Reveal())
}

func TestB7_ATokenIsReadBackFromTheLink(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rapid.SliceOfN(rapid.Byte(), account.TokenSize, account.TokenSize).Draw(t, "random")

		tok, err := account.NewToken(random)
		require.NoError(t, err)

		revealed := tok.Reveal()
		if strings.Trim(revealed, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Fatalf("%q needs escaping in a link", revealed)
		}

		read, err := account.ParseToken(revealed)
		require.NoError(t, err)
		require.Equal(t, revealed, read.Reveal())
		require.Equal(t, tok.Selector(), read.Selector())
		require.True(t, strings.HasPrefix(revealed, string(tok.Selector())), "the selector is the link's public half")
		require.Len(t, tok.Selector(), 16)

		link := account.NewLink(tok, account.PurposeActivation, "r1", nil, time.Hour, time.Time{})
		require.NoError(t, link.Check(read, []account.Link{link}, noon))
	})
}

func TestB7_WhatIsNoTokenIsAnUnknownLink(t *testing.T) {
	good := minted(t, 1).Reveal()

	for name, s := range map[string]string{
		"empty":                 "",
		"cut by a mail program": good[:len(good)-1],
		"half":                  good[:16],
		"one more":              good + "A",
		"twice":                 good + good,
		"padded":                good + "=",
		"a full stop after":     good + ".",
		"a space in front":      " " + good,
		"another alphabet":      strings.Repeat("+/", 29) + "A",
		"not ASCII":             strings.Repeat("é", 59),
		"bits left over":        strings.Repeat("A", 58) + "B", // the last character carries two bits that no byte uses
	} {
		t.Run(name, func(t *testing.T) {
			tok, err := account.ParseToken(s)
			require.ErrorIs(t, err, account.ErrLinkUnknown)

			var link *account.LinkError

			require.ErrorAs(t, err, &link)
			assert.Empty(t, tok.Reveal())
			assert.NotContains(t, err.Error(), good[:16], "the error does not repeat the secret")
		})
	}
}

func FuzzParseToken(f *testing.F) {
	good := base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{0xfb}, account.TokenSize))

	f.Add("")
	f.Add(good)                      // every character of the URL-safe alphabet's last two
	f.Add(good[:58])                 // cut
	f.Add(good[:58] + "B")           // unused bits set
	f.Add(good[:30] + "\r\n" + good) // folded, and too long
	f.Add(good[:30] + "\n" + good[30:] /* folded by a mail program */)
	f.Add(strings.Repeat("=", 59)) // nothing but padding

	f.Fuzz(func(t *testing.T, s string) {
		tok, err := account.ParseToken(s)
		if err != nil {
			if !errors.Is(err, account.ErrLinkUnknown) || tok.Reveal() != "" {
				t.Fatalf("%q: %v, %q", s, err, tok.Reveal())
			}

			return
		}

		// Line breaks are all that may be lost: mail programs put them in.
		if kept := strings.NewReplacer("\r", "", "\n", "").Replace(s); tok.Reveal() != kept {
			t.Fatalf("%q was read as %q", s, tok.Reveal())
		}
	})
}

func TestB7_TheZeroTokenOpensNothing(t *testing.T) {
	var zero account.Token

	assert.Empty(t, zero.Reveal())
	assert.Empty(t, zero.Selector())

	link := account.NewLink(zero, account.PurposeActivation, "r1", nil, time.Hour, time.Time{})
	require.ErrorIs(t, link.Check(zero, []account.Link{link}, noon), account.ErrLinkUnknown)
	require.ErrorIs(t, link.Check(minted(t, 1), []account.Link{link}, noon), account.ErrLinkUnknown)
	require.ErrorIs(t, account.Link{}.Check(minted(t, 1), nil, noon), account.ErrLinkUnknown)
}

func TestG5_ATokenIsNotPrinted(t *testing.T) {
	tok := minted(t, 0xa0)
	raw, err := base64.RawURLEncoding.DecodeString(tok.Reveal())
	require.NoError(t, err)

	shown := func(s string) bool {
		for _, part := range []string{
			tok.Reveal(), tok.Reveal()[16:], string(raw[12:]), hex.EncodeToString(raw[12:16]), "172 173 174", "0xac, 0xad",
			"254 255 256",
		} {
			if strings.Contains(strings.ToLower(s), strings.ToLower(part)) {
				return true
			}
		}

		return false
	}
	require.True(t, shown(fmt.Sprintf("%v", raw)) && shown(hex.EncodeToString(raw)) && shown(fmt.Sprintf("%#v", raw)))

	type open struct{ Token account.Token }

	type closed struct { // fmt asks no method of an unexported field
		token   account.Token
		pointer *account.Token
	}

	values := []any{
		tok, &tok,
		open{tok},
		&open{tok},
		closed{tok, &tok},
		&closed{tok, &tok},
		[]account.Token{tok},
		[1]account.Token{tok},
		map[string]account.Token{"t": tok},
		map[account.Token]int{tok: 1},
		[]any{closed{token: tok}, map[string]any{"t": tok}},
		fmt.Errorf("activate %v: %w", tok, errors.New("no")),
	}

	for _, verb := range append(verbs, "%p") {
		for _, value := range values {
			assert.False(t, shown(fmt.Sprintf(verb, value)), "%s of %T: %s", verb, value, fmt.Sprintf(verb, value))
		}
	}

	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		assert.Equal(t, "account.Token(redacted)", fmt.Sprintf(verb, tok))
		assert.Contains(t, fmt.Sprintf(verb, open{tok}), "account.Token(redacted)")
	}

	var b strings.Builder

	for _, value := range values {
		slog.New(slog.NewTextHandler(&b, nil)).Info("x", "value", value)
		slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "value", value)
	}

	encoded, err := json.Marshal([]any{tok, open{tok}})
	require.NoError(t, err)
	assert.False(t, shown(b.String()+string(encoded)))
}

func TestB7_OnlyAHashIsStored(t *testing.T) {
	tok := minted(t, 7)
	link := account.NewLink(tok, account.PurposeActivation, "r1", nil, time.Hour, noon.Add(time.Hour))

	assert.Equal(t, account.Link{
		Selector: tok.Selector(), Purpose: account.PurposeActivation, Account: "r1", Seq: 1, Hash: link.Hash,
		Life: time.Hour, NotAfter: noon.Add(time.Hour),
	}, link)
	assert.Len(t, link.Hash, 32)

	raw, err := base64.RawURLEncoding.DecodeString(tok.Reveal())
	require.NoError(t, err)
	assert.NotContains(t, string(raw), string(link.Hash[:8]))

	for i := range raw { // every byte counts, those of the selector as well
		other := bytes.Clone(raw)
		other[i] ^= 1

		wrong, err := account.NewToken(other)
		require.NoError(t, err)
		require.ErrorIs(t, link.Check(wrong, []account.Link{link}, noon), account.ErrLinkUnknown, "byte %d", i)
	}
}

func TestB7_ALinksLifeStartsWithTheFirstLeaseAndWithNoLaterOne(t *testing.T) {
	link := account.NewLink(minted(t, 1), account.PurposeActivation, "r1", nil, time.Hour, time.Time{})
	assert.True(t, link.Expires().IsZero(), "nobody knows yet")
	assert.False(t, link.Over(noon.Add(1000*time.Hour)))

	leased := link.Leased(noon)
	assert.True(t, link.LeasedAt.IsZero(), "a copy")
	assert.Equal(t, noon, leased.LeasedAt)
	assert.Equal(t, noon.Add(time.Hour), leased.Expires())
	assert.Equal(t, leased, leased.Leased(noon.Add(30*time.Minute)))
}

func TestB7_ALinkIsValidForItsLifeAndNoLongerThanItsTerm(t *testing.T) {
	tok := minted(t, 1)

	for name, c := range map[string]struct {
		life     time.Duration
		notAfter time.Time
		leased   time.Time
		end      time.Time
	}{
		"60 minutes from the lease":         {time.Hour, time.Time{}, noon, noon.Add(time.Hour)},
		"a term beyond changes nothing":     {time.Hour, noon.Add(24 * time.Hour), noon, noon.Add(time.Hour)},
		"a term at the same moment":         {time.Hour, noon.Add(time.Hour), noon, noon.Add(time.Hour)},
		"a term caps the life":              {time.Hour, noon.Add(20 * time.Minute), noon, noon.Add(20 * time.Minute)},
		"a term in the past":                {time.Hour, noon.Add(-time.Minute), noon, noon.Add(-time.Minute)},
		"a term ends what was never sent":   {time.Hour, noon.Add(time.Minute), time.Time{}, noon.Add(time.Minute)},
		"seven days after an approval":      {7 * 24 * time.Hour, time.Time{}, noon, noon.Add(7 * 24 * time.Hour)},
		"sent late, after half of its term": {time.Hour, noon.Add(24 * time.Hour), noon.Add(23*time.Hour + 30*time.Minute), noon.Add(24 * time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			link := account.NewLink(tok, account.PurposeActivation, "r1", nil, c.life, c.notAfter)
			if !c.leased.IsZero() {
				link = link.Leased(c.leased)
			}

			assert.Equal(t, c.end, link.Expires())
			assert.False(t, link.Over(c.end.Add(-time.Microsecond)))
			assert.True(t, link.Over(c.end))

			require.NoError(t, link.Check(tok, []account.Link{link}, c.end.Add(-time.Microsecond)))

			err := link.Check(tok, []account.Link{link}, c.end)
			require.ErrorIs(t, err, account.ErrLinkExpired)

			var why *account.LinkError

			require.ErrorAs(t, err, &why)
			assert.Equal(t, c.end, why.At)
		})
	}
}

func TestD1_ALinkEndsWithATermThatMovedNearerAndNeverLater(t *testing.T) {
	for name, c := range map[string]struct{ notAfter, end, want time.Time }{
		"nearer":           {noon.Add(time.Hour), noon.Add(time.Minute), noon.Add(time.Minute)},
		"later":            {noon.Add(time.Minute), noon.Add(time.Hour), noon.Add(time.Minute)},
		"the same":         {noon, noon, noon},
		"the first":        {time.Time{}, noon, noon},
		"none":             {noon, time.Time{}, noon},
		"neither, nor was": {time.Time{}, time.Time{}, time.Time{}},
	} {
		link := account.Link{Seq: 1, NotAfter: c.notAfter}
		assert.Equal(t, c.want, link.Within(c.end).NotAfter, name)
		assert.Equal(t, c.notAfter, link.NotAfter, "a copy")
	}
}

func TestB7_ALinkOpensOnce(t *testing.T) {
	tok := minted(t, 1)
	link := account.NewLink(tok, account.PurposeActivation, "r1", nil, time.Hour, time.Time{}).Leased(noon)

	for range 3 { // opening it consumes nothing
		require.NoError(t, link.Check(tok, []account.Link{link}, noon))
	}

	link.UsedAt = noon.Add(time.Minute)

	for _, at := range []time.Time{noon.Add(2 * time.Minute), noon.Add(48 * time.Hour)} {
		err := link.Check(tok, []account.Link{link}, at)
		require.ErrorIs(t, err, account.ErrLinkUsed, "used is told before expired")

		var why *account.LinkError

		require.ErrorAs(t, err, &why)
		assert.Equal(t, link.UsedAt, why.At)
	}

	require.ErrorIs(t, link.Check(minted(t, 2), []account.Link{link}, noon), account.ErrLinkUnknown,
		"only who was sent it learns what became of it")
}

func TestB7_ANewerLinkEndsTheEarlierOnceItsMailIsSent(t *testing.T) {
	first, second := minted(t, 1), minted(t, 2)
	one := account.NewLink(first, account.PurposeActivation, "r1", nil, time.Hour, time.Time{}).Leased(noon)
	two := account.NewLink(second, account.PurposeActivation, "r1", []account.Link{one}, time.Hour, time.Time{})
	assert.Equal(t, int64(2), two.Seq)

	links := []account.Link{two, one}
	at := noon.Add(10 * time.Minute)

	require.NoError(t, one.Check(first, links, at), "nobody can have received the second yet")
	current, ok := account.Current(links)
	assert.True(t, ok)
	assert.Equal(t, one, current)

	two = two.Leased(noon.Add(5 * time.Minute))
	links = []account.Link{one, two}
	err := one.Check(first, links, at)
	require.ErrorIs(t, err, account.ErrLinkReplaced)
	assert.Contains(t, err.Error(), "newer link")
	require.NoError(t, two.Check(second, links, at))

	current, ok = account.Current(links)
	assert.True(t, ok)
	assert.Equal(t, two, current)

	three := account.NewLink(minted(t, 3), account.PurposeActivation, "r1", []account.Link{two, one}, time.Hour, time.Time{})
	assert.Equal(t, int64(3), three.Seq, "in whatever order the earlier ones come")

	_, ok = account.Current(nil)
	assert.False(t, ok)
	_, ok = account.Current([]account.Link{three})
	assert.False(t, ok, "waits to be sent")
}

func TestB7_AnotherLinkIsIssuedAtMostEveryTenMinutes(t *testing.T) {
	p := policy()
	issued := func(seq int64, leased time.Time) account.Link { return account.Link{Seq: seq, LeasedAt: leased} }

	for name, c := range map[string]struct {
		links []account.Link
		after time.Duration
		may   bool
	}{
		"the first":                            {nil, 0, true},
		"while the newest waits to be sent":    {[]account.Link{issued(1, time.Time{})}, 24 * time.Hour, false},
		"at once":                              {[]account.Link{issued(1, noon)}, 0, false},
		"just before":                          {[]account.Link{issued(1, noon)}, 10*time.Minute - 1, false},
		"ten minutes after":                    {[]account.Link{issued(1, noon)}, 10 * time.Minute, true},
		"the newest counts":                    {[]account.Link{issued(2, noon), issued(1, noon.Add(-time.Hour))}, time.Minute, false},
		"the newest, wherever it stands":       {[]account.Link{issued(1, noon.Add(-time.Hour)), issued(2, time.Time{})}, time.Hour, false},
		"an earlier one waits, the newest not": {[]account.Link{issued(1, time.Time{}), issued(2, noon)}, 10 * time.Minute, true},
	} {
		assert.Equal(t, c.may, account.MayIssue(c.links, p, noon.Add(c.after)), name)
	}

	p.LinkAgain = time.Second
	assert.True(t, account.MayIssue([]account.Link{issued(1, noon)}, p, noon.Add(time.Second)), "as the policy says")
}

func TestB7_EveryRefusalSaysHowToGoOn(t *testing.T) {
	for err, want := range map[error]struct{ code, french, english string }{
		account.ErrLinkUnknown: {
			"account.link_unknown", "Ce lien n'est pas valable. Copiez-le en entier depuis le courriel, ou demandez-en un autre.",
			"This link is not valid. Copy the whole of it from the mail, or ask for another.",
		},
		account.ErrLinkUsed: {
			"account.link_used", "Ce lien a déjà servi. Connectez-vous, ou demandez un autre lien.",
			"This link has been used. Sign in, or ask for another link.",
		},
		account.ErrLinkReplaced: {
			"account.link_replaced", "Un lien plus récent vous a été envoyé : seul le dernier est valable.",
			"A newer link was sent to you: only the last one is valid.",
		},
		account.ErrLinkExpired: {
			"account.link_expired", "Ce lien a expiré. Demandez-en un autre.", "This link has expired. Ask for another.",
		},
	} {
		told := &account.LinkError{Err: err}
		require.ErrorIs(t, told, err)
		assert.Equal(t, want.code, told.Code())
		assert.Equal(t, want.french, told.Text(language.French))
		assert.Equal(t, want.english, told.Text(language.English))
		assert.Equal(t, want.english, told.Error())
	}
}

func TestD11_PurposesHaveStableNames(t *testing.T) {
	names := map[account.Purpose]string{
		account.PurposeActivation: "activation", account.PurposeAdoption: "adoption", account.PurposeContact: "contact",
		account.PurposeReactivation: "reactivation",
		account.PurposeContest:      "contest",
		account.PurposeReset:        "reset",
		account.PurposeLogin:        "login",
		account.PurposeFactor:       "factor",
	}
	assert.Len(t, account.Purposes(), len(names))

	for _, purpose := range account.Purposes() {
		assert.Equal(t, names[purpose], purpose.String())
	}

	assert.Equal(t, "invalid", account.Purpose(0).String())
	assert.Equal(t, "invalid", (account.PurposeFactor + 1).String())
}

func TestALinksCloneSharesNoMemory(t *testing.T) {
	link := account.NewLink(minted(t, 1), account.PurposeActivation, "r1", nil, time.Hour, time.Time{})
	clone := link.Clone()
	assert.Equal(t, link, clone)

	clone.Hash[0]++
	assert.NotEqual(t, link.Hash, clone.Hash)
}
