package webm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// headSize is what is kept for the beginning of the file, which is written anew
// when more is known: what a track holds, and at the end where things are.
const headSize = 4096

// segmentAt is where the segment's content begins: what positions in it count from.
const segmentAt = 256

// Codecs.
const (
	VP8  = "V_VP8"
	H264 = "V_MPEG4/ISO/AVC"
	Opus = "A_OPUS"
)

// File is where a film is written.
type File interface {
	io.WriterAt
	Truncate(size int64) error
}

// Track is one of a file's.
type Track struct {
	Name   string
	Codec  string
	Config []byte // CodecPrivate

	Width, Height int // of pictures

	// Of sound: what a decoder is late by.
	Delay time.Duration
}

// Writer writes a film. Its tracks have the numbers from 1 in the order of New.
type Writer struct {
	f      File
	tracks []Track
	used   []bool
	at     int64  // end of the file
	blocks []byte // of the cluster that is being filled
	begin  int64  // its time, ms
	last   int64  // newest time, ms
	open   bool
	cues   []cue
	keys   []cue // of the cluster
}

// cue says which cluster has a key frame.
type cue struct {
	time  int64
	track int
	at    int64 // from the segment's content
}

// New begins an empty file.
func New(f File, tracks []Track) (*Writer, error) {
	w := &Writer{f: f, tracks: tracks, used: make([]bool, len(tracks)), at: headSize}
	return w, w.writeHead(0, 0, false)
}

// Describe says what a track holds, before its first frame.
func (w *Writer) Describe(n int, t Track) error {
	w.tracks[n-1] = t
	return w.writeHead(0, 0, false)
}

// Write adds a frame. Times of a cluster are those from its first frame's on.
func (w *Writer) Write(n int, ms int64, key bool, frame []byte) error {
	if w.open && (ms-w.begin > 30_000 || len(w.blocks) > 4<<20) {
		if err := w.Flush(); err != nil {
			return err
		}
	}
	if !w.open {
		w.open, w.begin = true, ms
	}
	ms = max(ms, w.begin)
	flags := byte(0)
	if key {
		flags = 0x80
		if w.tracks[n-1].Codec != Opus {
			w.keys = append(w.keys, cue{time: ms, track: n})
		}
	}
	w.used[n-1], w.last = true, max(w.last, ms)
	at := ms - w.begin
	w.blocks = element(w.blocks, idSimpleBlock, []byte{0x80 | byte(n), byte(at >> 8), byte(at), flags}, frame)
	return nil
}

// Flush writes the cluster, in one piece.
func (w *Writer) Flush() error {
	if !w.open {
		return nil
	}
	cluster := element(nil, idCluster, number(idTimestamp, uint64(w.begin)), w.blocks)
	if _, err := w.f.WriteAt(cluster, w.at); err != nil {
		return err
	}
	for _, k := range w.keys {
		k.at = w.at - segmentAt
		w.cues = append(w.cues, k)
	}
	w.at += int64(len(cluster))
	w.open, w.blocks, w.keys = false, w.blocks[:0], w.keys[:0]
	return nil
}

// End makes the file whole: with its length, and with what players need to jump.
func (w *Writer) End() error {
	if err := w.Flush(); err != nil {
		return err
	}
	cues := w.at - segmentAt
	var points []byte
	for _, c := range w.cues {
		points = element(points, idCuePoint, number(idCueTime, uint64(c.time)), element(nil, idCuePositions,
			number(idCueTrack, uint64(c.track)), number(idCueCluster, uint64(c.at))))
	}
	if points != nil {
		points = element(nil, idCues, points)
		if _, err := w.f.WriteAt(points, w.at); err != nil {
			return err
		}
		w.at += int64(len(points))
	} else {
		cues = 0
	}
	return errors.Join(w.f.Truncate(w.at), w.writeHead(w.last, cues, true))
}

// writeHead writes what stands before the clusters, in one piece. Tracks that
// nothing came for are left out of a complete file.
func (w *Writer) writeHead(duration, cues int64, whole bool) error {
	doc := "webm"
	var entries []byte
	for i := range w.tracks {
		if whole && !w.used[i] {
			continue
		}
		if w.tracks[i].Codec == H264 {
			doc = "matroska"
		}
		entries = append(entries, w.tracks[i].entry(i+1)...)
	}
	// What fills up is inside: FFmpeg expects the segment right behind.
	b := header(nil, idEBML, segmentAt-12-12)
	for _, part := range [][]byte{number(idVersion, 1), number(idReadVersion, 1), number(idMaxIDLength, 4),
		number(idMaxSizeLength, 8), text(idDocType, doc), number(idDocTypeVersion, 4), number(idDocTypeRead, 2)} {
		b = append(b, part...)
	}
	b = void(b, segmentAt-12)
	size := uint64(unknownSize)
	if whole {
		size = uint64(w.at - segmentAt)
	}
	b = header(b, idSegment, size)
	if cues != 0 {
		b = element(b, idSeekHead, element(nil, idSeek, element(nil, idSeekID, []byte{0x1C, 0x53, 0xBB, 0x6B}),
			number(idSeekPosition, uint64(cues))))
	}
	info := append(number(idTimestampScale, 1_000_000), text(idMuxingApp, "tccc")...)
	info = append(info, text(idWritingApp, "tccc")...)
	if whole {
		info = append(info, decimal(idDuration, float64(duration))...)
	}
	b = element(b, idInfo, info)
	b = element(b, idTracks, entries)
	if len(b) > headSize-9 {
		return fmt.Errorf("the head of a film has %d bytes", len(b))
	}
	_, err := w.f.WriteAt(void(b, headSize), 0)
	return err
}

// void fills up to a place.
func void(b []byte, until int) []byte {
	n := until - len(b) - 9
	return append(header(b, idVoid, uint64(n)), make([]byte, n)...)
}

// entry describes a track (RFC 9559 section 5.1.4.1).
func (t *Track) entry(n int) []byte {
	kind := uint64(1)
	if t.Codec == Opus {
		kind = 2
	}
	parts := [][]byte{number(idTrackNumber, uint64(n)), number(idTrackUID, uint64(n)), number(idTrackType, kind),
		number(idFlagLacing, 0), text(idName, t.Name), text(idCodecID, t.Codec)}
	if t.Config != nil {
		parts = append(parts, element(nil, idCodecPrivate, t.Config))
	}
	if t.Codec == Opus {
		parts = append(parts, number(idCodecDelay, uint64(t.Delay)), number(idSeekPreRoll, 80_000_000),
			element(nil, idAudio, decimal(idFrequency, 48000), number(idChannels, 2)))
	} else {
		parts = append(parts, element(nil, idVideo, number(idPixelWidth, uint64(t.Width)),
			number(idPixelHeight, uint64(t.Height))))
	}
	return element(nil, idTrackEntry, parts...)
}

// block reads the beginning of a SimpleBlock with a track's number of one byte.
func block(b []byte) (track int, ms int64, key, ok bool) {
	if len(b) < 4 || b[0]&0x80 == 0 {
		return 0, 0, false, false
	}
	return int(b[0] & 0x7F), int64(int16(binary.BigEndian.Uint16(b[1:]))), b[3]&0x80 != 0, true
}
