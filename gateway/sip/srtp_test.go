package sip

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"

	"tccc/gateway/mix"
	"tccc/gateway/rtp"
	"tccc/gateway/sdp"
)

// secureBoth sets what both agents want of their media.
func secureBoth(t *testing.T, ca *authority, wants ...sdp.Security) (a, b *agent) {
	listen := func() *agent { return newAgent(t, Options{TLSListen: "127.0.0.1:0", TLS: ca.server("127.0.0.1")}) }
	a, b = listen(), listen()
	for i, x := range [][2]*agent{{a, b}, {b, a}} {
		require.NoError(t, x[0].SetTrunks([]Trunk{{Name: "peer", Address: x[1].TLSAddr(), Transport: "tls",
			TLS:     TrunkTLS{CA: ca.file},
			Inbound: Inbound{Addresses: []string{"127.0.0.1"}}, Security: wants[i]}}))
	}
	return a, b
}

func TestMediaIsEncrypted(t *testing.T) {
	ca := newAuthority(t)
	for _, tc := range []struct {
		name   string
		caller sdp.Security
		called sdp.Security
		secure bool
	}{
		{"both may", sdp.Prefer, sdp.Prefer, true},
		{"the caller must", sdp.Require, sdp.Prefer, true},
		{"the called must", sdp.Prefer, sdp.Require, true},
		{"both must", sdp.Require, sdp.Require, true},
		{"the caller does not", sdp.Plain, sdp.Prefer, false},
		{"the called does not", sdp.Prefer, sdp.Plain, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a, b := secureBoth(t, ca, tc.caller, tc.called)
			out, in := talk(t, a, b, Outgoing{})
			heardBothWays(t, out, in)
			for _, c := range []*Call{out, in} {
				s, ok := c.Leg().Session()
				require.True(t, ok)
				require.Equal(t, tc.secure, s.Keys != nil)
			}
			for range 2 { // the keys stay, and so does the counting
				require.NoError(t, out.Hold())
				next(t, in, Held)
				require.NoError(t, out.Resume())
				next(t, in, Resumed)
				heardBothWays(t, out, in)
			}
			require.NoError(t, in.Hold())
			next(t, out, Held)
			require.NoError(t, in.Resume())
			next(t, out, Resumed)
			heardBothWays(t, out, in)
			require.Zero(t, a.ports.Forged()+b.ports.Forged())
			require.NoError(t, out.Hangup())
			next(t, out, Ended)
			next(t, in, Ended)
		})
	}
}

// sink notes that something is heard.
type sink chan struct{}

func (s sink) WriteFrame(*mix.Frame) {
	select {
	case s <- struct{}{}:
	default:
	}
}

// heardBothWays plays to both ends of a call until both hear it.
func heardBothWays(t *testing.T, out, in *Call) {
	t.Helper()
	e := mix.NewEngine()
	defer e.Close()
	heard := map[*rtp.Leg]sink{out.Leg(): make(sink, 10), in.Leg(): make(sink, 10)}
	for leg, s := range heard {
		leg.Receive(s)
		e.Play(leg, mix.NewClip(make([]int16, 8000)), mix.PlayOptions{})
	}
	for leg, s := range heard {
		for range 5 {
			select {
			case <-s:
			case <-time.After(deadline):
				require.FailNow(t, "nothing is heard")
			}
		}
		leg.Receive(nil)
	}
}

// Who must be encrypted refuses who is not, with a reason.
func TestEncryptionIsRequired(t *testing.T) {
	ca := newAuthority(t)
	a, b := secureBoth(t, ca, sdp.Plain, sdp.Require)
	out := a.dial(Outgoing{})
	require.Equal(t, 488, next(t, out, Ended).Code)

	a, _ = secureBoth(t, ca, sdp.Require, sdp.Plain)
	out = a.dial(Outgoing{})
	require.Equal(t, 488, next(t, out, Ended).Code)
	require.Empty(t, b.calls)
}

// Over UDP no keys are told, unless somebody has said that they may be.
func TestKeysGoOverTLSOnly(t *testing.T) {
	want := func(clear bool, s sdp.Security) Options {
		return Options{Trunks: []Trunk{{Name: "peer", Security: s, KeysInClear: clear}}}
	}
	for _, network := range []string{"udp", "tcp"} {
		a, b := pair(t, network, want(false, sdp.Prefer), want(true, sdp.Prefer))
		out, in := talk(t, a, b, Outgoing{})
		require.NotContains(t, string(out.invite.Body()), "crypto")
		s, _ := in.Leg().Session()
		require.Nil(t, s.Keys)
		require.NoError(t, out.Hangup())

		a, b = pair(t, network, want(true, sdp.Require), want(true, sdp.Require))
		out, in = talk(t, a, b, Outgoing{})
		heardBothWays(t, out, in)
		s, _ = in.Leg().Session()
		require.NotNil(t, s.Keys)
		require.NoError(t, in.Hangup())

		a, _ = pair(t, network, want(true, sdp.Require), want(false, sdp.Require))
		require.Equal(t, 488, next(t, a.dial(Outgoing{}), Ended).Code)
	}
}

// Each desk phone is called as its own account says.
func TestEncryptionOfExtensions(t *testing.T) {
	ca := newAuthority(t)
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	for want, says := range map[sdp.Security]string{sdp.Plain: "RTP/AVP ", sdp.Prefer: "RTP/AVP ",
		sdp.Require: "RTP/SAVP "} {
		t.Run(says, func(t *testing.T) {
			w := newWatched(t, Options{
				TLSListen: "127.0.0.1:0", TLS: ca.server("127.0.0.1"),
				Extensions: []Extension{{Name: "101", Password: "secret of 101", Security: want}},
			})
			conn, err := tls.Dial("tcp", w.TLSAddr(), &tls.Config{RootCAs: pool})
			require.NoError(t, err)
			t.Cleanup(func() { conn.Close() })
			d := deskOn(t, conn, "tls", "101", "secret of 101")
			require.Equal(t, 200, d.register("Contact: <sip:101@192.0.2.1;transport=tls>").StatusCode)
			c, err := w.DialEverywhere(t.Context(), Outgoing{Extension: "101", From: "10086"})
			require.NoError(t, err)
			invite, ok := d.read().(*sip.Request)
			require.True(t, ok)
			require.Contains(t, string(invite.Body()), says)
			require.Equal(t, want != sdp.Plain, strings.Contains(string(invite.Body()), "a=crypto:"), "%s",
				invite.Body())
			require.NoError(t, c.Hangup())
		})
	}
}
