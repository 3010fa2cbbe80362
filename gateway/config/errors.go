package config

import (
	"fmt"
	"sort"
	"strings"
)

// Error is one thing that is wrong with a configuration.
type Error struct {
	File string // "" if the value came from the environment
	Line int    // from 1; 0 if the key is not in the file
	Env  string // the variable that the value came from
	Key  string // path of the key: "sip.trunks[0].address"
	Text string // what is wrong and what is allowed
}

func (e *Error) Error() string {
	var where string
	switch {
	case e.Env != "":
		where = "environment variable " + e.Env
	case e.Line > 0:
		where = fmt.Sprintf("%s:%d", e.File, e.Line)
	default:
		where = e.File
	}
	if e.Key == "" {
		return where + ": " + e.Text
	}
	return where + ": " + e.Key + ": " + e.Text
}

// Errors is everything that is wrong, in the order of the file.
type Errors []*Error

// maxErrors keeps a hopeless file from filling the screen.
const maxErrors = 20

func (e Errors) Error() string {
	lines := make([]string, 0, len(e))
	for i, one := range e {
		if i == maxErrors {
			lines = append(lines, fmt.Sprintf("and %d more", len(e)-maxErrors))
			break
		}
		lines = append(lines, one.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As find the single errors.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i, one := range e {
		all[i] = one
	}
	return all
}

// place is where a key was set.
type place struct {
	line int
	env  string
}

// report collects errors and knows where keys were set.
type report struct {
	file   string
	places map[string]place
	errs   Errors
}

// fail notes an error at a key. If the key itself is not in the file, the
// nearest key around it gives the line.
func (r *report) fail(key, format string, args ...any) {
	e := &Error{File: r.file, Key: key, Text: fmt.Sprintf(format, args...)}
	for at := key; ; at = parent(at) {
		if p, ok := r.places[at]; ok {
			e.Line, e.Env = p.line, p.env
			break
		}
		if at == "" {
			break
		}
	}
	r.errs = append(r.errs, e)
}

func (r *report) err() error {
	if len(r.errs) == 0 {
		return nil
	}
	sort.SliceStable(r.errs, func(i, j int) bool { return r.errs[i].Line < r.errs[j].Line })
	return r.errs
}

func parent(key string) string {
	return key[:max(strings.LastIndexByte(key, '.'), strings.LastIndexByte(key, '['), 0)]
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
