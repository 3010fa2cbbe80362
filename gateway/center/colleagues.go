package center

import (
	"tccc/wire"
)

// colleagues lists who a session can be handed over to, or called: everybody
// else and every group of the application.
func (a *agent) colleagues(*wire.Empty) (any, error) {
	list := wire.ColleaguesResult{Agents: []wire.Colleague{}, Groups: []wire.ColleagueGroup{}}
	for i := range a.tenant.Agents {
		conf := &a.tenant.Agents[i]
		if conf == a.conf {
			continue
		}
		other := a.c.agentOf(a.key.app, conf.UserID)
		list.Agents = append(list.Agents, wire.Colleague{
			UserID: conf.UserID, Name: nameOf(conf), StaffNo: conf.StaffNo, Status: other.standing(), SessionID: a.monitorable(other),
		})
	}
	for i := range a.tenant.SkillGroups {
		g := &a.tenant.SkillGroups[i]
		free, online := a.staff(g)
		list.Groups = append(list.Groups, wire.ColleagueGroup{
			SkillGroupID: g.ID, Name: groupName(g), Free: free, Online: online, Waiting: a.c.acd.Length(a.tenant.group(g.ID)),
		})
	}
	return list, nil
}
