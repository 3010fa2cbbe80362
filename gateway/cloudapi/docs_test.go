package cloudapi

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/outcome"
)

const guide = "../../docs/cloud-api.md"

// TestEveryActionIsDocumented holds the guide against the actions and the
// names and marks of their parameters.
func TestEveryActionIsDocumented(t *testing.T) {
	text, err := os.ReadFile(guide)
	require.NoError(t, err)
	rows := map[string]string{}
	for line := range strings.SplitSeq(string(text), "\n") {
		if cells := strings.Split(line, "|"); len(cells) == 5 {
			for name := range strings.SplitSeq(cells[1], ",") {
				rows[strings.Trim(strings.TrimSpace(name), "`")] = cells[2]
			}
		}
	}
	for name, a := range actions {
		row, ok := rows[name]
		if assert.True(t, ok, "%s has no row", name) {
			documented(t, name, row, a.params)
		}
	}
	for name := range rows {
		if _, ok := actions[name]; !ok && (strings.HasPrefix(name, "Describe") || strings.HasPrefix(name, "Create")) {
			t.Errorf("there is no action %s", name)
		}
	}
}

func documented(t *testing.T, action, row string, params reflect.Type) {
	for i := range params.NumField() {
		name, option, _ := strings.Cut(params.Field(i).Tag.Get("api"), ",")
		want := "`" + name + "`"
		if option == "required" {
			want += "*"
		}
		assert.Contains(t, row, want, action)
		inner := params.Field(i).Type
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			documented(t, action, row, inner)
		}
	}
}

// TestEveryCodeIsDocumented holds the guide against the constants.
func TestEveryCodeIsDocumented(t *testing.T) {
	text, err := os.ReadFile(guide)
	require.NoError(t, err)
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	require.NoError(t, err)
	count := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, name := range spec.Names {
			if value, ok := spec.Values[i].(*ast.BasicLit); ok && strings.HasPrefix(name.Name, "Code") {
				code, err := strconv.Unquote(value.Value)
				require.NoError(t, err)
				assert.Contains(t, string(text), "`"+code+"`", name.Name)
				count++
			}
		}
		return true
	})
	assert.NotZero(t, count)
	for code := range endings() {
		assert.Contains(t, string(text), code)
	}
}

func endings() map[string]bool {
	all := map[string]bool{}
	for _, e := range outcome.All {
		all[decimal(e.Status)+" `"+e.Name+"`"] = true
	}
	return all
}
