package web

import (
	"fmt"
	"io/fs"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"tccc/internal/cors"
)

// policy is the Content-Security-Policy of the demo pages. It is as strict as
// the SDK bears: no inline script, no eval; 'wasm-unsafe-eval' allows the
// program to be compiled.
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; " +
	"media-src 'self' data: blob:; connect-src 'self'%s; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// customerPage is shown to customers, also in frames of a company's site.
const customerPage = "/customer.html"

// customerPolicy is the policy of the customers' page but for who may frame it.
// Pictures of cards come from anywhere.
const customerPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob: https: http:; " +
	"media-src 'self' data: blob:; connect-src 'self'%s; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// features are what pages of the gateway may use of the browser.
const features = "microphone=(self), camera=(self), speaker-selection=(self), autoplay=(self), fullscreen=(self), display-capture=(), " +
	"geolocation=(), payment=(), usb=(), serial=(), hid=(), midi=()"

// hostName is what may stand in a policy: a Host header is a stranger's text.
var hostName = regexp.MustCompile(`^[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?$|^\[[0-9A-Fa-f:]+\](:[0-9]{1,5})?$`)

const notBuilt = "This gateway was built without the SDK: run `make build`.\n"

type handler struct {
	o     Options
	files map[string]*file
	built bool
}

func newHandler(files fs.FS) *handler {
	served, built := load(files)
	return &handler{files: served, built: built}
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("X-Content-Type-Options", "nosniff")
	if strings.HasPrefix(r.URL.Path, "/sdk/") {
		// Pages of any origin load the SDK, isolated ones (COEP) too.
		head.Set("Cross-Origin-Resource-Policy", "cross-origin")
		head.Set("Timing-Allow-Origin", "*")
		if (cors.Policy{Allowed: h.o.Origin, Public: true}).Answer(w, r) {
			return
		}
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodOptions:
		head.Set("Allow", "GET, HEAD, OPTIONS")
		w.WriteHeader(http.StatusNoContent)
		return
	default:
		head.Set("Allow", "GET, HEAD, OPTIONS")
		http.Error(w, "Method not allowed", http.StatusMethodNotAllowed)
		return
	}
	f := h.files[r.URL.Path]
	if h.o.CustomersOnly && f != nil && !f.sdk && !f.customers {
		f = nil
	}
	switch {
	case f == nil && strings.HasPrefix(r.URL.Path, "/sdk/") && !h.built:
		head.Set("Cache-Control", "no-store")
		http.Error(w, notBuilt, http.StatusServiceUnavailable)
	case f == nil:
		head.Set("Cache-Control", "no-store")
		http.NotFound(w, r)
	default:
		if !f.sdk {
			head.Set("Content-Security-Policy", h.policy(r))
			head.Set("Referrer-Policy", "same-origin")
			head.Set("Permissions-Policy", features)
			if !f.customers { // a company's page may watch the window that it has opened
				head.Set("Cross-Origin-Opener-Policy", "same-origin")
			}
		}
		f.serve(w, r)
	}
}

// policy is the Content-Security-Policy of a page.
func (h *handler) policy(r *http.Request) string {
	sockets := "" // 'self' means WebSockets too, but older browsers want them named
	if hostName.MatchString(r.Host) {
		sockets = " ws://" + r.Host + " wss://" + r.Host
	}
	if r.URL.Path != customerPage {
		return fmt.Sprintf(policy, sockets)
	}
	text := fmt.Sprintf(customerPolicy, sockets)
	if h.o.Frames == nil {
		return text
	}
	return strings.Join(append([]string{text}, h.o.Frames(r.URL.Query())...), " ")
}

// serve writes the file in the best coding that the client takes.
func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	coding := f.negotiate(r.Header.Values("Accept-Encoding"))
	etag := `"` + f.etag + `"`
	if coding != codingIdentity {
		etag = `"` + f.etag + "-" + coding + `"`
	}
	head.Set("Content-Type", f.kind)
	head.Set("Cache-Control", f.cache)
	head.Add("Vary", "Accept-Encoding")
	head.Set("ETag", etag)
	if matches(r.Header.Values("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if coding != codingIdentity {
		head.Set("Content-Encoding", coding)
	}
	body := f.bodies[coding]
	head.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // the client went away
	}
}

// negotiate picks a coding (RFC 9110 section 12.5.3): the best of those that
// the client gives the highest weight. Identity is the answer to a client that
// refuses everything there is.
func (f *file) negotiate(accept []string) string {
	weight := weights(accept)
	best, bestWeight := codingIdentity, 0.0
	for _, coding := range []string{codingBrotli, codingGzip} {
		q, named := weight[coding]
		if !named {
			q = weight["*"]
		}
		if f.bodies[coding] != nil && q > bestWeight {
			best, bestWeight = coding, q
		}
	}
	if q, named := weight[codingIdentity]; named && q > bestWeight {
		return codingIdentity
	}
	return best
}

// weights reads Accept-Encoding; what cannot be read counts as refused.
func weights(accept []string) map[string]float64 {
	out := map[string]float64{}
	for item := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		name, params, _ := strings.Cut(item, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "" {
			continue
		}
		q := 1.0
		if key, value, ok := strings.Cut(strings.TrimSpace(params), "="); ok &&
			strings.EqualFold(strings.TrimSpace(key), "q") {
			v, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil || !(v >= 0 && v <= 1) {
				v = 0
			}
			q = v
		}
		out[name] = q
	}
	return out
}

// matches reports whether If-None-Match names the tag (RFC 9110 section
// 13.1.2, weak comparison).
func matches(headers []string, etag string) bool {
	for item := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		item = strings.TrimSpace(item)
		if item == "*" || strings.TrimPrefix(item, "W/") == etag {
			return true
		}
	}
	return false
}
