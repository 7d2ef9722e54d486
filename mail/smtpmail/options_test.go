package smtpmail

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whoever says nothing about encryption is encrypted.
func TestG5_PortAndEncryptionGoTogether(t *testing.T) {
	for _, c := range []struct {
		port     int
		tls      TLS
		wantPort int
		wantTLS  TLS
	}{
		{0, TLSByPort, 587, StartTLS},
		{587, TLSByPort, 587, StartTLS},
		{465, TLSByPort, 465, ImplicitTLS},
		{25, TLSByPort, 25, StartTLS},
		{1025, TLSByPort, 1025, StartTLS},
		{0, StartTLS, 587, StartTLS},
		{465, StartTLS, 465, StartTLS},
		{0, ImplicitTLS, 465, ImplicitTLS},
		{587, ImplicitTLS, 587, ImplicitTLS},
		{0, NoTLS, 25, NoTLS},
		{465, NoTLS, 465, NoTLS},
	} {
		s, err := settle("smtp.exemple.fr", &Options{Port: c.port, TLS: c.tls})
		require.NoError(t, err)
		assert.Equal(t, c.wantPort, s.Port, "%+v", c)
		assert.Equal(t, c.wantTLS, s.TLS, "%+v", c)
		assert.Equal(t, "smtp.exemple.fr", s.TLSConfig.ServerName)
	}
}
