package files

import (
	"bytes"
	"image"
	_ "image/gif"  // their headers are read
	_ "image/jpeg" //
	_ "image/png"  //
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tccc/wire"
)

// kind is a type of files that may be sent. The first extension is given to a
// file whose own does not belong to its content.
type kind struct {
	mime       string
	extensions []string
	inline     bool // shown by browsers in place: images only
}

var kinds = []kind{
	{"image/png", []string{".png"}, true},
	{"image/jpeg", []string{".jpg", ".jpeg"}, true},
	{"image/gif", []string{".gif"}, true},
	{"image/webp", []string{".webp"}, true},
	{"application/pdf", []string{".pdf"}, false},
	{"text/plain", []string{".txt", ".csv", ".md", ".log"}, false},
	{"application/zip", []string{".zip", ".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp"}, false},
	{"video/mp4", []string{".mp4", ".m4v"}, false},
	{"audio/mpeg", []string{".mp3"}, false},
	{"application/ogg", []string{".ogg", ".oga", ".opus"}, false},
}

// Types are the media types that may be sent.
func Types() []string {
	var all []string
	for _, k := range kinds {
		all = append(all, k.mime)
	}
	return all
}

func kindOf(mime string) *kind {
	if i := slices.IndexFunc(kinds, func(k kind) bool { return k.mime == mime }); i >= 0 {
		return &kinds[i]
	}
	return nil
}

// sniffed is how much of a file says what it is, and pixelsMost what an image
// may unfold to in a browser.
const (
	sniffed    = 512
	pixelsMost = 100_000_000
)

// detect tells the type of a file by its content; what cannot be sent is an
// error.
func detect(r io.ReadSeeker) (*kind, error) {
	head := make([]byte, sniffed)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	head = head[:n]
	mime, _, _ := strings.Cut(http.DetectContentType(head), ";")
	if mime == "application/octet-stream" && mp3(head) {
		mime = "audio/mpeg"
	}
	k := kindOf(mime)
	if k == nil {
		return nil, wire.ErrFileRefused.With("its content is of the type %s", mime)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	switch {
	case mime == "text/plain":
		return k, plain(r)
	case mime == "image/webp":
		return k, nil // the standard library does not read them; browsers bound them
	case k.inline:
		return k, picture(r, mime)
	}
	return k, nil
}

// mp3 reports whether a file begins with a frame of MPEG audio, layer III
// (ISO 11172-3, 2.4.1.3), without the tag that usually comes first.
func mp3(head []byte) bool {
	return len(head) > 4 && head[0] == 0xff && (head[1]&0xfe == 0xfa || head[1]&0xfe == 0xf2) && head[2]>>4 != 0xf &&
		head[2]>>4 != 0
}

// picture refuses what is no image, or one that unfolds to too much.
func picture(r io.Reader, mime string) error {
	c, format, err := image.DecodeConfig(r)
	switch {
	case err != nil || mime != "image/"+format:
		return wire.ErrFileRefused.With("it is no image that can be read")
	case int64(c.Width)*int64(c.Height) > pixelsMost:
		return wire.ErrFileRefused.With("an image may have %d megapixels", pixelsMost/1_000_000)
	}
	return nil
}

// Words that begin what a browser or a shell would run, in lower case.
var scripts = [][]byte{[]byte("<"), []byte("#!"), []byte("@echo"), []byte("%!ps")}

// markup is what is looked for in all of a text.
var markup = [][]byte{[]byte("<script"), []byte("<svg"), []byte("<html"), []byte("<iframe"), []byte("<!doctype")}

// plain refuses texts that are markup or scripts, and what is no text after
// its beginning.
func plain(r io.Reader) error {
	buf, kept := make([]byte, 64<<10), 0
	for first := true; ; first = false {
		n, err := io.ReadFull(r, buf[kept:])
		part := bytes.ToLower(buf[:kept+n])
		if first {
			start := bytes.TrimLeftFunc(bytes.TrimPrefix(part, []byte("\xef\xbb\xbf")), unicode.IsSpace)
			if slices.ContainsFunc(scripts, func(s []byte) bool { return bytes.HasPrefix(start, s) }) {
				return wire.ErrFileRefused.With("it is markup or a script")
			}
		}
		if slices.ContainsFunc(markup, func(s []byte) bool { return bytes.Contains(part, s) }) {
			return wire.ErrFileRefused.With("it is markup or a script")
		}
		if bytes.IndexByte(part, 0) >= 0 {
			return wire.ErrFileRefused.With("it is no text")
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil
		}
		if err != nil {
			return err
		}
		kept = copy(buf, buf[len(buf)-16:]) // a word may lie across
	}
}

// nameMost bounds the name that is kept, in characters.
const nameMost = 100

// cleanName makes the name of a file fit to be shown and saved: one plain
// component, with an extension that belongs to the content.
func cleanName(name string, k *kind) string {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError || unicode.IsControl(r) || !unicode.IsGraphic(r):
			return -1 // with the characters that turn the direction of what follows
		case strings.ContainsRune(`<>:"|?*%;`, r):
			return '_'
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, name)
	name = strings.TrimRight(name, " .")
	ext := strings.ToLower(filepath.Ext(name))
	if slices.Contains(k.extensions, ext) {
		name = name[:len(name)-len(ext)]
	} else {
		ext = k.extensions[0]
	}
	if name = strings.Trim(name, " ."); name == "" {
		name = "file"
	}
	if runes := []rune(name); len(runes) > nameMost {
		name = strings.TrimRight(string(runes[:nameMost]), " .")
	}
	return name + ext
}
