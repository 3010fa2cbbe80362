package center

import (
	"tccc/gateway/mix"
	"tccc/gateway/tenant"
	"tccc/wire"
)

// hear decides who hears whom in a session, after anything about it has
// changed: two parties are bridged, more are mixed, one alone hears music.
func (c *Center) hear(call *call) {
	call = call.session()
	legs, heard := call.parties(), call.monitors()
	c.look(call)
	switch {
	case len(legs) == 0:
	case len(legs) == 1:
		for _, m := range heard {
			c.Engine.Silence(m.leg)
		}
		if call.sound == nil || call.soundTo != legs[0] || !call.playing() {
			call.sound = c.Engine.Play(legs[0], c.musicOf(call), mix.PlayOptions{Loop: true})
			call.soundTo = legs[0]
		}
	case len(legs) == 2 && len(heard) == 0:
		call.sound, call.soundTo = nil, nil
		c.bridge(call, legs[0], legs[1])
	default:
		call.sound, call.soundTo = nil, nil
		if call.room == nil {
			call.room = c.Engine.NewConference()
		}
		for _, leg := range legs {
			call.room.Add(leg, mix.Talk)
		}
		for _, m := range heard {
			call.room.Add(m.leg, m.role, m.to...)
		}
		c.beginListening(call)
		call.tapRoom(call.room, legs)
	}
}

// parties are the legs of those who are in the conversation now: the
// customer's first, then those of the agents who have not put it on hold.
func (call *call) parties() []mix.Leg {
	var legs []mix.Leg
	if call.line != nil || call.browser != nil {
		far := call.customerLeg()
		if far == nil {
			return nil
		}
		legs = append(legs, far)
	}
	for _, l := range call.others {
		if far := l.Media(); far != nil {
			legs = append(legs, far)
		}
	}
	for _, side := range call.sides() {
		if side.Monitor == "" || side.Monitor == wire.MonitorBarge {
			if leg := side.near(); leg != nil {
				legs = append(legs, leg)
			}
		}
	}
	return legs
}

// near is the leg of the agent who has this side in conversation now, nil if
// nobody has.
func (call *call) near() mix.Leg {
	if a := call.agent; a != nil && a.active == call {
		return a.end(call).Leg()
	}
	return nil
}

// musicOf is what a waiting or held customer hears.
func (c *Center) musicOf(call *call) mix.Source {
	if g := call.group(); g != nil && g.Music != "" {
		return c.music[g.Music]
	}
	return c.music[tenant.HoldMusic]
}
