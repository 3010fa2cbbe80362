package center

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tccc/gateway/status"
	"tccc/gateway/store"
	"tccc/internal/clip"
	"tccc/wire"
)

// Links gives addresses under which recordings can be heard for a while.
type Links interface {
	Link(recording string) string
}

const (
	historyDeadline = 10 * time.Second
	// historyDay bounds the sessions of an agent's day that are read.
	historyDay = 2000
)

// history reads the agent's sessions of today from their records.
func (a *agent) history(p *wire.HistoryParams, done func(any, error)) {
	switch {
	case p.Limit < 0 || p.Limit > wire.HistoryMost:
		done(nil, wire.ErrInvalidOptions.For("limit", "%d is not 0 to %d", p.Limit, wire.HistoryMost))
		return
	case p.Before < 0:
		done(nil, wire.ErrInvalidOptions.For("before", "%d is negative", p.Before))
		return
	case p.CloseBy != "" && !p.CloseBy.Known():
		done(nil, wire.ErrInvalidOptions.For("closeBy", "%q is none of client, seat, admin and timer",
			clip.Shown(string(p.CloseBy), 40)))
		return
	case a.reading:
		done(nil, wire.ErrOverloaded.With("the history is being read already"))
		return
	}
	a.reading = true
	c, key, question := a.c, a.key, *p
	c.outside(a, func(ctx context.Context) func() {
		ctx, cancel := context.WithTimeout(ctx, historyDeadline)
		defer cancel()
		cdrs, err := c.day(ctx, key)
		return func() {
			a.reading = false
			if err != nil {
				done(nil, fmt.Errorf("failed to read the history: %w", err))
				return
			}
			done(c.historyPage(cdrs, question), nil)
		}
	})
}

// day reads an agent's records since midnight, in the order of their ends.
func (c *Center) day(ctx context.Context, key agentKey) (list []store.CDR, err error) {
	q := store.CDRQuery{SDKAppID: key.app, UserID: key.user, From: status.Midnight(time.Now()), Limit: 1000}
	for len(list) < historyDay {
		page, err := c.Store.CDRs(ctx, q)
		if err != nil {
			return nil, err
		}
		list = append(list, page.CDRs...)
		if page.Next == 0 {
			break
		}
		q.After = page.Next
	}
	return list, nil
}

// historyPage is the part that was asked for, the last sessions first. Records
// are only ever added, so an entry keeps its number for the whole day.
func (c *Center) historyPage(cdrs []store.CDR, p wire.HistoryParams) wire.HistoryResult {
	limit := p.Limit
	if limit == 0 {
		limit = wire.HistoryMost
	}
	page := wire.HistoryResult{Entries: []wire.HistoryEntry{}, Groups: groupsOf(cdrs)}
	for i := len(cdrs) - 1; i >= 0; i-- {
		r := &cdrs[i]
		if p.Before > 0 && i+1 >= p.Before || p.SkillGroupID != "" && r.SkillGroupID != p.SkillGroupID ||
			p.CloseBy != "" && r.CloseBy != p.CloseBy {
			continue
		}
		if len(page.Entries) == limit {
			page.More = true
			break
		}
		page.Entries = append(page.Entries, c.historyEntry(r, i+1))
	}
	return page
}

// groupsOf are the skill groups of records, the one that was met first first.
func groupsOf(cdrs []store.CDR) (groups []wire.GroupName) {
	seen := map[string]bool{}
	for i := range cdrs {
		if r := &cdrs[i]; r.SkillGroupID != "" && !seen[r.SkillGroupID] {
			seen[r.SkillGroupID] = true
			groups = append(groups, wire.GroupName{ID: r.SkillGroupID, Name: r.SkillGroupName})
		}
	}
	return groups
}

func (c *Center) historyEntry(r *store.CDR, n int) wire.HistoryEntry {
	e := wire.HistoryEntry{
		N: n, SessionID: r.SessionID, Type: r.Type, Direction: r.Direction, Caller: r.Caller, Callee: r.Callee,
		Location: r.Location, PeerUserID: r.CustomerUserID, Nickname: r.CustomerNickname, Remark: r.Remark,
		SkillGroupID: r.SkillGroupID, SkillGroup: r.SkillGroupName,
		StartedAt: r.StartAt, AnsweredAt: r.AnswerAt, Duration: r.Duration, CloseBy: r.CloseBy,
		MainReason: r.MainReason,
	}
	rang := slices.ContainsFunc(r.Rings, func(o store.Ring) bool { return o.UserID == r.UserID })
	e.Missed = r.Direction == wire.Inbound && r.AnswerAt == 0 && rang
	if r.Recording != "" && c.Links != nil {
		e.Recording = c.Links.Link(r.Recording)
	}
	return e
}
