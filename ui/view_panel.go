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
		n := el("button.key[type=button]", key(k.digit), on("click", Action{"digit", where + ":" + k.digit}), el("b", k.digit))
		if where == "dial" {
			n.add([]any{el("small[aria-hidden=true]", k.letters)})
		}
		grid.add([]any{n})
	}
	return grid
}

// keypad sends digits into the conversation.
func (m *model) keypad() *Node {
	return el("div#keypad.keypad",
		el("output#digits.digits", label(m.Digits), m.s.Digits), pad("send"))
}

// dialField is a field for a number with its button.
func (m *model) dialField() *Node {
	return el("form#dial-field.dial-field[data-submit=dial]", m.numberInput("field"),
		el("button#call.icon-btn.go[type=submit]", named(m.Call),
			unavailable(!dialable(m.s.Number) || m.s.Busy["dial:"]), icon("phone")))
}

func (m *model) numberInput(k string) *Node {
	return el("input.input.mono[type=tel][inputmode=tel][autocomplete=off][maxlength=33][data-input=type]", key(k),
		attr("placeholder", m.NumberToCall), label(m.NumberToCall), attr("value", m.s.Number))
}

// dialPad is the field with keys.
func (m *model) dialPad(where string) *Node {
	return el("form.panel.dial[data-submit=dial]", key("dial-"+where),
		el("div#entry.entry", m.numberInput("number"), m.iconButton("small", "backspace", m.Erase, Action{"erase", ""})),
		pad("dial"),
		el("button#call.btn.go.wide[type=submit]", unavailable(!dialable(m.s.Number) || m.s.Busy["dial:"]),
			icon("phone"), el("span", m.Call)))
}

// devices lets the agent choose microphone, speaker, ringtone and camera, and
// try them.
func (m *model) devices() *Node {
	d := &m.s.Devices
	panel := el("div#devices.panel.devices[role=group]", label(m.Devices),
		m.choice("microphone", "mic", m.Microphone, d.Microphones, d.Microphone), m.level())
	if d.SelectableOutput {
		panel.add([]any{m.choice("speaker", "speaker", m.Speaker, d.Speakers, d.Speaker), m.choice("ringtone", "bell", m.Ringtone, d.Speakers, d.Ringtone)})
	} else {
		panel.add([]any{el("p#output.hint", m.NoOutputChoice), m.tryOut("speaker", m.TestSpeaker), m.tryOut("ringtone", m.TestRingtone)})
	}
	if unnamed(d.Microphones) {
		panel.add([]any{el("p#names.hint", m.AllowToName), m.button("plain wide", "mic", m.Allow, Action{"allow", ""})})
	}
	if len(d.Cameras) > 0 {
		panel.add([]any{m.choice("camera", "camera", m.Camera, d.Cameras, d.Camera)})
	}
	return panel
}

// level is how loud the microphone is.
func (m *model) level() *Node {
	if !m.s.metered(&m.v) {
		return nil
	}
	share := loudness(m.s.Level)
	return el("div#level.level[role=meter][aria-valuemin=0][aria-valuemax=100]", label(m.Level), attr("aria-valuenow", strconv.Itoa(int(share*100))),
		el("div.progress-fill", style("transform", fmt.Sprintf("scaleX(%.2f)", share))))
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
	list := el("select.input", label(name), attr("value", chosen), on("change", Action{"device", kind}))
	option := func(value, text string) {
		list.add([]any{el("option", key(value), attr("value", value), text)})
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
	choice := el("div.choice", key(kind), el("span.choice-name", icon(iconName), el("span", name)), list)
	switch kind {
	case "speaker":
		choice.add([]any{m.tryOut(kind, m.TestSpeaker)})
	case "ringtone":
		choice.add([]any{m.tryOut(kind, m.TestRingtone)})
	}
	return choice
}
