package files

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tccc/gateway/config"
	"tccc/gateway/store"
	"tccc/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const app = "1400000001"

// apps is one application.
type apps struct{ files config.Files }

func (a *apps) App(id string) (config.App, bool) {
	return config.App{SDKAppID: app, Files: a.files}, id == app
}

type world struct {
	t     *testing.T
	store *store.Store
	apps  *apps
	dir   string
	files *Files
	*httptest.Server

	mu  sync.Mutex
	now time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: filepath.Join(t.TempDir(), "files"), now: time.Now(), apps: &apps{}}
	w.apps.files = config.Files{MaxMB: 1, QuotaMB: 3, Retention: 90 * 24 * time.Hour}
	var err error
	w.store, err = store.Open(t.Context(), store.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	w.open()
	w.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter,
		r *http.Request) {
		w.files.ServeHTTP(rw, r)
	}))
	t.Cleanup(func() {
		w.Server.Close()
		w.Client().CloseIdleConnections()
		w.files.Close()
		require.NoError(t, w.store.Close(context.Background()))
	})
	return w
}

func (w *world) open() {
	w.t.Helper()
	var err error
	w.files, err = Open(w.t.Context(), Options{
		Dir: w.dir, Store: w.store, Apps: w.apps, Log: slog.New(slog.DiscardHandler),
		Origin: func(r *http.Request) bool { return r.Header.Get("Origin") == "https://shop.example" },
		Now: func() time.Time {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.now
		},
	})
	require.NoError(w.t, err)
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) ticket(name string, size int) string {
	w.t.Helper()
	url, err := w.files.Ticket(w.t.Context(), app, "session", "customer",
		wire.UploadParams{SessionID: "session", Name: name, Size: int64(size)})
	require.NoError(w.t, err)
	require.True(w.t, strings.HasPrefix(url, UploadPath))
	return url
}

type answer struct {
	wire.File
	Error *wire.Error `json:"error"`
	code  int
}

func (w *world) post(url string, body []byte, headers ...string) answer {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), "POST", w.URL+url, bytes.NewReader(body))
	require.NoError(w.t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := w.Client().Do(r)
	require.NoError(w.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(w.t, err)
	a := answer{code: resp.StatusCode}
	if resp.Header.Get("Content-Type") == "application/json" {
		require.NoError(w.t, json.Unmarshal(text, &a), "%s", text)
	}
	return a
}

func (w *world) upload(name string, body []byte) answer {
	w.t.Helper()
	return w.post(w.ticket(name, len(body)), body)
}

func (w *world) get(url string, headers ...string) (*http.Response, []byte) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), "GET", w.URL+url, nil)
	require.NoError(w.t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := w.Client().Do(r)
	require.NoError(w.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(w.t, err)
	return resp, text
}

func picturesOf(t testing.TB) map[string][]byte {
	t.Helper()
	img := image.NewPaletted(image.Rect(0, 0, 40, 30), color.Palette{color.White, color.RGBA{200, 30, 30, 255}})
	var p, j, g bytes.Buffer
	require.NoError(t, png.Encode(&p, img))
	require.NoError(t, jpeg.Encode(&j, img, nil))
	require.NoError(t, gif.Encode(&g, img, nil))
	webp := append([]byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"), 0)
	return map[string][]byte{"image/png": p.Bytes(), "image/jpeg": j.Bytes(), "image/gif": g.Bytes(),
		"image/webp": webp}
}

func TestTypesAreFoundByContent(t *testing.T) {
	w := newWorld(t)
	good := picturesOf(t)
	good["application/pdf"] = []byte("%PDF-1.7\n%âãÏÓ\n")
	good["text/plain"] = []byte("price list 价目表\n1 < 2 and so on")
	good["application/zip"] = []byte("PK\x03\x04\x14\x00\x00\x00\x08\x00")
	good["video/mp4"] = []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom")
	good["audio/mpeg"] = []byte("ID3\x04\x00\x00\x00\x00\x00\x00")
	good["application/ogg"] = []byte("OggS\x00\x02\x00\x00")
	require.Len(t, good, len(kinds))
	for mime, body := range good {
		a := w.upload("name.html", body) // whatever it is called
		require.Nil(t, a.Error, "%s: %v", mime, a.Error)
		assert.Equal(t, mime, a.MIME)
		assert.Equal(t, int64(len(body)), a.Size)
		assert.Equal(t, "name.html"+kindOf(mime).extensions[0], a.Name)
		w.pass(time.Hour) // of the same user
	}
	gbk := w.upload("价格.txt", []byte("\xbc\xdb\xb8\xf1 100 \xd4\xaa")) // texts of Windows in China
	require.Nil(t, gbk.Error)
	assert.Equal(t, "价格.txt", gbk.Name)
	frame := w.upload("a.mp3", []byte("\xff\xfb\x90\x64\x00\x00\x00\x00\x00\x00"))
	require.Nil(t, frame.Error)
	assert.Equal(t, "audio/mpeg", frame.MIME)
}

func TestWhatIsRefused(t *testing.T) {
	w := newWorld(t)
	huge := func() []byte { // a PNG of 20,000 x 20,000, by its header
		p := bytes.Clone(picturesOf(t)["image/png"])
		copy(p[16:], []byte{0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20})
		crc := crcOf(p[12:29])
		copy(p[29:], crc)
		return p
	}()
	for name, body := range map[string][]byte{
		"html":              []byte("<!DOCTYPE html><script>alert(1)</script>"),
		"html later":        []byte("hello\n\n  <ScRiPt>alert(1)</sCrIpT>"),
		"html at a border":  append(bytes.Repeat([]byte("a"), 64<<10-3), "<script>"...),
		"svg":               []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`),
		"svg with xml":      []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`),
		"svg with BOM":      []byte("\xef\xbb\xbf <svg/>"),
		"shell script":      []byte("#!/bin/sh\nrm -rf /"),
		"program":           []byte("MZ\x90\x00\x03\x00\x00\x00"),
		"elf":               []byte("\x7fELF\x02\x01\x01\x00"),
		"wasm":              []byte("\x00asm\x01\x00\x00\x00"),
		"nonsense":          {0, 1, 2, 3, 4, 5},
		"png by its name":   []byte("<html>"),
		"png that is none":  []byte("\x89PNG\x0d\x0a\x1a\x0a<html><script>"),
		"huge picture":      huge,
		"text with a zero":  append(bytes.Repeat([]byte("a"), 600), 0),
		"postscript":        []byte("%!PS-Adobe-3.0"),
		"gzip":              []byte("\x1f\x8b\x08\x00"),
		"bmp":               []byte("BM\x00\x00"),
		"font":              []byte("wOFF"),
		"xml with a secret": []byte(`<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>`),
	} {
		a := w.upload(name+".png", body)
		require.NotNil(t, a.Error, name)
		assert.Equal(t, wire.ErrFileRefused.Code, a.Error.Code, name)
		assert.NotEmpty(t, a.Error.Detail, name)
		assert.Equal(t, http.StatusUnprocessableEntity, a.code, name)
	}
	assert.Empty(t, w.onDisk(), "nothing is left")
	assert.Zero(t, w.files.used[app])
}

func crcOf(b []byte) []byte {
	c := ^uint32(0)
	for _, x := range b {
		c ^= uint32(x)
		for range 8 {
			c = c>>1 ^ 0xedb88320&-(c&1)
		}
	}
	c = ^c
	return []byte{byte(c >> 24), byte(c >> 16), byte(c >> 8), byte(c)}
}

// onDisk lists the files in the directory.
func (w *world) onDisk() (all []string) {
	w.t.Helper()
	require.NoError(w.t, filepath.WalkDir(w.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, path)
		}
		return err
	}))
	return all
}

func TestTickets(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	body := []byte("hello")
	for _, p := range []wire.UploadParams{
		{Name: "a", Size: 0}, {Name: "a", Size: -1}, {Name: "a", Size: 1_000_001}, {Name: "a", Size: 1 << 60},
		{Name: strings.Repeat("a", 256), Size: 1},
	} {
		_, err := w.files.Ticket(ctx, app, "session", "customer", p)
		assert.ErrorIs(t, err, wire.ErrFileRefused, "%+v", p)
	}
	_, err := w.files.Ticket(ctx, "9", "session", "customer", wire.UploadParams{Name: "a", Size: 1})
	require.ErrorIs(t, err, wire.ErrSessionNotFound)

	once := w.ticket("a.txt", len(body))
	require.Nil(t, w.post(once, body).Error)
	assert.Equal(t, wire.ErrFileRefused.Code, w.post(once, body).Error.Code, "once only")

	late := w.ticket("a.txt", len(body))
	w.pass(ticketLife)
	assert.Equal(t, wire.ErrFileRefused.Code, w.post(late, body).Error.Code)
	assert.Equal(t, wire.ErrFileRefused.Code, w.post(UploadPath+"nobody", body).Error.Code)

	assert.Contains(t, w.post(w.ticket("a.txt", 4), body).Error.Detail, "announced")
	assert.Contains(t, w.post(w.ticket("a.txt", 6), body).Error.Detail, "announced")
	for range waitingMost {
		w.ticket("a.txt", 1)
	}
	_, err = w.files.Ticket(ctx, app, "session", "customer", wire.UploadParams{Name: "a", Size: 1})
	require.ErrorIs(t, err, wire.ErrOverloaded)
	_, err = w.files.Ticket(ctx, app, "session", "another", wire.UploadParams{Name: "a", Size: 1})
	require.NoError(t, err, "each for itself")
}

// An upload whose length is not said is cut off where the announced size ends.
func TestChunkedUpload(t *testing.T) {
	w := newWorld(t)
	for size, good := range map[int]bool{5: true, 4: false, 6: false} {
		r, err := http.NewRequestWithContext(t.Context(), "POST", w.URL+w.ticket("a.txt", size),
			io.MultiReader(strings.NewReader("hello")))
		require.NoError(t, err)
		r.ContentLength = -1
		resp, err := w.Client().Do(r)
		require.NoError(t, err)
		assert.Equal(t, good, resp.StatusCode == 200, size)
		_ = resp.Body.Close()
	}
}

func TestQuota(t *testing.T) {
	w := newWorld(t)
	text := bytes.Repeat([]byte("a"), 1_000_000)
	for range 3 {
		require.Nil(t, w.upload("a.txt", text).Error)
	}
	_, err := w.files.Ticket(t.Context(), app, "session", "customer", wire.UploadParams{Name: "a", Size: 1})
	require.ErrorIs(t, err, wire.ErrFileRefused)
	w.files.Close()
	w.open() // and it is remembered
	_, err = w.files.Ticket(t.Context(), app, "session", "customer", wire.UploadParams{Name: "a", Size: 1})
	require.ErrorIs(t, err, wire.ErrFileRefused)
}

func TestLinks(t *testing.T) {
	w := newWorld(t)
	picture := picturesOf(t)["image/png"]
	a := w.upload(`..\..\evil/../ca"t .png`, picture)
	require.Nil(t, a.Error)
	assert.Equal(t, "ca_t.png", a.Name)
	assert.Empty(t, a.URL)
	file, err := w.files.File(t.Context(), app, "session", a.ID)
	require.NoError(t, err)
	assert.Equal(t, a.File, file)
	for _, other := range []struct{ app, session, id string }{
		{app, "another", a.ID}, {"9", "session", a.ID}, {app, "session", newID()}, {app, "session", "../x"},
		{app, "session", ""},
	} {
		_, err := w.files.File(t.Context(), other.app, other.session, other.id)
		assert.ErrorIs(t, err, wire.ErrFileRefused, "%+v", other)
	}

	link := w.files.Sign(file).URL
	assert.Equal(t, link, w.files.Sign(file).URL, "the same address, so that browsers keep it")
	resp, body := w.get(link)
	require.Equal(t, 200, resp.StatusCode)
	assert.Equal(t, picture, body)
	h := resp.Header
	assert.Equal(t, "image/png", h.Get("Content-Type"))
	assert.Equal(t, "nosniff", h.Get("X-Content-Type-Options"))
	assert.Contains(t, h.Get("Content-Security-Policy"), "sandbox; default-src 'none'")
	assert.Equal(t, `inline; filename=ca_t.png`, h.Get("Content-Disposition"))
	assert.Contains(t, h.Get("Cache-Control"), "private")

	text := w.upload("价.txt", []byte("hello"))
	resp, _ = w.get(w.files.Sign(text.File).URL)
	assert.Equal(t, "attachment; filename*=utf-8''%E4%BB%B7.txt", resp.Header.Get("Content-Disposition"))
	assert.Equal(t, "text/plain", resp.Header.Get("Content-Type"))

	for _, bad := range []string{
		Path + a.ID, strings.Replace(link, a.ID, text.ID, 1), link + "0", strings.Replace(link, "exp=", "exp=9", 1),
		Path + "x" + link[len(Path):], strings.Replace(link, "exp=", "exp=-", 1), Path, Path + "../../etc/passwd",
	} {
		resp, _ := w.get(bad)
		assert.Contains(t, []int{403, 404, 301}, resp.StatusCode, bad)
		assert.NotEqual(t, 200, resp.StatusCode, bad)
	}
	w.files.Close()
	w.open()
	resp, _ = w.get(link)
	assert.Equal(t, 200, resp.StatusCode, "links hold over restarts")
	w.pass(linkLife + time.Hour)
	resp, _ = w.get(link)
	assert.Equal(t, 403, resp.StatusCode)
}

func TestOrigins(t *testing.T) {
	w := newWorld(t)
	url := w.ticket("a.txt", 5)
	assert.Equal(t, 403, w.post(url, []byte("hello"), "Origin", "https://evil.example").code)
	r, err := http.NewRequestWithContext(t.Context(), "OPTIONS", w.URL+url, nil)
	require.NoError(t, err)
	r.Header.Set("Origin", "https://shop.example")
	r.Header.Set("Access-Control-Request-Method", "POST")
	r.Header.Set("Access-Control-Request-Headers", "authorization,sw8")
	resp, err := w.Client().Do(r)
	require.NoError(t, err)
	_ = resp.Body.Close()
	assert.Equal(t, 204, resp.StatusCode)
	assert.Equal(t, "https://shop.example", resp.Header.Get("Access-Control-Allow-Origin"))
	assert.Equal(t, "authorization,sw8", resp.Header.Get("Access-Control-Allow-Headers"))
	a := w.post(url, []byte("hello"), "Origin", "https://shop.example")
	require.Nil(t, a.Error)
	got, _ := w.get(w.files.Sign(a.File).URL, "Origin", "https://evil.example")
	assert.Equal(t, 403, got.StatusCode)
	for _, method := range []string{"PUT", "DELETE", "GET"} {
		r, err := http.NewRequestWithContext(t.Context(), method, w.URL+UploadPath+"x", nil)
		require.NoError(t, err)
		resp, err := w.Client().Do(r)
		require.NoError(t, err)
		_ = resp.Body.Close()
		assert.Equal(t, 405, resp.StatusCode, method)
	}
}

func TestSweep(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	unsent, sent := w.upload("a.txt", []byte("unsent")), w.upload("b.txt", []byte("sent"))
	_, err := w.files.File(ctx, app, "session", sent.ID)
	require.NoError(t, err)
	stray := filepath.Join(w.dir, "parts", "left-by-a-crash")
	require.NoError(t, os.WriteFile(stray, nil, 0o600))
	require.NoError(t, w.files.sweep(ctx))
	assert.Len(t, w.onDisk(), 3, "nothing is old")

	w.pass(unsentLife + time.Minute)
	require.NoError(t, w.files.sweep(ctx))
	assert.Equal(t, []string{w.files.path(sent.ID)}, w.onDisk())
	_, err = w.files.File(ctx, app, "session", unsent.ID)
	require.ErrorIs(t, err, wire.ErrFileRefused)
	resp, _ := w.get(w.files.Sign(unsent.File).URL)
	assert.Equal(t, 404, resp.StatusCode)
	assert.Equal(t, int64(len("sent")), w.files.used[app])

	w.pass(90 * 24 * time.Hour)
	require.NoError(t, w.files.sweep(ctx))
	assert.Empty(t, w.onDisk())
	assert.Zero(t, w.files.used[app])
}

func TestNames(t *testing.T) {
	text := kindOf("text/plain")
	for name, want := range map[string]string{
		"":                          "file.txt",
		"..":                        "file.txt",
		"/etc/passwd":               "passwd.txt",
		`C:\temp\note.TXT`:          "note.txt",
		"a\x00b\nc.txt":             "abc.txt",
		"invoice\u202efdp.exe":      "invoicefdp.exe.txt",
		"\xff\xfe.txt":              "file.txt",
		"<script>.txt":              "_script_.txt",
		".htaccess":                 "htaccess.txt",
		"x.csv":                     "x.csv",
		"a b.log":                   "a b.log",
		strings.Repeat("价", 80_000): strings.Repeat("价", nameMost) + ".txt",
	} {
		assert.Equal(t, want, cleanName(name, text), "%q", name)
	}
}
