package auth

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"tccc/gateway/store"
	"tccc/wire"
)

// Token is a login token as it is handed out, once.
type Token struct {
	Value     string // 32 hex digits
	ExpiresAt time.Time
}

// String hides the token: it does not belong in a log.
func (t Token) String() string { return "***" }

type tokenRecord struct {
	SDKAppID  string `json:"sdkAppId"`
	UserID    string `json:"userId"`
	ExpiresAt int64  `json:"expiresAt"` // Unix ms
	OnlyOnce  bool   `json:"onlyOnce,omitempty"`
	Used      bool   `json:"used,omitempty"`
	// Ending is the number of the account's endings when the token was issued.
	Ending uint64 `json:"ending,omitempty"`
}

// Issue makes a login token for an agent. A token that is valid only once is
// used up by the first Check.
func (a *Auth) Issue(ctx context.Context, sdkAppID, userID string, onlyOnce bool) (Token, error) {
	if sdkAppID == "" || userID == "" {
		return Token{}, wire.ErrInvalidOptions.For("userId", "sdkAppId and userId must not be empty")
	}
	ending, err := a.ending(ctx, sdkAppID, userID)
	if err != nil {
		return Token{}, fmt.Errorf("failed to issue a token: %w", err)
	}
	t := Token{Value: hex.EncodeToString(random(16)), ExpiresAt: a.opts.Now().Add(a.opts.TokenTTL)}
	_, err = a.tokens.Create(ctx, hash(t.Value), tokenRecord{
		SDKAppID: sdkAppID, UserID: userID, ExpiresAt: t.ExpiresAt.UnixMilli(), OnlyOnce: onlyOnce, Ending: ending,
	})
	if err != nil {
		return Token{}, fmt.Errorf("failed to issue a token: %w", err)
	}
	return t, nil
}

// Check reads a token that a page presents for an application and tells whose
// it is. The error is [wire.ErrTokenInvalid], [wire.ErrTokenExpired] or that of
// the store.
func (a *Auth) Check(ctx context.Context, sdkAppID, token string) (userID string, err error) {
	if raw, err := hex.DecodeString(token); err != nil || len(raw) != 16 {
		return "", wire.ErrTokenInvalid.With("a token has 32 hex digits")
	}
	key := hash(token)
	for {
		e, err := a.tokens.Get(ctx, key)
		if errors.Is(err, store.ErrNotFound) {
			return "", wire.ErrTokenInvalid.With("it is unknown")
		}
		if err != nil {
			return "", fmt.Errorf("failed to check a token: %w", err)
		}
		t := e.Value
		switch {
		case !sameHash(hash(t.SDKAppID), hash(sdkAppID)):
			return "", wire.ErrTokenInvalid.With("it belongs to another application")
		case t.Used:
			return "", wire.ErrTokenInvalid.With("it was valid once and has been used")
		case a.opts.Now().UnixMilli() >= t.ExpiresAt:
			return "", wire.ErrTokenExpired
		}
		ending, err := a.ending(ctx, t.SDKAppID, t.UserID)
		switch {
		case err != nil:
			return "", fmt.Errorf("failed to check a token: %w", err)
		case ending != 0 && ending != t.Ending:
			return "", wire.ErrTokenInvalid.With("the account's log-ins were ended")
		case !t.OnlyOnce:
			return t.UserID, nil
		}
		t.Used = true
		if _, err = a.tokens.Update(ctx, key, t, e.Revision); err == nil {
			return t.UserID, nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return "", fmt.Errorf("failed to check a token: %w", err)
		}
	}
}
