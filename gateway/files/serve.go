package files

import (
	"errors"
	"mime"
	"net/http"
	"os"
	"strings"
	"time"

	"tccc/gateway/audit"
	"tccc/gateway/store"
	"tccc/internal/cors"
	"tccc/internal/limit"
	"tccc/wire"
)

// policy keeps a browser from doing anything with a file but showing it.
const policy = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; media-src 'self'"

// ServeHTTP serves POST /files/upload/TICKET and GET /files/ID?exp=&sig=.
func (f *Files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	if (cors.Policy{Allowed: f.o.Origin, Methods: "GET, HEAD, POST"}).Answer(w, r) {
		return
	}
	if r.Header.Get("Origin") != "" && !f.o.Origin(r) {
		f.note(r, "origin", wire.ErrOrigin.Name)
		http.Error(w, wire.ErrOrigin.Error(), http.StatusForbidden)
		return
	}
	uploading := strings.HasPrefix(r.URL.Path, UploadPath)
	switch {
	case uploading && r.Method == http.MethodPost:
		f.upload(w, r)
	case !uploading && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		f.serve(w, r)
	default:
		h.Set("Allow", "GET, HEAD, POST, OPTIONS")
		http.Error(w, "files are read with GET, and uploaded with POST to the address that was given",
			http.StatusMethodNotAllowed)
	}
}

func (f *Files) note(r *http.Request, action, result string) {
	f.o.Audit.Note(audit.Event{Door: "files", Action: action, From: limit.Address(r.RemoteAddr), Result: result})
}

// serve gives a file to whoever has its link. Without a valid one the answer
// is 403, whether the file exists or not.
func (f *Files) serve(w http.ResponseWriter, r *http.Request) {
	id, query := strings.TrimPrefix(r.URL.Path, Path), r.URL.Query()
	if !isID(id) || !f.links.good(id, query.Get("exp"), query.Get("sig"), f.o.Now()) {
		f.note(r, "link", "not valid")
		http.Error(w, "the link is not valid, or not any more", http.StatusForbidden)
		return
	}
	e, err := f.records.Get(r.Context(), id)
	var file *os.File
	if err == nil {
		file, err = os.Open(f.path(id))
	}
	switch {
	case errors.Is(err, store.ErrNotFound), errors.Is(err, os.ErrNotExist):
		http.Error(w, "the file is not kept any more", http.StatusNotFound)
		return
	case err != nil:
		f.o.Log.Error("a file could not be read", "file", id, "err", err)
		http.Error(w, wire.ErrInternal.Error(), http.StatusInternalServerError)
		return
	}
	defer file.Close()
	rec := &e.Value
	disposition, k := "attachment", kindOf(rec.MIME)
	if k != nil && k.inline {
		disposition = "inline"
	}
	h := w.Header()
	h.Set("Content-Type", rec.MIME)
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": rec.Name}))
	h.Set("Content-Security-Policy", policy)
	h.Set("Cross-Origin-Resource-Policy", "cross-origin") // desks are pages of other sites
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "private, max-age=3600, immutable")
	h.Set("ETag", `"`+id+`"`)
	http.ServeContent(w, r, "", time.UnixMilli(rec.At), file)
}
