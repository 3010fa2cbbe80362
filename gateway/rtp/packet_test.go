package rtp

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestHeader(t *testing.T) {
	b := make([]byte, headerSize+4)
	putHeader(b, 101, true, 0xfffe, 0x01020304, 0xcafebabe)
	copy(b[headerSize:], "data")
	h, ok := parseHeader(b)
	require.True(t, ok)
	require.Equal(t, header{true, 101, 0xfffe, 0x01020304, 0xcafebabe, []byte("data")}, h)

	full := append([]byte{0xb1, 0}, b[2:headerSize]...) // padding, extension, one source
	full = append(full, 1, 2, 3, 4)                     // source
	full = append(full, 0xbe, 0xde, 0, 1, 9, 9, 9, 9)   // extension
	full = append(full, 'x', 'y', 0, 0, 3)              // payload and padding
	h, ok = parseHeader(full)
	require.True(t, ok)
	require.Equal(t, "xy", string(h.payload))
	for n := range full {
		_, _ = parseHeader(full[:n]) // must not read beyond the end
	}
	bad := append([]byte(nil), full...)
	bad[len(bad)-1] = 200
	_, ok = parseHeader(bad)
	require.False(t, ok, "more padding than packet")
	bad[0] = 0x40
	_, ok = parseHeader(bad)
	require.False(t, ok, "version 1")
}

// Each digit is reported once, whatever is lost, doubled or overtaken.
func TestDigitsOnce(t *testing.T) {
	type packet struct {
		seq      uint16
		code     byte
		end      bool
		marker   bool
		ts       uint32
		duration uint16
		at       time.Duration
	}
	const ms = time.Millisecond
	for name, tc := range map[string]struct {
		in   []packet
		want string
	}{
		"whole": {[]packet{{1, 1, false, true, 100, 160, 0}, {2, 1, false, false, 100, 320, 20 * ms},
			{3, 1, true, false, 100, 480, 40 * ms},
			{4, 1, true, false, 100, 480, 41 * ms}}, "1"},
		"begin lost":   {[]packet{{2, 1, false, false, 100, 320, 0}, {3, 1, true, false, 100, 480, 40 * ms}}, "1"},
		"only the end": {[]packet{{9, 11, true, false, 100, 800, 0}, {10, 11, true, false, 100, 800, 1}}, "#"},
		"end lost":     {[]packet{{1, 1, false, true, 100, 160, 0}, {9, 2, false, true, 1300, 160, 200 * ms}}, "12"},
		"same twice":   {[]packet{{1, 1, true, true, 100, 160, 0}, {2, 1, true, true, 1300, 160, 200 * ms}}, "11"},
		"overtaken end": {[]packet{{1, 1, false, true, 100, 160, 0}, {3, 2, false, true, 1300, 160, 150 * ms},
			{2, 1, true, false, 100, 320, 151 * ms}, {4, 2, true, false, 1300, 320, 160 * ms}}, "12"},
		"wrapped": {[]packet{{0xffff, 1, false, true, 0xffffff00, 160, 0},
			{0, 2, false, true, 200, 160, 150 * ms}}, "12"},
		"new beginning": {[]packet{{1, 1, false, true, 900000, 160, 0}, {9000, 2, false, true, 100, 160, time.Second}},
			"12"},
		"frozen clock": {[]packet{{1, 1, false, true, 100, 160, 0}, {2, 1, true, false, 100, 320, 50 * ms},
			{3, 2, false, true, 100, 160, time.Second}}, "12"},
		"frozen clock, at once, no marker": {[]packet{{1, 1, false, true, 100, 160, 0},
			{2, 1, true, false, 100, 320, 50 * ms},
			{3, 2, false, false, 100, 160, 60 * ms}, {4, 2, true, false, 100, 320, 80 * ms}}, "12"},
		"frozen clock, the same digit": {[]packet{{1, 1, false, true, 100, 160, 0},
			{2, 1, true, false, 100, 320, 50 * ms},
			{3, 1, true, false, 100, 320, 51 * ms}, {4, 1, false, true, 100, 160, 90 * ms},
			{5, 1, true, false, 100, 320, 110 * ms}}, "11"},
		"frozen clock, the same digit, end lost": {[]packet{{1, 1, false, true, 100, 160, 0},
			{4, 1, false, false, 100, 640, 60 * ms},
			{9, 1, false, true, 100, 160, 140 * ms}}, "11"},
		"frozen clock, overtaken": {[]packet{{1, 1, true, true, 100, 320, 0}, {3, 2, false, true, 100, 160, 60 * ms},
			{2, 1, true, false, 100, 320, 61 * ms}, {4, 2, true, false, 100, 320, 80 * ms}}, "12"},
		"long, in segments": {[]packet{{1, 1, false, true, 100, 160, 0}, {2, 1, false, false, 100, 0xffff, 8190 * ms},
			{3, 1, false, false, 100 + 0xffff, 160, 8210 * ms}, {4, 1, true, false, 100 + 0xffff, 320, 8230 * ms}},
			"1"},
		"long, wrapped in place": {[]packet{{1, 1, false, true, 100, 0xff00, 0}, {2, 1, false, false, 100, 32, 20 * ms},
			{3, 1, true, false, 100, 192, 40 * ms}}, "1"},
		"timestamp runs along": {[]packet{{1, 1, false, true, 100, 160, 0}, {2, 1, false, false, 260, 320, 20 * ms},
			{3, 1, true, false, 420, 480, 40 * ms}}, "1"},
		"flash is none":  {[]packet{{1, 16, true, true, 100, 160, 0}}, ""},
		"doubled marker": {[]packet{{1, 3, false, true, 100, 160, 0}, {1, 3, false, true, 100, 160, 1}}, "3"},
		"marker on all": {[]packet{{1, 3, false, true, 100, 160, 0}, {2, 3, false, true, 100, 320, 20 * ms},
			{3, 3, true, true, 100, 480, 40 * ms}}, "3"},
	} {
		t.Run(name, func(t *testing.T) {
			var d digits
			got := ""
			for _, p := range tc.in {
				b := []byte{p.code, 10, byte(p.duration >> 8), byte(p.duration)}
				if p.end {
					b[1] |= 0x80
				}
				d.take(&header{marker: p.marker, seq: p.seq, ts: p.ts, payload: b}, int64(p.at),
					func(c byte) { got += string(c) })
			}
			require.Equal(t, tc.want, got)
		})
	}
}

func FuzzEvent(f *testing.F) {
	f.Add([]byte{1, 0x8a, 3, 0x20}, true, uint32(160))
	f.Add([]byte{15, 0, 0, 0, 1, 2}, false, uint32(0))
	f.Add([]byte{16, 0x3f, 0xff, 0xff}, false, uint32(1<<31))
	f.Add([]byte{}, true, uint32(0))
	f.Fuzz(func(t *testing.T, b []byte, marker bool, ts uint32) {
		n := 0
		var d digits
		report := func(c byte) {
			n++
			if c == 0 {
				t.Fatal("no digit")
			}
		}
		h := header{marker: marker, ts: ts, payload: b}
		d.take(&h, 0, report)
		d.take(&h, 1, report)
		e, ok := parseEvent(b)
		if ok != (n == 1) || n > 1 {
			t.Fatalf("%v %v %d", e, ok, n)
		}
	})
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte{0x80, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 4})
	f.Add([]byte{0xb1, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 1, 1, 1, 0, 0, 0, 1, 9, 9, 9, 9, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, ok := parseHeader(b)
		if ok && len(h.payload) > len(b)-headerSize {
			t.Fatal("payload larger than the packet")
		}
	})
}
