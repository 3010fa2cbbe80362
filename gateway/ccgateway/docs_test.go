package ccgateway

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The guide names every operation, field, event and code.
func TestGuideIsComplete(t *testing.T) {
	text, err := os.ReadFile("../../docs/ccgateway.md")
	require.NoError(t, err)
	guide := string(text)
	for resource, all := range operations {
		assert.Contains(t, guide, resource+"/{id}")
		for name := range all {
			assert.Contains(t, guide, name, resource)
		}
	}
	fields := reflect.TypeFor[agentStateInfo]()
	for i := range fields.NumField() {
		assert.Contains(t, guide, "`"+fields.Field(i).Tag.Get("json")+"`")
	}
	for _, file := range []struct{ name, pattern string }{
		{"events.go", `"(Agent(?:State|Event|Other)_[A-Za-z_]+)"`},
		{"codes.go", `Code = "([0-9-]+)"`},
	} {
		source, err := os.ReadFile(file.name)
		require.NoError(t, err)
		found := regexp.MustCompile(file.pattern).FindAllStringSubmatch(string(source), -1)
		require.NotEmpty(t, found)
		for _, m := range found {
			named := strings.Contains(guide, m[1]) ||
				strings.Contains(guide, "`…"+strings.TrimPrefix(m[1], "AgentState_")+"`")
			assert.True(t, named, "docs/ccgateway.md does not name %s", m[1])
		}
	}
}
