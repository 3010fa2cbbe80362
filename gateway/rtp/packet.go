package rtp

import "encoding/binary"

// headerSize is the size of an RTP header without contributing sources and
// extension, RFC 3550 section 5.1.
const headerSize = 12

// maxPacket is the largest datagram that is read. G.711 packets of 20 ms have
// 172 bytes; 60 ms fit with room.
const maxPacket = 1500

// header is what the gateway uses of an RTP header.
type header struct {
	marker  bool
	pt      uint8
	seq     uint16
	ts      uint32
	ssrc    uint32
	payload []byte
}

// parseHeader reads an RTP packet. It reports false for anything that is not
// RTP version 2 or whose lengths contradict each other.
func parseHeader(b []byte) (h header, ok bool) {
	if len(b) < headerSize || b[0]>>6 != 2 {
		return h, false
	}
	at := headerSize + 4*int(b[0]&0x0f)
	if b[0]&0x10 != 0 { // header extension, section 5.3.1
		if len(b) < at+4 {
			return h, false
		}
		at += 4 + 4*int(binary.BigEndian.Uint16(b[at+2:]))
	}
	end := len(b)
	if at > end {
		return h, false
	}
	if b[0]&0x20 != 0 { // padding: the last byte counts itself
		if end == at {
			return h, false
		}
		pad := int(b[end-1])
		if pad == 0 || pad > end-at {
			return h, false
		}
		end -= pad
	}
	return header{
		marker:  b[1]&0x80 != 0,
		pt:      b[1] & 0x7f,
		seq:     binary.BigEndian.Uint16(b[2:]),
		ts:      binary.BigEndian.Uint32(b[4:]),
		ssrc:    binary.BigEndian.Uint32(b[8:]),
		payload: b[at:end],
	}, true
}

// putHeader writes a plain header of headerSize bytes.
func putHeader(b []byte, pt uint8, marker bool, seq uint16, ts, ssrc uint32) {
	b[0] = 2 << 6
	b[1] = pt
	if marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], seq)
	binary.BigEndian.PutUint32(b[4:], ts)
	binary.BigEndian.PutUint32(b[8:], ssrc)
}

// isRTCP tells RTCP from RTP on a multiplexed port, RFC 5761 section 4.
func isRTCP(b []byte) bool {
	return len(b) >= 8 && b[0]>>6 == 2 && b[1] >= 192 && b[1] <= 223
}
