package gateway

import (
	"context"
	"path/filepath"
	"time"

	"tccc/gateway/center"
	"tccc/gateway/record"
	"tccc/gateway/rtc"
	"tccc/gateway/store"
)

// linkValid is how long links to recordings hold.
const linkValid = 2 * time.Hour

// openRecorder opens the recordings, if any application makes them, or may
// have made them.
func (g *Gateway) openRecorder(ctx context.Context) (err error) {
	g.recorder, err = record.Open(record.Options{Apps: g.conf.Apps, Dir: filepath.Join(g.conf.DataDir(), "recordings"),
		Room: g.store.Room, Log: g.log})
	if err != nil {
		return err
	}
	g.metrics.MustRegister(g.recorder)
	if g.links, err = record.OpenLinks(ctx, g.store, g.recorder); err == nil {
		g.links.Audit = g.trail.Note
	}
	return err
}

// recorder lets the center record: nil, not a nil pointer, if it shall not.
type recorder struct{ *record.Recorder }

func (r recorder) Record(app, session string, video bool) center.Recording {
	if c := r.Recorder.Record(app, session, video); c != nil {
		return recording{c}
	}
	return nil
}

type recording struct{ *record.Recording }

func (r recording) Pictures() (customer, agent rtc.Tap, ok bool) { return r.Recording.Pictures() }

// recordings are the links that the cloud API and agents get.
type recordings struct{ g *Gateway }

// URL implements cloudapi.Recordings.
func (r recordings) URL(ctx context.Context, app, session string) (string, error) {
	page, err := r.g.store.CDRs(ctx, store.CDRQuery{SDKAppID: app, SessionID: session, Limit: 1})
	if err != nil || len(page.CDRs) == 0 || page.CDRs[0].Recording == "" {
		return "", err
	}
	return r.Link(page.CDRs[0].Recording), nil
}

// Link implements center.Links.
func (r recordings) Link(recording string) string {
	return r.g.base() + r.g.links.Link(recording, linkValid)
}
