package apidoc

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/wire"
)

func ownTypes(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../web/tccc.d.ts")
	require.NoError(t, err)
	return string(text)
}

func TestGenerate(t *testing.T) {
	pages, err := Generate(ownTypes(t))
	require.NoError(t, err)
	for _, dir := range []string{"en", "zh"} {
		for _, page := range []string{"README", "tccc", "agent", "call", "chat", "video", "devices", "ui", "admin",
			"events", "errors", "types"} {
			assert.NotEmpty(t, pages[dir+"/"+page+".md"], page)
		}
		for _, e := range wire.Catalogue() {
			assert.Contains(t, pages[dir+"/errors.md"], "\n## "+e.Name+"\n")
		}
		for _, name := range wire.EventNames {
			assert.Contains(t, pages[dir+"/events.md"], "\n## "+name+"\n")
		}
		for _, m := range contract {
			if ns, name, ok := strings.Cut(m, "."); ok {
				assert.Contains(t, pages[dir+"/"+strings.ToLower(ns)+".md"], "\n## "+name+"\n")
			}
		}
	}
	assert.Contains(t, pages["en/call.md"], "| `dtmfText` | `string \\| number` | yes | The keys to send. |")
	assert.Contains(t, pages["zh/call.md"], "| `dtmfText` | `string \\| number` | 是 | 要发送的按键。 |")
	assert.Contains(t, pages["en/call.md"], "## consult\n\n*Addition.* Calls a colleague")
	assert.Contains(t, pages["en/events.md"], "Payload, `CallInIM`:")
}

// TestGenerateRefuses what has no description, or a description of nothing.
func TestGenerateRefuses(t *testing.T) {
	types := ownTypes(t)
	for what, c := range map[string]struct{ old, new, want string }{
		"a method without a text": {"    accept(options: SessionOptions)",
			"    wave(options: SessionOptions): void;\n    accept(options: SessionOptions)", "Call.wave"},
		"a method without Chinese": {"    accept(options: SessionOptions)",
			"    /** Waves. */\n    wave(): void;\n    accept(options: SessionOptions)",
			"Chinese: a text in internal/apidoc/texts.go\n\tCall.wave"},
		"an option without a text": {"{ calleeUserId: string | number;",
			"{ calleeUserId: string | number; colour: string;", "Call.startInternalCall.colour"},
		"an event without a text": {"    callIn: CallIn;", "    callIn: CallIn;\n    callAway: {};",
			"Events.callAway"},
		"a text for nothing": {"    hideWorkbench(): void;\n", "", "UI.hideWorkbench"},
		"a method without its errors": {"    accept(options: SessionOptions)",
			"    /** Waves. */\n    wave(): Promise<Result>;\n    accept(options: SessionOptions)",
			"Call.wave (its errors"},
		"what cannot be read": {"  interface Call {", "  class Call {", "neither interface nor type"},
	} {
		require.Contains(t, types, c.old, what)
		_, err := Generate(strings.Replace(types, c.old, c.new, 1))
		assert.ErrorContains(t, err, c.want, what)
	}
}
