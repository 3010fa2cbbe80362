package center

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/rtc"
	"tccc/gateway/session"
	"tccc/wire"
)

// talkLeg is a browser's connection in a session without a browser: it stands
// when the test says so.
type talkLeg struct {
	*voiceLeg
	tell     func(rtc.State)
	noScreen bool
	over     atomic.Bool
}

func (l *talkLeg) Close() error {
	l.over.Store(true)
	return l.voiceLeg.Close()
}

func (l *talkLeg) closed() bool { return l.over.Load() }

func (*talkLeg) Picture() *rtc.Picture { return nil }

func (l *talkLeg) Screen() (*rtc.Picture, bool) { return nil, !l.noScreen }

// talkWorld is a world with audio and video sessions.
type talkWorld struct {
	*world
	legs chan *talkLeg // in the order in which they were made

	customer *talkLeg // who has come last

	mu     sync.Mutex
	all    []*voice          // everybody's
	pages  map[string]*voice // over the leg of telephone calls, by agent
	levels map[string]int16  // of agents
}

func newTalkWorld(t *testing.T, change func(*config.App)) *talkWorld {
	w := &talkWorld{world: newWorld(t, change), legs: make(chan *talkLeg, 1000), pages: map[string]*voice{},
		levels: map[string]int16{}}
	require.NoError(t, w.center.do(t.Context(), func() {
		w.center.SessionLegs = func(_ context.Context, offer string, o SessionLegOptions) (SessionLeg, string, error) {
			if offer == "bad" {
				return nil, "", wire.ErrMediaOffer
			}
			level := int16(customerLevel)
			if user, ok := strings.CutPrefix(offer, "agent "); ok {
				level = w.levelOf(user)
			}
			l := &talkLeg{voiceLeg: newVoiceLeg(level), tell: o.OnState, noScreen: offer == "no screen"}
			w.add(l.voice)
			w.legs <- l
			return l, "answer", nil
		}
		w.voices()
	}))
	return w
}

var ann = session.Customer{UserID: "ann", Nickname: "Ann", Avatar: "https://example.com/a.png", Remark: "gold",
	PeerSource: "shop", ClientData: "x=1"}

// visits opens a session of a customer and its connection.
func (w *talkWorld) visits(who session.Customer, kind wire.SessionType) wire.VisitorSession {
	w.t.Helper()
	v, err := w.center.StartVisit(w.t.Context(), app, who, wire.VisitorStartParams{Type: kind})
	require.NoError(w.t, err)
	_, err = w.center.VisitorOffer(w.t.Context(), app, who.UserID,
		wire.SessionOfferParams{SessionID: v.SessionID, SDP: "customer"})
	require.NoError(w.t, err)
	w.customer = <-w.legs
	w.customer.tell(rtc.StateConnected)
	return v
}

// offers makes an agent's connection in a session.
func (w *talkWorld) offers(p *page, id string) *talkLeg {
	w.t.Helper()
	p.ok(wire.MethodSessionOffer, wire.SessionOfferParams{SessionID: id, SDP: "agent " + p.login.Agent.UserID})
	return <-w.legs
}

// watch collects the states that a customer's page is told.
func (w *talkWorld) watch(user string) chan wire.VisitorSession {
	w.t.Helper()
	told := make(chan wire.VisitorSession, 100)
	stop, err := w.center.VisitorWatch(w.t.Context(), app, user, func(f wire.Frame) {
		if f.Method == wire.VisitorNotifySession {
			var v wire.VisitorSession
			if wire.DecodeParams(f.Params, &v) == nil {
				told <- v
			}
		}
	})
	require.NoError(w.t, err)
	w.t.Cleanup(stop)
	return told
}

func awaitState(t *testing.T, told chan wire.VisitorSession, state wire.VisitorState) wire.VisitorSession {
	t.Helper()
	for {
		select {
		case v := <-told:
			if v.State == state {
				return v
			}
		case <-time.After(patient):
			require.Failf(t, "waited in vain", "for %s", state)
		}
	}
}

// talks lets an agent take the session.
func (w *talkWorld) talks(p *page, id, method string) *talkLeg {
	w.t.Helper()
	l := w.offers(p, id)
	l.tell(rtc.StateConnected)
	p.ok(method, session1(id))
	p.await(wire.EventUserAccessed, nil)
	return l
}

func TestAudioCustomer(t *testing.T) {
	w := newTalkWorld(t, nil)
	p := w.agent("agent1@demo")
	told := w.watch("ann")
	v := w.visits(ann, wire.TypeVoIP)
	var in wire.CallInVoIP
	p.await(wire.EventCallIn, &in)
	require.Equal(t, wire.CallInVoIP{
		SessionID: v.SessionID, Type: wire.TypeVoIP, Timeout: in.Timeout, Callee: "Sales", UserID: "ann",
		Nickname: "Ann", Avatar: ann.Avatar, Remark: "gold", PeerSource: "shop", ClientData: "x=1",
	}, in)
	require.Equal(t, 12, in.Timeout)
	awaitState(t, told, wire.VisitorRinging)

	p.fails(wire.MethodVideoAccept, session1(v.SessionID), wire.ErrSessionState)
	w.talks(p, v.SessionID, wire.MethodCallAccept)
	require.Equal(t, "Anna Wang", awaitState(t, told, wire.VisitorTalking).AgentName)
	p.status(wire.StatusBusy)
	p.ok(wire.MethodCallMute, session1(v.SessionID))
	p.ok(wire.MethodCallHold, session1(v.SessionID))
	awaitState(t, told, wire.VisitorHeld)
	p.ok(wire.MethodCallUnhold, session1(v.SessionID))
	awaitState(t, told, wire.VisitorTalking)
	p.fails(wire.MethodVideoMuteVideo, session1(v.SessionID), wire.ErrSessionState)
	p.fails(wire.MethodCallDigits, wire.DigitsParams{SessionID: v.SessionID, DTMFText: "1"}, wire.ErrSessionState)
	again, err := w.center.StartVisit(t.Context(), app, ann, wire.VisitorStartParams{Type: wire.TypeVoIP})
	require.NoError(t, err)
	require.Equal(t, v.SessionID, again.SessionID, "the one that is open")

	require.NoError(t, w.center.VisitorEnd(t.Context(), app, "ann", v.SessionID))
	var ended wire.SessionEnded
	p.await(wire.EventSessionEnded, &ended)
	require.Equal(t, wire.CloseClient, ended.CloseBy)
	require.Equal(t, wire.TypeVoIP, ended.Type)
	awaitState(t, told, wire.VisitorEnded)
	p.status(wire.StatusFree)
	cdr := w.cdrs(1)[0]
	require.Equal(t, wire.TypeVoIP, cdr.Type)
	require.Equal(t, "agent1@demo", cdr.UserID)
	require.Equal(t, 1, cdr.HoldCount)
}

func TestVideoCustomer(t *testing.T) {
	w := newTalkWorld(t, nil)
	p := w.agent("agent1@demo")
	v := w.visits(ann, wire.TypeVideo)
	var in wire.CallInVideo
	p.await(wire.EventCallIn, &in)
	require.Equal(t, wire.CallInVideo{
		SessionID: v.SessionID, Type: wire.TypeVideo, Timeout: 12, UserID: "ann", Nickname: "Ann", Avatar: ann.Avatar,
		Remark: "gold",
	}, in)
	p.fails(wire.MethodVideoMuteVideo, session1(v.SessionID), wire.ErrSessionState)
	w.talks(p, v.SessionID, wire.MethodVideoAccept)
	p.ok(wire.MethodVideoMuteVideo, session1(v.SessionID))
	require.True(t, p.await(wire.EventSessionUpdated, nil).Session.VideoMuted)
	p.ok(wire.MethodVideoUnmuteVideo, session1(v.SessionID))
	require.False(t, p.await(wire.EventSessionUpdated, nil).Session.VideoMuted)
	p.ok(wire.MethodVideoEnd, session1(v.SessionID))
	var ended wire.SessionEnded
	p.await(wire.EventSessionEnded, &ended)
	require.Equal(t, wire.CloseSeat, ended.CloseBy)
}

// Accepting waits for the agent's connection, and fails without changing
// anything when the session goes to somebody else meanwhile.
func TestAcceptWaitsForTheConnection(t *testing.T) {
	w := newTalkWorld(t, nil)
	p := w.agent("agent1@demo")
	v := w.visits(ann, wire.TypeVoIP)
	p.await(wire.EventCallIn, nil)
	l := w.offers(p, v.SessionID)
	p.mu.Lock()
	p.lastID++
	id := p.lastID
	p.mu.Unlock()
	p.seat.Handle(&wire.Frame{ID: id, Method: wire.MethodCallAccept, Params: wire.Raw(session1(v.SessionID))})
	p.ok(wire.MethodPing, nil) // has been taken up
	p.mu.Lock()
	require.Nil(t, p.frames[id], "not before the connection stands")
	p.mu.Unlock()
	l.tell(rtc.StateConnected)
	p.until("the answer", func() bool { return p.frames[id] != nil })
	require.Nil(t, p.frames[id].Error)
	p.await(wire.EventUserAccessed, nil)
}

// A transfer goes with the new agent's connection; one that nobody takes comes back.
func TestTransferOfAVideoCustomer(t *testing.T) {
	w := newTalkWorld(t, nil)
	one, two := w.agent("agent1@demo"), w.agent("agent2@demo")
	told := w.watch("ann")
	v := w.visits(ann, wire.TypeVideo)
	one.await(wire.EventCallIn, nil)
	old := w.talks(one, v.SessionID, wire.MethodVideoAccept)
	awaitState(t, told, wire.VisitorTalking)

	one.ok(wire.MethodVideoTransfer, wire.TransferParams{SessionID: v.SessionID, UserID: "agent2@demo"})
	awaitState(t, told, wire.VisitorHeld)
	two.await(wire.EventCallIn, nil)
	two.ok(wire.MethodVideoEnd, session1(v.SessionID)) // declines
	var back wire.SessionUpdated
	for back.Reason != wire.ReasonTransferFailed {
		one.await(wire.EventSessionUpdated, &back)
	}
	require.Equal(t, wire.ReasonDeclined, back.TransferFailed)
	awaitState(t, told, wire.VisitorTalking)

	one.ok(wire.MethodCallTransfer, wire.TransferParams{SessionID: v.SessionID, UserID: "agent2@demo"})
	two.await(wire.EventCallIn, nil)
	w.talks(two, v.SessionID, wire.MethodVideoAccept)
	one.await(wire.EventTransfer, nil)
	one.await(wire.EventSessionEnded, nil)
	require.Equal(t, "Ben Li", awaitState(t, told, wire.VisitorTalking).AgentName)
	require.Eventually(t, func() bool { return old.closed() }, patient, 5*time.Millisecond,
		"the first agent's connection is closed")
	two.ok(wire.MethodCallHangup, session1(v.SessionID))
	awaitState(t, told, wire.VisitorEnded)
}

// An agent's new connection takes over when it stands; a customer who does not
// come back is given up.
func TestConnectionsComeAndGo(t *testing.T) {
	w := newTalkWorld(t, func(a *config.App) { a.Grace = patient / 20 })
	p := w.agent("agent1@demo")
	v := w.visits(ann, wire.TypeVoIP)
	p.await(wire.EventCallIn, nil)
	old := w.talks(p, v.SessionID, wire.MethodCallAccept)
	fresh := w.offers(p, v.SessionID)
	require.False(t, old.closed())
	fresh.tell(rtc.StateConnected)
	require.Eventually(t, func() bool { return old.closed() }, patient, 5*time.Millisecond)

	_, err := w.center.VisitorOffer(t.Context(), app, "ann",
		wire.SessionOfferParams{SessionID: v.SessionID, SDP: "again"})
	require.NoError(t, err)
	again := <-w.legs
	again.tell(rtc.StateConnected)
	again.tell(rtc.StateClosed)
	var ended wire.SessionEnded
	p.await(wire.EventSessionEnded, &ended)
	require.Equal(t, wire.ReasonNetworkLost, ended.MainReason)
	require.Eventually(t, func() bool { return fresh.closed() && again.closed() }, patient, 5*time.Millisecond)
}

// One conversation at a time: a telephone call puts an audio customer on hold.
func TestAudioCustomerBesideACall(t *testing.T) {
	w := newTalkWorld(t, nil)
	p := w.agent("agent1@demo")
	told := w.watch("ann")
	v := w.visits(ann, wire.TypeVoIP)
	p.await(wire.EventCallIn, nil)
	w.talks(p, v.SessionID, wire.MethodCallAccept)
	p.ok(wire.MethodCallStart, wire.StartCallParams{PhoneNumber: "10086"})
	awaitState(t, told, wire.VisitorHeld)
	p.ok(wire.MethodMediaClose, nil) // the leg of telephone calls is another
	require.NoError(t, w.awaitCall().Reject(486, "Busy Here"))
	p.await(wire.EventSessionEnded, nil)
	p.ok(wire.MethodCallUnhold, session1(v.SessionID))
	awaitState(t, told, wire.VisitorTalking)
}

func TestBadOffers(t *testing.T) {
	w := newTalkWorld(t, nil)
	p, other := w.agent("agent1@demo"), w.agent("agent2@demo")
	v := w.visits(ann, wire.TypeVoIP)
	p.await(wire.EventCallIn, nil)
	offer := func(user, id, sdp string) error {
		_, err := w.center.VisitorOffer(t.Context(), app, user, wire.SessionOfferParams{SessionID: id, SDP: sdp})
		return err
	}
	require.ErrorIs(t, offer("ann", "nothing", "x"), wire.ErrSessionNotFound)
	require.ErrorIs(t, offer("bob", v.SessionID, "x"), wire.ErrSessionNotFound, "another customer's")
	require.ErrorIs(t, offer("ann", v.SessionID, ""), wire.ErrInvalidOptions)
	require.ErrorIs(t, offer("ann", v.SessionID, "bad"), wire.ErrMediaOffer)
	_, err := w.center.VisitorOffer(t.Context(), "another", "ann",
		wire.SessionOfferParams{SessionID: v.SessionID, SDP: "x"})
	require.ErrorIs(t, err, wire.ErrSessionNotFound)
	require.ErrorIs(t, w.center.VisitorEnd(t.Context(), app, "bob", v.SessionID), wire.ErrSessionNotFound)

	p.fails(wire.MethodSessionOffer, wire.SessionOfferParams{SessionID: v.SessionID}, wire.ErrInvalidOptions)
	p.fails(wire.MethodSessionOffer, wire.SessionOfferParams{SessionID: v.SessionID, SDP: "bad"}, wire.ErrMediaOffer)
	p.fails(wire.MethodSessionOffer, wire.SessionOfferParams{SessionID: "nothing", SDP: "x"}, wire.ErrSessionNotFound)
	other.fails(wire.MethodSessionOffer, wire.SessionOfferParams{SessionID: v.SessionID, SDP: "x"},
		wire.ErrSessionNotFound)
	other.fails(wire.MethodVideoAccept, session1(v.SessionID), wire.ErrSessionNotFound)

	for _, params := range []wire.VisitorStartParams{{Type: wire.TypeVoIP, SkillGroupID: "nobody"},
		{Type: wire.TypePhone}, {Type: "", SkillGroupID: "sales"}} {
		_, err := w.center.StartVisit(t.Context(), app, session.Customer{UserID: "eve"}, params)
		require.Error(t, err)
	}
	_, err = w.center.StartVisit(t.Context(), app, session.Customer{UserID: "eve"},
		wire.VisitorStartParams{Type: wire.TypeVideo, SkillGroupID: "nobody"})
	require.ErrorIs(t, err, wire.ErrGroupUnknown)
}

// Who does not answer loses the session to the next agent; one whose browser
// does not come back gives it back to the queue, and the customer keeps its place.
func TestTalkIsNeverLost(t *testing.T) {
	w := newTalkWorld(t, func(a *config.App) {
		a.Grace = 300 * time.Millisecond
		for i := range a.SkillGroups {
			a.SkillGroups[i].RingTimeout = 300 * time.Millisecond
		}
		for i := range a.Agents {
			a.Agents[i].SkillGroups = []string{"sales"}
		}
	})
	one := w.agent("agent1@demo")
	told := w.watch("ann")
	v := w.visits(ann, wire.TypeVideo)
	one.await(wire.EventCallIn, nil)
	unused := w.offers(one, v.SessionID) // never stands
	one.await(wire.EventAutoTransfer, nil)
	require.Eventually(t, func() bool { return unused.closed() }, patient, 5*time.Millisecond)
	require.Equal(t, 1, awaitState(t, told, wire.VisitorQueued).Position)
	one.fails(wire.MethodSessionOffer, wire.SessionOfferParams{SessionID: v.SessionID, SDP: "late"},
		wire.ErrSessionNotFound)

	two := w.agent("agent2@demo")
	two.await(wire.EventCallIn, nil)
	seat := w.talks(two, v.SessionID, wire.MethodVideoAccept)
	awaitState(t, told, wire.VisitorTalking)
	two.seat.Lost()
	require.Eventually(t, func() bool { return seat.closed() }, patient, 5*time.Millisecond,
		"nobody is heard through it any more")
	awaitState(t, told, wire.VisitorQueued)
	one.await(wire.EventCallIn, nil)
	w.talks(one, v.SessionID, wire.MethodVideoAccept)
	require.Equal(t, "Anna Wang", awaitState(t, told, wire.VisitorTalking).AgentName)
}

// An accept that waits for a connection ends with the session, or with the
// deadline of the offer.
func TestAcceptInVain(t *testing.T) {
	w := newTalkWorld(t, nil)
	p := w.agent("agent1@demo")
	v := w.visits(ann, wire.TypeVoIP)
	p.await(wire.EventCallIn, nil)
	p.mu.Lock()
	p.lastID++
	id := p.lastID
	p.mu.Unlock()
	p.seat.Handle(&wire.Frame{ID: id, Method: wire.MethodCallAccept, Params: wire.Raw(session1(v.SessionID))})
	p.fails(wire.MethodCallAccept, session1(v.SessionID), wire.ErrSessionState) // one is under way
	require.NoError(t, w.center.VisitorEnd(t.Context(), app, "ann", v.SessionID))
	p.until("the answer", func() bool { return p.frames[id] != nil })
	require.ErrorIs(t, p.frames[id].Error, wire.ErrSessionNotFound)
	p.await(wire.EventSessionEnded, nil)
	p.status(wire.StatusFree)
}
