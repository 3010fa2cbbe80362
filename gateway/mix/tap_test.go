package mix

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// ear notes what a tap hears.
type ear struct{ heard []byte }

func (e *ear) WriteFrame(f *Frame) { e.heard = append(e.heard, f.Payload[0]) }

func TestBridgeTapped(t *testing.T) {
	inBubble(t, func(t *testing.T, e *Engine) {
		a, b, fromA, fromB := newLeg(PCMU), newLeg(PCMA), &ear{}, &ear{}
		e.BridgeTapped(a, b, fromA, fromB)
		for i := range byte(3) {
			a.says(PCMU, 10+i)
			b.says(PCMA, 20+i)
			pass(FrameTime)
		}
		assert.Equal(t, []byte{10, 11, 12}, fromA.heard)
		assert.Equal(t, []byte{20, 21, 22}, fromB.heard)
		assert.Len(t, a.taken(), 3)
		assert.Len(t, b.taken(), 3)

		// On hold: what a says is given to nobody.
		e.Detach(b)
		e.Silence(a)
		a.says(PCMU, 13)
		pass(FrameTime)
		assert.Len(t, fromA.heard, 3)
		e.BridgeTapped(a, b, nil, fromB)
		a.says(PCMU, 14)
		b.says(PCMA, 24)
		assert.Len(t, fromA.heard, 3)
		assert.Len(t, fromB.heard, 4)
	})
}

func TestConferenceTap(t *testing.T) {
	inBubble(t, func(t *testing.T, e *Engine) {
		a, b, c, heard := newLeg(PCMU), newLeg(PCMU), newLeg(PCMU), &ear{}
		room := e.NewConference()
		for _, l := range []*leg{a, b, c} {
			room.Add(l, Talk)
		}
		room.Tap(a, heard)
		a.says(PCMU, 10)
		b.says(PCMU, 20)
		room.Tap(a, nil)
		a.says(PCMU, 11)
		pass(100 * time.Millisecond)
		assert.Equal(t, []byte{10}, heard.heard)
		room.Close()
	})
}
