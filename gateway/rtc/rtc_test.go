package rtc

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"testing"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tccc/gateway/audio"
	"tccc/gateway/mix"
)

func TestMain(m *testing.M) {
	if n, err := strconv.Atoi(os.Getenv(peersEnv)); err == nil {
		if err := runPeers(n); err != nil {
			fmt.Fprintln(os.Stderr, "peers:", err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func isLoopback(ip net.IP) bool { return ip.IsLoopback() }

func clipOf(hz float64) *mix.Clip {
	tone := audio.Tone(hz, 0.3)
	return mix.NewClip(tone.Samples(audio.Rate))
}

// A browser hears what is played to it and is heard, over each transport.
func TestHearsAndIsHeard(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			s := serve(t, Options{})
			e := metronome(t)
			p := newPeer(t, peerOptions{tcp: transport == "tcp", codecs: codec(webrtc.MimeTypePCMU)})
			l := connect(t, s, p, LegOptions{})
			e.Play(l, clipOf(440), mix.PlayOptions{Loop: true})
			p.speak(1000)
			in := newEar()
			l.Receive(in)
			p.awaitTone(440)
			in.awaitTone(t, 1000)
			require.Equal(t, transport, l.Stats().CandidatePair)
			requireContinuous(t, p.heard())
			require.NoError(t, l.Close())
			require.Zero(t, s.Legs())
		})
	}
}

// requireContinuous checks that packets are one stream without a loss.
func requireContinuous(t testing.TB, h []rtp.Packet) {
	t.Helper()
	for i := 1; i < len(h); i++ {
		require.Equal(t, h[i-1].SequenceNumber+1, h[i].SequenceNumber, "packet %d", i)
		require.Equal(t, h[i-1].SSRC, h[i].SSRC)
		d := int32(h[i].Timestamp - h[i-1].Timestamp)
		require.Positive(t, d, "packet %d", i)
		require.Zero(t, d%160, "packet %d", i)
	}
}
