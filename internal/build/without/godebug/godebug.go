// Package godebug stands in for internal/godebug in the browser program, which
// has no environment: every setting is at its default. What is left out looks
// settings up, counts their uses and bisects by them; the counting alone keeps
// all metrics of the runtime in the program.
package godebug

// Setting is one setting of GODEBUG.
type Setting struct{ name string }

// New returns the setting of a name, which begins with # if it is not
// documented.
func New(name string) *Setting { return &Setting{name} }

// Name is the name without that mark.
func (s *Setting) Name() string {
	if s.Undocumented() {
		return s.name[1:]
	}
	return s.name
}

// Undocumented reports whether the setting is not documented.
func (s *Setting) Undocumented() bool { return s.name != "" && s.name[0] == '#' }

// String is the setting as the environment would hold it.
func (s *Setting) String() string { return s.Name() + "=" }

// IncNonDefault counts nothing.
func (*Setting) IncNonDefault() {}

// Value is empty: the default.
func (*Setting) Value() string { return "" }
