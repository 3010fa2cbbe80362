package visitor

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"tccc/gateway/store"
)

// Life times of secrets and of the keys that sign them. A page gets a new
// secret whenever it connects.
const (
	visitorLife = 30 * 24 * time.Hour // of somebody without an account
	accountLife = 24 * time.Hour      // of an account, which a UserSig has proved
	keyLife     = 30 * 24 * time.Hour // as long as a key signs; then it still verifies for visitorLife
	clockSkew   = 5 * time.Minute
)

// maxSecret bounds a secret, in bytes.
const maxSecret = 512

// claim is what a secret says: who this is.
type claim struct {
	Key     string `json:"k"` // id of the key
	App     string `json:"a"`
	User    string `json:"u"`
	Account bool   `json:"v,omitempty"` // User is an account of the application
	Made    int64  `json:"t"`           // Unix seconds
}

// Errors of secrets.
var (
	errSecret  = errors.New("visitor: the secret is not one of this gateway")
	errExpired = errors.New("visitor: the secret has expired")
)

// key signs secrets.
type key struct {
	ID   string `json:"id"`
	Key  []byte `json:"key"`
	Made int64  `json:"made"` // Unix seconds
}

type keysRecord struct {
	Keys []key `json:"keys"` // oldest first
}

// Keys make and verify the secrets that make a page the same customer again.
// The keys are in the store: secrets hold over restarts and on every node.
type Keys struct {
	bucket *store.Bucket[keysRecord]
	now    func() time.Time

	mu   sync.Mutex
	keys []key
}

// keysName is the name of the record in its bucket.
const keysName = "keys"

// OpenKeys reads the keys, or makes the first.
func OpenKeys(ctx context.Context, s *store.Store) (*Keys, error) { return openKeys(ctx, s, time.Now) }

func openKeys(ctx context.Context, s *store.Store, now func() time.Time) (*Keys, error) {
	bucket, err := store.OpenBucket[keysRecord](ctx, s, "visitors", 0)
	if err != nil {
		return nil, err
	}
	k := &Keys{bucket: bucket, now: now}
	if _, err := k.signer(ctx); err != nil {
		return nil, fmt.Errorf("failed to open the keys of customers' secrets: %w", err)
	}
	return k, nil
}

// signer is the newest key, a new one if that is too old.
func (k *Keys) signer(ctx context.Context) (key, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for {
		if n := len(k.keys); n > 0 && k.now().Before(time.Unix(k.keys[n-1].Made, 0).Add(keyLife)) {
			return k.keys[n-1], nil
		}
		if err := k.renew(ctx); err != nil && !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrExists) {
			return key{}, err
		}
	}
}

// renew reads the keys, and adds one if the newest is too old.
func (k *Keys) renew(ctx context.Context) error {
	e, err := k.bucket.Get(ctx, keysName)
	there := err == nil
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	now := k.now()
	keys := e.Value.Keys
	if n := len(keys); n > 0 && now.Before(time.Unix(keys[n-1].Made, 0).Add(keyLife)) {
		k.keys = keys
		return nil
	}
	var kept []key
	for _, old := range keys {
		if now.Before(time.Unix(old.Made, 0).Add(keyLife + visitorLife + clockSkew)) {
			kept = append(kept, old)
		}
	}
	fresh := key{ID: rand.Text()[:8], Key: make([]byte, 32), Made: now.Unix()}
	_, _ = rand.Read(fresh.Key)
	next := keysRecord{append(kept, fresh)}
	if there {
		_, err = k.bucket.Update(ctx, keysName, next, e.Revision)
	} else {
		_, err = k.bucket.Create(ctx, keysName, next)
	}
	if err == nil {
		k.keys = next.Keys
	}
	return err
}

// find gives a key by its id. One that another node has made is read.
func (k *Keys) find(ctx context.Context, id string) (key, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for range 2 {
		for _, one := range k.keys {
			if one.ID == id {
				return one, true
			}
		}
		e, err := k.bucket.Get(ctx, keysName)
		if err != nil {
			break
		}
		k.keys = e.Value.Keys
	}
	return key{}, false
}

// sign makes a secret, as old as the claim, or new.
func (k *Keys) sign(ctx context.Context, c claim) (string, error) {
	signer, err := k.signer(ctx)
	if err != nil {
		return "", fmt.Errorf("failed to sign a customer's secret: %w", err)
	}
	if c.Key = signer.ID; c.Made == 0 {
		c.Made = k.now().Unix()
	}
	text, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("failed to sign a customer's secret: %w", err)
	}
	body := base64.RawURLEncoding.EncodeToString(text)
	return body + "." + base64.RawURLEncoding.EncodeToString(mac(signer.Key, body)), nil
}

// verify reads a secret of an application. Errors: errSecret, errExpired.
func (k *Keys) verify(ctx context.Context, app, secret string) (claim, error) {
	c, body, sum, err := parseSecret(secret)
	if err != nil {
		return claim{}, err
	}
	signer, ok := k.find(ctx, c.Key)
	if !ok || !hmac.Equal(sum, mac(signer.Key, body)) || c.App != app {
		return claim{}, errSecret
	}
	life := visitorLife
	if c.Account {
		life = accountLife
	}
	made := time.Unix(c.Made, 0)
	switch now := k.now(); {
	case made.After(now.Add(clockSkew)):
		return claim{}, errSecret
	case !now.Before(made.Add(life)):
		return claim{}, errExpired
	}
	return c, nil
}

// parseSecret takes a secret apart. Nothing of it is verified yet.
func parseSecret(secret string) (c claim, body string, sum []byte, err error) {
	body, tail, ok := strings.Cut(secret, ".")
	if !ok || len(secret) > maxSecret {
		return claim{}, "", nil, errSecret
	}
	text, err1 := base64.RawURLEncoding.Strict().DecodeString(body)
	sum, err2 := base64.RawURLEncoding.Strict().DecodeString(tail)
	if err1 != nil || err2 != nil || len(sum) != sha256.Size || !utf8.Valid(text) {
		return claim{}, "", nil, errSecret
	}
	if err := json.Unmarshal(text, &c); err != nil || c.Key == "" || c.App == "" || c.User == "" || c.Made <= 0 ||
		c.Made > 1<<40 {
		return claim{}, "", nil, errSecret
	}
	return c, body, sum, nil
}

func mac(key []byte, body string) []byte {
	h := hmac.New(sha256.New, key)
	_, _ = h.Write([]byte(body))
	return h.Sum(nil)
}
