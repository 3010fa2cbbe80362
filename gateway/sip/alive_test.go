package sip

import (
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/stretchr/testify/require"

	"tccc/gateway/rtp"
)

// impatient is a server whose calls are looked after soon.
func impatient(t *testing.T) *agent {
	return newAgent(t, Options{Media: rtp.Options{Timeout: 60 * time.Millisecond},
		ResponseTimeout: 300 * time.Millisecond})
}

// A far side that sends nothing and answers nothing is lost.
func TestMediaLost(t *testing.T) {
	a := impatient(t)
	p := newPhone(t, a)
	in := p.answered(a, nil, offerSDP)
	p.got("OPTIONS")
	p.skip["OPTIONS"] = true
	next(t, in, MediaLost)
	require.NoError(t, in.Hangup())
	p.answer(p.got("BYE"), 200, "", nil, "")
	next(t, in, Ended)
}

// Who has not spoken yet owes nothing: any answer within the dialog is life, but
// for one that says that there is none.
func TestWhoHasNotSpokenIsAsked(t *testing.T) {
	a := impatient(t)
	p := newPhone(t, a)
	in := p.answered(a, nil, offerSDP)
	for _, code := range []int{200, 405, 501, 403, 200} {
		p.answer(p.got("OPTIONS"), code, "", nil, "")
	}
	require.Empty(t, in.Events())
	p.answer(p.got("OPTIONS"), 481, "", nil, "")
	next(t, in, MediaLost)
	require.NoError(t, in.Hangup())
	p.answer(p.got("BYE"), 200, "", nil, "")
	next(t, in, Ended)
}

// A peer whose sound stops without a word has to take an offer.
func TestWhoFallsSilentIsOffered(t *testing.T) {
	a := impatient(t)
	p := newPhone(t, a)
	m := p.media()
	in := p.answered(a, nil, m.sdp(offerSDP))
	m.say(in.Leg(), 8, make([]byte, 160))
	inv := p.got("INVITE")
	p.answer(inv, 200, "", nil, m.sdp(offerSDP)) // muted
	p.got("ACK")
	inv = p.got("INVITE")
	p.answer(inv, 405, "", nil, "")
	p.skip["ACK"] = true
	next(t, in, MediaLost)
	require.NoError(t, in.Hangup())
	p.answer(p.got("BYE"), 200, "", nil, "")
	next(t, in, Ended)
}

// RTCP, comfort noise on its static number or another, and events keep a call
// without a question.
func TestSignsOfLife(t *testing.T) {
	report, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 1}})
	require.NoError(t, err)
	for name, alive := range map[string]func(*media, *rtp.Leg){
		"RTCP": func(m *media, l *rtp.Leg) {
			_, err := m.WriteToUDPAddrPort(report, l.Local())
			require.NoError(t, err)
		},
		"comfort noise":         func(m *media, l *rtp.Leg) { m.say(l, 13, []byte{60}) },
		"dynamic comfort noise": func(m *media, l *rtp.Leg) { m.say(l, 118, []byte{60}) },
		"events":                func(m *media, l *rtp.Leg) { m.say(l, 101, []byte{16, 0, 0, 1}) },
		"the other law":         func(m *media, l *rtp.Leg) { m.say(l, 0, make([]byte, 160)) },
	} {
		t.Run(name, func(t *testing.T) {
			a := newAgent(t, Options{Media: rtp.Options{Timeout: 500 * time.Millisecond}})
			p := newPhone(t, a)
			m := p.media()
			body := m.sdp(offerSDP)
			in := p.answered(a, nil, body[:len(body)-len("a=rtpmap:101 telephone-event/8000\r\n")]+
				"a=rtpmap:101 telephone-event/8000\r\na=rtpmap:118 CN/8000\r\n")
			if name == "dynamic comfort noise" {
				p.request("UPDATE", 2, nil,
					m.sdp("v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 40000 RTP/AVP 8 118\r\na=rtpmap:118 CN/8000\r\n"))
				p.response(200, "UPDATE")
			}
			beat := time.NewTicker(20 * time.Millisecond)
			defer beat.Stop()
			for range 50 { // twice as long as it may be silent
				<-beat.C
				alive(m, in.Leg())
			}
			p.request("BYE", 3, nil, "")
			p.response(200, "BYE") // and no question before
			next(t, in, Ended)
		})
	}
}

// Listening and inactive peers are not asked at all, and one that holds us for
// nothing but an answer.
func TestWhoMayNotSpeakIsNotAsked(t *testing.T) {
	for _, dir := range []string{"recvonly", "inactive"} {
		t.Run(dir, func(t *testing.T) {
			a := newAgent(t, Options{Media: rtp.Options{Timeout: 40 * time.Millisecond}})
			p := newPhone(t, a)
			in := p.answered(a, nil, offerSDP)
			p.request("UPDATE", 2, nil, offerSDP+"a="+dir+"\r\n")
			p.skip["OPTIONS"] = true // from before the UPDATE
			p.response(200, "UPDATE")
			require.Never(t, func() bool { return len(in.Events()) > 1 }, 200*time.Millisecond, tick)
			delete(p.skip, "OPTIONS")
			p.request("BYE", 3, nil, "")
			p.response(200, "BYE")
		})
	}
	a := impatient(t)
	p := newPhone(t, a)
	m := p.media()
	in := p.answered(a, nil, m.sdp(offerSDP))
	m.say(in.Leg(), 8, make([]byte, 160))
	p.request("UPDATE", 2, nil, m.sdp(offerSDP)+"a=sendonly\r\n")
	p.response(200, "UPDATE")
	next(t, in, Held)
	p.answer(p.got("OPTIONS"), 405, "", nil, "")
	p.answer(p.got("OPTIONS"), 405, "", nil, "")
	require.Empty(t, in.Events())
}

// Silence before the answer is not looked at, and the wait begins with the answer.
func TestMediaIsAwaitedFromTheAnswer(t *testing.T) {
	a := impatient(t)
	p := newPhone(t, a)
	out := a.dial(Outgoing{})
	inv := p.got("INVITE")
	p.answer(inv, 183, "x", nil, answerSDP)
	next(t, out, EarlyMedia)
	require.Never(t, func() bool { return len(out.Events()) > 0 }, 300*time.Millisecond, tick)
	p.answer(inv, 200, "x", nil, answerSDP)
	p.got("ACK")
	next(t, out, Answered)
	p.got("OPTIONS")
	p.skip["OPTIONS"] = true
	next(t, out, MediaLost)
	require.NoError(t, out.Hangup())
	p.answer(p.got("BYE"), 200, "", nil, "")
	next(t, out, Ended)
}
