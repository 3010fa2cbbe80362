package config

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const guide = "../../docs/configuration.md"

// row is the line of the guide's tables that a key must have; the meaning
// follows it.
func row(k Key) string {
	value, fallback := k.Type, "`"+k.Default+"`"
	if k.Allowed != "" {
		value += ": " + strings.ReplaceAll(k.Allowed, ", ", " ")
	}
	if k.Default == "" {
		fallback = ""
	}
	return fmt.Sprintf("| `%s` | `%s` | %s | %s |", k.Path, k.Env, value, fallback)
}

// With UPDATE=1 the test brings the tables of the guide up to date; new keys
// still need their meaning.
func TestEveryKeyIsDocumented(t *testing.T) {
	data, err := os.ReadFile(guide)
	require.NoError(t, err)
	text := string(data)
	for _, k := range Keys() {
		line := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta("`"+k.Path+"`") +
			` \|[^|]*\|[^|]*\|[^|]*\|(.*)$`).FindStringSubmatchIndex(text)
		if !assert.NotNil(t, line, "docs/configuration.md has no row for %s: add\n%s meaning |", k.Path, row(k)) {
			continue
		}
		meaning := text[line[2]:line[3]]
		assert.Greater(t, len(meaning), 12, "%s has no meaning", k.Path)
		if want := row(k) + meaning; text[line[0]:line[1]] != want {
			if os.Getenv("UPDATE") == "" {
				assert.Equal(t, want, text[line[0]:line[1]])
				continue
			}
			text = text[:line[0]] + want + text[line[1]:]
		}
	}
	known := map[string]bool{}
	for _, k := range Keys() {
		known[k.Path] = true
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-zA-Z.\\[\\]]+)` \\| `TCCC_").FindAllStringSubmatch(text, -1) {
		assert.True(t, known[m[1]], "docs/configuration.md describes %s, which is no key", m[1])
	}
	if text != string(data) {
		require.NoError(t, os.WriteFile(guide, []byte(text), 0o644))
	}
}

func TestNamesAreUnique(t *testing.T) {
	seen := map[string]string{}
	for _, k := range Keys() {
		assert.Empty(t, seen[k.Env], "%s and %s have the same variable", k.Path, seen[k.Env])
		seen[k.Env] = k.Path
		assert.Regexp(t, `^[a-zA-Z.\[\]]+$`, k.Path, "a key without underscores and digits")
	}
	assert.GreaterOrEqual(t, len(seen), 80)
}

// The defaults that the tags state must be valid, and every number and
// duration must have a range.
func TestTagsAreSound(t *testing.T) {
	var walk func(t2 reflect.Type)
	walk = func(typ reflect.Type) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			elem := f.Type
			for elem.Kind() == reflect.Slice || elem.Kind() == reflect.Pointer {
				elem = elem.Elem()
			}
			switch {
			case f.Tag.Get("yaml") == "-":
			case !isScalar(elem):
				walk(elem)
			default:
				require.NotEmpty(t, f.Tag.Get("yaml"), f.Name)
				if text, ok := f.Tag.Lookup("default"); ok && isScalarList(f.Type) {
					require.NoError(t, setList(reflect.New(f.Type).Elem(), text, f.Tag), f.Name)
				} else if ok {
					require.NoError(t, setScalar(reflect.New(f.Type).Elem(), text, f.Tag), f.Name)
				}
				if elem == typeDuration || elem.Kind() == reflect.Int {
					require.NotEmpty(t, f.Tag.Get("max"), f.Name)
				}
			}
		}
	}
	walk(reflect.TypeFor[Config]())
}

// Every key is set by its variable, on a configuration that has no entries in
// its lists yet.
func TestEveryKeyHasItsVariable(t *testing.T) {
	for _, k := range Keys() {
		text := sample(k)
		r := &report{file: "f", places: map[string]place{}}
		c := &Config{}
		r.environ([]string{k.Env + "=" + text}, c)
		require.NoError(t, r.err(), k.Env)
		require.Empty(t, c.Warnings, k.Env)
		at := strings.ReplaceAll(k.Path, "[]", "[0]")
		require.Equal(t, k.Env, r.places[at].env, "%s is known to come from the environment", at)
		got := fmt.Sprintf("%v", value(reflect.ValueOf(c).Elem(), strings.Split(k.Path, ".")))
		switch {
		case k.Type == "secret":
			require.Equal(t, "***", got, k.Env)
		case strings.HasPrefix(k.Type, "list"):
			require.Equal(t, "["+text+"]", got, k.Env)
		default:
			require.Equal(t, text, got, k.Env)
		}
	}
}

func sample(k Key) string {
	switch k.Type {
	case "true or false":
		return "true"
	case "number":
		return "3"
	case "duration":
		return "13s"
	case "port range":
		return "100-200"
	case "size":
		return "70MB"
	}
	if k.Allowed != "" {
		return strings.Split(k.Allowed, ", ")[0]
	}
	return "text"
}

func value(v reflect.Value, path []string) reflect.Value {
	for _, name := range path {
		name, list := strings.CutSuffix(name, "[]")
		v, _, _ = fieldByKey(v, name, false)
		if list {
			v = v.Index(0)
		}
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	return v
}
