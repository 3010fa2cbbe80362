package webm

import "encoding/binary"

// VP8Size is that of a key frame (RFC 6386 section 9.1); false for others.
func VP8Size(frame []byte) (width, height int, key bool) {
	if len(frame) < 10 || frame[0]&1 != 0 || frame[3] != 0x9D || frame[4] != 0x01 || frame[5] != 0x2A {
		return 0, 0, false
	}
	size := func(b []byte) int { return int(binary.LittleEndian.Uint16(b) & 0x3FFF) }
	return size(frame[6:]), size(frame[8:]), true
}

// H264Config finds the parameter sets in a frame of units with their lengths before
// them, and makes the decoder's configuration of them (ISO/IEC 14496-15 section
// 5.3.3.1). key is true for a frame that needs none before it.
func H264Config(frame []byte) (config []byte, width, height int, key bool) {
	var sps, pps []byte
	for len(frame) > 4 {
		n := int64(binary.BigEndian.Uint32(frame))
		if n < 1 || n > int64(len(frame)-4) {
			break
		}
		unit := frame[4 : 4+n]
		switch unit[0] & 0x1F {
		case 5:
			key = true
		case 7:
			sps = unit
		case 8:
			pps = unit
		}
		frame = frame[4+n:]
	}
	if len(sps) < 4 || len(sps) > 500 || len(pps) > 500 || pps == nil {
		return nil, 0, 0, key
	}
	width, height = spsSize(sps)
	config = append([]byte{1, sps[1], sps[2], sps[3], 0xFF, 0xE1}, byte(len(sps)>>8), byte(len(sps)))
	config = append(append(config, sps...), 1, byte(len(pps)>>8), byte(len(pps)))
	return append(config, pps...), width, height, key
}

// spsSize is the size of pictures (ITU-T H.264 section 7.3.2.1.1) of the profiles
// that browsers send, which have nothing of higher ones in between.
func spsSize(sps []byte) (width, height int) {
	var raw []byte // without the bytes that keep start codes out (section 7.4.1)
	for i, c := range sps[4:] {
		if i >= 2 && c == 3 && sps[4+i-1] == 0 && sps[4+i-2] == 0 {
			continue
		}
		raw = append(raw, c)
	}
	r := bits{b: raw}
	r.golomb() // seq_parameter_set_id
	r.golomb() // log2_max_frame_num_minus4
	switch r.golomb() {
	case 0:
		r.golomb()
	case 1:
		r.take(1)
		r.golomb()
		r.golomb()
		for n := min(r.golomb(), 255); n > 0; n-- {
			r.golomb()
		}
	}
	r.golomb() // max_num_ref_frames
	r.take(1)
	width, height = 16*(min(r.golomb(), 1<<10)+1), 16*(min(r.golomb(), 1<<10)+1)
	if r.take(1) == 0 {
		height *= 2
		r.take(1)
	}
	r.take(1)
	if r.take(1) == 1 { // cropped, in units of two
		width -= 2 * min(r.golomb()+r.golomb(), width/2-1)
		height -= 2 * min(r.golomb()+r.golomb(), height/2-1)
	}
	return width, height
}

// bits reads bits; past the end they are zero.
type bits struct {
	b  []byte
	at int
}

func (r *bits) take(n int) (v int) {
	for ; n > 0; n-- {
		v <<= 1
		if r.at/8 < len(r.b) {
			v |= int(r.b[r.at/8]>>(7-r.at%8)) & 1
		}
		r.at++
	}
	return v
}

// golomb reads an unsigned number of Exp-Golomb code (section 9.1).
func (r *bits) golomb() int {
	zeros := 0
	for zeros < 24 && r.take(1) == 0 {
		zeros++
	}
	return 1<<zeros - 1 + r.take(zeros)
}
