package hostile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

// attack is one row of the scoreboard: what was tried, and how often it got
// through.
type attack struct {
	name           string
	tries, through int
}

// try counts one attempt.
func (a *attack) try(through bool) {
	a.tries++
	if through {
		a.through++
	}
}

func (a *attack) String() string { return fmt.Sprintf("| %s | %d | %d |", a.name, a.tries, a.through) }

// TestScoreboard attacks a running gateway at every door and prints how many of
// the attempts got through. The table in docs/security.md is this one.
func TestScoreboard(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	docs, err := os.ReadFile(filepath.Join(harness.Root(), "docs", "security.md"))
	require.NoError(t, err)
	board := []*attack{
		{name: "forged log-in tokens and resume secrets"},
		{name: "forged signatures of the cloud API"},
		{name: "forged UserSigs"},
		{name: "forged GUIDs of CC-Gateway"},
		{name: "forged links to files and recordings"},
		{name: "commands on other agents' sessions"},
		{name: "markup in what customers say and are called"},
		{name: "malformed and mutated SIP messages that stop the gateway"},
	}
	for i, run := range []func(*testing.T, *harness.Gateway, *attack){
		forgeTokens, forgeTC3, forgeUserSigs, forgeGUIDs, forgeLinks, meddle, markup, mutateSIP,
	} {
		if !t.Run(strings.ReplaceAll(board[i].name, " ", "-"), func(t *testing.T) { run(t, g, board[i]) }) {
			continue
		}
		assert.Zero(t, board[i].through, board[i].name)
		assert.True(t, strings.Contains(string(docs), board[i].String()), "docs/security.md does not have the row %s",
			board[i])
	}
	var table strings.Builder
	for _, a := range board {
		fmt.Fprintln(&table, a)
	}
	t.Logf("| attempt | tried | got through |\n|---|---|---|\n%s", &table)
	p := harness.Agent(t, g, "agent5@demo") // whom no mutant rings
	p.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})")
	p.Await("calloutAccepted")
	p.Hears(harness.PhoneTone)
}
