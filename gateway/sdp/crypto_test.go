package sdp

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tccc/gateway/mix"
	"tccc/gateway/rtp"
)

var at = netip.MustParseAddrPort("192.0.2.9:4000")

func want(s Security) Terms {
	return Terms{Codecs: []mix.Codec{mix.PCMU, mix.PCMA}, Security: s, Sealed: true}
}

// inline is a key of n bytes as it is written.
func inline(n int) string { return base64.StdEncoding.EncodeToString(make([]byte, n)) }

func described(sections ...string) string {
	return "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n" + strings.Join(sections, "")
}

func section(port int, proto string, attributes ...string) string {
	s := fmt.Sprintf("m=audio %d %s 0 8\r\n", port, proto)
	for _, a := range attributes {
		s += "a=" + a + "\r\n"
	}
	return s
}

func TestCryptoLines(t *testing.T) {
	k30, k46, k28, k44 := inline(30), inline(46), inline(28), inline(44)
	for line, ok := range map[string]bool{
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + k30:                        true,
		"1 aes_cm_128_hmac_sha1_32 INLINE:" + k30:                        true,
		"1 AES_256_CM_HMAC_SHA1_80 inline:" + k46:                        true,
		"1 AEAD_AES_128_GCM inline:" + k28:                               true,
		"1 AEAD_AES_256_GCM inline:" + k44:                               true,
		"1 AEAD_AES_256_GCM  inline:" + strings.TrimRight(k44, "="):      true,
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + k30 + "|2^31":              true,
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + k30 + "|2^20|1:4":          true,
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + k30 + "|1:4 WSH=128 KDR=0": true,
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + k30 + "|1:0":               false,
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + k30 + "|300:1":             false,
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + k30 + " UNENCRYPTED_SRTP":  false,
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + k30 + " UNENCRYPTED_SRTCP": false,
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + k30 + ";inline:" + k30:     false,
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + k46:                        false,
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + inline(29):                 false,
		"1 AES_CM_128_HMAC_SHA1_80 inline:":                              false,
		"1 AES_CM_128_HMAC_SHA1_80 inline:???":                           false,
		"1 AES_CM_128_HMAC_SHA1_80 uri:" + k30:                           false,
		"1 F8_128_HMAC_SHA1_80 inline:" + k30:                            false,
		"x AES_CM_128_HMAC_SHA1_80 inline:" + k30:                        false,
		"99999999999999999999 AES_CM_128_HMAC_SHA1_80 inline:" + k30:     false,
		"1 AES_CM_128_HMAC_SHA1_80":                                      false,
		"":                                                               false,
	} {
		_, got := parseCrypto(line)
		require.Equal(t, ok, got, line)
	}
}

func TestSecurityOfOffers(t *testing.T) {
	good := "crypto:7 AES_CM_128_HMAC_SHA1_80 inline:" + inline(30)
	bad := "crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + inline(4)
	for _, tc := range []struct {
		name    string
		body    string
		section [3]int // with off, prefer and require; -1: refused
		keys    [3]bool
	}{
		{"plain", described(section(10, "RTP/AVP")), [3]int{0, 0, -1}, [3]bool{}},
		{"secure", described(section(10, "RTP/SAVP", good)), [3]int{-1, 0, 0}, [3]bool{false, true, true}},
		{"secure with feedback", described(section(10, "RTP/SAVPF", good)), [3]int{-1, 0, 0},
			[3]bool{false, true, true}},
		{"plain with keys", described(section(10, "RTP/AVP", good)), [3]int{0, 0, 0}, [3]bool{false, true, true}},
		{"both", described(section(10, "RTP/AVP"), section(12, "RTP/SAVP", bad, good)), [3]int{0, 1, 1},
			[3]bool{false, true, true}},
		{"both, secure first", described(section(10, "RTP/SAVP", good), section(12, "RTP/AVP")), [3]int{1, 0, 0},
			[3]bool{false, true, true}},
		{"secure without a key", described(section(10, "RTP/SAVP")), [3]int{-1, -1, -1}, [3]bool{}},
		{"secure with a bad key", described(section(10, "RTP/SAVP", bad)), [3]int{-1, -1, -1}, [3]bool{}},
		{"bad key, then plain", described(section(10, "RTP/SAVP", bad), section(12, "RTP/AVP")), [3]int{1, 1, -1},
			[3]bool{}},
		{"DTLS", described(section(10, "UDP/TLS/RTP/SAVP", good)), [3]int{-1, -1, -1}, [3]bool{}},
	} {
		d, err := Parse([]byte(tc.body))
		require.NoError(t, err)
		for i, s := range []Security{Plain, Prefer, Require} {
			n, session, err := d.Choose(want(s))
			require.Equal(t, tc.section[i], n, "%s, %d", tc.name, s)
			require.Equal(t, n < 0, err != nil)
			if err != nil {
				require.ErrorIs(t, err, ErrNoAudio)
			}
			require.Equal(t, tc.keys[i], session.Keys != nil, "%s, %d", tc.name, s)
		}
		open := want(Prefer)
		open.Sealed = false
		_, session, _ := d.Choose(open)
		require.Nil(t, session.Keys, "no key is taken where it can be read")
	}
}

var cryptoLine = regexp.MustCompile(`a=crypto:(\d+) (\S+) inline:(\S+)\r\n`)

// An offer, its answer, a hold, and the peer's own offer use the same keys.
func TestKeysOfACall(t *testing.T) {
	for _, s := range []Security{Prefer, Require} {
		a, b := NewLocal(1), NewLocal(2)
		offer := a.Offer(at, want(s))
		require.Len(t, cryptoLine.FindAll(offer, -1), len(rtp.Suites()))
		require.Equal(t, s == Require, strings.Contains(string(offer), "RTP/SAVP"))

		answer, sb := answered(t, &b, offer, s)
		sa := accepted(t, &a, answer, s)
		require.Equal(t, sa.Keys.Local, sb.Keys.Remote)
		require.Equal(t, sa.Keys.Remote, sb.Keys.Local)
		require.NotEqual(t, sa.Keys.Local, sa.Keys.Remote)
		require.Equal(t, rtp.Suites()[0], sa.Keys.Suite)

		again, sb2 := answered(t, &b, a.Reoffer(at, sa, rtp.SendOnly), s)
		require.Equal(t, sb.Keys, sb2.Keys)
		require.Equal(t, sa.Keys, accepted(t, &a, again, s).Keys)

		back, sa2 := answered(t, &a, b.Reoffer(at, sb, rtp.SendRecv), s)
		require.Equal(t, sa.Keys, sa2.Keys)
		require.Equal(t, sb.Keys, accepted(t, &b, back, s).Keys)
	}
}

func answered(t *testing.T, o *Local, offer []byte, s Security) ([]byte, rtp.Session) {
	t.Helper()
	d, err := Parse(offer)
	require.NoError(t, err)
	i, n, err := d.Choose(want(s))
	require.NoError(t, err)
	o.Key(&n)
	answer := o.Answer(d, i, at, n)
	require.Len(t, cryptoLine.FindAll(answer, -1), 1)
	return answer, n
}

func accepted(t *testing.T, o *Local, answer []byte, s Security) rtp.Session {
	t.Helper()
	d, err := Parse(answer)
	require.NoError(t, err)
	i, n, err := d.Choose(want(s))
	require.NoError(t, err)
	require.NoError(t, o.Accept(d, i, &n))
	return n
}

// An answer must take one of the keys that were offered, with its number.
func TestAnswersThatDoNotFit(t *testing.T) {
	for _, line := range []string{
		"crypto:9 AES_CM_128_HMAC_SHA1_80 inline:" + inline(30), // no such number
		"crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + inline(30), // that of another suite
	} {
		o := NewLocal(1)
		o.Offer(at, want(Prefer))
		d, err := Parse([]byte(described(section(10, "RTP/AVP", line))))
		require.NoError(t, err)
		i, n, err := d.Choose(want(Prefer))
		require.NoError(t, err)
		require.ErrorIs(t, o.Accept(d, i, &n), ErrNotSecure)
	}
	o := NewLocal(1)
	offer := string(o.Offer(at, want(Prefer)))
	d, err := Parse([]byte(described(section(10, "RTP/AVP", cryptoLine.FindString(offer)[2:]))))
	require.NoError(t, err)
	i, n, err := d.Choose(want(Prefer))
	require.NoError(t, err)
	require.ErrorIs(t, o.Accept(d, i, &n), ErrNotSecure, "our own key comes back")
}

func TestKeysAreNotShown(t *testing.T) {
	c, ok := parseCrypto("1 AES_CM_128_HMAC_SHA1_80 inline:" + inline(30))
	require.True(t, ok)
	for _, text := range []string{fmt.Sprint(c), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", c)} {
		require.NotContains(t, text, "0 0 0")
		require.NotContains(t, text, "0x0")
		require.NotContains(t, text, "AAAA")
	}
}
