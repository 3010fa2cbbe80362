package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// MaxWAV is the largest WAV file that ReadWAV takes, in bytes: six minutes at
// 44.1 kHz, 16 bit, stereo.
const MaxWAV = 64 << 20

// MaxLength is the longest recording that ReadWAV takes, in samples of 8 kHz: ten minutes.
const MaxLength = 600 * Rate

// ErrWAV is in the chain of every error of ReadWAV that is about the file's content.
var ErrWAV = errors.New("not a usable WAV file")

// ReadWAV reads a RIFF WAVE file as PCM of 8 kHz, mono. It takes linear PCM of
// 8 and 16 bit and G.711 in both laws, one or two channels, 4 to 192 kHz. Two channels
// are averaged. The error says what is wrong with the file.
func ReadWAV(r io.Reader) ([]int16, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxWAV+1))
	if err != nil {
		return nil, fmt.Errorf("failed to read the WAV file: %w", err)
	}
	if len(data) > MaxWAV {
		return nil, wavError("it is larger than %d MB", MaxWAV>>20)
	}
	format, sound, err := wavChunks(data)
	if err != nil {
		return nil, err
	}
	if int64(format.samples(sound))*Rate > MaxLength*int64(format.rate) {
		return nil, wavError("it is longer than %d minutes", MaxLength/Rate/60)
	}
	return resample(format.decode(sound), int(format.rate)), nil
}

func wavError(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrWAV}, args...)...)
}

// Format tags of WAVE.
const (
	tagPCM        = 1
	tagAlaw       = 6
	tagMulaw      = 7
	tagExtensible = 0xFFFE
)

type wavFormat struct {
	tag      uint16
	channels int
	rate     uint32
	bits     int
}

// wavChunks finds the format and the sound.
func wavChunks(data []byte) (f wavFormat, sound []byte, err error) {
	if len(data) < 12 || !bytes.Equal(data[:4], []byte("RIFF")) || !bytes.Equal(data[8:12], []byte("WAVE")) {
		return f, nil, wavError("it does not begin with RIFF and WAVE")
	}
	known := false
	for rest := data[12:]; len(rest) >= 8; {
		id, size := string(rest[:4]), int64(binary.LittleEndian.Uint32(rest[4:]))
		rest = rest[8:]
		// Programs that write to a pipe leave the size of the last chunk open.
		body := rest[:min(size, int64(len(rest)))]
		switch id {
		case "fmt ":
			if f, err = wavFormatOf(body); err != nil {
				return f, nil, err
			}
			known = true
		case "data":
			if !known {
				return f, nil, wavError("the format is missing before the sound")
			}
			return f, body, nil
		}
		rest = rest[min(size+size&1, int64(len(rest))):]
	}
	return f, nil, wavError("it has no sound (no data chunk)")
}

func wavFormatOf(b []byte) (wavFormat, error) {
	if len(b) < 16 {
		return wavFormat{}, wavError("its format is cut short")
	}
	f := wavFormat{
		tag:      binary.LittleEndian.Uint16(b),
		channels: int(binary.LittleEndian.Uint16(b[2:])),
		rate:     binary.LittleEndian.Uint32(b[4:]),
		bits:     int(binary.LittleEndian.Uint16(b[14:])),
	}
	if f.tag == tagExtensible && len(b) >= 26 {
		f.tag = binary.LittleEndian.Uint16(b[24:]) // the sub-format begins with the tag
	}
	ok := f.tag == tagPCM && (f.bits == 8 || f.bits == 16) || (f.tag == tagAlaw || f.tag == tagMulaw) && f.bits == 8
	switch {
	case !ok:
		return f, wavError("its coding (format %d, %d bit) is none of PCM 8 or 16 bit, A-law and mu-law", f.tag, f.bits)
	case f.channels != 1 && f.channels != 2:
		return f, wavError("it has %d channels, not 1 or 2", f.channels)
	case f.rate < 4000 || f.rate > 192000:
		return f, wavError("its rate of %d Hz is not between 4000 and 192000", f.rate)
	}
	return f, nil
}

// samples is the number of samples of a channel.
func (f wavFormat) samples(sound []byte) int { return len(sound) / (f.bits / 8 * f.channels) }

// decode makes one channel of 16-bit samples.
func (f wavFormat) decode(sound []byte) []int16 {
	pcm := make([]int16, f.samples(sound)*f.channels)
	switch {
	case f.tag == tagAlaw:
		DecodeAlaw(pcm, sound[:len(pcm)])
	case f.tag == tagMulaw:
		DecodeMulaw(pcm, sound[:len(pcm)])
	case f.bits == 8: // unsigned
		for i := range pcm {
			pcm[i] = (int16(sound[i]) - 128) << 8
		}
	default:
		for i := range pcm {
			pcm[i] = int16(binary.LittleEndian.Uint16(sound[2*i:]))
		}
	}
	if f.channels == 2 {
		for i := range len(pcm) / 2 {
			pcm[i] = int16((int(pcm[2*i]) + int(pcm[2*i+1])) / 2)
		}
		pcm = pcm[:len(pcm)/2]
	}
	return pcm
}

// resample converts pcm from rate to 8 kHz with a windowed sinc that lets pass
// what both rates can carry.
func resample(pcm []int16, rate int) []int16 {
	if rate == Rate || len(pcm) == 0 {
		return pcm
	}
	const zeros = 16 // zero crossings of the sinc on each side
	var (
		cut    = math.Min(1, float64(Rate)/float64(rate)) * 0.95 // of the source's half rate
		left   = int(math.Ceil(zeros / cut))                     // samples of the source on each side
		out    = make([]int16, int64(len(pcm))*Rate/int64(rate))
		phases = min(Rate/gcd(Rate, rate), 512) // more than 512: the nearest of them
		bank   = make([][]float64, phases)      // taps of each phase, made when needed
	)
	for i := range out {
		position := int64(i) * int64(rate)
		whole, part := int(position/Rate), int(position%Rate)
		phase := part * phases / Rate
		if bank[phase] == nil {
			bank[phase] = taps(left, float64(phase)/float64(phases), cut, zeros)
		}
		v := 0.0
		for k, w := range bank[phase] {
			if j := whole + k - left; j >= 0 && j < len(pcm) {
				v += w * float64(pcm[j])
			}
		}
		out[i] = int16(math.Round(max(math.MinInt16, min(math.MaxInt16, v))))
	}
	return out
}

// taps weigh the samples from left before the output's position to left+1 after
// it; the position lies part of a sample after the middle one.
func taps(left int, part, cut, zeros float64) []float64 {
	row := make([]float64, 2*left+2)
	sum := 0.0
	for k := range row {
		row[k] = sinc((float64(k-left)-part)*cut, zeros)
		sum += row[k]
	}
	for k := range row {
		row[k] /= sum
	}
	return row
}

// sinc is sin(πx)/πx under a Hann window of the given number of zero crossings.
func sinc(x, zeros float64) float64 {
	switch {
	case x == 0:
		return 1
	case math.Abs(x) >= zeros:
		return 0
	}
	return math.Sin(math.Pi*x) / (math.Pi * x) * (0.5 + 0.5*math.Cos(math.Pi*x/zeros))
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
