package digest

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Verdict is the result of checking credentials.
type Verdict uint8

// The verdicts.
const (
	Missing Verdict = iota
	Stale           // right, but the nonce is too old or used up
	Wrong
	Right
)

const (
	NonceLife    = 5 * time.Minute // from when it was made
	maxNonces    = 4096            // nonces in use; beyond that the oldest is forgotten and answered with stale
	maxNonceUses = 1000
)

// Nonces makes and checks the nonces of this server. A nonce carries its time
// and a MAC, so that asking for one costs no memory; only nonces that were used
// with the right password are remembered, for their counts.
type Nonces struct {
	key   [32]byte
	asked []Algorithm
	taken []Algorithm
	began time.Time // nonces count from here: a clock that is set makes none older or younger

	mu    sync.Mutex
	used  map[string]*nonceUse
	order []string // of used, oldest first
}

type nonceUse struct {
	count uint64 // highest seen
	key   string // of the request that it was seen in: its retransmissions may come again
}

// NewNonces makes the key that the nonces are known by.
//
// Challenges are for these algorithms, in this order, and answers with others
// are wrong; what Find does not know is left out. Without names SHA-256 and MD5
// are asked for, and every other one that is known will do.
func NewNonces(names ...string) *Nonces {
	n := &Nonces{used: map[string]*nonceUse{}, began: time.Now(), asked: algorithms[:offered], taken: algorithms}
	if len(names) > 0 {
		n.asked = nil
	}
	for _, name := range names {
		if a, ok := Find(name); ok {
			n.asked = append(n.asked, a)
			n.taken = n.asked
		}
	}
	_, _ = rand.Read(n.key[:]) // never fails, crypto/rand
	return n
}

func (n *Nonces) mac(b []byte) []byte {
	m := hmac.New(sha256.New, n.key[:])
	m.Write(b)
	return m.Sum(nil)[:16]
}

// New makes a nonce.
func (n *Nonces) New(now time.Time) string {
	b := make([]byte, 16, 32)
	binary.BigEndian.PutUint64(b, uint64(now.Sub(n.began)))
	_, _ = rand.Read(b[8:])
	return base64.RawURLEncoding.EncodeToString(append(b, n.mac(b)...))
}

// Fresh reports whether the nonce is ours and young enough.
func (n *Nonces) Fresh(nonce string, now time.Time) bool {
	b, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(b) != 32 || !hmac.Equal(b[16:], n.mac(b[:16])) {
		return false
	}
	age := now.Sub(n.began) - time.Duration(binary.BigEndian.Uint64(b))
	return age >= 0 && age < NonceLife
}

// spend counts a use. A count that was seen is accepted only for the same
// request, which is then a retransmission.
func (n *Nonces) spend(nonce string, count uint64, key string) bool {
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

// Headers are the challenges, one for each algorithm, in their order (RFC 8760
// section 2.4).
func (n *Nonces) Headers(realm string, now time.Time, stale bool) []string {
	var out []string
	for _, a := range n.asked {
		h := fmt.Sprintf(`Digest realm=%s, nonce="%s", algorithm=%s, qop="auth"`, Quote(realm), n.New(now), a.Name)
		if stale {
			h += ", stale=true"
		}
		out = append(out, h)
	}
	return out
}

// Check verifies credentials. requestKey names the request, the same for its
// retransmissions.
func (n *Nonces) Check(c Params, user, password, realm, method, requestKey string, now time.Time) Verdict {
	alg, ok := Find(c["algorithm"])
	if !ok || !slices.ContainsFunc(n.taken, func(a Algorithm) bool { return a.Name == alg.Name }) ||
		c["qop"] != "auth" || c["realm"] != realm || len(c["nc"]) != 8 || c["cnonce"] == "" {
		return Wrong
	}
	want := alg.Response(c["username"], realm, password, method, c["uri"], c["nonce"], c["nc"], c["cnonce"], "auth")
	right := subtle.ConstantTimeCompare([]byte(want), []byte(strings.ToLower(c["response"])))
	same := subtle.ConstantTimeCompare([]byte(user), []byte(c["username"]))
	if right&same != 1 {
		return Wrong
	}
	count, err := strconv.ParseUint(c["nc"], 16, 32)
	if err != nil {
		return Wrong
	}
	if !n.Fresh(c["nonce"], now) || !n.spend(c["nonce"], count, requestKey) {
		return Stale
	}
	return Right
}
