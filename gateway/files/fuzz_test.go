package files

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzDetect looks at contents: what is taken is of a known type, and what is
// taken as a text holds no markup.
func FuzzDetect(f *testing.F) {
	for _, p := range picturesOf(f) {
		f.Add(p)
	}
	for _, s := range []string{"text", "<html>", "#!/bin/sh", "%PDF-1.4", "PK\x03\x04", "\xff\xfb\x90\x64\x00", "\x00",
		"\xef\xbb\xbf<svg/>"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		k, err := detect(bytes.NewReader(body))
		if err != nil {
			return
		}
		if kindOf(k.mime) == nil {
			t.Fatalf("%q was taken as %s", body, k.mime)
		}
		if k.mime == "text/plain" && bytes.Contains(bytes.ToLower(body), []byte("<script")) {
			t.Fatalf("%q was taken", body)
		}
	})
}

// FuzzName cleans names: the result is one plain component that cannot lead
// anywhere else, with an extension of its kind.
func FuzzName(f *testing.F) {
	for _, s := range []string{"a.txt", "../x", `C:\x`, "\u202ecod.exe", "\x00", ".", "a/", strings.Repeat("x", 300)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		for i := range kinds {
			got := cleanName(name, &kinds[i])
			if got != filepath.Base(got) || strings.ContainsAny(got, `/\"<>`) || strings.HasPrefix(got, ".") ||
				!utf8.ValidString(got) ||
				strings.ContainsFunc(got, unicode.IsControl) || utf8.RuneCountInString(got) > nameMost+5 ||
				kindOf(kinds[i].mime) == nil {
				t.Fatalf("%q became %q", name, got)
			}
			if ext := filepath.Ext(got); !strings.Contains(strings.Join(kinds[i].extensions, " "), ext) || ext == "" {
				t.Fatalf("%q became %q, which is no %s", name, got, kinds[i].mime)
			}
		}
	})
}
