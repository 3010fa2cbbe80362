package record

import (
	"bytes"
	"encoding/binary"
	"io"
)

// Pages of Ogg (RFC 3533 section 6): a header of 27 bytes, a table of segments, and
// packets, whole ones here.
const (
	pageHeader  = 27
	maxSegments = 255
	flagsAt     = 5
	crcAt       = 22
)

// Flags of a page.
const (
	firstPage = 2
	lastPage  = 4
)

// crcTable is that of Ogg: the polynomial 0x04c11db7, not reflected.
var crcTable = func() (table [256]uint32) {
	for i := range table {
		r := uint32(i) << 24
		for range 8 {
			if r&(1<<31) != 0 {
				r = r<<1 ^ 0x04c11db7
			} else {
				r <<= 1
			}
		}
		table[i] = r
	}
	return table
}()

// seal puts the checksum into a page.
func seal(page []byte) {
	binary.LittleEndian.PutUint32(page[crcAt:], 0)
	var crc uint32
	for _, b := range page {
		crc = crc<<8 ^ crcTable[byte(crc>>24)^b]
	}
	binary.LittleEndian.PutUint32(page[crcAt:], crc)
}

// pages writes a stream, a page at a time.
type pages struct {
	w      io.Writer
	serial uint32
	number uint32

	table, data []byte // of the page that is being filled
	granule     uint64 // at its end
	page        []byte
}

// segments is how many a packet takes in a page's table.
func segments(packet []byte) int { return len(packet)/255 + 1 }

// add puts a packet into the page, the granule position being that of its end. A
// page that has no room for it is written first.
func (p *pages) add(packet []byte, granule uint64) error {
	if len(p.table)+segments(packet) > maxSegments {
		if err := p.flush(0); err != nil {
			return err
		}
	}
	for n := len(packet); ; n -= 255 {
		p.table = append(p.table, byte(min(n, 255)))
		if n < 255 {
			break
		}
	}
	p.data, p.granule = append(p.data, packet...), granule
	return nil
}

// flush writes the page, if there is something in it, in one piece.
func (p *pages) flush(flags byte) error {
	if len(p.table) == 0 {
		return nil
	}
	b := append(p.page[:0], "OggS\x00"...)
	b = append(b, flags)
	b = binary.LittleEndian.AppendUint64(b, p.granule)
	b = binary.LittleEndian.AppendUint32(b, p.serial)
	b = binary.LittleEndian.AppendUint32(b, p.number)
	b = append(b, 0, 0, 0, 0, byte(len(p.table)))
	b = append(append(b, p.table...), p.data...)
	seal(b)
	p.page, p.table, p.data = b, p.table[:0], p.data[:0]
	p.number++
	_, err := p.w.Write(b)
	return err
}

// readPage reads a page that is whole into b, and gives it.
func readPage(r io.Reader, b []byte) ([]byte, error) {
	b = grown(b, pageHeader)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(b, []byte("OggS\x00")) {
		return nil, io.ErrUnexpectedEOF
	}
	b = grown(b, pageHeader+int(b[pageHeader-1]))
	if _, err := io.ReadFull(r, b[pageHeader:]); err != nil {
		return nil, err
	}
	table := len(b)
	for _, n := range b[pageHeader:table] {
		b = grown(b, len(b)+int(n))
	}
	if _, err := io.ReadFull(r, b[table:]); err != nil {
		return nil, err
	}
	is := binary.LittleEndian.Uint32(b[crcAt:])
	if seal(b); binary.LittleEndian.Uint32(b[crcAt:]) != is {
		return nil, io.ErrUnexpectedEOF
	}
	return b, nil
}

// grown is b with this length.
func grown(b []byte, n int) []byte {
	if n <= cap(b) {
		return b[:n]
	}
	return append(b[:cap(b)], make([]byte, n-cap(b))...)
}
