package ccgateway

import (
	"encoding/json"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/sip"
	"tccc/wire"
)

func text(t int64) string { return strconv.FormatInt(t, 10) }

func ptr(t int64) *string { s := text(t); return &s }

// The sample of the vendor's page, with its types: the only number among the
// times, the nulls and the empty texts.
func TestSyncOfAnIdleAgent(t *testing.T) {
	w := newWorld(t, nil)
	f := w.signIn("101", "")
	r := f.post("syncagentinfo")
	assert.Equal(t, "success", r.Message)
	assert.Equal(t, CodeOK, r.RetCode)
	assert.JSONEq(t, `{
		"callinfo": null,
		"agentStateInfo": {
			"callFeature": 0, "callData": "", "lastState": 255, "preBusy": false, "firsttalkingFlag": false,
			"workNo": "101", "qcWorkNo": "", "callerNo": "", "beginHoldTime": null, "state": 1,
			"talkingCallfeature": 0, "releaseFlag": 0, "calledNo": "", "mainCallId": "", "secondTalkingTime": null,
			"preRest": false, "recordID": "", "currentTime": "`+text(w.clock.Now().UnixMilli())+`", "beginTalkingTime": null,
			"partner": "", "holdCallId": "", "agentStateBeginTime": `+text(w.state("agent1@demo").Since)+`,
			"curCommand": 0, "curCallId": "", "cmdBeginTime": ""
		}}`, string(r.Result))
}

func TestSyncClearsTheQueue(t *testing.T) {
	w := newWorld(t, nil)
	f := w.signIn("101", "")
	f.ok("saybusy")
	f.sync()
	f.ok("sayfree")
	f.awaits(eventCancelNotReady) // not AgentOther_InService
}

// An inbound call from ringing to after-call work.
func TestSyncOfAnInboundCall(t *testing.T) {
	w := newWorld(t, func(_ *Options, a *config.App) { a.AfterCall = time.Hour })
	p, f := w.sdk("agent1@demo"), w.ready("101", "")
	caller := w.rings(sales)
	ringing := f.awaits(eventRinging)
	id := callID(t, ringing)
	content(t, `{"caller":"01012345678","called":"4001000001","callid":"`+id+`","type":"main","feature":"0","mediaAbility":"1",
		"transfer":"no","transfrom":""}`, ringing)
	f.awaits(eventBusy)
	idleSince := w.state("agent1@demo").Since
	info, about := f.syncWith()
	s := w.session("agent1@demo", id)
	want := agentStateInfo{
		LastState: deskIdle, WorkNo: "101", CallerNo: "01012345678", CalledNo: sales, State: deskAnswering,
		MainCallID: id, CurCallID: id, CurrentTime: text(w.clock.Now().UnixMilli()), Partner: "01012345678",
		AgentStateBeginTime: s.OfferedAt,
	}
	require.NotZero(t, s.OfferedAt)
	assert.GreaterOrEqual(t, idleSince, s.OfferedAt)
	assert.Equal(t, want, info)
	assert.Equal(t, statusResult{AgentState: gatewayTalking}, f.status())
	require.NotNil(t, about)
	assert.JSONEq(t, `{"callid":"`+id+`","caller":"01012345678","called":"4001000001","calldata":"","orgicallednum":"4001000001",
		"callfeature":0,"callskill":"sales","begintime":null,"endtime":null}`, *about)

	p.on(wire.MethodCallAccept, id)
	content(t, string(ringing.Content), f.awaits(eventTalking))
	s = w.session("agent1@demo", id)
	want.State, want.LastState, want.AgentStateBeginTime = deskTalking, deskAnswering, s.AnsweredAt
	want.BeginTalkingTime, want.FirstTalkingFlag = ptr(s.AnsweredAt), true
	assert.Equal(t, want, f.sync())
	assert.Equal(t, statusResult{AgentState: gatewayTalking, IsWorking: true}, f.status())

	p.on(wire.MethodCallMute, id)
	muted := f.sync()
	assert.Equal(t, deskMute, muted.State)
	assert.Equal(t, commandMute, muted.CurCommand)
	assert.Equal(t, muted.CmdBeginTime, text(muted.AgentStateBeginTime))
	p.on(wire.MethodCallUnmute, id)
	assert.Equal(t, commandUnmute, f.sync().CurCommand)

	p.on(wire.MethodCallHold, id)
	content(t, `"`+id+`"`, f.awaits(eventHold))
	s = w.session("agent1@demo", id)
	held := f.sync()
	cmd := held.CmdBeginTime
	want.State, want.LastState, want.AgentStateBeginTime = deskHold, deskTalking, s.HeldAt
	want.BeginHoldTime, want.HoldCallID, want.CurCommand, want.CmdBeginTime = ptr(s.HeldAt), id, commandHold, cmd
	assert.Equal(t, want, held)
	assert.GreaterOrEqual(t, cmd, text(s.HeldAt))

	p.on(wire.MethodCallUnhold, id)
	f.awaits(eventTalking)
	back := f.sync()
	want.State, want.LastState, want.BeginHoldTime, want.HoldCallID, want.CurCommand =
		deskTalking, deskHold, nil, "", commandUnhold
	want.CmdBeginTime, want.AgentStateBeginTime = back.CmdBeginTime, back.AgentStateBeginTime
	assert.Equal(t, want, back)
	assert.Equal(t, back.CmdBeginTime, text(back.AgentStateBeginTime))

	f.ok("rest/60/0")
	assert.True(t, f.sync().PreRest)
	f.ok("saybusy")
	both := f.sync()
	assert.True(t, both.PreBusy)
	assert.False(t, both.PreRest)
	assert.Equal(t, deskTalking, both.State)
	f.ok("sayfree")
	assert.False(t, f.sync().PreBusy)

	require.NoError(t, caller.Hangup())
	content(t, `{"callid":"`+id+`","number":"01012345678"}`, f.awaits(eventCustomerRelease))
	content(t, `"`+id+`"`, f.awaits(eventCallRelease))
	f.awaits(eventWork)
	state := w.state("agent1@demo")
	require.Equal(t, wire.StatusArrange, state.Status)
	after, about := f.syncWith()
	assert.Nil(t, about)
	assert.NotEmpty(t, after.CmdBeginTime)
	assert.Equal(t, agentStateInfo{
		LastState: deskTalking, WorkNo: "101", State: deskWrapUp, CurrentTime: text(w.clock.Now().UnixMilli()),
		AgentStateBeginTime: state.Since, CurCommand: commandOtherHangsUp, CmdBeginTime: after.CmdBeginTime,
	}, after)

	f.ok("cancelwork")
	f.awaits(eventCancelWork)
	idle := f.sync()
	assert.Equal(t, deskIdle, idle.State)
	assert.Equal(t, deskWrapUp, idle.LastState)
	assert.Equal(t, commandNone, idle.CurCommand)
	assert.Empty(t, idle.CmdBeginTime)
}

// A second call while the first one is held.
func TestSyncOfTwoOutboundCalls(t *testing.T) {
	w := newWorld(t, nil)
	p, f := w.sdk("agent1@demo"), w.ready("101", "")
	p.ok(wire.MethodCallStart, wire.StartCallParams{PhoneNumber: "02155554444", UUI: "order 7"})
	first := w.awaitCall()
	alerting := f.awaits(eventAlerting)
	id := callID(t, alerting)
	content(t, `{"callid":"`+id+`","otherPhone":"02155554444","otherPhoneWorkno":"","type":"main"}`, alerting)
	f.awaits(eventBusy)
	s := w.session("agent1@demo", id)
	info := f.sync()
	want := agentStateInfo{
		CallFeature: featureOutbound, CallData: "order 7", LastState: deskIdle, WorkNo: "101", CallerNo: s.Caller,
		CalledNo: "02155554444", State: deskOutbound, MainCallID: id, CurCallID: id,
		CurrentTime: text(w.clock.Now().UnixMilli()), Partner: "02155554444", AgentStateBeginTime: s.OfferedAt,
		CurCommand: commandFirstOutbound, CmdBeginTime: info.CmdBeginTime,
	}
	assert.Equal(t, want, info)
	assert.GreaterOrEqual(t, info.CmdBeginTime, text(s.OfferedAt))

	pickUp(t, first)
	f.awaits(eventTalking)
	s = w.session("agent1@demo", id)
	want.State, want.LastState, want.AgentStateBeginTime = deskTalking, deskOutbound, s.AnsweredAt
	want.BeginTalkingTime, want.TalkingCallFeature, want.FirstTalkingFlag = ptr(s.AnsweredAt), featureOutbound, true
	assert.Equal(t, want, f.sync())

	p.ok(wire.MethodCallStart, wire.StartCallParams{PhoneNumber: "02155553333"})
	second := w.awaitCall()
	f.awaits(eventHold)
	id2 := callID(t, f.awaits(eventAlerting))
	dialling := f.sync()
	assert.Equal(t, deskOutbound, dialling.State)
	assert.Equal(t, commandOutbound, dialling.CurCommand)
	assert.Equal(t, id2, dialling.CurCallID)
	assert.Equal(t, id, dialling.MainCallID)
	assert.Equal(t, id, dialling.HoldCallID)
	assert.Zero(t, dialling.TalkingCallFeature)
	assert.Nil(t, dialling.SecondTalkingTime)

	pickUp(t, second)
	f.awaits(eventTalking)
	s1, s2 := w.session("agent1@demo", id), w.session("agent1@demo", id2)
	both := f.sync()
	assert.Equal(t, deskTalking, both.State)
	assert.Equal(t, ptr(s1.AnsweredAt), both.BeginTalkingTime)
	assert.Equal(t, ptr(s2.AnsweredAt), both.SecondTalkingTime)
	assert.Equal(t, ptr(s1.HeldAt), both.BeginHoldTime)
	assert.False(t, both.FirstTalkingFlag)
	assert.Equal(t, "02155553333", both.Partner)

	p.on(wire.MethodCallHangup, id2)
	f.awaits(eventCallRelease)
	one := f.sync()
	assert.Equal(t, deskHold, one.State)
	assert.Equal(t, commandAgentHangsUp, one.CurCommand)
	assert.Equal(t, id, one.CurCallID)

	assert.Equal(t, CodeSignOutState, f.do(http.MethodDelete, "logout").RetCode, "a call is there")
	require.Equal(t, CodeOK, f.do(http.MethodDelete, "forcelogout").RetCode)
	assert.Equal(t, wire.StateEnded, w.session("agent1@demo", id).State)
	assert.Equal(t, wire.CloseSeat, w.session("agent1@demo", id).CloseBy)
	assert.Equal(t, wire.StatusOffline, w.state("agent1@demo").Status)
}

func pickUp(t *testing.T, c *sip.Call) {
	t.Helper()
	require.NoError(t, c.Answer())
}

func TestOutboundCallThatFails(t *testing.T) {
	w := newWorld(t, nil)
	p, f := w.sdk("agent1@demo"), w.ready("101", "")
	p.ok(wire.MethodCallStart, wire.StartCallParams{PhoneNumber: "02155554444"})
	require.NoError(t, w.awaitCall().Reject(486, "Busy Here"))
	id := callID(t, f.awaits(eventAlerting))
	f.awaits(eventBusy)
	content(t, `"`+id+`"`, f.awaits(eventCallOutFail))
	f.awaits(eventCallRelease, eventReady)
	info := f.sync()
	assert.Equal(t, deskIdle, info.State)
	assert.Equal(t, deskOutbound, info.LastState)
}

func TestCallThatIsNotAnswered(t *testing.T) {
	w := newWorld(t, func(_ *Options, a *config.App) { a.SkillGroups[0].RingTimeout = 50 * time.Millisecond })
	f := w.ready("101", "")
	w.sdk("agent2@demo")
	w.rings(sales)
	id := callID(t, f.awaits(eventRinging))
	f.awaits(eventBusy)
	content(t, `{"callid":"`+id+`"}`, f.awaits(eventNoAnswer))
	f.awaits(eventReady)
}

// Calls ring at an agent who is only here, and not on a page of the SDK.
func TestAgentOfThisDoorAloneIsRung(t *testing.T) {
	w := newWorld(t, nil)
	f := w.ready("101", "")
	caller := w.rings(sales)
	id := callID(t, f.awaits(eventRinging))
	f.awaits(eventBusy)
	require.NoError(t, caller.Hangup())
	f.awaits(eventCustomerRelease, eventCallRelease, eventReady)
	assert.Equal(t, wire.StateEnded, w.session("agent1@demo", id).State)
	assert.Equal(t, deskAnswering, f.sync().LastState)
}

// A caller who waits rings while the sign-in is still under way.
func TestCallerWaitsForTheSignIn(t *testing.T) {
	w := newWorld(t, nil)
	caller := w.rings(sales)
	awaitKind(t, caller, sip.Answered) // to hear the music of the queue
	f := w.signIn("101", "")
	f.awaits(eventInService, eventReady, eventRinging, eventBusy)
	info := f.sync()
	assert.Equal(t, deskAnswering, info.State)
	assert.Equal(t, deskIdle, info.LastState)
}

func awaitKind(t *testing.T, c *sip.Call, kind sip.EventKind) {
	t.Helper()
	deadline := time.After(patient)
	for {
		select {
		case e, ok := <-c.Events():
			require.True(t, ok, "the call ended before %s", kind)
			if e.Kind == kind {
				return
			}
		case <-deadline:
			require.Failf(t, "waited in vain", "for %s", kind)
		}
	}
}

func TestSignInDuringACall(t *testing.T) {
	w := newWorld(t, nil)
	p := w.sdk("agent1@demo")
	probe := w.ready("101", "")
	w.rings(sales)
	id := callID(t, probe.awaits(eventRinging))
	p.on(wire.MethodCallAccept, id)
	p.on(wire.MethodCallHold, id)
	r := w.do(http.MethodPut, "onlineagent/101/forcelogin", "", credentials(""))
	require.Equal(t, CodeOK, r.RetCode)
	f := &front{w, "101", guidIn(t, r)}
	f.awaits(eventInService, eventBusy)
	s, info := w.session("agent1@demo", id), f.sync()
	assert.Equal(t, deskHold, info.State)
	assert.Equal(t, deskAbnormal, info.LastState)
	assert.Equal(t, s.HeldAt, info.AgentStateBeginTime)
	assert.Equal(t, commandHold, info.CurCommand)
	assert.Equal(t, text(s.HeldAt), info.CmdBeginTime)
	assert.Equal(t, ptr(s.AnsweredAt), info.BeginTalkingTime)
}

func TestAutoAnswer(t *testing.T) {
	w := newWorld(t, nil)
	w.sdk("agent1@demo")
	f := w.ready("101", `,"autoanswer":"true"`)
	w.rings(sales)
	f.awaits(eventAutoAnswer, eventBusy, eventTalking)
}

func TestAutoAnswerWithoutABrowserRings(t *testing.T) {
	w := newWorld(t, nil)
	f := w.ready("101", "")
	f.ok("autoanswer/true")
	w.rings(sales)
	f.awaits(eventAutoAnswer, eventBusy, eventRinging)
}

func TestWrapUpInsteadOfIdle(t *testing.T) {
	w := newWorld(t, nil)
	p := w.sdk("agent1@demo")
	f := w.ready("101", `,"autoenteridle":"false"`)
	w.rings(sales)
	id := callID(t, f.awaits(eventRinging))
	p.on(wire.MethodCallAccept, id)
	f.awaits(eventBusy, eventTalking)
	w.handler.work.Wait() // the wish has been told
	p.on(wire.MethodCallHangup, id)
	f.awaits(eventCallRelease, eventWork)
	f.ok("cancelwork")
	f.awaits(eventCancelWork)
}

func TestIdleInsteadOfWrapUp(t *testing.T) {
	w := newWorld(t, func(_ *Options, a *config.App) { a.AfterCall = time.Hour })
	p, f := w.sdk("agent1@demo"), w.ready("101", "")
	f.ok("autoenteridle/true")
	for _, next := range []string{eventCancelWork, eventSetRest} {
		w.rings(sales)
		id := callID(t, f.awaits(eventRinging))
		p.on(wire.MethodCallAccept, id)
		f.awaits(eventBusy, eventTalking)
		if next == eventSetRest {
			f.ok("rest/60/0")
		}
		p.on(wire.MethodCallHangup, id)
		f.awaits(eventCallRelease, eventWork, next)
	}
}

func TestRestAskedForInWrapUp(t *testing.T) {
	w := newWorld(t, func(_ *Options, a *config.App) { a.AfterCall = time.Hour })
	p, f := w.sdk("agent1@demo"), w.ready("101", "")
	w.rings(sales)
	id := callID(t, f.awaits(eventRinging))
	p.on(wire.MethodCallAccept, id)
	f.awaits(eventBusy, eventTalking)
	f.ok("rest/60/0")
	p.on(wire.MethodCallHangup, id)
	f.awaits(eventCallRelease, eventWork)
	assert.True(t, f.sync().PreRest)
	f.ok("cancelrest")
	assert.False(t, f.sync().PreRest)
	assert.Equal(t, wire.StatusArrange, w.state("agent1@demo").Status)
	f.ok("cancelwork")
	f.awaits(eventCancelWork)
}

// What the JSON looks like is pinned by TestSyncOfAnIdleAgent; here that times
// in a call are texts, but for the one that is a number.
func TestTypesOfTimes(t *testing.T) {
	m := newModel(wire.AgentState{Status: wire.StatusBusy, Since: 1}, []wire.Session{
		{SessionID: "a", Type: wire.TypePhone, State: wire.StateHeld, Direction: wire.Inbound, OfferedAt: 2,
			AnsweredAt: 3, HeldAt: 4},
		{SessionID: "b", Type: wire.TypePhone, State: wire.StateTalking, Direction: wire.Outbound, OfferedAt: 5,
			AnsweredAt: 6},
	})
	raw, err := json.Marshal(m.sync("101", "", 7).AgentStateInfo)
	require.NoError(t, err)
	var fields map[string]any
	require.NoError(t, json.Unmarshal(raw, &fields))
	for name, want := range map[string]any{
		"beginTalkingTime": "3", "secondTalkingTime": "6", "beginHoldTime": "4", "currentTime": "7",
		"cmdBeginTime": "5", "agentStateBeginTime": float64(6), "holdCallId": "a", "mainCallId": "a", "curCallId": "b",
		"curCommand": float64(commandOutbound), "state": float64(deskTalking), "callFeature": float64(featureOutbound),
	} {
		assert.Equal(t, want, fields[name], name)
	}
	assert.Len(t, fields, 25)
}

func TestTablesOfStates(t *testing.T) {
	call := func(s wire.SessionState, muted bool) *wire.Session {
		return &wire.Session{State: s, Muted: muted, Type: wire.TypePhone, Direction: wire.Inbound}
	}
	for _, c := range []struct {
		status                 wire.Status
		cur                    *wire.Session
		table1, table2, table3 int
	}{
		{wire.StatusOffline, nil, 2, 0, 255},
		{wire.StatusFree, nil, 4, 1, 1},
		{wire.StatusArrange, nil, 5, 6, 2},
		{wire.StatusRest, nil, 8, 8, 3},
		{wire.StatusNotReady, nil, 3, 7, 4},
		{wire.StatusBusy, nil, 7, 3, 7},
		{wire.StatusBusy, call(wire.StateDialing, false), 7, 3, 6},
		{wire.StatusBusy, call(wire.StateRinging, false), 7, 4, 8},
		{wire.StatusBusy, call(wire.StateTalking, false), 7, 5, 9},
		{wire.StatusBusy, call(wire.StateTalking, true), 7, 5, 12},
		{wire.StatusBusy, call(wire.StateHeld, false), 7, 5, 11},
		{wire.StatusBusy, call(wire.StateHeld, true), 7, 5, 11},
	} {
		cti := ctiState(c.status, c.cur)
		assert.Equal(t, [3]int{c.table1, c.table2, c.table3},
			[3]int{gatewayState(cti), cti, deskState(c.status, c.cur)}, "%s %+v", c.status, c.cur)
	}
	for want, s := range map[int]*wire.Session{
		-1: {Type: wire.TypeIM}, 0: {Type: wire.TypeVoIP, Direction: wire.Inbound},
		6: {Type: wire.TypeInternal, Direction: wire.Outbound},
		7: {Type: wire.TypePhone, Direction: wire.Outbound},
	} {
		assert.Equal(t, want, feature(s))
	}
	assert.Zero(t, feature(nil))
}

func TestPartnerOfAnInternalCall(t *testing.T) {
	w := newWorld(t, nil)
	assert.Equal(t, "102", w.handler.partner(&wire.Session{Type: wire.TypeInternal, PeerUserID: "agent2@demo"}))
	assert.Equal(t, "nobody@demo", w.handler.partner(&wire.Session{Type: wire.TypeInternal, PeerUserID: "nobody@demo"}))
}
