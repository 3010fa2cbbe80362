package bench

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

var (
	withPeers = flag.Bool("peers", false, "measure beside Janus, which must be installed")
	peerCalls = flag.Int("peercalls", 30, "how many calls are measured with each")
	peerLoad  = flag.Int("peerload", 10, "how many calls are up at once while processor time is measured")
)

// peer is something that brings telephone calls to a page. The page has a global
// `peer` with what differs between its kinds; see peerScript.
type peer interface {
	pid() int
	// page opens a page that takes the calls to the address.
	page(b *testing.B) (p *harness.Page, address string)
	// agent is a native program that takes the calls to the address and speaks.
	agent(b *testing.B, n int) (address string)
}

// peerScript is what a page measures with. Each kind of page tells it of calls
// with rang and ended, and gives it accept and hangUp.
const peerScript = `void (window.peer = {
	next() { this.at = {}; },
	at: {},
	rang() { this.at.rang = performance.now(); },
	ended() { this.at.ended = performance.now(); },
	async end() {
		const began = performance.now();
		this.hangUp();
		await harness.until(() => this.at.ended, 10000, () => 'no end');
		return { began, ended: this.at.ended };
	},
}); peer.next()`

// BenchmarkPeers measures Janus with its SIP plugin and janus.js, and this
// project, in turns: the same telephone (sipp for the signalling, a socket for the
// sound), the same browser, the same clock.
func BenchmarkPeers(b *testing.B) {
	if !*withPeers {
		b.Skip("it is for `make bench-peers`")
	}
	t := &beside
	peers := [2]peer{startJanus(b), startSelf(b)}
	pages, addresses := [2]*harness.Page{}, [2]string{}
	for i, p := range peers {
		pages[i], addresses[i] = p.page(b)
	}
	for n := range *peerCalls {
		for i := range peers {
			measureCall(b, t, i, pages[i], addresses[i], n%2 == 0)
		}
	}
	for _, p := range pages {
		p.Close()
	}
	measureLoad(b, t, peers, *peerLoad)
}

// measureCall makes one call, which the caller ends or the agent.
func measureCall(b *testing.B, t *versus, column int, p *harness.Page, address string, byCaller bool) {
	at := clock(b, p)
	p.Run("peer.next()")
	c := ring(b, address, byCaller)
	defer c.close()
	rung := harness.Eval[float64](p, "harness.until(() => peer.at.rang, 10000, () => 'no call').then(() => peer.at.rang)")
	// Whatever a page does when it rings is over when a human answers.
	p.AwaitTrue("performance.now() - peer.at.rang > 800")
	m := harness.Eval[measured](p, "measure(() => peer.accept())")
	require.NoError(b, c.sound.AwaitSound(b.Context()))
	var ended, hungUp float64
	if byCaller {
		ended = harness.Eval[float64](p, "harness.until(() => peer.at.ended, 10000, () => 'no end').then(() => peer.at.ended)")
	} else {
		p.AwaitTrue("performance.now() - peer.at.rang > 2800")
		end := harness.Eval[struct{ Began, Ended float64 }](p, "peer.end()")
		hungUp, ended = end.Began, end.Ended
	}
	log := c.await(b)
	invited, ringing, bye := at(log.sent["INVITE"]), at(log.read["SIP/2.0 180"]), at(log.sent["BYE"])
	t.add(column, "INVITE to the page's event", "2 / 4", rung-invited)
	t.add(column, "INVITE to 180", "0.6 / 1.5", ringing-invited)
	if byCaller {
		t.add(column, "BYE to the page's event", "0.9 / 2", ended-bye)
	} else {
		t.add(column, "agent's hang-up to BYE", "0.7 / 1.5", at(log.read["BYE"])-hungUp)
		t.add(column, "agent's hang-up to the page's event", "1.5 / 2.8", ended-hungUp)
	}
	t.add(column, "accept to caller heard", "30 / 60", m.Heard-m.Began)
	t.add(column, "accept to first packet at the phone", "8 / 15", at(c.sound.First)-m.Began)
	lost, late, gap := quality(c.sound.Frames())
	t.add(column, "packets lost at the phone, of a call", "0", float64(lost))
	t.add(column, "packets out of order", "0", float64(late))
	t.add(column, "longest gap at the phone (ms)", "", gap)
}

// quality looks at what the phone heard: packets that never came, that came
// behind a later one, and the longest time without any.
func quality(frames []harness.Frame) (lost, late int, gap float64) {
	if len(frames) == 0 {
		return 0, 0, 0
	}
	first, last := frames[0].Seq, frames[0].Seq
	for i, f := range frames[1:] {
		if step := int16(f.Seq - last); step > 0 {
			last = f.Seq
		} else {
			late++
		}
		gap = max(gap, f.At.Sub(frames[i].At).Seconds()*1000)
	}
	return int(last-first) + 1 - len(frames), late, gap
}

// measureLoad has calls up at once, with native agents: as many browsers would
// leave nothing of the machine to measure.
func measureLoad(b *testing.B, t *versus, peers [2]peer, n int) {
	for i, p := range peers {
		addresses := make([]string, n)
		for k := range n {
			addresses[k] = p.agent(b, k)
		}
		idle := share(b, p.pid())
		memory := harness.Resident(b, p.pid())
		var calls []*call
		for _, a := range addresses {
			c := ring(b, a, false)
			require.NoError(b, c.sound.AwaitSound(b.Context()))
			calls = append(calls, c)
		}
		busy := share(b, p.pid())
		t.add(i, fmt.Sprintf("CPU of a bridged call, %d calls (%% of a core)", n), "0.25", (busy-idle)/float64(n))
		t.add(i, fmt.Sprintf("CPU without a call, %d agents (%% of a core)", n), "0.1", idle)
		t.add(i, "resident memory, idle (MB)", "60", float64(memory)/1e6)
		t.add(i, "resident memory, in calls (MB)", "65", float64(harness.Resident(b, p.pid()))/1e6)
		for _, c := range calls {
			c.close()
		}
	}
}

// share is the processor time of a process in per cent of a core, over the window.
func share(b *testing.B, pid int) float64 {
	before, began := harness.CPU(b, pid), time.Now()
	time.Sleep(window)
	return 100 * float64(harness.CPU(b, pid)-before) / float64(time.Since(began))
}

// beside is what BenchmarkPeers has measured.
var beside versus

// versus is a table of two columns.
type versus struct{ rows []*versusRow }

type versusRow struct {
	what, aim string
	samples   [2][]float64
}

func (t *versus) add(column int, what, aim string, sample float64) {
	for _, r := range t.rows {
		if r.what == what {
			r.samples[column] = append(r.samples[column], sample)
			return
		}
	}
	t.rows = append(t.rows, &versusRow{what: what, aim: aim})
	t.add(column, what, aim, sample)
}

func (t *versus) print() {
	if len(t.rows) == 0 {
		return
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight|tabwriter.Debug)
	fmt.Fprintf(w, "\nmedian / p95, ms unless said otherwise\t Janus\t this project\t aim\t\n")
	for _, r := range t.rows {
		fmt.Fprintf(w, "%s", r.what)
		for _, s := range r.samples {
			fmt.Fprintf(w, "\t %s", number(quantile(s, 0.5)))
			if len(s) > 1 {
				fmt.Fprintf(w, " / %s", number(quantile(s, 0.95)))
			}
		}
		fmt.Fprintf(w, "\t %s\t\n", r.aim)
	}
	_ = w.Flush() // to the terminal
}
