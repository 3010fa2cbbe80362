package sip

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// signed is a trunk that both sides reach by digest only.
func signed(user, password, inUser, inPassword string) Options {
	return Options{Trunks: []Trunk{{Name: "peer", Username: user, Password: password,
		Inbound: Inbound{Username: inUser, Password: inPassword}}}}
}

func TestDigestBothWays(t *testing.T) {
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			a, b := pair(t, network, signed("alice", "secret of a", "bob", "secret of b"), signed("bob", "secret of b", "alice", "secret of a"))
			for range 3 {
				out, in := talk(t, a, b, Outgoing{})
				require.Equal(t, "peer", in.Trunk())
				require.NoError(t, out.Hangup())
				next(t, out, Ended)
				next(t, in, Ended)
				out, in = talk(t, b, a, Outgoing{})
				require.NoError(t, in.Hangup())
				next(t, out, Ended)
				next(t, in, Ended)
			}
		})
	}
}

func TestDigestWrongPassword(t *testing.T) {
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			a, b := pair(t, network, signed("alice", "guess", "bob", "x"), signed("bob", "x", "alice", "secret"))
			out := a.dial(Outgoing{})
			require.Equal(t, 401, next(t, out, Ended).Code)
			require.Empty(t, b.calls)
			require.Zero(t, b.Calls())
		})
	}
}

func TestUnknownSource(t *testing.T) {
	b := newAgent(t, Options{Trunks: []Trunk{{Name: "peer", Inbound: Inbound{Addresses: []string{"192.0.2.0/24"}}}}})
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			a := newAgent(t, Options{Trunks: []Trunk{{Name: "peer", Address: b.Addr(), Transport: network}}})
			out := a.dial(Outgoing{})
			require.Equal(t, 403, next(t, out, Ended).Code)
			require.Empty(t, b.calls)
		})
	}
}

func TestNonces(t *testing.T) {
	n := newNonces()
	now := time.Now()
	sign := func(alg algorithm, nonce string, nc int, password string) credentials {
		c := credentials{"algorithm": alg.name, "username": "u", "realm": "r", "nonce": nonce, "uri": "sip:x", "qop": "auth",
			"nc": fmt.Sprintf("%08x", nc), "cnonce": "c"}
		c["response"] = alg.response("u", "r", password, "INVITE", "sip:x", nonce, c["nc"], "c", "auth")
		return c
	}
	check := func(c credentials, key string, at time.Time) verdict {
		return n.check(c, "u", "p", "r", "INVITE", key, at)
	}
	for _, alg := range algorithms {
		nonce := n.make(now)
		require.Equal(t, credentialsWrong, check(sign(alg, nonce, 1, "q"), "a", now))
		require.Equal(t, credentialsRight, check(sign(alg, nonce, 1, "p"), "a", now))
		require.Equal(t, credentialsRight, check(sign(alg, nonce, 1, "p"), "a", now), "a retransmission")
		require.Equal(t, credentialsStale, check(sign(alg, nonce, 1, "p"), "b", now), "a replay")
		require.Equal(t, credentialsRight, check(sign(alg, nonce, 2, "p"), "b", now))
		require.Equal(t, credentialsStale, check(sign(alg, nonce, 1, "p"), "a", now), "counted back")
		require.Equal(t, credentialsStale, check(sign(alg, nonce, maxNonceUses+1, "p"), "c", now))
		require.Equal(t, credentialsStale, check(sign(alg, nonce, 3, "p"), "c", now.Add(nonceLife)))
		require.Equal(t, credentialsStale, check(sign(alg, n.make(now), 2, "p"), "c", now), "never begun")
		require.Equal(t, credentialsStale, check(sign(alg, newNonces().make(now), 1, "p"), "c", now), "not ours")
		bad := sign(alg, n.make(now), 1, "p")
		bad["uri"] = "sip:y"
		require.Equal(t, credentialsWrong, check(bad, "d", now))
	}
	require.Equal(t, credentialsWrong, check(credentials{"algorithm": "SHA-512-256"}, "a", now))
	for i := range maxNonces + 10 {
		require.Equal(t, credentialsRight, check(sign(algorithms[1], n.make(now), 1, "p"), fmt.Sprint(i), now))
	}
	require.LessOrEqual(t, len(n.used), maxNonces)
	require.Len(t, n.order, len(n.used))
}

// The example of RFC 7616 section 3.9.1, and MD5 as in RFC 2617 section 3.5.
func TestDigestVectors(t *testing.T) {
	sha, _ := findAlgorithm("sha-256")
	require.Equal(t, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
		sha.response("Mufasa", "http-auth@example.org", "Circle of Life", "GET", "/dir/index.html",
			"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "00000001", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "auth"))
	md, _ := findAlgorithm("")
	require.Equal(t, "6629fae49393a05397450978507c4ef1",
		md.response("Mufasa", "testrealm@host.com", "Circle Of Life", "GET", "/dir/index.html",
			"dcd98b7102dd2f0e8b11d0f600bfb0c093", "00000001", "0a4f113b", "auth"))
}

func TestChooseChallenge(t *testing.T) {
	c, err := chooseChallenge([]string{
		`Digest realm="a", nonce="1", algorithm=MD5, qop="auth"`,
		`Digest realm="a \"b\"", nonce="2,=", algorithm=SHA-256, qop="auth-int,auth", opaque="o", stale=TRUE`,
		`Digest realm="a", nonce="3", algorithm=SHA-512-256, qop="auth"`,
	})
	require.NoError(t, err)
	require.Equal(t, "SHA-256", c.alg.name)
	require.Equal(t, `a "b"`, c.realm)
	require.Equal(t, "2,=", c.nonce)
	require.True(t, c.stale)
	h := c.answer("u", "p", "INVITE", "sip:x")
	p, ok := digestParams(h)
	require.True(t, ok)
	require.Equal(t, "o", p["opaque"])
	require.Equal(t, `a "b"`, p["realm"])
	for _, bad := range []string{"", "Basic x", `Digest realm="a`, `Digest realm="a", nonce="1", qop="auth-int"`, "Digest a=1, a=2"} {
		_, err := chooseChallenge([]string{bad})
		require.Error(t, err, bad)
	}
}

func FuzzDigestParams(f *testing.F) {
	f.Add(`Digest realm="a", nonce="1", algorithm=MD5, qop="auth"`)
	f.Add(`Digest a="\"`)
	f.Add(`digest ,=,`)
	f.Fuzz(func(t *testing.T, s string) {
		if p, ok := digestParams(s); ok && len(p) > len(s) {
			t.Fatal("more parameters than letters")
		}
		_, _ = chooseChallenge([]string{s})
	})
}
