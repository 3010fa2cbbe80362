package ccgateway

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"tccc/gateway/audit"
	"tccc/gateway/center"
	"tccc/gateway/config"
	"tccc/internal/cors"
	"tccc/wire"
)

const (
	// commandTimeout bounds what a request waits for at the center.
	commandTimeout = 10 * time.Second
)

// Center is what the door asks of the loop that owns the agents;
// [center.Center] is one.
type Center interface {
	Endings() uint64
	Enter(ctx context.Context, app, user string, d center.Door) (leave func(), err error)
	Command(ctx context.Context, app, user, method string, params any) (json.RawMessage, error)
	Agent(ctx context.Context, app, user string) (center.AgentInfo, error)
	Watch(ctx context.Context, app, user string, f func(wire.Event)) (stop func(), err error)
}

// Auth is how Guids are given (the vendor's AUTHMODE).
type Auth int

// The two ways.
const (
	// Static: the Guid of the sign-in is valid until the sign-out.
	Static Auth = 1
	// Dynamic: every answered poll carries a new Guid; those before it are
	// valid for another Silence.
	Dynamic Auth = 2
)

// Options are what the door stands on. Center and App must be set.
type Options struct {
	Center Center
	// App is the application whose agents use this door, as it is now.
	App func() config.App
	// Auth is Static unless set.
	Auth Auth
	// Inspector reports whether an agent may use qualitycontrol; nil: nobody.
	Inspector func(userID string) bool
	// Origin reports whether the page that sent a request may use this door
	// although it is from another origin; nil: no page of another origin.
	Origin func(*http.Request) bool
	// Node is the end of every Guid, letters and digits; the default is
	// AgentGateway1.
	Node string
	// PollWait is how long a poll waits for an event; the default is ten seconds.
	PollWait time.Duration
	// Silence is how long an agent may be without a poll; the default is two
	// minutes.
	Silence time.Duration
	// GuidTTL is the longest life of a Guid; the default is twelve hours, a
	// working day.
	GuidTTL time.Duration
	// Audit hears of sign-ins.
	Audit audit.Func
	Clock Clock        // nil: the system's
	Log   *slog.Logger // nil: slog.Default()
}

var nodeName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (o *Options) defaults() {
	if o.Auth == 0 {
		o.Auth = Static
	}
	if !nodeName.MatchString(o.Node) {
		o.Node = "AgentGateway1"
	}
	if o.PollWait <= 0 {
		o.PollWait = 10 * time.Second
	}
	if o.Silence <= 0 {
		o.Silence = 2 * time.Minute
	}
	if o.GuidTTL <= 0 {
		o.GuidTTL = 12 * time.Hour
	}
	if o.Clock == nil {
		o.Clock = systemClock{}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
}

// Handler answers everything under [Prefix].
type Handler struct {
	opts    Options
	guesses *guesses
	quit    chan struct{}
	work    sync.WaitGroup

	// mu may be taken while a desk's lock is held, never the other way round.
	mu      sync.Mutex
	closed  bool
	doors   int              // numbers the desks
	desks   map[string]*desk // by work number
	signing map[string]bool  // work numbers whose sign-in or sign-out is under way
}

// New makes a handler.
func New(o Options) *Handler {
	o.defaults()
	return &Handler{
		opts: o, quit: make(chan struct{}), desks: map[string]*desk{}, signing: map[string]bool{},
		guesses: newGuesses(),
	}
}

// Close ends the polls and the timers. The agents stay where they are: the
// center is closed by its owner, or takes a signed-in agent for present.
func (h *Handler) Close() {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return
	}
	h.closed = true
	close(h.quit)
	desks := make([]*desk, 0, len(h.desks))
	for _, d := range h.desks {
		desks = append(desks, d)
	}
	h.mu.Unlock()
	for _, d := range desks {
		d.close(true)
		d.stop()
	}
	h.work.Wait()
}

// Wrap serves everything under [Prefix] and leaves the rest to next. Published
// clients send empty path segments, which an http.ServeMux answers with a
// redirect before any handler sees them: wrap it.
func (h *Handler) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, Prefix) {
			h.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// later runs f on a goroutine that Close waits for.
func (h *Handler) later(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.work.Go(f)
	}
}

// request is a request that was understood.
type request struct {
	http    *http.Request
	target  target
	query   url.Values
	desk    *desk  // of the agent; nil while it signs in
	setGUID string // for the answer
}

type operation struct {
	method string
	args   int
	open   bool // needs no Guid
	ended  bool // also of an agent that has signed out
	run    func(h *Handler, q *request) (any, error)
}

// answer is the body of every answer but a poll's.
type answer struct {
	Message string `json:"message"`
	RetCode Code   `json:"retcode"`
	Result  any    `json:"result"`
}

// pollAnswer is the body of a poll's answer.
type pollAnswer struct {
	Message string `json:"message"`
	RetCode Code   `json:"retcode"`
	Event   *event `json:"event"`
}

// ServeHTTP answers one request: with status 200 and a code in the body, or
// with 405 when the method is not the operation's.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if (cors.Policy{Allowed: h.opts.Origin, Methods: "GET, POST, PUT, DELETE", Expose: "Set-GUID"}).Answer(w, r) {
		return
	}
	t, ok := parsePath(r.URL.Path)
	op, known := operations[t.resource][t.name]
	if !ok || !known || len(t.args) != op.args {
		write(w, http.StatusOK, failed(fail(CodeBadURL, "there is no such operation")))
		return
	}
	if r.Method != op.method {
		w.Header().Set("Allow", op.method)
		write(w, http.StatusMethodNotAllowed, failed(fail(CodeBadURL, "use %s", op.method)))
		return
	}
	q := &request{http: r, target: t, query: r.URL.Query()}
	result, err := h.serve(op, q)
	if q.setGUID != "" {
		// Spelled exactly so, which Header.Set would not: clients compare it.
		w.Header()["Set-GUID"] = []string{"JSESSIONID=" + q.setGUID}
	}
	switch {
	case errors.Is(err, context.Canceled) && r.Context().Err() != nil:
	case err != nil:
		write(w, http.StatusOK, failed(err))
	default:
		write(w, http.StatusOK, succeeded(result))
	}
}

func (h *Handler) serve(op operation, q *request) (any, error) {
	if !validWorkNo(q.target.agentID) {
		code := CodeBadURL
		switch {
		case op.open:
			code = CodeSignInEmpty
		case q.target.name == "syncagentinfo":
			code = CodeSignInInvalid
		}
		return nil, fail(code, "the agent id is not a work number from %d to %d", minWorkNo, maxWorkNo)
	}
	if !op.open {
		q.desk = h.desk(q.target.agentID)
		if q.desk == nil {
			return nil, fail(CodeNotSignedIn, "the agent has not signed in")
		}
		if err := q.desk.admit(guidOf(q.http.Header.Get("Guid"))); err != nil {
			return nil, err
		}
		if q.desk.signedOut() && !op.ended {
			return nil, fail(CodeSignedOut, "the agent has signed out")
		}
	}
	return op.run(h, q)
}

func (h *Handler) desk(workNo string) *desk {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.desks[workNo]
}

func succeeded(result any) any {
	if p, ok := result.(pollAnswer); ok {
		return p
	}
	if result == nil {
		result = struct{}{}
	}
	return answer{"success", CodeOK, result}
}

func failed(err error) any {
	f := asFailure(err)
	return answer{f.message, f.code, struct{}{}}
}

func write(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic("ccgateway: an answer that cannot be JSON: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// flag reads a boolean in the query.
func (q *request) flag(name string) bool { return isTrue(strings.TrimSpace(q.query.Get(name))) }
