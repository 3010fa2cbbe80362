package tlsconf

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// write makes a certificate of a name; the clock tells versions apart even on
// file systems with coarse times.
func write(t *testing.T, cert, key, name string, at time.Time) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	tpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, private.Public(), private)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	put(t, cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), at)
	put(t, key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), at)
}

func put(t *testing.T, file string, text []byte, at time.Time) {
	require.NoError(t, os.WriteFile(file, text, 0o600))
	require.NoError(t, os.Chtimes(file, at, at))
}

func TestReload(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	log := slog.New(slog.DiscardHandler)
	_, err := Load(cert, key, log)
	require.ErrorIs(t, err, os.ErrNotExist)

	began := time.Now().Add(-time.Hour)
	write(t, cert, key, "first.example", began)
	f, err := Load(cert, key, log)
	require.NoError(t, err)
	now := time.Now()
	f.now = func() time.Time { return now }
	served := func() string { return shake(t, f.Config()).Subject.CommonName }
	assert.Equal(t, "first.example", served())

	write(t, cert, key, "second.example", began.Add(time.Minute))
	assert.Equal(t, "first.example", served(), "the files are not looked at all the time")
	now = now.Add(lookEvery)
	assert.Equal(t, "second.example", served())

	put(t, cert, []byte("not a certificate"), began.Add(2*time.Minute))
	now = now.Add(lookEvery)
	assert.Equal(t, "second.example", served(), "what is wrong is not taken over")
	require.NoError(t, os.Remove(key))
	now = now.Add(lookEvery)
	assert.Equal(t, "second.example", served())

	write(t, cert, key, "third.example", began.Add(3*time.Minute))
	now = now.Add(lookEvery)
	assert.Equal(t, "third.example", served())
}

// shake gives the certificate that a client sees.
func shake(t *testing.T, conf *tls.Config) *x509.Certificate {
	a, b := net.Pipe()
	server, client := tls.Server(a, conf), tls.Client(b, &tls.Config{InsecureSkipVerify: true})
	defer b.Close()
	defer a.Close()
	done := make(chan error, 1)
	go func() { done <- server.Handshake() }()
	require.NoError(t, client.Handshake())
	require.NoError(t, <-done)
	return client.ConnectionState().PeerCertificates[0]
}
