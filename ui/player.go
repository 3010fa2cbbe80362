package ui

import (
	"strconv"

	"tccc/wire"
)

// Player is the recording that is open, as far as its element has told.
type Player struct {
	URL     string // as it was when it was opened: the history brings other links
	At      int    // seconds
	Length  int    // seconds, 0 before it is known
	Playing bool
	Failed  bool
	Whole   bool // the channels cannot be told apart: the page may not read the file

	Speed   string  // one of speeds, kept for the next recording
	Channel Channel // and this
}

// Channel is what is heard of a recording.
type Channel string

// The customer is on the left channel, the agents are on the right one.
const (
	ChannelBoth     Channel = ""
	ChannelCustomer Channel = "left"
	ChannelAgent    Channel = "right"
)

var speeds = []string{"0.75", "1", "1.25", "1.5", "2"}

// openRecording opens the recording of an entry, or closes it if it is open.
func (s *State) openRecording(id string) {
	if s.Playing == id {
		id = ""
	}
	s.Playing = id
	p := Player{Speed: s.Player.Speed, Channel: s.Player.Channel}
	if p.Speed == "" {
		p.Speed = "1"
	}
	if s.History != nil {
		for i := range s.History.Entries {
			if e := &s.History.Entries[i]; e.SessionID == id {
				p.URL = e.Recording
			}
		}
	}
	s.Player = p
}

// listen is for the controls of the player. What moves the sound itself is the
// edge's.
func (s *State) listen(a Action, value string) {
	switch p := &s.Player; a.Name {
	case "seek":
		if at, err := strconv.Atoi(value); err == nil {
			p.At = max(0, min(at, p.Length))
		}
	case "speed":
		p.Speed = value
	case "channel":
		p.Channel = Channel(value)
	}
}

// cannotPlay takes over that the element could not play the file. A page of
// another origin may hear what it may not read, so that is tried next; then the
// history is asked for newer links.
func (s *State) cannotPlay() {
	p := &s.Player
	p.Playing, p.Failed, p.Whole = false, p.Whole, true
	s.Stale = s.Stale || p.Failed
}

// player shows the recording of an entry. The element is seen of video sessions
// only, and gets its file from the edge.
func (m *model) player(e *wire.HistoryEntry) *Node {
	p := &m.s.Player
	if p.Failed {
		return el("p.hint[role=alert](?)", m.CannotPlay)
	}
	key, cors := "sound", "anonymous" // so that the channels may be told apart
	if p.Whole {
		key, cors = "whole", ""
	}
	name, shape := m.Play, "play"
	if p.Playing {
		name, shape = m.Pause, "pause"
	}
	at, length := clock(1000*int64(p.At)), clock(1000*int64(p.Length))
	speed := el("select.input[aria-label=?][value=?][data-change=speed]", m.Speed, p.Speed)
	for _, v := range speeds {
		speed.add(el("option[key=?][value=?](?)", v, v, v+"×"))
	}
	channel := el("span.hint(?)", m.BothOnly)
	if !p.Whole {
		channel = el("select.input[aria-label=?][value=?][data-change=channel](option#both[value=](?) "+
			"option#left[value=left](?) option#right[value=right](?))", m.Channel, string(p.Channel), m.Both,
			m.CustomerOnly, m.AgentOnly)
	}
	sound := el("audio[key=?][crossorigin?]", key, cors)
	if e.Type == wire.TypeVideo {
		sound = el("video[playsinline][key=?][crossorigin?][aria-label=?]", key, cors, m.CustomerPicture)
	}
	return tree("div.player[role=group][aria-label=?](* * "+
		"input.seek[type=range][min=0][max=?][step=1][value=?][data-input=seek][aria-label=?][aria-valuetext=?] "+
		"span.row-time(?) * * a.icon-btn[href=?][target=_blank][rel=noopener][named=?](%download))",
		nodes{sound, m.iconButton("", shape, name, Action{"pause", ""}), speed, channel}, m.Recording,
		strconv.Itoa(p.Length), strconv.Itoa(p.At), m.Position, at+" / "+length, at+" / "+length,
		e.Recording+"&download=1", m.Download)
}
