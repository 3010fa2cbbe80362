package directory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"tccc/gateway/config"
	"tccc/gateway/store"
	"tccc/internal/clip"
)

// maxRecord bounds the changes of an application, in bytes: NATS takes values
// of up to 1 MiB. It is room for about 5,000 agents made at run time.
const maxRecord = 900 << 10

// Directory is every application's agents and groups. Its methods may be
// called at the same time.
type Directory struct {
	log    *slog.Logger
	bucket *store.Bucket[record]
	state  atomic.Pointer[state]

	// writing is held while something changes, so that watchers see changes in
	// their order.
	writing  sync.Mutex
	watchers map[*func(Change)]struct{}
}

// state is every application. It never changes.
type state struct {
	order []string
	apps  map[string]*app
}

type app struct {
	conf     *config.App
	read     time.Time // when conf was read
	record   record
	revision uint64 // of the record; 0: there is none
	view     *view
}

// Change is what a watcher is told.
type Change struct {
	SDKAppID string
	App      config.App // as it is now; zero if Removed
	Agents   []string   // accounts that were added, changed or removed
	Groups   []string   // ids of groups that were added, changed or removed
	Removed  bool       // the application is no longer configured
}

// Open reads the changes of the applications from the store. The applications
// must not be changed afterwards.
func Open(ctx context.Context, s *store.Store, apps []config.App) (*Directory, error) {
	bucket, err := store.OpenBucket[record](ctx, s, "directory", 0)
	if err != nil {
		return nil, err
	}
	d := &Directory{log: slog.Default(), bucket: bucket, watchers: map[*func(Change)]struct{}{}}
	d.state.Store(&state{apps: map[string]*app{}})
	if err := d.Configure(ctx, apps); err != nil {
		return nil, err
	}
	return d, nil
}

// App is an application as it is now. What it refers to is shared and must not
// be changed.
func (d *Directory) App(sdkAppID string) (config.App, bool) {
	if v := d.view(sdkAppID); v != nil {
		return v.app, true
	}
	return config.App{}, false
}

// Apps are all applications as they are now, in the order of the configuration.
func (d *Directory) Apps() []config.App {
	s := d.state.Load()
	all := make([]config.App, 0, len(s.order))
	for _, id := range s.order {
		all = append(all, s.apps[id].view.app)
	}
	return all
}

func (d *Directory) view(sdkAppID string) *view {
	if a := d.state.Load().apps[sdkAppID]; a != nil {
		return a.view
	}
	return nil
}

// Watch has f called after every change, in order, until stop is called. It
// returns the applications as they are before the first one. f must not block
// and must not call what changes the directory.
func (d *Directory) Watch(f func(Change)) (apps []config.App, stop func()) {
	d.writing.Lock()
	defer d.writing.Unlock()
	key := &f
	d.watchers[key] = struct{}{}
	return d.Apps(), func() {
		d.writing.Lock()
		defer d.writing.Unlock()
		delete(d.watchers, key)
	}
}

// Configure takes over a configuration that was read again.
func (d *Directory) Configure(ctx context.Context, apps []config.App) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	next, now := &state{apps: map[string]*app{}}, time.Now()
	for i := range apps {
		a := &app{conf: &apps[i], read: now}
		if err := d.load(ctx, a); err != nil {
			return err
		}
		next.order = append(next.order, a.conf.SDKAppID)
		next.apps[a.conf.SDKAppID] = a
	}
	d.swap(next)
	return nil
}

// Refresh takes over what other processes have changed in the store.
func (d *Directory) Refresh(ctx context.Context) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	for _, id := range d.state.Load().order {
		if err := d.refresh(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (d *Directory) refresh(ctx context.Context, sdkAppID string) error {
	old := d.state.Load().apps[sdkAppID]
	a := &app{conf: old.conf, read: old.read}
	if err := d.load(ctx, a); err != nil {
		return err
	}
	if a.revision != old.revision {
		d.put(a)
	}
	return nil
}

// Follow refreshes again and again until ctx ends. Where several processes
// share a store, each runs it; every is how long a change of another process
// may take to be seen here. A failure is logged and tried again.
func (d *Directory) Follow(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := d.Refresh(ctx); err != nil && ctx.Err() == nil {
				d.log.Warn("the directory could not be refreshed", "err", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

// load reads an application's record and builds its view.
func (d *Directory) load(ctx context.Context, a *app) error {
	e, err := d.bucket.Get(ctx, a.conf.SDKAppID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("failed to read the directory: %w", err)
	}
	a.record, a.revision = e.Value, e.Revision
	d.build(a)
	return nil
}

// build makes the view of an application's new state.
func (d *Directory) build(a *app) {
	a.view = build(a.conf, a.record, a.read, d.log)
	if old := d.view(a.conf.SDKAppID); old != nil {
		a.view.sameAs(old)
	}
}

// put makes an application's new state the present one; writing is held.
func (d *Directory) put(a *app) {
	old := d.state.Load()
	next := &state{order: old.order, apps: make(map[string]*app, len(old.apps))}
	for id, other := range old.apps {
		next.apps[id] = other
	}
	next.apps[a.conf.SDKAppID] = a
	d.swap(next)
}

// swap makes next the present state and tells the watchers; writing is held.
func (d *Directory) swap(next *state) {
	old := d.state.Swap(next)
	for _, id := range old.order {
		if next.apps[id] == nil {
			d.tell(Change{SDKAppID: id, Removed: true})
		}
	}
	for _, id := range next.order {
		before := &view{}
		if a := old.apps[id]; a != nil {
			before = a.view
		}
		now := next.apps[id].view
		if now == before {
			continue
		}
		c := Change{
			SDKAppID: id, App: now.app,
			Agents: diff(before.byUser, now.byUser), Groups: diff(before.byID, now.byID),
		}
		if len(c.Agents) > 0 || len(c.Groups) > 0 || !reflect.DeepEqual(before.app, now.app) {
			d.tell(c)
		}
	}
}

func (d *Directory) tell(c Change) {
	for f := range d.watchers {
		(*f)(c)
	}
}

// diff lists the keys whose values differ.
func diff[T any](before, now map[string]*T) []string {
	var ids []string
	for id, v := range now {
		if old := before[id]; old == nil || !reflect.DeepEqual(old, v) {
			ids = append(ids, id)
		}
	}
	for id := range before {
		if now[id] == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// update changes an application's record: change gets a copy of it and the
// view it belongs to. When another process was faster, it is done again with
// what that one wrote.
func (d *Directory) update(ctx context.Context, sdkAppID string, change func(v *view, r *record) error) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	for {
		old := d.state.Load().apps[sdkAppID]
		if old == nil {
			return fail(ErrNoApp, "", "there is no application %q", clip.Shown(sdkAppID, 64))
		}
		a := &app{conf: old.conf, read: old.read, record: old.record.clone()}
		if err := change(old.view, &a.record); err != nil {
			return err
		}
		err := d.write(ctx, a, old.revision)
		switch {
		case err == nil:
			d.build(a)
			d.put(a)
			return nil
		case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrExists):
			if err := d.refresh(ctx, sdkAppID); err != nil {
				return err
			}
		default:
			return err
		}
	}
}

func (d *Directory) write(ctx context.Context, a *app, revision uint64) (err error) {
	text, err := json.Marshal(a.record)
	if err != nil {
		return fmt.Errorf("failed to encode the directory: %w", err)
	}
	if len(text) > maxRecord {
		return fail(ErrFull, "", "the changes made at run time have %d bytes, allowed are %d: move agents into the configuration", len(text), maxRecord)
	}
	if revision == 0 {
		a.revision, err = d.bucket.Create(ctx, a.conf.SDKAppID, a.record)
	} else {
		a.revision, err = d.bucket.Update(ctx, a.conf.SDKAppID, a.record, revision)
	}
	if err != nil {
		return fmt.Errorf("failed to write the directory: %w", err)
	}
	return nil
}
