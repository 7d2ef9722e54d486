package postgres

import (
	"net/url"
	"strings"
)

// with adds a setting of the session to a connection string of either form. pgx passes to the server what it does not
// know itself, and of settings that are there twice it takes the last.
func with(dsn, setting, value string) string {
	if !strings.HasPrefix(dsn, "postgres://") && !strings.HasPrefix(dsn, "postgresql://") {
		quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value)

		return strings.TrimSpace(dsn + " " + setting + "='" + quoted + "'")
	}

	separator := "?"
	if strings.Contains(dsn, "?") {
		separator = "&"
	}

	// In PostgreSQL's addresses a plus sign is no space.
	return dsn + separator + setting + "=" + strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
}
