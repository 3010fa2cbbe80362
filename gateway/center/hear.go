package center

import "tccc/gateway/mix"

// hear decides who hears whom in a session, after anything about it has
// changed: two parties are bridged, more are mixed, one alone hears music.
func (c *Center) hear(call *call) {
	call = call.session()
	switch legs := call.parties(); len(legs) {
	case 0:
	case 1:
		if call.sound == nil || call.soundTo != legs[0] || !call.playing() {
			call.sound = c.Engine.Play(legs[0], c.musicOf(call), mix.PlayOptions{Loop: true})
			call.soundTo = legs[0]
		}
	case 2:
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
		c.beginRecording(call)
		call.tapRoom(call.room, legs)
	}
}

// parties are the legs of those who are in the conversation now: the
// customer's first, then those of the agents who have not put it on hold.
func (call *call) parties() []mix.Leg {
	var legs []mix.Leg
	if call.line != nil {
		far := call.line.Media()
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
		if a := side.agent; a != nil && a.active == side && a.leg != nil {
			legs = append(legs, a.leg)
		}
	}
	return legs
}
