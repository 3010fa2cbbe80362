// Package webm writes WebM and Matroska files (RFC 8794, RFC 9559) of pictures and
// sound as they come, so that what a killed process leaves can be played, and can be
// made whole later.
package webm

import (
	"encoding/binary"
	"math"
)

// Elements that are written or looked for (RFC 9559 section 5, RFC 8794 section 11).
const (
	idEBML           = 0x1A45DFA3
	idVersion        = 0x4286
	idReadVersion    = 0x42F7
	idMaxIDLength    = 0x42F2
	idMaxSizeLength  = 0x42F3
	idDocType        = 0x4282
	idDocTypeVersion = 0x4287
	idDocTypeRead    = 0x4285
	idVoid           = 0xEC
	idSegment        = 0x18538067
	idSeekHead       = 0x114D9B74
	idSeek           = 0x4DBB
	idSeekID         = 0x53AB
	idSeekPosition   = 0x53AC
	idInfo           = 0x1549A966
	idTimestampScale = 0x2AD7B1
	idDuration       = 0x4489
	idMuxingApp      = 0x4D80
	idWritingApp     = 0x5741
	idTracks         = 0x1654AE6B
	idTrackEntry     = 0xAE
	idTrackNumber    = 0xD7
	idTrackUID       = 0x73C5
	idTrackType      = 0x83
	idFlagLacing     = 0x9C
	idName           = 0x536E
	idCodecID        = 0x86
	idCodecPrivate   = 0x63A2
	idCodecDelay     = 0x56AA
	idSeekPreRoll    = 0x56BB
	idVideo          = 0xE0
	idPixelWidth     = 0xB0
	idPixelHeight    = 0xBA
	idAudio          = 0xE1
	idFrequency      = 0xB5
	idChannels       = 0x9F
	idCluster        = 0x1F43B675
	idTimestamp      = 0xE7
	idSimpleBlock    = 0xA3
	idCues           = 0x1C53BB6B
	idCuePoint       = 0xBB
	idCueTime        = 0xB3
	idCuePositions   = 0xB7
	idCueTrack       = 0xF7
	idCueCluster     = 0xF1
)

// unknownSize is of a segment that is not complete.
const unknownSize = 1<<56 - 1

// element appends one, with a size of as few bytes as it takes, or of eight.
func element(b []byte, id uint32, content ...[]byte) []byte {
	size := 0
	for _, c := range content {
		size += len(c)
	}
	switch {
	case size < 1<<7-1:
		b = append(ident(b, id), 0x80|byte(size))
	case size < 1<<14-1:
		b = binary.BigEndian.AppendUint16(ident(b, id), 0x4000|uint16(size))
	default:
		b = header(b, id, uint64(size))
	}
	for _, c := range content {
		b = append(b, c...)
	}
	return b
}

// header begins an element with a size of eight bytes.
func header(b []byte, id uint32, size uint64) []byte {
	return binary.BigEndian.AppendUint64(ident(b, id), size|1<<56)
}

func ident(b []byte, id uint32) []byte {
	for shift := 24; shift >= 0; shift -= 8 {
		if id>>shift != 0 {
			b = append(b, byte(id>>shift))
		}
	}
	return b
}

func number(id uint32, n uint64) []byte {
	return element(nil, id, binary.BigEndian.AppendUint64(nil, n))
}

func decimal(id uint32, f float64) []byte {
	return element(nil, id, binary.BigEndian.AppendUint64(nil, math.Float64bits(f)))
}

func text(id uint32, s string) []byte { return element(nil, id, []byte(s)) }

// part is an element that was read.
type part struct {
	id      uint32
	size    uint64 // unknownSize is possible
	content int    // where it begins
}

// next reads the header of the element at a place; false if it is none.
func next(b []byte, at int) (p part, ok bool) {
	if at >= len(b) {
		return p, false
	}
	n := length(b[at])
	if n > 4 || at+n >= len(b) {
		return p, false
	}
	for _, c := range b[at : at+n] {
		p.id = p.id<<8 | uint32(c)
	}
	at += n
	n = length(b[at])
	if n > 8 || at+n > len(b) {
		return p, false
	}
	p.size = uint64(b[at]) & (1<<(8-n) - 1)
	for _, c := range b[at+1 : at+n] {
		p.size = p.size<<8 | uint64(c)
	}
	if p.size == 1<<(7*n)-1 {
		p.size = unknownSize
	}
	p.content = at + n
	return p, true
}

// length is of a number that begins with a byte; 9 is none.
func length(first byte) int {
	n := 1
	for ; n <= 8 && first&(1<<(8-n)) == 0; n++ {
	}
	return n
}

// inside gives an element's content; false if it is not all there.
func (p part) inside(b []byte) ([]byte, bool) {
	if p.size > uint64(len(b)-p.content) {
		return nil, false
	}
	return b[p.content : p.content+int(p.size)], true
}

func value(b []byte) (n uint64) {
	for _, c := range b[:min(len(b), 8)] {
		n = n<<8 | uint64(c)
	}
	return n
}
