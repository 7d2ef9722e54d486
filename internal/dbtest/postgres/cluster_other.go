//go:build !unix

package postgres

import "errors"

// Clusters rest on what Unix does: elsewhere there is only the server that GUICHET_POSTGRES names.
type cluster struct{ dsn string }

func installed() string { return "" }

func start(string) (*cluster, error) { return nil, errors.ErrUnsupported }

func (*cluster) stop() error { return nil }
