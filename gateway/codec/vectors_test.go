package codec

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"hash/crc32"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/thesyncim/gopus/container/ogg"
)

// signal is 160 ms of integers alone: noise of several levels, square waves up to
// full scale, a triangle, silence.
func signal() []int16 {
	var pcm []int16
	seed := uint32(1)
	for i := range 2560 {
		seed = seed*1664525 + 1013904223
		noise := int(int32(seed)) >> 16
		switch i / 320 {
		case 0:
			pcm = append(pcm, int16(noise/8))
		case 1, 5:
			pcm = append(pcm, int16(noise))
		case 2:
			pcm = append(pcm, int16(65535*(i/20%2)-32768))
		case 3:
			pcm = append(pcm, int16(400*(i%160)-32000))
		case 4, 7:
			pcm = append(pcm, 0)
		default:
			pcm = append(pcm, int16(6000*(i/3%2)-3000+noise/64))
		}
	}
	return pcm
}

// The signal as FFmpeg 5.1 encodes it: ffmpeg -f s16le -ar 16000 -i … -c:a g722.
//
//go:embed testdata/signal.g722
var signalG722 []byte

// What FFmpeg decodes from that, as a sum.
const signalSum = 0x1e521c98

func TestG722Vectors(t *testing.T) {
	var got []byte
	for _, p := range packets(t, NewG722Encoder(packet), signal()) {
		got = append(got, p...)
	}
	assert.True(t, bytes.Equal(signalG722, got), "the encoder is bit-exact")

	d, pcm := NewG722Decoder(), []int16(nil)
	for at := 0; at < len(signalG722); at += 160 {
		pcm, _ = d.Decode(pcm, signalG722[at:at+160])
	}
	raw, err := binary.Append(nil, binary.LittleEndian, pcm)
	require.NoError(t, err)
	assert.Equal(t, uint32(signalSum), crc32.ChecksumIEEE(raw), "the decoder is bit-exact")
}

// Half a second of 700 Hz and half a second of 1900 Hz with a peak of 8000, made by opusenc
// 0.2 of libopus 1.3.1 at 24 kbit/s.
//
//go:embed testdata/tones.opus
var tonesOpus []byte

func TestOpusOfLibopus(t *testing.T) {
	for _, rate := range []int{8000, 16000, 48000} {
		r, err := ogg.NewReader(bytes.NewReader(tonesOpus))
		require.NoError(t, err)
		d, err := NewOpusDecoder(rate)
		require.NoError(t, err)
		var pcm []int16
		for {
			p, _, err := r.ReadPacket()
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
			pcm, err = d.Decode(pcm, p)
			require.NoError(t, err)
		}
		require.Greater(t, len(pcm), rate)
		for i, hz := range []float64{700, 1900} {
			part := pcm[rate/10+i*rate/2:][:rate*3/10]
			assert.InDelta(t, 0, level(part, hz, rate), 0.5, "%.0f Hz at %d", hz, rate)
			assert.InDelta(t, 0, energy(part), 0.7, "%.0f Hz at %d", hz, rate)
		}
	}
}
