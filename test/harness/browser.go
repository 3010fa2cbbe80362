package harness

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Browser is a running Chromium.
type Browser struct {
	ctx    context.Context
	cancel func()
}

// Devices is what a browser has and lets pages use.
type Devices int

// Kinds of browser.
const (
	DevicesGranted Devices = iota // fake devices, permission given
	DevicesDenied                 // fake devices, permission refused
	DevicesNone                   // permission given, no devices
)

var shared struct {
	sync.Mutex
	browsers map[Devices]*Browser
	site     *Site
	tone     string
}

// Main runs the tests of a package and ends what they shared: a browser for
// each kind of devices, and the customer's site. Then it calls after.
func Main(m *testing.M, after ...func()) {
	shared.browsers = map[Devices]*Browser{}
	shared.site = NewSite()
	dir, err := os.MkdirTemp("", "tccc-test-")
	if err == nil {
		shared.tone = filepath.Join(dir, "tone.wav")
		err = os.WriteFile(shared.tone, wav(MicTone, time.Second), 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "harness:", err)
		os.Exit(1)
	}
	code := m.Run()
	for _, b := range shared.browsers {
		b.Close()
	}
	shared.site.Close()
	_ = os.RemoveAll(dir)
	for _, f := range after {
		f()
	}
	os.Exit(code)
}

// CustomerSite is the site that the package's pages are on.
func CustomerSite() *Site { return shared.site }

// SharedBrowser is the package's browser with such devices.
func SharedBrowser(t testing.TB, d Devices) *Browser {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	b := shared.browsers[d]
	if b == nil {
		var err error
		b, err = StartBrowser(d)
		require.NoError(t, err)
		shared.browsers[d] = b
	}
	return b
}

// StartBrowser starts a Chromium of its own, with further flags.
func StartBrowser(d Devices, flags ...chromedp.ExecAllocatorOption) (*Browser, error) {
	path, err := Chromium()
	if err != nil {
		return nil, err
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // only the project's own pages are loaded
		chromedp.DisableGPU,
		chromedp.WindowSize(1280, 900),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		// Each window loads pages of its own into renderers that nobody looks at.
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,PreloadTopChromeWebUI,"+
			"WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup"),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
		// A name that is not a secure context, for tests of insecure pages.
		chromedp.Flag("host-resolver-rules", "MAP insecure.test 127.0.0.1"),
	)
	if d != DevicesNone {
		opts = append(opts, chromedp.Flag("use-fake-device-for-media-stream", true))
		if shared.tone != "" {
			opts = append(opts, chromedp.Flag("use-file-for-fake-audio-capture", shared.tone))
		}
	}
	if d != DevicesDenied {
		opts = append(opts, chromedp.Flag("use-fake-ui-for-media-stream", true))
	}
	alloc, cancelAlloc := chromedp.NewExecAllocator(context.Background(), append(opts, flags...)...)
	ctx, cancelCtx := chromedp.NewContext(alloc)
	b := &Browser{ctx: ctx, cancel: func() { cancelCtx(); cancelAlloc() }}
	if err := chromedp.Do(ctx); err != nil {
		b.cancel()
		return nil, fmt.Errorf("failed to start %s: %w", path, err)
	}
	return b, nil
}

// Close ends the browser.
func (b *Browser) Close() {
	ctx, cancel := context.WithTimeout(b.ctx, Patience)
	defer cancel()
	_ = chromedp.Cancel(ctx) // it is gone either way
	b.cancel()
}

// Chromium is the browser of $CHROMIUM or of PATH.
func Chromium() (string, error) {
	if p := os.Getenv("CHROMIUM"); p != "" {
		return p, nil
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			return p, nil
		}
	}
	return "", fmt.Errorf("Chromium was not found: run `go run ./internal/build chromium`")
}

// Silence is what a microphone gives that is switched off, as a WAV file.
func Silence() []byte { return wav(0, time.Second) }

// WAV is a tone of a second, as a WAV file.
func WAV(frequency float64) []byte { return wav(frequency, time.Second) }

// wav is a tone as a WAV file: mono, 16 bit, 48 kHz. The duration should hold
// whole periods, since the browser plays the file again and again.
func wav(frequency float64, length time.Duration) []byte {
	const rate = 48000
	n := int(length.Seconds() * rate)
	out := make([]byte, 0, 44+2*n)
	out = append(out, "RIFF"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(36+2*n))
	out = append(out, "WAVEfmt "...)
	out = binary.LittleEndian.AppendUint32(out, 16)
	out = binary.LittleEndian.AppendUint16(out, 1) // PCM
	out = binary.LittleEndian.AppendUint16(out, 1) // mono
	out = binary.LittleEndian.AppendUint32(out, rate)
	out = binary.LittleEndian.AppendUint32(out, 2*rate)
	out = binary.LittleEndian.AppendUint16(out, 2)
	out = binary.LittleEndian.AppendUint16(out, 16)
	out = append(out, "data"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(2*n))
	for i := range n {
		v := 0.3 * math.Sin(2*math.Pi*frequency*float64(i)/rate)
		out = binary.LittleEndian.AppendUint16(out, uint16(int16(v*math.MaxInt16)))
	}
	return out
}
