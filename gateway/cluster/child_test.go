package cluster

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// childEnv makes the test program a node, as the JSON in it says.
const childEnv = "TCCC_CLUSTER_TEST_NODE"

func TestMain(m *testing.M) {
	if text := os.Getenv(childEnv); text != "" {
		os.Exit(child(text))
	}
	goleak.VerifyTestMain(m)
}

// childSpec is what a child is told.
type childSpec struct {
	Node, Cluster, Listen, Secret, Dir string
	Routes, Apps                       []string
	Times                              Times
	Wire, Least                        int
	ClockAhead                         time.Duration
	Cert, Key, CA                      string
}

// report is what a child says whenever something has changed.
type report struct {
	Node, Instance string
	Health         string           // why it cannot serve
	Failed         string           // why it has ended
	Owners         map[string]Owner // by application
	May            map[string]uint64
	Nodes          []NodeStatus
	Log            string            // a warning
	Orders         map[string]uint64 // what an owner tells others to do, a moment after it asked whether it may
	Wrote          *wrote
}

// wrote is a write of a record, as its writer saw it.
type wrote struct {
	App           string
	Expect, Fence uint64
	Owner         string // instance
	Began, Ended  int64
	Stale         bool // refused; without Fence and this nobody knows what became of it
	Ghost         bool // of one that was killed; it may have expected anything
}

// child is a node until its standard input ends. It gives an order for each
// application it may act for, again and again: "offer app fence".
func child(text string) int {
	var spec childSpec
	if err := json.Unmarshal([]byte(text), &spec); err != nil {
		return 2
	}
	before := goleak.IgnoreCurrent()
	var mu sync.Mutex
	say := func(r report) {
		line, _ := json.Marshal(r)
		mu.Lock()
		defer mu.Unlock()
		_, _ = os.Stdout.Write(append(line, '\n'))
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	opts := Options{
		Cluster: spec.Cluster, Node: spec.Node, Listen: spec.Listen, Routes: spec.Routes, Secret: spec.Secret,
		Dir: spec.Dir, Apps: spec.Apps, Times: spec.Times, wire: wires{spec.Wire, spec.Least},
		wall: func() time.Time { return time.Now().Add(spec.ClockAhead) },
		trace: func(began time.Time, w write, fence uint64, err error) {
			say(report{Wrote: &wrote{
				App: w.app, Expect: w.fence, Fence: fence, Owner: w.rec.Instance, Stale: errors.Is(err, errStale),
				Began: began.UnixNano(), Ended: time.Now().UnixNano(),
			}})
		},
		Log: slog.New(slog.NewTextHandler(logLines(func(line string) { say(report{Log: line}) }), nil)),
	}
	commands := make(chan string)
	go func() {
		defer cancel()
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			commands <- lines.Text()
		}
	}()
	var err error
	if opts.TLS, err = loadTLS(spec); err == nil {
		var n *Node
		if n, err = Start(ctx, opts); err == nil {
			n.work.Go(func() { order(ctx, n, spec.Apps, say) })
			tell(ctx, n, spec.Apps, commands, say)
			n.Close()
			if err = goleak.Find(before); err == nil {
				return 0
			}
		}
	}
	say(report{Failed: err.Error()})
	return 1
}

type logLines func(string)

func (f logLines) Write(b []byte) (int, error) { f(strings.TrimSpace(string(b))); return len(b), nil }

// order gives orders for the applications that the node might act for a moment
// before: whatever happens in between is what fences are for.
func order(ctx context.Context, n *Node, apps []string, say func(report)) {
	for ctx.Err() == nil {
		r := state(n, apps)
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
		if len(r.May) > 0 {
			say(report{Node: r.Node, Instance: r.Instance, Orders: r.May})
		}
	}
}

// tell reports every change until the context ends.
func tell(ctx context.Context, n *Node, apps []string, commands <-chan string, say func(report)) {
	last := ""
	for {
		changed := n.Changed()
		r := state(n, apps)
		if text := fmt.Sprint(r); text != last {
			last = text
			say(r)
		}
		select {
		case <-ctx.Done():
			return
		case text := <-commands:
			obey(ctx, n, text, say)
		case <-changed:
		}
	}
}

func state(n *Node, apps []string) report {
	r := report{
		Node: n.opts.Node, Instance: n.instance, Owners: map[string]Owner{}, May: map[string]uint64{}, Nodes: n.Nodes(),
	}
	if err := n.Health(); err != nil {
		r.Health = err.Error()
	}
	for _, app := range apps {
		if o, ok := n.Owner(app); ok {
			r.Owners[app] = o
		}
		if fence, ok := n.May(app); ok {
			r.May[app] = fence
		}
	}
	for i := range r.Nodes {
		r.Nodes[i].Silent = 0
	}
	return r
}

// obey does what the test says.
func obey(ctx context.Context, n *Node, text string, say func(report)) {
	words := strings.Fields(text)
	switch words[0] {
	case "drain":
		if err := n.Drain(ctx); err != nil {
			say(report{Log: err.Error()})
		}
	case "stepdown":
		bucket, _ := strconv.Atoi(words[1])
		n.outside(func(ctx context.Context) { n.move(ctx, move{bucket, words[2]}) })
	case "load":
		loading, stop := context.WithCancel(ctx)
		rest = stop
		n.work.Go(func() { load(loading, n, words[1]) })
	case "rest":
		rest()
	}
}

// rest ends what load does.
var rest = func() {}

// load writes the record of an application as fast as it can, as owners that
// follow each other would.
func load(loading context.Context, n *Node, app string) {
	fence := uint64(0)
	for loading.Err() == nil {
		ctx, cancel := context.WithTimeout(loading, n.opts.Times.Write)
		next, err := n.records.write(ctx, write{app, fence, record{Instance: rand.Text()}})
		if err == nil {
			fence = next
		} else {
			all, _ := n.records.read(ctx, bucketOf(app), fence)
			for _, l := range all {
				if l.app == app {
					fence = l.fence
				}
			}
		}
		cancel()
	}
}

// quiet takes no lines; noTLS has nothing in it.
var (
	quiet = slog.New(slog.DiscardHandler)
	noTLS = &tls.Config{}
)

// patient bounds what a test waits for.
const patient = 60 * time.Second

// process is a child.
type process struct {
	t     *testing.T
	spec  childSpec
	cmd   *exec.Cmd
	stdin io.WriteCloser
	done  chan struct{}
	err   error // of the process, when it is done

	mu      sync.Mutex
	last    report
	logs    []string
	changed chan struct{}
	heard   func(at time.Time, r report) // of every report
}

func startChild(t *testing.T, spec childSpec, heard func(time.Time, report)) *process {
	t.Helper()
	text, err := json.Marshal(spec)
	require.NoError(t, err)
	p := &process{t: t, spec: spec, done: make(chan struct{}), changed: make(chan struct{}), heard: heard}
	p.cmd = exec.Command(os.Args[0], "-test.run=^$")
	p.cmd.Env = append(os.Environ(), childEnv+"="+string(text), "GORACE=halt_on_error=1")
	p.cmd.Stderr = os.Stderr
	p.stdin, err = p.cmd.StdinPipe()
	require.NoError(t, err)
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	go p.follow(out)
	t.Cleanup(p.kill)
	return p
}

func (p *process) follow(out io.Reader) {
	defer close(p.done)
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r report
		if json.Unmarshal(lines.Bytes(), &r) != nil {
			continue
		}
		if p.heard != nil {
			p.heard(time.Now(), r)
		}
		if r.Orders != nil || r.Wrote != nil {
			continue
		}
		p.mu.Lock()
		if r.Log != "" {
			p.logs = append(p.logs, r.Log)
		} else {
			p.last = r
		}
		close(p.changed)
		p.changed = make(chan struct{})
		p.mu.Unlock()
	}
	p.err = p.cmd.Wait()
}

// kill ends the child as kill -9 does.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

func (p *process) signal(s syscall.Signal) { require.NoError(p.t, p.cmd.Process.Signal(s)) }

// close ends the child in order.
func (p *process) close() {
	_ = p.stdin.Close()
	select {
	case <-p.done:
	case <-time.After(patient):
		require.Fail(p.t, "the node does not end", p.spec.Node)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	require.NoError(p.t, p.err, "%s: %s", p.spec.Node, p.last.Failed)
}

func (p *process) tell(format string, args ...any) {
	_, err := fmt.Fprintf(p.stdin, format+"\n", args...)
	require.NoError(p.t, err)
}

// await waits until the child has said what is expected.
func (p *process) await(what string, ok func(r report, logs string) bool) report {
	p.t.Helper()
	over := time.After(patient)
	for {
		p.mu.Lock()
		r, logs, changed := p.last, strings.Join(p.logs, "\n"), p.changed
		p.mu.Unlock()
		if ok(r, logs) {
			return r
		}
		select {
		case <-changed:
		case <-p.done:
			p.mu.Lock()
			r, logs = p.last, strings.Join(p.logs, "\n")
			p.mu.Unlock()
			if ok(r, logs) {
				return r
			}
			require.FailNow(p.t, "the node has ended", "%s, waiting for: %s\nlast: %+v\n%s", p.spec.Node, what, r, logs)
		case <-over:
			require.FailNow(p.t, "it does not come", "%s, waiting for: %s\nlast: %+v\n%s", p.spec.Node, what, r, logs)
		}
	}
}
