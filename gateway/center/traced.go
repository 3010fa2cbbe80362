package center

import (
	"slices"
	"strings"
	"time"

	"tccc/internal/clip"
	"tccc/wire"
)

// spanLongest is how far back work that the SDK tells of may have begun.
const spanLongest = 10 * time.Minute

// traced passes on what the SDK tells of its work for one of the agent's
// sessions.
func (a *agent) traced(p *wire.TraceParams) (any, error) {
	mine := a.own(p.SessionID) != nil ||
		slices.ContainsFunc(a.list, func(s wire.Session) bool { return s.SessionID == p.SessionID })
	switch {
	case a.c.Spans == nil:
		return wire.Empty{}, nil
	case !mine:
		return nil, wire.ErrSessionNotFound.For("sessionId", "%q", clip.Shown(p.SessionID, 40))
	case len(p.Spans) > wire.SpansMost:
		return nil, wire.ErrInvalidOptions.For("spans", "at most %d", wire.SpansMost)
	}
	now := time.Now()
	for _, s := range p.Spans {
		named := s.Name != "" && len(s.Name) <= 64 &&
			strings.Trim(s.Name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.") == ""
		if !named || s.Start > s.End || s.Start < now.Add(-spanLongest).UnixMilli() ||
			s.End > now.Add(time.Minute).UnixMilli() {
			return nil, wire.ErrInvalidOptions.For("spans", "a name or a time is out of range")
		}
	}
	a.c.Spans(a.key.app, p.SessionID, p.Spans)
	return wire.Empty{}, nil
}
