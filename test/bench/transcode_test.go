package bench

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tccc/gateway/audio"
	"tccc/gateway/mix"
)

// packets keeps what a port sends.
type packets [][]byte

// WritePacket implements mix.PacketWriter.
func (p *packets) WritePacket(_ mix.Codec, _ bool, _ uint16, _ uint32, payload []byte) error {
	*p = append(*p, append([]byte(nil), payload...))
	return nil
}

// nowhere is a peer that takes everything.
type nowhere struct{}

// WritePacket implements mix.PacketWriter.
func (nowhere) WritePacket(mix.Codec, bool, uint16, uint32, []byte) error { return nil }

// BenchmarkTranscoding measures what a call costs whose ends speak different codecs,
// both ways, beside what every call costs. The sound is that of the demo's menu.
func BenchmarkTranscoding(b *testing.B) {
	for _, pair := range [][2]mix.Codec{{mix.PCMU, mix.Opus}, {mix.PCMU, mix.G722}, {mix.G722, mix.Opus}} {
		b.Run(fmt.Sprint(pair[0], " and ", pair[1]), func(b *testing.B) {
			var took time.Duration
			var spoken int
			for _, way := range [][2]mix.Codec{{pair[0], pair[1]}, {pair[1], pair[0]}} {
				speech := said(b, way[0])
				port := mix.NewPort(nowhere{})
				port.SetCodec(way[1])
				feed := port.NewFeed()
				began := time.Now()
				for i, payload := range speech {
					feed.WriteFrame(&mix.Frame{Codec: way[0], Seq: uint16(i),
						Timestamp: uint32(i) * way[0].Clock() / 50, Payload: payload})
				}
				took += time.Since(began)
				spoken = len(speech)
			}
			share := 100 * took.Seconds() / (time.Duration(spoken) * mix.FrameTime).Seconds()
			table.add(fmt.Sprintf("transcoding a call, %v and %v", pair[0], pair[1]), "% of a core", "3", share)
		})
	}
}

// said is the menu in a codec, in packets of 20 ms.
func said(b *testing.B, codec mix.Codec) packets {
	pcm, err := audio.Prompt(audio.PromptDemoIVR)
	require.NoError(b, err)
	clip := mix.NewClip(pcm)
	var out packets
	port := mix.NewPort(&out)
	port.SetCodec(codec)
	feed := port.NewFeed()
	for i := range clip.Frames() {
		feed.WriteFrame(&mix.Frame{Codec: mix.PCMU, Seq: uint16(i), Timestamp: uint32(i) * audio.FrameSamples,
			Payload: clip.Frame(mix.PCMU, i)})
	}
	require.Len(b, out, clip.Frames())
	return out
}
