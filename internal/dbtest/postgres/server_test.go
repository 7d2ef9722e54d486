package postgres

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestDecide(t *testing.T) {
	t.Parallel()

	const dsn, bin = "host=db", "/usr/lib/postgresql/15/bin"

	for _, c := range []struct {
		dsn, require, bin string
		want              source
	}{
		{"", "", "", absent},
		{"", "0", "", absent},
		{"", "1", "", needed},
		{"", "true", "", needed},
		{"", "", bin, started},
		{"", "1", bin, started},
		{dsn, "", "", given},
		{dsn, "1", "", given},
		{dsn, "", bin, given},
		{dsn, "1", bin, given},
	} {
		assert.Equal(t, c.want, decide(c.dsn, c.require, c.bin), "%+v", c)
	}
}
