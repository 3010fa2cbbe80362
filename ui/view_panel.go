package ui

import (
	"fmt"
	"math"
	"strconv"
)

// keys are the twelve of a telephone with the letters on them.
var keys = []struct{ digit, letters string }{
	{"1", ""}, {"2", "ABC"}, {"3", "DEF"}, {"4", "GHI"}, {"5", "JKL"}, {"6", "MNO"},
	{"7", "PQRS"}, {"8", "TUV"}, {"9", "WXYZ"}, {"*", ""}, {"0", "+"}, {"#", ""},
}

// pad is the twelve keys; where tells whether they type ("dial") or are sent
// ("send").
func pad(where string) *Node {
	grid := el("div#pad.pad")
	for _, k := range keys {
		n := el("button.key[type=button][key=?][data-click=digit][data-arg=?:?](b(?))", k.digit, where,
			k.digit, k.digit)
		if where == "dial" {
			n.add(el("small[aria-hidden=true](?)", k.letters))
		}
		grid.add(n)
	}
	return grid
}

// keypad sends digits into the conversation.
func (m *model) keypad() *Node {
	return tree("div#keypad.keypad(output#digits.digits[aria-label=?](?) *)", nodes{pad("send")}, m.Digits,
		m.s.Digits)
}

// numberLocation is where the number being typed is at home.
func (m *model) numberLocation() *Node {
	name := m.s.location()
	if name == "" {
		return nil
	}
	return el("p#location.hint.location[role=status](%pin span(?))", name)
}

// dialField is a field for a number with its button.
func (m *model) dialField() *Node {
	return tree("form#dial-field.dial-field[data-submit=dial](* button#call.icon-btn.go[type=submit]"+
		"[named=?][aria-disabled?](%phone))", nodes{m.numberInput("field")}, m.Call,
		unavailable(!dialable(m.s.Number) || m.s.Busy["dial:"]))
}

func (m *model) numberInput(k string) *Node {
	return el("input.input.mono[type=tel][inputmode=tel][autocomplete=off][maxlength=96][data-input=type]"+
		"[key=?][placeholder=?][aria-label=?][value=?]", k, m.NumberToCall, m.NumberToCall, m.s.Number)
}

// dialPad is the field with keys.
func (m *model) dialPad(where string) *Node {
	return tree("form.panel.dial[data-submit=dial][key=dial-?](div#entry.entry(* *) * * "+
		"button#call.btn.go.wide[type=submit][aria-disabled?](%phone span(?)))",
		nodes{m.numberInput("number"), m.iconButton("small", "backspace", m.Erase, Action{"erase", ""}),
			m.numberLocation(), pad("dial")},
		where, unavailable(!dialable(m.s.Number) || m.s.Busy["dial:"]), m.Call)
}

// devices lets the agent choose microphone, speaker, ringtone and camera, and
// try them.
func (m *model) devices() *Node {
	d := &m.s.Devices
	panel := tree("div#devices.panel.devices[role=group][aria-label=?](* *)",
		nodes{m.choice("microphone", "mic", m.Microphone, d.Microphones, d.Microphone), m.level()}, m.Devices)
	if d.SelectableOutput {
		panel.add(m.choice("speaker", "speaker", m.Speaker, d.Speakers, d.Speaker),
			m.choice("ringtone", "bell", m.Ringtone, d.Speakers, d.Ringtone))
	} else {
		panel.add(el("p#output.hint(?)", m.NoOutputChoice),
			m.tryOut("speaker", m.TestSpeaker), m.tryOut("ringtone", m.TestRingtone))
	}
	if unnamed(d.Microphones) {
		panel.add(el("p#names.hint(?)", m.AllowToName), m.button("plain wide", "mic", m.Allow, Action{"allow", ""}))
	}
	if len(d.Cameras) > 0 {
		panel.add(m.choice("camera", "camera", m.Camera, d.Cameras, d.Camera))
	}
	return panel
}

// level is how loud the microphone is.
func (m *model) level() *Node {
	if !m.s.metered(&m.v) {
		return nil
	}
	share := loudness(m.s.Level)
	return el("div#level.level[role=meter][aria-valuemin=0][aria-valuemax=100][aria-label=?][aria-valuenow=?]("+
		"div.progress-fill[style:transform=?])", m.Level, strconv.Itoa(int(share*100)),
		fmt.Sprintf("scaleX(%.2f)", share))
}

// loudness is how much of a meter a level fills: 60 dB, as ears hear it.
func loudness(level float64) float64 {
	if level <= 0 {
		return 0
	}
	return min(max(1+math.Log10(level)/3, 0), 1)
}

func (m *model) tryOut(kind, name string) *Node {
	return m.iconButton("", "play", name, Action{"test", kind})
}

func unnamed(devices []Device) bool {
	for _, d := range devices {
		if d.Label == "" {
			return true
		}
	}
	return false
}

// choice is a labelled list of devices.
func (m *model) choice(kind, iconName, name string, devices []Device, chosen string) *Node {
	list := el("select.input[aria-label=?][value=?][data-change=device][data-arg?]", name, chosen, kind)
	option := func(value, text string) {
		list.add(el("option[key=?][value=?](?)", value, value, text))
	}
	option("", m.SystemDefault)
	for i, d := range devices {
		if d.ID == "" || d.ID == "default" {
			continue
		}
		text := d.Label
		if text == "" {
			text = fmt.Sprintf(m.UnnamedDevice, i+1)
		}
		option(d.ID, text)
	}
	choice := tree("div.choice[key=?](span.choice-name(%? span(?)) *)", nodes{list}, kind, iconName, name)
	switch kind {
	case "speaker":
		choice.add(m.tryOut(kind, m.TestSpeaker))
	case "ringtone":
		choice.add(m.tryOut(kind, m.TestRingtone))
	}
	return choice
}
