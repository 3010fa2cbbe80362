package digest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNonces(t *testing.T) {
	n := NewNonces()
	now := time.Now()
	sign := func(alg Algorithm, nonce string, nc int, password string) Params {
		c := Params{"algorithm": alg.Name, "username": "u", "realm": "r", "nonce": nonce, "uri": "sip:x", "qop": "auth",
			"nc": fmt.Sprintf("%08x", nc), "cnonce": "c"}
		c["response"] = alg.Response("u", "r", password, "INVITE", "sip:x", nonce, c["nc"], "c", "auth")
		return c
	}
	check := func(c Params, key string, at time.Time) Verdict {
		return n.Check(c, "u", "p", "r", "INVITE", key, at)
	}
	for _, alg := range algorithms {
		nonce := n.New(now)
		require.Equal(t, Wrong, check(sign(alg, nonce, 1, "q"), "a", now))
		require.Equal(t, Right, check(sign(alg, nonce, 1, "p"), "a", now))
		require.Equal(t, Right, check(sign(alg, nonce, 1, "p"), "a", now), "a retransmission")
		require.Equal(t, Stale, check(sign(alg, nonce, 1, "p"), "b", now), "a replay")
		require.Equal(t, Right, check(sign(alg, nonce, 2, "p"), "b", now))
		require.Equal(t, Stale, check(sign(alg, nonce, 1, "p"), "a", now), "counted back")
		require.Equal(t, Stale, check(sign(alg, nonce, maxNonceUses+1, "p"), "c", now))
		require.Equal(t, Stale, check(sign(alg, nonce, 3, "p"), "c", now.Add(NonceLife)))
		require.Equal(t, Stale, check(sign(alg, n.New(now), 2, "p"), "c", now), "never begun")
		require.Equal(t, Stale, check(sign(alg, NewNonces().New(now), 1, "p"), "c", now), "not ours")
		bad := sign(alg, n.New(now), 1, "p")
		bad["uri"] = "sip:y"
		require.Equal(t, Wrong, check(bad, "d", now))
	}
	require.Equal(t, Wrong, check(Params{"algorithm": "SHA-1"}, "a", now))
	for i := range maxNonces + 10 {
		require.Equal(t, Right, check(sign(algorithms[1], n.New(now), 1, "p"), fmt.Sprint(i), now))
	}
	require.LessOrEqual(t, len(n.used), maxNonces)
	require.Len(t, n.order, len(n.used))
}

// The example of RFC 7616 section 3.9.1, and MD5 as in RFC 2617 section 3.5.
func TestDigestVectors(t *testing.T) {
	sha, _ := Find("sha-256")
	require.Equal(t, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
		sha.Response("Mufasa", "http-auth@example.org", "Circle of Life", "GET", "/dir/index.html",
			"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "00000001", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
			"auth"))
	md, _ := Find("")
	require.Equal(t, "6629fae49393a05397450978507c4ef1",
		md.Response("Mufasa", "testrealm@host.com", "Circle Of Life", "GET", "/dir/index.html",
			"dcd98b7102dd2f0e8b11d0f600bfb0c093", "00000001", "0a4f113b", "auth"))
}

func FuzzParse(f *testing.F) {
	f.Add(`Digest realm="a", nonce="1", algorithm=MD5, qop="auth"`)
	f.Add(`Digest a="\"`)
	f.Add(`digest ,=,`)
	f.Fuzz(func(t *testing.T, s string) {
		if p, ok := Parse(s); ok && len(p) > len(s) {
			t.Fatal("more parameters than letters")
		}
		_ = choose([]string{s})
	})
}

// Who asks with some algorithms only takes no others.
func TestAlgorithmsThatAreAsked(t *testing.T) {
	now := time.Now()
	for _, tc := range []struct {
		names []string
		asked []string
	}{
		{nil, []string{"SHA-256", "MD5"}},
		{[]string{"MD5"}, []string{"MD5"}},
		{[]string{"MD5", "SHA-256"}, []string{"MD5", "SHA-256"}},
		{[]string{"SHA-256", "nothing"}, []string{"SHA-256"}},
	} {
		n := NewNonces(tc.names...)
		headers := n.Headers("r", now, false)
		require.Len(t, headers, len(tc.asked))
		for i, name := range tc.asked {
			require.Contains(t, headers[i], "algorithm="+name)
		}
		for _, a := range algorithms {
			nonce := n.New(now)
			p := Params{"username": "u", "realm": "r", "uri": "sip:x", "algorithm": a.Name, "qop": "auth",
				"nc": "00000001", "cnonce": "c", "nonce": nonce}
			p["response"] = a.Response("u", "r", "p", "REGISTER", "sip:x", nonce, "00000001", "c", "auth")
			want := Wrong
			if tc.names == nil || slices.Contains(tc.asked, a.Name) {
				want = Right
			}
			require.Equal(t, want, n.Check(p, "u", "p", "r", "REGISTER", "k", now), "%v %s", tc.names, a.Name)
		}
	}
}
