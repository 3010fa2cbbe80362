package wire

// The catalogue. Numbers and names are permanent: pages match on them.
// They are data, not calls, so that the browser program has nothing to do for
// them at its start. 10xx use of the SDK, 20xx login, 30xx agent, 40xx sessions, 50xx media and
// devices, 60xx network, 70xx gateway.
var (
	ErrInvalidOptions = &Error{Code: 1001, Name: "InvalidOptions",
		Message: "The options are not valid",
		Cause:   "An option is missing or has the wrong type.",
		Remedy:  "Correct the option that the error names in field"}
	ErrNotAvailableYet = &Error{Code: 1002, Name: "NotAvailableYet",
		Message: "This method is not available yet",
		Cause:   "The installed version does not contain it.",
		Remedy:  "Update the gateway, which also serves the SDK"}
	ErrUnsupportedBrowser = &Error{Code: 1003, Name: "UnsupportedBrowser",
		Message: "This browser cannot run the SDK",
		Cause:   "WebAssembly, WebRTC or WebSocket is missing or switched off.",
		Remedy:  "Use a current Chrome, Edge, Firefox or Safari"}
	ErrShutDown = &Error{Code: 1004, Name: "ShutDown",
		Message: "The SDK has been unloaded",
		Cause:   "Its DOM root was removed or a newer instance replaced it.",
		Remedy:  "Load the SDK script again and use the new window.tccc"}
	ErrTimeout = &Error{Code: 1005, Name: "Timeout", Recoverable: true,
		Message: "The call did not finish in time",
		Cause:   "The gateway or a device did not answer before the deadline.",
		Remedy:  "Try again; if it goes on, look at the network and the gateway's log"}
	ErrProgram = &Error{Code: 1006, Name: "Program", Recoverable: true,
		Message: "The SDK program failed and is being restarted",
		Cause:   "A fault inside the SDK.",
		Remedy:  "Wait until connectionChanged says connected; send the diagnostics to whoever runs the gateway"}
	ErrLoad = &Error{Code: 1007, Name: "Load", Recoverable: true,
		Message: "The SDK program could not be loaded",
		Cause:   "The .wasm file could not be fetched or compiled, or a Content-Security-Policy forbids it.",
		Remedy:  "Check the network, and allow 'wasm-unsafe-eval' and the gateway's origin in the policy"}
	ErrMessage = &Error{Code: 1008, Name: "InvalidMessage",
		Message: "The message is not valid",
		Cause:   "It is not JSON-RPC 2.0, is too large, or names an unknown method.",
		Remedy:  "Use the SDK that this gateway serves"}
	ErrNoStorage = &Error{Code: 1009, Name: "StorageBlocked", Recoverable: true,
		Message: "This page may not store anything",
		Cause:   "Site data is blocked, or the page is in a sandbox or in a frame of another site.",
		Remedy:  "Allow site data for the page; until then a reload is a new login, and devices are chosen anew"}

	ErrTokenInvalid = &Error{Code: 2001, Name: "TokenInvalid",
		Message: "The login token is not valid",
		Cause:   "It is unknown, was used before (one-time token) or belongs to another application.",
		Remedy:  "Get a new SDK URL from your back end and load the SDK again"}
	ErrTokenExpired = &Error{Code: 2002, Name: "TokenExpired",
		Message: "The login token has expired",
		Cause:   "Login tokens are valid for ten minutes and meant for one initialisation.",
		Remedy:  "Get a new SDK URL from your back end and load the SDK again"}
	ErrNotLoggedIn = &Error{Code: 2003, Name: "NotLoggedIn", Recoverable: true,
		Message: "The agent is not logged in",
		Cause:   "The method was called before ready, or login failed.",
		Remedy:  "Wait for the ready event"}
	ErrKickedOut = &Error{Code: 2004, Name: "KickedOut",
		Message: "The agent has logged in elsewhere",
		Cause:   "Another browser or machine took over this agent.",
		Remedy:  "Load the SDK again to take the agent back"}
	ErrForbidden = &Error{Code: 2005, Name: "Forbidden",
		Message: "This agent may not do that",
		Cause:   "The session, number or skill group belongs to somebody else.",
		Remedy:  "Ask an administrator for the right"}
	ErrAgentDisabled = &Error{Code: 2006, Name: "AgentDisabled",
		Message: "This agent account is not active",
		Cause:   "It was removed or disabled.",
		Remedy:  "Ask an administrator"}
	ErrLoggedInElsewhere = &Error{Code: 2007, Name: "LoggedInElsewhere", Recoverable: true,
		Message: "The agent is logged in on another machine",
		Cause:   "The application allows one machine at a time and keeps the first.",
		Remedy:  "Log out there, or wait until it is gone"}

	ErrInvalidStatus = &Error{Code: 3001, Name: "InvalidStatus",
		Message: "This status cannot be set",
		Cause:   "Only free, rest, arrange, notReady and stopNotReady can be set; busy is set by the system.",
		Remedy:  "Use one of the documented values"}
	ErrInvalidBreakReason = &Error{Code: 3002, Name: "InvalidBreakReason",
		Message: "This break reason is not configured",
		Cause:   "restReason must be one of the reasons of the configuration.",
		Remedy:  "Use one of the configured reasons or leave restReason out"}
	ErrAgentOffline = &Error{Code: 3003, Name: "AgentOffline", Recoverable: true,
		Message: "The agent is offline",
		Cause:   "Sessions can only be handled on line.",
		Remedy:  "Call Agent.online() first"}

	ErrSessionNotFound = &Error{Code: 4001, Name: "SessionNotFound",
		Message: "There is no such session",
		Cause:   "The id is wrong, the session has ended, or it belongs to another agent.",
		Remedy:  "Use the sessionId of a current session"}
	ErrSessionState = &Error{Code: 4002, Name: "SessionState", Recoverable: true,
		Message: "The session is not in a state that allows this",
		Cause:   "For example accepting a session that is already answered.",
		Remedy:  "Look at the session's state before calling"}
	ErrNumberInvalid = &Error{Code: 4003, Name: "NumberInvalid",
		Message: "The telephone number is not valid",
		Cause:   "A number has 3 to 32 digits and may begin with a plus sign.",
		Remedy:  "Correct phoneNumber"}
	ErrNoCallerNumber = &Error{Code: 4004, Name: "NoCallerNumber",
		Message: "There is no number to call out with",
		Cause:   "No configured number matches the caller number, the skill group or the number list.",
		Remedy:  "Configure a number for outbound calls, or leave the option out"}
	ErrBusyWithCall = &Error{Code: 4005, Name: "BusyWithCall", Recoverable: true,
		Message: "The agent already has a call that is being set up",
		Cause:   "Only one outbound call can be set up at a time.",
		Remedy:  "Wait until it is answered or has ended"}
	ErrDigitsInvalid = &Error{Code: 4006, Name: "DigitsInvalid",
		Message: "These digits cannot be sent",
		Cause:   "dtmfText may contain 0-9, *, #, A-D, and p for a pause, at most 64 of them.",
		Remedy:  "Correct dtmfText"}
	ErrTransferTarget = &Error{Code: 4007, Name: "TransferTarget",
		Message: "A transfer needs exactly one target",
		Cause:   "Give either skillGroupId or userId.",
		Remedy:  "Correct the options"}
	ErrTargetUnavailable = &Error{Code: 4008, Name: "TargetUnavailable", Recoverable: true,
		Message: "The target cannot take the session now",
		Cause:   "The agent is not free, or the skill group has nobody on line.",
		Remedy:  "Choose another target or try again later"}
	ErrCalleeUnknown = &Error{Code: 4009, Name: "CalleeUnknown",
		Message: "There is no such agent",
		Cause:   "calleeUserId or userId is not an account of this application.",
		Remedy:  "Correct the account"}
	ErrTooManySessions = &Error{Code: 4010, Name: "TooManySessions", Recoverable: true,
		Message: "The agent has no room for another session",
		Cause:   "The configured number of concurrent sessions is reached.",
		Remedy:  "End a session first"}
	ErrTrunk = &Error{Code: 4011, Name: "Trunk", Recoverable: true,
		Message: "The call could not be placed on the trunk",
		Cause:   "The trunk is unreachable or refused the call.",
		Remedy:  "Look at mainReason and subReason, and at the trunk's configuration"}
	ErrNoMobile = &Error{Code: 4012, Name: "NoMobile",
		Message: "This agent has no mobile phone",
		Cause:   "useMobile rings the phone of the agent's configuration, and none is there.",
		Remedy:  "Configure the agent's phone, or leave useMobile out"}
	ErrMessageInvalid = &Error{Code: 4013, Name: "MessageInvalid",
		Message: "This message cannot be sent",
		Cause:   "It is empty or too long, has no id, or holds more than one of text, file, card and order.",
		Remedy:  "Correct the message; a text has at most 8 kB"}
	ErrFileRefused = &Error{Code: 4014, Name: "FileRefused",
		Message: "This file cannot be sent",
		Cause:   "It is empty, too large, or its content is of a type that is not allowed; the name does not count.",
		Remedy:  "Send a smaller file of an allowed type"}
	ErrGroupUnknown = &Error{Code: 4015, Name: "GroupUnknown",
		Message: "There is no such skill group",
		Cause:   "skillGroupId is not a group of this application that takes this type of session.",
		Remedy:  "Use one of the skill groups that are offered"}

	ErrSeatPhone = &Error{Code: 4016, Name: "SeatPhone", Recoverable: true,
		Message: "The agent's telephone cannot be reached",
		Cause:   "The desk phone is not registered or refuses calls, or the mobile phone is busy or unreachable.",
		Remedy:  "Look at the telephone, or go on in the browser with Agent.setServerType"}
	ErrSeatUnknown = &Error{Code: 4017, Name: "SeatUnknown",
		Message: "The agent cannot talk there",
		Cause:   "serverType is not staffSeat, staffPhoneSeat or staffExtensionSeat, or the agent has no such telephone.",
		Remedy:  "Use another one, or configure the agent's phone or extension with its extensionPassword"}

	ErrMicDenied = &Error{Code: 5001, Name: "MicrophoneDenied", Recoverable: true,
		Message: "The microphone is blocked",
		Cause:   "The user or a policy denied access to the microphone.",
		Remedy:  "Allow the microphone for this site in the address bar, then try again"}
	ErrNoMic = &Error{Code: 5002, Name: "NoMicrophone", Recoverable: true,
		Message: "No microphone was found",
		Cause:   "No audio input device is connected.",
		Remedy:  "Connect a headset or microphone, then try again"}
	ErrMicBusy = &Error{Code: 5003, Name: "MicrophoneInUse", Recoverable: true,
		Message: "The microphone cannot be opened",
		Cause:   "Another program holds it, or the device failed.",
		Remedy:  "Close other programs that use it or choose another device"}
	ErrInsecurePage = &Error{Code: 5004, Name: "InsecurePage",
		Message: "Devices need a secure page",
		Cause:   "Browsers give devices only to https pages and to localhost.",
		Remedy:  "Serve the page over https"}
	ErrMediaConnect = &Error{Code: 5005, Name: "MediaConnect", Recoverable: true,
		Message: "The audio connection could not be made",
		Cause:   "UDP and TCP to the gateway's media port are blocked, or the port is on the loopback, which Firefox does not connect to.",
		Remedy:  "Open the gateway's media port in the firewall"}
	ErrAutoplay = &Error{Code: 5006, Name: "AutoplayBlocked", Recoverable: true,
		Message: "The browser does not play sound yet",
		Cause:   "Sound needs a first click or key on the page.",
		Remedy:  "Ask the user to click anywhere on the page"}
	ErrDeviceNotFound = &Error{Code: 5007, Name: "DeviceNotFound", Recoverable: true,
		Message: "There is no such device",
		Cause:   "The device id is unknown or the device was unplugged.",
		Remedy:  "Choose one that the device list shows"}
	ErrMediaUnsupported = &Error{Code: 5008, Name: "MediaUnsupported",
		Message: "This device function is not supported here",
		Cause:   "The browser lacks the function.",
		Remedy:  "Use a current Chrome, Edge, Firefox or Safari"}
	ErrMediaOffer = &Error{Code: 5009, Name: "InvalidOffer",
		Message: "The media offer is not valid",
		Cause:   "The SDP has no usable audio with a codec that the gateway speaks.",
		Remedy:  "Use the SDK that this gateway serves"}
	ErrAudioElsewhere = &Error{Code: 5010, Name: "AudioElsewhere", Recoverable: true,
		Message: "Audio is in another tab",
		Cause:   "The agent is open in several tabs of this browser; one of them has microphone and sound.",
		Remedy:  "Go on there, or take over here"}

	ErrCamDenied = &Error{Code: 5011, Name: "CameraDenied", Recoverable: true,
		Message: "The camera is blocked",
		Cause:   "The user or a policy denied access to the camera.",
		Remedy:  "Allow the camera for this site in the address bar, then try again"}
	ErrNoCam = &Error{Code: 5012, Name: "NoCamera", Recoverable: true,
		Message: "No camera was found",
		Cause:   "No video input device is connected.",
		Remedy:  "Connect a camera, or go on with sound only"}
	ErrScreenDenied = &Error{Code: 5013, Name: "ScreenDenied", Recoverable: true,
		Message: "The screen is not shared",
		Cause:   "The user chose nothing, or the system or a policy does not let the browser record the screen.",
		Remedy:  "Share again from a click and choose a screen, a window or a tab; allow the browser to record the screen in the system's settings"}
	ErrNoScreen = &Error{Code: 5014, Name: "ScreenUnsupported",
		Message: "This browser cannot share a screen",
		Cause:   "It has no getDisplayMedia, as browsers of telephones, or there is no screen.",
		Remedy:  "Use a browser on a computer"}

	ErrMicSilent = &Error{Code: 5021, Name: "MicrophoneSilent", Recoverable: true,
		Message: "The microphone gives no sound",
		Cause:   "It is muted on the headset or in the system, or another device is the right one.",
		Remedy:  "Switch the microphone on, or choose another one"}
	ErrUDPBlocked = &Error{Code: 5022, Name: "UDPBlocked", Recoverable: true,
		Message: "UDP to the gateway's media port does not work",
		Cause:   "A firewall, a proxy or a VPN blocks it.",
		Remedy:  "Open the gateway's media port for UDP; calls take TCP meanwhile, which sounds worse when packets are lost"}
	ErrTCPBlocked = &Error{Code: 5023, Name: "TCPBlocked", Recoverable: true,
		Message: "TCP to the gateway's media port does not work",
		Cause:   "A firewall blocks it, or the gateway's TCP port is switched off.",
		Remedy:  "Open the gateway's media port for TCP, for networks that block UDP"}
	ErrNetworkPoor = &Error{Code: 5024, Name: "NetworkPoor", Recoverable: true,
		Message: "The network is not good enough for calls",
		Cause:   "Packets are lost or delayed on the way to the gateway.",
		Remedy:  "Use a cable or move closer to the access point, and end downloads"}

	ErrDisconnected = &Error{Code: 6001, Name: "Disconnected", Recoverable: true,
		Message: "There is no connection to the gateway",
		Cause:   "The network or the gateway is away; the SDK is reconnecting.",
		Remedy:  "Try again when connected"}
	ErrOrigin = &Error{Code: 6002, Name: "OriginForbidden",
		Message: "This page's origin may not use the gateway",
		Cause:   "The origin is not in the gateway's list.",
		Remedy:  "Add the origin to the gateway's configuration"}
	ErrNoWebSocket = &Error{Code: 6003, Name: "WebSocketBlocked", Recoverable: true,
		Message: "The gateway answers, but the WebSocket to it does not open",
		Cause:   "A proxy or firewall on the way strips the Upgrade header or blocks WebSockets.",
		Remedy:  "Let it pass Upgrade and Connection for /ws/agent, and allow the gateway's wss: address in the page's policy"}
	ErrCORS = &Error{Code: 6004, Name: "CrossOriginRefused", Recoverable: true,
		Message: "The browser refused a request to the gateway because of CORS",
		Cause:   "A wrapper around fetch or XMLHttpRequest, an extension or a service worker adds headers or credentials to it.",
		Remedy:  "Leave the gateway's address out of what adds them"}

	ErrInternal = &Error{Code: 7001, Name: "Internal", Recoverable: true,
		Message: "The gateway could not do this",
		Cause:   "A fault inside the gateway; its log has the details.",
		Remedy:  "Try again; tell whoever runs the gateway if it goes on"}
	ErrOverloaded = &Error{Code: 7002, Name: "Overloaded", Recoverable: true,
		Message: "Too many requests",
		Cause:   "A limit on messages or sessions was reached.",
		Remedy:  "Wait a moment and try again"}
	ErrStopping = &Error{Code: 7003, Name: "Stopping", Recoverable: true,
		Message: "The gateway is shutting down",
		Cause:   "It is being restarted or moved.",
		Remedy:  "The SDK reconnects by itself; try again then"}
)

// catalogue lists the entries in the order of their codes.
var catalogue = []*Error{
	ErrInvalidOptions, ErrNotAvailableYet, ErrUnsupportedBrowser, ErrShutDown, ErrTimeout, ErrProgram, ErrLoad,
	ErrMessage, ErrNoStorage,
	ErrTokenInvalid, ErrTokenExpired, ErrNotLoggedIn, ErrKickedOut, ErrForbidden, ErrAgentDisabled,
	ErrLoggedInElsewhere,
	ErrInvalidStatus, ErrInvalidBreakReason, ErrAgentOffline,
	ErrSessionNotFound, ErrSessionState, ErrNumberInvalid, ErrNoCallerNumber, ErrBusyWithCall, ErrDigitsInvalid,
	ErrTransferTarget, ErrTargetUnavailable, ErrCalleeUnknown, ErrTooManySessions, ErrTrunk, ErrNoMobile,
	ErrMessageInvalid, ErrFileRefused, ErrGroupUnknown, ErrSeatPhone, ErrSeatUnknown,
	ErrMicDenied, ErrNoMic, ErrMicBusy, ErrInsecurePage, ErrMediaConnect, ErrAutoplay, ErrDeviceNotFound,
	ErrMediaUnsupported, ErrMediaOffer, ErrAudioElsewhere, ErrCamDenied, ErrNoCam,
	ErrScreenDenied, ErrNoScreen,
	ErrMicSilent, ErrUDPBlocked, ErrTCPBlocked, ErrNetworkPoor,
	ErrDisconnected, ErrOrigin, ErrNoWebSocket, ErrCORS,
	ErrInternal, ErrOverloaded, ErrStopping,
}
