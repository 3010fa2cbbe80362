package agent

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"time"

	"tccc/wire"
)

const (
	dialTimeout      = 10 * time.Second
	loginTimeout     = 10 * time.Second
	pongTimeout      = 5 * time.Second // how long a ping may stay unanswered
	wakeTimeout      = time.Second     // the same after a pause: the network may be another one
	lateness         = 2 * time.Second // a timer this late means that the tab was held back
	backoffMin       = 200 * time.Millisecond
	backoffMax       = 10 * time.Second
	heartbeatDefault = 10 * time.Second // where the settings name none
)

// connection is the loop's side of the socket.
type connection struct {
	state    connState
	gen      int // counts attempts; what belongs to an earlier one is ignored
	sock     Conn
	cancel   context.CancelFunc // of the attempt: dialling and reading
	tab      TabState
	attempts int
	stopWait func() // back-off, login deadline or heartbeat

	loginID  uint64      // of the request that is answered with the agent's state
	earlyID  uint64      // of the login that was sent before the core was there; 0 if none was
	refusal  *wire.Error // why the last login failed for now
	resumed  bool        // the login asked to resume
	kept     bool        // and the journal goes on
	seq      uint64      // last event seen
	replayTo uint64      // events up to this one are older than the snapshot

	upSince time.Time
	every   time.Duration // between heartbeats
	pingID  uint64
	pinged  time.Time
	patient time.Duration // how long the answer may take
}

// connInput moves the connection and does what the new state asks for.
func (a *Agent) connInput(in connInput) {
	c := &a.conn
	from := c.state
	to, ok := from.next(in)
	if !ok {
		return
	}
	c.state = to
	a.note("connection", connNames[to], 0)
	if c.stopWait != nil {
		c.stopWait()
		c.stopWait = nil
	}
	switch to {
	case connDialing:
		c.dial(a)
	case connLogin:
		c.login(a)
	case connUp:
		c.upSince = a.clock.Now()
	case connWaiting:
		c.hangUp()
		if from == connUp {
			if a.clock.Now().Sub(c.upSince) > time.Second {
				c.attempts = 0 // it worked; one that fails right after each login stays slow
			}
			a.view.Phase = PhaseReconnecting
			a.emit(wire.EventConnectionChanged, connectionChanged{"reconnecting"})
			a.changed()
		}
		a.reqs.unsend(a)
		a.retryLater()
	case connStopped:
		c.hangUp()
		if a.everUp {
			a.emit(wire.EventConnectionChanged, connectionChanged{"disconnected"})
		}
	}
}

// connectionChanged is the payload of the event of that name.
type connectionChanged struct {
	State string `json:"state"`
}

// retryLater waits with full jitter before the next attempt, so that the
// agents of a gateway that restarts do not all come back at once.
func (a *Agent) retryLater() {
	c := &a.conn
	ceiling := min(backoffMax, backoffMin<<min(c.attempts, 10))
	c.attempts++
	gen := c.gen
	c.stopWait = a.after(rand.N(ceiling)+time.Millisecond, func() {
		if gen == c.gen {
			a.connInput(connRetry)
		}
	})
}

func (c *connection) dial(a *Agent) {
	c.gen++
	gen := c.gen
	ctx, cancel := context.WithCancel(a.ctx)
	c.cancel = cancel
	a.start(func(context.Context) {
		dialCtx, done := context.WithTimeout(ctx, dialTimeout)
		sock, err := a.opts.Dialer.Dial(dialCtx)
		done()
		if err != nil {
			a.post(func() {
				if gen == c.gen {
					a.connInput(connFailed)
				}
			})
			return
		}
		taken := false
		a.do(func() {
			if taken = gen == c.gen && c.state == connDialing; taken {
				c.sock = sock
				a.connInput(connDialed)
			}
		})
		if taken {
			a.read(ctx, gen, sock)
		}
		sock.Close()
	})
}

// read brings frames to the loop until the socket ends.
func (a *Agent) read(ctx context.Context, gen int, sock Conn) {
	for {
		text, err := sock.Read(ctx)
		live := false
		a.do(func() {
			if live = gen == a.conn.gen && a.conn.sock == sock; !live {
				return
			}
			if err != nil {
				a.connInput(connFailed)
				return
			}
			a.received(text)
		})
		if err != nil || !live {
			return
		}
	}
}

// hangUp lets go of the socket of this attempt.
func (c *connection) hangUp() {
	c.gen++
	if c.sock != nil {
		c.sock.Close()
		c.sock = nil
	}
	if c.cancel != nil {
		c.cancel()
		c.cancel = nil
	}
	c.loginID, c.earlyID, c.pingID = 0, 0, 0
}

// send writes a frame. A socket that does not take it is lost; its reader says so.
func (c *connection) send(f *wire.Frame) error {
	text, err := wire.Encode(f)
	if err != nil {
		return err
	}
	if c.sock == nil || c.sock.Write(text) != nil {
		return wire.ErrDisconnected
	}
	return nil
}

func (c *connection) login(a *Agent) {
	c.resumed = c.tab.Secret != ""
	if g, ok := c.sock.(Greeter); ok {
		c.earlyID = g.Greeted()
	}
	send := c.sendLogin
	if c.earlyID != 0 {
		send = c.sendReady
	}
	if send(a) != nil {
		a.connInput(connFailed)
		return
	}
	gen := c.gen
	c.stopWait = a.after(loginTimeout, func() {
		if gen == c.gen && c.state == connLogin {
			a.connInput(connFailed)
		}
	})
}

func (c *connection) sendLogin(a *Agent) error {
	p := wire.LoginParams{
		Token:    a.opts.Token,
		SDKAppID: a.opts.SDKAppID,
		UserID:   a.opts.UserID,
		TabID:    c.tab.TabID,
		Device:   a.opts.Device,
		Version:  a.opts.Version,
	}
	if c.resumed {
		p.Resume = &wire.Resume{Secret: c.tab.Secret, Epoch: c.tab.Epoch, Seq: c.tab.Seq}
	}
	params, _ := json.Marshal(p) // strings and numbers: cannot fail
	c.loginID = a.reqs.nextID()
	return c.send(&wire.Frame{ID: c.loginID, Method: wire.MethodLogin, Params: params,
		Timeout: int(loginTimeout.Milliseconds())})
}

// sendReady completes the login that was sent before the core was there.
func (c *connection) sendReady(a *Agent) error {
	c.loginID = a.reqs.nextID()
	return c.send(&wire.Frame{ID: c.loginID, Method: wire.MethodReady, Timeout: int(loginTimeout.Milliseconds())})
}

// logout tells the gateway that the agent will not come back.
func (c *connection) logout(a *Agent) {
	if c.state == connUp {
		_ = c.send(&wire.Frame{ID: a.reqs.nextID(), Method: wire.MethodLogout}) // nobody waits for the answer
	}
}

// forget drops the resume secret.
func (c *connection) forget(a *Agent) {
	c.tab.Secret, c.tab.Epoch, c.tab.Seq = "", "", 0
	c.save(a)
}

func (c *connection) save(a *Agent) {
	if a.opts.Tab != nil && a.view.Phase != PhaseClosed {
		a.opts.Tab.Save(c.tab)
	}
}

// received takes a frame of the gateway. What is not valid is dropped: a lost
// event shows as a gap, a lost answer as a timeout.
func (a *Agent) received(text []byte) {
	c := &a.conn
	f, err := wire.Decode(text)
	if err != nil {
		return
	}
	switch {
	case f.IsResponse() && f.ID == c.earlyID && c.state == connLogin && f.Error == nil:
		c.earlyAnswered(a, f)
	case f.IsResponse() && (f.ID == c.loginID || f.ID == c.earlyID) && c.state == connLogin:
		c.loginID, c.earlyID = 0, 0
		a.loginAnswered(f)
	case f.IsResponse() && f.ID == c.pingID:
		c.pingID = 0
		a.beatAfter(c.every)
		var pong wire.PingResult
		if json.Unmarshal(f.Result, &pong) == nil && pong.Now != 0 {
			a.setClock(pong.Now)
			a.useServers(pong.ICE)
		}
	case f.IsResponse():
		a.reqs.answer(f)
	case f.Method == wire.NotifyEvent && c.state == connUp:
		var e wire.Event
		if json.Unmarshal(f.Params, &e) == nil {
			a.event(e)
		}
	case f.Method == wire.NotifyKicked:
		var k wire.KickedParams
		_ = json.Unmarshal(f.Params, &k) // kicked without a reason is kicked
		a.kicked(k)
	}
}

// earlyAnswered keeps the secret: should the login not be completed, it is all
// that the next one can show.
func (c *connection) earlyAnswered(a *Agent, f *wire.Frame) {
	c.earlyID = 0
	var early wire.EarlyResult
	if json.Unmarshal(f.Result, &early) == nil && early.Secret != "" {
		c.tab.Secret = early.Secret
		c.save(a)
	}
}

func (a *Agent) loginAnswered(f *wire.Frame) {
	var res wire.LoginResult
	if f.Error == nil {
		if json.Unmarshal(f.Result, &res) != nil {
			a.connInput(connFailed)
			return
		}
		a.loggedIn(&res)
		return
	}
	c := &a.conn
	switch {
	case f.Error.Recoverable:
		if c.refusal == nil || !c.refusal.Is(f.Error) { // said once, tried again and again
			c.refusal = f.Error
			a.fault(f.Error)
		}
		a.connInput(connFailed)
	case c.resumed: // perhaps only the secret was refused: the token may still be good
		c.forget(a)
		a.connInput(connFailed)
	default:
		a.refused(f.Error)
	}
}

// refused ends the agent: the gateway does not want this login.
func (a *Agent) refused(err *wire.Error) {
	a.finish(PhaseRefused, err)
	a.notice(err)
	if err.Is(wire.ErrTokenExpired) || err.Is(wire.ErrTokenInvalid) { // a fresh token cures it
		a.emit(wire.EventTokenExpired, message{err.Error()})
	}
	a.emit(wire.EventError, Reject(err))
}

// message is the payload of tokenExpired.
type message struct {
	Message string `json:"message"`
}

func (a *Agent) kicked(k wire.KickedParams) {
	if k.Reason == "stopping" { // the gateway restarts: come back
		a.connInput(connFailed)
		return
	}
	why := wire.ErrKickedOut
	if k.Reason == "revoked" {
		why = wire.ErrAgentDisabled
	}
	a.conn.forget(a)
	a.finish(PhaseKicked, why)
	a.notice(why)
	if k.Message == "" {
		k.Message = why.Error()
	}
	a.emit(wire.EventKickedOut, k)
}

// loggedIn takes over the gateway's state.
func (a *Agent) loggedIn(res *wire.LoginResult) {
	c := &a.conn
	resumed := c.resumed && res.Resumed && res.Epoch == c.tab.Epoch
	c.kept = resumed
	c.tab.Secret, c.tab.Epoch = res.Secret, res.Epoch
	c.replayTo = res.Seq
	c.seq = res.Seq
	if resumed {
		c.seq = min(c.tab.Seq, res.Seq)
	}
	c.tab.Seq = c.seq
	c.save(a)

	before := a.view.State.Status
	a.view.Profile, a.view.Settings, a.view.State = res.Agent, res.Settings, res.State
	a.view.Phase = PhaseReady
	a.setClock(res.Now)
	a.useServers(res.Settings.ICE)
	if c.refusal != nil {
		a.clearNotice(c.refusal)
		c.refusal = nil
	}
	a.connInput(connAccepted)
	a.takeSnapshot(res.Sessions, resumed)
	a.syncChats()

	first := !a.everUp
	a.everUp = true
	a.rec.gateway = res.Version
	if first && !a.opts.Again {
		a.emit(wire.EventReady, res.Settings.GroupNames) // for the shell
		a.restore(res)
	} else {
		a.emit(wire.EventConnectionChanged, connectionChanged{"connected"})
		if !resumed {
			a.restoredTo = 0 // another journal counts anew
		}
		if !resumed && before != res.State.Status {
			a.tellStatus()
		}
	}
	a.changed()
	a.reqs.sendAll(a)
	if !resumed {
		a.resyncChats()
	}
	a.sendUnsent(a.resend)
	a.resend = nil
	if !resumed && !first {
		a.legInput(legDrop) // a gateway that does not know us has no leg of ours
	}
	a.heartbeat()
	if a.opts.Tabs != nil {
		a.opts.Tabs.Join(res.Agent.UserID)
	}
	a.mend()
	a.reconcile()
}

func (a *Agent) setClock(gateway int64) {
	a.view.ClockOffset = gateway - a.clock.Now().UnixMilli()
}

// event takes one entry of the journal, once and in order.
func (a *Agent) event(e wire.Event) {
	c := &a.conn
	if e.Seq != 0 {
		if e.Seq <= c.seq {
			return // seen
		}
		if e.Seq != c.seq+1 {
			a.connInput(connFailed) // a gap: the next login asks for what is missing
			return
		}
		c.seq = e.Seq
		c.tab.Seq = e.Seq
		if e.Message != nil {
			a.noteTold(e.Message.SessionID, e.Message.Seq)
		}
		c.save(a)
	}
	old := e.Seq != 0 && e.Seq <= c.replayTo // the snapshot of the login is newer
	if e.Session != nil && !(old && (a.snapshot[e.Session.SessionID] || e.Session.Live())) {
		a.putSession(*e.Session)
	}
	if e.Agent != nil && !old {
		a.view.State = *e.Agent
		a.changed()
	}
	if fault := (*wire.Error)(nil); e.Name == wire.EventError && json.Unmarshal(e.Data, &fault) == nil {
		a.notice(fault)
	}
	a.syncChats()
	known := e.Message != nil && a.messageEvent(&e, old)
	if e.Name == wire.EventChatUpdated && !old {
		a.chatEvent(&e)
	}
	if e.Name == wire.EventSessionCompleted {
		var ref wire.SessionRef
		if json.Unmarshal(e.Data, &ref) == nil {
			a.removeSession(ref.SessionID)
			a.syncChats()
		}
	}
	if e.Name != "" && !known && !a.told(&e) {
		a.emit(e.Name, e.Data)
	}
	a.reconcile()
}
