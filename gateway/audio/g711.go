// Package audio is the gateway's signal processing: G.711, tones and DTMF,
// measurements (energy, strongest frequency), WAV files, hold music. It is
// pure: no sockets, no clocks. All PCM is 8 kHz, 16 bit, mono.
package audio

import "github.com/zaf/g711"

// Rate is the sample rate of all PCM in this package, in Hz.
const Rate = 8000

// FrameSamples is the number of samples in a frame of 20 ms.
const FrameSamples = Rate / 50

// Silence in the two laws of G.711: the codes of the sample 0.
const (
	SilenceMulaw = 0xFF
	SilenceAlaw  = 0xD5
)

var mulawToAlaw, alawToMulaw [256]byte

func init() {
	for i := range 256 {
		mulawToAlaw[i] = g711.Ulaw2AlawFrame(uint8(i))
		alawToMulaw[i] = g711.Alaw2UlawFrame(uint8(i))
	}
}

// MulawToAlaw converts src into dst, which must be at least as long and may be
// src itself (ITU-T G.711 table 3: one step between the laws).
func MulawToAlaw(dst, src []byte) { translate(dst, src, &mulawToAlaw) }

// AlawToMulaw converts src into dst, which must be at least as long and may be
// src itself (ITU-T G.711 table 4).
func AlawToMulaw(dst, src []byte) { translate(dst, src, &alawToMulaw) }

func translate(dst, src []byte, table *[256]byte) {
	dst = dst[:len(src)]
	for i, c := range src {
		dst[i] = table[c]
	}
}

// EncodeMulaw encodes pcm as G.711 mu-law into dst, which must be at least as long.
func EncodeMulaw(dst []byte, pcm []int16) {
	dst = dst[:len(pcm)]
	for i, s := range pcm {
		dst[i] = g711.EncodeUlawFrame(s)
	}
}

// EncodeAlaw encodes pcm as G.711 A-law into dst, which must be at least as long.
func EncodeAlaw(dst []byte, pcm []int16) {
	dst = dst[:len(pcm)]
	for i, s := range pcm {
		dst[i] = g711.EncodeAlawFrame(s)
	}
}

// DecodeMulaw decodes G.711 mu-law into dst, which must be at least as long as src.
func DecodeMulaw(dst []int16, src []byte) {
	dst = dst[:len(src)]
	for i, c := range src {
		dst[i] = g711.DecodeUlawFrame(c)
	}
}

// DecodeAlaw decodes G.711 A-law into dst, which must be at least as long as src.
func DecodeAlaw(dst []int16, src []byte) {
	dst = dst[:len(src)]
	for i, c := range src {
		dst[i] = g711.DecodeAlawFrame(c)
	}
}
