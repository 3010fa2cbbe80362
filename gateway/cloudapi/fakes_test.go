package cloudapi_test

import (
	"context"
	"sync"

	"tccc/gateway/cloudapi"
	"tccc/gateway/store"
	"tccc/wire"
)

// live stands for the loop of agents and sessions, with what a test puts in.
type live struct {
	mu       sync.Mutex
	sessions map[string]store.SessionRecord
	staff    []cloudapi.StaffState
	calls    []wire.StartCallParams
	refuse   func(wire.StartCallParams) error
	hungUp   []string
	forced   []string
}

func newLive() *live { return &live{sessions: map[string]store.SessionRecord{}} }

func (l *live) Session(_ context.Context, app, id string) (store.SessionRecord, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s, ok := l.sessions[id]; ok && s.SDKAppID == app {
		return s, nil
	}
	return store.SessionRecord{}, store.ErrNotFound
}

func (l *live) Sessions(_ context.Context, app string) ([]store.SessionRecord, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []store.SessionRecord
	for _, s := range l.sessions {
		if s.SDKAppID == app {
			all = append(all, s)
		}
	}
	return all, nil
}

func (l *live) StartCall(_ context.Context, app, user string, p wire.StartCallParams) (wire.CallResponse, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refuse != nil {
		if err := l.refuse(p); err != nil {
			return wire.CallResponse{}, err
		}
	}
	l.calls = append(l.calls, p)
	return wire.CallResponse{SessionID: "new-session", Callee: p.PhoneNumber, Caller: p.CallerPhoneNumber}, nil
}

func (l *live) Hangup(ctx context.Context, app, id string) error {
	if _, err := l.Session(ctx, app, id); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hungUp = append(l.hungUp, id)
	return nil
}

func (l *live) ForceOffline(_ context.Context, app, user string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forced = append(l.forced, app+"/"+user)
	return nil
}

func (l *live) Staff(context.Context, string, []string) ([]cloudapi.StaffState, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.staff, nil
}

// chats stands for the chats.
type chats struct {
	messages map[string][]cloudapi.ChatMessage
}

func (c *chats) Messages(_ context.Context, app, id string, q cloudapi.ChatQuery) ([]cloudapi.ChatMessage, int, error) {
	all, ok := c.messages[app+"/"+id]
	if !ok {
		return nil, 0, store.ErrNotFound
	}
	page := all[min(q.Offset, len(all)):]
	return page[:min(q.Limit, len(page))], len(all), nil
}
