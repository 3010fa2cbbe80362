// Package tenant is an application as the center uses it: its configuration,
// indexed, the sounds that it plays, and what follows from the two.
package tenant

import (
	"slices"
	"strings"

	"tccc/gateway/acd"
	"tccc/gateway/config"
	"tccc/internal/clip"
	"tccc/wire"
)

// Tenant is an application with its configuration indexed.
type Tenant struct {
	*config.App
	agents  map[string]*config.Agent
	groups  map[string]*config.SkillGroup
	numbers map[string]*config.Number
	ivrs    map[string]*config.IVR
}

// New indexes an application.
func New(app *config.App) *Tenant {
	t := &Tenant{
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
		t.numbers[Digits(app.Numbers[i].Number)] = &app.Numbers[i]
	}
	for i := range app.IVRs {
		t.ivrs[app.IVRs[i].ID] = &app.IVRs[i]
	}
	return t
}

// Digits drops what is decoration in a telephone number.
func Digits(number string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -.()", r) {
			return -1
		}
		return r
	}, number)
}

// Agent finds an agent by its account; nil, as with the next three, if there is
// none, or none any more.
func (t *Tenant) Agent(user string) *config.Agent {
	if t == nil {
		return nil
	}
	return t.agents[user]
}

// Group finds a skill group by its id.
func (t *Tenant) Group(id string) *config.SkillGroup { return t.groups[id] }

// IVR finds a menu by its id.
func (t *Tenant) IVR(id string) *config.IVR { return t.ivrs[id] }

// Number finds a telephone number, however it is written.
func (t *Tenant) Number(number string) *config.Number { return t.numbers[Digits(number)] }

// Profile is an agent as its page sees it.
func (t *Tenant) Profile(a *config.Agent) wire.AgentProfile {
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

// GroupNames lists the skill groups.
func (t *Tenant) GroupNames() wire.GroupNames {
	list := wire.GroupNames{SkillGroups: make([]wire.GroupName, len(t.SkillGroups))}
	for i := range t.SkillGroups {
		g := &t.SkillGroups[i]
		list.SkillGroups[i] = wire.GroupName{Name: g.DisplayName(), ID: g.ID}
	}
	return list
}

// Queues are the queues that an agent takes from.
func (t *Tenant) Queues(a *config.Agent) []acd.Group {
	var groups []acd.Group
	for _, id := range a.SkillGroups {
		groups = append(groups, t.Queue(id))
	}
	return groups
}

// Queue is a skill group as the distributor knows it.
func (t *Tenant) Queue(id string) acd.Group { return acd.Group{App: t.SDKAppID, ID: id} }

// CallerNumber chooses the number to call out with, by the options of
// startOutboundCall: the one asked for, else one of the lists, else one of the
// skill group, else the first of the agent's groups, else any.
func (t *Tenant) CallerNumber(p *wire.StartCallParams, a *config.Agent) (*config.Number, error) {
	if p.CallerPhoneNumber != "" {
		number, err := wire.ParseNumber(p.CallerPhoneNumber)
		if err != nil {
			return nil, wire.ErrNumberInvalid.For("callerPhoneNumber", "%s", wire.AsError(err).Detail)
		}
		n := t.Number(number.String())
		if n == nil || !n.Outbound {
			return nil, wire.ErrNoCallerNumber.For("callerPhoneNumber", "%q is not a number for outbound calls",
				clip.Shown(p.CallerPhoneNumber, 40))
		}
		return n, nil
	}
	if len(p.ServingNumberGroupIDs) > 0 {
		return t.outboundNumber("servingNumberGroupIds", func(n *config.Number) bool {
			return slices.ContainsFunc(n.ServingNumberGroups, func(g string) bool {
				return slices.Contains(p.ServingNumberGroupIDs, g)
			})
		})
	}
	if p.SkillGroupID != "" {
		if t.groups[p.SkillGroupID] == nil {
			return nil, wire.ErrInvalidOptions.For("skillGroupId", "there is no skill group %q",
				clip.Shown(p.SkillGroupID, 40))
		}
		return t.outboundNumber("skillGroupId", func(n *config.Number) bool { return n.SkillGroup == p.SkillGroupID })
	}
	own := func(n *config.Number) bool { return slices.Contains(a.SkillGroups, n.SkillGroup) }
	if n, err := t.outboundNumber("", own); err == nil {
		return n, nil
	}
	return t.outboundNumber("", func(*config.Number) bool { return true })
}

func (t *Tenant) outboundNumber(field string, fits func(*config.Number) bool) (*config.Number, error) {
	for i := range t.Numbers {
		if n := &t.Numbers[i]; n.Outbound && fits(n) {
			return n, nil
		}
	}
	return nil, wire.ErrNoCallerNumber.For(field, "none fits")
}

// ShownAs is what a colleague's phone shows of an agent.
func (t *Tenant) ShownAs(user string) string {
	conf := t.agents[user]
	switch {
	case conf == nil:
		return "internal"
	case conf.StaffNo != "":
		return conf.StaffNo
	case conf.Extension != "":
		return conf.Extension
	}
	return conf.UserID
}

// Colleague finds an agent by extension or work number.
func (t *Tenant) Colleague(number string) *config.Agent {
	if number == "" {
		return nil
	}
	for i := range t.Agents {
		if conf := &t.Agents[i]; conf.Extension == number || conf.StaffNo == number {
			return t.agents[conf.UserID]
		}
	}
	return nil
}

// VisitGroup is the skill group that a customer's session asks for, or the
// application's for it.
func (t *Tenant) VisitGroup(p *wire.VisitorStartParams) (string, error) {
	if p.SkillGroupID != "" {
		if g := t.groups[p.SkillGroupID]; g == nil || !g.Takes(p.Type) {
			return "", wire.ErrGroupUnknown.For("skillGroupId", "%q", clip.Shown(p.SkillGroupID, 40))
		}
		return p.SkillGroupID, nil
	}
	if g := t.GroupFor(p.Type); g != nil {
		return g.ID, nil
	}
	return "", wire.ErrGroupUnknown.For("skillGroupId", "no skill group takes %s", p.Type)
}
