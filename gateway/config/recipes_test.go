package config

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The recipes of the trunks' page are configurations.
func TestRecipes(t *testing.T) {
	page, err := os.ReadFile("../../docs/sip-trunk.md")
	require.NoError(t, err)
	_, part, found := strings.Cut(string(page), "## Recipes\n")
	require.True(t, found)
	part, _, found = strings.Cut(part, "\n## ")
	require.True(t, found)
	recipes := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(part, -1)
	require.Len(t, recipes, 4)
	const app = "apps: [{sdkAppId: \"1400000001\"}]\n"
	for _, r := range recipes {
		c, err := Parse("recipe.yaml", []byte(app+r[1]), nil)
		require.NoError(t, err, r[1])
		require.Len(t, c.SIP.Trunks, 1)
		for _, w := range c.Warnings {
			assert.NotContains(t, w, "sip.", r[1])
		}
	}
}
