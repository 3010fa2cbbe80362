package load

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
)

// TestSkillGroups takes the list as the first generation did, at once, and as
// a promise.
func TestSkillGroups(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Blank(t)
	p.Run(`void (harness.onload = () => {
		const early = tccc.Admin.getSkillGroups();
		window.early = Array.isArray(early) ? early.length : 'no array';
		early.then((list) => { window.awaited = list.map((g) => g.skillGroupId); });
		tccc.on('ready', () => {
			const list = tccc.Admin.getSkillGroups();
			window.seen = { list: JSON.stringify(list), keys: Object.keys(list), array: Array.isArray(list), names: list.map((g) => g.skillGroupName) };
			list.length = 0; // a page's own copy
		});
	})`)
	p.Load(g.Login(t, "agent1@demo").SDKURL, nil)
	p.Await("ready")
	p.AwaitTrue("window.seen && window.awaited")
	assert.Equal(t, 0, harness.Eval[int](p, "early"), "there is nothing to tell before ready, and nothing throws")
	assert.Equal(t, []string{"sales", "support"}, harness.Eval[[]string](p, "awaited"))
	type seen struct {
		List        string
		Keys, Names []string
		Array       bool
	}
	assert.Equal(t, seen{
		List: `[{"skillGroupName":"Sales","skillGroupId":"sales"},{"skillGroupName":"Support","skillGroupId":"support"}]`,
		Keys: []string{"0", "1"}, Names: []string{"Sales", "Support"}, Array: true,
	}, harness.Eval[seen](p, "seen"))

	// Awaiting ends, twice over and through a function that is async.
	for _, expr := range []string{"tccc.Admin.getSkillGroups()", "(async () => tccc.Admin.getSkillGroups())()",
		"Promise.all([tccc.Admin.getSkillGroups()]).then((a) => a[0])"} {
		assert.Equal(t, []any{2.0, "success", "support", true}, harness.Eval[[]any](p,
			"(async () => { const r = await "+expr+
				"; return [r.length, r.status, r.data.skillGroups[1].skillGroupId, Array.isArray(await r)]; })()"),
			expr)
	}

	// After the end there is what was known, and a promise says why there is no more.
	p.Run("void document.getElementById('tcccSdkDomRoot').remove()")
	p.AwaitTrue("tccc.Agent.getStatus() === 'offline'")
	assert.Equal(t, 2, harness.Eval[int](p, "tccc.Admin.getSkillGroups().length"))
	assert.Equal(t, 1004, p.Fail("tccc.Admin.getSkillGroups().catch((e) => { throw e; })").Code)
}
