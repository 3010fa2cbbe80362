package ui

import (
	"strconv"
	"strings"
	"syscall/js"

	"tccc/agent"
	"tccc/internal/jsval"
	"tccc/wire"
)

// showPictures gives the video elements what they show. The muted attribute
// of an element that a script has made says nothing, the property does. mu is held.
func (u *UI) showPictures() {
	any := false
	for i := range u.view.Sessions {
		any = any || u.view.Sessions[i].Type == wire.TypeVideo
	}
	if !any || u.opt.Streams == nil {
		return
	}
	for _, s := range u.shown {
		videos := s.root.Call("querySelectorAll", "video["+streamAttr+"]")
		for i := range videos.Length() {
			video := videos.Index(i)
			kind, id, _ := strings.Cut(video.Call("getAttribute", streamAttr).String(), ":")
			local, stream := u.opt.Streams(id)
			switch kind {
			case "own":
				stream = local
			case "screen":
				_, stream = u.opt.Screens(id)
			}
			if now := video.Get("srcObject"); !now.Equal(stream) {
				video.Set("muted", true)
				video.Set("srcObject", stream)
			}
			if kind != "screen" { // which stands still mostly
				markStill(video)
			}
		}
	}
}

// markStill fades a picture that has not moved since the last look, about a
// second ago: browsers do not tell that nothing comes any more.
func markStill(video js.Value) {
	now, data := int(agent.Now().UnixMilli()), video.Get("dataset")
	if last, _ := strconv.Atoi(data.Get("at").String()); now-last < 900 ||
		!jsval.Has(video, "getVideoPlaybackQuality") {
		return
	}
	frames := strconv.Itoa(video.Call("getVideoPlaybackQuality").Get("totalVideoFrames").Int())
	// Firefox counts none.
	video.Get("classList").Call("toggle", "still", frames != "0" && frames == data.Get("frames").String())
	data.Set("frames", frames)
	data.Set("at", strconv.Itoa(now))
}
