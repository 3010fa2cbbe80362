package wire

import (
	"strings"
	"unicode"
)

// Number is a telephone number that was read from a text.
type Number struct {
	// 3 to 32 digits, perhaps after a plus sign; a service code begins with * or # and has more of them
	Digits    string
	Extension string // digits to send once the call is answered; "" if there are none
}

// Bounds of a number.
const (
	numberText  = 256 // bytes of the text
	numberLeast = 3
	numberMost  = 32
)

// String is the number as [ParseNumber] reads it (RFC 3966 section 3).
func (n Number) String() string {
	if n.Extension == "" {
		return n.Digits
	}
	return n.Digits + ";ext=" + n.Extension
}

// ParseNumber reads a number as people paste it: with blanks, dashes, dots and
// brackets of any script, full-width or other digits, invisible marks, as a tel
// URI (RFC 3966) and with an extension. What could be dialled wrong is refused
// and the error, an [ErrNumberInvalid], says why: a masked number, two of them,
// an extension that only a dash sets off.
func ParseNumber(text string) (Number, error) {
	if len(text) > numberText {
		return Number{}, badNumber("it has more than %d bytes", numberText)
	}
	main, ext, err := cutExtension(unescapeTel(strings.TrimSpace(FoldNumber(text))))
	if err != nil {
		return Number{}, err
	}
	r := numberReader{}
	if err := r.read(main); err != nil {
		return Number{}, err
	}
	if err := r.judge(ext); err != nil {
		return Number{}, err
	}
	return Number{Digits: r.digits(), Extension: ext}, nil
}

func badNumber(format string, args ...any) error {
	return ErrNumberInvalid.For("phoneNumber", format, args...)
}

// FoldNumber writes digits, punctuation and blanks of all scripts as those of
// ASCII, and leaves out what cannot be seen. It does for numbers what NFKC
// does, whose tables are as large as the rest of a page's program.
func FoldNumber(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0xFF01 && r <= 0xFF5E { // full width
			r -= 0xFEE0
		}
		switch {
		case r < 0x80:
			return r
		case unicode.IsDigit(r):
			return digitOf(r)
		case unseen(r):
			return -1
		case r >= 0x2010 && r <= 0x2015, strings.ContainsRune("\u2212\u02d7\u2043\u30fc\uff70\u301c\ufe58\ufe63", r):
			return '-'
		case strings.ContainsRune("\u00b7\u2022\u30fb\u2024", r):
			return '.'
		case strings.ContainsRune("\u2028\u2029\u0085", r):
			return '\n'
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, text)
}

// unseen reports marks of direction, joiners, BOM, selectors and accents: the
// ranges of format characters and marks that come with pasted text, without
// the tables of all of them.
func unseen(r rune) bool {
	return r == 0xAD || r == 0x61C || r >= 0x300 && r <= 0x36F || r >= 0x180B && r <= 0x180F || r >= 0x200B &&
		r <= 0x200F ||
		r >= 0x202A && r <= 0x202E || r >= 0x2060 && r <= 0x206F || r >= 0xFE00 && r <= 0xFE0F || r == 0xFEFF ||
		r >= 0xFFF9 && r <= 0xFFFB || r >= 0xE0000 && r <= 0xE01EF
}

// digitOf is the digit that any decimal digit stands for: they come in tens.
func digitOf(r rune) rune {
	for _, in := range unicode.Nd.R16 {
		if r >= rune(in.Lo) && r <= rune(in.Hi) {
			return '0' + (r-rune(in.Lo))%10
		}
	}
	for _, in := range unicode.Nd.R32 {
		if r >= rune(in.Lo) && r <= rune(in.Hi) {
			return '0' + (r-rune(in.Lo))%10
		}
	}
	return r
}

// unescapeTel takes "tel:" or "Tel." off, and what is escaped in such a URI.
func unescapeTel(text string) string {
	if len(text) < 4 || !strings.EqualFold(text[:3], "tel") || text[3] != ':' && text[3] != '.' {
		return text
	}
	text = strings.TrimLeft(text[4:], ": /")
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			if hi, lo := hexOf(text[i+1]), hexOf(text[i+2]); hi >= 0 && lo >= 0 {
				b.WriteByte(byte(hi<<4 | lo))
				i += 2
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD")
}

func hexOf(c byte) int {
	i := strings.IndexByte("0123456789abcdefABCDEF", c)
	if i > 15 {
		i -= 6
	}
	return i
}

// extensionMarks set an extension off, the longest first where one begins with
// another.
var extensionMarks = []string{"extension", "extn", "ext", "x", "分机号", "分机", "内线", "转接", "转", "轉"}

// cutExtension splits an extension off, and the parameters of a tel URI. Those
// that are not known may be ignored (RFC 3966 section 3).
func cutExtension(text string) (main, ext string, err error) {
	main, params, _ := strings.Cut(text, ";")
	found := false
	for p := range strings.SplitSeq(params, ";") {
		name, value, named := strings.Cut(strings.TrimSpace(p), "=")
		switch {
		case strings.EqualFold(name, "ext"):
			ext, found = value, true
		case strings.EqualFold(name, "isub"):
			return "", "", badNumber("subaddresses (isub) cannot be dialled")
		case !named && strings.ContainsAny(name, "0123456789"):
			return "", "", badNumber("there is more than one number in it")
		}
	}
	lower := asciiLower(main)
	for _, mark := range extensionMarks {
		if i := strings.Index(lower, mark); i >= 0 && !found && digitsIn(main[i:]) > 0 {
			main, ext, found = main[:i], strings.TrimLeft(main[i+len(mark):], ".:# -"), true
			if digitsIn(main) < 5 || strings.HasPrefix(asciiLower(ext), "x") { // 138x8000, 138xxxx8000
				return "", "", badNumber("digits are masked in it: give the whole number")
			}
			break
		}
	}
	if !found {
		return main, "", nil
	}
	ext = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -.()", r) {
			return -1
		}
		return r
	}, ext)
	switch {
	case ext == "" || strings.Trim(ext, "0123456789*#") != "" || len(ext) > numberMost:
		return "", "", badNumber("its extension is not a row of digits")
	}
	return strings.TrimRight(main, " ,-.("), ext, nil
}

// asciiLower keeps the places of all bytes.
func asciiLower(text string) string {
	b := []byte(text)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func digitsIn(text string) (n int) {
	for i := range len(text) {
		if text[i] >= '0' && text[i] <= '9' {
			n++
		}
	}
	return n
}
