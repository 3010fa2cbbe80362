package gateway

import (
	"context"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"

	"tccc/gateway/config"
	"tccc/gateway/files"
	"tccc/gateway/visitor"
)

// openFiles opens what is sent in chats as files, which the center needs.
func (g *Gateway) openFiles(ctx context.Context) (err error) {
	g.files, err = files.Open(ctx, files.Options{
		Dir: filepath.Join(g.conf.DataDir(), "files"), Store: g.store, Apps: g.directory, Origin: g.filesAllowed,
		Audit: g.trail.Note, Log: g.log,
	})
	return err
}

// openVisitors opens the door of customers' pages.
func (g *Gateway) openVisitors(ctx context.Context) error {
	keys, err := visitor.OpenKeys(ctx, g.store)
	if err != nil {
		return err
	}
	g.visitors = visitor.New(visitor.Options{
		Center: g.center, Apps: g.directory, Keys: keys, Files: g.files, Loopback: g.conf.Demo, Audit: g.trail.Note,
		Log: g.log,
		ICE: g.iceServers,
	})
	return nil
}

// filesAllowed reports whether a page may upload and read files: those of
// agents and those of customers.
func (g *Gateway) filesAllowed(r *http.Request) bool {
	if g.originAllowed(r) {
		return true
	}
	origin := r.Header.Get("Origin")
	return slices.ContainsFunc(g.directory.Apps(), func(a config.App) bool {
		return a.Visitors.Enabled && (slices.Contains(a.Visitors.Origins, "*") ||
			slices.Contains(a.Visitors.Origins, origin))
	})
}

// frames are the origins whose pages may show the chat page in a frame: those
// from which the application that the page names takes customers.
func (g *Gateway) frames(query url.Values) []string {
	var origins []string
	for _, a := range g.directory.Apps() {
		if id := query.Get("sdkAppId"); a.Visitors.Enabled && (id == "" || id == a.SDKAppID) {
			origins = append(origins, a.Visitors.Origins...)
		}
	}
	if g.conf.Demo {
		origins = append(origins, "http://localhost:*", "http://127.0.0.1:*")
	}
	return origins
}
