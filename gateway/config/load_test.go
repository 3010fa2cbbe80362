package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// small is a configuration of one's own with everything that refers to
// something else.
const small = `listen: 127.0.0.1:0
sip:
  trunks:
    - name: carrier
      address: sip.carrier.example
      username: account
      password: trunk-password
apps:
  - sdkAppId: 1400000009
    skillGroups:
      - id: sales
        overflow: support
      - id: support
        afterCall: 0s
    agents:
      - {userId: anna, staffNo: "1", skillGroups: [sales]}
    numbers:
      - {number: "+862112345678", trunk: carrier, ivr: main}
    ivrs:
      - id: main
        keys: [{key: "1", skillGroup: sales}]
`

func TestSmallConfiguration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tccc.yaml")
	require.NoError(t, os.WriteFile(path, []byte(small), 0o600))
	c, err := Load(path, nil)
	require.NoError(t, err)
	a := c.App("1400000009")
	require.NotNil(t, a)
	assert.Equal(t, "data", c.DataDir())
	assert.Equal(t, PortRange{20000, 29999}, c.SIP.RTPPorts)
	assert.Equal(t, []string{"PCMU", "PCMA"}, c.Trunk("carrier").Codecs)
	assert.Equal(t, "trunk-password", c.Trunk("carrier").Password.Reveal())
	assert.Equal(t, 30*time.Second, a.Group("sales").RingTimeout)
	assert.Equal(t, 30*time.Second, a.Grace)
	assert.True(t, a.Group("support").AutoTransfer)
	assert.Nil(t, a.Group("sales").AfterCall)
	require.NotNil(t, a.Group("support").AfterCall)
	a.AfterCall = time.Minute
	assert.Equal(t, time.Minute, a.AfterCallOf(a.Group("sales")))
	assert.Equal(t, time.Minute, a.AfterCallOf(nil))
	assert.Zero(t, a.AfterCallOf(a.Group("support")))
	assert.Equal(t, "anna", a.Profile(a.Agent("anna")).Name)
	assert.Equal(t, "sales", a.Profile(a.Agent("anna")).SkillGroups[0].Name)

	_, err = Load(path+".missing", nil)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestErrorsNameTheLineAndTheKey(t *testing.T) {
	for _, test := range []struct{ old, new, want string }{
		{"listen:", "lisen:", `f.yaml:1: lisen: is not a key (did you mean "listen"?); allowed are listen, data,`},
		{"listen: 127.0.0.1:0", "listen: 8080",
			`f.yaml:1: listen: must be HOST:PORT, for instance 127.0.0.1:8080 or 0.0.0.0:0, not "8080"`},
		{"listen: 127.0.0.1:0", "listen: [a]", "f.yaml:1: listen: must be one value, not a list"},
		{"listen: 127.0.0.1:0", "listen: 127.0.0.1:0\nlisten: 127.0.0.1:1", "f.yaml:2: listen: is given twice"},
		{"listen: 127.0.0.1:0", "listen: 127.0.0.1:0\n  x: 1", "f.yaml:2: is not YAML: mapping values are not allowed"},
		{"listen: 127.0.0.1:0", "listen: &a 127.0.0.1:0", "f.yaml:1: listen: anchors and aliases are not supported"},
		{"listen: 127.0.0.1:0", "log: {level: loud}",
			`f.yaml:1: log.level: must be one of debug, info, warn, error, not "loud"`},
		{"listen: 127.0.0.1:0", "rtc: {warmLeg: yes}", `f.yaml:1: rtc.warmLeg: must be true or false, not "yes"`},
		{"listen: 127.0.0.1:0", "sip: 5060", "is given twice"},
		{"listen: 127.0.0.1:0", "origins: [https://a.example/x]", "f.yaml:1: origins[0]: must be an origin such as"},
		{"listen: 127.0.0.1:0", "nats: {url: 'http://user:password@x'}",
			"f.yaml:1: nats.url: must be nats://HOST:PORT"},
		{"listen: 127.0.0.1:0", "publicURL: ftp://x", "f.yaml:1: publicURL: must be http(s)://"},
		{"listen: 127.0.0.1:0", "publicURL: https://x/cc?a=b", "f.yaml:1: publicURL: must be http(s)://"},
		{"listen: 127.0.0.1:0", "tls: {cert: a.pem}", "f.yaml:1: tls: cert and key must be given together"},
		{"sip:\n", "sip:\n  rtpPorts: 300-200\n",
			"f.yaml:3: sip.rtpPorts: must be FROM-TO with ports from 1 to 65535, or 0"},
		{"sip:\n", "sip:\n  sessionTimer: 5s\n", "f.yaml:3: sip.sessionTimer: must be 0 or at least 90s (RFC 4028"},
		{"sip:\n", "sip:\n  mediaTimeout: 30\n",
			`f.yaml:3: sip.mediaTimeout: must be a duration from 0 to 1h with its unit (12s, 5m, 1h30m), not "30"`},
		{"sip:\n", "sip:\n  maxCalls: 0\n", `f.yaml:3: sip.maxCalls: must be a whole number from 1 to 100000, not "0"`},
		{"      username: account\n", "      username: a\n      proxy: 'x:y:z'\n",
			"f.yaml:7: sip.trunks[0].proxy: must be HOST or HOST:PORT"},
		{"      username: account\n", "      username: a\n      addresses: ['x:y:z']\n",
			"f.yaml:7: sip.trunks[0].addresses[0]: must be HOST or HOST:PORT"},
		{"      username: account\n", "      username: a\n      addresses: [a.test, a.test]\n",
			"f.yaml:7: sip.trunks[0].addresses[1]: \"a.test\" is there twice"},
		{"      username: account\n", "      username: a\n      addresses: [a, b, c, d, e, f, g, h]\n",
			"f.yaml:7: sip.trunks[0].addresses: must be fewer than 8"},
		{"      username: account\n", "      username: a\n      addresses: [a]\n      proxy: b\n",
			"f.yaml:7: sip.trunks[0].addresses: has no effect with proxy"},
		{"      username: account\n", "      username: a\n      watch: 1s\n",
			"f.yaml:7: sip.trunks[0].watch: must be 0 or at least 5s"},
		{"      username: account\n", "      username: a\n      transport: sctp\n",
			"f.yaml:7: sip.trunks[0].transport: must be"},
		{"      username: account\n", "      username: a\n      callerFrom: [pain]\n",
			"f.yaml:7: sip.trunks[0].callerFrom[0]: must be one of"},
		{"      username: account\n", "", "f.yaml:6: sip.trunks[0].password: needs username"},
		{"      username: account\n", "      username: a\n      srtp: require\n",
			"f.yaml:7: sip.trunks[0].srtp: require needs transport tls"},
		{"      username: account\n", "      username: a\n      numbers: {send: plus}\n",
			"f.yaml:7: sip.trunks[0].numbers.country: must be set"},
		{"      username: account\n", "      username: a\n      numbers: {country: '+86'}\n",
			"f.yaml:7: sip.trunks[0].numbers.country: must be 1 to 3 digits"},
		{"      username: account\n", "      username: a\n      numbers: {country: 86, bare: [x]}\n",
			"f.yaml:7: sip.trunks[0].numbers.bare[0]: must be"},
		{"      username: account\n", "      username: a\n      srtp: on\n", "f.yaml:7: sip.trunks[0].srtp"},
		{"      username: account\n", "      username: a\n      inbound: {addresses: [example.com]}\n",
			"f.yaml:7: sip.trunks[0].inbound.addresses[0]: must be an IP address or a network"},
		{"    - name: carrier\n", "    - name: ''\n", "f.yaml:4: sip.trunks[0].name: must be set"},
		{"    - name: carrier\n", "    -\n    - name: carrier\n", "f.yaml:4: sip.trunks[0]: is empty"},
		{"1400000009", "demo", `f.yaml:9: apps[0].sdkAppId: must be decimal digits, not "demo"`},
		{"overflow: support", "overflow: suport",
			`f.yaml:12: apps[0].skillGroups[0].overflow: there is no skill group "suport"; configured are sales, support`},
		{"overflow: support", "overflow: sales",
			`f.yaml:12: apps[0].skillGroups[0].overflow: leads in a circle back to "sales"`},
		{"afterCall: 0s", "overflow: sales", `f.yaml:12: apps[0].skillGroups[0].overflow: leads in a circle`},
		{"- id: support", "- id: sales", `f.yaml:13: apps[0].skillGroups[1].id: "sales" is used twice`},
		{"userId: anna", "userId: an na", "f.yaml:16: apps[0].agents[0].userId: must have 1 to 64 characters"},
		{"skillGroups: [sales]", "skillGroups: [x]",
			`f.yaml:16: apps[0].agents[0].skillGroups[0]: there is no skill group "x"`},
		{"trunk: carrier", "trunk: x", `f.yaml:18: apps[0].numbers[0].trunk: there is no trunk "x"; configured are carrier`},
		{"ivr: main", "ivr: x", `f.yaml:18: apps[0].numbers[0].ivr: there is no ivr "x"; configured are main`},
		{"ivr: main", "ivr: main, skillGroup: sales",
			"f.yaml:18: apps[0].numbers[0].skillGroup: and ivr exclude each other"},
		{"+862112345678", "1 2", `f.yaml:18: apps[0].numbers[0].number: must be a telephone number, not "1 2": it has fewer than 3 digits`},
		{"+862112345678", "138****8000",
			`f.yaml:18: apps[0].numbers[0].number: must be a telephone number, not "138****8000": digits are masked`},
		{"+862112345678", "021-12345678 ext. 1", `f.yaml:18: apps[0].numbers[0].number: must have 3 to 32 digits`},
		{`key: "1"`, `key: "11"`, "f.yaml:21: apps[0].ivrs[0].keys[0].key: must be one of 0, 1"},
		{`[{key: "1", skillGroup: sales}]`, "[]", "f.yaml:21: apps[0].ivrs[0].keys: must have at least one key"},
		{"apps:\n", "---\napps:\n", "f.yaml:8: the file must hold one document"},
	} {
		text := strings.Replace(small, test.old, test.new, 1)
		require.NotEqual(t, small, text, test.old)
		_, err := Parse("f.yaml", []byte(text), nil)
		var all Errors
		if assert.ErrorAs(t, err, &all, test.new) {
			assert.ErrorContains(t, err, test.want)
			assert.NotContains(t, err.Error(), "password@")
		}
	}
}

func TestAllErrorsAtOnce(t *testing.T) {
	_, err := Parse("f.yaml", []byte(strings.NewReplacer("ivr: main", "ivr: x", "trunk: carrier", "trunk: y", "[sales]",
		"[z]").Replace(small)), nil)
	var all Errors
	require.ErrorAs(t, err, &all)
	require.Len(t, all, 3)
	var one *Error
	require.True(t, errors.As(err, &one))
	assert.Equal(t, 16, one.Line)
}

func TestEmptyAndHugeFiles(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "null"} {
		_, err := Parse("f.yaml", []byte(text), nil)
		require.ErrorContains(t, err, ": apps: must have at least one application", "%q", text)
	}
	_, err := Parse("f.yaml", make([]byte, maxFile+1), nil)
	require.ErrorContains(t, err, "larger than")
	_, err = Parse("f.yaml", []byte("- a\n"), nil)
	require.ErrorContains(t, err, "f.yaml:1: must have keys (listen, data")
}

func TestEnvironment(t *testing.T) {
	c, err := Parse("f.yaml", []byte(small), []string{
		"HOME=/root",
		"TCCC_LISTEN=127.0.0.1:1234",
		"TCCC_SIP_TRUNKS_0_PASSWORD=better-password",
		"TCCC_SIP_TRUNKS_1_NAME=second",
		"TCCC_APPS_0_AGENTS_2_USERID=carla", "TCCC_APPS_0_AGENTS_1_USERID=ben",
		"TCCC_APPS_0_AGENTS_1_SKILLGROUPS=sales, support",
		"TCCC_ORIGINS=https://a.example,https://b.example",
		"TCCC_SERVICE_HOST=10.0.0.1", "TCCC_PORT_8080_TCP=tcp://10.0.0.1:8080", "TCCC_=x", "TCCC_SIP=x",
		"TCCC_APPS_0=x", "TCCC_APPS_X_NAME=x",
	})
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1:1234", c.Listen)
	assert.Equal(t, "better-password", c.Trunk("carrier").Password.Reveal())
	assert.Equal(t, "udp", c.Trunk("second").Transport, "an entry from the environment has its defaults")
	assert.Equal(t, []string{"https://a.example", "https://b.example"}, c.Origins)
	a := c.App("1400000009")
	require.Len(t, a.Agents, 3)
	assert.Equal(t, []string{"sales", "support"}, a.Agent("ben").SkillGroups)
	assert.Equal(t, 5, a.Agent("carla").MaxChats)
	require.Len(t, c.Warnings, 6)
	assert.Contains(t, strings.Join(c.Warnings, "\n"), "TCCC_SERVICE_HOST names no key")

	for variable, want := range map[string]string{
		"TCCC_SIP_MAXCALLS=many":           `environment variable TCCC_SIP_MAXCALLS: sip.maxCalls: must be a whole number from 1 to 100000, not "many"`,
		"TCCC_APPS_0_AGENTS_5_USERID=eva":  "environment variable TCCC_APPS_0_AGENTS_5_USERID: apps[0].agents: has 1 entries: the next index is 1",
		"TCCC_APPS_0_NUMBERS_0_TRUNK=none": `environment variable TCCC_APPS_0_NUMBERS_0_TRUNK: apps[0].numbers[0].trunk: there is no trunk "none"`,
	} {
		_, err := Parse("f.yaml", []byte(small), []string{variable})
		assert.ErrorContains(t, err, want)
	}
}

func TestDemoStaysOnLoopback(t *testing.T) {
	for _, variable := range []string{"TCCC_LISTEN=0.0.0.0:8080", "TCCC_LISTEN=:8080", "TCCC_SIP_LISTEN=192.0.2.1:5060",
		"TCCC_RTC_LISTEN=[::]:0", "TCCC_RTC_TCP=example.com:1"} {
		_, err := Load("", []string{variable})
		require.ErrorContains(t, err, "is not a loopback address: the demo tenant has known passwords", variable)
		_, err = Load("", []string{variable, "TCCC_EXPOSEDEMO=true"})
		require.NoError(t, err, variable)
	}
	for _, variable := range []string{"TCCC_LISTEN=localhost:8080", "TCCC_LISTEN=[::1]:8080", "TCCC_LISTEN=127.0.0.9:0",
		"TCCC_RTC_TCP=off"} {
		_, err := Load("", []string{variable})
		require.NoError(t, err, variable)
	}
	c := Demo()
	require.NoError(t, c.Check())
	c.Listen = "0.0.0.0:80" // as a flag does
	require.ErrorContains(t, c.Check(), "listen")
}

func TestDemoCredentialsAreForTheDemo(t *testing.T) {
	_, err := Load("", []string{"TCCC_DEMO=false"})
	var all Errors
	require.ErrorAs(t, err, &all)
	got := map[string]bool{}
	for _, e := range all {
		assert.Contains(t, e.Text, "is a credential of the demo tenant")
		got[e.Key] = true
	}
	want := map[string]bool{"apps[0].agents[0].extensionPassword": true, "apps[0].cloudApi[0].secretId": true,
		"apps[0].cloudApi[0].secretKey": true, "apps[0].userSig.key": true}
	for i := range 5 {
		want[fmt.Sprintf("apps[0].agents[%d].password", i)] = true
	}
	assert.Equal(t, want, got)
	_, err = Parse("f.yaml", []byte(small), []string{"TCCC_SIP_TRUNKS_0_PASSWORD=demo-password"})
	require.ErrorContains(t, err, "demo tenant", "wherever it is used")
}

func TestSecretsNeverPrint(t *testing.T) {
	type wrapped struct{ inner struct{ s Secret } } // fmt calls no methods here
	s := NewSecret("hush-hush")
	var w wrapped
	w.inner.s = s
	j, err := json.Marshal(map[string]any{"a": s, "b": &s, "c": []Secret{s}})
	require.NoError(t, err)
	y, err := yaml.Marshal(s)
	require.NoError(t, err)
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "s", s, "w", []any{s})
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "s", s, "w", w)
	all := string(j) + string(y) + log.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%p"} {
		all += fmt.Sprintf(verb, s) + fmt.Sprintf(verb, &s) + fmt.Sprintf(verb, w) + fmt.Sprintf(verb, &w) +
			fmt.Sprintf(verb, []Secret{s})
	}
	assert.NotContains(t, all, "hush")
	assert.NotContains(t, strings.ToLower(all), "68757368", "in hex")
	assert.Contains(t, all, "***")
	c := Demo()
	assert.NotContains(t, fmt.Sprintf("%+v", c), "demo-secret-key")
	assert.True(t, s.Equal("hush-hush"))
	assert.False(t, s.Equal("hush-hus"))
	assert.False(t, Secret{}.Equal(""))
	assert.Equal(t, "", fmt.Sprint(Secret{}))
}

func TestLocationOf(t *testing.T) {
	a := &App{Locations: []Location{{"02", "two"}, {"021", "Shanghai"}, {"+86", "China"}}}
	assert.Equal(t, "Shanghai", a.LocationOf("02155"))
	assert.Equal(t, "two", a.LocationOf("0255"))
	assert.Equal(t, "China", a.LocationOf("+8613800138000"))
	assert.Empty(t, a.LocationOf("1"))
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small), "TCCC_LISTEN=127.0.0.1:1")
	f.Add(DemoYAML, "TCCC_APPS_0_AGENTS_5_USERID=eva")
	f.Add([]byte("apps: [{sdkAppId: 1, x: &a [*a]}]"), "TCCC_APPS_0=")
	f.Add([]byte("a: {b: !!binary x, ? [c] : d, <<: {e: f}}"), "TCCC__")
	f.Fuzz(func(t *testing.T, text []byte, variable string) {
		c, err := Parse("f.yaml", text, []string{variable})
		if (c == nil) == (err == nil) {
			t.Fatal("neither a configuration nor an error, or both")
		}
		if err != nil {
			var all Errors
			if !errors.As(err, &all) || strings.ContainsFunc(err.Error(),
				func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f }) {
				t.Fatalf("not an error to show: %q", err)
			}
			return
		}
		if err := c.Check(); err != nil {
			t.Fatalf("accepted and refused: %v", err)
		}
	})
}

// The guide's example must be a configuration that works.
func TestTheGuidesExample(t *testing.T) {
	text, err := os.ReadFile(guide)
	require.NoError(t, err)
	_, example, found := strings.Cut(string(text), "```yaml\n")
	require.True(t, found)
	example, _, _ = strings.Cut(example, "```")
	c, err := Parse("guide", []byte(example), []string{"TCCC_SIP_TRUNKS_0_PASSWORD=hush"})
	require.NoError(t, err)
	assert.Equal(t, "hush", c.Trunk("carrier").Password.Reveal())
	assert.False(t, c.Demo)
}

func TestWeakSecrets(t *testing.T) {
	sample := func(secretKey, agent, address, origin string) string {
		return fmt.Sprintf(`
listen: 0.0.0.0:8080
origins: [%q]
sip: {trunks: [{name: carrier, inbound: {addresses: [%q]}}]}
apps:
  - sdkAppId: "1400000009"
    cloudApi: [{secretId: id, secretKey: %q}]
    agents: [{userId: anna, password: %q}]
`, origin, address, secretKey, agent)
	}
	_, err := Parse("tccc.yaml", []byte(sample("x", "y", "192.0.2.0/24", "https://crm.example")), nil)
	require.Error(t, err)
	assert.Contains(t, err.Error(), "tccc.yaml:7: apps[0].cloudApi[0].secretKey: must have at least 8 characters")
	assert.Contains(t, err.Error(), "tccc.yaml:8: apps[0].agents[0].password: must have at least 8 characters")

	c, err := Parse("tccc.yaml", []byte(sample("12345678", "12345678", "0.0.0.0/0", "*")), nil)
	require.NoError(t, err)
	said := strings.Join(c.Warnings, "\n")
	for _, want := range []string{
		"tccc.yaml:7: apps[0].cloudApi[0].secretKey: is short", "tccc.yaml:8: apps[0].agents[0].password: is short",
		"tccc.yaml:4: sip.trunks[0].inbound.addresses[0]: 0.0.0.0/0 is a large part of the internet",
		"tccc.yaml:3: origins[0]: lets pages of every site in", "metrics: /metrics is open to everybody",
	} {
		assert.Contains(t, said, want)
	}
	assert.NotContains(t, said, "12345678")

	sound := strings.Repeat("0123456789abcdef", 2)
	c, err = Parse("tccc.yaml", []byte(sample(sound, sound, "192.0.2.0/24", "https://crm.example")+"metrics: {token: "+
		sound+"}\n"), nil)
	require.NoError(t, err)
	assert.Empty(t, c.Warnings)
	_, err = Parse("tccc.yaml", []byte(sample(sound, sound, "192.0.2.0/24", "https://crm.example")+
		"trustedProxies: [proxy.example]\nmetrics: {listen: here}\n"), nil)
	require.Error(t, err)
	assert.Contains(t, err.Error(), "trustedProxies[0]: must be an IP address or a network")
	assert.Contains(t, err.Error(), "metrics.listen: must be HOST:PORT")
}

// What is trusted too widely is said, wherever it is.
func TestTrustOfManyIsSaid(t *testing.T) {
	const rest = "apps: [{sdkAppId: \"1400000009\", cloudApi: [{secretId: id, secretKey: %s}]}]\n"
	sound := fmt.Sprintf(rest, strings.Repeat("0123456789abcdef", 2))
	for text, want := range map[string]string{
		"trustedProxies: [192.0.2.1, 0.0.0.0/0]\n" +
			sound: "trustedProxies[1]: 0.0.0.0/0 is a large part",
		"sip: {proxies: [0.0.0.0/1]}\n" +
			sound: "sip.proxies[0]: 0.0.0.0/1 is a large part",
		"trustedProxies: [\"::/0\"]\n" +
			sound: "trustedProxies[0]: ::/0 is a large part",
		"metrics: {listen: \"0.0.0.0:0\"}\n" + sound:                   "metrics: /metrics is open",
		"metrics: {listen: \"[::]:0\"}\nlisten: 127.0.0.1:0\n" + sound: "metrics: /metrics is open",
		fmt.Sprintf(rest, strings.Repeat("x", 40)):                     "secretKey: is the same few characters",
		"operators: {password: abababababababab}\n" +
			sound: "operators.password: is the same few characters",
		"metrics: {token: aaaaaaaaaaaaaaaaaaaaaaaa}\n" +
			sound: "metrics.token: is the same few characters",
		"demo: true\nexposeDemo: true\nlisten: 0.0.0.0:0\n" +
			sound: "exposeDemo: everybody who reaches the gateway",
		"metrics: {listen: \"127.0.0.1:0\"}\nlisten: 0.0.0.0:0\n" + sound:      "",
		"trustedProxies: [10.0.0.0/8, \"2001:db8::/32\", \"::1\"]\n" + sound:   "",
		"demo: true\nlisten: 127.0.0.1:0\n" + fmt.Sprintf(rest, "short-key-1"): "",
	} {
		c, err := Parse("tccc.yaml", []byte(text), nil)
		require.NoError(t, err, text)
		if want == "" {
			assert.Empty(t, c.Warnings, text)
			continue
		}
		assert.Contains(t, strings.Join(c.Warnings, "\n"), want, text)
	}
}

// Origins that no page has would be equal to nothing in silence.
func TestOriginsThatNoPageHas(t *testing.T) {
	for _, o := range []string{"https://*.example.com", "https://CRM.example.com", "HTTPS://crm.example.com",
		"https://crm.example.com:443", "http://crm.example.com:80"} {
		_, err := Parse("tccc.yaml", []byte(fmt.Sprintf("origins: [%q]\napps: [{sdkAppId: \"1400000009\"}]\n", o)), nil)
		assert.ErrorContains(t, err, "tccc.yaml:1: origins[0]: must be an origin", o)
	}
	_, err := Parse("tccc.yaml", []byte(
		"origins: [\"https://crm.example.com:8443\", \"http://[::1]:8080\"]\napps: [{sdkAppId: \"1400000009\"}]\n"),
		nil)
	assert.NoError(t, err)
}

func TestTURN(t *testing.T) {
	for text, want := range map[string]string{
		"{urls: [\"turns:turn.example.com:443?transport=tcp\", \"turn:[2001:db8::1]\"], secret: 0123456789abcdef}": "",
		"{listen: \"127.0.0.1:0\"}":                              "",
		"{urls: [\"https://turn.example.com\"]}":                 "rtc.turn.urls[0]: must be turn:HOST",
		"{urls: [\"turn:x?transport=sctp\"]}":                    "rtc.turn.urls[0]: must be turn:HOST",
		"{urls: [\"turn:x\"]}":                                   "rtc.turn.secret: must be given",
		"{urls: [\"turn:x\"], secret: short}":                    "at least 16 characters",
		"{secret: 0123456789abcdef}":                             "rtc.turn.secret: has no effect",
		"{listen: \"127.0.0.1:0\", cert: a.pem}":                 "cert and key must be given together",
		"{listen: \"127.0.0.1:0\", cert: a.pem, key: b.pem}":     "rtc.turn.urls: must be given with cert",
		"{urls: [\"turn:x\"], cert: a.pem, key: b.pem}":          "rtc.turn.cert: is the certificate of rtc.turn.listen",
		"{listen: \"0.0.0.0:443\"}":                              "rtc.turn.urls: must be given, or rtc.advertise",
		"{listen: here}":                                         "rtc.turn.listen: must be HOST:PORT",
		"{listen: \"127.0.0.1:0\", valid: 25h}":                  "rtc.turn.valid: must be a duration",
		"{listen: \"127.0.0.1:0\", secret: \"0123456789abcde\"}": "at least 16 characters",
		"{listen: \"127.0.0.1:0\", urls: [\"turn:x:70000000\"]}": "rtc.turn.urls[0]: must be turn:HOST",
	} {
		_, err := Parse("tccc.yaml", []byte("rtc:\n  turn: "+text+"\n"), nil)
		require.Error(t, err, "there are no applications")
		if want == "" {
			assert.NotContains(t, err.Error(), "rtc.turn", text)
			continue
		}
		require.ErrorContains(t, err, want, text)
		require.ErrorContains(t, err, "tccc.yaml:2", text)
	}
}
