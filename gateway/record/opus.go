package record

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"time"

	"tccc/gateway/audio"
	"tccc/gateway/codec"
	"tccc/gateway/track"
)

// granules is how many steps of granule positions, which count at 48 kHz, make a
// sample (RFC 7845 section 4).
const granules = 48000 / track.Rate

// packetMs is how long what a packet of sound holds lasts.
const packetMs = 20

// opusPackets makes packets of pairs.
type opusPackets struct {
	encoder *codec.StereoOpusEncoder
	skip    uint64  // granules of what the encoder is late by
	written uint64  // samples of a channel that came in
	encoded uint64  // granules of the packets that were made
	pcm     []int16 // what does not make a packet yet
	packet  []byte

	// emit takes a packet, and the granules until its end.
	emit func(packet []byte, granule uint64) error
}

func (o *opusPackets) begin(emit func(packet []byte, granule uint64) error) error {
	e, err := codec.NewStereoOpusEncoder(track.Rate, packetMs*time.Millisecond)
	if err != nil {
		return err
	}
	o.encoder, o.emit, o.skip = e, emit, uint64(e.Delay()*48000/time.Second)
	return nil
}

// identification is the first header (RFC 7845 section 5.1).
func (o *opusPackets) identification() []byte {
	b := append([]byte("OpusHead"), 1, 2) // version, channels
	b = binary.LittleEndian.AppendUint16(b, uint16(o.skip))
	b = binary.LittleEndian.AppendUint32(b, track.Rate) // of the original
	return append(b, 0, 0, 0)                           // no gain, mono or stereo
}

func (o *opusPackets) write(pairs []byte) error {
	at := len(o.pcm)
	o.pcm = append(o.pcm, make([]int16, len(pairs))...)
	audio.DecodeMulaw(o.pcm[at:], pairs)
	o.written += uint64(len(pairs) / 2)
	size, from := o.encoder.Samples(), 0
	for ; len(o.pcm)-from >= size; from += size {
		if err := o.encode(o.pcm[from : from+size]); err != nil {
			return err
		}
	}
	o.pcm = o.pcm[:copy(o.pcm, o.pcm[from:])]
	return nil
}

func (o *opusPackets) encode(pcm []int16) (err error) {
	if o.packet, err = o.encoder.Encode(o.packet[:0], pcm); err != nil {
		return err
	}
	o.encoded += uint64(len(pcm)/2) * granules
	return o.emit(o.packet, o.encoded)
}

// rest makes the last packets, of what is still in the encoder, and says where the
// sound ends in them.
func (o *opusPackets) rest() (last uint64, err error) {
	last = o.skip + o.written*granules
	for o.encoded < last {
		o.pcm = append(o.pcm, make([]int16, o.encoder.Samples()-len(o.pcm))...)
		if err := o.encode(o.pcm); err != nil {
			return 0, err
		}
		o.pcm = o.pcm[:0]
	}
	return last, nil
}

// opusFile writes Ogg Opus (RFC 7845) in two channels. Each write ends with a whole
// page: what a killed process leaves can be played as it is.
type opusFile struct {
	pages
	opusPackets
}

func newOpusFile(w io.Writer) (container, error) {
	o := &opusFile{pages: pages{w: w, serial: rand.Uint32()}}
	if err := o.begin(o.add); err != nil {
		return nil, err
	}
	for _, head := range [][]byte{o.identification(), comments} {
		flags := byte(0)
		if o.number == 0 {
			flags = firstPage
		}
		if err := errors.Join(o.add(head, 0), o.flush(flags)); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// comments is the second header (section 5.2), without any.
var comments = []byte("OpusTags\x04\x00\x00\x00tccc\x00\x00\x00\x00")

func (o *opusFile) write(pairs []byte) error {
	if err := o.opusPackets.write(pairs); err != nil {
		return err
	}
	return o.flush(0)
}

// end writes what is still in the encoder. The position of the last page says how
// much of its last packet counts (section 4.4).
func (o *opusFile) end() error {
	last, err := o.rest()
	if err != nil {
		return err
	}
	o.granule = last
	return o.flush(lastPage)
}

// repairOpus ends a file after the last page that is whole.
func repairOpus(f *os.File) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	var last, page []byte
	var at, end int64 // of the last page
	in, err := bufio.NewReader(f), error(nil)
	for n := 0; ; n++ {
		if page, err = readPage(in, page); err != nil {
			if n < 3 { // headers alone are no stream of a length
				return errEmpty
			}
			break
		}
		at, end = end, end+int64(len(page))
		last = append(last[:0], page...)
	}
	if err := f.Truncate(end); err != nil {
		return fmt.Errorf("failed to cut a recording after its last whole page: %w", err)
	}
	last[flagsAt] |= lastPage
	seal(last)
	_, err = f.WriteAt(last, at)
	return err
}
