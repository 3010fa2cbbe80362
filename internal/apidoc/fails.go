package apidoc

import "tccc/wire"

// everywhere are the errors that every method with a promise may have.
var everywhere = []*wire.Error{
	wire.ErrInvalidOptions, wire.ErrUnsupportedBrowser, wire.ErrShutDown, wire.ErrTimeout, wire.ErrProgram,
	wire.ErrLoad, wire.ErrNotLoggedIn, wire.ErrKickedOut, wire.ErrDisconnected, wire.ErrInternal, wire.ErrOverloaded,
	wire.ErrStopping,
}

// What several methods share.
var (
	session    = []*wire.Error{wire.ErrSessionNotFound, wire.ErrSessionState}
	microphone = []*wire.Error{wire.ErrMicDenied, wire.ErrNoMic, wire.ErrMicBusy, wire.ErrInsecurePage,
		wire.ErrMediaConnect, wire.ErrAudioElsewhere, wire.ErrSeatPhone}
	target = []*wire.Error{wire.ErrTransferTarget, wire.ErrTargetUnavailable, wire.ErrCalleeUnknown,
		wire.ErrGroupUnknown}
	permission = []*wire.Error{wire.ErrMicDenied, wire.ErrNoMic, wire.ErrMicBusy, wire.ErrInsecurePage,
		wire.ErrMediaUnsupported}
	output = []*wire.Error{wire.ErrDeviceNotFound, wire.ErrMediaUnsupported}
)

func with(lists ...[]*wire.Error) []*wire.Error {
	var all []*wire.Error
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

func one(e ...*wire.Error) []*wire.Error { return e }

// fails are the errors of each method besides those of all.
var fails = map[string][]*wire.Error{
	"callOut": with(one(wire.ErrAgentOffline, wire.ErrNumberInvalid, wire.ErrNoCallerNumber,
		wire.ErrBusyWithCall, wire.ErrTooManySessions, wire.ErrTrunk), microphone),
	"getDiagnostics": nil,

	"Agent.online":        nil,
	"Agent.offline":       nil,
	"Agent.setStatus":     one(wire.ErrInvalidStatus, wire.ErrInvalidBreakReason, wire.ErrAgentOffline),
	"Agent.getColleagues": nil,
	"Agent.takeOver":      nil,
	"Agent.setServerType": one(wire.ErrSeatUnknown, wire.ErrSeatPhone),
	"Agent.getServerType": nil,

	"Call.startOutboundCall": with(one(wire.ErrAgentOffline, wire.ErrNumberInvalid, wire.ErrNoCallerNumber,
		wire.ErrBusyWithCall, wire.ErrTooManySessions, wire.ErrTrunk), microphone),
	"Call.accept":     with(session, microphone),
	"Call.hungUp":     session,
	"Call.end":        session,
	"Call.deleteCall": session,
	"Call.muteMic":    session,
	"Call.unmuteMic":  session,
	"Call.isMicMuted": session,
	"Call.startInternalCall": with(one(wire.ErrAgentOffline, wire.ErrBusyWithCall, wire.ErrTooManySessions,
		wire.ErrCalleeUnknown, wire.ErrTargetUnavailable, wire.ErrNoMobile), microphone),
	"Call.transfer":         with(session, target),
	"Call.hold":             session,
	"Call.unHold":           session,
	"Call.sendDigits":       with(session, one(wire.ErrDigitsInvalid)),
	"Call.consult":          with(session, target, one(wire.ErrNumberInvalid, wire.ErrNoCallerNumber, wire.ErrTrunk)),
	"Call.completeTransfer": session,
	"Call.cancelConsult":    session,
	"Call.conference":       session,
	"Call.kick":             with(session, one(wire.ErrForbidden, wire.ErrCalleeUnknown, wire.ErrNumberInvalid)),
	"Call.listen":           with(session, one(wire.ErrForbidden), microphone),
	"Call.whisper":          with(session, one(wire.ErrForbidden), microphone),
	"Call.barge":            with(session, one(wire.ErrForbidden), microphone),

	"Chat.accept":           session,
	"Chat.end":              session,
	"Chat.transfer":         with(session, target),
	"Chat.sendCardMessage":  with(session, one(wire.ErrMessageInvalid)),
	"Chat.sendOrderMessage": with(session, one(wire.ErrMessageInvalid)),
	"Chat.sendMessage":      with(session, one(wire.ErrMessageInvalid)),
	"Chat.sendFile":         with(session, one(wire.ErrFileRefused)),
	"Chat.getMessages":      one(wire.ErrSessionNotFound),
	"Chat.markRead":         session,
	"Chat.setTyping":        session,

	"UI.setLanguage": nil,
	"UI.mount":       nil,

	"Video.accept":      with(session, microphone, one(wire.ErrCamDenied, wire.ErrNoCam)),
	"Video.end":         session,
	"Video.muteMic":     session,
	"Video.unmuteMic":   session,
	"Video.muteVideo":   session,
	"Video.unmuteVideo": with(session, one(wire.ErrCamDenied, wire.ErrNoCam)),
	"Video.transfer":    with(session, target),
	"Video.getStreams":  session,

	"Video.startScreenShare": with(session,
		one(wire.ErrScreenDenied, wire.ErrNoScreen, wire.ErrInsecurePage, wire.ErrAudioElsewhere)),
	"Video.stopScreenShare": session,

	"Devices.getMicrophones":    permission,
	"Devices.getSpeakers":       permission,
	"Devices.getCameras":        one(wire.ErrCamDenied, wire.ErrNoCam, wire.ErrInsecurePage),
	"Devices.setCamera":         one(wire.ErrCamDenied, wire.ErrNoCam, wire.ErrDeviceNotFound),
	"Devices.setMicrophone":     with(permission, one(wire.ErrDeviceNotFound)),
	"Devices.setSpeaker":        output,
	"Devices.setRingtoneDevice": output,
	"Devices.getSelected":       nil,
	"Devices.testSpeaker":       with(output, one(wire.ErrAutoplay)),
	"Devices.testRingtone":      with(output, one(wire.ErrAutoplay)),
	"Devices.testMicrophone":    with(permission, one(wire.ErrDeviceNotFound)),
	"Devices.stopTest":          nil,
	"Devices.check":             nil,
}

// Fails lists the errors that a method may be rejected with, those of every
// method among them.
func Fails(member string) []*wire.Error { return with(everywhere, fails[member]) }
