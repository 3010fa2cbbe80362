package digest

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// challenge is a WWW-Authenticate or Proxy-Authenticate header.
type challenge struct {
	alg    Algorithm
	realm  string
	nonce  string
	opaque string
	qop    string // "auth" or ""
	stale  bool
}

// readChallenge reads one that can be answered.
func readChallenge(value string) (challenge, bool) {
	p, ok := Parse(value)
	if !ok {
		return challenge{}, false
	}
	alg, ok := Find(p["algorithm"])
	if !ok || p["nonce"] == "" {
		return challenge{}, false
	}
	qop := ""
	if p["qop"] != "" {
		for q := range strings.SplitSeq(p["qop"], ",") {
			if strings.EqualFold(strings.TrimSpace(q), "auth") {
				qop = "auth"
			}
		}
		if qop == "" {
			return challenge{}, false // only auth-int
		}
	}
	return challenge{alg: alg, realm: p["realm"], nonce: p["nonce"], opaque: p["opaque"], qop: qop,
		stale: strings.EqualFold(p["stale"], "true")}, true
}

// choose takes one challenge a realm: the topmost that can be answered, for the
// order is the server's preference (RFC 8760 section 2.4).
func choose(values []string) []challenge {
	var list []challenge
	for _, v := range values {
		ch, ok := readChallenge(v)
		known := slices.ContainsFunc(list, func(c challenge) bool { return c.realm == ch.realm })
		if ok && !known && len(list) < maxKeys {
			list = append(list, ch)
		}
	}
	return list
}

// maxKeys bounds the realms that are kept.
const maxKeys = 8

// Keyring answers the challenges to one account. It keeps one credential for
// each realm and kind, for a proxy's does not stand in for a user agent's
// (RFC 3261 section 22.3), and puts all of them on each request that follows.
// It is safe for concurrent use.
type Keyring struct {
	user, password string

	mu   sync.Mutex
	keys []*key // the newest last
}

type key struct {
	door
	challenge
	count uint32 // uses of the nonce
}

// door is who asks.
type door struct {
	proxy bool
	realm string
}

// NewKeyring is empty. Without a user name no challenge is answered.
func NewKeyring(user, password string) *Keyring { return &Keyring{user: user, password: password} }

// Try is what one request and its repetitions were asked: a second challenge of
// the same realm means that the password is wrong, unless it says stale.
type Try struct{ nonces map[door]string }

// Challenge takes the challenges of a 401 or 407: those of user agents and of
// proxies, for a response may carry both. It reports whether the request is
// worth sending again.
func (k *Keyring) Challenge(t *Try, agents, proxies []string) bool {
	if k == nil || k.user == "" {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	var fresh []*key
	for _, kind := range []struct {
		proxy  bool
		values []string
	}{{false, agents}, {true, proxies}} {
		for _, ch := range choose(kind.values) {
			d := door{kind.proxy, ch.realm}
			if last, asked := t.nonces[d]; asked && (!ch.stale || last == ch.nonce) {
				return false
			}
			fresh = append(fresh, &key{door: d, challenge: ch})
		}
	}
	for _, f := range fresh {
		if t.nonces == nil {
			t.nonces = map[door]string{}
		}
		t.nonces[f.door] = f.nonce
		k.keys = slices.DeleteFunc(k.keys, func(old *key) bool { return old.door == f.door })
		if len(k.keys) == maxKeys {
			k.keys = k.keys[1:]
		}
		k.keys = append(k.keys, f)
	}
	return len(fresh) > 0
}

// Sign gives the headers for a request: values of Authorization and of
// Proxy-Authorization.
func (k *Keyring) Sign(method, uri string) (agents, proxies []string) {
	if k == nil {
		return nil, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, key := range k.keys {
		if value := key.answer(k.user, k.password, method, uri); key.proxy {
			proxies = append(proxies, value)
		} else {
			agents = append(agents, value)
		}
	}
	return agents, proxies
}

// answer makes the credentials and counts the use of the nonce.
func (k *key) answer(user, password, method, uri string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `Digest username=%s, realm=%s, nonce=%s, uri=%s, algorithm=%s`,
		Quote(user), Quote(k.challenge.realm), Quote(k.nonce), Quote(uri), k.alg.Name)
	nc, cnonce := "", ""
	if k.qop != "" {
		k.count++
		nc, cnonce = fmt.Sprintf("%08x", k.count), rand.Text()
		fmt.Fprintf(&b, `, qop=%s, nc=%s, cnonce="%s"`, k.qop, nc, cnonce)
	}
	response := k.alg.Response(user, k.challenge.realm, password, method, uri, k.nonce, nc, cnonce, k.qop)
	fmt.Fprintf(&b, `, response="%s"`, response)
	if k.opaque != "" {
		fmt.Fprintf(&b, `, opaque=%s`, Quote(k.opaque))
	}
	return b.String()
}
