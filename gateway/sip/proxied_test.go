package sip

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/pires/go-proxyproto"
	"github.com/stretchr/testify/require"
)

// throughBalancer is a connection that a load balancer makes for a client.
func throughBalancer(t *testing.T, to string, client netip.AddrPort) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", to)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	head, err := proxyproto.HeaderProxyFromAddrs(2, net.TCPAddrFromAddrPort(client), conn.RemoteAddr()).Format()
	require.NoError(t, err)
	_, err = conn.Write(head)
	require.NoError(t, err)
	return conn
}

// A phone behind a load balancer is known by its own address, and called over
// the connection that it made.
func TestPhoneBehindBalancer(t *testing.T) {
	for _, network := range []string{"tcp", "tls"} {
		t.Run(network, func(t *testing.T) {
			ca := newAuthority(t)
			w := newWatched(t, Options{
				Proxied:   func(remote string) bool { return netip.MustParseAddrPort(remote).Addr().IsLoopback() },
				TLSListen: "127.0.0.1:0", TLS: ca.server("127.0.0.1"),
			})
			client := netip.MustParseAddrPort("203.0.113.9:4711")
			var conn net.Conn
			if network == "tls" {
				pool := x509.NewCertPool()
				pool.AddCert(ca.cert)
				conn = tls.Client(throughBalancer(t, w.TLSAddr(), client),
					&tls.Config{RootCAs: pool, ServerName: "127.0.0.1"})
			} else {
				conn = throughBalancer(t, w.Addr(), client)
			}
			d := deskOn(t, conn, network, "101", "secret of 101")
			require.Equal(t, 200, d.register("Contact: <sip:101@192.0.2.1>").StatusCode)
			w.reachable(true)
			require.Equal(t, client, w.registrar.list("101")[0].Source)

			c, err := w.DialEverywhere(t.Context(), Outgoing{Extension: "101", From: "10086"})
			require.NoError(t, err)
			invite, ok := d.read().(*sip.Request)
			require.True(t, ok)
			require.Equal(t, "INVITE", string(invite.Method))
			require.NoError(t, c.Hangup())
		})
	}
}

// A trunk is one behind a balancer by its own address only, and a stranger
// does not become one by a header.
func TestTrunkBehindBalancer(t *testing.T) {
	for name, tc := range map[string]struct {
		trusted bool
		client  string
		want    bool
	}{
		"the trunk":            {true, "203.0.113.9:5060", true},
		"another client":       {true, "203.0.113.10:5060", false},
		"a header of nobody's": {false, "203.0.113.9:5060", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newAgent(t, Options{
				Proxied: func(string) bool { return tc.trusted },
				Trunks:  []Trunk{{Name: "carrier", Inbound: Inbound{Addresses: []string{"203.0.113.9"}}}},
			})
			conn := throughBalancer(t, s.Addr(), netip.MustParseAddrPort(tc.client))
			_, err := fmt.Fprintf(conn, "INVITE sip:1@x SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1\r\nMax-Forwards: 70\r\nFrom: <sip:2@x>;tag=a\r\n"+
				"To: <sip:1@x>\r\nCall-ID: %s\r\nCSeq: 1 INVITE\r\nContact: <sip:2@192.0.2.1;transport=tcp>\r\nContent-Length: 0\r\n\r\n", token(8))
			require.NoError(t, err)
			require.NoError(t, conn.SetReadDeadline(time.Now().Add(deadline)))
			if tc.want {
				c := <-s.calls
				require.Equal(t, "carrier", c.Trunk())
				require.NoError(t, c.Reject(486, "Busy Here"))
				return
			}
			answer := make([]byte, 12)
			n, _ := conn.Read(answer)
			require.NotEqual(t, "SIP/2.0 100 ", string(answer[:n]))
			require.Empty(t, s.calls)
		})
	}
}
