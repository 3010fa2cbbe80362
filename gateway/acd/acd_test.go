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
	free    = Ability{Calls: true, Chats: true}
)

func at(s int) time.Time { return t0.Add(time.Duration(s) * time.Second) }

func TestLongestIdleAgentGetsTheLongestWaitingSession(t *testing.T) {
	d := New()
	d.Staff("a", []Group{sales})
	d.Staff("b", []Group{sales, support})
	d.Routable("b", free, at(1))
	d.Routable("a", free, at(2))
	d.Enqueue(Waiting{Session: "late", Group: sales, Since: at(6)})
	d.Enqueue(Waiting{Session: "early", Group: sales, Since: at(5)})
	assert.Equal(t, 1, d.Position("early"))
	assert.Equal(t, 2, d.Position("late"))

	session, agent, _ := d.Next(at(7))
	assert.Equal(t, "early", session)
	assert.Equal(t, "b", agent)
	d.Routable("b", Ability{}, at(7))
	session, agent, _ = d.Next(at(7))
	assert.Equal(t, "late", session)
	assert.Equal(t, "a", agent)
	assert.Zero(t, d.Length(sales))
}

func TestAnAgentOfAnotherGroupIsNotAsked(t *testing.T) {
	d := New()
	d.Staff("a", []Group{support})
	d.Routable("a", free, t0)
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
	d.Routable("a", free, t0)
	d.Enqueue(Waiting{Session: "s", Group: sales, Since: t0})
	session, _, _ := d.Next(t0)
	assert.Empty(t, session)
}

func TestWhoDidNotTakeItIsAskedLater(t *testing.T) {
	d := New()
	d.Staff("a", []Group{sales})
	d.Staff("b", []Group{sales})
	d.Routable("a", free, at(0))
	d.Routable("b", free, at(1))
	d.Enqueue(Waiting{Session: "s", Group: sales, Since: at(2), Tried: map[string]time.Time{"a": at(10)}})
	_, agent, _ := d.Next(at(3))
	assert.Equal(t, "b", agent, "the other one first")
	d.Routable("b", Ability{}, at(3))

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

func TestChatsGoWhereThereAreFewest(t *testing.T) {
	d := New()
	for _, a := range []string{"a", "b", "c"} {
		d.Staff(a, []Group{sales})
	}
	d.Routable("a", Ability{Calls: true, Chats: true, Load: 1}, at(1))
	d.Routable("b", Ability{Calls: true, Chats: true}, at(3))
	d.Routable("c", Ability{Calls: true, Chats: true}, at(2))
	next := func(k Kind) string {
		d.Enqueue(Waiting{Session: "s", Kind: k, Group: sales, Since: at(4)})
		_, agent, _ := d.Next(at(4))
		return agent
	}
	assert.Equal(t, "c", next(Chat), "no chats, idle longest")
	d.Routable("c", Ability{Calls: true, Chats: true, Load: 1}, at(5))
	assert.Equal(t, "b", next(Chat), "fewer chats before longer idleness")
	assert.Equal(t, "b", next(Call), "calls too")
	d.Routable("b", Ability{Calls: true, Chats: true, Load: 1}, at(6))
	assert.Equal(t, "a", next(Chat), "one chat each: the one that got it first")
}

func TestWhoCannotTakeChatsStillTakesCalls(t *testing.T) {
	d := New()
	d.Staff("a", []Group{sales})
	d.Routable("a", Ability{Calls: true}, at(1))
	d.Enqueue(Waiting{Session: "chat", Kind: Chat, Group: sales, Since: at(1)})
	d.Enqueue(Waiting{Session: "chat2", Kind: Chat, Group: sales, Since: at(2)})
	d.Enqueue(Waiting{Session: "call", Kind: Call, Group: sales, Since: at(3)})
	assert.Equal(t, 1, d.Position("call"), "chats and calls are counted apart")
	assert.Equal(t, 2, d.Position("chat2"))
	assert.Equal(t, 2, d.LengthOf(sales, Chat))
	assert.Equal(t, 1, d.LengthOf(sales, Call))
	session, agent, _ := d.Next(at(4))
	assert.Equal(t, "call", session)
	assert.Equal(t, "a", agent)
	d.Routable("a", Ability{Chats: true}, at(5))
	session, _, _ = d.Next(at(5))
	assert.Equal(t, "chat", session)
}

// No session is lost or given twice, and nobody gets what it cannot take.
func TestNothingIsLostForRandomInputs(t *testing.T) {
	groups := []Group{sales, support, {"2", "sales"}}
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 2))
		d, now := New(), t0
		waiting, able := map[string]Kind{}, map[string]Ability{}
		for i := range 5 {
			d.Staff(fmt.Sprint("a", i), []Group{groups[i%3], groups[(i+1)%3]})
		}
		for n := range 300 {
			now = now.Add(time.Duration(r.IntN(900)) * time.Millisecond)
			agent := fmt.Sprint("a", r.IntN(5))
			switch r.IntN(4) {
			case 0:
				id, kind := fmt.Sprint("s", n), Kind(r.IntN(2))
				d.Enqueue(Waiting{Session: id, Kind: kind, Group: groups[r.IntN(3)], Since: now})
				waiting[id] = kind
			case 1:
				able[agent] = Ability{Calls: r.IntN(2) == 0, Chats: r.IntN(2) == 0, Load: r.IntN(3)}
				d.Routable(agent, able[agent], now)
			case 2:
				for id := range waiting {
					assert.True(t, d.Remove(id))
					delete(waiting, id)
					break
				}
			case 3:
				if session, agent, _ := d.Next(now); session != "" {
					kind, there := waiting[session]
					assert.True(t, there, "seed %d", seed)
					assert.True(t, able[agent].takes(kind), "seed %d", seed)
					for other, can := range able {
						if can.takes(kind) && can.Load < able[agent].Load {
							assert.False(t, shares(d, agent, other), "seed %d: %s has fewer chats", seed, other)
						}
					}
					delete(waiting, session)
					able[agent] = Ability{Load: able[agent].Load + 1}
					d.Routable(agent, able[agent], now)
				}
			}
			total := 0
			for _, g := range groups {
				total += d.Length(g)
				assert.Equal(t, d.Length(g), d.LengthOf(g, Call)+d.LengthOf(g, Chat))
			}
			assert.Equal(t, len(waiting), total)
		}
	}
}

// shares reports whether two agents are in the same groups.
func shares(d *Distributor, a, b string) bool {
	return fmt.Sprint(d.agents[a].groups) == fmt.Sprint(d.agents[b].groups)
}

func BenchmarkNextWithLongQueues(b *testing.B) {
	d := New()
	for i := range 500 {
		id := fmt.Sprint("a", i)
		d.Staff(id, []Group{sales})
		d.Routable(id, free, t0)
	}
	for i := range 1000 {
		d.Enqueue(Waiting{Session: fmt.Sprint("s", i), Group: sales, Since: at(i)})
	}
	for b.Loop() {
		session, _, _ := d.Next(at(2000))
		d.Enqueue(Waiting{Session: session, Group: sales, Since: at(2000)})
	}
}
