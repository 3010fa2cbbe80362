package wire

import (
	"strings"
	"unicode/utf8"
)

// numberReader takes the main part of a number apart.
type numberReader struct {
	plus    bool
	service bool          // begins with * or #
	groups  []numberGroup // of digits
}

// numberGroup is a row of digits and what came before it.
type numberGroup struct {
	digits string
	after  byte // '-', ' ', '/', '(' and so on; 0 for the first
}

// read splits a text that is folded already.
func (r *numberReader) read(text string) error {
	before := byte(0)
	for i := 0; i < len(text); i++ {
		c := text[i]
		begun := len(r.groups) > 0
		switch {
		case c >= '0' && c <= '9':
			r.add(c, before)
			before = 0
			continue
		case c == '+' && !begun && !r.plus:
			r.plus = true
		case c == '+':
			return badNumber("there is more than one number in it")
		case c == '*' || c == '#':
			if !begun {
				r.service = true
			}
			if !r.service && (c == '*' || i < len(strings.TrimRight(text, " "))-1) {
				return maskedOr(text, i)
			}
			r.add(c, before)
			before = 0
			continue
		case c == '\n' || c == '\r' || c == '\t' || c == '\v' || c == '\f':
			return badNumber("there is more than one line in it")
		case strings.IndexByte(" -./()[]", c) >= 0:
			if c == '.' && i > 0 && text[i-1] == '.' {
				return badNumber("digits are left out in it: give the whole number")
			}
			if begun && (before == 0 || before == ' ' && c != ' ') {
				before = c
			}
			continue
		default:
			return strange(text[i:])
		}
		before = 0
	}
	return nil
}

// add appends a digit to the group that is open, or opens the next one.
func (r *numberReader) add(c, before byte) {
	if n := len(r.groups); n > 0 && before == 0 {
		r.groups[n-1].digits += string(c)
		return
	}
	r.groups = append(r.groups, numberGroup{string(c), before})
}

// maskedOr says what a * or # among digits means.
func maskedOr(text string, i int) error {
	if text[i] == '#' && (i == 0 || text[i-1] != '#') && !strings.HasPrefix(text[i:], "##") {
		return badNumber("what follows # may be an extension: write ;ext= before it, or call without it")
	}
	return badNumber("digits are masked in it: give the whole number")
}

// strange says why a character cannot be part of a number.
func strange(text string) error {
	c, _ := utf8.DecodeRuneInString(text)
	switch {
	case strings.ContainsRune("xX?_~\u00d7\u25cf\u25a0\u25a1\u25cb\u2588\u203b", c):
		return badNumber("digits are masked in it: give the whole number")
	case c == '\u2026' || c == '\u22ef':
		return badNumber("digits are left out in it: give the whole number")
	case strings.ContainsRune(",|&;\u3001\u6216", c):
		return badNumber("there is more than one number in it")
	}
	return badNumber("%q cannot be dialled", c)
}

// judge refuses what would be dialled although it means something else.
func (r *numberReader) judge(ext string) error {
	r.dropTrunkZero()
	all := strings.Join(r.texts(), "")
	switch n := len(all); {
	case n < numberLeast, !r.service && digitsIn(all) < numberLeast:
		return badNumber("it has fewer than %d digits", numberLeast)
	case n > numberMost:
		return badNumber("it has more than %d digits", numberMost)
	case r.service && (r.plus || ext != ""):
		return badNumber("a service code has no plus sign and no extension")
	case r.plus && strings.HasPrefix(all, "860"):
		return badNumber("there are zeros after the country code")
	case digitsIn(all) == 0:
		return badNumber("there is no digit in it")
	}
	last := len(r.groups) - 1
	long := 0
	for i, g := range r.groups {
		if len(g.digits) >= 7 {
			if long++; long > 1 && g.after != '-' && (len(all) > 15 || len(g.digits) == len(r.groups[i-1].digits)) {
				return badNumber("there is more than one number in it")
			}
		}
	}
	if last > 0 && r.groups[last].after == '-' && len(r.groups[last].digits) <= 6 && r.complete(r.groups[:last]) {
		return badNumber("%q after the dash may be an extension: write ;ext= before it, or call without it",
			r.groups[last].digits)
	}
	return nil
}

// dropTrunkZero takes the zero out of "+44 (0)20" and "+86 0755": it is dialled
// at home only. Nothing in China begins with one.
func (r *numberReader) dropTrunkZero() {
	if r.plus && strings.HasPrefix(strings.Join(r.texts(), ""), "860") {
		skip := 2
		for i := range r.groups {
			g := &r.groups[i]
			if len(g.digits) > skip {
				g.digits = g.digits[:skip] + g.digits[skip+1:]
				return
			}
			skip -= len(g.digits)
		}
	}
	for i, g := range r.groups {
		if r.plus && i > 0 && g.digits == "0" && g.after == '(' {
			r.groups = append(r.groups[:i:i], r.groups[i+1:]...)
			return
		}
	}
}

// complete reports whether groups are a whole number by the plans of China and
// North America, so that what follows is something else.
func (r *numberReader) complete(groups []numberGroup) bool {
	text := ""
	for _, g := range groups {
		text += g.digits
	}
	china := strings.HasPrefix(text, "0086")
	switch {
	case china:
		text = text[4:]
	case r.plus && strings.HasPrefix(text, "86"):
		china, text = true, text[2:]
	case r.plus:
		return strings.HasPrefix(text, "1") && len(text) == 11
	}
	n := len(text)
	switch {
	case n == 11 && text[0] == '1' && text[1] >= '3':
		return true // mobile
	case n >= 10 && n <= 12 && text[0] == '0':
		return len(groups[len(groups)-1].digits) >= 4 // area code and number
	case china && n >= 9 && n <= 11 && text[0] >= '1':
		return true // the same without its zero
	case n == 10 && (text[:3] == "400" || text[:3] == "800"):
		return true
	}
	return len(groups) == 1 && (n == 7 || n == 8) && text[0] >= '2' // without area code
}

func (r *numberReader) texts() []string {
	texts := make([]string, len(r.groups))
	for i, g := range r.groups {
		texts[i] = g.digits
	}
	return texts
}

func (r *numberReader) digits() string {
	all := strings.Join(r.texts(), "")
	if r.plus {
		return "+" + all
	}
	return all
}
