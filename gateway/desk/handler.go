package desk

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tccc/gateway/audit"
	"tccc/gateway/auth/usersig"
	"tccc/gateway/config"
	"tccc/gateway/store"
	"tccc/internal/clip"
	"tccc/internal/limit"
)

// Path is what every command's path begins with.
const Path = "/v4/desk_http_svc/"

// Bounds of a request.
const (
	maxBody = 64 << 10         // bytes
	timeout = 10 * time.Second // of a command
	rate    = 100              // requests a second of an application
	guesses = 20               // wrong UserSigs a second of an address
)

// Apps finds applications; [directory.Directory] does.
type Apps interface {
	App(sdkAppID string) (config.App, bool)
}

// Options are what the API stands on. Apps must be set.
type Options struct {
	Apps  Apps
	Chats Chats // nil: there are no sessions
	// Rate is how many requests a second an application may make; 0 means 100,
	// less than 0 no limit.
	Rate int
	// Audit hears of attempts that were refused.
	Audit audit.Func
	// Log receives failures inside the gateway; the default is slog.Default.
	Log *slog.Logger
	// Now is the clock; the default is time.Now.
	Now func() time.Time
}

// Handler serves the API below [Path].
type Handler struct {
	opts      Options
	dummy     string // key of applications that do not exist
	apps      *limit.Limiter
	addresses *limit.Limiter
}

// New makes a handler.
func New(o Options) *Handler {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	h := &Handler{opts: o, dummy: rand.Text(), apps: limit.New(o.Rate), addresses: limit.New(guesses)}
	if o.Rate == 0 {
		h.apps = limit.New(rate)
	}
	return h
}

// status is what every answer has.
type status struct {
	ActionStatus string // OK or FAIL
	ErrorInfo    string
	ErrorCode    int
}

// command is what a path names.
type command func(h *Handler, ctx context.Context, app string, body []byte) (any, error)

var commands = map[string]command{
	"get_session_state": (*Handler).getSessionState,
	"send_msg":          (*Handler).sendMsg,
	"end_session":       (*Handler).endSession,
}

// ServeHTTP answers one request, always with status 200.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := h.serve(r)
	if err != nil {
		var e *Error
		if !errors.As(err, &e) {
			h.opts.Log.Error("desk request failed", "path", clip.Shown(r.URL.Path, 64), "err", err)
			e = &Error{CodeInternal, "internal error, try again"}
		}
		answer = status{"FAIL", e.Info, e.Code}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	text, _ := json.Marshal(answer)
	_, _ = w.Write(text)
}

func (h *Handler) serve(r *http.Request) (any, error) {
	name, _ := strings.CutPrefix(r.URL.Path, Path)
	run, ok := commands[name]
	if !ok {
		return nil, fail(CodeResource, "there is no command %q", clip.Shown(name, 64))
	}
	if r.Method != http.MethodPost {
		return nil, fail(CodeRequest, "use POST, not %s", clip.Shown(r.Method, 64))
	}
	app, err := h.authenticate(r)
	if err != nil {
		var e *Error
		if !errors.As(err, &e) || e.Code <= 70000 {
			return nil, err
		}
		from := limit.Address(r.RemoteAddr)
		h.opts.Audit.Note(audit.Event{Door: "desk", Action: "usersig", From: from, Result: strconv.Itoa(e.Code)})
		if !h.addresses.Allow(from, h.opts.Now()) {
			return nil, fail(CodeGuessing, "the usersig could not be verified, too often: wait a minute")
		}
		return nil, err
	}
	if !h.apps.Allow(app, h.opts.Now()) {
		return nil, fail(CodeTooOften, "too many requests: wait a second")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, fail(CodeRequest, "the body could not be read")
	}
	if len(body) > maxBody {
		return nil, fail(CodeRequest, "the body has more than %d bytes", maxBody)
	}
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	return run(h, ctx, app, body)
}

// authenticate checks the query and gives the application.
func (h *Handler) authenticate(r *http.Request) (sdkAppID string, err error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return "", fail(CodeURL, "the query is not percent-encoded as it should be")
	}
	for name, values := range query {
		if len(values) > 1 {
			return "", fail(CodeURL, "%s is there twice", clip.Shown(name, 64))
		}
	}
	sdkAppID, identifier, sig := query.Get("sdkappid"), query.Get("identifier"), query.Get("usersig")
	if n, err := strconv.ParseUint(sdkAppID, 10, 64); err != nil || strconv.FormatUint(n, 10) != sdkAppID {
		return "", fail(CodeNoSDKAppID, "sdkappid is missing or no number")
	}
	if n, err := strconv.ParseUint(query.Get("random"), 10, 64); query.Has("random") &&
		(err != nil || n > math.MaxUint32) {
		return "", fail(CodeURL, "random must be 0 to %d", uint32(math.MaxUint32))
	}
	if t := query.Get("contenttype"); t != "" && t != "json" {
		return "", fail(CodeURL, "contenttype must be json")
	}
	if identifier == "" || sig == "" {
		return "", fail(CodeAccount, "identifier or usersig is missing")
	}
	s, err := usersig.Parse(sig)
	if err != nil {
		return "", sigError(err)
	}
	app, known := h.opts.Apps.App(sdkAppID)
	key := app.UserSig.Key.Reveal()
	if key == "" {
		key = h.dummy
	}
	err = s.Verify(sdkAppID, identifier, key, h.opts.Now())
	switch {
	case !known:
		return "", fail(CodeUnknownApp, "there is no such sdkappid")
	case app.UserSig.Key.IsZero():
		return "", fail(CodeNoKey, "the application has no UserSig key")
	case err != nil:
		return "", sigError(err)
	case identifier != app.UserSig.Administrator:
		return "", fail(CodeAdministrator, "only the administrator account may do this")
	}
	return sdkAppID, nil
}

// sigError gives an error of UserSigs its code.
func sigError(err error) error {
	code := CodeUnreadable
	switch {
	case errors.Is(err, usersig.ErrApp):
		code = CodeSDKAppID
	case errors.Is(err, usersig.ErrIdentifier):
		code = CodeIdentifier
	case errors.Is(err, usersig.ErrSignature):
		code = CodeSignature
	case errors.Is(err, usersig.ErrExpired):
		code = CodeExpired
	}
	return &Error{code, err.Error()}
}

// chat runs f with the chats. What it does not find is the documented error.
func (h *Handler) chat(f func(Chats) error) error {
	err := store.ErrNotFound
	if h.opts.Chats != nil {
		err = f(h.opts.Chats)
	}
	if errors.Is(err, store.ErrNotFound) {
		return fail(CodeNoSession, "the session does not exist or has ended")
	}
	return err
}
