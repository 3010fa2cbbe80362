package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"tccc/gateway/ccgateway"
	"tccc/gateway/center"
	"tccc/gateway/cloudapi"
	"tccc/gateway/config"
	"tccc/gateway/desk"
	"tccc/gateway/directory"
	"tccc/wire"
)

// openDirectory reads what back ends have changed of agents and groups, and
// has the center follow. It gives the applications to start with.
func (g *Gateway) openDirectory(ctx context.Context) (apps []config.App, err error) {
	g.directory, err = directory.Open(ctx, g.store, g.conf.Apps)
	if err != nil {
		return nil, err
	}
	g.people.Store(g.directory)
	changes := make(chan directory.Change, 64)
	apps, stop := g.directory.Watch(func(ch directory.Change) { changes <- ch })
	following, end := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		g.follow(following, changes)
	}()
	g.unfollow = func() {
		stop()
		end()
		<-done
	}
	return apps, nil
}

// follow hands changes of the directory to the center, which is there before
// anybody can make one.
func (g *Gateway) follow(ctx context.Context, changes <-chan directory.Change) {
	for {
		select {
		case ch := <-changes:
			var err error
			if ch.Removed {
				err = g.center.Unconfigure(ctx, ch.SDKAppID)
				g.phones.changed(ctx, ch.SDKAppID, nil)
			} else {
				err = g.center.Reconfigure(ctx, ch.App)
				g.phones.changed(ctx, ch.SDKAppID, &ch.App)
			}
			if err != nil && ctx.Err() == nil {
				g.log.Error("a change of agents and groups did not take effect", "app", ch.SDKAppID, "err", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

// openCCGateway opens the door for CC-Gateway desks, which serves the first
// application.
func (g *Gateway) openCCGateway() {
	id := g.conf.Apps[0].SDKAppID
	g.ccgateway = ccgateway.New(ccgateway.Options{
		Center: g.center, Origin: g.originAllowed, Audit: g.trail.Note, Log: g.log,
		App: func() config.App {
			app, _ := g.directory.App(id)
			return app
		},
	})
}

// mountBackEnds adds the doors for a company's servers.
func (g *Gateway) mountBackEnds(mux *http.ServeMux, pages http.Handler) {
	api := cloudapi.New(cloudapi.Options{
		Directory: g.directory, Tokens: g.auth, CDRs: g.store, Live: live{g.center}, PublicURL: g.conf.PublicURL,
		Log: g.log, Records: recordings{g}, Chats: apiChats{g.center}, Eraser: eraser{g}, Audit: g.trail.Note,
	})
	mux.Handle("POST /{$}", api)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		if cloudapi.Match(r) {
			api.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
	mux.Handle(desk.Path, desk.New(desk.Options{Apps: g.directory, Chats: deskChats{g.center}, Audit: g.trail.Note,
		Log: g.log}))
}

// live is the center as the cloud API sees it.
type live struct{ *center.Center }

// StartCall implements cloudapi.Live.
func (l live) StartCall(ctx context.Context, app, user string, p wire.StartCallParams) (res wire.CallResponse,
	err error) {
	text, err := l.Command(ctx, app, user, wire.MethodCallStart, p)
	if err == nil {
		err = json.Unmarshal(text, &res)
	}
	return res, err
}

// Staff implements cloudapi.Live.
func (l live) Staff(ctx context.Context, app string, users []string) ([]cloudapi.StaffState, error) {
	agents, err := l.Agents(ctx, app, users)
	if err != nil {
		return nil, err
	}
	all := make([]cloudapi.StaffState, 0, len(agents))
	for _, a := range agents {
		s := cloudapi.StaffState{UserID: a.Profile.UserID, State: a.State, OnlineAt: a.OnlineAt,
			Spent: map[wire.Status]time.Duration{}}
		for i := range a.Sessions {
			if a.Sessions[i].Type == wire.TypeIM && s.Session != nil {
				continue // a call says more
			}
			switch a.Sessions[i].State {
			case wire.StateTalking, wire.StateRinging, wire.StateDialing:
				s.Session = &a.Sessions[i]
			}
		}
		for status, d := range a.Spent {
			s.Spent[status] = d
		}
		all = append(all, s)
	}
	return all, nil
}
