package record

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"tccc/gateway/audit"
	"tccc/gateway/store"
	"tccc/internal/limit"
)

// Path is where recordings are served.
const Path = "/recordings/"

// Links signs and checks links to recordings. Its key is in the store: links
// hold over restarts and on every node.
type Links struct {
	// Audit hears of links that were forged. It is set before the first request.
	Audit audit.Func

	key      []byte
	recorder *Recorder
	now      func() time.Time
}

type keyRecord struct {
	Key []byte `json:"key"`
}

// OpenLinks reads the key, or makes it.
func OpenLinks(ctx context.Context, s *store.Store, r *Recorder) (*Links, error) {
	bucket, err := store.OpenBucket[keyRecord](ctx, s, "recordings", 0)
	if err != nil {
		return nil, err
	}
	fresh := keyRecord{make([]byte, 32)}
	_, _ = rand.Read(fresh.Key)
	if _, err := bucket.Create(ctx, "key", fresh); err != nil && !errors.Is(err, store.ErrExists) {
		return nil, err
	}
	e, err := bucket.Get(ctx, "key")
	if err != nil {
		return nil, err
	}
	return &Links{key: e.Value.Key, recorder: r, now: time.Now}, nil
}

func (l *Links) sign(id string, expires int64) string {
	mac := hmac.New(sha256.New, l.key)
	fmt.Fprintf(mac, "%s\x00%d", id, expires)
	return hex.EncodeToString(mac.Sum(nil))
}

// Link gives the path and query under which a recording can be fetched for a
// time.
func (l *Links) Link(id string, valid time.Duration) string {
	expires := l.now().Add(valid).Unix()
	query := url.Values{"exp": {strconv.FormatInt(expires, 10)}, "sig": {l.sign(id, expires)}}
	return Path + id + "?" + query.Encode()
}

// ServeHTTP serves GET /recordings/ID?exp=UNIX-SECONDS&sig=HEX, with &download=1
// as a file to keep. Without a valid link the answer is 403, whether the recording
// exists or not.
func (l *Links) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET is allowed", http.StatusMethodNotAllowed)
		return
	}
	id := strings.TrimPrefix(r.URL.Path, Path)
	query := r.URL.Query()
	expires, err := strconv.ParseInt(query.Get("exp"), 10, 64)
	valid := hmac.Equal([]byte(l.sign(id, expires)), []byte(query.Get("sig")))
	if err != nil || !valid || l.now().Unix() >= expires {
		if !valid {
			l.Audit.Note(audit.Event{Door: "recordings", Action: "link", From: limit.Address(r.RemoteAddr),
				Result: "wrong signature"})
		}
		http.Error(w, "the link is not valid, or not any more", http.StatusForbidden)
		return
	}
	path, ok := l.recorder.path(id)
	if !ok {
		http.NotFound(w, r)
		return
	}
	f, kind, err := find(path)
	if err != nil {
		if _, err := os.Stat(path + part); err == nil {
			w.Header().Set("Retry-After", "5")
			http.Error(w, "the conversation goes on", http.StatusConflict)
			return
		}
		http.NotFound(w, r)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", kind.mime)
	h.Set("Cache-Control", "private, no-store")
	shown := "inline"
	if query.Get("download") != "" {
		shown = "attachment"
	}
	h.Set("Content-Disposition", shown+`; filename="`+id+kind.end+`"`)
	h.Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", info.ModTime(), f)
}
