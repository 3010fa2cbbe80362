package directory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tccc/gateway/config"
	"tccc/gateway/store"
	"tccc/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const appID = "1400000001"

func apps() []config.App {
	return []config.App{
		{
			SDKAppID: appID,
			SkillGroups: []config.SkillGroup{
				{ID: "sales", Name: "Sales", Types: []wire.SessionType{wire.TypePhone}},
				{ID: "support", Types: []wire.SessionType{wire.TypePhone, wire.TypeIM}, Overflow: "late"},
				{ID: "late"},
				{ID: "1", Name: "First"},
			},
			Agents: []config.Agent{
				{UserID: "a1", Name: "Anna", StaffNo: "101", SkillGroups: []string{"sales"},
					Password: config.NewSecret("p")},
				{UserID: "a2", Name: "Ben", StaffNo: "102", SkillGroups: []string{"sales", "support"},
					Extension: "8002"},
			},
			Numbers: []config.Number{{Number: "4001", SkillGroup: "sales"}},
			IVRs:    []config.IVR{{ID: "main", Keys: []config.IVRKey{{Key: "1", SkillGroup: "support"}}, Default: "1"}},
		},
		{SDKAppID: "2", Agents: []config.Agent{{UserID: "a1", Name: "Other", StaffNo: "101"}}},
	}
}

func openStore(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	require.NoError(t, err)
	return s
}

func open(t *testing.T) (*Directory, *store.Store) {
	t.Helper()
	s := openStore(t, t.TempDir())
	t.Cleanup(func() { require.NoError(t, s.Close(context.Background())) })
	d, err := Open(t.Context(), s, apps())
	require.NoError(t, err)
	return d, s
}

func p[T any](v T) *T { return &v }

func users(t *testing.T, d *Directory, q AgentQuery) []string {
	t.Helper()
	page, _, err := d.Agents(appID, q)
	require.NoError(t, err)
	all := []string{}
	for _, a := range page {
		all = append(all, a.UserID)
	}
	return all
}

func TestAsConfigured(t *testing.T) {
	d, _ := open(t)
	got, ok := d.App(appID)
	require.True(t, ok)
	want := apps()[0]
	assert.Equal(t, want, got)
	assert.Len(t, d.Apps(), 2)
	_, ok = d.App("3")
	assert.False(t, ok)

	a, err := d.AgentByStaffNo(appID, "102")
	require.NoError(t, err)
	assert.Equal(t, "a2", a.UserID)
	assert.Equal(t, []Binding{{"sales", 3}, {"support", 3}}, a.Bindings)
	a, err = d.Agent("2", "a1")
	require.NoError(t, err)
	assert.Equal(t, "Other", a.Name, "each application for itself")
	_, err = d.Agent("2", "a2")
	require.ErrorIs(t, err, ErrNoAgent)
	_, err = d.Agent("3", "a1")
	require.ErrorIs(t, err, ErrNoApp)
	_, err = d.AgentByStaffNo(appID, "")
	require.ErrorIs(t, err, ErrNoAgent)

	for _, g := range []string{"sales", "1"} {
		byID, err := d.Group(appID, g)
		require.NoError(t, err)
		byNumber, err := d.GroupByNumber(appID, byID.Number)
		require.NoError(t, err)
		assert.Equal(t, byID, byNumber)
	}
	_, err = d.Group("2", "sales")
	require.ErrorIs(t, err, ErrNoGroup)
}

func TestPages(t *testing.T) {
	d, _ := open(t)
	for i := range 5 {
		_, err := d.CreateAgent(t.Context(), appID, fmt.Sprint("n", i),
			AgentChange{Groups: []Binding{{GroupID: "late"}}})
		require.NoError(t, err)
	}
	assert.Equal(t, []string{"a1", "a2", "n0", "n1", "n2", "n3", "n4"}, users(t, d, AgentQuery{}))
	assert.Equal(t, []string{"n0", "n1"}, users(t, d, AgentQuery{Offset: 2, Limit: 2}))
	assert.Equal(t, []string{"n4"}, users(t, d, AgentQuery{Offset: 6, Limit: 2}))
	assert.Empty(t, users(t, d, AgentQuery{Offset: 7, Limit: 2}))
	assert.Equal(t, []string{"n1"}, users(t, d, AgentQuery{GroupID: "late", Offset: 1, Limit: 1}))
	page, total, err := d.Agents(appID, AgentQuery{GroupID: "late", Limit: 2})
	require.NoError(t, err)
	assert.Len(t, page, 2)
	assert.Equal(t, 5, total)
	assert.Equal(t, []string{"a2"}, users(t, d, AgentQuery{UserIDs: []string{"a2", "nobody"}}))
	assert.Equal(t, []string{"a1"}, users(t, d, AgentQuery{UserID: "a1"}))
	assert.Empty(t, users(t, d, AgentQuery{UserIDs: []string{}}))
}

// TestChangesSurviveARestart makes changes of every kind and opens the store
// again.
func TestChangesSurviveARestart(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	s := openStore(t, dir)
	d, err := Open(ctx, s, apps())
	require.NoError(t, err)
	_, err = d.CreateAgent(ctx, appID, "a3",
		AgentChange{Name: p("Carla"), StaffNo: p("103"), Groups: []Binding{{"support", 1}}})
	require.NoError(t, err)
	_, err = d.ModifyAgent(ctx, appID, "a1", AgentChange{Name: p("Anne"), Nick: p("A"), MaxChats: p(9)})
	require.NoError(t, err)
	require.NoError(t, d.DeleteAgent(ctx, appID, "a2"))
	g, err := d.CreateGroup(ctx, appID, wire.TypeIM, GroupChange{Name: p("Chats"), MaxConcurrency: p(4)})
	require.NoError(t, err)
	assert.Equal(t, "2", g.ID, "1 is taken")
	require.NoError(t, d.Bind(ctx, appID, "a1", []Binding{{g.ID, 2}, {"sales", 5}}))
	require.NoError(t, d.Unbind(ctx, appID, "a3", []string{"support", "sales"}))
	_, err = d.ModifyGroup(ctx, appID, "sales", GroupChange{Name: p("Sellers")})
	require.NoError(t, err)
	before, _ := d.App(appID)
	require.NoError(t, s.Close(ctx))

	s = openStore(t, dir)
	defer func() { require.NoError(t, s.Close(context.Background())) }()
	d, err = Open(ctx, s, apps())
	require.NoError(t, err)
	after, _ := d.App(appID)
	assert.Equal(t, before, after)
	assert.Equal(t, []string{"a1", "a3"}, users(t, d, AgentQuery{}))
	a, err := d.Agent(appID, "a1")
	require.NoError(t, err)
	assert.Equal(t, []string{"Anne", "A", "101"}, []string{a.Name, a.Nick, a.StaffNo})
	assert.Equal(t, "p", a.Password.Reveal(), "what was not changed stays")
	assert.Equal(t, []Binding{{"sales", 5}, {g.ID, 2}}, a.Bindings)
	assert.Equal(t, 9, a.MaxChats)
	a, err = d.Agent(appID, "a3")
	require.NoError(t, err)
	assert.Empty(t, a.SkillGroups)
	made, err := d.Group(appID, g.ID)
	require.NoError(t, err)
	assert.Equal(t, 4, made.MaxConcurrency)
	assert.Equal(t, int64(2), made.Number)

	require.NoError(t, d.DeleteGroup(ctx, appID, g.ID))
	again, err := d.CreateGroup(ctx, appID, wire.TypeIM, GroupChange{Name: p("Chats")})
	require.NoError(t, err)
	assert.Equal(t, "3", again.ID, "ids are not used again")
	a, err = d.Agent(appID, "a1")
	require.NoError(t, err)
	assert.Equal(t, []string{"sales"}, a.SkillGroups)

	// Somebody who was deleted and comes back is a new agent.
	a, err = d.CreateAgent(ctx, appID, "a2", AgentChange{Name: p("Ben II")})
	require.NoError(t, err)
	assert.Equal(t, []string{"Ben II", "", ""}, []string{a.Name, a.StaffNo, a.Extension})
	assert.Empty(t, a.SkillGroups)
	_, other := d.App("2")
	assert.True(t, other)
}

// TestNewGroupsHaveTheDefaults compares them with what the configuration says
// of a group that only has an id.
func TestNewGroupsHaveTheDefaults(t *testing.T) {
	d, _ := open(t)
	made, err := d.CreateGroup(t.Context(), appID, wire.TypePhone, GroupChange{Name: p("New")})
	require.NoError(t, err)
	conf, err := config.Parse("x.yaml", []byte(
		"demo: true\napps:\n  - sdkAppId: \"1\"\n    skillGroups: [{id: x}]\n    agents: [{userId: y}]\n"), nil)
	require.NoError(t, err)
	want := conf.Apps[0].SkillGroups[0]
	want.ID, want.Name = made.ID, made.Name
	assert.Equal(t, want, made.SkillGroup)
	a, err := d.CreateAgent(t.Context(), appID, "new", AgentChange{})
	require.NoError(t, err)
	wantAgent := conf.Apps[0].Agents[0]
	wantAgent.UserID = "new"
	assert.Equal(t, wantAgent, a.Agent)
}

func TestRefused(t *testing.T) {
	d, _ := open(t)
	ctx := t.Context()
	long := strings.Repeat("x", 65)
	create := func(user string, c AgentChange) error {
		_, err := d.CreateAgent(ctx, appID, user, c)
		return err
	}
	modify := func(c AgentChange) error {
		_, err := d.ModifyAgent(ctx, appID, "a1", c)
		return err
	}
	group := func(id string, c GroupChange) error {
		_, err := d.ModifyGroup(ctx, appID, id, c)
		return err
	}
	newGroup := func(app string, kind wire.SessionType, c GroupChange) error {
		_, err := d.CreateGroup(ctx, app, kind, c)
		return err
	}
	before, _ := d.App(appID)
	for name, c := range map[string]struct {
		err   error
		kind  error
		field string
	}{
		"account twice":  {create("a1", AgentChange{}), ErrExists, "UserID"},
		"no account":     {create("", AgentChange{}), ErrInvalid, "UserID"},
		"account":        {create("a b", AgentChange{}), ErrInvalid, "UserID"},
		"long account":   {create(long, AgentChange{}), ErrInvalid, "UserID"},
		"work number":    {create("x", AgentChange{StaffNo: p("101")}), ErrExists, "StaffNo"},
		"extension":      {create("x", AgentChange{Extension: p("8002")}), ErrExists, "Extension"},
		"long name":      {modify(AgentChange{Name: &long}), ErrInvalid, "Name"},
		"name not UTF-8": {modify(AgentChange{Name: p("\xff")}), ErrInvalid, "Name"},
		"nick":           {modify(AgentChange{Nick: p("a\x00")}), ErrInvalid, "Nick"},
		"spaces":         {modify(AgentChange{StaffNo: p("1 2")}), ErrInvalid, "StaffNo"},
		"phone":          {modify(AgentChange{Phone: p("12")}), ErrInvalid, "Phone"},
		"bad extension":  {modify(AgentChange{Extension: p("a/b")}), ErrInvalid, "Extension"},
		"chats":          {modify(AgentChange{MaxChats: p(101)}), ErrInvalid, "MaxChats"},
		"no group":       {modify(AgentChange{Groups: []Binding{{GroupID: "x"}}}), ErrNoGroup, "Groups"},
		"group twice": {modify(AgentChange{Groups: []Binding{{GroupID: "late"}, {GroupID: "late"}}}), ErrInvalid,
			"Groups"},
		"many groups":       {modify(AgentChange{Groups: make([]Binding, maxGroups+1)}), ErrInvalid, "Groups"},
		"priority":          {d.Bind(ctx, appID, "a1", []Binding{{"late", 6}}), ErrInvalid, "Priority"},
		"bind nobody":       {d.Bind(ctx, appID, "x", nil), ErrNoAgent, "UserID"},
		"bind no group":     {d.Bind(ctx, appID, "a1", []Binding{{GroupID: "x"}}), ErrNoGroup, "Groups"},
		"unbind no group":   {d.Unbind(ctx, appID, "a1", []string{"x"}), ErrNoGroup, "Groups"},
		"delete nobody":     {d.DeleteAgent(ctx, appID, "x"), ErrNoAgent, "UserID"},
		"delete theirs":     {d.DeleteAgent(ctx, "2", "a2"), ErrNoAgent, "UserID"},
		"delete nowhere":    {d.DeleteAgent(ctx, "3", "a2"), ErrNoApp, ""},
		"group of a number": {d.DeleteGroup(ctx, appID, "sales"), ErrInUse, "Groups"},
		"group of a key":    {d.DeleteGroup(ctx, appID, "support"), ErrInUse, "Groups"},
		"default of a menu": {d.DeleteGroup(ctx, appID, "1"), ErrInUse, "Groups"},
		"overflow":          {d.DeleteGroup(ctx, appID, "late"), ErrInUse, "Groups"},
		"delete no group":   {d.DeleteGroup(ctx, appID, "x"), ErrNoGroup, "Groups"},
		"group without":     {newGroup(appID, wire.TypePhone, GroupChange{}), ErrInvalid, "Name"},
		"group name":        {newGroup(appID, wire.TypePhone, GroupChange{Name: p("")}), ErrInvalid, "Name"},
		"group name twice":  {newGroup(appID, wire.TypePhone, GroupChange{Name: p("Sales")}), ErrExists, "Name"},
		"id as a name":      {newGroup(appID, wire.TypePhone, GroupChange{Name: p("late")}), ErrExists, "Name"},
		"group type":        {newGroup(appID, wire.TypeInternal, GroupChange{Name: p("x")}), ErrInvalid, "Types"},
		"group nowhere":     {newGroup("3", wire.TypePhone, GroupChange{Name: p("x")}), ErrNoApp, ""},
		"rename twice":      {group("late", GroupChange{Name: p("Sales")}), ErrExists, "Name"},
		"rename nothing":    {group("x", GroupChange{}), ErrNoGroup, "Groups"},
		"calls at once":     {group("sales", GroupChange{MaxConcurrency: p(2)}), ErrInvalid, "MaxConcurrency"},
	} {
		var e *Error
		require.ErrorAs(t, c.err, &e, name)
		assert.ErrorIs(t, c.err, c.kind, name)
		assert.Equal(t, c.field, e.Field, name)
		assert.NotEmpty(t, e.Text, name)
	}
	after, _ := d.App(appID)
	assert.Equal(t, before, after, "nothing changed")
}

func TestFull(t *testing.T) {
	d, _ := open(t)
	rec := record{Agents: map[string]agentRecord{}}
	for i := range 9000 {
		rec.Agents[fmt.Sprint("agent", i)] = agentRecord{CreatedAt: 1, Name: p(strings.Repeat("x", 60)),
			Groups: []Binding{}}
	}
	text, err := json.Marshal(rec)
	require.NoError(t, err)
	require.Greater(t, len(text), maxRecord)
	err = d.update(t.Context(), appID, func(_ *view, r *record) error { *r = rec; return nil })
	require.ErrorIs(t, err, ErrFull)
	assert.Len(t, users(t, d, AgentQuery{}), 2)
}

// TestTwoProcesses lets two directories of one store change the same
// application at the same time: no change is lost, no number given twice.
func TestTwoProcesses(t *testing.T) {
	d1, s := open(t)
	d2, err := Open(t.Context(), s, apps())
	require.NoError(t, err)
	var wg sync.WaitGroup
	var mu sync.Mutex
	created := map[string]string{} // work number to account
	for n, d := range []*Directory{d1, d2} {
		wg.Go(func() {
			for i := range 20 {
				user, staffNo := fmt.Sprintf("p%d-%d", n, i), fmt.Sprint(500+i)
				_, err := d.CreateAgent(t.Context(), appID, user, AgentChange{StaffNo: &staffNo})
				if errors.Is(err, ErrExists) {
					continue
				}
				if assert.NoError(t, err) {
					mu.Lock()
					assert.Empty(t, created[staffNo], "given twice")
					created[staffNo] = user
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	require.Len(t, created, 20)
	require.NoError(t, d1.Refresh(t.Context()))
	require.NoError(t, d2.Refresh(t.Context()))
	assert.Equal(t, users(t, d1, AgentQuery{}), users(t, d2, AgentQuery{}))
	for staffNo, user := range created {
		a, err := d1.AgentByStaffNo(appID, staffNo)
		require.NoError(t, err)
		assert.Equal(t, user, a.UserID)
	}
}

func TestFollow(t *testing.T) {
	d1, s := open(t)
	d2, err := Open(t.Context(), s, apps())
	require.NoError(t, err)
	changed := make(chan Change, 1)
	_, stop := d2.Watch(func(c Change) { changed <- c })
	defer stop()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); d2.Follow(ctx, time.Millisecond) }()
	_, err = d1.CreateAgent(t.Context(), appID, "a3", AgentChange{})
	require.NoError(t, err)
	select {
	case c := <-changed:
		assert.Equal(t, []string{"a3"}, c.Agents)
	case <-time.After(10 * time.Second):
		t.Fatal("the change was not seen")
	}
	cancel()
	<-done
}

func TestWatch(t *testing.T) {
	d, _ := open(t)
	ctx := t.Context()
	var got []Change
	first, stop := d.Watch(func(c Change) { got = append(got, c) })
	require.Len(t, first, 2)
	_, err := d.CreateAgent(ctx, appID, "a3", AgentChange{Name: p("Carla")})
	require.NoError(t, err)
	_, err = d.ModifyGroup(ctx, appID, "sales", GroupChange{Name: p("Sellers")})
	require.NoError(t, err)
	require.NoError(t, d.Bind(ctx, appID, "a1", []Binding{{"late", 1}}))
	require.Error(t, d.Bind(ctx, appID, "a1", []Binding{{"x", 1}}))
	require.NoError(t, d.DeleteAgent(ctx, appID, "a2"))
	require.NoError(t, d.Refresh(ctx))
	require.Len(t, got, 4)
	assert.Equal(t, []string{"a3"}, got[0].Agents)
	assert.Equal(t, "Carla", got[0].App.Agent("a3").Name)
	assert.Equal(t, []string{"sales"}, got[1].Groups)
	assert.Empty(t, got[1].Agents)
	assert.Equal(t, []string{"a1"}, got[2].Agents)
	assert.Equal(t, []string{"sales", "late"}, got[2].App.Agent("a1").SkillGroups)
	assert.Equal(t, []string{"a2"}, got[3].Agents)
	assert.Nil(t, got[3].App.Agent("a2"))
	assert.NotNil(t, got[2].App.Agent("a2"), "an earlier state does not change")
	stop()
	require.NoError(t, d.DeleteAgent(ctx, appID, "a3"))
	assert.Len(t, got, 4)
}

func TestConfigure(t *testing.T) {
	d, _ := open(t)
	ctx := t.Context()
	_, err := d.CreateAgent(ctx, appID, "a3",
		AgentChange{StaffNo: p("103"), Groups: []Binding{{"late", 1}, {"sales", 2}}})
	require.NoError(t, err)
	_, err = d.ModifyAgent(ctx, appID, "a1", AgentChange{Name: p("Anne")})
	require.NoError(t, err)
	var got []Change
	_, stop := d.Watch(func(c Change) { got = append(got, c) })
	defer stop()

	require.NoError(t, d.Configure(ctx, apps()))
	assert.Empty(t, got, "the same configuration is no change")

	next := apps()[:1]
	// a1 is gone, a2 has a3's number
	next[0].Agents = []config.Agent{{UserID: "a2", Name: "Ben", StaffNo: "103"}, {UserID: "a4"}}
	next[0].SkillGroups = next[0].SkillGroups[:2]
	next[0].SkillGroups[1].Overflow = ""
	require.NoError(t, d.Configure(ctx, next))
	require.Len(t, got, 2)
	assert.True(t, got[0].Removed)
	assert.Equal(t, "2", got[0].SDKAppID)
	assert.ElementsMatch(t, []string{"a1", "a2", "a3", "a4"}, got[1].Agents)
	assert.ElementsMatch(t, []string{"support", "late", "1"}, got[1].Groups)
	_, ok := d.App("2")
	assert.False(t, ok)
	assert.Equal(t, []string{"a2", "a4", "a3"}, users(t, d, AgentQuery{}))
	a, err := d.Agent(appID, "a3")
	require.NoError(t, err)
	assert.Empty(t, a.StaffNo, "a number has one agent")
	assert.Equal(t, []Binding{{"sales", 2}}, a.Bindings)

	require.NoError(t, d.DeleteAgent(ctx, appID, "a4"))
	require.Len(t, got, 3)
	assert.Equal(t, []string{"a4"}, got[2].Agents, "the others are as they were")

	require.NoError(t, d.Configure(ctx, apps()))
	a, err = d.Agent(appID, "a1")
	require.NoError(t, err)
	assert.Equal(t, "Anne", a.Name, "what was changed counts again")
	a, err = d.Agent(appID, "a3")
	require.NoError(t, err)
	assert.Equal(t, []Binding{{"late", 1}, {"sales", 2}}, a.Bindings)
	assert.Equal(t, "103", a.StaffNo)
}

func TestModifiedSince(t *testing.T) {
	d, _ := open(t)
	since := time.Now().Add(time.Second)
	assert.Empty(t, users(t, d, AgentQuery{ModifiedSince: since}))
	assert.Equal(t, []string{"a1", "a2"}, users(t, d, AgentQuery{ModifiedSince: since.Add(-time.Hour)}),
		"what the configuration says counts as changed when it was read: whoever copies agents misses none")
	require.NoError(t, d.update(t.Context(), appID, func(_ *view, r *record) error {
		r.Agents["a1"] = agentRecord{Name: p("Anne"), ModifiedAt: since.Add(time.Hour).UnixMilli()}
		return nil
	}))
	assert.Equal(t, []string{"a1"}, users(t, d, AgentQuery{ModifiedSince: since}))
}

func TestGroupNumber(t *testing.T) {
	seen := map[int64]string{}
	for i := range 20_000 {
		for _, id := range []string{fmt.Sprint(i), fmt.Sprint("group", i), fmt.Sprintf("0%d", i)} {
			n := GroupNumber(id)
			require.Empty(t, seen[n], "%s", id)
			require.True(t, n >= 0 && n < 1<<53, "JavaScript counts it exactly")
			seen[n] = id
		}
	}
	assert.Equal(t, int64(602), GroupNumber("602"))
	assert.Equal(t, GroupNumber("sales"), GroupNumber("sales"))
	for _, id := range []string{"-1", "0", "+7", "1.5", "９", fmt.Sprint(int64(1) << 60)} {
		assert.GreaterOrEqual(t, GroupNumber(id), int64(1)<<48, id)
	}
}
