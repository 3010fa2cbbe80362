package ui

// Icons are drawn on a grid of 24 by 24, as outlines 1.75 thick.
var icons = []struct {
	name  string
	paths []string
}{
	{"phone", []string{"M5.4 3.9h3l1.6 4-2 1.5a11.6 11.6 0 0 0 5.6 5.6l1.5-2 4 1.6v3a1.9 1.9 0 0 1-2 1.9C10 19 4.9 14 3.5 5.9a1.9 1.9 0 0 1 1.9-2z"}},
	{"hangup", []string{"M3.2 14.6c-.6-.9-.5-2.1.3-2.9 4.7-4.3 12.3-4.3 17 0 .8.7.9 2 .3 2.9l-1.1 1.5-4.3-1.4v-2.5a12 12 0 0 0-6.8 0v2.5l-4.3 1.4z"}},
	{"mic", []string{"M12 3.5a2.7 2.7 0 0 1 2.7 2.7v5.1a2.7 2.7 0 0 1-5.4 0V6.2A2.7 2.7 0 0 1 12 3.5z",
		"M5.8 11.2a6.2 6.2 0 0 0 12.4 0", "M12 17.5v3"}},
	{"micOff", []string{"M9.3 9.3v2a2.7 2.7 0 0 0 4.3 2.2", "M14.7 11V6.2a2.7 2.7 0 0 0-5.3-.7",
		"M5.8 11.2a6.2 6.2 0 0 0 10 4.9", "M18.2 11.2a6 6 0 0 1-.5 2.4", "M12 17.5v3", "M4 4l16 16"}},
	{"people", []string{"M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6z", "M3.5 19a5.5 5.5 0 0 1 11 0", "M16 5.3a3 3 0 0 1 0 5.5",
		"M17.5 14a5.5 5.5 0 0 1 3 5"}},
	{"forward", []string{"M13.5 5.5l6 6-6 6", "M19.5 11.5h-9a6 6 0 0 0-6 6v1"}},
	{"pause", []string{"M9 5.5v13", "M15 5.5v13"}},
	{"play", []string{"M8 5.3v13.4l10.5-6.7z"}},
	{"download", []string{"M12 4.5v10", "M7.5 10.5l4.5 4.5 4.5-4.5", "M5 19.2h14"}},
	{"keypad", []string{"M6 6h.01", "M12 6h.01", "M18 6h.01", "M6 12h.01", "M12 12h.01", "M18 12h.01", "M6 18h.01",
		"M12 18h.01", "M18 18h.01"}},
	{"headset", []string{"M4.5 14.5V12a7.5 7.5 0 0 1 15 0v2.5",
		"M4.5 13.5h2a1.2 1.2 0 0 1 1.2 1.2v3.1A1.2 1.2 0 0 1 6.5 19a2 2 0 0 1-2-2z",
		"M19.5 13.5h-2a1.2 1.2 0 0 0-1.2 1.2v3.1a1.2 1.2 0 0 0 1.2 1.2 2 2 0 0 0 2-2z",
		"M19.5 17v.5a3 3 0 0 1-3 3H13"}},
	{"speaker", []string{"M4.5 9.5h3.2L12 5.8v12.4l-4.3-3.7H4.5z", "M15.2 9a4.2 4.2 0 0 1 0 6",
		"M17.6 6.6a7.6 7.6 0 0 1 0 10.8"}},
	{"bell", []string{"M6.5 10.5a5.5 5.5 0 0 1 11 0c0 4.5 1.7 5.7 1.7 5.7H4.8s1.7-1.2 1.7-5.7z",
		"M10 19.2a2.2 2.2 0 0 0 4 0"}},
	{"chevron", []string{"M7 10l5 5 5-5"}},
	{"close", []string{"M6.5 6.5l11 11", "M17.5 6.5l-11 11"}},
	{"check", []string{"M5.5 12.5l4.3 4.2 8.7-9.2"}},
	{"alert", []string{"M12 4.5l8.5 14.7h-17z", "M12 10.2v4", "M12 16.8h.01"}},
	{"info", []string{"M12 3.8a8.2 8.2 0 1 1 0 16.4 8.2 8.2 0 0 1 0-16.4z", "M12 11.2v5", "M12 7.9h.01"}},
	{"workbench", []string{"M4.5 5h15v14h-15z", "M9.8 5v14", "M4.5 9.7h5.3"}},
	{"in", []string{"M17.5 6.5l-10.5 10.5", "M7 9.5V17h7.5"}},
	{"out", []string{"M6.5 17.5L17 7", "M9.5 7H17v7.5"}},
	{"backspace", []string{"M8.5 6h11v12h-11L3.5 12z", "M11.5 9.7l4.6 4.6", "M16.1 9.7l-4.6 4.6"}},
	{"swap", []string{"M4.5 9h13", "M14 5.5L17.5 9 14 12.5", "M19.5 15.5h-13", "M10 12l-3.5 3.5L10 19"}},
	{"pin", []string{"M12 20.5s6-5.6 6-10.2a6 6 0 0 0-12 0c0 4.6 6 10.2 6 10.2z",
		"M12 8.3a2 2 0 1 1 0 4 2 2 0 0 1 0-4z"}},
	{"chats", []string{"M4 5.5h12v8.2H9l-3.2 2.8v-2.8H4z", "M19 9.5h1.5v7.7h-1.7v2.6l-3-2.6h-4.3"}},
	{"chat", []string{"M4.5 5h15v11.2h-8.2L7 19.8v-3.6H4.5z", "M8.5 9h7", "M8.5 12.3h4.5"}},
	{"camera", []string{"M3.8 7h11.4v10H3.8z", "M15.2 10.7l5-2.7v8l-5-2.7"}},
	{"cameraOff", []string{"M8 7h7.2v6.5", "M14 17H3.8V7H5", "M15.2 10.7l5-2.7v8l-3-1.6", "M4 4l16 16"}},
	{"screen", []string{"M3.8 5h16.4v11H3.8z", "M12 13V8", "M9.5 10.2L12 7.7l2.5 2.5", "M8 19.2h8"}},
	{"screenOff", []string{"M8.5 5h11.7v11h-1M16 16H3.8V5", "M8 19.2h8", "M4 4l16 16"}},
	{"gear", []string{"M4.5 7h8", "M17.5 7h2", "M15 5v4", "M4.5 12h2", "M11.5 12h8", "M9 10v4", "M4.5 17h8",
		"M17.5 17h2", "M15 15v4"}},
	{"clip", []string{"M18.5 11.2l-6.9 6.9a4 4 0 0 1-5.7-5.7l7.4-7.4a2.7 2.7 0 0 1 3.8 3.8l-7.2 7.2a1.3 1.3 0 0 1-1.9-1.9l6.5-6.5"}},
	{"send", []string{"M4.5 12L4 5l16 7-16 7z", "M4.5 12H12"}},
	{"checks", []string{"M3 12.7l3.6 3.6 7.2-8.3", "M11.2 15.7l.6.6L19 8"}},
	{"file", []string{"M6.5 3.8h7.2l4 4v12.4H6.5z", "M13.5 4v4h4"}},
	{"ear", []string{"M7.5 15.5a6 6 0 1 1 9.6-4.6c0 3.4-3.6 3.9-3.6 6.4a2.6 2.6 0 0 1-4.6 1.7",
		"M9.8 11.2a2.6 2.6 0 1 1 5 .8c-.3 1-1.6 1.3-1.8 2.6"}},
	{"whisper", []string{"M4.5 6h11v7h-6L6.5 16v-3h-2z", "M18 9.5l2.5-1", "M18 12.5l2.5 1"}},
	{"missed", []string{"M5.5 7l6.5 6.5L19.5 6", "M5.5 11.5V7h4.5", "M4.5 18.5c4.5-3 10.5-3 15 0"}},
	{"clock", []string{"M12 3.8a8.2 8.2 0 1 1 0 16.4 8.2 8.2 0 0 1 0-16.4z", "M12 7.5V12l3 2"}},
}

// icon draws one. The class names are those that pages know from the vendor's
// call bar.
func icon(name string) *Node {
	svg := &Node{Tag: "svg", SVG: true, Attrs: []Attr{
		{"class", "icon i-" + name + " MuiSvgIcon-root"}, {"viewBox", "0 0 24 24"}, {"aria-hidden", "true"},
		{"focusable", "false"},
	}}
	for i := range icons {
		if icons[i].name != name {
			continue
		}
		for _, d := range icons[i].paths {
			svg.Children = append(svg.Children, &Node{Tag: "path", SVG: true, Attrs: []Attr{{"d", d}}})
		}
	}
	return svg
}
