package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"time"

	"tccc/gateway/store"
)

// Options are the life times. The zero value has the documented defaults.
type Options struct {
	// TokenTTL is how long a login token is valid; the default is ten minutes.
	TokenTTL time.Duration
	// ResumeTTL is how long after a login it can be taken up again; the default
	// is twelve hours, a working day.
	ResumeTTL time.Duration
	// Now is the clock; the default is time.Now.
	Now func() time.Time
}

const (
	// rememberExpired is how long an expired token is told from an unknown one.
	rememberExpired = 24 * time.Hour
	// previousValid is how long the resume secret before the last one is valid:
	// the answer that carried the new one may have been lost with the socket.
	previousValid = time.Minute
	// maxTabs bounds the tabs of one agent that can resume.
	maxTabs = 16
)

// Auth issues and checks. Its methods may be called at the same time.
type Auth struct {
	opts    Options
	tokens  *store.Bucket[tokenRecord]
	secrets *store.Bucket[secretRecord]
	tabs    *store.Bucket[tabsRecord]
	ended   *store.Bucket[endedRecord]
}

// New opens what auth keeps in the store.
func New(ctx context.Context, s *store.Store, opts Options) (*Auth, error) {
	if opts.TokenTTL <= 0 {
		opts.TokenTTL = 10 * time.Minute
	}
	if opts.ResumeTTL <= 0 {
		opts.ResumeTTL = 12 * time.Hour
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	a := &Auth{opts: opts}
	var err error
	if a.tokens, err = store.OpenBucket[tokenRecord](ctx, s, "tokens", opts.TokenTTL+rememberExpired); err != nil {
		return nil, err
	}
	if a.secrets, err = store.OpenBucket[secretRecord](ctx, s, "resume", opts.ResumeTTL); err != nil {
		return nil, err
	}
	if a.tabs, err = store.OpenBucket[tabsRecord](ctx, s, "tabs", opts.ResumeTTL); err != nil {
		return nil, err
	}
	if a.ended, err = store.OpenBucket[endedRecord](ctx, s, "logins-ended", opts.TokenTTL+rememberExpired); err != nil {
		return nil, err
	}
	return a, nil
}

// Equal compares a password or key in constant time, whatever the lengths. An
// empty wanted text equals nothing.
func Equal(want, got string) bool {
	w, g := sha256.Sum256([]byte(want)), sha256.Sum256([]byte(got))
	return subtle.ConstantTimeCompare(w[:], g[:]) == 1 && want != ""
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails (crypto/rand, Go 1.24)
	return b
}

func hash(secret string) string {
	h := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(h[:])
}

func sameHash(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
