package webm

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// ErrEmpty is of a file without a whole cluster.
var ErrEmpty = errors.New("it is empty")

// clusterMost bounds what a cluster can have: a writer's are below it.
const clusterMost = 64 << 20

// Repair makes a file of this package whole that was broken off: it ends after the
// last cluster that is all there.
func Repair(f interface {
	File
	io.ReaderAt
}) error {
	head := make([]byte, headSize)
	if _, err := f.ReadAt(head, 0); err != nil {
		return ErrEmpty
	}
	tracks, err := readTracks(head)
	if err != nil {
		return err
	}
	w := &Writer{f: f, tracks: tracks, used: make([]bool, len(tracks)), at: headSize}
	start := make([]byte, 12)
	for {
		if _, err := f.ReadAt(start, w.at); err != nil {
			break
		}
		p, ok := next(start, 0)
		if !ok || p.id != idCluster || p.size > clusterMost {
			break
		}
		cluster := make([]byte, p.size)
		if _, err := f.ReadAt(cluster, w.at+int64(p.content)); err != nil {
			break
		}
		before, used := *w, slices.Clone(w.used)
		if !w.take(cluster) {
			*w, w.used = before, used
			break
		}
		w.at += int64(p.content) + int64(p.size)
	}
	if w.at == headSize {
		return ErrEmpty
	}
	return w.End()
}

// take notes what a whole cluster has.
func (w *Writer) take(b []byte) bool {
	var begin int64
	for at := 0; at < len(b); {
		p, ok := next(b, at)
		if !ok {
			return false
		}
		content, ok := p.inside(b)
		if !ok {
			return false
		}
		switch p.id {
		case idTimestamp:
			begin = int64(value(content) & (1<<53 - 1))
		case idSimpleBlock:
			n, ms, key, ok := block(content)
			if !ok || n < 1 || n > len(w.tracks) || w.tracks[n-1].Codec == "" {
				return false
			}
			w.used[n-1], w.last = true, max(w.last, begin+ms)
			if key && w.tracks[n-1].Codec != Opus {
				w.cues = append(w.cues, cue{time: max(0, begin+ms), track: n, at: w.at - segmentAt})
			}
		}
		at = p.content + len(content)
	}
	return true
}

// tracksMost bounds the number of a track.
const tracksMost = 16

// readTracks reads the tracks of a head, each at the place of its number.
func readTracks(head []byte) ([]Track, error) {
	var tracks []Track
	segment, ok := next(head, segmentAt-12)
	if !ok || segment.id != idSegment {
		return nil, fmt.Errorf("its head is damaged: %w", ErrEmpty)
	}
	each(head[segmentAt:], func(id uint32, content []byte) {
		if id == idTracks {
			each(content, func(id uint32, content []byte) {
				n, t := readTrack(content)
				if id != idTrackEntry || n < 1 || n > tracksMost {
					return
				}
				for len(tracks) < n { // those that nothing came for are left out
					tracks = append(tracks, Track{})
				}
				tracks[n-1] = t
			})
		}
	})
	if len(tracks) == 0 {
		return nil, fmt.Errorf("its head has no tracks: %w", ErrEmpty)
	}
	return tracks, nil
}

func readTrack(b []byte) (n int, t Track) {
	each(b, func(id uint32, content []byte) {
		switch id {
		case idTrackNumber:
			n = int(min(value(content), tracksMost+1))
		case idName:
			t.Name = string(content)
		case idCodecID:
			t.Codec = string(content)
		case idCodecPrivate:
			t.Config = content
		case idCodecDelay:
			t.Delay = time.Duration(value(content))
		case idVideo:
			each(content, func(id uint32, content []byte) {
				switch id {
				case idPixelWidth:
					t.Width = int(value(content))
				case idPixelHeight:
					t.Height = int(value(content))
				}
			})
		}
	})
	return n, t
}

// each gives the elements of a content that are all there.
func each(b []byte, f func(id uint32, content []byte)) {
	for at := 0; at < len(b); {
		p, ok := next(b, at)
		if !ok {
			return
		}
		content, ok := p.inside(b)
		if !ok {
			return
		}
		f(p.id, content)
		at = p.content + len(content)
	}
}
