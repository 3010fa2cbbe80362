package auth

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"tccc/gateway/store"
	"tccc/wire"
)

// secretRecord says whose a secret is; whether it is still good is in the
// agent's tabsRecord, so that one write revokes everything.
type secretRecord struct {
	SDKAppID string `json:"sdkAppId"`
	UserID   string `json:"userId"`
	TabID    string `json:"tabId"`
}

type tabsRecord struct {
	Tabs map[string]tab `json:"tabs"`
}

// tab holds the hashes of the last two secrets of a tab. Times are Unix ms.
type tab struct {
	Hash      string `json:"hash"`
	ExpiresAt int64  `json:"expiresAt"`
	Previous  string `json:"previous,omitempty"`
	Until     int64  `json:"until,omitempty"` // Previous is valid
}

const maxTabID = 64

// IssueResume makes the resume secret of an agent's tab, 32 random bytes in
// base64url. It takes the place of the tab's earlier one, which stays valid for
// another minute: the answer that carries the new one may be lost.
func (a *Auth) IssueResume(ctx context.Context, sdkAppID, userID, tabID string) (secret string, err error) {
	if tabID == "" || len(tabID) > maxTabID {
		return "", wire.ErrInvalidOptions.For("tabId", "tabId must have 1 to %d bytes", maxTabID)
	}
	secret = base64.RawURLEncoding.EncodeToString(random(32))
	h, now := hash(secret), a.opts.Now()
	if _, err := a.secrets.Create(ctx, h, secretRecord{sdkAppID, userID, tabID}); err != nil {
		return "", fmt.Errorf("failed to issue a resume secret: %w", err)
	}
	var gone []string
	err = a.changeTabs(ctx, sdkAppID, userID, func(tabs map[string]tab) {
		old := tabs[tabID]
		gone = append(gone[:0], old.Previous)
		tabs[tabID] = tab{Hash: h, ExpiresAt: now.Add(a.opts.ResumeTTL).UnixMilli(), Previous: old.Hash,
			Until: now.Add(previousValid).UnixMilli()}
		gone = append(gone, trim(tabs, now.UnixMilli())...)
	})
	if err != nil {
		return "", fmt.Errorf("failed to issue a resume secret: %w", err)
	}
	a.forget(gone)
	return secret, nil
}

// CheckResume tells whose a resume secret is. The error is
// [wire.ErrTokenInvalid], [wire.ErrTokenExpired] or that of the store.
func (a *Auth) CheckResume(ctx context.Context, sdkAppID, tabID, secret string) (userID string, err error) {
	if raw, err := base64.RawURLEncoding.DecodeString(secret); err != nil || len(raw) != 32 {
		return "", wire.ErrTokenInvalid.With("a resume secret has 43 characters of base64url")
	}
	h := hash(secret)
	owner, err := a.secrets.Get(ctx, h)
	if err == nil && (owner.Value.SDKAppID != sdkAppID || owner.Value.TabID != tabID) {
		return "", wire.ErrTokenInvalid.With("the resume secret belongs to another tab")
	}
	var tabs store.Entry[tabsRecord]
	if err == nil {
		tabs, err = a.tabs.Get(ctx, store.AgentKey(sdkAppID, owner.Value.UserID))
	}
	if errors.Is(err, store.ErrNotFound) {
		return "", wire.ErrTokenInvalid.With("the resume secret is unknown or has been revoked")
	}
	if err != nil {
		return "", fmt.Errorf("failed to check a resume secret: %w", err)
	}
	t, now := tabs.Value.Tabs[tabID], a.opts.Now().UnixMilli()
	current, previous := sameHash(t.Hash, h), sameHash(t.Previous, h)
	switch {
	case !current && !(previous && now < t.Until):
		return "", wire.ErrTokenInvalid.With("the resume secret has been replaced by a newer one")
	case now >= t.ExpiresAt:
		return "", wire.ErrTokenExpired.With("the login is too old to be resumed")
	}
	return owner.Value.UserID, nil
}

// RevokeTab forgets the resume secrets of one tab, as logging out does.
func (a *Auth) RevokeTab(ctx context.Context, sdkAppID, userID, tabID string) error {
	var gone []string
	err := a.changeTabs(ctx, sdkAppID, userID, func(tabs map[string]tab) {
		gone = append(gone[:0], tabs[tabID].Hash, tabs[tabID].Previous)
		delete(tabs, tabID)
	})
	if err != nil {
		return fmt.Errorf("failed to revoke a resume secret: %w", err)
	}
	a.forget(gone)
	return nil
}

// Revoke forgets every resume secret of an agent.
func (a *Auth) Revoke(ctx context.Context, sdkAppID, userID string) error {
	if err := a.tabs.Delete(ctx, store.AgentKey(sdkAppID, userID)); err != nil {
		return fmt.Errorf("failed to revoke resume secrets: %w", err)
	}
	return nil
}

// changeTabs changes an agent's record, again if somebody else was faster.
func (a *Auth) changeTabs(ctx context.Context, sdkAppID, userID string, change func(map[string]tab)) error {
	key := store.AgentKey(sdkAppID, userID)
	for {
		e, err := a.tabs.Get(ctx, key)
		found := err == nil
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if e.Value.Tabs == nil {
			e.Value.Tabs = map[string]tab{}
		}
		change(e.Value.Tabs)
		if found {
			_, err = a.tabs.Update(ctx, key, e.Value, e.Revision)
		} else {
			_, err = a.tabs.Create(ctx, key, e.Value)
		}
		if !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrExists) {
			return err
		}
	}
}

// trim removes tabs that have expired, and the oldest ones beyond the bound.
func trim(tabs map[string]tab, now int64) (gone []string) {
	ids := make([]string, 0, len(tabs))
	for id := range tabs {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(x, y string) int { return cmp.Compare(tabs[x].ExpiresAt, tabs[y].ExpiresAt) })
	for i, id := range ids {
		if tabs[id].ExpiresAt <= now || len(ids)-i > maxTabs {
			gone = append(gone, tabs[id].Hash, tabs[id].Previous)
			delete(tabs, id)
		}
	}
	return gone
}

// forget removes secrets that nothing refers to any more; what fails to be
// removed has no effect and vanishes with time.
func (a *Auth) forget(hashes []string) {
	for _, h := range hashes {
		if h != "" {
			_ = a.secrets.DeleteLater(h)
		}
	}
}
