package sip

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
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// authority issues certificates.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string
}

func newAuthority(t *testing.T) *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour),
	}, &x509.Certificate{Subject: pkix.Name{CommonName: "authority"}}, key.Public(), key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return &authority{t, cert, key, file}
}

// server is the configuration of a server with a certificate for the names.
func (a *authority) server(names ...string) *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(a.t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour)}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, n)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	require.NoError(a.t, err)
	return &tls.Config{MinVersion: tls.VersionTLS12,
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// tlsPair is two agents that are each other's trunk over TLS.
func tlsPair(t *testing.T, ca *authority) (a, b *agent) {
	listen := func() *agent { return newAgent(t, Options{TLSListen: "127.0.0.1:0", TLS: ca.server("127.0.0.1")}) }
	a, b = listen(), listen()
	join := func(from, to *agent) {
		require.NoError(t, from.SetTrunks([]Trunk{{Name: "peer", Address: to.TLSAddr(), Transport: "tls",
			TLS:     TrunkTLS{CA: ca.file},
			Inbound: Inbound{Addresses: []string{"127.0.0.1"}}}}))
	}
	join(a, b)
	join(b, a)
	return a, b
}

func TestCallsOverTLS(t *testing.T) {
	a, b := tlsPair(t, newAuthority(t))
	for range 3 {
		out, in := talk(t, a, b, Outgoing{})
		require.Equal(t, "TLS", in.dlg.network)
		require.NoError(t, out.Hold()) // a request within the call
		next(t, in, Held)
		require.NoError(t, out.Resume())
		next(t, in, Resumed)
		require.NoError(t, in.Hangup()) // and one the other way
		next(t, out, Ended)
		next(t, in, Ended)
	}
	out, in := talk(t, b, a, Outgoing{})
	require.NoError(t, out.Hangup())
	next(t, in, Ended)
	next(t, out, Ended)
	a.secure.mu.Lock()
	require.Len(t, a.secure.links, 1, "one connection carries all calls that way")
	a.secure.mu.Unlock()
}

// The connection breaks between two calls: the next one makes another.
func TestTLSConnectionIsMadeAnew(t *testing.T) {
	a, b := tlsPair(t, newAuthority(t))
	for range 3 {
		out, in := talk(t, a, b, Outgoing{})
		require.NoError(t, out.Hangup())
		next(t, out, Ended)
		next(t, in, Ended)
		b.secure.door.mu.Lock()
		for g := range b.secure.door.conns {
			go g.Conn.Close()
		}
		b.secure.door.mu.Unlock()
		require.Eventually(t, func() bool {
			a.secure.mu.Lock()
			defer a.secure.mu.Unlock()
			return len(a.secure.links) == 0
		}, deadline, tick)
	}
}

func TestTLSCertificateIsChecked(t *testing.T) {
	ca := newAuthority(t)
	for name, check := range map[string]TrunkTLS{
		"another authority": {CA: newAuthority(t).file},
		"the system's":      {},
		"another name":      {CA: ca.file, ServerName: "sip.example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newAgent(t, Options{TLSListen: "127.0.0.1:0", TLS: ca.server("127.0.0.1"),
				Trunks: []Trunk{{Name: "peer", Inbound: Inbound{Addresses: []string{"127.0.0.1"}}}}})
			a := newAgent(t, Options{Trunks: []Trunk{{Name: "peer", Address: b.TLSAddr(), Transport: "tls",
				TLS: check}}})
			_, err := a.Dial(t.Context(), Outgoing{Trunk: "peer", From: "1", To: "10086"})
			require.ErrorContains(t, err, "TLS handshake")
			require.Empty(t, b.calls)
			require.Eventually(t, func() bool { return a.Calls() == 0 }, deadline, tick)
		})
	}
}

// The name of the certificate may be another than the address.
func TestTLSServerName(t *testing.T) {
	ca := newAuthority(t)
	b := newAgent(t, Options{TLSListen: "127.0.0.1:0", TLS: ca.server("sip.example.com"),
		Trunks: []Trunk{{Name: "peer", Inbound: Inbound{Addresses: []string{"127.0.0.1"}}}}})
	a := newAgent(t, Options{Trunks: []Trunk{
		{Name: "peer", Address: b.TLSAddr(), Transport: "tls",
			TLS: TrunkTLS{CA: ca.file, ServerName: "sip.example.com"}},
		{Name: "loose", Address: b.TLSAddr(), Transport: "tls",
			TLS: TrunkTLS{CA: ca.file, ServerName: "other.example.com"}},
	}})
	out, in := talk(t, a, b, Outgoing{})
	_, err := a.Dial(t.Context(), Outgoing{Trunk: "loose", From: "1", To: "10086"})
	require.ErrorIs(t, err, errIdentity, "the connection of one trunk is not another's")
	require.NoError(t, out.Hangup())
	next(t, out, Ended)
	next(t, in, Ended)
}

func TestTLSRegistration(t *testing.T) {
	ca := newAuthority(t)
	w := newWatched(t, Options{TLSListen: "127.0.0.1:0", TLS: ca.server("127.0.0.1")})
	phone := newAgent(t, Options{Trunks: []Trunk{{Name: "gateway", Address: w.TLSAddr(), Transport: "tls",
		TLS:      TrunkTLS{CA: ca.file},
		Username: "101", Password: "secret of 101", Register: true,
		Inbound: Inbound{Addresses: []string{"127.0.0.1"}}}}})
	w.reachable(true)
	require.Equal(t, "TLS", w.registrar.places("101")[0].Network)
	back := w.everywhere()
	rings := phone.incoming()
	require.NoError(t, rings.Answer())
	w.hears(back, Answered)
	next(t, rings, Answered)
	require.NoError(t, rings.Hangup())
	w.hears(back, Ended)
	next(t, rings, Ended)
	out := phone.dial(Outgoing{Trunk: "gateway", From: "101", To: "10086"})
	in := w.incoming()
	require.NoError(t, in.Answer())
	next(t, out, Answered)
	next(t, in, Answered)
	require.NoError(t, in.Hangup())
	next(t, in, Ended)
	next(t, out, Ended)
}

// Connections that do not finish their handshake are closed, and a bounded
// number of them waits.
func TestTLSHandshakesAreBounded(t *testing.T) {
	a := newAgent(t, Options{TLSListen: "127.0.0.1:0", TLS: newAuthority(t).server("127.0.0.1"),
		handshake: 300 * time.Millisecond})
	var conns []net.Conn
	for range handshakeMost + 20 {
		c, err := net.Dial("tcp", a.TLSAddr())
		require.NoError(t, err)
		defer c.Close()
		conns = append(conns, c)
	}
	require.LessOrEqual(t, len(a.secure.slots), handshakeMost)
	for _, c := range conns {
		require.NoError(t, c.SetReadDeadline(time.Now().Add(deadline)))
		_, err := c.Read(make([]byte, 1))
		require.Error(t, err)
		require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the server closes it")
	}
	require.Eventually(t, func() bool { return len(a.secure.slots) == 0 }, deadline, tick)
}

// The next handshake shows the certificate that is there then.
func TestTLSCertificateIsReplaced(t *testing.T) {
	first, second := newAuthority(t), newAuthority(t)
	var current atomic.Pointer[tls.Config]
	current.Store(first.server("127.0.0.1"))
	conf := &tls.Config{MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate,
			error) {
			return &current.Load().Certificates[0], nil
		}}
	a := newAgent(t, Options{TLSListen: "127.0.0.1:0", TLS: conf})
	trusts := func(ca *authority) bool {
		pool := x509.NewCertPool()
		pool.AddCert(ca.cert)
		c, err := tls.Dial("tcp", a.TLSAddr(), &tls.Config{RootCAs: pool})
		if err == nil {
			c.Close()
		}
		return err == nil
	}
	require.True(t, trusts(first))
	current.Store(second.server("127.0.0.1"))
	require.True(t, trusts(second))
	require.False(t, trusts(first))
}

func TestTLSOptionsAreChecked(t *testing.T) {
	a := newAgent(t, Options{})
	bad := filepath.Join(t.TempDir(), "bad.pem")
	require.NoError(t, os.WriteFile(bad, []byte("nothing"), 0o600))
	for _, file := range []string{bad, bad + ".none"} {
		require.Error(t, a.SetTrunks([]Trunk{{Name: "a", Address: "192.0.2.1", Transport: "tls",
			TLS: TrunkTLS{CA: file}}}))
	}
	require.NoError(t, a.SetTrunks([]Trunk{{Name: "a", Address: "192.0.2.1", Transport: "tls"}}))
	list, err := a.targets(t.Context(), a.trunkNamed("a"))
	require.NoError(t, err)
	require.EqualValues(t, 5061, list[0].addr.Port())
	_, err = Listen(t.Context(), Options{Listen: "127.0.0.1:0", TLSListen: "127.0.0.1:0", RTP: a.ports})
	require.Error(t, err, "no certificate")
	require.Empty(t, a.TLSAddr())
}
