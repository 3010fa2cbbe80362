package rtc

import (
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/transport/v4/packetio"
)

// Limits of what waits to be read, as Pion has them.
const (
	mostMedia   = 1000 * 1000 // bytes
	mostReports = 100 * 1000
)

// inlets are where Pion puts what it has decrypted for one connection, by source.
type inlets struct {
	mu  sync.Mutex
	all map[uint32]*inlet
}

// make is a webrtc.SettingEngine's BufferFactory.
func (in *inlets) make(kind packetio.BufferPacketType, ssrc uint32) io.ReadWriteCloser {
	queue := packetio.NewBuffer()
	if kind != packetio.RTPBufferPacket {
		queue.SetLimitSize(mostReports)
		return queue
	}
	queue.SetLimitSize(mostMedia)
	i := &inlet{queue: queue}
	i.gone = func() { in.forget(ssrc, i) }
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.all == nil {
		in.all = map[uint32]*inlet{}
	}
	in.all[ssrc] = i // a source that comes back begins anew
	return i
}

func (in *inlets) forget(ssrc uint32, i *inlet) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.all[ssrc] == i {
		delete(in.all, ssrc)
	}
}

// of is the inlet of a source; nil if it has none.
func (in *inlets) of(ssrc uint32) *inlet {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.all[ssrc]
}

// inlet is the media of one source. It is a queue until it is opened; then each
// packet is taken by the goroutine that has decrypted it: to wake another one for
// it costs more than all that is done with it.
type inlet struct {
	take atomic.Pointer[func([]byte)]
	gone func()

	mu    sync.Mutex
	queue *packetio.Buffer
	reads int // packets that have left the queue
}

// Write takes a packet. Pion calls it from one goroutine for all sources of a
// connection, which Close of the connection waits for.
func (i *inlet) Write(p []byte) (int, error) {
	if take := i.take.Load(); take != nil {
		(*take)(p)
		return len(p), nil
	}
	i.mu.Lock()
	if take := i.take.Load(); take != nil {
		i.mu.Unlock()
		(*take)(p)
		return len(p), nil
	}
	defer i.mu.Unlock()
	return i.queue.Write(p)
}

// Read takes a packet out of the queue. Once the inlet is open it waits for the end.
func (i *inlet) Read(p []byte) (int, error) {
	n, err := i.queue.Read(p)
	if n > 0 || err == nil {
		i.mu.Lock()
		i.reads++
		i.mu.Unlock()
	}
	return n, err
}

// open gives take all packets that come from now on, if everything before has been
// read and has reached the reader, who counts what it has got: Pion looks at the
// first packets of sources that the offer does not name.
func (i *inlet) open(got int, take func([]byte)) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.reads != got || i.queue.Count() > 0 {
		return false
	}
	i.take.Store(&take)
	return true
}

// SetReadDeadline is for Pion.
func (i *inlet) SetReadDeadline(t time.Time) error { return i.queue.SetReadDeadline(t) }

// Close ends what is read.
func (i *inlet) Close() error {
	i.gone()
	return i.queue.Close()
}
