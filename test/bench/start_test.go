package bench

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/stretchr/testify/require"

	"tccc/internal/build/flags"
	"tccc/test/harness"
)

// BenchmarkSizes reports what a browser has to fetch.
func BenchmarkSizes(b *testing.B) {
	text, err := os.ReadFile(filepath.Join(harness.Root(), "web", "dist", "manifest.json"))
	require.NoError(b, err)
	var m struct {
		Program, Shell struct{ Size, Brotli float64 }
	}
	require.NoError(b, json.Unmarshal(text, &m))
	table.add("program, raw", "kB", "", m.Program.Size/1000)
	table.add("program, brotli", "kB", "1400", m.Program.Brotli/1000)
	table.add("shell, raw", "kB", "", m.Shell.Size/1000)
	table.add("shell, brotli", "kB", "8", m.Shell.Brotli/1000)
}

// starts is how many cold and how many repeated starts are measured.
const starts = 15

// BenchmarkStart measures from the script element to ready, log-in included,
// beside a Go program that does nothing. A cold start is one in a browser
// context that has never seen the program.
func BenchmarkStart(b *testing.B) {
	g := harness.StartGateway(b, harness.GatewayOptions{})
	bare := bareSite(b)
	var cold, answered, repeat, coldBare, repeatBare, ratio []float64
	for range starts {
		p := harness.NewPage(b, bare)
		coldBare = append(coldBare, harness.Eval[float64](p, "bareStart()"))
		p.Navigate(bare)
		repeatBare = append(repeatBare, harness.Eval[float64](p, "bareStart()"))
		p.Close()

		site := harness.CustomerSite()
		url := site.Origin + site.Page("<!doctype html><body></body>", "")
		p = harness.NewPage(b, url)
		cold = append(cold, ready(b, g, p))
		answered = append(answered, commanded(p))
		p.Navigate(url)
		repeat = append(repeat, ready(b, g, p))
		p.Close()
		ratio = append(ratio, cold[len(cold)-1]/coldBare[len(coldBare)-1])
	}
	table.add("start to ready, cold", "ms", "", cold...)
	table.add("start of a bare Go program, cold", "ms", "", coldBare...)
	table.add("their ratio", "times", "2.5", ratio...)
	table.add("start to the first command answered, cold", "ms", "", answered...)
	table.add("start to ready, repeated", "ms", "", repeat...)
	table.add("start of a bare Go program, repeated", "ms", "", repeatBare...)
}

// ready loads the SDK and gives the time from the script element to ready.
func ready(b *testing.B, g *harness.Gateway, p *harness.Page) float64 {
	p.Load(g.Login(b, "agent1@demo").SDKURL, map[string]string{"crossorigin": "anonymous"})
	return p.Await("ready").At - harness.Eval[float64](p, "harness.started")
}

// commanded gives the time from the script element to the answer of a command:
// the program is there by then.
func commanded(p *harness.Page) float64 {
	p.Do("tccc.Agent.setStatus({status: 'rest'})")
	return harness.Eval[float64](p, "performance.now() - harness.started")
}

// bareSite builds the bare program and serves it as the gateway serves the SDK.
func bareSite(b *testing.B) (url string) {
	out := filepath.Join(b.TempDir(), "bare.wasm")
	cmd := exec.CommandContext(b.Context(), "go",
		append(append([]string{"build", "-o", out}, flags.ForBrowser()...), "./test/bench/bare")...)
	cmd.Dir, cmd.Env = harness.Root(), flags.Browser(nil)
	text, err := cmd.CombinedOutput()
	require.NoError(b, err, "%s", text)
	program, err := os.ReadFile(out)
	require.NoError(b, err)
	runtime, err := os.ReadFile(filepath.Join(harness.Root(), "web", "wasm_exec.js"))
	require.NoError(b, err)
	site := harness.CustomerSite()
	site.File("/bare.wasm", harness.File{Kind: "application/wasm", Coding: "br",
		Cache: "public, max-age=31536000, immutable", Body: pack(b, program)})
	site.File("/bare.js", harness.File{Kind: "text/javascript", Coding: "br", Cache: "no-cache", Body: pack(b, append(runtime, `
		;(() => { const go = new Go(); WebAssembly.instantiateStreaming(fetch('/bare.wasm'), go.importObject).then((r) => go.run(r.instance)); })();`...))})
	return site.Origin + site.Page(`<!doctype html><body><script>
		const bareStart = () => new Promise((done) => {
			const began = performance.now();
			window.bareReady = () => done(performance.now() - began);
			const script = document.createElement('script');
			script.src = '/bare.js';
			document.body.appendChild(script);
		});
	</script></body>`, "")
}

func pack(b *testing.B, data []byte) []byte {
	var buf bytes.Buffer
	w := brotli.NewWriterOptions(&buf, brotli.WriterOptions{Quality: brotli.BestCompression, LGWin: 24})
	_, err := w.Write(data)
	require.NoError(b, err)
	require.NoError(b, w.Close())
	return buf.Bytes()
}
