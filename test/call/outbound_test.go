package call

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

func TestOutbound(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	o := p.Try("tccc.Call.startOutboundCall({phoneNumber: '10086', phoneDesc: 'The tone', uui: 'order 12', skillGroupId: 'sales'})")
	require.Nil(t, o.Rejected, "%+v", o.Rejected)
	var res struct {
		wire.CallResponse
		Status string
		Data   wire.CallResponse
	}
	require.NoError(t, jsonInto(o.Resolved, &res))
	assert.Equal(t, wire.CallResponse{
		SessionID: res.Data.SessionID, Callee: "10086", Caller: sales, ServerType: wire.StaffSeat,
		CalleeLocation: "Service number",
	}, res.Data)
	assert.Equal(t, res.Data, res.CallResponse, "the fields are also at the top")
	assert.Equal(t, "success", res.Status)
	id := res.Data.SessionID

	out := decode[wire.CallOuted](t, p.Await("callOuted", "sessionId", id))
	assert.Equal(t, wire.CallOuted{SessionID: id, Caller: sales, Callee: "10086"}, out)
	p.Await("calloutAccepted", "sessionId", id)
	p.Hears(harness.PhoneTone)
	call := g.AwaitPhone(t, "is ours", func(c harness.PhoneCall) bool { return c.SessionID == id })
	assert.Equal(t, "10086", call.To)
	assert.Equal(t, sales, call.From)
	g.AwaitPhoneHears(t, call.CallID, harness.MicTone)
	p.Do("tccc.Call.hungUp({sessionId: %s})", id)
	assert.Equal(t, wire.CloseSeat, ended(t, p, id).CloseBy)
	phoneEnded(t, g, call.CallID)
	p.Await("statusChanged", "status", "free")
	assert.Equal(t, []string{"callOuted", "statusChanged", "calloutAccepted", "sessionEnded", "statusChanged"},
		names(p))
}

// TestEcho hears the agent's own voice back.
func TestEcho(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	p.Do("tccc.callOut({phoneNumber: '10010'})") // the first generation's name
	p.Await("calloutAccepted")
	p.Hears(harness.MicTone)
}

// TestOutcomes calls the numbers that do not lead to a conversation.
func TestOutcomes(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	for _, c := range []struct {
		number   string
		accepted bool
		by       wire.CloseBy
		main     string
		sub      string
	}{
		{"10000", false, wire.CloseAdmin, wire.ReasonBusy, "486"},
		{"10002", false, wire.CloseAdmin, wire.ReasonDeclined, "603"},
		{"10003", true, wire.CloseClient, "", ""},
	} {
		t.Run(c.number, func(t *testing.T) {
			p.Do("tccc.Call.startOutboundCall({phoneNumber: %s})", c.number)
			id := p.Await("callOuted").SessionID()
			if c.accepted {
				p.Await("calloutAccepted", "sessionId", id)
			}
			end := ended(t, p, id)
			assert.Equal(t, c.by, end.CloseBy)
			assert.Equal(t, c.main, end.MainReason)
			assert.Contains(t, end.SubReason, c.sub)
			p.AwaitTrue("tccc.Agent.getStatus() === 'free'")
		})
	}
	t.Run("10001, given up", func(t *testing.T) {
		p.Do("tccc.Call.startOutboundCall({phoneNumber: '10001'})")
		id := p.Await("callOuted").SessionID()
		g.AwaitPhone(t, "rings", func(c harness.PhoneCall) bool { return c.SessionID == id && c.State == "ringing" })
		// ringing tone
		p.AwaitTrue("(() => { const ear = harness.tracks[harness.tracks.length - 1]; return ear && ear.hear().energy > 0.01 })()")
		assert.Equal(t, wire.ErrBusyWithCall.Code, p.Fail("tccc.Call.startOutboundCall({phoneNumber: '10086'})").Code)
		p.Do("tccc.Call.hungUp({sessionId: %s})", id)
		end := ended(t, p, id)
		assert.Equal(t, wire.CloseSeat, end.CloseBy)
		assert.Zero(t, end.Duration)
		g.AwaitPhone(t, "was cancelled",
			func(c harness.PhoneCall) bool { return c.SessionID == id && c.State == "ended" })
	})
}

// TestCallerNumbers chooses the number that is shown to the called party.
func TestCallerNumbers(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_APPS_0_NUMBERS_1_SERVINGNUMBERGROUPS=vip,night"}})
	p := harness.Agent(t, g, "agent3@demo") // sales and support
	for options, want := range map[string]string{
		`{phoneNumber: '10086', callerPhoneNumber: '4001000002'}`:            support,
		`{phoneNumber: '10086', skillGroupId: 'support'}`:                    support,
		`{phoneNumber: '10086', skillGroupId: 'sales'}`:                      sales,
		`{phoneNumber: '10086', servingNumberGroupIds: ['night']}`:           support,
		`{phoneNumber: '10086', phoneEncodeType: 'number'}`:                  sales,
		`{phoneNumber: '100 86', callerPhoneNumber: '4001000001', other: 1}`: sales,
	} {
		p.Do("tccc.Call.startOutboundCall(" + options + ")")
		out := decode[wire.CallOuted](t, p.Await("callOuted"))
		assert.Equal(t, want, out.Caller, options)
		assert.Equal(t, "10086", out.Callee, options)
		p.Await("calloutAccepted", "sessionId", out.SessionID)
		p.Do("tccc.Call.hungUp({sessionId: %s})", out.SessionID)
		ended(t, p, out.SessionID)
		p.AwaitTrue("tccc.Agent.getStatus() === 'free'")
	}
	for _, options := range []string{
		`{phoneNumber: '10086', callerPhoneNumber: '4009999999'}`,
		`{phoneNumber: '10086', skillGroupId: 'nobody'}`,
		`{phoneNumber: '10086', servingNumberGroupIds: ['nothing']}`,
	} {
		r := p.Fail("tccc.Call.startOutboundCall(" + options + ")")
		assert.Contains(t, []int{wire.ErrNoCallerNumber.Code, wire.ErrForbidden.Code, wire.ErrInvalidOptions.Code},
			r.Code, options)
	}
}
