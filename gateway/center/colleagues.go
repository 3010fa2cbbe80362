package center

import (
	"slices"

	"tccc/gateway/acd"
	"tccc/gateway/config"
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
		c := wire.Colleague{
			UserID: conf.UserID, Name: conf.DisplayName(), StaffNo: conf.StaffNo, Status: other.standing(),
			SessionID: a.monitorable(other),
		}
		if other.present() {
			c.Since = other.status.State().Since
		}
		list.Agents = append(list.Agents, c)
	}
	for i := range a.tenant.SkillGroups {
		list.Groups = append(list.Groups, a.groupNow(&a.tenant.SkillGroups[i]))
	}
	return list, nil
}

// queues lists the agent's own groups: pages ask for them often, so they are
// less than everybody and everything.
func (a *agent) queues(*wire.Empty) (any, error) {
	list := wire.QueuesResult{Groups: []wire.ColleagueGroup{}}
	for i := range a.tenant.SkillGroups {
		if g := &a.tenant.SkillGroups[i]; slices.Contains(a.conf.SkillGroups, g.ID) {
			now := a.groupNow(g) // of all others
			if a.free(groupKind(g)) {
				now.Free++
			}
			if a.present() && !a.status.Offline() {
				now.Online++
			}
			list.Groups = append(list.Groups, now)
		}
	}
	return list, nil
}

// location names the place of a number that is being typed.
func (a *agent) location(p *wire.LocationParams) (any, error) {
	return wire.LocationResult{Location: a.tenant.LocationOf(p.PhoneNumber)}, nil
}

// groupNow is a group with who is there, but for the agent, and who waits.
func (a *agent) groupNow(g *config.SkillGroup) wire.ColleagueGroup {
	free, online := a.staff(g, groupKind(g))
	key := a.tenant.Queue(g.ID)
	return wire.ColleagueGroup{
		SkillGroupID: g.ID, Name: g.DisplayName(), Free: free, Online: online,
		Waiting: a.c.acd.Length(key), WaitingSince: wire.Millis(a.c.acd.Oldest(key)),
	}
}

// groupKind is what the group is mainly there for.
func groupKind(g *config.SkillGroup) acd.Kind {
	for _, t := range g.Types {
		if t != wire.TypeIM {
			return acd.Call
		}
	}
	return acd.Chat
}
