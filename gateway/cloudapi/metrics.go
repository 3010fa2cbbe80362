package cloudapi

import (
	"context"
	"slices"

	"tccc/gateway/directory"
	"tccc/internal/clip"
	"tccc/wire"
)

type staffMetricsParams struct {
	SdkAppID    int64      `api:"SdkAppId,required"`
	StaffList   []string   `api:"StaffList"`
	GroupIDList []groupRef `api:"GroupIdList"`
	StatusList  []string   `api:"StatusList"`
}

type staffMetricsResult struct {
	Metrics []staffMetrics
}

// staffMetrics is StaffStatusMetrics. Durations are seconds of the day so far,
// times Unix seconds; 0 is unknown.
type staffMetrics struct {
	Email                 string
	Status                string
	StatusExtra           statusExtra
	OnlineDuration        int64
	FreeDuration          int64
	BusyDuration          int64
	NotReadyDuration      int64
	RestDuration          int64
	AfterCallWorkDuration int64
	Reason                string
	ReserveRest           bool
	ReserveNotReady       bool
	UseMobileAccept       int64
	UseMobileCallOut      bool
	LastOnlineTimestamp   int64
	LastStatusTimestamp   int64
}

type statusExtra struct {
	Type   string // im, tel, all or ""
	Direct string // in, out or ""
}

// statusNames are the values of Status.
var statusNames = map[wire.Status]string{
	wire.StatusFree: "free", wire.StatusBusy: "busy", wire.StatusRest: "rest", wire.StatusNotReady: "notReady",
	wire.StatusArrange: "afterCallWork", wire.StatusOffline: "offline",
}

// describeStaffStatusMetrics tells what agents are doing. Agents of StaffList
// that do not exist are left out.
func (h *Handler) describeStaffStatusMetrics(ctx context.Context, q *request, p *staffMetricsParams) (any, error) {
	app, err := h.app(q, p.SdkAppID)
	if err != nil {
		return nil, err
	}
	for _, status := range p.StatusList {
		if !knownStatus(status) {
			return nil, invalid("StatusList",
				"its elements are free, busy, rest, notReady, afterCallWork and offline, not %q",
				clip.Shown(status, 64))
		}
	}
	agents, err := h.membersOf(app, p)
	if err != nil {
		return nil, err
	}
	states, err := h.staffStates(ctx, app, p.StaffList)
	if err != nil {
		return nil, err
	}
	out := staffMetricsResult{Metrics: []staffMetrics{}}
	for _, a := range agents {
		m := metricsOf(a.UserID, states[a.UserID])
		if len(p.StatusList) == 0 || slices.Contains(p.StatusList, m.Status) {
			out.Metrics = append(out.Metrics, m)
		}
	}
	return out, nil
}

func knownStatus(name string) bool {
	for _, known := range statusNames {
		if known == name {
			return true
		}
	}
	return false
}

// membersOf lists the agents that are asked for: those of any of the groups.
func (h *Handler) membersOf(app string, p *staffMetricsParams) ([]directory.Agent, error) {
	agents, _, err := h.opts.Directory.Agents(app, directory.AgentQuery{UserIDs: p.StaffList})
	if err != nil || len(p.GroupIDList) == 0 {
		return agents, refused(err, nil)
	}
	groups := map[string]bool{}
	for _, ref := range p.GroupIDList {
		g, err := h.skillGroup(app, ref)
		if err != nil {
			return nil, refused(err, map[string]string{"Groups": "GroupIdList"})
		}
		groups[g.ID] = true
	}
	return slices.DeleteFunc(agents, func(a directory.Agent) bool {
		return !slices.ContainsFunc(a.SkillGroups, func(id string) bool { return groups[id] })
	}), nil
}

func metricsOf(user string, s StaffState) staffMetrics {
	m := staffMetrics{Email: user, Status: statusNames[s.State.Status], Reason: s.State.RestReason,
		LastStatusTimestamp: seconds(s.State.Since)}
	if m.Status == "" {
		m.Status = statusNames[wire.StatusOffline]
	}
	if p := s.State.Pending; p != nil {
		m.ReserveRest, m.ReserveNotReady = p.Status == wire.StatusRest, p.Status == wire.StatusNotReady
	}
	if !s.OnlineAt.IsZero() {
		m.LastOnlineTimestamp = s.OnlineAt.Unix()
	}
	for status, spent := range s.Spent {
		took := int64(spent.Seconds())
		switch status {
		case wire.StatusFree:
			m.FreeDuration = took
		case wire.StatusBusy:
			m.BusyDuration = took
		case wire.StatusNotReady:
			m.NotReadyDuration = took
		case wire.StatusRest:
			m.RestDuration = took
		case wire.StatusArrange:
			m.AfterCallWorkDuration = took
		default:
			continue
		}
		m.OnlineDuration += took
	}
	if s.Session != nil {
		m.StatusExtra = statusExtra{"tel", "in"}
		switch s.Session.Type {
		case wire.TypeIM:
			m.StatusExtra.Type = "im"
		case wire.TypeVideo:
			m.StatusExtra.Type = "all"
		}
		if s.Session.Direction == wire.Outbound {
			m.StatusExtra.Direct = "out"
		}
	}
	return m
}
