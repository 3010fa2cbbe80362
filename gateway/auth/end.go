package auth

import (
	"context"
	"errors"
	"fmt"

	"tccc/gateway/store"
)

// endedRecord counts how often the log-ins of an account were ended. It is kept
// for longer than any token that was issued before is told from an unknown one.
type endedRecord struct {
	Times uint64 `json:"times"`
}

// End makes every token and resume secret of an account useless, also for an
// account of the same name that is made anew.
func (a *Auth) End(ctx context.Context, sdkAppID, userID string) error {
	key := store.AgentKey(sdkAppID, userID)
	for {
		e, err := a.ended.Get(ctx, key)
		switch {
		case errors.Is(err, store.ErrNotFound):
			_, err = a.ended.Create(ctx, key, endedRecord{Times: uint64(a.opts.Now().UnixNano())})
		case err == nil:
			_, err = a.ended.Update(ctx, key, endedRecord{Times: e.Value.Times + 1}, e.Revision)
		}
		if err == nil {
			break
		}
		if !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrExists) {
			return fmt.Errorf("failed to end log-ins: %w", err)
		}
	}
	return a.Revoke(ctx, sdkAppID, userID)
}

// ending numbers the endings of an account; 0 for none that matters any more.
func (a *Auth) ending(ctx context.Context, sdkAppID, userID string) (uint64, error) {
	e, err := a.ended.Get(ctx, store.AgentKey(sdkAppID, userID))
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	return e.Value.Times, err
}
