package ccgateway

import (
	"errors"

	"tccc/gateway/config"
	"tccc/wire"
)

// inspected checks the right of an inspector and finds the agent that the
// operation is about.
func (h *Handler) inspected(q *request) (*config.Agent, error) {
	if h.opts.Inspector == nil || !h.opts.Inspector(q.desk.user) {
		return nil, fail(CodeNoPermission, "the agent is not an inspector")
	}
	workNo := q.target.args[0]
	switch {
	case !validWorkNo(workNo):
		return nil, fail(CodeBadURL, "the agent id is not a work number from %d to %d", minWorkNo, maxWorkNo)
	case workNo == q.desk.workNo:
		return nil, fail(CodeSelfInspected, "an inspector cannot inspect himself")
	}
	app := h.opts.App()
	for i := range app.Agents {
		if app.Agents[i].StaffNo == workNo {
			return &app.Agents[i], nil
		}
	}
	return nil, fail(CodeBadURL, "there is no agent with this work number")
}

func forceBusy(h *Handler, q *request) (any, error) { return nil, h.force(q, wire.StatusNotReady, "") }
func forceIdle(h *Handler, q *request) (any, error) { return nil, h.force(q, wire.StatusFree, "") }

func forceRest(h *Handler, q *request) (any, error) {
	_, cause, err := restArgs(q.target.args[1], q.target.args[2])
	if err != nil {
		return nil, err
	}
	return nil, h.force(q, wire.StatusRest, h.restReason(cause))
}

// force sets another agent's status. Its desk, if it has one, is told that it
// was not its own doing.
func (h *Handler) force(q *request, status wire.Status, reason string) error {
	agent, err := h.inspected(q)
	if err != nil {
		return err
	}
	d := h.desk(agent.StaffNo)
	mark := func(s wire.Status) {
		if d != nil {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.forced = s
		}
	}
	mark(status)
	_, err = h.command(q.http.Context(), agent.UserID, wire.MethodSetStatus,
		wire.SetStatusParams{Status: string(status), RestReason: reason})
	if errors.Is(err, wire.ErrAgentOffline) {
		err = fail(CodeNotSignedIn, "the agent has not signed in")
	}
	if err != nil {
		mark("")
	}
	return err
}

// forceLogout ends another agent's calls and takes it off line.
func forceLogout(h *Handler, q *request) (any, error) {
	agent, err := h.inspected(q)
	if err != nil {
		return nil, err
	}
	if d := h.desk(agent.StaffNo); d != nil && !d.signedOut() {
		return nil, h.forceSignOut(q.http.Context(), d)
	}
	if err := h.hangUpAll(q.http.Context(), agent.UserID); err != nil {
		return nil, err
	}
	_, err = h.command(q.http.Context(), agent.UserID, wire.MethodOffline, wire.Empty{})
	return nil, err
}
