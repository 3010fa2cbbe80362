package sip

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"sync"
	"time"
)

// algorithm is a digest algorithm of RFC 8760.
type algorithm struct {
	name string
	hash func() hash.Hash
}

// algorithms in the order of preference.
var algorithms = []algorithm{{"SHA-256", sha256.New}, {"MD5", md5.New}}

func findAlgorithm(name string) (algorithm, bool) {
	if name == "" {
		name = "MD5"
	}
	for _, a := range algorithms {
		if strings.EqualFold(a.name, name) {
			return a, true
		}
	}
	return algorithm{}, false
}

func (a algorithm) sum(parts ...string) string {
	h := a.hash()
	h.Write([]byte(strings.Join(parts, ":")))
	return hex.EncodeToString(h.Sum(nil))
}

// response computes a digest response, RFC 7616 section 3.4.1. Without qop it
// is that of RFC 2069, which old trunks still ask for.
func (a algorithm) response(user, realm, password, method, uri, nonce, nc, cnonce, qop string) string {
	ha1 := a.sum(user, realm, password)
	ha2 := a.sum(method, uri)
	if qop == "" {
		return a.sum(ha1, nonce, ha2)
	}
	return a.sum(ha1, nonce, nc, cnonce, qop, ha2)
}

// challenge is a WWW-Authenticate or Proxy-Authenticate header.
type challenge struct {
	alg    algorithm
	realm  string
	nonce  string
	opaque string
	qop    string // "auth" or ""
	stale  bool
}

var errChallenge = errors.New("no challenge that can be answered")

// chooseChallenge takes the one with the best algorithm.
func chooseChallenge(values []string) (challenge, error) {
	var best challenge
	rank := len(algorithms)
	for _, v := range values {
		p, ok := digestParams(v)
		if !ok {
			continue
		}
		alg, ok := findAlgorithm(p["algorithm"])
		if !ok || p["nonce"] == "" {
			continue
		}
		qop := ""
		if p["qop"] != "" {
			for q := range strings.SplitSeq(p["qop"], ",") {
				if strings.EqualFold(strings.TrimSpace(q), "auth") {
					qop = "auth"
				}
			}
			if qop == "" {
				continue // only auth-int
			}
		}
		for i, a := range algorithms {
			if a.name == alg.name && i < rank {
				rank = i
				best = challenge{alg: alg, realm: p["realm"], nonce: p["nonce"], opaque: p["opaque"], qop: qop, stale: strings.EqualFold(p["stale"], "true")}
			}
		}
	}
	if rank == len(algorithms) {
		return challenge{}, errChallenge
	}
	return best, nil
}

// answer makes the Authorization header. Each challenge is answered once, so
// the nonce count is always one.
func (c challenge) answer(user, password, method, uri string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `Digest username=%s, realm=%s, nonce=%s, uri=%s, algorithm=%s`,
		quote(user), quote(c.realm), quote(c.nonce), quote(uri), c.alg.name)
	nc, cnonce := "", ""
	if c.qop != "" {
		nc, cnonce = "00000001", token(12)
		fmt.Fprintf(&b, `, qop=%s, nc=%s, cnonce="%s"`, c.qop, nc, cnonce)
	}
	fmt.Fprintf(&b, `, response="%s"`, c.alg.response(user, c.realm, password, method, uri, c.nonce, nc, cnonce, c.qop))
	if c.opaque != "" {
		fmt.Fprintf(&b, `, opaque=%s`, quote(c.opaque))
	}
	return b.String()
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "", "\n", "").Replace(s) + `"`
}

// maxDigest bounds a header that is parsed, in bytes.
const maxDigest = 2048

// digestParams reads the parameters of a Digest header; names are lower case.
func digestParams(value string) (map[string]string, bool) {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(value), " ")
	if !ok || !strings.EqualFold(scheme, "Digest") || len(value) > maxDigest {
		return nil, false
	}
	p := map[string]string{}
	for rest = strings.TrimSpace(rest); rest != ""; {
		name, after, ok := strings.Cut(rest, "=")
		if !ok {
			return nil, false
		}
		name = strings.ToLower(strings.TrimSpace(name))
		after = strings.TrimLeft(after, " \t")
		var val string
		if strings.HasPrefix(after, `"`) {
			val, after, ok = unquote(after[1:])
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

// unquote reads to the closing quote.
func unquote(s string) (val, rest string, ok bool) {
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

// verdict is the result of checking credentials.
type verdict uint8

const (
	credentialsMissing verdict = iota
	credentialsStale           // right, but the nonce is too old or used up
	credentialsWrong
	credentialsRight
)

const (
	nonceLife    = 5 * time.Minute
	maxNonces    = 4096 // nonces in use; beyond that the oldest is forgotten and answered with stale
	maxNonceUses = 1000
)

// nonces makes and checks the nonces of this server. A nonce carries its time
// and a MAC, so that asking for one costs no memory; only nonces that were used
// with the right password are remembered, for their counts.
type nonces struct {
	key [32]byte

	mu    sync.Mutex
	used  map[string]*nonceUse
	order []string // of used, oldest first
}

type nonceUse struct {
	count uint64 // highest seen
	key   string // of the request that it was seen in: its retransmissions may come again
}

func newNonces() *nonces {
	n := &nonces{used: map[string]*nonceUse{}}
	_, _ = rand.Read(n.key[:]) // never fails, crypto/rand
	return n
}

func (n *nonces) mac(b []byte) []byte {
	m := hmac.New(sha256.New, n.key[:])
	m.Write(b)
	return m.Sum(nil)[:16]
}

func (n *nonces) make(now time.Time) string {
	b := make([]byte, 16, 32)
	binary.BigEndian.PutUint64(b, uint64(now.UnixNano()))
	_, _ = rand.Read(b[8:])
	return base64.RawURLEncoding.EncodeToString(append(b, n.mac(b)...))
}

// fresh reports whether the nonce is ours and young enough.
func (n *nonces) fresh(nonce string, now time.Time) bool {
	b, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(b) != 32 || !hmac.Equal(b[16:], n.mac(b[:16])) {
		return false
	}
	age := now.Sub(time.Unix(0, int64(binary.BigEndian.Uint64(b))))
	return age >= 0 && age < nonceLife
}

// spend counts a use. A count that was seen is accepted only for the same
// request, which is then a retransmission.
func (n *nonces) spend(nonce string, count uint64, key string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	u := n.used[nonce]
	if u == nil {
		if count != 1 {
			return false // forgotten, or never begun
		}
		if len(n.order) >= maxNonces {
			delete(n.used, n.order[0])
			n.order = n.order[1:]
		}
		n.used[nonce] = &nonceUse{count, key}
		n.order = append(n.order, nonce)
		return true
	}
	if count == u.count {
		return key == u.key
	}
	if count < u.count || count > maxNonceUses {
		return false
	}
	u.count, u.key = count, key
	return true
}

// headers are the challenges, one for each algorithm, best first (RFC 8760
// section 2.4).
func (n *nonces) headers(realm string, now time.Time, stale bool) []string {
	var out []string
	for _, a := range algorithms {
		h := fmt.Sprintf(`Digest realm=%s, nonce="%s", algorithm=%s, qop="auth"`, quote(realm), n.make(now), a.name)
		if stale {
			h += ", stale=true"
		}
		out = append(out, h)
	}
	return out
}

// credentials are an Authorization header.
type credentials map[string]string

// check verifies credentials. requestKey names the request, the same for its
// retransmissions.
func (n *nonces) check(c credentials, user, password, realm, method, requestKey string, now time.Time) verdict {
	alg, ok := findAlgorithm(c["algorithm"])
	if !ok || c["qop"] != "auth" || c["realm"] != realm || len(c["nc"]) != 8 || c["cnonce"] == "" {
		return credentialsWrong
	}
	want := alg.response(c["username"], realm, password, method, c["uri"], c["nonce"], c["nc"], c["cnonce"], "auth")
	right := subtle.ConstantTimeCompare([]byte(want), []byte(strings.ToLower(c["response"])))
	same := subtle.ConstantTimeCompare([]byte(user), []byte(c["username"]))
	if right&same != 1 {
		return credentialsWrong
	}
	count, err := strconv.ParseUint(c["nc"], 16, 32)
	if err != nil {
		return credentialsWrong
	}
	if !n.fresh(c["nonce"], now) || !n.spend(c["nonce"], count, requestKey) {
		return credentialsStale
	}
	return credentialsRight
}

const tokenAlphabet = "abcdefghijkmnopqrstuvwxyz23456789"

// token is a random word of n letters, 5 bits each.
func token(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	for i := range b {
		b[i] = tokenAlphabet[int(b[i])%32]
	}
	return string(b)
}
