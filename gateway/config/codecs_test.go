package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCodecs(t *testing.T) {
	load := func(list string, env ...string) (*Config, error) {
		path := filepath.Join(t.TempDir(), "tccc.yaml")
		text := strings.Replace(small, "- name: carrier\n", "- name: carrier\n      codecs: "+list+"\n", 1)
		require.NotEqual(t, small, text)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return Load(path, env)
	}
	c, err := load("[Opus, g722, pcma, PCMU]", "TCCC_SIP_PHONES_CODECS=g722,pcmu", "TCCC_SIP_TRANSCODED=0")
	require.NoError(t, err)
	assert.Equal(t, []string{"opus", "G722", "PCMA", "PCMU"}, c.Trunk("carrier").Codecs)
	assert.Equal(t, []string{"G722", "PCMU"}, c.SIP.Phones.Codecs)
	assert.Zero(t, c.SIP.Transcoded)

	for list, want := range map[string]string{
		"[G729]":       "sip.trunks[0].codecs",
		"[]":           "must name at least one of PCMU, PCMA, G722, opus",
		"[PCMU, pcmu]": "sip.trunks[0].codecs[1]: PCMU is in the list twice",
	} {
		_, err := load(list)
		assert.ErrorContains(t, err, want, list)
	}
	_, err = load("[PCMU]", "TCCC_SIP_PHONES_CODECS=speex")
	assert.ErrorContains(t, err, "PCMU, PCMA, G722, opus")
}
