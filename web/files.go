package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// file is one path that is served, in the encodings that there are.
type file struct {
	kind  string // media type
	etag  string // of the identity encoding, without quotation marks
	cache string // Cache-Control
	sdk   bool   // part of the SDK: pages of any origin may load it
	// customers is whether it belongs to the customers' page, which companies use
	// as it is; the other pages are the demo's.
	customers bool
	bodies    map[string][]byte
}

// Names of content codings (RFC 9110 section 8.4.1), best first.
const (
	codingBrotli   = "br"
	codingGzip     = "gzip"
	codingIdentity = "identity"
)

const (
	cacheForever    = "public, max-age=31536000, immutable"
	cacheRevalidate = "no-cache"
)

// kinds are the media types of what is served, by suffix; a file with any
// other suffix is not served.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".json": "application/json",
	".wasm": "application/wasm",
	".svg":  "image/svg+xml",
	".png":  "image/png",
	".ico":  "image/x-icon",
	".wav":  "audio/wav",
}

// sources are the parts of the SDK: they are not among the demo's pages.
var sources = map[string]bool{"wasm_exec.js": true, toolsName: true}

// toolsName is the part of the SDK that the shell fetches when it is needed.
const toolsName = "tcccTools.js"

// hashedName is the name of a file that never changes: the program and its runtime.
var hashedName = regexp.MustCompile(`^tccc\.[0-9a-f]{12}\.(wasm|js)$`)

// load reads everything that is served, by path. built reports whether the
// SDK is among it.
func load(files fs.FS) (served map[string]*file, built bool) {
	served = map[string]*file{}
	for _, name := range list(files, ".") {
		kind, ok := kinds[path.Ext(name)]
		if !ok || sources[name] {
			continue
		}
		if f := page(files, name, kind); f != nil {
			f.customers = strings.HasPrefix(name, "customer")
			served["/"+name] = f
		}
	}
	if f := served["/index.html"]; f != nil {
		served["/"] = f
	}
	for _, name := range list(files, "dist") {
		if f := prebuilt(files, name); f != nil {
			served["/sdk/"+name] = f
		}
	}
	for name, kind := range map[string]string{"tccc.d.ts": "application/typescript; charset=utf-8",
		toolsName: kinds[".js"]} {
		if f := page(files, name, kind); f != nil {
			f.sdk = true
			served["/sdk/"+name] = f
		}
	}
	return served, served["/sdk/tcccSdk.js"] != nil
}

// list returns the names of the plain files in a directory.
func list(files fs.FS, dir string) []string {
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	return names
}

// page is a file that is not compressed yet.
func page(files fs.FS, name, kind string) *file {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return nil
	}
	f := &file{kind: kind, etag: tag(data), cache: cacheRevalidate, bodies: map[string][]byte{codingIdentity: data}}
	var buf bytes.Buffer
	z, _ := gzip.NewWriterLevel(&buf, gzip.BestCompression) // the level is valid
	_, _ = z.Write(data)                                    // a buffer does not fail
	_ = z.Close()
	if buf.Len() < len(data) {
		f.bodies[codingGzip] = buf.Bytes()
	}
	return f
}

// prebuilt is a file of dist with its compressed copies, nil if it is not one
// to serve by itself.
func prebuilt(files fs.FS, name string) *file {
	f := &file{kind: kinds[path.Ext(name)], cache: cacheRevalidate, sdk: true, bodies: map[string][]byte{}}
	switch {
	case hashedName.MatchString(name):
		f.cache = cacheForever
	case name != "tcccSdk.js" && name != "manifest.json":
		return nil
	}
	for coding, suffix := range map[string]string{codingIdentity: "", codingBrotli: ".br", codingGzip: ".gz"} {
		if data, err := fs.ReadFile(files, "dist/"+name+suffix); err == nil {
			f.bodies[coding] = data
		}
	}
	f.etag = tag(f.bodies[codingIdentity])
	return f
}

func tag(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}
