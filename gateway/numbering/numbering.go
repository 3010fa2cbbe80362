// Package numbering turns telephone numbers from the form in which one side
// writes them into that of the other (ITU-T E.164): with a plus, with the
// international prefix, or as they are dialled within the country.
package numbering

import (
	"fmt"
	"slices"
	"strings"
)

// Form is a way to write a number.
type Form uint8

// The forms.
const (
	AsIs          Form = iota
	Plus               // +8613800138000
	Digits             // 8613800138000
	International      // 008613800138000
	National           // 13800138000, 02112345678
)

var names = []string{"asIs", "plus", "digits", "international", "national"}

// ParseForm reads the name of a form; empty is AsIs.
func ParseForm(name string) (Form, error) {
	if name == "" {
		return AsIs, nil
	}
	if i := slices.Index(names, name); i >= 0 {
		return Form(i), nil
	}
	return 0, fmt.Errorf("%q is not one of %s", name, strings.Join(names, ", "))
}

// String is the name of the form.
func (f Form) String() string { return names[f] }

// Plan is how numbers are written in a country. The zero value changes none.
type Plan struct {
	Country       string   // code without a plus: "86"
	International string   // prefix of numbers abroad: "00"
	National      string   // prefix of numbers within the country: "0", or ""
	Bare          []string // beginnings of numbers that are dialled without National: "1", "400"
}

// Lengths of numbers. Shorter ones are services and extensions, which have no
// other form.
const (
	shortest = 7
	longest  = 15 // of E.164, with the country code
)

// Write puts a number into a form. What is no number of the plan stays as it is.
func (p *Plan) Write(number string, f Form) string {
	full, ok := p.full(number)
	if !ok || f == AsIs {
		return number
	}
	switch f {
	case Plus:
		return "+" + full
	case Digits:
		return full
	case National:
		if own, ok := strings.CutPrefix(full, p.Country); ok {
			return p.within(own)
		}
	}
	return p.International + full // abroad, also in the national form
}

// Forms are all forms of a number, for who has to find it among others.
func (p *Plan) Forms(number string) []string {
	all := []string{number}
	for f := Plus; f <= National; f++ {
		if n := p.Write(number, f); !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	return all
}

// full reads a number in any form: the country code and what follows it.
func (p *Plan) full(number string) (string, bool) {
	digits, plus := strings.CutPrefix(number, "+")
	if p.Country == "" || len(digits) < shortest || strings.Trim(digits, "0123456789") != "" {
		return "", false
	}
	full := p.Country + digits
	switch rest, abroad := strings.CutPrefix(digits, p.International); {
	case plus:
		full = digits
	case abroad && p.International != "":
		full = rest
	case p.National != "" && strings.HasPrefix(digits, p.National):
		full = p.Country + digits[len(p.National):]
	case p.coded(digits):
		full = digits
	}
	if own, ok := strings.CutPrefix(full, p.Country); ok && p.National != "" {
		full = p.Country + strings.TrimPrefix(own, p.National) // +49 (0)30 …
	}
	return full, len(full) >= shortest && len(full) <= longest
}

// coded reports whether digits begin with the country code although nothing
// says so: what would follow is a whole number, and all of it is too long for one.
func (p *Plan) coded(digits string) bool {
	own, ok := strings.CutPrefix(digits, p.Country)
	return ok && len(digits) > 11 && len(own) > 7
}

// within is a number as it is dialled within the country.
func (p *Plan) within(own string) string {
	if slices.ContainsFunc(p.Bare, func(begin string) bool { return strings.HasPrefix(own, begin) }) {
		return own
	}
	return p.National + own
}
