package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestNotices holds that everything that is shipped has a licence.
func TestNotices(t *testing.T) {
	t.Chdir("../..")
	modules, err := shippedModules(t.Context())
	require.NoError(t, err)
	text, err := notices(modules)
	require.NoError(t, err)
	for _, name := range []string{"std ", "github.com/pion/webrtc/v4 ", "github.com/nats-io/nats-server/v2 ",
		"github.com/emiago/sipgo "} {
		assert.Contains(t, string(text), "\n"+name)
	}
	_, err = notices([]module{{"example.com/unlicensed", "v1.0.0", t.TempDir()}})
	assert.ErrorContains(t, err, "example.com/unlicensed v1.0.0 has no licence")

	list, err := sbom(modules, "v1.2.3")
	require.NoError(t, err)
	var doc struct {
		BOMFormat  string
		Components []struct{ Name, Version, PURL string }
	}
	require.NoError(t, json.Unmarshal(list, &doc))
	assert.Equal(t, "CycloneDX", doc.BOMFormat)
	assert.Len(t, doc.Components, len(modules))
	for _, c := range doc.Components {
		assert.Equal(t, "pkg:golang/"+c.Name+"@"+c.Version, c.PURL)
	}
}
