package files

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// What is removed, and when.
const (
	sweepEvery = time.Hour
	unsentLife = 24 * time.Hour // of an upload that was never sent
	strayLife  = 2 * time.Hour  // of bytes that nobody knows: longer than any upload
)

func (f *Files) sweepOften(ctx context.Context) {
	ticks := time.NewTicker(sweepEvery)
	defer ticks.Stop()
	for {
		if err := f.sweep(ctx); err != nil && ctx.Err() == nil {
			f.o.Log.Error("old files were not removed", "err", err)
		}
		select {
		case <-ticks.C:
		case <-ctx.Done():
			return
		}
	}
}

// sweep removes files whose time has come, uploads that were never sent, and
// what a crash has left.
func (f *Files) sweep(ctx context.Context) error {
	all, err := f.records.List(ctx)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	var errs []error
	for _, e := range all {
		if !f.over(&e.Value) {
			known[e.Key] = true
			continue
		}
		// The record first: a file without one is a stray, a record without a
		// file would be a broken link.
		if err := f.records.Delete(ctx, e.Key); err != nil {
			errs = append(errs, err)
			known[e.Key] = true
			continue
		}
		f.release(e.Value.App, e.Value.Size)
		if err := os.Remove(f.path(e.Key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, f.sweepStrays(ctx, known))...)
}

// over reports whether a file is kept no longer. Files of an application that
// is gone are kept: it may have been left out by mistake.
func (f *Files) over(r *record) bool {
	now, at := f.o.Now(), time.UnixMilli(r.At)
	a, ok := f.o.Apps.App(r.App)
	retention := a.Files.Retention
	return !r.Sent && now.Sub(at) > unsentLife || ok && retention > 0 && now.Sub(at) > retention
}

// sweepStrays removes files that no record knows.
func (f *Files) sweepStrays(ctx context.Context, known map[string]bool) error {
	return filepath.WalkDir(f.o.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if !d.Type().IsRegular() || known[d.Name()] {
			return nil
		}
		info, err := d.Info()
		if err != nil || f.o.Now().Sub(info.ModTime()) < strayLife {
			return nil // it has gone, or somebody is writing it
		}
		return os.Remove(path)
	})
}
