package cloudapi

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tccc/gateway/audit"
	"tccc/gateway/directory"
	"tccc/internal/clip"
	"tccc/internal/limit"
)

// Version is the only version of the product.
const Version = "2020-02-10"

// Bounds of a request.
const (
	maxBody = 1 << 20 // bytes; the vendor allows ten times as much
	// actionTimeout bounds an action; reading many call records takes longest.
	actionTimeout = 30 * time.Second
)

// Options are what the API stands on. Directory, Tokens and CDRs must be set.
type Options struct {
	Directory *directory.Directory
	Tokens    Tokens
	CDRs      CDRs
	Live      Live       // nil: nothing is live, and no calls can be made
	Chats     Chats      // nil: there are no chat messages
	Records   Recordings // nil: nothing is recorded
	Eraser    Eraser     // nil: nothing can be erased

	// PublicURL is what SDK URLs begin with, http(s)://HOST[:PORT][/PATH]; empty: the
	// host that the request names.
	PublicURL string
	// Rate is how many requests a second a key may make of one action, and how
	// many of an address may fail to be authenticated; 0 means 20, as
	// documented, less than 0 no limit.
	Rate int
	// Audit hears of attempts that were refused.
	Audit audit.Func
	// Log receives failures inside the gateway; the default is slog.Default.
	Log *slog.Logger
	// Now is the clock; the default is time.Now.
	Now func() time.Time
}

// Handler serves the API.
type Handler struct {
	opts       Options
	publicHost string
	dummy      string // key of SecretIds that do not exist
	keys       *limit.Limiter
	addresses  *limit.Limiter
	seen       seen
	scans      chan struct{}
}

// New makes a handler.
func New(o Options) *Handler {
	if o.Rate == 0 {
		o.Rate = 20
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	h := &Handler{opts: o, dummy: rand.Text(), keys: limit.New(o.Rate), addresses: limit.New(o.Rate),
		scans: make(chan struct{}, maxScans)}
	if u, err := url.Parse(o.PublicURL); err == nil {
		h.publicHost = u.Host
	}
	return h
}

// Match reports whether a request for "/" is one for this API, and not for the
// page that a browser finds there: any but GET and HEAD is, and those that
// carry a signature or name an action.
func Match(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return true
	}
	if strings.HasPrefix(r.Header.Get("Authorization"), "TC3-") || r.Header.Get("X-TC-Action") != "" {
		return true
	}
	q := r.URL.Query()
	return q.Has(paramAction) || q.Has(paramSignature)
}

// credential is a key of the API, and the application that it opens.
type credential struct {
	id, key    string
	sdkAppID   string
	signAction bool // the action must be among what TC3 signs
}

// credential finds a key. What does not exist has a key that nobody knows, so
// that it costs the same to check.
func (h *Handler) credential(id string) (credential, bool) {
	found, known := credential{key: h.dummy}, false
	for _, app := range h.opts.Directory.Apps() {
		for _, c := range app.CloudAPI {
			if c.SecretID == id {
				found, known = credential{id, c.SecretKey.Reveal(), app.SDKAppID, c.SignAction}, true
			}
		}
	}
	return found, known
}

// ServeHTTP answers one request, always with status 200.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := requestID()
	result, err := h.serve(r)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	text := h.envelope(result, err, id)
	if r.Method != http.MethodHead {
		_, _ = w.Write(text)
	}
}

// serve authenticates a request and runs its action.
func (h *Handler) serve(r *http.Request) (any, error) {
	q, err := h.authenticate(r)
	if err != nil {
		var e *Error
		if !errors.As(err, &e) || !strings.HasPrefix(e.Code, "AuthFailure") {
			return nil, err
		}
		from := limit.Address(r.RemoteAddr)
		h.opts.Audit.Note(audit.Event{Door: "cloudapi", Action: "signature", From: from, Result: e.Code})
		if !h.addresses.Allow(from, h.opts.Now()) {
			return nil, tooMany()
		}
		return nil, err
	}
	act, ok := actions[q.action]
	switch {
	case q.action == "":
		return nil, missing(paramAction)
	case q.version == "":
		return nil, missing(paramVersion)
	case q.version != Version:
		return nil, fail(CodeNoSuchVersion, "There is no version %q, only %s.", clip.Shown(q.version, 64), Version)
	case !ok:
		return nil, fail(CodeInvalidAction, "There is no action %q.", clip.Shown(q.action, 64))
	case !h.keys.Allow(q.cred.id+"\x00"+q.action, h.opts.Now()):
		return nil, tooMany()
	}
	ctx, cancel := context.WithTimeout(r.Context(), actionTimeout)
	defer cancel()
	return act.run(ctx, h, q)
}

func tooMany() error {
	return fail(CodeRequestLimitExceeded, "The number of requests exceeds the frequency limit. Try again in a second.")
}

// request is an authenticated request.
type request struct {
	cred    credential
	action  string
	version string
	params  map[string]any
	http    *http.Request
}

// authenticate reads a request and checks its signature. Parameters are
// decoded only after it was found good.
func (h *Handler) authenticate(r *http.Request) (*request, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return nil, fail(CodeUnsupportedProtocol, "Use GET or POST, not %s.", clip.Shown(r.Method, 64))
	}
	if r.URL.Path != "/" {
		return nil, fail(CodeUnsupportedProtocol, "The path must be /.")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, fail(CodeInvalidParameter, "The body could not be read.")
	}
	if len(body) > maxBody {
		return nil, fail(CodeRequestSizeExceeded, "The body has more than %d bytes.", maxBody)
	}
	if r.Header.Get("Authorization") != "" {
		return h.readTC3(r, body)
	}
	return h.readV1(r, body)
}

func (h *Handler) readTC3(r *http.Request, body []byte) (*request, error) {
	cred, err := h.verifyTC3(r, body)
	if err != nil {
		return nil, err
	}
	params, err := tc3Params(r, body)
	if err != nil {
		return nil, err
	}
	return &request{cred, r.Header.Get("X-TC-Action"), r.Header.Get("X-TC-Version"), params, r}, nil
}

func (h *Handler) readV1(r *http.Request, body []byte) (*request, error) {
	text := r.URL.RawQuery
	if r.Method == http.MethodPost {
		if mediaType(r) != formType {
			return nil, fail(CodeInvalidAuthorization,
				"The request has no `Authorization` header, and is no form of signature version 1 either.")
		}
		text = string(body)
	}
	flat, err := parseForm(text)
	if err != nil {
		return nil, err
	}
	cred, err := h.verifyV1(r, flat)
	if err != nil {
		return nil, err
	}
	q := &request{cred: cred, action: flat[paramAction], version: flat[paramVersion], http: r}
	for _, name := range commonParams {
		delete(flat, name)
	}
	q.params, err = nest(flat)
	return q, err
}

// envelope writes what a client gets.
func (h *Handler) envelope(result any, err error, id string) []byte {
	fields := map[string]json.RawMessage{}
	if err == nil {
		var text []byte
		if text, err = marshal(result); err == nil {
			err = json.Unmarshal(text, &fields)
		}
	}
	if err != nil {
		text, _ := marshal(h.public(err, id))
		fields = map[string]json.RawMessage{"Error": text}
	}
	fields["RequestId"], _ = marshal(id)
	text, _ := marshal(map[string]any{"Response": fields})
	return text
}

// marshal leaves "&" as it is, so that URLs can be read.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// public is an error as the client may see it.
func (h *Handler) public(err error, id string) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	h.opts.Log.Error("cloud API request failed", "requestId", id, "err", err)
	if errors.Is(err, context.DeadlineExceeded) {
		return fail(CodeInternalError, "The request took too long: ask for a shorter time.")
	}
	return fail(CodeInternalError, "An internal error has occurred. The log has the reason under the request's id.")
}

// requestID is a random UUID (RFC 9562 section 5.4).
func requestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand, Go 1.24)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
