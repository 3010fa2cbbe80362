// Package model plays random commands and faults with the SDK's core against a
// real gateway, through real sockets that are cut, frozen and refused, and looks
// in the end whether a simple model of sessions still holds: nothing is lost,
// nothing is told twice, nothing is half done.
package model

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tccc/test/harness"
	"tccc/wire"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, // of the client that asks the gateway, which keeps connections
		goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"),
		goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

const (
	patience = 15 * time.Second
	sales    = "4001000001"
)

// TestFaults plays a run for each seed; TCCC_MODEL_SEED repeats one.
func TestFaults(t *testing.T) {
	first, runs := uint64(1), uint64(3)
	if s, err := strconv.ParseUint(os.Getenv("TCCC_MODEL_SEED"), 10, 64); err == nil {
		first, runs = s, 1
	}
	for seed := first; seed < first+runs; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { play(t, seed) })
	}
}

// user is an agent at a browser: one tab, whose page comes and goes.
type user struct {
	name  string
	proxy *harness.Proxy
	url   string
	token string
	tab   *tab
	page  *page
	past  []*page // pages before the present one
}

type model struct {
	t     *testing.T
	r     *rand.Rand
	g     *harness.Gateway
	users []*user
	calls []string // of the phone
	rang  int
	work  sync.WaitGroup // commands under way

	mu    sync.Mutex
	steps []string
}

func play(t *testing.T, seed uint64) {
	m := &model{t: t, r: rand.New(rand.NewPCG(seed, 7)),
		g: harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_APPS_0_GRACE=60s"}})}
	defer func() {
		if t.Failed() || testing.Verbose() {
			t.Logf("seed %d: %s", seed, strings.Join(m.steps, "\n"))
		}
	}()
	for i := 1; i <= 2; i++ {
		u := &user{name: fmt.Sprintf("agent%d@demo", i), proxy: harness.NewProxy(t, m.g), tab: &tab{}}
		u.url = "ws" + strings.TrimPrefix(u.proxy.Through(m.g.URL), "http") + "/ws/agent"
		u.token = m.g.Login(t, u.name).Token
		u.page = load(u.name, u.token, u.url, u.tab)
		m.users = append(m.users, u)
	}
	for _, u := range m.users {
		m.await(u.name+" is ready", func() bool { return u.page.View().Phase == "ready" })
	}
	killed := false
	for i := range 100 {
		if i == 60 && m.r.IntN(2) == 0 {
			killed = true
			m.note("gateway killed")
			m.work.Wait() // what was answered must have been done
			m.g.Kill()
			m.g.Restart()
		}
		m.step()
		time.Sleep(time.Duration(m.r.IntN(60)) * time.Millisecond) // the rhythm of a run, not a wait for something
	}
	m.settle(killed)
	m.check(killed)
	for _, u := range m.users {
		u.page.Close()
		<-u.page.ended
	}
}

func (m *model) note(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.steps = append(m.steps, fmt.Sprintf(format, args...))
}

// step does one thing at random.
func (m *model) step() {
	u := m.users[m.r.IntN(len(m.users))]
	switch n := m.r.IntN(20); {
	case n < 3 && len(m.calls)-m.over() < 3:
		m.rang++
		from := fmt.Sprintf("1380000%04d", m.rang)
		m.calls = append(m.calls, m.g.Ring(m.t, from, sales, ""))
		m.note("%s rings", from)
	case n < 4 && len(m.calls) > 0:
		call := m.calls[m.r.IntN(len(m.calls))]
		m.note("phone hangs up %s", call)
		if !m.ended(call) {
			m.g.PhoneHangup(m.t, call)
		}
	case n < 6:
		m.note("%s: socket cut", u.name)
		u.proxy.Cut()
	case n < 7:
		m.note("%s: half open", u.name)
		u.proxy.Freeze()
		u.page.Wake() // the browser's hint
	case n < 9:
		m.reload(u)
	default:
		m.command(u)
	}
}

// reload loads the page anew, with what the tab has stored.
func (m *model) reload(u *user) {
	m.note("%s: reload", u.name)
	old := u.page
	u.tab = &tab{state: u.tab.Load()} // what the old page forgets at its end is not the new one's
	old.leave(m.t)
	u.past = append(u.past, old)
	u.page = load(u.name, u.token, u.url, u.tab)
}

// command gives a random command about a session that the page shows. What
// fails must fail with an entry of the catalogue.
func (m *model) command(u *user) {
	p := u.page
	sessions := p.View().Sessions
	if len(sessions) == 0 {
		return
	}
	s := sessions[m.r.IntN(len(sessions))]
	names := []string{"accept", "accept", "hold", "unhold", "mute", "unmute", "hangup", "delete"}
	name := names[m.r.IntN(len(names))]
	if s.State == wire.StateRinging {
		name = "accept"
	}
	m.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		var err error
		switch name {
		case "accept":
			err = p.Accept(ctx, s.SessionID)
		case "hold":
			err = p.Hold(ctx, s.SessionID)
		case "unhold":
			err = p.Unhold(ctx, s.SessionID)
		case "mute", "unmute":
			err = p.Mute(ctx, s.SessionID, name == "mute")
		case "hangup":
			err = p.Hangup(ctx, s.SessionID)
		case "delete":
			err = p.Delete(ctx, s.SessionID)
		}
		m.note("%s: %s %s: %v", u.name, name, s.SessionID, err)
		if e := (*wire.Error)(nil); err != nil && !errors.As(err, &e) {
			m.t.Errorf("%s failed with %v, which is not of the catalogue", name, err)
		}
	})
}

func (m *model) ended(call string) bool {
	return !slices.ContainsFunc(m.g.PhoneCalls(m.t),
		func(c harness.PhoneCall) bool { return c.CallID == call && c.State != "ended" })
}

func (m *model) over() (n int) {
	for _, c := range m.calls {
		if m.ended(c) {
			n++
		}
	}
	return n
}

// await waits for something, and tells what pages show if it does not come.
func (m *model) await(what string, ok func() bool, pages ...*page) {
	m.t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			for _, p := range pages {
				v := p.View()
				what += fmt.Sprint("\n", v.Phase, " ", v.State.Status, " ", shown(v.Sessions, true))
			}
			require.FailNow(m.t, "not so: "+what)
		}
	}
}

// settle lets the faults end and awaits that pages show what the gateway has: a second
// tab of the same browser is told nothing but that. A page keeps sessions that have
// ended until they are deleted; a gateway that was killed has forgotten them.
func (m *model) settle(killed bool) {
	m.work.Wait()
	for _, u := range m.users {
		u.page.Wake()
		m.await(u.name+" is back", func() bool { return u.page.View().Phase == "ready" })
		second := load(u.name, u.token, u.url, &tab{})
		m.await(u.name+" shows what there is", func() bool {
			v, w := u.page.View(), second.View()
			return w.Phase == "ready" && slices.Equal(shown(v.Sessions, !killed), shown(w.Sessions, !killed)) &&
				v.State.Status == w.State.Status
		}, u.page, second)
		second.leave(m.t)
	}
}

// shown is what two tabs of an agent must agree on, with or without sessions that
// have ended.
func shown(sessions []wire.Session, ended bool) (all []string) {
	for _, s := range sessions {
		if s.State == wire.StateEnded && !ended {
			continue
		}
		all = append(all, fmt.Sprint(s.SessionID, " ", s.State, " ", s.Muted))
	}
	slices.Sort(all)
	return all
}

// check compares what happened with the rules.
func (m *model) check(killed bool) {
	owners, ids := map[string]string{}, map[string]bool{}
	for _, u := range m.users {
		live := 0
		for _, s := range u.page.View().Sessions {
			if !s.Live() {
				continue
			}
			live++
			require.Empty(m.t, owners[s.SessionID], "%s has two agents", s.SessionID)
			owners[s.SessionID] = u.name
		}
		status := u.page.View().State.Status
		require.Equal(m.t, live > 0 && talks(u), status == wire.StatusBusy, "%s is %s with %d live sessions", u.name,
			status, live)
		m.checkEvents(u, ids)
	}
	// Every session ends, with one record.
	for _, c := range m.calls {
		if !m.ended(c) {
			m.g.PhoneHangup(m.t, c)
		}
	}
	for _, u := range m.users {
		m.await(u.name+" has no live session", func() bool {
			return !slices.ContainsFunc(u.page.View().Sessions, func(s wire.Session) bool { return s.Live() })
		})
		m.checkEvents(u, ids)
	}
	m.await("every session has its record, once", func() bool {
		counts := m.records()
		for id := range ids {
			if counts[id] != 1 {
				return false
			}
		}
		return len(counts) == len(m.calls) || killed && len(counts) <= len(m.calls)
	})
}

// talks reports whether an agent is in a conversation.
func talks(u *user) bool {
	return slices.ContainsFunc(u.page.View().Sessions, func(s wire.Session) bool {
		return s.State == wire.StateTalking || s.State == wire.StateHeld || s.State == wire.StateRinging
	})
}

// checkEvents looks at what the pages of an agent were told, over all reloads: that a
// session has ended, once; that it was taken, no more often than it was offered.
func (m *model) checkEvents(u *user, ids map[string]bool) {
	m.t.Helper()
	type told struct{ offered, taken, ended int }
	all := map[string]*told{}
	for _, p := range append(slices.Clone(u.past), u.page) {
		ready := 0
		for _, e := range p.told() {
			if e.Name == wire.EventReady {
				ready++
			}
			id := member(e, "sessionId")
			if id == "" || strings.Contains(string(e.Data), `"restored":true`) {
				continue
			}
			ids[id] = true
			if all[id] == nil {
				all[id] = &told{}
			}
			switch e.Name {
			case wire.EventCallIn:
				all[id].offered++
			case wire.EventUserAccessed:
				all[id].taken++
			case wire.EventSessionEnded:
				all[id].ended++
			}
		}
		require.LessOrEqual(m.t, ready, 1)
	}
	for id, n := range all {
		require.LessOrEqual(m.t, n.ended, 1, "%s was told the end of %s twice", u.name, id)
		require.LessOrEqual(m.t, n.taken, max(1, n.offered), "%s was told twice that %s was taken", u.name, id)
	}
}

// records counts the call records of each session.
func (m *model) records() map[string]int {
	var answer struct {
		Response struct {
			TelCdrList []struct {
				SessionID string `json:"SessionId"`
			}
		}
	}
	now := time.Now().Unix()
	m.g.CloudAPI(m.t, "DescribeTelCdr", map[string]any{
		"SdkAppId": 1400000001, "StartTimeStamp": now - 3600, "EndTimeStamp": now + 60, "PageSize": 100,
		"PageNumber": 0,
	}, &answer)
	counts := map[string]int{}
	for _, c := range answer.Response.TelCdrList {
		counts[c.SessionID]++
	}
	return counts
}
