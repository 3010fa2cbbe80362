package ccgateway

import (
	"context"
	"strconv"

	"tccc/gateway/audit"
	"tccc/gateway/center"
	"tccc/gateway/config"
	"tccc/internal/limit"
	"tccc/wire"
)

// signInResult has the vendor's types: booleans and times are texts.
type signInResult struct {
	VDN           int    `json:"vdnid"`
	WorkNo        string `json:"workno"`
	MediaType     string `json:"mediatype"` // T or F for telephone, chat, mail
	LoginTime     string `json:"loginTime"` // Unix milliseconds
	IsForceChange string `json:"isForceChange"`
	ServerName    string `json:"serverName"`
	TimeRemaining string `json:"timeRemaining"` // days until the password expires; empty: never
}

func signIn(h *Handler, q *request) (any, error)      { return h.signIn(q, false) }
func forceSignIn(h *Handler, q *request) (any, error) { return h.signIn(q, true) }

func (h *Handler) signIn(q *request, force bool) (any, error) {
	f, err := readForm(q.http.Body)
	if err != nil {
		return nil, err
	}
	checked := h.opts.Center.Endings()
	agent, err := h.authenticate(q, f)
	if err != nil {
		return nil, err
	}
	if f.push {
		return nil, fail(CodeSignInInvalid,
			"events cannot be pushed: sign in without callBackUri and serviceToken, and poll them")
	}
	workNo := q.target.agentID
	door, old, err := h.begin(workNo)
	if err != nil {
		return nil, err
	}
	defer h.done(workNo)
	if old != nil && !old.signedOut() && !force {
		return nil, fail(CodeAlreadySignedIn, "the agent has already signed in")
	}
	d := newDesk(h, workNo, agent.UserID, door, f)
	if q.setGUID, err = h.seat(q.http.Context(), d, f, checked); err != nil {
		h.opts.Log.Error("an agent could not sign in", "workNo", workNo, "err", err)
		return nil, fail(CodeUnavailable, "the agent cannot sign in now")
	}
	if !h.remember(d) {
		d.close(true)
		d.release()
		return nil, fail(CodeUnavailable, "the gateway is shutting down")
	}
	if old != nil {
		old.close(true)
		old.release() // after the new desk has entered: the agent was never away
	}
	d.log().Info("agent signed in", "forced", old != nil)
	return signInResult{
		VDN: 1, WorkNo: workNo, MediaType: "TFF", LoginTime: strconv.FormatInt(h.opts.Clock.Now().UnixMilli(), 10),
		IsForceChange: "false", ServerName: "AgentGateway",
	}, nil
}

// authenticate checks the password. What does not exist, and an agent without
// a password, is told from a wrong one neither by the answer nor by the time.
func (h *Handler) authenticate(q *request, f *form) (*config.Agent, error) {
	workNo, from, now := q.target.agentID, limit.Address(q.http.RemoteAddr), h.opts.Clock.Now()
	right, ok := h.guesses.try(workNo, from, now)
	if !ok {
		h.note(workNo, from, "too many tries")
		return nil, fail(CodeWrongPassword, "wrong user name or password; too many tries, wait a minute")
	}
	app := h.opts.App()
	var agent *config.Agent
	for i := range app.Agents {
		if app.Agents[i].StaffNo == workNo {
			agent = &app.Agents[i]
		}
	}
	password := config.Secret{}
	if agent != nil {
		password = agent.Password
	}
	if !password.Equal(f.password) {
		h.note(workNo, from, "wrong password")
		return nil, fail(CodeWrongPassword, "wrong user name or password")
	}
	right()
	h.note(workNo, from, audit.OK)
	return agent, nil
}

func (h *Handler) note(workNo, from, result string) {
	h.opts.Audit.Note(audit.Event{Door: "ccgateway", Action: "login", Who: workNo, From: from, Result: result})
}

// begin starts a sign-in or sign-out, of which an agent has one at a time. It
// gives a name for the new desk's door, and the present desk.
func (h *Handler) begin(workNo string) (door string, old *desk, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed:
		return "", nil, fail(CodeUnavailable, "the gateway is shutting down")
	case h.signing[workNo]:
		return "", nil, fail(CodeRepeated, "wait for the answer to the sign-in or sign-out before")
	}
	h.signing[workNo] = true
	h.doors++
	return "ccgateway/" + strconv.Itoa(h.doors), h.desks[workNo], nil
}

func (h *Handler) done(workNo string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.signing, workNo)
}

// seat makes the agent present at the desk, on line and idle, unless it is in
// a call. It goes through although the client hangs up, so that nothing is left half done.
func (h *Handler) seat(ctx context.Context, d *desk, f *form, checked uint64) (guid string, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commandTimeout)
	defer cancel()
	defer func() {
		if err != nil {
			d.close(true)
			d.release()
		}
	}()
	app := h.opts.App().SDKAppID
	if d.stop, err = h.opts.Center.Watch(ctx, app, d.user, d.watch); err != nil {
		return "", err
	}
	before, err := h.opts.Center.Agent(ctx, app, d.user)
	if err != nil {
		return "", err
	}
	door := center.Door{Name: d.door, Checked: checked, Ended: func() { h.later(func() { h.ended(d) }) }}
	if d.leave, err = h.opts.Center.Enter(ctx, app, d.user, door); err != nil {
		return "", err
	}
	if _, err = h.opts.Center.Command(ctx, app, d.user, wire.MethodOnline, wire.Empty{}); err != nil {
		return "", err
	}
	if before.State.Status != wire.StatusBusy {
		status := wire.StatusFree
		if f.wrapUp {
			status = wire.StatusArrange
		}
		p := wire.SetStatusParams{Status: string(status)}
		if _, err = h.opts.Center.Command(ctx, app, d.user, wire.MethodSetStatus, p); err != nil {
			return "", err
		}
	}
	return d.open(before.State, before.Sessions), nil
}

// signOut takes the agent off line and ends the desk. A call must be over,
// unless the sign-out is forced, which ends it.
func signOut(h *Handler, q *request) (any, error) {
	d := q.desk
	d.mu.Lock()
	busy := d.model.inConversation()
	d.mu.Unlock()
	if busy {
		return nil, fail(CodeSignOutState, "the agent is in a call: end it first, or use forcelogout")
	}
	return nil, h.signOut(q.http.Context(), d)
}

func forceSignOut(h *Handler, q *request) (any, error) {
	return nil, h.forceSignOut(q.http.Context(), q.desk)
}

func (h *Handler) signOut(ctx context.Context, d *desk) error {
	_, current, err := h.begin(d.workNo)
	if err != nil {
		return err
	}
	defer h.done(d.workNo)
	if current != d {
		return fail(CodeNoPermission, "the agent has signed in elsewhere")
	}
	h.forget(d)
	d.close(false)
	if _, err := h.command(ctx, d.user, wire.MethodOffline, wire.Empty{}); err != nil {
		d.log().Warn("an agent that signs out could not be taken off line", "err", err)
	}
	d.release()
	d.log().Info("agent signed out")
	return nil
}

func (h *Handler) forceSignOut(ctx context.Context, d *desk) error {
	if err := h.hangUpAll(ctx, d.user); err != nil {
		return err
	}
	return h.signOut(ctx, d)
}

// hangUpAll ends the calls of an agent. One that is over already is no error.
func (h *Handler) hangUpAll(ctx context.Context, user string) error {
	info, err := h.opts.Center.Agent(ctx, h.opts.App().SDKAppID, user)
	if err != nil {
		return err
	}
	for _, s := range info.Sessions {
		if live(s.State) && s.State != wire.StateRinging && s.Type != wire.TypeIM {
			h.attempt(user, wire.MethodCallHangup, wire.SessionParams{SessionID: s.SessionID})
		}
	}
	return nil
}

// silent signs out an agent whose desk has not polled for too long. It stays
// on line if a page of the SDK is there.
func (h *Handler) silent(d *desk) {
	h.forget(d)
	if d.close(false) {
		d.log().Info("agent signed out: it did not poll")
	}
	h.later(d.release)
}

// ended signs an agent out whose log-ins were ended: its Guid is good for
// nothing any more.
func (h *Handler) ended(d *desk) {
	h.forget(d)
	if d.close(false) {
		d.log().Info("agent signed out: its log-ins were ended")
	}
	d.release()
}

// remember puts a desk on the list, unless the door is closed.
func (h *Handler) remember(d *desk) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.desks[d.workNo] = d
	return true
}

// forget takes a desk off the list.
func (h *Handler) forget(d *desk) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.desks[d.workNo] == d {
		delete(h.desks, d.workNo)
	}
}
