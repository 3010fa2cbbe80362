package media

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestMOS(t *testing.T) {
	// Known points of the E-model: G.711 without impairment gives R 93.2 and MOS
	// 4.41 (ITU-T G.107, table 3); what G.109 calls "some users dissatisfied"
	// begins at R 70, MOS 3.60.
	assert.InDelta(t, 4.41, MOS(0, 0), 0.005)
	assert.InDelta(t, 3.60, fromR(70), 0.005)
	assert.InDelta(t, 4.02, fromR(80), 0.005)
	assert.InDelta(t, 4.34, fromR(90), 0.005)
	assert.Equal(t, 1.0, fromR(-5))
	assert.Equal(t, 4.5, fromR(100))
	assert.Equal(t, 1.0, MOS(10*time.Second, 1))
	assert.Equal(t, MOS(0, 0), MOS(-time.Second, -1), "out of range is clamped")
}

func TestMOSFallsWithDelayAndLoss(t *testing.T) {
	for loss := 0.0; loss < 0.3; loss += 0.01 {
		assert.Greater(t, MOS(50*time.Millisecond, loss), MOS(50*time.Millisecond, loss+0.01))
	}
	for delay := time.Duration(0); delay < 600*time.Millisecond; delay += 20 * time.Millisecond {
		assert.Greater(t, MOS(delay, 0.01), MOS(delay+20*time.Millisecond, 0.01))
	}
}

func TestLevelOf(t *testing.T) {
	for mos, want := range map[float64]Level{0: LevelUnknown, 1: LevelBad, 3.09: LevelBad, 3.1: LevelPoor,
		3.6: LevelFair, 4.03: LevelGood, 4.41: LevelGood} {
		assert.Equal(t, want, LevelOf(mos), "%v", mos)
	}
}

func TestMeterMeasuresTheTimeBetweenReports(t *testing.T) {
	m := new(meter)
	at := time.Unix(1, 0)
	first := `[{"id":"T","type":"transport","selectedCandidatePairId":"P"},
		{"id":"O","type":"candidate-pair","currentRoundTripTime":0.5,"nominated":true,"state":"succeeded"},
		{"id":"P","type":"candidate-pair","currentRoundTripTime":0.04},
		{"id":"C","type":"codec","mimeType":"audio/PCMU"},
		{"id":"I","type":"inbound-rtp","kind":"audio","codecId":"C","packetsReceived":100,"packetsLost":0,"jitter":0.003,"bytesReceived":16000,"audioLevel":0.2,"jitterBufferDelay":160,"jitterBufferEmittedCount":8000},
		{"id":"U","type":"outbound-rtp","bytesSent":8000,"packetsSent":50},
		{"id":"R","type":"remote-inbound-rtp","fractionLost":0.25,"roundTripTime":9},
		{"id":"M","type":"media-source","audioLevel":0.4}]`
	s, err := m.read(at, first)
	assert.NoError(t, err)
	assert.Equal(t, Stats{At: at, RTT: 40 * time.Millisecond, Jitter: 3 * time.Millisecond,
		Buffer:  20 * time.Millisecond,
		LossOut: 0.25, LevelIn: 0.2, LevelOut: 0.4, BytesIn: 16000, BytesOut: 8000, PacketsIn: 100, PacketsOut: 50,
		MOS: MOS(60*time.Millisecond, 0), Codec: "audio/PCMU"}, s)

	s, err = m.read(at, `[{"id":"I","type":"inbound-rtp","packetsReceived":190,"packetsLost":10,"jitterBufferDelay":560,"jitterBufferEmittedCount":18000}]`)
	assert.NoError(t, err)
	assert.InDelta(t, 0.1, s.LossIn, 1e-9, "10 of the last 100")
	assert.Equal(t, 40*time.Millisecond, s.Buffer)

	s, err = m.read(at, `[{"id":"I","type":"inbound-rtp","packetsReceived":190,"packetsLost":10}]`)
	assert.NoError(t, err)
	assert.Zero(t, s.MOS, "nothing was received: nothing is known")
	assert.Equal(t, LevelUnknown, s.Level())

	_, err = m.read(at, `{`)
	assert.Error(t, err)
}

func TestMelodiesDoNotClick(t *testing.T) {
	peaks := map[*melody]float32{}
	for _, m := range []*melody{&callMelody, &chatMelody, &messageMelody} {
		samples := m.samples()
		assert.Zero(t, samples[0])
		assert.Zero(t, samples[len(samples)-1])
		for _, s := range samples {
			peaks[m] = max(peaks[m], max(s, -s))
		}
	}
	assert.Greater(t, peaks[&callMelody], float32(0.2), "it can be heard")
	assert.LessOrEqual(t, peaks[&callMelody], float32(1), "it does not clip")
	assert.Less(t, peaks[&chatMelody], peaks[&callMelody]/2, "a chat is softer")
	assert.Less(t, peaks[&messageMelody], peaks[&chatMelody])
	assert.Greater(t, peaks[&messageMelody], float32(0.03))
}

func TestChoiceSurvivesTheStore(t *testing.T) {
	c := Choice{Microphone: "m", Ringtone: "r"}
	assert.Equal(t, c, decodeChoice(c.encode()))
	assert.Equal(t, Choice{}, decodeChoice(""))
	assert.Equal(t, Choice{}, decodeChoice(`{"microphone":7}`))
	*c.of(Speaker) = "s"
	assert.Equal(t, "s", c.Speaker)
	assert.Nil(t, c.of("headset"))
}
