package record

import (
	"cmp"
	"os"
	"slices"
	"time"

	"tccc/gateway/record/webm"
	"tccc/gateway/track"
)

// Tracks of a film.
const (
	customerTrack = 1 + iota
	soundTrack
	agentTrack
)

// roomEvery is how often a film looks whether there is room for more of it.
const roomEvery = 10 * time.Second

// filmFile writes WebM: what customer and agent show, as it came, and what both
// say. Each write ends with a whole cluster.
type filmFile struct {
	*webm.Writer
	opusPackets
	pictures  [2]*picture
	described [2]string // codec of each picture, once there is one
	room      func() error
	looked    int64 // ms
}

// pictureTracks are the numbers of the pictures' tracks.
var pictureTracks = [2]int{customerTrack, agentTrack}

func newFilmFile(f *os.File, c *Recording) (container, error) {
	film := &filmFile{pictures: c.pictures, room: c.r.room}
	if err := film.begin(film.sound); err != nil {
		return nil, err
	}
	w, err := webm.New(f, []webm.Track{
		{Name: "customer", Codec: webm.VP8, Width: 640, Height: 480},
		{Name: "customer left, agent right", Codec: webm.Opus, Config: film.identification(),
			Delay: time.Duration(film.skip) * time.Second / 48000},
		{Name: "agent", Codec: webm.VP8, Width: 640, Height: 480},
	})
	film.Writer = w
	return film, err
}

// sound writes a packet, and before it the pictures that were seen before.
func (f *filmFile) sound(packet []byte, end uint64) error {
	at := int64(end)/48 - packetMs
	if err := f.show(at); err != nil {
		return err
	}
	return f.Writer.Write(soundTrack, at, true, packet)
}

// show writes the pictures before a moment, in their order.
func (f *filmFile) show(until int64) error {
	type shown struct {
		frame
		side int
	}
	var all []shown
	for side, p := range f.pictures {
		for _, one := range p.until(until) {
			all = append(all, shown{one, side})
		}
	}
	slices.SortStableFunc(all, func(a, b shown) int { return cmp.Compare(a.at, b.at) })
	for _, s := range all {
		if err := f.picture(s.side, &s.frame); err != nil {
			return err
		}
	}
	return nil
}

// picture writes a frame. A track has one codec: what comes in another later is
// left out.
func (f *filmFile) picture(side int, s *frame) error {
	if f.described[side] == "" {
		if s.codec == webm.H264 && s.config == nil {
			return nil
		}
		f.described[side] = s.codec
		err := f.Describe(pictureTracks[side], webm.Track{Name: [2]string{"customer", "agent"}[side], Codec: s.codec,
			Config: s.config, Width: s.width, Height: s.height})
		if err != nil {
			return err
		}
	}
	if f.described[side] != s.codec {
		return nil
	}
	return f.Writer.Write(pictureTracks[side], s.at, s.key, s.data)
}

func (f *filmFile) write(pairs []byte) error {
	if err := f.opusPackets.write(pairs); err != nil {
		return err
	}
	if at := int64(f.written) * 1000 / track.Rate; at-f.looked > roomEvery.Milliseconds() {
		f.looked = at
		if err := f.room(); err != nil {
			return err
		}
	}
	return f.Flush()
}

func (f *filmFile) end() error {
	for _, p := range f.pictures {
		p.flush()
	}
	if _, err := f.rest(); err != nil {
		return err
	}
	return f.End()
}

func repairFilm(f *os.File) error { return webm.Repair(f) }
