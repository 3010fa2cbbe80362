package acd

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestLongestIdleIsKeptOverARestart(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	g := Group{"app", "sales"}
	order := func(later ...string) []string {
		d := New()
		for _, a := range []string{"a", "b", "c"} {
			d.Staff(a, []Group{g})
		}
		d.Resume("a", at(30))
		d.Resume("b", at(10))
		d.Resume("c", at(20))
		for i, a := range later {
			if a == "gone" {
				d.Resume("b", time.Time{})
				continue
			}
			d.Routable(a, Ability{Calls: true}, at(100+i))
		}
		var got []string
		for _, id := range []string{"1", "2", "3"} {
			d.Enqueue(Waiting{Session: id, Group: g, Since: at(200)})
			_, a, _ := d.Next(at(201))
			d.Routable(a, Ability{}, at(201))
			got = append(got, a)
		}
		return got
	}
	assert.Equal(t, []string{"b", "c", "a"}, order("a", "b", "c"), "in whatever order they come back")
	assert.Equal(t, []string{"c", "a", "b"}, order("a", "c", "gone", "b"), "who came too late is last")
}
