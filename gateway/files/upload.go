package files

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"tccc/gateway/disk"
	"tccc/internal/limit"
	"tccc/wire"
)

// upload takes the bytes of a file: POST /files/upload/TICKET. The answer is a
// wire.File, or {"error": wire.Error}.
func (f *Files) upload(w http.ResponseWriter, r *http.Request) {
	file, err := f.take(w, r)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json")
	if err == nil {
		_ = json.NewEncoder(w).Encode(file) // an error means that the client has gone
		return
	}
	e := wire.AsError(err)
	switch e.Code {
	case wire.ErrFileRefused.Code:
		w.WriteHeader(http.StatusUnprocessableEntity)
	case wire.ErrOverloaded.Code:
		w.WriteHeader(http.StatusServiceUnavailable)
	default:
		f.o.Log.Error("an upload failed", "err", err)
		w.WriteHeader(http.StatusInternalServerError)
	}
	_ = json.NewEncoder(w).Encode(map[string]*wire.Error{"error": e})
}

// take stores what comes with a ticket.
func (f *Files) take(w http.ResponseWriter, r *http.Request) (*wire.File, error) {
	t, give, err := f.redeem(strings.TrimPrefix(r.URL.Path, UploadPath), limit.Address(r.RemoteAddr))
	if err != nil {
		return nil, err
	}
	defer give()
	kept := false
	defer func() {
		if !kept {
			f.release(t.app, t.size)
		}
	}()
	if r.ContentLength >= 0 && r.ContentLength != t.size {
		return nil, wire.ErrFileRefused.With("%d bytes were announced, not %d", t.size, r.ContentLength)
	}
	part, err := os.CreateTemp(f.parts(), "")
	if err != nil {
		return nil, fmt.Errorf("failed to store a file: %w", err)
	}
	defer func() {
		_ = part.Close()
		_ = os.Remove(part.Name()) // it has moved on if it is kept
	}()
	k, err := receive(part, http.MaxBytesReader(w, r.Body, t.size), t.size)
	if err != nil {
		return nil, err
	}
	id := newID()
	rec := record{
		App: t.app, Session: t.session, User: t.user, Name: cleanName(t.name, k), Size: t.size, MIME: k.mime,
		At: f.o.Now().UnixMilli(),
	}
	if err := f.keep(r.Context(), id, part, rec); err != nil {
		return nil, err
	}
	kept = true
	file := rec.file(id)
	return &file, nil
}

// receive writes the body to disk and looks at what it is.
func receive(part *os.File, body io.Reader, size int64) (*kind, error) {
	n, err := io.Copy(part, body)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large) || err == nil && n != size:
		return nil, wire.ErrFileRefused.With("it does not have the %d bytes that were announced", size)
	case err != nil:
		return nil, wire.ErrFileRefused.With("the upload was cut off")
	}
	if _, err := part.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("failed to read an upload: %w", err)
	}
	k, err := detect(part)
	if err != nil {
		return nil, err
	}
	return k, nil
}

// keep makes a file durable, and known after that: what crashes in between
// leaves bytes that nobody knows, which the sweep removes.
func (f *Files) keep(ctx context.Context, id string, part *os.File, rec record) error {
	path := f.path(id)
	if err := errors.Join(part.Sync(), part.Close(), os.MkdirAll(filepath.Dir(path), 0o700)); err != nil {
		return fmt.Errorf("failed to store a file: %w", err)
	}
	if err := os.Rename(part.Name(), path); err != nil {
		return fmt.Errorf("failed to store a file: %w", err)
	}
	err := errors.Join(disk.Sync(filepath.Dir(path)), disk.Sync(f.o.Dir))
	if err == nil {
		_, err = f.records.Create(ctx, id, rec)
	}
	if err != nil {
		_ = os.Remove(path)
		return fmt.Errorf("failed to store a file: %w", err)
	}
	return nil
}
