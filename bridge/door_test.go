package bridge

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/agent"
	"tccc/wire"
)

// idleCore is a core that does nothing; the options are what is tested.
type idleCore struct{}

func (idleCore) Online(context.Context) error                               { return nil }
func (idleCore) Offline(context.Context) error                              { return nil }
func (idleCore) SetStatus(context.Context, wire.SetStatusParams) error      { return nil }
func (idleCore) TakeOver(context.Context) error                             { return nil }
func (idleCore) SetServerType(context.Context, wire.ServerTypeParams) error { return nil }
func (idleCore) ServerType(context.Context) (wire.Seat, error)              { return wire.Seat{}, nil }
func (idleCore) StartCall(_ context.Context, p wire.StartCallParams) (wire.CallResponse, error) {
	return wire.CallResponse{SessionID: "s1", Callee: p.PhoneNumber}, nil
}
func (idleCore) Accept(context.Context, string) error                { return nil }
func (idleCore) Hangup(context.Context, string) error                { panic("on purpose") }
func (idleCore) Delete(context.Context, string) error                { return context.Canceled }
func (idleCore) Mute(context.Context, string, bool) error            { return nil }
func (idleCore) Muted(string) (bool, error)                          { return true, nil }
func (idleCore) Hold(ctx context.Context, _ string) error            { <-ctx.Done(); return ctx.Err() }
func (idleCore) Unhold(context.Context, string) error                { return errors.New("secret") }
func (idleCore) SendDigits(context.Context, wire.DigitsParams) error { return nil }
func (idleCore) Transfer(context.Context, wire.TransferParams) error { return nil }
func (idleCore) StartInternalCall(_ context.Context, p wire.InternalCallParams) (wire.InternalCallResponse, error) {
	return wire.InternalCallResponse{SessionID: "s1", CalleeUserID: p.CalleeUserID}, nil
}
func (idleCore) Consult(_ context.Context, p wire.ConsultParams) (wire.ConsultResponse, error) {
	return wire.ConsultResponse{SessionID: "s2", ConsultOf: p.SessionID}, nil
}
func (idleCore) CompleteTransfer(context.Context, string) error          { return nil }
func (idleCore) CancelConsult(context.Context, string) error             { return nil }
func (idleCore) Conference(context.Context, string) error                { return nil }
func (idleCore) Kick(context.Context, wire.KickParams) error             { return nil }
func (idleCore) Monitor(context.Context, string, wire.MonitorMode) error { return nil }
func (idleCore) AcceptChat(context.Context, string) error                { return nil }
func (idleCore) EndChat(context.Context, string) error                   { return nil }
func (idleCore) TransferChat(context.Context, wire.TransferParams) error { return nil }
func (idleCore) Send(_ context.Context, p wire.SendParams) (wire.Message, error) {
	return wire.Message{SessionID: p.SessionID, Text: p.Text, Card: p.Card, Order: p.Order}, nil
}
func (idleCore) SendFile(ctx context.Context, p agent.FileParams) (wire.Message, error) {
	f, err := p.Post(ctx, "/nothing", func(float64) {})
	return wire.Message{SessionID: p.SessionID, File: &f}, err
}
func (idleCore) Messages(context.Context, wire.MessagesParams) (wire.MessagesResult, error) {
	return wire.MessagesResult{Messages: []wire.Message{}}, nil
}
func (idleCore) MarkRead(context.Context, string) error             { return nil }
func (idleCore) SetTyping(context.Context, wire.TypingParams) error { return nil }
func (idleCore) IsVideo(string) error {
	return wire.ErrSessionState.For("sessionId", "it is no video session")
}
func (idleCore) MuteVideo(context.Context, string, bool) error { return nil }
func (idleCore) ShareScreen(context.Context, string) error     { return nil }
func (idleCore) UnshareScreen(context.Context, string) error   { return nil }
func (idleCore) CustomerShares(string) (bool, error)           { return false, nil }
func (idleCore) Colleagues(context.Context) (wire.ColleaguesResult, error) {
	return wire.ColleaguesResult{}, nil
}

func everyMethod() map[string]method {
	all := map[string]method{}
	for _, methods := range []map[string]method{agentMethods(idleCore{}), callMethods(idleCore{}),
		chatMethods(idleCore{}), videoMethods(idleCore{}), adminMethods(idleCore{}), choiceMethods(nil)} {
		for name, m := range methods {
			all[name] = m
		}
	}
	return all
}

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		method, options string
		want            *wire.Error
		field, detail   string
	}{
		{"Call.accept", `{"sessionId":"s1"}`, nil, "", ""},
		{"Call.accept", `{"sessionId":"s1","unknown":{}}`, nil, "", ""},
		{"Call.accept", ``, wire.ErrInvalidOptions, "sessionId", "options.sessionId is missing"},
		{"Call.accept", `null`, wire.ErrInvalidOptions, "sessionId", "options.sessionId is missing"},
		{"Call.accept", `{"sessionId":null}`, wire.ErrInvalidOptions, "sessionId", "options.sessionId is missing"},
		{"Call.accept", `{"sessionId":7.5}`, wire.ErrInvalidOptions, "sessionId",
			"options.sessionId must be a string, or an integer that JavaScript holds exactly"},
		{"Call.accept", `{"sessionId":{}}`, wire.ErrInvalidOptions, "sessionId",
			"options.sessionId must be a string, not an object"},
		{"Call.accept", `{"sessionId":true}`, wire.ErrInvalidOptions, "sessionId",
			"options.sessionId must be a string, not a boolean"},
		{"Call.accept", `"s1"`, wire.ErrInvalidOptions, "", "options must be an object, not a string"},
		{"Call.accept", `[]`, wire.ErrInvalidOptions, "", "options must be an object, not an array"},
		{"Call.startOutboundCall", `{"phoneNumber":"10086"}`, nil, "", ""},
		{"Call.startOutboundCall", `{"phoneNumber":13800138000,"skillGroupId":1,"servingNumberGroupIds":[1,"a",2]}`,
			nil, "", ""},
		{"Call.startOutboundCall", `{"phoneNumber":1e21}`, wire.ErrInvalidOptions, "phoneNumber",
			"options.phoneNumber must be a string, or an integer that JavaScript holds exactly"},
		{"Call.startOutboundCall", `{"phoneNumber":"1","servingNumberGroupIds":["a",0.5]}`, wire.ErrInvalidOptions,
			"servingNumberGroupIds", "options.servingNumberGroupIds must be a string, or an integer that JavaScript holds exactly"},
		{"Call.startOutboundCall", `{"phoneNumber":"13800138000","uui":[]}`, wire.ErrInvalidOptions, "uui",
			"options.uui must be a string, not an array"},
		{"Call.startOutboundCall", `{"phoneNumber":"13800138000","uui":{"n":1}}`, wire.ErrInvalidOptions, "uui",
			"options.uui must be a string, not an object"},
		{"Call.startOutboundCall", `{"phoneNumber":true}`, wire.ErrInvalidOptions, "phoneNumber",
			"options.phoneNumber must be a string, not a boolean"},
		{"Call.startOutboundCall", `{"phoneDesc":"x"}`, wire.ErrInvalidOptions, "phoneNumber",
			"options.phoneNumber is missing"},
		{"Call.startOutboundCall", `{"phoneNumber":"1","servingNumberGroupIds":"x"}`, wire.ErrInvalidOptions,
			"servingNumberGroupIds",
			"options.servingNumberGroupIds must be an array of strings, not a string"},
		{"Call.startOutboundCall", `{"phoneNumber":"1","phoneEncodeType":"alias"}`, wire.ErrInvalidOptions,
			"phoneEncodeType", `options.phoneEncodeType can only be "number"`},
		{"Call.sendDigits", `{"sessionId":"s1"}`, wire.ErrInvalidOptions, "dtmfText", "options.dtmfText is missing"},
		{"Call.transfer", `{"sessionId":"s1"}`, wire.ErrTransferTarget, "", ""},
		{"Call.transfer", `{"sessionId":"s1","userId":"a","skillGroupId":"b"}`, wire.ErrTransferTarget, "", ""},
		{"Call.transfer", `{"sessionId":"s1","userId":"a"}`, nil, "", ""},
		{"Call.transfer", `{"sessionId":"s1","userId":5}`, nil, "", ""},
		{"Call.startInternalCall", `{"calleeUserId":"a","useMobile":true}`, nil, "", ""},
		{"Call.consult", `{"sessionId":"s1","phoneNumber":"10086"}`, nil, "", ""},
		{"Call.consult", `{"sessionId":"s1"}`, wire.ErrTransferTarget, "",
			"a consultation needs one of userId, skillGroupId and phoneNumber"},
		{"Call.consult", `{"userId":"a"}`, wire.ErrInvalidOptions, "sessionId", "options.sessionId is missing"},
		{"Call.completeTransfer", `{}`, wire.ErrInvalidOptions, "sessionId", "options.sessionId is missing"},
		{"Call.conference", `{"sessionId":"s1"}`, nil, "", ""},
		{"Call.kick", `{"userId":"a"}`, wire.ErrInvalidOptions, "sessionId", "options.sessionId is missing"},
		{"Call.kick", `{"sessionId":"s1"}`, wire.ErrInvalidOptions, "userId", "options.userId is missing"},
		{"Call.kick", `{"sessionId":"s1","userId":"a","phoneNumber":"10086"}`, wire.ErrInvalidOptions, "phoneNumber",
			"options.phoneNumber cannot be given together with options.userId"},
		{"Call.kick", `{"sessionId":"s1","userId":["a"]}`, wire.ErrInvalidOptions, "userId",
			"options.userId must be a string, not an array"},
		{"Call.kick", `{"sessionId":"s1","userId":7}`, nil, "", ""},
		{"Call.kick", `{"sessionId":"s1","phoneNumber":10086}`, nil, "", ""},
		{"Call.listen", `{"sessionId":"s1"}`, nil, "", ""},
		{"Call.barge", `{"sessionId":5}`, nil, "", ""},
		{"Call.startInternalCall", `{}`, wire.ErrInvalidOptions, "calleeUserId", "options.calleeUserId is missing"},
		{"Call.startInternalCall", `{"calleeUserId":"a","useMobile":"yes"}`, wire.ErrInvalidOptions, "useMobile",
			"options.useMobile must be a boolean, not a string"},
		{"Agent.setStatus", `{"status":"NotReady"}`, nil, "", ""},
		{"Agent.setStatus", `{"status":"busy"}`, wire.ErrInvalidStatus, "status", `"busy"`},
		{"Agent.setStatus", `{}`, wire.ErrInvalidOptions, "status", "options.status is missing"},
		{"Agent.setServerType", `{"serverType":"staffExtensionSeat"}`, nil, "", ""},
		{"Agent.setServerType", `{}`, wire.ErrInvalidOptions, "serverType", "options.serverType is missing"},
		{"Agent.setServerType", `{"serverType":5.5}`, wire.ErrInvalidOptions, "serverType",
			"options.serverType must be a string, or an integer that JavaScript holds exactly"},
		{"Agent.getServerType", ``, nil, "", ""},
		{"Agent.online", ``, nil, "", ""},
		{"Chat.sendCardMessage", `{"sessionId":"s1"}`, wire.ErrInvalidOptions, "payload", "options.payload is missing"},
		{"Chat.sendCardMessage", `{"sessionId":"s1","payload":{"header":"h","desc":"d","pic":"p"}}`,
			wire.ErrInvalidOptions, "payload.url", "options.payload.url is missing"},
		{"Chat.sendCardMessage", `{"sessionId":"s1","payload":{"header":1.5}}`, wire.ErrInvalidOptions,
			"payload.header", "options.payload.header must be a string, or an integer that JavaScript holds exactly"},
		{"Chat.sendCardMessage", `{"sessionId":"s1","payload":{"header":"h","desc":"d","pic":"p","url":"https://a"}}`,
			wire.ErrInvalidOptions, "payload.pic", "options.payload.pic must begin with http:// or https://"},
		{"Chat.sendCardMessage", `{"sessionId":"s1","payload":{"header":"h","desc":"d","pic":"https://a","url":"javascript:1"}}`, wire.ErrInvalidOptions, "payload.url", "options.payload.url must begin with http:// or https://"},
		{"Chat.sendCardMessage", `{"sessionId":"s1","payload":{"header":"h","desc":"d","pic":"https://a","url":"http://b"}}`, nil, "", ""},
		{"Chat.sendOrderMessage", `{"sessionId":"s1","payload":{"customField":[{"name":"n"}]}}`, nil, "", ""},
		{"Chat.sendOrderMessage", `{"sessionId":"s1","payload":{"customField":{"a":{"b":1}}}}`, nil, "", ""},
		{"Chat.sendOrderMessage", `{"sessionId":"s1","payload":{"customField":null}}`, nil, "", ""},
		{"Chat.sendOrderMessage", `{"sessionId":"s1","payload":{"customField":7}}`, wire.ErrInvalidOptions,
			"payload.customField", "options.payload.customField must be an object or an array"},
		{"Chat.sendOrderMessage", `{"sessionId":"s1","payload":{"pic":"data:x"}}`, wire.ErrInvalidOptions,
			"payload.pic", "options.payload.pic must begin with http:// or https://"},
		{"Chat.accept", `{"sessionId":"s1"}`, nil, "", ""},
		{"Chat.end", `{}`, wire.ErrInvalidOptions, "sessionId", "options.sessionId is missing"},
		{"Chat.transfer", `{"sessionId":"s1"}`, wire.ErrTransferTarget, "", ""},
		{"Chat.sendMessage", `{"sessionId":"s1","text":"hi"}`, nil, "", ""},
		{"Chat.sendMessage", `{"sessionId":"s1","text":" \n "}`, wire.ErrInvalidOptions, "text",
			"options.text is missing"},
		{"Chat.sendMessage", `{"sessionId":"s1","text":["hi"]}`, wire.ErrInvalidOptions, "text",
			"options.text must be a string, not an array"},
		{"Chat.sendMessage", `{"sessionId":"s1","text":"` + strings.Repeat("x", 8193) + `"}`, wire.ErrInvalidOptions,
			"text", "options.text is longer than 8192 bytes"},
		{"Chat.getMessages", `{"sessionId":"s1","before":7,"limit":100}`, nil, "", ""},
		{"Chat.getMessages", `{"sessionId":"s1","limit":101}`, wire.ErrInvalidOptions, "limit",
			"options.limit must be between 0 and 100"},
		{"Chat.getMessages", `{"sessionId":"s1","after":-1}`, wire.ErrInvalidOptions, "after",
			"options.after must be between 0 and 9007199254740992"},
		{"Chat.getMessages", `{"sessionId":"s1","before":"7"}`, wire.ErrInvalidOptions, "before",
			"options.before must be a number, not a string"},
		{"Chat.markRead", `{"sessionId":"s1"}`, nil, "", ""},
		{"Chat.setTyping", `{"sessionId":"s1","typing":false}`, nil, "", ""},
		{"Chat.setTyping", `{"sessionId":"s1"}`, wire.ErrInvalidOptions, "typing", "options.typing is missing"},
		{"Video.startScreenShare", `{}`, wire.ErrInvalidOptions, "sessionId", "options.sessionId is missing"},
		{"Video.stopScreenShare", `{}`, wire.ErrInvalidOptions, "sessionId", "options.sessionId is missing"},
		{"Video.muteVideo", `{}`, wire.ErrInvalidOptions, "sessionId", "options.sessionId is missing"},
		{"Video.accept", `{"sessionId":"s1"}`, wire.ErrSessionState, "sessionId", "it is no video session"},
		{"Video.transfer", `{"sessionId":"s1"}`, wire.ErrTransferTarget, "", ""},
		{"Devices.setMicrophone", `{}`, wire.ErrInvalidOptions, "deviceId", "options.deviceId is missing"},
		{"Devices.setSpeaker", `{"deviceId":true}`, wire.ErrInvalidOptions, "deviceId",
			"options.deviceId must be a string, not a boolean"},
		{"Devices.setRingtoneDevice", `{"deviceId":""}`, wire.ErrMediaUnsupported, "", ""},
		{"Admin.getSkillGroups", ``, nil, "", ""},
	} {
		_, err, _ := everyMethod()[c.method].call(t.Context(), []byte(c.options))
		if c.want == nil {
			assert.NoError(t, err, "%s(%s)", c.method, c.options)
			continue
		}
		require.ErrorIs(t, err, c.want, "%s(%s)", c.method, c.options)
		assert.Equal(t, c.field, wire.AsError(err).Field, "%s(%s)", c.method, c.options)
		assert.Equal(t, c.detail, wire.AsError(err).Detail, "%s(%s)", c.method, c.options)
	}
}

func TestNumbersWhereTextIsMeant(t *testing.T) {
	for options, want := range map[string]wire.StartCallParams{
		`{"phoneNumber": 13800138000 ,"skillGroupId":1}`: {PhoneNumber: "13800138000", SkillGroupID: "1"},
		`{"servingNumberGroupIds":[7,"8",9007199254740991],"phoneNumber":-5}`: {
			PhoneNumber: "-5", ServingNumberGroupIDs: []string{"7", "8", "9007199254740991"},
		},
		`{"phoneDesc":"1, 2","phoneNumber":0}`: {PhoneDesc: "1, 2", PhoneNumber: "0"},
	} {
		var got wire.StartCallParams
		require.NoError(t, decode([]byte(options), &got), options)
		assert.Equal(t, want, got)
	}
	var card cardOptions
	require.NoError(t, decode([]byte(`{"sessionId":1,"payload":{"header":2,"desc":3}}`), &card))
	assert.Equal(t, "2", card.Payload.Header)
	for _, refused := range []string{"9007199254740992", "1.5", "1e21", "-1e3", "12345678901234567890"} {
		assert.ErrorIs(t, decode([]byte(`{"phoneNumber":`+refused+`}`), &wire.StartCallParams{}),
			wire.ErrInvalidOptions, refused)
	}
}

func TestDoor(t *testing.T) {
	methods := everyMethod()
	options := []byte(`{"sessionId":"s1"}`)

	_, err, panicked := methods["Call.hungUp"].call(t.Context(), options)
	require.ErrorIs(t, err, wire.ErrProgram)
	require.NotNil(t, panicked)
	assert.Equal(t, "on purpose", panicked.value)
	assert.NotEmpty(t, panicked.stack)

	slow := methods["Call.hold"]
	slow.timeout = 1
	_, err, _ = slow.call(t.Context(), options)
	assert.ErrorIs(t, err, wire.ErrTimeout)

	_, err, _ = methods["Call.deleteCall"].call(t.Context(), options)
	assert.ErrorIs(t, err, wire.ErrShutDown)

	_, err, _ = methods["Call.unHold"].call(t.Context(), options)
	text, _ := json.Marshal(wire.AsError(err))
	assert.NotContains(t, string(text), "secret")
}

func TestCollectorWaitsForQuiet(t *testing.T) {
	collected := make(chan struct{}, 1)
	c := newCollector()
	c.collect = func() { collected <- struct{}{} }
	for range idleWorth - 1 {
		c.touch()
	}
	assert.Nil(t, c.timer, "a few messages are not worth it")
	c.touch()
	<-collected
	for range busyWorth { // never quiet
		c.touch()
	}
	<-collected
	c.stop()
}

func FuzzOptions(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `[]`, `"x"`, `{"sessionId":"s1"}`, `{"sessionId":7}`,
		`{"phoneNumber":"10086","servingNumberGroupIds":["a",null]}`, `{"status":"Free","restReason":{}}`,
		`{"sessionId":"s1","payload":{"customField":[1,2,{"a":null}]}}`, `{"sessionId":"` + "\xff" + `"}`,
		`{"SESSIONID":"s"}`,
	} {
		for name := range everyMethod() {
			f.Add(name, []byte(seed))
		}
	}
	methods := everyMethod()
	f.Fuzz(func(t *testing.T, name string, options []byte) {
		m, ok := methods[name]
		if !ok {
			return
		}
		_, err := m.prepare(options)
		if err == nil {
			return
		}
		var e *wire.Error
		if !errors.As(err, &e) || e.Code == wire.ErrInternal.Code {
			t.Fatalf("%s(%q): %v", name, options, err)
		}
		if text, err := json.Marshal(e); err != nil || len(text) > 4096 {
			t.Fatalf("%s(%q): %d bytes, %v", name, options, len(text), err)
		}
	})
}
