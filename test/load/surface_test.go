package load

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/internal/dts"
	"tccc/test/harness"
)

// member is a member of the live object.
type member struct {
	Kind   string // typeof
	Arity  int
	Result string // of a method, called after the SDK was unloaded: what it gives, or how its promise ended
}

// TestSurfaceAsTyped compares the live object with web/tccc.d.ts: every member,
// what it takes and what kind of thing it gives.
func TestSurfaceAsTyped(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(harness.Root(), "web", "tccc.d.ts"))
	require.NoError(t, err)
	types, err := dts.Parse(string(text))
	require.NoError(t, err)

	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	p.Run("void document.getElementById('tcccSdkDomRoot').remove()")
	p.AwaitTrue("tccc.Agent.getStatus() === 'offline'")
	live := harness.Eval[map[string]map[string]member](p, `(async () => {
		const look = async (object) => {
			const found = {};
			for (const key of Object.keys(object)) {
				const m = found[key] = { kind: typeof object[key], arity: object[key].length || 0 };
				if (m.kind !== 'function') continue;
				const result = object[key]({});
				const kind = Array.isArray(result) ? 'array' : result instanceof Promise ? 'promise' : result === tccc.timer.emitter ? 'emitter' : typeof result;
				m.result = kind + (result && result.then ? ' ' + await result.then(() => 'fulfilled', (e) => e.name) : '');
			}
			return found;
		};
		const all = { '': await look(tccc) };
		for (const ns of Object.keys(tccc)) if (typeof tccc[ns] === 'object' && ns !== 'events' && ns !== 'timer') all[ns] = await look(tccc[ns]);
		return all;
	})()`)
	p.AllowError("not a function") // on and off were called with nonsense

	global := types.Interface("Global")
	compare(t, "", global, live[""])
	namespaces := 0
	for _, m := range global.Members {
		if ns := types.Interface(m.Type); ns != nil && !m.Method {
			namespaces++
			compare(t, m.Name, ns, live[m.Name])
		}
	}
	assert.Equal(t, len(live)-1, namespaces, "namespaces")
	assert.Equal(t, "object", live[""]["timer"].Kind)

	var events []string
	for _, e := range types.Interface("Events").Members {
		events = append(events, e.Name)
	}
	assert.Equal(t, events, harness.Eval[[]string](p, "Object.keys(tccc.events)"))
	assert.True(t, harness.Eval[bool](p, "Object.keys(tccc.events).every((k) => tccc.events[k] === k)"))

	var emitter []string
	for _, m := range types.Interface("Emitter").Members {
		emitter = append(emitter, m.Name)
	}
	assert.Equal(t, emitter, harness.Eval[[]string](p, "Object.keys(tccc.timer.emitter)"))
}

func compare(t *testing.T, ns string, typed *dts.Interface, live map[string]member) {
	t.Helper()
	require.NotEmpty(t, live, ns)
	for name := range live {
		assert.NotNil(t, typed.Member(name), "%s.%s is not in web/tccc.d.ts", ns, name)
	}
	for _, m := range typed.Members {
		name := strings.TrimPrefix(ns+"."+m.Name, ".")
		have, ok := live[m.Name]
		if !assert.True(t, ok, "%s is in web/tccc.d.ts and not in the object", name) || !m.Method {
			continue
		}
		assert.Equal(t, "function", have.Kind, name)
		want := resultOf(m.Type)
		if works[name] {
			want = "promise fulfilled"
		}
		assert.Equal(t, want, have.Result, "%s: %s", name, m.Type)
		if strings.HasPrefix(want, "promise") {
			// Promise methods take one object of options, or none.
			assert.LessOrEqual(t, len(m.Params), 1, name)
			assert.LessOrEqual(t, have.Arity, 1, name)
			if len(m.Params) == 1 && !m.Params[0].Optional {
				assert.Equal(t, 1, have.Arity, name)
			}
			continue
		}
		assert.Equal(t, len(m.Params), have.Arity, name)
	}
}

// works are the methods that do without the program: what support needs to know
// of an SDK that has ended, and the end of a test that does not run.
var works = map[string]bool{"getDiagnostics": true, "Devices.stopTest": true}

// resultOf is what a method of this type gives after the SDK was unloaded.
func resultOf(typ string) string {
	switch {
	case strings.HasPrefix(typ, "Promise<"):
		return "promise ShutDown"
	case typ == "void":
		return "undefined"
	case typ == "Emitter":
		return "emitter"
	case typ == "AgentStatus":
		return "string"
	case strings.HasPrefix(typ, "SkillGroup[] & "):
		return "array ShutDown"
	}
	return typ
}
