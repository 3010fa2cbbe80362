package wire

// The catalogue. Numbers and names are permanent: pages match on them.
// 10xx use of the SDK, 20xx login, 30xx agent, 40xx sessions, 50xx media and
// devices, 60xx network, 70xx gateway.
var (
	ErrInvalidOptions = entry(1001, "InvalidOptions", false,
		"The options are not valid", "An option is missing or has the wrong type.",
		"Correct the option that the error names in field")
	ErrNotAvailableYet = entry(1002, "NotAvailableYet", false,
		"This method is not available yet", "The installed version does not contain it.",
		"Update the gateway, which also serves the SDK")
	ErrUnsupportedBrowser = entry(1003, "UnsupportedBrowser", false,
		"This browser cannot run the SDK", "WebAssembly, WebRTC or WebSocket is missing or switched off.",
		"Use a current Chrome, Edge, Firefox or Safari")
	ErrShutDown = entry(1004, "ShutDown", false,
		"The SDK has been unloaded", "Its DOM root was removed or a newer instance replaced it.",
		"Load the SDK script again and use the new window.tccc")
	ErrTimeout = entry(1005, "Timeout", true,
		"The call did not finish in time", "The gateway or a device did not answer before the deadline.",
		"Try again; if it goes on, look at the network and the gateway's log")
	ErrProgram = entry(1006, "Program", true,
		"The SDK program failed and is being restarted", "A fault inside the SDK.",
		"Wait until connectionChanged says connected; send the diagnostics to whoever runs the gateway")
	ErrLoad = entry(1007, "Load", true,
		"The SDK program could not be loaded", "The .wasm file could not be fetched or compiled, or a Content-Security-Policy forbids it.",
		"Check the network, and allow 'wasm-unsafe-eval' and the gateway's origin in the policy")
	ErrMessage = entry(1008, "InvalidMessage", false,
		"The message is not valid", "It is not JSON-RPC 2.0, is too large, or names an unknown method.",
		"Use the SDK that this gateway serves")

	ErrTokenInvalid = entry(2001, "TokenInvalid", false,
		"The login token is not valid", "It is unknown, was used before (one-time token) or belongs to another application.",
		"Get a new SDK URL from your back end and load the SDK again")
	ErrTokenExpired = entry(2002, "TokenExpired", false,
		"The login token has expired", "Login tokens are valid for ten minutes and meant for one initialisation.",
		"Get a new SDK URL from your back end and load the SDK again")
	ErrNotLoggedIn = entry(2003, "NotLoggedIn", true,
		"The agent is not logged in", "The method was called before ready, or login failed.",
		"Wait for the ready event")
	ErrKickedOut = entry(2004, "KickedOut", false,
		"The agent has logged in elsewhere", "Another browser or machine took over this agent.",
		"Load the SDK again to take the agent back")
	ErrForbidden = entry(2005, "Forbidden", false,
		"This agent may not do that", "The session, number or skill group belongs to somebody else.",
		"Ask an administrator for the right")
	ErrAgentDisabled = entry(2006, "AgentDisabled", false,
		"This agent account is not active", "It was removed or disabled.",
		"Ask an administrator")
	ErrLoggedInElsewhere = entry(2007, "LoggedInElsewhere", true,
		"The agent is logged in on another machine", "The application allows one machine at a time and keeps the first.",
		"Log out there, or wait until it is gone")

	ErrInvalidStatus = entry(3001, "InvalidStatus", false,
		"This status cannot be set", "Only free, rest, arrange, notReady and stopNotReady can be set; busy is set by the system.",
		"Use one of the documented values")
	ErrInvalidBreakReason = entry(3002, "InvalidBreakReason", false,
		"This break reason is not configured", "restReason must be one of the reasons of the configuration.",
		"Use one of the configured reasons or leave restReason out")
	ErrAgentOffline = entry(3003, "AgentOffline", true,
		"The agent is offline", "Sessions can only be handled on line.",
		"Call Agent.online() first")

	ErrSessionNotFound = entry(4001, "SessionNotFound", false,
		"There is no such session", "The id is wrong, the session has ended, or it belongs to another agent.",
		"Use the sessionId of a current session")
	ErrSessionState = entry(4002, "SessionState", true,
		"The session is not in a state that allows this", "For example accepting a session that is already answered.",
		"Look at the session's state before calling")
	ErrNumberInvalid = entry(4003, "NumberInvalid", false,
		"The telephone number is not valid", "A number has 3 to 32 digits and may begin with a plus sign.",
		"Correct phoneNumber")
	ErrNoCallerNumber = entry(4004, "NoCallerNumber", false,
		"There is no number to call out with", "No configured number matches the caller number, the skill group or the number list.",
		"Configure a number for outbound calls, or leave the option out")
	ErrBusyWithCall = entry(4005, "BusyWithCall", true,
		"The agent already has a call that is being set up", "Only one outbound call can be set up at a time.",
		"Wait until it is answered or has ended")
	ErrDigitsInvalid = entry(4006, "DigitsInvalid", false,
		"These digits cannot be sent", "dtmfText may contain 0-9, *, #, A-D, and p for a pause, at most 64 of them.",
		"Correct dtmfText")
	ErrTransferTarget = entry(4007, "TransferTarget", false,
		"A transfer needs exactly one target", "Give either skillGroupId or userId.",
		"Correct the options")
	ErrTargetUnavailable = entry(4008, "TargetUnavailable", true,
		"The target cannot take the session now", "The agent is not free, or the skill group has nobody on line.",
		"Choose another target or try again later")
	ErrCalleeUnknown = entry(4009, "CalleeUnknown", false,
		"There is no such agent", "calleeUserId or userId is not an account of this application.",
		"Correct the account")
	ErrTooManySessions = entry(4010, "TooManySessions", true,
		"The agent has no room for another session", "The configured number of concurrent sessions is reached.",
		"End a session first")
	ErrTrunk = entry(4011, "Trunk", true,
		"The call could not be placed on the trunk", "The trunk is unreachable or refused the call.",
		"Look at mainReason and subReason, and at the trunk's configuration")
	ErrNoMobile = entry(4012, "NoMobile", false,
		"This agent has no mobile phone", "useMobile rings the phone of the agent's configuration, and none is there.",
		"Configure the agent's phone, or leave useMobile out")

	ErrMicDenied = entry(5001, "MicrophoneDenied", true,
		"The microphone is blocked", "The user or a policy denied access to the microphone.",
		"Allow the microphone for this site in the address bar, then try again")
	ErrNoMic = entry(5002, "NoMicrophone", true,
		"No microphone was found", "No audio input device is connected.",
		"Connect a headset or microphone, then try again")
	ErrMicBusy = entry(5003, "MicrophoneInUse", true,
		"The microphone cannot be opened", "Another program holds it, or the device failed.",
		"Close other programs that use it or choose another device")
	ErrInsecurePage = entry(5004, "InsecurePage", false,
		"Devices need a secure page", "Browsers give devices only to https pages and to localhost.",
		"Serve the page over https")
	ErrMediaConnect = entry(5005, "MediaConnect", true,
		"The audio connection could not be made", "UDP and TCP to the gateway's media port are blocked, or the gateway is not reachable.",
		"Open the gateway's media port in the firewall")
	ErrAutoplay = entry(5006, "AutoplayBlocked", true,
		"The browser does not play sound yet", "Sound needs a first click or key on the page.",
		"Ask the user to click anywhere on the page")
	ErrDeviceNotFound = entry(5007, "DeviceNotFound", true,
		"There is no such device", "The device id is unknown or the device was unplugged.",
		"Choose one that the device list shows")
	ErrMediaUnsupported = entry(5008, "MediaUnsupported", false,
		"This device function is not supported here", "The browser lacks the function.",
		"Use a current Chrome, Edge, Firefox or Safari")
	ErrMediaOffer = entry(5009, "InvalidOffer", false,
		"The media offer is not valid", "The SDP has no usable audio with a codec that the gateway speaks.",
		"Use the SDK that this gateway serves")
	ErrAudioElsewhere = entry(5010, "AudioElsewhere", true,
		"Audio is in another tab", "The agent is open in several tabs of this browser; one of them has microphone and sound.",
		"Go on there, or take over here")

	ErrDisconnected = entry(6001, "Disconnected", true,
		"There is no connection to the gateway", "The network or the gateway is away; the SDK is reconnecting.",
		"Try again when connected")
	ErrOrigin = entry(6002, "OriginForbidden", false,
		"This page's origin may not use the gateway", "The origin is not in the gateway's list.",
		"Add the origin to the gateway's configuration")

	ErrInternal = entry(7001, "Internal", true,
		"The gateway could not do this", "A fault inside the gateway; its log has the details.",
		"Try again; tell whoever runs the gateway if it goes on")
	ErrOverloaded = entry(7002, "Overloaded", true,
		"Too many requests", "A limit on messages or sessions was reached.",
		"Wait a moment and try again")
	ErrStopping = entry(7003, "Stopping", true,
		"The gateway is shutting down", "It is being restarted or moved.",
		"The SDK reconnects by itself; try again then")
)
