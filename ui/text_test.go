package ui

import (
	"reflect"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/agent"
	"tccc/wire"
)

var verb = regexp.MustCompile(`%(\.\d)?[a-z%]`)

func TestBothLanguagesAreComplete(t *testing.T) {
	en, zh := reflect.ValueOf(english), reflect.ValueOf(chinese)
	for _, f := range reflect.VisibleFields(en.Type()) {
		if f.Type.Kind() != reflect.String {
			continue
		}
		e, z := en.FieldByIndex(f.Index).String(), zh.FieldByIndex(f.Index).String()
		assert.NotEmpty(t, e, "English %s", f.Name)
		assert.NotEmpty(t, z, "Chinese %s", f.Name)
		assert.Equal(t, verb.FindAllString(e, -1), verb.FindAllString(z, -1), "verbs of %s", f.Name)
	}
	for _, r := range english.Reasons {
		assert.NotEmpty(t, r.text, r.reason)
		assert.NotEmpty(t, chinese.Reasons.of(r.reason), "Chinese %s", r.reason)
	}
	assert.Len(t, chinese.Reasons, len(english.Reasons))
}

func TestEveryErrorIsExplainedInChinese(t *testing.T) {
	for _, e := range wire.Catalogue() {
		i := chineseErrors.index(e.Code)
		require.GreaterOrEqual(t, i, 0, "%d %s", e.Code, e.Name)
		assert.NotEmpty(t, chineseErrors[i].message, e.Name)
		assert.NotEmpty(t, chineseErrors[i].remedy, e.Name)
	}
	message, remedy := explain(English, wire.ErrNoMic)
	assert.Equal(t, wire.ErrNoMic.Message, message)
	assert.Equal(t, wire.ErrNoMic.Remedy, remedy)
}

func TestEveryReasonHasWords(t *testing.T) {
	for _, reason := range []string{
		wire.ReasonBusy, wire.ReasonNoAnswer, wire.ReasonDeclined, wire.ReasonUnreachable, wire.ReasonRejectedTrunk,
		wire.ReasonQueueTimeout, wire.ReasonNoAgent, wire.ReasonNetworkLost, wire.ReasonAgentLost,
		wire.ReasonGatewayRestart, wire.ReasonMaxDuration, wire.ReasonRemoved,
	} {
		assert.NotEmpty(t, english.Reasons.of(reason), reason)
	}
}

func TestPlaceStaysInTheWindow(t *testing.T) {
	assert.Equal(t, Place{X: 24, Y: 24}, placeOf(1000-24-120, 800-24-44, 120, 44, 1000, 800))
	assert.Equal(t, Place{X: 8, Y: 8, Left: true, Top: true}, placeOf(-50, -50, 120, 44, 1000, 800))
	assert.Equal(t, Place{X: 8, Y: 8}, placeOf(5000, 5000, 120, 44, 1000, 800))
	assert.Equal(t, Place{X: 236, Y: 16, Left: true}, Place{X: 4000, Y: 16, Left: true}.within(300, 300))
}

func TestNewCallsUnfoldTheBar(t *testing.T) {
	s := &State{Open: false, Current: "old", Keypad: "old", Digits: "1"}
	before := agent.View{Sessions: []wire.Session{{SessionID: "old", State: wire.StateTalking}}}
	after := agent.View{Sessions: []wire.Session{{SessionID: "old", State: wire.StateTalking},
		{SessionID: "new", State: wire.StateRinging}}}
	s.follow(&before, &after)
	assert.True(t, s.Open)
	assert.Empty(t, s.Current, "what is urgent is shown")
	assert.Equal(t, "old", s.Keypad)

	s.Open = false
	s.follow(&after, &after)
	assert.False(t, s.Open, "the agent may fold it while it rings")

	s.follow(&before, &after)
	s.follow(&after, &agent.View{})
	assert.False(t, s.Open, "what unfolded by itself folds again")
	assert.Empty(t, s.Keypad, "a keypad goes with its call")
	assert.Empty(t, s.Digits)
}

func TestABarThatTheAgentOpenedStaysOpen(t *testing.T) {
	ringing := agent.View{Sessions: []wire.Session{{SessionID: "new", State: wire.StateRinging}}}
	s := &State{Open: true}
	s.follow(&agent.View{}, &ringing)
	s.follow(&ringing, &agent.View{})
	assert.True(t, s.Open)

	s = &State{}
	s.follow(&agent.View{}, &ringing)
	s.Apply(&ringing, Action{Name: "menu", Arg: MenuDial}, "") // the agent works with it
	s.follow(&ringing, &agent.View{})
	assert.True(t, s.Open)
}

func TestClock(t *testing.T) {
	for ms, want := range map[int64]string{-5: "0:00", 999: "0:00", 59_000: "0:59", 61_000: "1:01",
		3_600_000: "1:00:00", 36_061_000: "10:01:01"} {
		assert.Equal(t, want, clock(ms))
	}
}
