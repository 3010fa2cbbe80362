package center

import (
	"strings"

	"tccc/gateway/acd"
	"tccc/gateway/config"
	"tccc/wire"
)

// tenant is an application with its configuration indexed.
type tenant struct {
	*config.App
	agents  map[string]*config.Agent
	groups  map[string]*config.SkillGroup
	numbers map[string]*config.Number
	ivrs    map[string]*config.IVR
}

func newTenant(app *config.App) *tenant {
	t := &tenant{
		App: app, agents: map[string]*config.Agent{}, groups: map[string]*config.SkillGroup{},
		numbers: map[string]*config.Number{}, ivrs: map[string]*config.IVR{},
	}
	for i := range app.Agents {
		t.agents[app.Agents[i].UserID] = &app.Agents[i]
	}
	for i := range app.SkillGroups {
		t.groups[app.SkillGroups[i].ID] = &app.SkillGroups[i]
	}
	for i := range app.Numbers {
		t.numbers[digitsOf(app.Numbers[i].Number)] = &app.Numbers[i]
	}
	for i := range app.IVRs {
		t.ivrs[app.IVRs[i].ID] = &app.IVRs[i]
	}
	return t
}

// digitsOf drops what is decoration in a telephone number.
func digitsOf(number string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -.()", r) {
			return -1
		}
		return r
	}, number)
}

func (t *tenant) profile(a *config.Agent) wire.AgentProfile {
	p := wire.AgentProfile{UserID: a.UserID, Name: a.Name, StaffNo: a.StaffNo, SkillGroups: []wire.SkillGroup{}}
	for _, id := range a.SkillGroups {
		if g := t.groups[id]; g != nil {
			p.SkillGroups = append(p.SkillGroups, wire.SkillGroup{ID: g.ID, Name: g.Name, Types: g.Types})
		}
	}
	if a.Extension != "" {
		p.Seats = append(p.Seats, wire.StaffExtensionSeat)
	}
	if a.Phone != "" {
		p.Seats = append(p.Seats, wire.StaffPhoneSeat)
	}
	return p
}

func (t *tenant) groupNames() wire.GroupNames {
	list := wire.GroupNames{SkillGroups: make([]wire.GroupName, len(t.SkillGroups))}
	for i := range t.SkillGroups {
		g := &t.SkillGroups[i]
		list.SkillGroups[i] = wire.GroupName{Name: groupName(g), ID: g.ID}
	}
	return list
}

func (t *tenant) acdGroups(a *config.Agent) []acd.Group {
	var groups []acd.Group
	for _, id := range a.SkillGroups {
		groups = append(groups, t.group(id))
	}
	return groups
}

func (t *tenant) group(id string) acd.Group { return acd.Group{App: t.SDKAppID, ID: id} }

// location is the place of a number: of the longest configured prefix.
func (t *tenant) location(number string) string {
	name, length := "", 0
	for i := range t.Locations {
		if l := &t.Locations[i]; len(l.Prefix) > length && strings.HasPrefix(number, l.Prefix) {
			name, length = l.Name, len(l.Prefix)
		}
	}
	return name
}

// callerNumber chooses the number to call out with, by the options of
// startOutboundCall: the one asked for, else one of the lists, else one of the
// skill group, else the first of the agent's groups, else any.
func (t *tenant) callerNumber(p *wire.StartCallParams, a *config.Agent) (*config.Number, error) {
	if p.CallerPhoneNumber != "" {
		n := t.numbers[digitsOf(p.CallerPhoneNumber)]
		if n == nil || !n.Outbound {
			return nil, wire.ErrNoCallerNumber.For("callerPhoneNumber", "%q is not a number for outbound calls", clip(p.CallerPhoneNumber))
		}
		return n, nil
	}
	if len(p.ServingNumberGroupIDs) > 0 {
		return t.outboundNumber("servingNumberGroupIds", func(n *config.Number) bool {
			return intersects(n.ServingNumberGroups, p.ServingNumberGroupIDs)
		})
	}
	if p.SkillGroupID != "" {
		if t.groups[p.SkillGroupID] == nil {
			return nil, wire.ErrInvalidOptions.For("skillGroupId", "there is no skill group %q", clip(p.SkillGroupID))
		}
		return t.outboundNumber("skillGroupId", func(n *config.Number) bool { return n.SkillGroup == p.SkillGroupID })
	}
	own := func(n *config.Number) bool { return intersects([]string{n.SkillGroup}, a.SkillGroups) }
	if n, err := t.outboundNumber("", own); err == nil {
		return n, nil
	}
	return t.outboundNumber("", func(*config.Number) bool { return true })
}

func (t *tenant) outboundNumber(field string, fits func(*config.Number) bool) (*config.Number, error) {
	for i := range t.Numbers {
		if n := &t.Numbers[i]; n.Outbound && fits(n) {
			return n, nil
		}
	}
	return nil, wire.ErrNoCallerNumber.For(field, "none fits")
}

func intersects(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			if x == y {
				return true
			}
		}
	}
	return false
}

func clip(s string) string {
	if len(s) > 40 {
		s = s[:40]
	}
	return strings.ToValidUTF8(s, "")
}
