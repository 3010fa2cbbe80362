// Package files keeps what is sent in chats as files: it takes uploads that
// were announced, finds their type by their content, stores them in the data
// directory, and serves them to whoever has a signed link.
package files

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"tccc/gateway/audit"
	"tccc/gateway/config"
	"tccc/gateway/store"
	"tccc/wire"
)

// Path is where files are served, and taken below [UploadPath].
const (
	Path       = "/files/"
	UploadPath = Path + "upload/"
)

// Apps are the applications as they are now.
type Apps interface {
	App(sdkAppID string) (config.App, bool)
}

// Options are what a store of files needs.
type Options struct {
	// Dir is the directory, made if it is missing.
	Dir   string
	Store *store.Store
	Apps  Apps
	// Origin reports whether pages of the request's Origin may upload and read.
	Origin func(r *http.Request) bool
	// Audit hears of attempts that were refused.
	Audit audit.Func
	// Room says why no uploads are taken now; nil takes them.
	Room func() error
	// Log receives what goes wrong; the default is slog.Default.
	Log *slog.Logger
	// Now is the clock; the default is time.Now.
	Now func() time.Time
}

// record is what is known of a file. It is written when the bytes are safe.
type record struct {
	App     string `json:"app"`
	Session string `json:"session"`
	User    string `json:"user"` // who uploaded it
	Name    string `json:"name"`
	Size    int64  `json:"size"`
	MIME    string `json:"mime"`
	At      int64  `json:"at"` // Unix ms
	Sent    bool   `json:"sent,omitempty"`
}

// Files is the store of files. Its methods may be called at the same time.
type Files struct {
	o       Options
	links   links
	records *store.Bucket[record]

	mu      sync.Mutex
	tickets map[string]*ticket
	waiting map[string]int   // tickets by application and user
	used    map[string]int64 // bytes by application, of uploads that go on too
	running map[string]int   // uploads that go on: in all, by user, by address

	stop context.CancelFunc
	work sync.WaitGroup
}

// Open opens the directory and what is known of its files. The caller must
// Close it.
func Open(ctx context.Context, o Options) (*Files, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Room == nil {
		o.Room = o.Store.Room
	}
	f := &Files{o: o, tickets: map[string]*ticket{}, waiting: map[string]int{}, used: map[string]int64{},
		running: map[string]int{}}
	if err := os.MkdirAll(f.parts(), 0o700); err != nil {
		return nil, fmt.Errorf("failed to make the directory of files: %w", err)
	}
	var err error
	if f.records, err = store.OpenBucket[record](ctx, o.Store, "files", 0); err != nil {
		return nil, err
	}
	if f.links, err = openLinks(ctx, o.Store); err != nil {
		return nil, err
	}
	all, err := f.records.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		f.used[e.Value.App] += e.Value.Size
	}
	sweeping, stop := context.WithCancel(context.Background())
	f.stop = stop
	f.work.Go(func() { f.sweepOften(sweeping) })
	return f, nil
}

// Close ends what goes on. Uploads belong to the HTTP server, which ends first.
func (f *Files) Close() {
	f.stop()
	f.work.Wait()
}

// parts is where files are while they are being written.
func (f *Files) parts() string { return filepath.Join(f.o.Dir, "parts") }

// path is where a file lies. The id comes from newID, so that it is a plain name.
func (f *Files) path(id string) string { return filepath.Join(f.o.Dir, id[:2], id) }

// newID names a file: 26 letters and digits that nobody can guess.
func newID() string { return strings.ToLower(rand.Text()) }

// isID reports whether a text can be the id of a file.
func isID(text string) bool {
	return len(text) == 26 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// Limits are what may be uploaded in an application.
func (f *Files) Limits(app string) wire.UploadLimits {
	a, _ := f.o.Apps.App(app)
	return wire.UploadLimits{MaxBytes: int64(a.Files.MaxMB) * megabyte, MIMEs: Types()}
}

// File describes a finished upload to a session, which now is sent, and so is
// kept. The error is [wire.ErrFileRefused] if there is none of this id.
func (f *Files) File(ctx context.Context, app, session, id string) (wire.File, error) {
	for {
		if !isID(id) {
			return wire.File{}, wire.ErrFileRefused.For("fileId", "there is no file of this id in the session")
		}
		e, err := f.records.Get(ctx, id)
		switch {
		case errors.Is(err, store.ErrNotFound), err == nil && (e.Value.App != app || e.Value.Session != session):
			return wire.File{}, wire.ErrFileRefused.For("fileId", "there is no file of this id in the session")
		case err != nil:
			return wire.File{}, fmt.Errorf("failed to look up a file: %w", err)
		case e.Value.Sent:
			return e.Value.file(id), nil
		}
		e.Value.Sent = true
		if _, err := f.records.Update(ctx, id, e.Value, e.Revision); err != nil && !errors.Is(err, store.ErrConflict) {
			return wire.File{}, fmt.Errorf("failed to keep a file: %w", err)
		} else if err == nil {
			return e.Value.file(id), nil
		}
	}
}

func (r *record) file(id string) wire.File {
	return wire.File{ID: id, Name: r.Name, Size: r.Size, MIME: r.MIME}
}

// Sign gives a file with a URL that is good for half a day.
func (f *Files) Sign(file wire.File) wire.File {
	file.URL = f.links.link(file.ID, f.o.Now())
	return file
}
