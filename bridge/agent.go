package bridge

import (
	"context"

	"tccc/wire"
)

// Agent is what Agent needs of the core.
type Agent interface {
	Online(ctx context.Context) error
	Offline(ctx context.Context) error
	SetStatus(ctx context.Context, p wire.SetStatusParams) error
	TakeOver(ctx context.Context) error
	SetServerType(ctx context.Context, p wire.ServerTypeParams) error
	ServerType(ctx context.Context) (wire.Seat, error)
}

func agentMethods(a Agent) map[string]method {
	plain := func(run func(ctx context.Context) error) method {
		return define(quick, nil, func(ctx context.Context, _ *struct{}) (any, error) { return nil, run(ctx) })
	}
	return map[string]method{
		"Agent.online":   plain(a.Online),
		"Agent.offline":  plain(a.Offline),
		"Agent.takeOver": plain(a.TakeOver),
		"Agent.setStatus": define(quick, checkStatus, func(ctx context.Context, o *wire.SetStatusParams) (any, error) {
			return nil, a.SetStatus(ctx, *o)
		}),
		"Agent.setServerType": define(quick, checkServerType,
			func(ctx context.Context, o *wire.ServerTypeParams) (any, error) {
				return nil, a.SetServerType(ctx, *o)
			}),
		"Agent.getServerType": define(quick, nil,
			func(ctx context.Context, _ *wire.Empty) (any, error) { return a.ServerType(ctx) }),
	}
}

func checkServerType(o *wire.ServerTypeParams) error {
	return required("serverType", string(o.ServerType), maxID)
}

func checkStatus(o *wire.SetStatusParams) error {
	if err := required("status", o.Status, maxID); err != nil {
		return err
	}
	if _, err := wire.ParseStatus(o.Status); err != nil {
		return err
	}
	return optional("restReason", o.RestReason, maxText)
}
