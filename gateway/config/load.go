package config

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

// DemoYAML is the commented sample, which doubles as the configuration of the
// demo tenant.
//
//go:embed demo.yaml
var DemoYAML []byte

// Load reads a file and then the environment (in the form of os.Environ).
// Without a path the demo tenant takes the place of the file. The error is
// [Errors] if the configuration is wrong.
func Load(path string, env []string) (*Config, error) {
	if path == "" {
		return Parse("demo.yaml", DemoYAML, env)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("failed to read the configuration: %w", err)
	}
	return Parse(path, text, env)
}

// Parse reads the text of a file; file is its name in errors.
func Parse(file string, text []byte, env []string) (*Config, error) {
	r := &report{file: file, places: map[string]place{}}
	c := &Config{}
	setDefaults(reflect.ValueOf(c).Elem())
	r.parse(text, c)
	r.environ(env, c)
	if err := r.err(); err != nil {
		return nil, err
	}
	r.check(c)
	if err := r.err(); err != nil {
		return nil, err
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	c.Warnings = append(c.Warnings, r.advise(c)...)
	return c, nil
}

// Check looks at a configuration again after it was changed, for instance by
// command-line flags.
func (c *Config) Check() error {
	r := &report{file: "configuration", places: map[string]place{}}
	r.check(c)
	return r.err()
}

// Demo is the configuration of the demo tenant.
func Demo() *Config {
	c, err := Parse("demo.yaml", DemoYAML, nil)
	if err != nil {
		panic(err) // the file is part of the program and of its tests
	}
	return c
}

// DataDir is the directory of the embedded store: data if it is set, "data" in
// the working directory without it, and for the demo, which runs from
// anywhere, a directory in the user's cache.
func (c *Config) DataDir() string {
	if c.Data != "" {
		return c.Data
	}
	if !c.Demo {
		return "data"
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "tccc-demo")
}
