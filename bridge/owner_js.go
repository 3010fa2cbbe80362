package bridge

import (
	"context"
	"encoding/json"

	"tccc/agent"
	"tccc/internal/jsval"
	"tccc/wire"
)

var _ agent.Tabs = (*Bridge)(nil)

// tabMethods are for other tabs of the agent; the shell calls them.
func tabMethods(c Core) map[string]method {
	return map[string]method{
		"Agent.ready": define(media, nil,
			func(ctx context.Context, _ *struct{}) (any, error) { return nil, c.Ready(ctx) }),
	}
}

// Join implements agent.Tabs.
func (b *Bridge) Join(userID string) { b.host.Call("join", userID) }

// Take implements agent.Tabs.
func (b *Bridge) Take() { b.host.Call("take") }

// Ask implements agent.Tabs. The shell's promise gives "" when the other tab is
// ready, its error as JSON, or "own".
func (b *Bridge) Ask(ctx context.Context) (own bool, err error) {
	answer, err := jsval.CallAwait(ctx, b.host, "ask")
	if err != nil {
		return false, wire.ErrTimeout.With("the tab that has the audio does not answer")
	}
	switch text := answer.String(); text {
	case "":
		return false, nil
	case "own":
		return true, nil
	default:
		e := new(wire.Error)
		if json.Unmarshal([]byte(text), e) != nil {
			e = wire.ErrProgram
		}
		return false, e
	}
}
