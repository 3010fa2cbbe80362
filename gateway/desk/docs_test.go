package desk

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDocs holds the guide against codes, states, commands and kinds of
// elements.
func TestDocs(t *testing.T) {
	data, err := os.ReadFile("../../docs/desk-rest.md")
	require.NoError(t, err)
	text := string(data)
	for i := range spelling {
		assert.Contains(t, text, "| `"+spelling[i]+"` | `"+originalSpelling[i]+"` |")
	}
	for name := range commands {
		assert.Contains(t, text, "## "+name)
	}
	for name := range elementTypes {
		assert.Contains(t, text, "`"+name+"`")
	}
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	require.NoError(t, err)
	count := 0
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "Code") {
			assert.Contains(t, text, "\n| "+spec.Values[0].(*ast.BasicLit).Value+" | ", spec.Names[0].Name)
			count++
		}
		return true
	})
	assert.NotZero(t, count)
}
