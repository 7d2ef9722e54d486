package guichet

import "github.com/guichet-pro/guichet/account"

// SealFactor is Portal.sealFactor.
func SealFactor(p *Portal, id account.ID, secret string) []byte { return p.sealFactor(id, secret) }

// OpenFactor is Portal.openFactor.
func OpenFactor(p *Portal, id account.ID, sealed []byte) (string, error) {
	return p.openFactor(id, sealed)
}

// Hashed is Portal.hashed.
func Hashed(p *Portal, label, value string) string { return p.hashed(label, value) }
