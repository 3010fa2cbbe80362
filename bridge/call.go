package bridge

import (
	"context"

	"tccc/wire"
)

// Calls is what Call needs of the core.
type Calls interface {
	StartCall(ctx context.Context, p wire.StartCallParams) (wire.CallResponse, error)
	Accept(ctx context.Context, id string) error
	Hangup(ctx context.Context, id string) error
	Delete(ctx context.Context, id string) error
	Mute(ctx context.Context, id string, muted bool) error
	Muted(id string) (bool, error)
	Hold(ctx context.Context, id string) error
	Unhold(ctx context.Context, id string) error
	SendDigits(ctx context.Context, p wire.DigitsParams) error
	StartInternalCall(ctx context.Context, p wire.InternalCallParams) (wire.InternalCallResponse, error)
	Transfer(ctx context.Context, p wire.TransferParams) error
	Colleagues(ctx context.Context) (wire.ColleaguesResult, error)
	Consult(ctx context.Context, p wire.ConsultParams) (wire.ConsultResponse, error)
	CompleteTransfer(ctx context.Context, id string) error
	CancelConsult(ctx context.Context, id string) error
	Conference(ctx context.Context, id string) error
	Kick(ctx context.Context, p wire.KickParams) error
	Monitor(ctx context.Context, id string, mode wire.MonitorMode) error
}

// micMuted is the result of Call.isMicMuted. No document names the field; both
// names that people try are there.
type micMuted struct {
	IsMicMuted bool `json:"isMicMuted"`
	Muted      bool `json:"muted"`
}

func callMethods(c Calls) map[string]method {
	session := func(run func(ctx context.Context, id string) error) method {
		return define(quick, checkSession, func(ctx context.Context, o *sessionOptions) (any, error) {
			return nil, run(ctx, o.SessionID)
		})
	}
	mute := func(muted bool) method {
		return session(func(ctx context.Context, id string) error { return c.Mute(ctx, id, muted) })
	}
	monitor := func(mode wire.MonitorMode) method {
		m := session(func(ctx context.Context, id string) error { return c.Monitor(ctx, id, mode) })
		m.timeout = media
		return m
	}
	accept := session(c.Accept)
	accept.timeout = media
	return map[string]method{
		"Call.startOutboundCall": define(media, checkStartCall,
			func(ctx context.Context, o *wire.StartCallParams) (any, error) {
				return c.StartCall(ctx, *o)
			}),
		"Call.accept":     accept,
		"Call.hungUp":     session(c.Hangup),
		"Call.end":        session(c.Hangup),
		"Call.deleteCall": session(c.Delete),
		"Call.muteMic":    mute(true),
		"Call.unmuteMic":  mute(false),
		"Call.isMicMuted": define(quick, checkSession, func(_ context.Context, o *sessionOptions) (any, error) {
			muted, err := c.Muted(o.SessionID)
			return micMuted{muted, muted}, err
		}),
		"Call.hold":   session(c.Hold),
		"Call.unHold": session(c.Unhold),
		"Call.sendDigits": define(media, checkDigits, func(ctx context.Context, o *wire.DigitsParams) (any, error) {
			return nil, c.SendDigits(ctx, *o)
		}),
		"Call.startInternalCall": define(media, checkInternalCall,
			func(ctx context.Context, o *wire.InternalCallParams) (any, error) {
				return c.StartInternalCall(ctx, *o)
			}),
		"Call.transfer": define(quick, checkTransfer, func(ctx context.Context, o *wire.TransferParams) (any, error) {
			return nil, c.Transfer(ctx, *o)
		}),
		"Call.consult": define(media, checkConsult, func(ctx context.Context, o *wire.ConsultParams) (any, error) {
			return c.Consult(ctx, *o)
		}),
		"Call.completeTransfer": session(c.CompleteTransfer),
		"Call.cancelConsult":    session(c.CancelConsult),
		"Call.conference":       session(c.Conference),
		"Call.kick": define(quick, checkKick, func(ctx context.Context, o *wire.KickParams) (any, error) {
			return nil, c.Kick(ctx, *o)
		}),
		"Call.listen":  monitor(wire.MonitorListen),
		"Call.whisper": monitor(wire.MonitorWhisper),
		"Call.barge":   monitor(wire.MonitorBarge),
		"Agent.getColleagues": define(quick, nil, func(ctx context.Context, _ *wire.Empty) (any, error) {
			return c.Colleagues(ctx)
		}),
	}
}

func checkInternalCall(o *wire.InternalCallParams) error {
	return required("calleeUserId", o.CalleeUserID, maxID)
}

func checkConsult(o *wire.ConsultParams) error {
	if err := required("sessionId", o.SessionID, maxID); err != nil {
		return err
	}
	given := 0
	for name, value := range map[string]string{"userId": o.UserID, "skillGroupId": o.SkillGroupID,
		"phoneNumber": o.PhoneNumber} {
		if err := optional(name, value, maxID); err != nil {
			return err
		}
		if value != "" {
			given++
		}
	}
	if given != 1 {
		return wire.ErrTransferTarget.With("a consultation needs one of userId, skillGroupId and phoneNumber")
	}
	return nil
}

func checkKick(o *wire.KickParams) error {
	if err := required("sessionId", o.SessionID, maxID); err != nil {
		return err
	}
	if o.UserID == "" && o.PhoneNumber == "" {
		return missing("userId")
	}
	if o.UserID != "" && o.PhoneNumber != "" {
		return wire.ErrInvalidOptions.For("phoneNumber",
			"options.phoneNumber cannot be given together with options.userId")
	}
	if err := optional("userId", o.UserID, maxID); err != nil {
		return err
	}
	return optional("phoneNumber", o.PhoneNumber, maxID)
}

func checkStartCall(o *wire.StartCallParams) error {
	if err := required("phoneNumber", o.PhoneNumber, maxID); err != nil {
		return err
	}
	for _, f := range []struct {
		name, value string
		limit       int
	}{
		{"phoneDesc", o.PhoneDesc, maxText},
		{"uui", o.UUI, maxText},
		{"skillGroupId", o.SkillGroupID, maxID},
		{"callerPhoneNumber", o.CallerPhoneNumber, maxID},
	} {
		if err := optional(f.name, f.value, f.limit); err != nil {
			return err
		}
	}
	if len(o.ServingNumberGroupIDs) > maxID {
		return wire.ErrInvalidOptions.For("servingNumberGroupIds",
			"options.servingNumberGroupIds has more than %d entries", maxID)
	}
	for _, id := range o.ServingNumberGroupIDs {
		if err := optional("servingNumberGroupIds", id, maxID); err != nil {
			return err
		}
	}
	if o.PhoneEncodeType != "" && o.PhoneEncodeType != "number" {
		return wire.ErrInvalidOptions.For("phoneEncodeType", `options.phoneEncodeType can only be "number"`)
	}
	return nil
}

// checkDigits leaves the digits themselves to the gateway, which sends them.
func checkDigits(o *wire.DigitsParams) error {
	if err := required("sessionId", o.SessionID, maxID); err != nil {
		return err
	}
	return required("dtmfText", o.DTMFText, maxText)
}
