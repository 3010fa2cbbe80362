package media

import (
	"encoding/json"
	"fmt"
	"time"
)

// Stats is what the leg measured since the measurement before.
type Stats struct {
	At          time.Time     `json:"at"`
	RTT         time.Duration `json:"rtt"`         // of the network, browser to gateway and back
	Jitter      time.Duration `json:"jitter"`      // of received packets (RFC 3550 section 6.4.1)
	Buffer      time.Duration `json:"buffer"`      // mean time in the jitter buffer
	LossIn      float64       `json:"lossIn"`      // share of packets that did not arrive here, 0 to 1
	LossOut     float64       `json:"lossOut"`     // the same at the gateway, from its receiver reports
	LevelIn     float64       `json:"levelIn"`     // loudness of the far side, 0 to 1
	LevelOut    float64       `json:"levelOut"`    // loudness of the microphone, 0 to 1
	BytesIn     uint64        `json:"bytesIn"`     // payload received since the leg began
	BytesOut    uint64        `json:"bytesOut"`    // payload sent since the leg began
	PacketsIn   uint64        `json:"packetsIn"`   // received since the leg began
	PacketsOut  uint64        `json:"packetsOut"`  // sent since the leg began
	PacketsLost int64         `json:"packetsLost"` // towards here, since the leg began
	MOS         float64       `json:"mos"`         // estimate of what the agent hears, 0 if nothing was received
	Codec       string        `json:"codec"`       // "audio/PCMU"
}

// Level is the coarse quality.
func (s Stats) Level() Level { return LevelOf(s.MOS) }

// report is one entry of an RTCStatsReport (W3C webrtc-stats), as far as it is
// looked at.
type report struct {
	ID            string  `json:"id"`
	Type          string  `json:"type"`
	Kind          string  `json:"kind"`
	SelectedPair  string  `json:"selectedCandidatePairId"`
	PairRTT       float64 `json:"currentRoundTripTime"`
	Nominated     bool    `json:"nominated"`
	State         string  `json:"state"`
	RTT           float64 `json:"roundTripTime"`
	FractionLost  float64 `json:"fractionLost"`
	Received      uint64  `json:"packetsReceived"`
	Sent          uint64  `json:"packetsSent"`
	Lost          int64   `json:"packetsLost"`
	Jitter        float64 `json:"jitter"`
	BytesReceived uint64  `json:"bytesReceived"`
	BytesSent     uint64  `json:"bytesSent"`
	AudioLevel    float64 `json:"audioLevel"`
	BufferDelay   float64 `json:"jitterBufferDelay"`
	BufferEmitted float64 `json:"jitterBufferEmittedCount"`
	CodecID       string  `json:"codecId"`
	MimeType      string  `json:"mimeType"`
}

// meter turns reports, whose counters grow from the start of the leg, into
// measurements of the time between two of them.
type meter struct {
	received      uint64
	lost          int64
	bufferDelay   float64
	bufferEmitted float64
}

// read takes the values of an RTCStatsReport as a JSON array.
func (m *meter) read(at time.Time, text string) (Stats, error) {
	var reports []report
	if err := json.Unmarshal([]byte(text), &reports); err != nil {
		return Stats{}, fmt.Errorf("failed to read the statistics: %w", err)
	}
	s := Stats{At: at}
	byID := make(map[string]*report, len(reports))
	selected := ""
	for i := range reports {
		byID[reports[i].ID] = &reports[i]
		if reports[i].Type == "transport" {
			selected = reports[i].SelectedPair
		}
	}
	for i := range reports {
		r := &reports[i]
		if r.Kind == "video" {
			continue // the score is that of the sound
		}
		switch r.Type {
		case "candidate-pair":
			// Firefox has no selectedCandidatePairId: there the nominated pair is it.
			if r.ID == selected || selected == "" && r.Nominated && r.State == "succeeded" {
				s.RTT = seconds(r.PairRTT)
			}
		case "inbound-rtp":
			m.inbound(&s, r)
			if c := byID[r.CodecID]; c != nil {
				s.Codec = c.MimeType
			}
		case "outbound-rtp":
			s.BytesOut, s.PacketsOut = r.BytesSent, r.Sent
		case "remote-inbound-rtp":
			s.LossOut = min(max(r.FractionLost, 0), 1)
			if s.RTT == 0 {
				s.RTT = seconds(r.RTT)
			}
		case "media-source":
			s.LevelOut = r.AudioLevel
		}
	}
	m.score(&s)
	return s, nil
}

func (m *meter) inbound(s *Stats, r *report) {
	s.PacketsIn, s.PacketsLost, s.BytesIn = r.Received, r.Lost, r.BytesReceived
	s.Jitter, s.LevelIn = seconds(r.Jitter), r.AudioLevel
	if emitted := r.BufferEmitted - m.bufferEmitted; emitted > 0 {
		s.Buffer = seconds((r.BufferDelay - m.bufferDelay) / emitted)
	}
	m.bufferDelay, m.bufferEmitted = r.BufferDelay, r.BufferEmitted
}

// score fills loss and MOS from the counters since the last measurement.
func (m *meter) score(s *Stats) {
	received, lost := int64(s.PacketsIn-min(m.received, s.PacketsIn)), max(s.PacketsLost-m.lost, 0)
	m.received, m.lost = s.PacketsIn, s.PacketsLost
	if received == 0 {
		return
	}
	s.LossIn = float64(lost) / float64(received+lost)
	const packet = 20 * time.Millisecond // G.711 in frames of 20 ms
	s.MOS = MOS(s.RTT/2+s.Buffer+packet, s.LossIn)
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
