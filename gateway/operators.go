package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"runtime/debug"
	"time"

	"tccc/gateway/admin"
	"tccc/gateway/center"
	"tccc/gateway/config"
	"tccc/gateway/push"
	"tccc/gateway/store"
	"tccc/wire"
)

// openAdmin opens the operators' socket. The gateway runs without it where
// there can be none.
func (g *Gateway) openAdmin(context.Context) error {
	s, err := admin.Listen(g.conf.DataDir(), g.operators(), g.log)
	if err != nil {
		g.log.Warn("the sub-commands of tccc cannot reach this gateway", "err", err)
		return nil
	}
	g.admin = s
	return nil
}

// operators is the gateway as operators see it.
func (g *Gateway) operators() operators { return operators{g} }

type operators struct{ g *Gateway }

// Release is the version of the program, if whoever built it gave one. It is
// set before Start.
var Release string

// Version is the version of the program and that of Go.
func Version() string {
	release := Release
	if info, ok := debug.ReadBuildInfo(); ok && release == "" {
		release = info.Main.Version
	}
	return cmp.Or(release, "unknown") + " " + runtime.Version()
}

// Snapshot implements admin.Gateway.
func (o operators) Snapshot(ctx context.Context) (*admin.Snapshot, error) {
	g := o.g
	s := &admin.Snapshot{
		At: time.Now().UnixMilli(), Since: g.since.UnixMilli(), Node: g.node, Version: Version(),
		Draining: g.draining.Load(), Apps: []admin.App{},
	}
	for _, conf := range g.directory.Apps() {
		agents, err := g.center.Agents(ctx, conf.SDKAppID, nil)
		if err != nil {
			return nil, err
		}
		sessions, err := g.center.Sessions(ctx, conf.SDKAppID)
		if err != nil {
			return nil, err
		}
		s.Apps = append(s.Apps, appOf(&conf, agents, sessions))
	}
	return s, nil
}

func appOf(conf *config.App, agents []center.AgentInfo, sessions []store.SessionRecord) admin.App {
	app := admin.App{SDKAppID: conf.SDKAppID, Name: conf.Name, Agents: []admin.Agent{}, Queues: []admin.Queue{},
		Sessions: []admin.Session{}}
	queues := map[string]*admin.Queue{}
	for i := range conf.SkillGroups {
		g := &conf.SkillGroups[i]
		queues[g.ID] = &admin.Queue{ID: g.ID, Name: g.Name}
	}
	had := map[string]int{}
	for i := range sessions {
		s := sessionOf(&sessions[i])
		app.Sessions = append(app.Sessions, s)
		had[s.Agent]++
		if q := queues[s.Group]; q != nil {
			countSession(q, &s)
		}
	}
	for i := range agents {
		a := &agents[i]
		groups := []string{}
		for _, g := range a.Profile.SkillGroups {
			groups = append(groups, g.ID)
			if q := queues[g.ID]; q != nil && a.State.Status != wire.StatusOffline {
				q.Online++
				if a.State.Status == wire.StatusFree && a.Present {
					q.Free++
				}
			}
		}
		app.Agents = append(app.Agents, admin.Agent{
			UserID: a.Profile.UserID, Name: a.Profile.Name, StaffNo: a.Profile.StaffNo, Groups: groups,
			Status: a.State.Status, RestReason: a.State.RestReason, Since: a.State.Since, Present: a.Present,
			Sessions: had[a.Profile.UserID],
		})
	}
	for i := range conf.SkillGroups {
		app.Queues = append(app.Queues, *queues[conf.SkillGroups[i].ID])
	}
	return app
}

func countSession(q *admin.Queue, s *admin.Session) {
	switch wire.SessionState(s.State) {
	case admin.StateWaiting:
		q.Waiting++
		if q.Oldest == 0 || s.QueueAt < q.Oldest {
			q.Oldest = s.QueueAt
		}
	case wire.StateRinging:
		q.Ringing++
	case wire.StateTalking, wire.StateHeld:
		q.Talking++
	}
}

func sessionOf(r *store.SessionRecord) admin.Session {
	s := admin.Session{
		SessionID: r.SessionID, Type: r.Type, Direction: r.Direction, State: string(r.State),
		Caller: cmp.Or(r.Caller, r.CustomerNickname, r.CustomerUserID), Callee: r.Callee, Agent: r.UserID,
		Group: r.SkillGroupID, StartAt: r.StartAt, QueueAt: r.QueueAt, AnswerAt: r.AnswerAt,
	}
	switch {
	case s.State != "":
	case s.QueueAt != 0:
		s.State = admin.StateWaiting
	default:
		s.State = admin.StateMenu
	}
	return s
}

// IssueToken implements admin.Gateway.
func (o operators) IssueToken(ctx context.Context, app, user string, onlyOnce bool) (admin.Token, error) {
	g := o.g
	if app == "" {
		apps := g.directory.Apps()
		if len(apps) != 1 {
			return admin.Token{}, errors.New("there are several applications: name one")
		}
		app = apps[0].SDKAppID
	}
	if _, err := g.directory.Agent(app, user); err != nil {
		return admin.Token{}, err
	}
	t, err := g.auth.Issue(ctx, app, user, onlyOnce)
	if err != nil {
		return admin.Token{}, err
	}
	query := url.Values{"sdkAppId": {app}, "token": {t.Value}, "userid": {user}}
	return admin.Token{Token: t.Value, Expires: t.ExpiresAt.UnixMilli(),
		SDKURL: fmt.Sprintf("%s/sdk/tcccSdk.js?%s", g.base(), query.Encode())}, nil
}

// DeadPushes implements admin.Gateway.
func (o operators) DeadPushes(ctx context.Context, after uint64) ([]push.DeadLetter, error) {
	return o.g.pushes.Dead(ctx, after)
}

// ReplayPushes implements admin.Gateway.
func (o operators) ReplayPushes(ctx context.Context, seqs []uint64) (int, error) {
	return o.g.pushes.Replay(ctx, seqs)
}
