package config

import (
	"slices"
	"strings"
	"time"

	"tccc/wire"
)

// App finds an application by its id, nil if there is none.
func (c *Config) App(sdkAppID string) *App {
	return find(c.Apps, func(a *App) bool { return a.SDKAppID == sdkAppID })
}

// Trunk finds a trunk by its name, nil if there is none.
func (c *Config) Trunk(name string) *Trunk {
	return find(c.SIP.Trunks, func(t *Trunk) bool { return t.Name == name })
}

// Agent finds an agent by its account, nil if there is none.
func (a *App) Agent(userID string) *Agent {
	return find(a.Agents, func(g *Agent) bool { return g.UserID == userID })
}

// Group finds a skill group by its id, nil if there is none.
func (a *App) Group(id string) *SkillGroup {
	return find(a.SkillGroups, func(g *SkillGroup) bool { return g.ID == id })
}

// IVR finds a menu by its id, nil if there is none.
func (a *App) IVR(id string) *IVR {
	return find(a.IVRs, func(m *IVR) bool { return m.ID == id })
}

// Number finds a number as it is written in the configuration, nil if there is none.
func (a *App) Number(number string) *Number {
	return find(a.Numbers, func(n *Number) bool { return n.Number == number })
}

func find[T any](all []T, is func(*T) bool) *T {
	for i := range all {
		if is(&all[i]) {
			return &all[i]
		}
	}
	return nil
}

// Profile is the agent as the SDK sees it.
func (a *App) Profile(g *Agent) wire.AgentProfile {
	p := wire.AgentProfile{UserID: g.UserID, Name: g.DisplayName(), StaffNo: g.StaffNo,
		SkillGroups: []wire.SkillGroup{}}
	for _, id := range g.SkillGroups {
		if group := a.Group(id); group != nil {
			p.SkillGroups = append(p.SkillGroups, group.Wire())
		}
	}
	return p
}

// Wire is the group as the SDK sees it.
func (g *SkillGroup) Wire() wire.SkillGroup {
	return wire.SkillGroup{ID: g.ID, Name: g.DisplayName(), Types: slices.Clone(g.Types)}
}

// DisplayName is the group's name, or its id.
func (g *SkillGroup) DisplayName() string {
	if g.Name == "" {
		return g.ID
	}
	return g.Name
}

// DisplayName is the agent's name, or its account.
func (g *Agent) DisplayName() string {
	if g.Name == "" {
		return g.UserID
	}
	return g.Name
}

// AfterCallOf is the after-call time of a group's sessions; nil is a session
// without a group.
func (a *App) AfterCallOf(g *SkillGroup) time.Duration {
	if g != nil && g.AfterCall != nil {
		return *g.AfterCall
	}
	return a.AfterCall
}

// LocationOf names the place of a number: the entry with the longest prefix,
// empty if none matches.
func (a *App) LocationOf(number string) string {
	name, length := "", 0
	for _, l := range a.Locations {
		if len(l.Prefix) > length && strings.HasPrefix(number, l.Prefix) {
			name, length = l.Name, len(l.Prefix)
		}
	}
	return name
}

// Takes reports whether the group takes sessions of a type.
func (g *SkillGroup) Takes(t wire.SessionType) bool { return slices.Contains(g.Types, t) }

// GroupFor is the skill group of a customer's session that names none; nil if
// there is no group for the type.
func (a *App) GroupFor(t wire.SessionType) *SkillGroup {
	if g := a.Group(a.Chat.DefaultSkillGroup); g != nil && g.Takes(t) {
		return g
	}
	return find(a.SkillGroups, func(g *SkillGroup) bool { return g.Takes(t) })
}
