package record

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
	"github.com/prometheus/client_golang/prometheus"

	"tccc/gateway/audio"
	"tccc/gateway/config"
	"tccc/gateway/disk"
	"tccc/gateway/mix"
	"tccc/gateway/track"
)

const (
	flushEvery = 200 * time.Millisecond
	sweepEvery = time.Hour
	// longest bounds a recording: a WAV file holds 4 GB.
	longest = 48 * time.Hour
)

// Options of a Recorder.
type Options struct {
	Apps []config.App
	// Dir is where recordings of applications go that name no directory.
	Dir string
	// Room says why no recording begins now; nil: one does.
	Room func() error
	Log  *slog.Logger
	// Now is the clock of retention; the default is time.Now.
	Now func() time.Time
}

// Recorder makes recordings and looks after their files.
type Recorder struct {
	log  *slog.Logger
	now  func() time.Time
	room func() error
	apps map[string]appConf

	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup

	live   atomic.Int64
	made   prometheus.Counter
	failed prometheus.Counter
}

type appConf struct {
	dir    string
	keep   time.Duration
	record bool
	format *format
	film   bool // video sessions with their pictures
}

// Open makes the directories, completes what an earlier process left, and
// begins to remove what is older than its retention.
func Open(o Options) (*Recorder, error) {
	r := &Recorder{
		log: o.Log, now: o.Now, room: o.Room, apps: map[string]appConf{},
		made: prometheus.NewCounter(prometheus.CounterOpts{Name: "tccc_recordings_total",
			Help: "Recordings completed."}),
		failed: prometheus.NewCounter(prometheus.CounterOpts{Name: "tccc_recording_failures_total",
			Help: "Recordings that could not be written."}),
	}
	if r.now == nil {
		r.now = time.Now
	}
	if r.room == nil {
		r.room = func() error { return nil }
	}
	r.ctx, r.stop = context.WithCancel(context.Background())
	for i := range o.Apps {
		a := &o.Apps[i]
		dir := a.Recording.Dir
		if dir == "" {
			dir = o.Dir
		}
		c := appConf{filepath.Join(dir, a.SDKAppID), a.Recording.Retention, a.Recording.Enabled,
			formatNamed(a.Recording.Format), a.Recording.Video}
		r.apps[a.SDKAppID] = c
		if !c.record {
			continue
		}
		if err := os.MkdirAll(c.dir, 0o700); err != nil {
			return nil, fmt.Errorf("failed to make the directory of recordings: %w", err)
		}
	}
	r.recover()
	r.work.Go(r.sweeps)
	return r, nil
}

// recover completes files that were under way when a process ended.
func (r *Recorder) recover() {
	r.walk(func(_ appConf, path string, _ fs.FileInfo) {
		name, ok := strings.CutSuffix(path, part)
		if !ok {
			return
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err == nil && !disk.Own(f) {
			_ = f.Close() // a conversation of another gateway that goes on
			return
		}
		if err == nil {
			err = errors.Join(salvage(f, name), f.Close())
		}
		if err != nil {
			r.log.Error("an unfinished recording could not be completed", "file", path, "err", err)
		}
	})
}

// walk visits the files of all applications.
func (r *Recorder) walk(f func(c appConf, path string, info fs.FileInfo)) {
	for _, c := range r.apps {
		_ = filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil // what cannot be read is left alone
			}
			if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
				f(c, path, info)
			}
			return nil
		})
	}
}

func (r *Recorder) sweeps() {
	t := time.NewTicker(sweepEvery)
	defer t.Stop()
	for {
		r.sweep()
		select {
		case <-t.C:
		case <-r.ctx.Done():
			return
		}
	}
}

// sweep removes recordings that are older than their retention, and the
// directories of days that are empty then.
func (r *Recorder) sweep() {
	now := r.now()
	r.walk(func(c appConf, path string, info fs.FileInfo) {
		if c.keep <= 0 || formatOf(path) == nil || now.Sub(info.ModTime()) < c.keep {
			return
		}
		if err := os.Remove(path); err != nil {
			r.log.Error("an old recording could not be removed", "file", path, "err", err)
			return
		}
		_ = os.Remove(filepath.Dir(path)) // if it is empty
	})
}

var (
	plainID = regexp.MustCompile(`^[A-Za-z0-9_]{1,64}$`)
	fullID  = regexp.MustCompile(`^([0-9]{1,20})-([0-9]{8})-([A-Za-z0-9_]{1,64})$`)
)

// path finds the file of a recording, without its extension.
func (r *Recorder) path(id string) (string, bool) {
	m := fullID.FindStringSubmatch(id)
	if m == nil {
		return "", false
	}
	c, ok := r.apps[m[1]]
	return filepath.Join(c.dir, m[2], m[3]), ok
}

// Record begins a recording of a session, of video or of sound; nil if those of
// the application are not recorded. It does not block.
func (r *Recorder) Record(app, session string, video bool) *Recording {
	if r == nil || !r.apps[app].record || !plainID.MatchString(session) || r.ctx.Err() != nil {
		return nil
	}
	if err := r.room(); err != nil {
		r.failed.Inc()
		r.log.Warn("a conversation is not recorded", "session", session, "err", err)
		return nil
	}
	begin := time.Now()
	c := &Recording{
		format: r.apps[app].format,
		id:     app + "-" + begin.UTC().Format("20060102") + "-" + session, r: r, begin: begin,
		customer: track.New(begin, 0), agents: []*track.Track{track.New(begin, 0)}, end: make(chan struct{}),
	}
	if video && r.apps[app].film {
		c.format, c.pictures = formatNamed("film"), [2]*picture{{begin: begin}, {begin: begin}}
	}
	r.live.Add(1)
	r.work.Go(c.run)
	return c
}

// Close completes what is under way.
func (r *Recorder) Close(ctx context.Context) error {
	if r == nil {
		return nil
	}
	r.stop()
	worked := make(chan struct{})
	go func() { r.work.Wait(); close(worked) }()
	select {
	case <-worked:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("failed to complete the recordings: %w", ctx.Err())
	}
}

var liveDesc = prometheus.NewDesc("tccc_recordings", "Recordings under way.", nil, nil)

// Describe implements prometheus.Collector.
func (r *Recorder) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(r, ch) }

// Collect implements prometheus.Collector.
func (r *Recorder) Collect(ch chan<- prometheus.Metric) {
	r.made.Collect(ch)
	r.failed.Collect(ch)
	ch <- prometheus.MustNewConstMetric(liveDesc, prometheus.GaugeValue, float64(r.live.Load()))
}

// maxAgents is how many voices beside the customer's are kept apart until they
// are mixed.
const maxAgents = 8

// Recording is one under way.
type Recording struct {
	id       string
	r        *Recorder
	begin    time.Time
	format   *format
	customer *track.Track
	end      chan struct{}
	once     sync.Once

	mu     sync.Mutex
	agents []*track.Track // at least one

	pictures [2]*picture // the customer's and the agent's; nil without
}

// ID names the recording for good.
func (c *Recording) ID() string { return c.id }

// Customer takes what the customer says: the left channel.
func (c *Recording) Customer() mix.Sink { return c.customer }

// Agent takes what the n-th of the others says, from 0: together they are the
// right channel.
func (c *Recording) Agent(n int) mix.Sink {
	c.mu.Lock()
	defer c.mu.Unlock()
	n = min(n, maxAgents-1)
	for len(c.agents) <= n {
		c.agents = append(c.agents, track.New(c.begin, c.agents[0].Taken()))
	}
	return c.agents[n]
}

// Pictures take what the customer and the agent show; false if only sound is
// recorded. They report whether a key frame is needed, and do not block.
func (c *Recording) Pictures() (customer, agent func(p *rtp.Packet, h264 bool, now time.Time) bool, ok bool) {
	if c.pictures[0] == nil {
		return nil, nil, false
	}
	return c.pictures[0].Packet, c.pictures[1].Packet, true
}

// Close ends the recording; the file is completed a moment later. It may be
// called more than once.
func (c *Recording) Close() { c.once.Do(func() { close(c.end) }) }

// run writes the file until the recording ends.
func (c *Recording) run() {
	defer c.r.live.Add(-1)
	if err := c.write(); err != nil {
		c.r.failed.Inc()
		c.r.log.Error("a recording was lost or is incomplete", "recording", c.id, "err", err)
		return
	}
	c.r.made.Inc()
}

func (c *Recording) write() (err error) {
	path, _ := c.r.path(c.id)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path+part, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	disk.Own(f) // other gateways may see the directory
	if err := c.fill(f); err != nil {
		return errors.Join(err, salvage(f, path)) // what is there can be heard
	}
	kind, err := formatIn(f)
	if err != nil {
		return err
	}
	return settle(f, path+kind.end)
}

// fill writes the whole file.
func (c *Recording) fill(f *os.File) error {
	file, err := c.format.create(f, c)
	if err != nil {
		return err
	}
	ticks := time.NewTicker(flushEvery)
	defer ticks.Stop()
	pairs := make([]byte, 0, 2*track.Length)
	for open := true; open; {
		until := time.Now().Add(-track.Settle)
		select {
		case <-ticks.C:
		case <-c.end:
			open, until = false, time.Now()
		case <-c.r.ctx.Done():
			open, until = false, time.Now()
		}
		if time.Since(c.begin) > longest {
			open = false
		}
		if err := c.flush(file, pairs, track.Place(until.Sub(c.begin))); err != nil {
			return err
		}
	}
	return file.end()
}

// flush writes the time line up to a place.
func (c *Recording) flush(file container, pairs []byte, until int64) error {
	for c.customer.Taken() < until {
		n := int(min(until-c.customer.Taken(), track.Length))
		pairs = pairs[:2*n]
		c.customer.Take(pairs, n, 2)
		c.takeAgents(pairs[1:], n)
		if err := file.write(pairs); err != nil {
			return err
		}
	}
	return nil
}

// takeAgents mixes what the others say.
func (c *Recording) takeAgents(dst []byte, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.agents[0].Take(dst, n, 2)
	if len(c.agents) == 1 {
		return
	}
	other := make([]byte, 2*n)
	for _, t := range c.agents[1:] {
		t.Take(other, n, 2)
		for i := 0; i < 2*n; i += 2 {
			if other[i] != audio.SilenceMulaw {
				dst[i] = mixed(dst[i], other[i])
			}
		}
	}
}

// mixed adds two samples.
func mixed(a, b byte) byte {
	var pcm [2]int16
	audio.DecodeMulaw(pcm[:], []byte{a, b})
	sum := [1]int16{int16(max(min(int(pcm[0])+int(pcm[1]), 32767), -32768))}
	var out [1]byte
	audio.EncodeMulaw(out[:], sum[:])
	return out[0]
}
