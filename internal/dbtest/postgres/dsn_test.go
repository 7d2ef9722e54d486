package postgres

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSettingsOfEitherForm(t *testing.T) {
	t.Parallel()

	for _, dsn := range []string{
		"postgres://somebody:p%2Bw@db.example/test",
		"postgresql://somebody:p%2Bw@db.example/test?sslmode=disable",
		"postgres://somebody:p%2Bw@db.example/test?search_path=public",
		"host=db.example user=somebody password=p+w dbname=test",
		"host=db.example user=somebody password='p+w' dbname=test search_path = public ",
	} {
		for _, value := range []string{"read committed", `'\ &=+%`, ""} {
			config, err := pgx.ParseConfig(with(with(dsn, "search_path", "mine"), "other", value))
			require.NoError(t, err, dsn)
			assert.Equal(t, "mine", config.RuntimeParams["search_path"], dsn)
			assert.Equal(t, value, config.RuntimeParams["other"], dsn)
			assert.Equal(t, []string{"db.example", "somebody", "p+w", "test"},
				[]string{config.Host, config.User, config.Password, config.Database}, dsn)
		}
	}
}
