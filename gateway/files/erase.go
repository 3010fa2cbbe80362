package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Erase removes files at once, those that fit, and tells how many: those of a
// session, or of somebody.
func (f *Files) Erase(ctx context.Context, fits func(app, session, user string) bool) (n int, err error) {
	all, err := f.records.List(ctx)
	if err != nil {
		return 0, err
	}
	for _, e := range all {
		r := &e.Value
		if !fits(r.App, r.Session, r.User) {
			continue
		}
		if err := os.Remove(f.path(e.Key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return n, fmt.Errorf("failed to erase a file: %w", err)
		}
		there, err := f.records.Erase(ctx, e.Key)
		if err != nil {
			return n, err
		}
		if there > 0 {
			f.release(r.App, r.Size)
			n++
		}
	}
	return n, nil
}
