package demo

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/sip"
	"tccc/wire"
)

func Test10086AnswersAndSpeaks(t *testing.T) {
	w := newWorld(t)
	p := w.dial("10086")
	p.await(sip.Ringing)
	p.await(sip.Answered)
	p.talk(600)
	p.hears(440)
	i := w.shows(p.ID(), "hearing 600 Hz", func(i Info) bool { return sounds(i.Energy, i.Frequency, 600) })
	assert.Equal(t, "session-1", i.SessionID)
	assert.Equal(t, wire.Outbound, i.Direction)
	assert.Equal(t, "4001000001", i.From)
	assert.Equal(t, "10086", i.To)
	assert.Equal(t, StateTalking, i.State)
	assert.GreaterOrEqual(t, i.AnsweredAt-i.StartedAt, int64(299))

	require.NoError(t, p.SendDigits(t.Context(), "0123456789*#ABCD11"))
	w.shows(p.ID(), "holding the digits", func(i Info) bool { return i.Digits == "0123456789*#ABCD11" })
	require.NoError(t, p.Hangup())
	i = w.is(p.ID(), StateEnded)
	assert.False(t, i.ByPhone)
	assert.NotZero(t, i.EndedAt)
	assert.Zero(t, i.Energy)
}

func Test10010Echoes(t *testing.T) {
	w := newWorld(t)
	p := w.dial("10010")
	p.await(sip.Answered)
	p.talk(0)
	p.hears(0)
	for _, hertz := range []float64{520, 1000} {
		p.talk(hertz)
		p.hears(hertz)
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld(t)
	for number, code := range map[string]int{"10000": 486, "10002": 603} {
		p := w.dial(number)
		e := p.await(sip.Ended)
		assert.Equal(t, code, e.Code, number)
		assert.True(t, e.ByRemote)
		assert.Zero(t, p.count(sip.Ringing))
		i := w.is(p.ID(), StateEnded)
		assert.True(t, i.ByPhone)
		assert.Zero(t, i.AnsweredAt)
	}
}

func Test10001RingsUntilItIsCancelled(t *testing.T) {
	w := newWorld(t)
	p := w.dial("10001")
	p.await(sip.Ringing)
	other := w.dial("13800138000") // answers after a second, when 10001 still rings
	other.await(sip.Answered)
	w.is(p.ID(), StateRinging)
	assert.Zero(t, p.count(sip.Answered))
	require.NoError(t, p.Hangup())
	i := w.is(p.ID(), StateEnded)
	assert.Equal(t, 487, i.Code)
}

func Test10003HangsUpAfterTwoSeconds(t *testing.T) {
	w := newWorld(t)
	p := w.dial("10003")
	p.await(sip.Answered)
	p.talk(0)
	p.hears(440)
	e := p.await(sip.Ended)
	assert.True(t, e.ByRemote)
	assert.Equal(t, 200, e.Code)
	i := w.is(p.ID(), StateEnded)
	assert.True(t, i.ByPhone)
	assert.GreaterOrEqual(t, i.EndedAt-i.AnsweredAt, int64(1999))
}

func TestOtherNumbersAnswerWithTheToneWithoutAPage(t *testing.T) {
	w := newWorld(t)
	p := w.dial("13800138000")
	p.await(sip.Ringing)
	p.await(sip.Answered)
	p.talk(0)
	p.hears(440)
	i := w.is(p.ID(), StateTalking)
	assert.GreaterOrEqual(t, i.AnsweredAt-i.StartedAt, int64(999))
}

func TestOtherNumbersRingThePage(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.phone.pages.enter())
	answered, declined := w.dial("13800138000"), w.dial("13900139000")
	for _, p := range []*party{answered, declined} {
		p.await(sip.Ringing)
		w.shows(p.ID(), "waiting for somebody", func(i Info) bool { return i.Choice && i.State == StateRinging })
	}
	require.NoError(t, w.phone.Answer(answered.ID()))
	answered.await(sip.Answered)
	require.NoError(t, w.phone.Decline(declined.ID()))
	assert.Equal(t, 603, declined.await(sip.Ended).Code)
	answered.talk(0)
	answered.hears(440)

	left := w.dial("13700137000")
	left.await(sip.Ringing)
	w.shows(left.ID(), "waiting for somebody", func(i Info) bool { return i.Choice })
	w.phone.pages.leave() // the page is closed: the phone takes over
	left.await(sip.Answered)

	early := w.dial("13600136000")
	early.await(sip.Ringing)
	require.NoError(t, w.phone.pages.enter()) // a page is opened before the phone answers
	i := w.shows(early.ID(), "waiting for somebody", func(i Info) bool { return i.Choice })
	assert.Equal(t, StateRinging, i.State)
	require.NoError(t, w.phone.Hangup(early.ID()))
	assert.Equal(t, 480, early.await(sip.Ended).Code)
	w.phone.pages.leave()
}

func TestRingingIn(t *testing.T) {
	w := newWorld(t)
	p, id := w.ring("13800138000", "4001000003", "1p2*#")
	assert.Equal(t, "13800138000", p.From())
	assert.Equal(t, "4001000003", p.To())
	i := w.is(id, StateDialing)
	assert.Equal(t, wire.Inbound, i.Direction)
	assert.Equal(t, "session of "+id, i.SessionID)
	require.NoError(t, p.Ring())
	w.is(id, StateRinging)
	require.NoError(t, p.Answer())
	p.await(sip.Answered)
	p.talk(700)
	var digits string
	for range 4 {
		digits += string(rune(p.await(sip.Digit).Digit))
	}
	assert.Equal(t, "12*#", digits)
	p.hears(440)
	w.shows(id, "hearing 700 Hz", func(i Info) bool {
		return i.State == StateTalking &&
			sounds(i.Energy, i.Frequency, 700)
	})

	require.NoError(t, w.phone.Press(id, "5"))
	assert.Equal(t, byte('5'), p.await(sip.Digit).Digit)
	require.NoError(t, w.phone.Speak(id, Silence))
	p.hears(0)
	require.NoError(t, w.phone.Speak(id, Echo))
	p.hears(700)
	require.NoError(t, w.phone.Speak(id, Tone))
	p.hears(440)

	require.NoError(t, p.Hold())
	w.is(id, StateHeld)
	require.NoError(t, p.Resume())
	w.is(id, StateTalking)

	require.NoError(t, w.phone.Hangup(id))
	assert.True(t, p.await(sip.Ended).ByRemote)
	w.is(id, StateEnded)
	require.NoError(t, w.phone.Hangup(id), "twice is no error")
	require.ErrorIs(t, w.phone.Speak(id, Tone), wire.ErrSessionState)
	require.ErrorIs(t, w.phone.Press(id, "1"), wire.ErrSessionState)
	require.ErrorIs(t, w.phone.Answer(id), wire.ErrSessionState)
}

func TestEarlyMediaIsHeard(t *testing.T) {
	w := newWorld(t)
	p, id := w.ring("13800138000", "4001000001", "")
	require.NoError(t, p.EarlyMedia())
	p.talk(500)
	w.shows(id, "hearing 500 Hz before the answer",
		func(i Info) bool { return i.State == StateRinging && sounds(i.Energy, i.Frequency, 500) })
	require.NoError(t, p.Reject(486, ""))
	i := w.is(id, StateEnded)
	assert.Equal(t, 486, i.Code)
	assert.False(t, i.ByPhone)
}

func TestGivingUp(t *testing.T) {
	w := newWorld(t)
	p, id := w.ring("13800138000", "4001000001", "")
	require.NoError(t, p.Ring())
	w.is(id, StateRinging)
	require.ErrorIs(t, w.phone.Answer(id), wire.ErrSessionState, "its own call")
	require.NoError(t, w.phone.Hangup(id))
	assert.True(t, p.await(sip.Ended).ByRemote)
	w.is(id, StateEnded)
}

func TestBadInput(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct {
		from, to, digits, field string
		want                    error
	}{
		{"", "4001000001", "", "from", wire.ErrNumberInvalid},
		{"138", "sip:x@y", "", "to", wire.ErrNumberInvalid},
		{"138", "40\r\nX: y", "", "to", wire.ErrNumberInvalid},
		{"138", "4001000001", "1;2", "digits", wire.ErrDigitsInvalid},
	} {
		_, err := w.phone.Call(t.Context(), test.from, test.to, test.digits)
		require.ErrorIs(t, err, test.want)
		assert.Equal(t, test.field, wire.AsError(err).Field)
	}
	assert.Empty(t, w.phone.Calls())
	for _, err := range []error{w.phone.Hangup("x"), w.phone.Answer("x"), w.phone.Decline(""), w.phone.Press("x", "1"),
		w.phone.Speak("x", Tone)} {
		require.ErrorIs(t, err, wire.ErrSessionNotFound)
	}
	require.ErrorIs(t, w.phone.Press("x", "y"), wire.ErrDigitsInvalid)
	require.ErrorIs(t, w.phone.Speak("x", "loud"), wire.ErrInvalidOptions)
	_, err := OpenPhone(t.Context(), PhoneOptions{Gateway: "nowhere", Engine: w.engine})
	require.ErrorContains(t, err, `"nowhere" is not IP:PORT`)
}

func TestEndedCallsAreBounded(t *testing.T) {
	w := newWorld(t)
	live := w.dial("10001")
	live.await(sip.Ringing)
	var last string
	for range maxEnded + 5 {
		p := w.dial("10000")
		p.await(sip.Ended)
		last = p.ID()
		w.is(last, StateEnded)
	}
	w.dial("10000").await(sip.Ended)
	calls := w.phone.Calls()
	assert.LessOrEqual(t, len(calls), maxEnded+2)
	assert.Equal(t, last, calls[1].CallID, "newest first")
	assert.Equal(t, live.ID(), calls[len(calls)-1].CallID, "a live call stays, however old")
}

func TestCloseHangsUp(t *testing.T) {
	w := newWorld(t)
	p := w.dial("10086")
	p.await(sip.Answered)
	ringing := w.dial("10001")
	ringing.await(sip.Ringing)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, w.phone.Close(ctx))
	p.await(sip.Ended)
	ringing.await(sip.Ended)
	_, err := w.phone.Call(t.Context(), "138", "4001000001", "")
	require.ErrorIs(t, err, wire.ErrStopping)
}

func TestManyCallsAtOnce(t *testing.T) {
	w := newWorld(t)
	var parties []*party
	for i := range 20 {
		p := w.dial("10010")
		p.await(sip.Answered)
		p.talk(400 + 20*float64(i))
		parties = append(parties, p)
	}
	for i, p := range parties {
		p.hears(400 + 20*float64(i))
	}
}
