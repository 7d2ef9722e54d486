package wording_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/guichet-pro/guichet/internal/wording"
)

func TestCodesNameTheFirstSentinelThatAnErrorIs(t *testing.T) {
	wide := errors.New("wide")
	narrow := fmt.Errorf("narrow: %w", wide)
	codes := wording.Codes{{Err: narrow, Code: "x.narrow"}, {Err: wide, Code: "x.wide"}}

	assert.Equal(t, "x.narrow", codes.Of(fmt.Errorf("here: %w", narrow), "x.other"))
	assert.Equal(t, "x.wide", codes.Of(wide, "x.other"))
	assert.Equal(t, "x.other", codes.Of(errors.New("another"), "x.other"))
	assert.Equal(t, "x.other", codes.Of(nil, "x.other"))
}
