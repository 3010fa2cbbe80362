package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"tccc/gateway/push"
)

// SocketName is the socket's file in the data directory.
const SocketName = "admin.sock"

// maxPath is the longest path of a Unix socket that every system can bear.
const maxPath = 100

// Server is the socket.
type Server struct {
	path string
	http *http.Server
	done chan struct{}
}

// Listen opens the socket in a data directory, which belongs to this process:
// what an earlier one left there is removed.
func Listen(dir string, g Gateway, log *slog.Logger) (*Server, error) {
	path, err := socketPath(dir)
	if err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("failed to make room for the admin socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("failed to open the admin socket: %w", err)
	}
	// The directory is closed to others as well (mode 0700).
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("failed to protect the admin socket: %w", err), l.Close())
	}
	s := &Server{path: path, done: make(chan struct{}), http: &http.Server{
		Handler: handler(g), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}}
	go func() { defer close(s.done); _ = s.http.Serve(l) }()
	return s, nil
}

// socketPath finds the socket of a data directory.
func socketPath(dir string) (string, error) {
	path, err := filepath.Abs(filepath.Join(dir, SocketName))
	if err != nil {
		return "", fmt.Errorf("failed to find the admin socket: %w", err)
	}
	if len(path) > maxPath {
		return "", fmt.Errorf("the path of the admin socket %s has more than %d bytes: choose a shorter data directory",
			path, maxPath)
	}
	return path, nil
}

// Close closes the socket.
func (s *Server) Close(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	<-s.done
	return err
}

func handler(g Gateway) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /snapshot", answer(func(r *http.Request) (any, error) { return g.Snapshot(r.Context()) }))
	mux.HandleFunc("POST /token", answer(func(r *http.Request) (any, error) {
		var p tokenParams
		if err := decode(r, &p); err != nil {
			return nil, err
		}
		return g.IssueToken(r.Context(), p.SDKAppID, p.UserID, p.OnlyOnce)
	}))
	mux.HandleFunc("GET /pushes/dead", answer(func(r *http.Request) (any, error) {
		after, _ := strconv.ParseUint(r.URL.Query().Get("after"), 10, 64)
		return g.DeadPushes(r.Context(), after)
	}))
	mux.HandleFunc("POST /pushes/replay", answer(func(r *http.Request) (any, error) {
		var p replayParams
		if err := decode(r, &p); err != nil {
			return nil, err
		}
		n, err := g.ReplayPushes(r.Context(), p.Seqs)
		return replayed{n}, err
	}))
	mux.HandleFunc("GET /trunks", answer(func(r *http.Request) (any, error) { return g.Trunks(r.Context()) }))
	mux.HandleFunc("POST /erase", answer(func(r *http.Request) (any, error) {
		var p eraseParams
		if err := decode(r, &p); err != nil {
			return nil, err
		}
		return g.Erase(r.Context(), p.SDKAppID, p.Customer)
	}))
	return mux
}

type eraseParams struct {
	SDKAppID string `json:"sdkAppId"` // "": all
	Customer string `json:"customer"`
}

type tokenParams struct {
	SDKAppID string `json:"sdkAppId"`
	UserID   string `json:"userId"`
	OnlyOnce bool   `json:"onlyOnce"`
}

type replayParams struct {
	Seqs []uint64 `json:"seqs"` // null: all
}

type replayed struct {
	Replayed int `json:"replayed"`
}

func decode(r *http.Request, to any) error {
	d := json.NewDecoder(io.LimitReader(r.Body, 1<<20))
	d.DisallowUnknownFields()
	return d.Decode(to)
}

// failure is the body of an answer that is no success.
type failure struct {
	Error string `json:"error"`
}

func answer(f func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		result, err := f(r)
		w.Header().Set("Content-Type", "application/json")
		if err != nil {
			w.WriteHeader(http.StatusUnprocessableEntity)
			result = failure{err.Error()}
		}
		_ = json.NewEncoder(w).Encode(result) // who asked may be gone
	}
}

// Client talks to a running gateway through its socket. It is a [Gateway].
type Client struct{ http *http.Client }

// Dial makes a client of the gateway on a data directory. It connects when it
// is used.
func Dial(dir string) (*Client, error) {
	path, err := socketPath(dir)
	if err != nil {
		return nil, err
	}
	return &Client{&http.Client{Timeout: time.Minute, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			conn, err := d.DialContext(ctx, "unix", path)
			if err != nil {
				return nil, fmt.Errorf("no gateway answers at %s (name its data directory with -data, or its configuration with -config): %w", path, err)
			}
			return conn, nil
		},
	}}}, nil
}

// Snapshot implements [Gateway].
func (c *Client) Snapshot(ctx context.Context) (*Snapshot, error) {
	return call[*Snapshot](ctx, c, http.MethodGet, "/snapshot", nil)
}

// IssueToken implements [Gateway].
func (c *Client) IssueToken(ctx context.Context, app, user string, onlyOnce bool) (Token, error) {
	return call[Token](ctx, c, http.MethodPost, "/token", tokenParams{app, user, onlyOnce})
}

// DeadPushes implements [Gateway].
func (c *Client) DeadPushes(ctx context.Context, after uint64) ([]push.DeadLetter, error) {
	return call[[]push.DeadLetter](ctx, c, http.MethodGet, "/pushes/dead?after="+strconv.FormatUint(after, 10), nil)
}

// ReplayPushes implements [Gateway].
func (c *Client) ReplayPushes(ctx context.Context, seqs []uint64) (int, error) {
	r, err := call[replayed](ctx, c, http.MethodPost, "/pushes/replay", replayParams{seqs})
	return r.Replayed, err
}

// eraseTimeout bounds reading and overwriting a whole store.
const eraseTimeout = 30 * time.Minute

// Erase implements [Gateway].
func (c *Client) Erase(ctx context.Context, app, customer string) (Erasure, error) {
	patient := Client{&http.Client{Timeout: eraseTimeout, Transport: c.http.Transport}}
	return call[Erasure](ctx, &patient, http.MethodPost, "/erase", eraseParams{app, customer})
}

// Trunks implements [Gateway].
func (c *Client) Trunks(ctx context.Context) ([]Target, error) {
	return call[[]Target](ctx, c, http.MethodGet, "/trunks", nil)
}

func call[T any](ctx context.Context, c *Client, method, path string, params any) (result T, err error) {
	body, err := json.Marshal(params)
	if err != nil {
		return result, err
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://gateway"+path, bytes.NewReader(body))
	if err != nil {
		return result, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		var u *url.Error // of a URL that nobody has seen
		if errors.As(err, &u) {
			err = u.Err
		}
		return result, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		var f failure
		if json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&f) != nil || f.Error == "" {
			return result, fmt.Errorf("the gateway answered %s", resp.Status)
		}
		return result, errors.New(f.Error)
	}
	return result, json.NewDecoder(resp.Body).Decode(&result)
}
