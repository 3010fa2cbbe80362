package deskphone

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

// identity is a certificate for this machine that is its own authority, in files.
type identity struct{ cert, key string }

// write makes a new certificate in the files.
func (i identity) write(t *testing.T) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "gateway"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(i.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600))
	require.NoError(t, os.WriteFile(i.cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
}

// shown is the serial number of the certificate that a server shows.
func shown(t *testing.T, address string) string {
	t.Helper()
	c, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}) // what is shown is looked at, not trusted
	require.NoError(t, err)
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0].SerialNumber.String()
}

// A desk phone registers and is called over TLS, and the certificate follows
// its files.
func TestDeskPhoneOverTLS(t *testing.T) {
	dir := t.TempDir()
	id := identity{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
	id.write(t)
	g := harness.StartGateway(t, harness.GatewayOptions{Env: atDesk(
		"TCCC_SIP_TLS_LISTEN=127.0.0.1:0", "TCCC_SIP_TLS_CERT="+id.cert, "TCCC_SIP_TLS_KEY="+id.key)})
	d := harness.NewDeskPhone(t, harness.DeskOptions{Name: "101", Password: secret, Registrar: g.TLS, Transport: "tls",
		CA: id.cert})
	p := page(t, g)
	customer := g.Ring(t, "13800000001", sales, "")
	session := p.Await("callIn").SessionID()
	phone := d.PicksUp()
	phone.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, customer, harness.DeskTone)

	before := shown(t, g.TLS)
	id.write(t)
	require.Eventually(t, func() bool { return shown(t, g.TLS) != before }, harness.Patience, 100*time.Millisecond)
	phone.Hears(harness.PhoneTone) // the call goes on
	p.Do("tccc.Call.hungUp({sessionId: %s})", session)
	phone.AwaitEnd()
	echo := d.Dials("10010")
	echo.AwaitAnswer()
	echo.Hears(harness.DeskTone)
	require.NoError(t, echo.Hangup())
}
