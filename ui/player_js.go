package ui

import (
	"strconv"
	"syscall/js"

	"tccc/internal/jsval"
)

// player is the element of the recording that is open, and what it goes through
// once a channel has been chosen.
type player struct {
	audio  js.Value
	remove []func()

	context, source, splitter js.Value
	channel                   Channel // that is heard
}

// settlePlayer lets the element sound as the state says. mu is held.
func (u *UI) settlePlayer() {
	p, audio := &u.player, js.Undefined()
	if u.state.Playing == "" && !p.audio.Truthy() {
		return
	}
	for _, s := range u.shown {
		if e := s.root.Call("querySelector", ".player audio, .player video"); e.Truthy() {
			audio = e
		}
	}
	if !audio.Equal(p.audio) {
		p.stop()
		p.audio = audio
		if audio.Truthy() {
			for _, event := range []string{"timeupdate", "durationchange", "play", "pause", "error"} {
				p.remove = append(p.remove, jsval.Listen(audio, event, u.played))
			}
			audio.Set("src", u.state.Player.URL)
			heedless(audio, "play")
		}
	}
	if !audio.Truthy() {
		return
	}
	if speed, err := strconv.ParseFloat(u.state.Player.Speed, 64); err == nil &&
		audio.Get("playbackRate").Float() != speed {
		audio.Set("playbackRate", speed)
	}
	if u.state.Player.Whole { // it would be silent
		return
	}
	if err := p.route(u.state.Player.Channel); err != nil {
		u.state.Player.Whole = true
		u.ask()
	}
}

// played takes over what the element tells.
func (u *UI) played(event js.Value) {
	u.update(func() {
		audio, p := u.player.audio, &u.state.Player
		switch {
		case !event.Get("target").Equal(audio):
		case event.Get("type").String() == "error":
			u.state.cannotPlay()
		default:
			if width := audio.Get("videoWidth"); width.Type() == js.TypeNumber {
				// without pictures there is nothing to see
				audio.Get("style").Set("display", map[bool]string{true: "none", false: ""}[width.Int() == 0])
			}
			p.At, p.Playing = int(audio.Get("currentTime").Float()), !audio.Get("paused").Bool()
			if length := audio.Get("duration").Float(); length >= 0 && length < 1e6 { // neither NaN nor infinite
				p.Length = int(length + 0.5)
			}
		}
	})
}

// playerActed moves the sound as a control of the player says. mu is held.
func (u *UI) playerActed(a Action) {
	switch audio := u.player.audio; {
	case !audio.Truthy():
	case a.Name == "seek":
		audio.Set("currentTime", u.state.Player.At)
	case a.Name == "pause" && audio.Get("paused").Bool():
		heedless(audio, "play")
	case a.Name == "pause":
		audio.Call("pause")
	}
}

// route lets one channel be heard in both ears, or both as they are.
func (p *player) route(channel Channel) error {
	if channel == p.channel {
		return nil
	}
	if !p.context.Truthy() {
		context, err := construct("AudioContext")
		if err != nil {
			return err
		}
		p.context = context
		if p.source, err = jsval.Call(context, "createMediaElementSource", p.audio); err != nil {
			return err
		}
		p.splitter = context.Call("createChannelSplitter", 2)
	}
	p.channel = channel
	out := p.context.Get("destination")
	p.source.Call("disconnect")
	p.splitter.Call("disconnect")
	switch channel {
	case ChannelCustomer, ChannelAgent:
		output := 0
		if channel == ChannelAgent {
			output = 1
		}
		p.source.Call("connect", p.splitter)
		p.splitter.Call("connect", out, output)
	default:
		p.source.Call("connect", out)
	}
	heedless(p.context, "resume")
	return nil
}

// stop lets go of the element, which is no longer shown.
func (p *player) stop() {
	for _, remove := range p.remove {
		remove()
	}
	if p.context.Truthy() {
		heedless(p.context, "close")
	}
	*p = player{}
}

// heedless calls a method whose promise says nothing that events do not.
func heedless(object js.Value, method string) {
	if promise, err := jsval.Call(object, method); err == nil && jsval.Has(promise, "catch") {
		promise.Call("catch", js.Global().Get("Boolean")) // any function that takes it
	}
}
