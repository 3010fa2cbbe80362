package audio

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// wav makes a file of one tone.
func wav(tag uint16, channels, rate, bits int, hz float64, seconds float64) []byte {
	n := int(float64(rate) * seconds)
	var sound bytes.Buffer
	for i := range n {
		v := int16(0.4 * math.MaxInt16 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)))
		for range channels {
			code := make([]byte, 1)
			switch {
			case tag == tagAlaw:
				EncodeAlaw(code, []int16{v})
			case tag == tagMulaw:
				EncodeMulaw(code, []int16{v})
			case bits == 8:
				code[0] = byte(v>>8) + 128
			default:
				code = binary.LittleEndian.AppendUint16(nil, uint16(v))
			}
			sound.Write(code)
		}
	}
	var b bytes.Buffer
	b.WriteString("RIFF")
	le := binary.LittleEndian
	b.Write(le.AppendUint32(nil, uint32(36+sound.Len())))
	b.WriteString("WAVELIST\x03\x00\x00\x00abc\x00fmt \x10\x00\x00\x00") // an odd chunk in front
	b.Write(le.AppendUint16(nil, tag))
	b.Write(le.AppendUint16(nil, uint16(channels)))
	b.Write(le.AppendUint32(nil, uint32(rate)))
	b.Write(le.AppendUint32(nil, uint32(rate*channels*bits/8)))
	b.Write(le.AppendUint16(nil, uint16(channels*bits/8)))
	b.Write(le.AppendUint16(nil, uint16(bits)))
	b.WriteString("data")
	b.Write(le.AppendUint32(nil, uint32(sound.Len())))
	b.Write(sound.Bytes())
	return b.Bytes()
}

func TestReadWAV(t *testing.T) {
	for _, c := range []struct {
		tag            uint16
		channels, rate int
		bits           int
	}{
		{tagPCM, 1, 8000, 16}, {tagPCM, 2, 8000, 16}, {tagPCM, 1, 44100, 16}, {tagPCM, 2, 48000, 8},
		{tagPCM, 1, 11025, 16}, {tagPCM, 1, 22050, 8}, {tagPCM, 1, 4000, 16}, {tagPCM, 2, 191999, 16},
		{tagAlaw, 1, 8000, 8}, {tagMulaw, 2, 16000, 8},
	} {
		t.Run(fmt.Sprintf("%d_%d_%d_%d", c.tag, c.channels, c.rate, c.bits), func(t *testing.T) {
			pcm, err := ReadWAV(bytes.NewReader(wav(c.tag, c.channels, c.rate, c.bits, 1000, 1.5)))
			require.NoError(t, err)
			require.InDelta(t, Rate*3/2, len(pcm), 1)
			require.InDelta(t, 1000, Frequency(pcm[Rate/4:Rate*5/4]), 1)
			require.InDelta(t, 0.4/math.Sqrt2, Energy(pcm[Rate/4:Rate*5/4]), 0.01)
		})
	}
}

// What a telephone cannot carry must not come back as another tone.
func TestReadWAVDoesNotAlias(t *testing.T) {
	pcm, err := ReadWAV(bytes.NewReader(wav(tagPCM, 1, 48000, 16, 7000, 1)))
	require.NoError(t, err)
	require.Less(t, Energy(pcm[Rate/4:Rate*3/4]), 0.003)
}

func TestReadWAVRefuses(t *testing.T) {
	good := wav(tagPCM, 1, 8000, 16, 440, 0.1)
	change := func(at int, b ...byte) []byte {
		c := bytes.Clone(good)
		copy(c[at:], b)
		return c
	}
	const format = 12 + 8 + 4 + 8 // where the format's fields begin
	for name, c := range map[string]struct {
		data []byte
		says string
	}{
		"empty":    {nil, "RIFF"},
		"mp3":      {[]byte("ID3\x03 something else"), "RIFF"},
		"no sound": {good[:format+16], "data chunk"},
		"cut":      {good[:format+4], "cut short"},
		"24 bit":   {change(format+14, 24), "24 bit"},
		"float":    {change(format, 3), "format 3"},
		"channels": {change(format+2, 6), "6 channels"},
		"rate":     {change(format+4, 1, 0, 0, 0), "1 Hz"},
		"no fmt":   {append([]byte("RIFF\x00\x00\x00\x00WAVEdata"), 0, 0, 0, 0), "format is missing"},
		"long":     {wav(tagMulaw, 1, 4000, 8, 440, 601), "longer than 10 minutes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadWAV(bytes.NewReader(c.data))
			require.ErrorIs(t, err, ErrWAV)
			require.ErrorContains(t, err, c.says)
		})
	}
	pcm, err := ReadWAV(bytes.NewReader(change(len(good)-1600-4, 0xFF, 0xFF, 0xFF, 0xFF)))
	require.NoError(t, err, "an open size, as of a pipe")
	require.Len(t, pcm, 800)
}

func FuzzReadWAV(f *testing.F) {
	f.Add(wav(tagPCM, 1, 8000, 16, 440, 0.01))
	f.Add(wav(tagPCM, 2, 44100, 8, 440, 0.01))
	f.Add(wav(tagMulaw, 1, 16000, 8, 440, 0.01))
	f.Add([]byte("RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		pcm, err := ReadWAV(bytes.NewReader(data))
		if err != nil {
			require.ErrorIs(t, err, ErrWAV)
			return
		}
		require.LessOrEqual(t, len(pcm), MaxLength)
		require.LessOrEqual(t, len(pcm), 2*len(data))
	})
}

func TestHoldMusic(t *testing.T) {
	pcm := HoldMusic()
	require.Len(t, pcm, 16*Rate)
	// Quiet, and never silent for a second.
	e := Energy(pcm)
	require.True(t, e > 0.02 && e < 0.08, "energy %f", e)
	for i := 0; i+Rate <= len(pcm); i += Rate {
		require.Greater(t, Energy(pcm[i:i+Rate]), 0.01, "second %d", i/Rate)
	}
	// The seam is no larger a step than any within.
	step := 0
	for i := 1; i < len(pcm); i++ {
		step = max(step, abs(int(pcm[i])-int(pcm[i-1])))
	}
	require.LessOrEqual(t, abs(int(pcm[0])-int(pcm[len(pcm)-1])), step/2)
}

func TestSignals(t *testing.T) {
	ring := Ringback()
	require.Len(t, ring, 5*Rate)
	require.InDelta(t, 450, Frequency(ring[:Rate]), 1)
	require.Zero(t, Energy(ring[Rate:]))
	busy := Busy()
	require.InDelta(t, 450, Frequency(busy[:Rate*35/100]), 2)
	chime := Chime()
	require.Greater(t, Energy(chime), 0.01)
	require.Zero(t, chime[len(chime)-1])
}

func abs(i int) int {
	if i < 0 {
		return -i
	}
	return i
}

func BenchmarkHoldMusic(b *testing.B) {
	for b.Loop() {
		HoldMusic()
	}
}

func TestPrompts(t *testing.T) {
	for _, name := range []string{PromptChime, PromptDemoIVR, PromptDemoIVRZh} {
		pcm, err := Prompt(name)
		require.NoError(t, err)
		require.Greater(t, Energy(pcm), 0.02, name)
		require.Greater(t, len(pcm), Rate, name)
	}
	_, err := Prompt("../audio_test")
	require.ErrorContains(t, err, "no built-in prompt")
}
