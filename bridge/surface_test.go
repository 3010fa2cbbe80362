package bridge

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/wire"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// shellText is the text of all parts of the shell.
func shellText(t *testing.T) string {
	t.Helper()
	parts, err := filepath.Glob("../web/sdk/*.js")
	require.NoError(t, err)
	require.NotEmpty(t, parts)
	var all strings.Builder
	for _, part := range parts {
		all.WriteString(read(t, part))
	}
	return all.String()
}

// shellNamespaces reads the table of methods in the shell.
func shellNamespaces(t *testing.T, shell string) map[string][]string {
	t.Helper()
	table := regexp.MustCompile(`(?s)const namespaces = \{(.*?)\};`).FindStringSubmatch(shell)
	require.NotNil(t, table)
	all := map[string][]string{}
	for _, m := range regexp.MustCompile(`(\w+): '([^']*)'`).FindAllStringSubmatch(table[1], -1) {
		all[m[1]] = strings.Fields(m[2])
	}
	return all
}

// TestShellAndDoor checks that what the shell hands over has somebody behind
// it, and that the types know all of it.
func TestShellAndDoor(t *testing.T) {
	shell, types := shellText(t), read(t, "../web/tccc.d.ts")
	behind := map[string]bool{"Devices.getMicrophones": true, "Devices.getSpeakers": true, "Chat.sendFile": true,
		"Devices.getCameras": true, "Devices.setCamera": true, "Video.getStreams": true} // for browsers only
	for _, methods := range []map[string]method{agentMethods(idleCore{}), callMethods(idleCore{}),
		chatMethods(idleCore{}), videoMethods(idleCore{}), adminMethods(idleCore{}), choiceMethods(nil)} {
		for name := range methods {
			behind[name] = true
		}
	}
	for ns, names := range shellNamespaces(t, shell) {
		body := regexp.MustCompile(`(?s)\n  interface ` + ns + ` \{(.*?)\n  \}`).FindStringSubmatch(types)
		require.NotNil(t, body, "the types of %s", ns)
		for _, name := range names {
			assert.True(t, behind[ns+"."+name], "%s.%s", ns, name)
			delete(behind, ns+"."+name)
			assert.Regexp(t, `\n    `+name+`\(`, body[1], "%s.%s has no type", ns, name)
		}
	}
	assert.Empty(t, behind, "the shell does not offer these")

	tools, seldom := read(t, "../web/tcccTools.js"),
		regexp.MustCompile(`const seldom = '([^']*)';`).FindStringSubmatch(shell)
	require.NotNil(t, seldom)
	body := regexp.MustCompile(`(?s)\n  interface Devices \{(.*?)\n  \}`).FindStringSubmatch(types)
	for _, name := range strings.Fields(seldom[1]) {
		assert.Regexp(t, `\n    `+name+`\(`, body[1], "Devices.%s has no type", name)
		assert.Regexp(t, `\nexport (async )?function `+name+`\(`, tools, "Devices.%s", name)
	}
}

func TestEventsOfShellAndTypes(t *testing.T) {
	shell, types := shellText(t), read(t, "../web/tccc.d.ts")
	list := regexp.MustCompile(`(?s)tccc\.events = \{\};\s*\((.*?)\)\s*\.split`).FindStringSubmatch(shell)
	require.NotNil(t, list)
	names := strings.Fields(strings.Join(regexp.MustCompile(`[\w ]+`).FindAllString(list[1], -1), ""))
	assert.Equal(t, wire.EventNames, names)

	body := regexp.MustCompile(`(?s)\n  interface Events \{(.*?)\n  \}`).FindStringSubmatch(types)
	require.NotNil(t, body)
	var typed []string
	for _, m := range regexp.MustCompile(`\n    (\w+):`).FindAllStringSubmatch(body[1], -1) {
		typed = append(typed, m[1])
	}
	assert.Equal(t, wire.EventNames, typed)
}

func TestErrorsOfShellAndTypes(t *testing.T) {
	shell, types := shellText(t), read(t, "../web/tccc.d.ts")
	entries := regexp.MustCompile(`(?m)^  (\d{4}): \[(.*)\],$`).FindAllStringSubmatch(shell, -1)
	require.NotEmpty(t, entries)
	catalogue := map[string]*wire.Error{}
	var codes, names []string
	for _, e := range wire.Catalogue() {
		catalogue[fmt.Sprint(e.Code)] = e
		codes, names = append(codes, fmt.Sprint(e.Code)), append(names, e.Name)
	}
	quoted := regexp.MustCompile(`'((?:[^'\\]|\\.)*)'`)
	for _, m := range entries {
		e := catalogue[m[1]]
		require.NotNil(t, e, m[1])
		var texts []string
		for _, q := range quoted.FindAllStringSubmatch(m[2], -1) {
			texts = append(texts, strings.ReplaceAll(q[1], `\'`, `'`))
		}
		assert.Equal(t, []string{e.Name, e.Message, e.Cause, e.Remedy}, texts)
		assert.True(t, strings.HasSuffix(m[2], fmt.Sprint(e.Recoverable)), m[1])
	}
	for name, want := range map[string][]string{"ErrorCode": codes, "ErrorName": names} {
		union := regexp.MustCompile(`(?s)type ` + name + ` =(.*?);`).FindStringSubmatch(types)
		require.NotNil(t, union)
		var have []string
		for _, m := range regexp.MustCompile(`\| '?(\w+)'?`).FindAllStringSubmatch(union[1], -1) {
			have = append(have, m[1])
		}
		assert.Equal(t, want, have, "web/tccc.d.ts, type %s", name)
	}
}

func TestMigrationGuideNamesEveryAddition(t *testing.T) {
	guide := read(t, "../docs/migrate.md")
	i := slices.Index(wire.EventNames, wire.EventError)
	for _, name := range wire.EventNames[i:] {
		assert.Contains(t, guide, "`"+name+"`")
	}
	for _, e := range wire.Catalogue() {
		assert.Contains(t, guide, fmt.Sprintf("| %d | `%s` |", e.Code, e.Name), "docs/migrate.md lacks an error")
	}
}

func TestSuccess(t *testing.T) {
	for _, c := range []struct {
		result any
		want   string
	}{
		{nil, `{"status":"success","data":{}}`},
		{micMuted{true, true}, `{"status":"success","data":{"isMicMuted":true,"muted":true},"isMicMuted":true,"muted":true}`},
		{wire.CallResponse{SessionID: "s", ServerType: wire.StaffSeat}, `{"status":"success",
			"data":{"sessionId":"s","calleePhoneNumber":"","callerPhoneNumber":"","serverType":"staffSeat"},
			"sessionId":"s","calleePhoneNumber":"","callerPhoneNumber":"","serverType":"staffSeat"}`},
	} {
		text, err := success(c.result)
		require.NoError(t, err)
		assert.True(t, json.Valid(text))
		assert.JSONEq(t, c.want, string(text))
	}
}
