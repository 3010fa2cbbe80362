package gateway

import (
	"context"
	"net/http"
)

// demoParts exist in demo mode only.
type demoParts struct{}

func (g *Gateway) openDemo(context.Context) error { return nil }

func (d *demoParts) mount(*http.ServeMux) {}

func (d *demoParts) close(context.Context) error { return nil }

// named tells the demo's phone which session its call became.
func (d *demoParts) named(sipCallID, sessionID string) {}
