// Package digest is the digest authentication of SIP (RFC 3261 section 22,
// RFC 7616, RFC 8760): a [Keyring] answers challenges, [Nonces] make and check
// them.
package digest

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"strings"
)

// Algorithm is a digest algorithm of RFC 8760.
type Algorithm struct {
	Name string
	hash func() hash.Hash
}

// algorithms that challenges are answered with. Those before offered are asked
// for as well if nothing else is said, the best first.
var algorithms = []Algorithm{{"SHA-256", sha256.New}, {"MD5", md5.New}, {"SHA-512-256", sha512.New512_256}}

const offered = 2

// Find finds an algorithm by its name; none means MD5.
func Find(name string) (Algorithm, bool) {
	if name == "" {
		name = "MD5"
	}
	for _, a := range algorithms {
		if strings.EqualFold(a.Name, name) {
			return a, true
		}
	}
	return Algorithm{}, false
}

func (a Algorithm) sum(parts ...string) string {
	h := a.hash()
	h.Write([]byte(strings.Join(parts, ":")))
	return hex.EncodeToString(h.Sum(nil))
}

// Response computes a digest response, RFC 7616 section 3.4.1. Without qop it
// is that of RFC 2069, which old trunks still ask for.
func (a Algorithm) Response(user, realm, password, method, uri, nonce, nc, cnonce, qop string) string {
	ha1 := a.sum(user, realm, password)
	ha2 := a.sum(method, uri)
	if qop == "" {
		return a.sum(ha1, nonce, ha2)
	}
	return a.sum(ha1, nonce, nc, cnonce, qop, ha2)
}

// Quote writes a quoted string, RFC 3261 section 25.1.
func Quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "", "\n", "").Replace(s) + `"`
}

// most bounds a header that is parsed, in bytes.
const most = 2048

// Params are the parameters of a Digest header; names are lower case.
type Params map[string]string

// Parse reads a Digest header.
func Parse(value string) (Params, bool) {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(value), " ")
	if !ok || !strings.EqualFold(scheme, "Digest") || len(value) > most {
		return nil, false
	}
	p := Params{}
	for rest = strings.TrimSpace(rest); rest != ""; {
		name, after, ok := strings.Cut(rest, "=")
		if !ok {
			return nil, false
		}
		name = strings.ToLower(strings.TrimSpace(name))
		after = strings.TrimLeft(after, " \t")
		var val string
		if strings.HasPrefix(after, `"`) {
			val, after, ok = Unquote(after[1:])
			if !ok {
				return nil, false
			}
			_, rest, _ = strings.Cut(after, ",")
		} else {
			val, rest, _ = strings.Cut(after, ",")
			val = strings.TrimSpace(val)
		}
		if _, twice := p[name]; twice {
			return nil, false
		}
		p[name] = val
		rest = strings.TrimSpace(rest)
	}
	return p, true
}

// Unquote reads to the closing quote.
func Unquote(s string) (val, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i++; i == len(s) {
				return "", "", false
			}
			b.WriteByte(s[i])
		case '"':
			return b.String(), s[i+1:], true
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}
