package directory

import (
	"cmp"
	"hash/fnv"
	"log/slog"
	"reflect"
	"slices"
	"strconv"
	"time"

	"tccc/gateway/config"
	"tccc/internal/mask"
	"tccc/wire"
)

// DefaultPriority is the priority of an agent in a group unless another was
// given: 1 is the highest, 5 the lowest.
const DefaultPriority = 3

// Binding is an agent's place in a skill group.
type Binding struct {
	GroupID  string `json:"groupId"`
	Priority int    `json:"priority,omitempty"` // 1 to 5; 0 is DefaultPriority
}

// Agent is an agent as it is now.
type Agent struct {
	config.Agent
	Nick     string
	Bindings []Binding // the priorities of SkillGroups, in the same order
	Modified time.Time // last change; of agents that were never changed, when the configuration was read
}

// Group is a skill group as it is now.
type Group struct {
	config.SkillGroup
	// Number names the group where an integer is wanted, as the cloud API does:
	// the id itself if it is one, else a number made from the id that never changes.
	Number         int64
	MaxConcurrency int // sessions at the same time of one agent in the group, as it was asked for; 0: not said
	Modified       time.Time
}

// view is one state of an application. It never changes.
type view struct {
	app     config.App
	agents  []Agent // in the order of app.Agents
	groups  []Group // in the order of app.SkillGroups
	byUser  map[string]*Agent
	byStaff map[string]*Agent
	byID    map[string]*Group
	byNum   map[int64]*Group
}

// build lays the changes over the configuration.
func build(conf *config.App, r record, read time.Time, log *slog.Logger) *view {
	v := &view{
		app: *conf, byUser: map[string]*Agent{}, byStaff: map[string]*Agent{}, byID: map[string]*Group{},
		byNum: map[int64]*Group{},
	}
	v.addGroups(conf, r, read)
	v.addAgents(conf, r, read, log)
	v.app.Agents, v.app.SkillGroups = nil, nil
	for i := range v.groups {
		g := &v.groups[i]
		v.byID[g.ID], v.byNum[g.Number] = g, g
		v.app.SkillGroups = append(v.app.SkillGroups, g.SkillGroup)
	}
	for i := range v.agents {
		a := &v.agents[i]
		v.byUser[a.UserID] = a
		if a.StaffNo != "" {
			v.byStaff[a.StaffNo] = a
		}
		v.app.Agents = append(v.app.Agents, a.Agent)
	}
	return v
}

// sameAs gives what is as it was before the time at which it was changed then.
func (v *view) sameAs(old *view) {
	for i := range v.agents {
		if was := old.byUser[v.agents[i].UserID]; was != nil {
			now := v.agents[i]
			if now.Modified = was.Modified; reflect.DeepEqual(now, *was) {
				v.agents[i].Modified = was.Modified
			}
		}
	}
	for i := range v.groups {
		if was := old.byID[v.groups[i].ID]; was != nil {
			now := v.groups[i]
			if now.Modified = was.Modified; reflect.DeepEqual(now, *was) {
				v.groups[i].Modified = was.Modified
			}
		}
	}
}

func (v *view) addGroups(conf *config.App, r record, read time.Time) {
	known := map[string]bool{}
	for _, g := range conf.SkillGroups {
		known[g.ID] = true
		if rec, changed := r.Groups[g.ID]; !changed {
			v.groups = append(v.groups, Group{SkillGroup: g, Number: GroupNumber(g.ID), Modified: read})
		} else if !rec.Deleted {
			v.groups = append(v.groups, rec.over(g))
		}
	}
	for _, id := range made(r.Groups, func(g groupRecord) int64 { return g.CreatedAt }) {
		if !known[id] {
			g := newGroup
			g.ID, g.Types = id, r.Groups[id].Types
			v.groups = append(v.groups, r.Groups[id].over(g))
		}
	}
}

func (v *view) addAgents(conf *config.App, r record, read time.Time, log *slog.Logger) {
	groups, known := map[string]bool{}, map[string]bool{}
	for _, g := range v.groups {
		groups[g.ID] = true
	}
	for _, a := range conf.Agents {
		known[a.UserID] = true
		if rec, changed := r.Agents[a.UserID]; !changed {
			v.agents = append(v.agents, bound(Agent{Agent: a, Modified: read}, bindings(a.SkillGroups), groups))
		} else if !rec.Deleted {
			v.agents = append(v.agents, rec.over(a, groups))
		}
	}
	for _, id := range made(r.Agents, func(a agentRecord) int64 { return a.CreatedAt }) {
		if !known[id] {
			v.agents = append(v.agents, r.Agents[id].over(config.Agent{UserID: id, MaxChats: defaultMaxChats,
				ServerType: wire.StaffSeat}, groups))
		}
	}
	// The configuration may meanwhile say what a change said before it.
	numbers, extensions := map[string]bool{}, map[string]bool{}
	for i := range v.agents {
		a := &v.agents[i]
		unique(numbers, &a.StaffNo, "staffNo", a.UserID, log)
		unique(extensions, &a.Extension, "extension", a.UserID, log)
	}
}

func unique(seen map[string]bool, value *string, what, userID string, log *slog.Logger) {
	if *value != "" && seen[*value] {
		log.Warn("two agents have the same number: the second one has none", "what", what, "value", mask.Number(*value),
			"agent", userID)
		*value = ""
	}
	seen[*value] = true
}

// made lists what was made at run time, the oldest first.
func made[T any](all map[string]T, at func(T) int64) []string {
	var ids []string
	for id, r := range all {
		if at(r) != 0 {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(x, y string) int {
		return cmp.Or(cmp.Compare(at(all[x]), at(all[y])),
			cmp.Compare(x, y))
	})
	return ids
}

func (r agentRecord) over(a config.Agent, groups map[string]bool) Agent {
	set(&a.Name, r.Name)
	set(&a.StaffNo, r.StaffNo)
	set(&a.Phone, r.Phone)
	set(&a.Extension, r.Extension)
	set(&a.MaxChats, r.MaxChats)
	out := Agent{Agent: a, Modified: time.UnixMilli(r.ModifiedAt)}
	set(&out.Nick, r.Nick)
	if r.Groups != nil {
		return bound(out, r.Groups, groups)
	}
	return bound(out, bindings(a.SkillGroups), groups)
}

func (r groupRecord) over(g config.SkillGroup) Group {
	set(&g.Name, r.Name)
	return Group{SkillGroup: g, Number: GroupNumber(g.ID), MaxConcurrency: r.MaxConcurrency,
		Modified: time.UnixMilli(r.ModifiedAt)}
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func bindings(groups []string) []Binding {
	var all []Binding
	for _, id := range groups {
		all = append(all, Binding{GroupID: id})
	}
	return all
}

// bound gives an agent its groups, those that are there.
func bound(a Agent, all []Binding, groups map[string]bool) Agent {
	a.SkillGroups = nil
	for _, b := range all {
		if groups[b.GroupID] {
			b.Priority = cmp.Or(b.Priority, DefaultPriority)
			a.Bindings = append(a.Bindings, b)
			a.SkillGroups = append(a.SkillGroups, b.GroupID)
		}
	}
	return a
}

// Numbers of groups whose id is not one begin above all that are given out,
// and stay in what JavaScript counts exactly.
const (
	firstNamed = int64(1) << 48
	maxNumber  = int64(1) << 47
)

// GroupNumber is the number of a skill group; see [Group.Number].
func GroupNumber(id string) int64 {
	if n, err := strconv.ParseInt(id, 10, 64); err == nil && n > 0 && n < maxNumber && strconv.FormatInt(n, 10) == id {
		return n
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	return firstNamed | int64(h.Sum64()>>16)
}

// newGroup is a group made at run time, with the defaults of the configuration.
var newGroup = config.SkillGroup{
	RingTimeout: 30 * time.Second, QueueTimeout: 5 * time.Minute, QueueLimit: 100, AutoTransfer: true,
}

const defaultMaxChats = 5

// Types of a group that the cloud API can name.
var groupTypes = []wire.SessionType{wire.TypePhone, wire.TypeIM, wire.TypeVoIP, wire.TypeVideo}
