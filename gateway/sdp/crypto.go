package sdp

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"tccc/gateway/rtp"
)

// Security says whether a leg's media is encrypted, by keys in the session
// description (RFC 4568).
type Security uint8

// What our side may want.
const (
	Plain   Security = iota // keys of the peer are passed over
	Prefer                  // encrypted where the peer can
	Require                 // encrypted or not at all
)

// ParseSecurity reads the name of a Security; empty is Prefer.
func ParseSecurity(name string) (Security, error) {
	switch name {
	case "", "prefer":
		return Prefer, nil
	case "require":
		return Require, nil
	case "off":
		return Plain, nil
	}
	return 0, fmt.Errorf("%q is not require, prefer or off", name)
}

// maxCrypto bounds the crypto attributes of a section.
const maxCrypto = 16

// crypto is a crypto attribute that can be used (RFC 4568 section 9.1).
type crypto struct {
	tag   int
	suite rtp.Suite
	key   []byte // master key and salt
	mki   []byte
}

// String never shows the key.
func (c crypto) String() string { return fmt.Sprintf("crypto %d %s", c.tag, c.suite) }

// GoString never shows the key.
func (c crypto) GoString() string { return c.String() }

// parseCrypto reads a crypto attribute. False: it is malformed, or asks for
// what this gateway does not have, and is as good as not there (section 7.1.2).
func parseCrypto(value string) (c crypto, ok bool) {
	f := strings.Fields(value)
	if len(f) < 3 || len(f[0]) > 9 {
		return c, false
	}
	tag, err := strconv.ParseUint(f[0], 10, 31)
	if err != nil {
		return c, false
	}
	c.tag = int(tag)
	if c.suite, ok = rtp.ParseSuite(f[1]); !ok {
		return c, false
	}
	for _, p := range f[3:] { // section 6.3
		name, number, _ := strings.Cut(strings.ToUpper(p), "=")
		if name != "WSH" && (name != "KDR" || number != "0") {
			return c, false
		}
	}
	method, info, _ := strings.Cut(f[2], ":")
	if !strings.EqualFold(method, "inline") || strings.Contains(info, ";") {
		return c, false
	}
	text, rest, _ := strings.Cut(info, "|")
	// Some leave the padding out.
	if c.key, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "=")); err != nil ||
		len(c.key) != c.suite.KeySize() {
		return c, false
	}
	for rest != "" { // lifetime and MKI (section 6.1)
		var part string
		part, rest, _ = strings.Cut(rest, "|")
		if number, length, isMKI := strings.Cut(part, ":"); isMKI {
			if c.mki, ok = parseMKI(number, length); !ok {
				return c, false
			}
		}
	}
	return c, true
}

// parseMKI reads the number of a master key and its length in packets.
func parseMKI(number, length string) ([]byte, bool) {
	n, err := strconv.ParseUint(number, 10, 64)
	size, err2 := strconv.ParseUint(length, 10, 8)
	if err != nil || err2 != nil || size < 1 || size > 128 {
		return nil, false
	}
	mki := make([]byte, size)
	for i := len(mki) - 1; i >= 0; i-- {
		mki[i] = byte(n)
		n >>= 8
	}
	return mki, n == 0
}

// secure reports whether a profile demands SRTP.
func secure(proto string) bool {
	return strings.EqualFold(proto, "RTP/SAVP") || strings.EqualFold(proto, "RTP/SAVPF")
}

// plain reports whether a profile is that of plain RTP, which may have keys all
// the same: then they are for who can.
func plain(proto string) bool {
	return strings.EqualFold(proto, "RTP/AVP") || strings.EqualFold(proto, "RTP/AVPF")
}

// keyring has our own keys of a call, one a suite, and what was said of them.
type keyring struct {
	keys    map[rtp.Suite][]byte
	offered []crypto // in our newest offer
}

// key is our own key of a suite. It stays for the call: packets are counted with it.
func (k *keyring) key(s rtp.Suite) []byte {
	if k.keys == nil {
		k.keys = map[rtp.Suite][]byte{}
	}
	if k.keys[s] == nil {
		key := make([]byte, s.KeySize())
		_, _ = rand.Read(key) // it never fails
		k.keys[s] = key
	}
	return k.keys[s]
}

// offer makes the lines of an offer.
func (k *keyring) offer() string {
	k.offered = nil
	var b strings.Builder
	for i, s := range rtp.Suites() {
		c := crypto{tag: i + 1, suite: s, key: k.key(s)}
		k.offered = append(k.offered, c)
		b.WriteString(c.line())
	}
	return b.String()
}

// again makes the line of an offer that changes nothing.
func (k *keyring) again(keys *rtp.Keys) string {
	c := crypto{tag: 1, suite: keys.Suite, key: keys.Local}
	k.offered = []crypto{c}
	return c.line()
}

func (c crypto) line() string {
	return fmt.Sprintf("a=crypto:%d %s inline:%s\r\n", c.tag, c.suite, base64.StdEncoding.EncodeToString(c.key))
}

// accepted finds our key to the peer's answer: it must name a line that we have
// offered (RFC 4568 section 7.1.3).
func (k *keyring) accepted(c crypto) *rtp.Keys {
	for _, o := range k.offered {
		if o.tag == c.tag && o.suite == c.suite && !bytes.Equal(o.key, c.key) {
			return &rtp.Keys{Suite: c.suite, Local: o.key, Remote: c.key, MKI: c.mki}
		}
	}
	return nil
}
