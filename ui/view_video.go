package ui

import "tccc/wire"

// videoTexts are the words of video sessions.
type videoTexts struct {
	CameraOn, CameraOff, CustomerPicture, OwnPicture string
	ShareScreen, StopScreen, CustomerScreen          string
}

const styleVideo = `.pictures { position: relative; margin-top: 10px; aspect-ratio: 4 / 3; border-radius: 10px; overflow: hidden; background: #111; }
.pictures video { display: block; width: 100%; height: 100%; object-fit: cover; }
.pictures .own { position: absolute; right: 8px; bottom: 8px; width: 27%; height: auto; aspect-ratio: 4 / 3; border-radius: 7px; background: #333; transform: scaleX(-1); }
.pictures video.still { opacity: .12; }
.pictures .screen { object-fit: contain; }
.pictures .screen ~ .remote { position: absolute; left: 8px; bottom: 8px; width: 27%; height: auto; aspect-ratio: 4 / 3; border-radius: 7px; }
.card.held .pictures { opacity: .35; }
.bench .pictures { max-width: 640px; }
`

// Kinds of pictures: the attribute of a video element that says what it shows.
const streamAttr = "data-stream"

// seen reports whether customer and agent see each other in this page: neither a
// supervisor nor an agent at a telephone does.
func seen(s *wire.Session) bool {
	return s.Type == wire.TypeVideo && s.Monitor == "" && !s.ServerType.Phone()
}

// pictures are the customer, large, and the agent; the customer's screen is large
// before both. Their sound comes by itself.
func (m *model) pictures(s *wire.Session) *Node {
	if !seen(s) || s.State != wire.StateTalking && s.State != wire.StateHeld {
		return nil
	}
	video := func(k, name string) *Node {
		return el("video[autoplay][playsinline][muted][key=?][class=?][aria-label=?][data-stream=?:?]", k, k,
			name, k, s.SessionID)
	}
	box := el("div#pictures.pictures")
	if s.CustomerScreen {
		box.add(video("screen", m.CustomerScreen))
	}
	box.add(video("remote", m.CustomerPicture))
	if !s.VideoMuted {
		box.add(video("own", m.OwnPicture))
	}
	return box
}

// cameraControl closes and opens the agent's camera.
func (m *model) cameraControl(s *wire.Session) *Node {
	switch {
	case !seen(s) || s.State != wire.StateTalking:
		return nil
	case s.VideoMuted:
		return m.control("camera", "cameraOff", m.CameraOn, Action{"videoOn", s.SessionID}, true)
	}
	return m.control("camera", "camera", m.CameraOff, Action{"videoOff", s.SessionID}, false)
}

// screenControl begins and ends to show the agent's screen.
func (m *model) screenControl(s *wire.Session) *Node {
	switch {
	case !seen(s) || s.State != wire.StateTalking:
		return nil
	case s.ScreenShared:
		return m.control("screen", "screenOff", m.StopScreen, Action{"screenOff", s.SessionID}, true)
	}
	return m.control("screen", "screen", m.ShareScreen, Action{"screenOn", s.SessionID}, false)
}
