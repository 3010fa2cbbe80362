package demo

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"tccc/internal/cors"
	"tccc/wire"
)

// maxBody bounds a request, in bytes.
const maxBody = 4 << 10

// guard keeps the pages of other sites out, answers preflights, and lets pages
// of the loopback read the answers.
func (d *doors) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Cache-Control", "no-store")
		head.Set("X-Content-Type-Options", "nosniff")
		if (cors.Policy{Allowed: d.originOurs, Methods: "GET, POST"}).Answer(w, r) {
			return
		}
		if !d.hostOurs(r) || r.Header.Get("Origin") != "" && !d.originOurs(r) {
			d.fail(w, wire.ErrOrigin.With("the demo is for pages of this machine"))
			return
		}
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// originOurs reports whether the page that sent a request is one of this machine.
func (d *doors) originOurs(r *http.Request) bool {
	u, err := url.Parse(r.Header.Get("Origin"))
	return d.hostOurs(r) && err == nil && u.Host != "" && (isLoopback(u.Hostname()) || d.o.Exposed && u.Host == r.Host)
}

// hostOurs is false for a name of the internet that leads here (DNS rebinding).
func (d *doors) hostOurs(r *http.Request) bool { return d.o.Exposed || isLoopback(hostOf(r.Host)) }

func hostOf(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		return h
	}
	return strings.Trim(host, "[]")
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && ip.IsLoopback()
}

// decode reads the body, one JSON object.
func decode(w http.ResponseWriter, r *http.Request, v any) error {
	return decodeUpTo(w, r, v, maxBody)
}

func decodeUpTo(w http.ResponseWriter, r *http.Request, v any, most int64) error {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return wire.ErrInvalidOptions.With("the body may have %d bytes", large.Limit)
		}
		return wire.ErrInvalidOptions.With("the body could not be read")
	}
	if !json.Valid(text) {
		return wire.ErrInvalidOptions.With("the body must be a JSON object")
	}
	return wire.DecodeParams(text, v)
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // an error means that the client has gone
}

// fail answers with an error of the catalogue.
func (d *doors) fail(w http.ResponseWriter, err error) {
	e := wire.AsError(err)
	status := http.StatusBadRequest
	switch e.Code {
	case wire.ErrCalleeUnknown.Code, wire.ErrSessionNotFound.Code:
		status = http.StatusNotFound
	case wire.ErrSessionState.Code:
		status = http.StatusConflict
	case wire.ErrOrigin.Code:
		status = http.StatusForbidden
	case wire.ErrOverloaded.Code, wire.ErrStopping.Code:
		status = http.StatusServiceUnavailable
	case wire.ErrTrunk.Code:
		status = http.StatusBadGateway
	case wire.ErrInternal.Code:
		status = http.StatusInternalServerError
		d.o.Log.Error("the demo failed", "err", err)
	}
	reply(w, status, map[string]*wire.Error{"error": e})
}
