// Package soak lets an agent work for a long time, with calls, chats and
// reloads, and looks whether page and gateway hold more and more. `make soak`
// runs it for hours; `make test` for as long as a few rounds take.
package soak

import (
	"encoding/json"
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

var length = flag.Duration("soak", 20*time.Second, "how long the agent works")

func TestMain(m *testing.M) { harness.Main(m) }

const (
	sales  = "4001000001"
	agent  = "agent3@demo" // sales by telephone, and support in chats
	reload = 3             // rounds from one reload in a call to the next
)

// sample is what page and gateway hold after a round, and how quick it was.
type sample struct {
	Values, Functions, Goroutines float64 // of the program
	Memory                        float64

	routines, descriptors, resident float64 // of the gateway
	rung                            float64 // ms from the order to call until callIn in the page
}

func TestSoak(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.NewProfile(t).Agent(g, agent)
	var all []sample
	report := time.Now()
	for began := time.Now(); time.Since(began) < *length || len(all) < 2*reload; {
		s := sample{rung: call(t, g, p, len(all)%reload == reload-1)}
		chat(t, g, p, len(all))
		measure(t, g, p, &s)
		all = append(all, s)
		if time.Since(report) > 5*time.Minute {
			report = time.Now()
			t.Logf("%s, round %d: %+v", time.Since(began).Round(time.Second), len(all), s)
		}
	}
	t.Logf("%d rounds in %s", len(all), *length)
	flat(t, all)
}

// call takes a call, on some rounds over a reload, and hangs up in turns.
func call(t *testing.T, g *harness.Gateway, p *harness.Page, over bool) (rung float64) {
	t.Helper()
	before := harness.Eval[float64](p, "performance.now()")
	phone := g.Ring(t, "13800000001", sales, "")
	e := p.Await("callIn", "type", "phone")
	id := e.SessionID()
	p.Do("tccc.Call.accept({sessionId: %s})", id)
	p.Await("userAccessed", "sessionId", id)
	p.Hears(harness.PhoneTone)
	if over {
		p.Reload()
		p.Await("userAccessed", "sessionId", id)
		p.Hears(harness.PhoneTone)
		p.Do("tccc.Call.hungUp({sessionId: %s})", id)
	} else {
		g.PhoneHangup(t, phone)
	}
	p.Await("sessionEnded", "sessionId", id)
	p.Do("tccc.Call.deleteCall({sessionId: %s})", id)
	p.Await("sessionCompleted", "sessionId", id)
	return e.At - before
}

// chat has a chat from its first word to its end.
func chat(t *testing.T, g *harness.Gateway, p *harness.Page, n int) {
	t.Helper()
	var made struct{ SessionID string }
	g.Post(t, "/demo/visitor/start", map[string]string{
		"type": "im", "userId": fmt.Sprintf("soak%d", n), "skillGroupId": "support", "text": "good morning",
	}, &made)
	id := made.SessionID
	p.Await("callIn", "sessionId", id)
	p.Do("tccc.Chat.accept({sessionId: %s})", id)
	for i := range 3 {
		text := fmt.Sprintf("word %d", i)
		g.Post(t, "/demo/visitor/say", map[string]string{"sessionId": id, "text": text}, nil)
		p.Await("messageReceived", "text", text)
		p.Do("tccc.Chat.sendMessage({sessionId: %s, text: 'and %s'})", id, i)
	}
	p.Do("tccc.Chat.end({sessionId: %s})", id)
	p.Await("sessionEnded", "sessionId", id)
	p.Do("tccc.Call.deleteCall({sessionId: %s})", id)
	p.Await("sessionCompleted", "sessionId", id)
	p.AwaitTrue("tccc.Agent.getStatus() === 'free' && harness.microphones.every((m) => m.readyState === 'ended')")
}

func measure(t *testing.T, g *harness.Gateway, p *harness.Page, s *sample) {
	t.Helper()
	require.NoError(t, json.Unmarshal(harness.Eval[json.RawMessage](p, "tccc.timer.stats()"), s))
	s.routines = g.Metric(t, "go_goroutines")
	s.descriptors = g.Metric(t, "process_open_fds")
	s.resident = g.Metric(t, "process_resident_memory_bytes")
}

// flat compares the second half of the time with the first: the least that was
// held in each, since what waits to be collected comes and goes.
func flat(t *testing.T, all []sample) {
	t.Helper()
	half := len(all) / 2
	for _, q := range []struct {
		name  string
		of    func(*sample) float64
		slack float64 // what may be more, beside a tenth
	}{
		{"JavaScript values held by Go", func(s *sample) float64 { return s.Values }, 200},
		{"functions given to JavaScript", func(s *sample) float64 { return s.Functions }, 5},
		{"goroutines of the program", func(s *sample) float64 { return s.Goroutines }, 3},
		{"memory of the program", func(s *sample) float64 { return s.Memory }, 2 << 20},
		{"goroutines of the gateway", func(s *sample) float64 { return s.routines }, 20},
		{"file descriptors of the gateway", func(s *sample) float64 { return s.descriptors }, 10},
		{"memory of the gateway", func(s *sample) float64 { return s.resident }, 16 << 20},
	} {
		early, late := least(all[:half], q.of), least(all[half:], q.of)
		t.Logf("%-34s %12.0f %12.0f", q.name, early, late)
		assert.LessOrEqual(t, late, early*1.1+q.slack, q.name)
	}
	rung := func(s *sample) float64 { return s.rung }
	t.Logf("%-34s %12.1f %12.1f", "ms from the order to callIn, median", median(all[:half], rung),
		median(all[half:], rung))
}

func values(all []sample, of func(*sample) float64) []float64 {
	var v []float64
	for i := range all {
		v = append(v, of(&all[i]))
	}
	slices.Sort(v)
	return v
}

func least(all []sample, of func(*sample) float64) float64  { return values(all, of)[0] }
func median(all []sample, of func(*sample) float64) float64 { return values(all, of)[len(all)/2] }
