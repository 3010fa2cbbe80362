package acd

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

var (
	t0      = time.Unix(1_700_000_000, 0)
	sales   = Group{"1", "sales"}
	support = Group{"1", "support"}
)

func at(s int) time.Time { return t0.Add(time.Duration(s) * time.Second) }

func TestLongestIdleAgentGetsTheLongestWaitingSession(t *testing.T) {
	d := New()
	d.Staff("a", []Group{sales})
	d.Staff("b", []Group{sales, support})
	d.Routable("b", true, at(1))
	d.Routable("a", true, at(2))
	d.Enqueue(Waiting{Session: "late", Group: sales, Since: at(6)})
	d.Enqueue(Waiting{Session: "early", Group: sales, Since: at(5)})
	assert.Equal(t, 1, d.Position("early"))
	assert.Equal(t, 2, d.Position("late"))

	session, agent, _ := d.Next(at(7))
	assert.Equal(t, "early", session)
	assert.Equal(t, "b", agent)
	d.Routable("b", false, at(7))
	session, agent, _ = d.Next(at(7))
	assert.Equal(t, "late", session)
	assert.Equal(t, "a", agent)
	assert.Zero(t, d.Length(sales))
}

func TestAnAgentOfAnotherGroupIsNotAsked(t *testing.T) {
	d := New()
	d.Staff("a", []Group{support})
	d.Routable("a", true, t0)
	d.Enqueue(Waiting{Session: "s", Group: sales, Since: t0})
	session, _, _ := d.Next(t0)
	assert.Empty(t, session)
	d.Staff("a", []Group{sales})
	session, agent, _ := d.Next(t0)
	assert.Equal(t, "s", session)
	assert.Equal(t, "a", agent)
}

func TestAnotherApplicationsGroupOfTheSameName(t *testing.T) {
	d := New()
	d.Staff("a", []Group{{"2", "sales"}})
	d.Routable("a", true, t0)
	d.Enqueue(Waiting{Session: "s", Group: sales, Since: t0})
	session, _, _ := d.Next(t0)
	assert.Empty(t, session)
}

func TestWhoDidNotTakeItIsAskedLater(t *testing.T) {
	d := New()
	d.Staff("a", []Group{sales})
	d.Staff("b", []Group{sales})
	d.Routable("a", true, at(0))
	d.Routable("b", true, at(1))
	d.Enqueue(Waiting{Session: "s", Group: sales, Since: at(2), Tried: map[string]time.Time{"a": at(10)}})
	_, agent, _ := d.Next(at(3))
	assert.Equal(t, "b", agent, "the other one first")
	d.Routable("b", false, at(3))

	d.Enqueue(Waiting{Session: "s", Group: sales, Since: at(2), Tried: map[string]time.Time{"a": at(10)}})
	session, _, retry := d.Next(at(4))
	assert.Empty(t, session)
	assert.Equal(t, at(10), retry)
	_, agent, _ = d.Next(at(10))
	assert.Equal(t, "a", agent)
}

func TestAReturningSessionKeepsItsPlace(t *testing.T) {
	d := New()
	d.Enqueue(Waiting{Session: "second", Group: sales, Since: at(2)})
	d.Enqueue(Waiting{Session: "third", Group: sales, Since: at(2)})
	d.Enqueue(Waiting{Session: "first", Group: sales, Since: at(1)})
	assert.Equal(t, 1, d.Position("first"))
	assert.Equal(t, 2, d.Position("second"))
	assert.True(t, d.Remove("first"))
	assert.False(t, d.Remove("first"))
	assert.Zero(t, d.Position("first"))
}

// No session is lost or given twice, and nobody unroutable gets one.
func TestNothingIsLostForRandomInputs(t *testing.T) {
	groups := []Group{sales, support, {"2", "sales"}}
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 2))
		d, now := New(), t0
		waiting, routable := map[string]bool{}, map[string]bool{}
		for i := range 5 {
			d.Staff(fmt.Sprint("a", i), []Group{groups[i%3], groups[(i+1)%3]})
		}
		for n := range 300 {
			now = now.Add(time.Duration(r.IntN(900)) * time.Millisecond)
			agent := fmt.Sprint("a", r.IntN(5))
			switch r.IntN(4) {
			case 0:
				id := fmt.Sprint("s", n)
				d.Enqueue(Waiting{Session: id, Group: groups[r.IntN(3)], Since: now})
				waiting[id] = true
			case 1:
				routable[agent] = !routable[agent]
				d.Routable(agent, routable[agent], now)
			case 2:
				for id := range waiting {
					assert.True(t, d.Remove(id))
					delete(waiting, id)
					break
				}
			case 3:
				if session, agent, _ := d.Next(now); session != "" {
					assert.True(t, waiting[session], "seed %d", seed)
					assert.True(t, routable[agent], "seed %d", seed)
					delete(waiting, session)
					routable[agent] = false
					d.Routable(agent, false, now)
				}
			}
			total := 0
			for _, g := range groups {
				total += d.Length(g)
			}
			assert.Equal(t, len(waiting), total)
		}
	}
}

func BenchmarkNextWithLongQueues(b *testing.B) {
	d := New()
	for i := range 500 {
		id := fmt.Sprint("a", i)
		d.Staff(id, []Group{sales})
		d.Routable(id, true, t0)
	}
	for i := range 1000 {
		d.Enqueue(Waiting{Session: fmt.Sprint("s", i), Group: sales, Since: at(i)})
	}
	for b.Loop() {
		session, _, _ := d.Next(at(2000))
		d.Enqueue(Waiting{Session: session, Group: sales, Since: at(2000)})
	}
}
