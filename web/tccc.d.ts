// Types of window.tccc, the browser global that /sdk/tcccSdk.js installs.
// What is marked "addition" is of this project; everything else is the surface
// that existing front ends are written against.

/** Installed by the SDK script; complete at the script's load event. */
declare const tccc: tccc.Global;

interface Window {
  tccc: tccc.Global | undefined;
}

declare namespace tccc {
  interface Global {
    readonly Agent: Agent;
    readonly Call: Call;
    readonly Chat: Chat;
    readonly Video: Video;
    readonly Devices: Devices;
    readonly UI: UI;
    readonly Admin: Admin;
    /** Names of events; the value of each is its key. */
    readonly events: { readonly [Name in EventName]: Name };

    /**
     * Subscribes. The same function may be subscribed more than once. `ready` is
     * delivered once more, asynchronously, to listeners that come after it.
     */
    on<Name extends EventName>(event: Name, callback: (payload: Payload<Events[Name]>) => void): Emitter;
    /** Unsubscribes the same function once. */
    off<Name extends EventName>(event: Name, callback: (payload: Payload<Events[Name]>) => void): Emitter;

    /** Chooses among the buttons of the call bar: return the wanted ones in `active`. */
    overrideButtonConfig(choose: (config: ButtonConfig) => ButtonConfig): void;
    /** First generation name of Call.startOutboundCall. */
    callOut(options: StartOutboundCallOptions): Promise<CallResult>;
    /** Addition: what support needs to know, at most 256 kB, without secrets and with numbers shortened. */
    getDiagnostics(): Promise<{ status: 'success'; data: Diagnostics }>;
    readonly timer: { readonly emitter: Emitter };
  }

  /** Payloads are flat; a copy of their fields is also under `data`. */
  type Payload<T> = T & { readonly data: T };

  // Results

  /** What promises are fulfilled with: the fields are under `data` and beside `status`. */
  type Result<T = {}> = { status: 'success'; data: T } & T;

  /** What promises are rejected with: an Error whose fields below are its own and enumerable, so that copies have them too. */
  interface Rejection extends Error {
    status: 'error';
    /** What happened and what to do about it. */
    errorMsg: string;
    /** Permanent number. Addition. */
    code: ErrorCode;
    /** Permanent name. Addition. */
    name: ErrorName;
    /** Why it usually happens. Addition. */
    cause: string;
    /** What to do. Addition. */
    remedy: string;
    /** True if the same call may succeed later. Addition. */
    recoverable: boolean;
    /** The option that is wrong, if one is. Addition. */
    field?: string;
    /** What is particular to this occurrence. Addition. */
    detail?: string;
  }

  /** Permanent numbers of errors. */
  type ErrorCode =
    | 1001 // InvalidOptions
    | 1002 // NotAvailableYet
    | 1003 // UnsupportedBrowser
    | 1004 // ShutDown
    | 1005 // Timeout
    | 1006 // Program
    | 1007 // Load
    | 1008 // InvalidMessage
    | 1009 // StorageBlocked
    | 2001 // TokenInvalid
    | 2002 // TokenExpired
    | 2003 // NotLoggedIn
    | 2004 // KickedOut
    | 2005 // Forbidden
    | 2006 // AgentDisabled
    | 2007 // LoggedInElsewhere
    | 3001 // InvalidStatus
    | 3002 // InvalidBreakReason
    | 3003 // AgentOffline
    | 4001 // SessionNotFound
    | 4002 // SessionState
    | 4003 // NumberInvalid
    | 4004 // NoCallerNumber
    | 4005 // BusyWithCall
    | 4006 // DigitsInvalid
    | 4007 // TransferTarget
    | 4008 // TargetUnavailable
    | 4009 // CalleeUnknown
    | 4010 // TooManySessions
    | 4011 // Trunk
    | 4012 // NoMobile
    | 4013 // MessageInvalid
    | 4014 // FileRefused
    | 4015 // GroupUnknown
    | 4016 // SeatPhone
    | 4017 // SeatUnknown
    | 5001 // MicrophoneDenied
    | 5002 // NoMicrophone
    | 5003 // MicrophoneInUse
    | 5004 // InsecurePage
    | 5005 // MediaConnect
    | 5006 // AutoplayBlocked
    | 5007 // DeviceNotFound
    | 5008 // MediaUnsupported
    | 5009 // InvalidOffer
    | 5010 // AudioElsewhere
    | 5011 // CameraDenied
    | 5012 // NoCamera
    | 5013 // ScreenDenied
    | 5014 // ScreenUnsupported
    | 5021 // MicrophoneSilent
    | 5022 // UDPBlocked
    | 5023 // TCPBlocked
    | 5024 // NetworkPoor
    | 6001 // Disconnected
    | 6002 // OriginForbidden
    | 6003 // WebSocketBlocked
    | 6004 // CrossOriginRefused
    | 7001 // Internal
    | 7002 // Overloaded
    | 7003; // Stopping
  type ErrorName =
    | 'InvalidOptions'
    | 'NotAvailableYet'
    | 'UnsupportedBrowser'
    | 'ShutDown'
    | 'Timeout'
    | 'Program'
    | 'Load'
    | 'InvalidMessage'
    | 'StorageBlocked'
    | 'TokenInvalid'
    | 'TokenExpired'
    | 'NotLoggedIn'
    | 'KickedOut'
    | 'Forbidden'
    | 'AgentDisabled'
    | 'LoggedInElsewhere'
    | 'InvalidStatus'
    | 'InvalidBreakReason'
    | 'AgentOffline'
    | 'SessionNotFound'
    | 'SessionState'
    | 'NumberInvalid'
    | 'NoCallerNumber'
    | 'BusyWithCall'
    | 'DigitsInvalid'
    | 'TransferTarget'
    | 'TargetUnavailable'
    | 'CalleeUnknown'
    | 'TooManySessions'
    | 'Trunk'
    | 'NoMobile'
    | 'MessageInvalid'
    | 'FileRefused'
    | 'GroupUnknown'
    | 'SeatPhone'
    | 'SeatUnknown'
    | 'MicrophoneDenied'
    | 'NoMicrophone'
    | 'MicrophoneInUse'
    | 'InsecurePage'
    | 'MediaConnect'
    | 'AutoplayBlocked'
    | 'DeviceNotFound'
    | 'MediaUnsupported'
    | 'InvalidOffer'
    | 'AudioElsewhere'
    | 'CameraDenied'
    | 'NoCamera'
    | 'ScreenDenied'
    | 'ScreenUnsupported'
    | 'MicrophoneSilent'
    | 'UDPBlocked'
    | 'TCPBlocked'
    | 'NetworkPoor'
    | 'Disconnected'
    | 'OriginForbidden'
    | 'WebSocketBlocked'
    | 'CrossOriginRefused'
    | 'Internal'
    | 'Overloaded'
    | 'Stopping';

  // Agent

  type AgentStatus = 'free' | 'busy' | 'arrange' | 'notReady' | 'rest' | 'offline';

  /** Any case is taken. */
  type SettableStatus =
    | 'free' | 'rest' | 'arrange' | 'notReady' | 'stopNotReady'
    | 'Free' | 'Rest' | 'Arrange' | 'NotReady' | 'StopNotReady';

  interface Agent {
    /** Goes on line. Documented as void: a failure is also reported by the `error` event where nobody catches it. */
    online(): Promise<Result>;
    /** Goes off line. */
    offline(): Promise<Result>;
    /** During a session the status takes effect after it. */
    setStatus(options: { status: SettableStatus; restReason?: string }): Promise<Result>;
    /** 'offline' before ready, 'free' at ready. */
    getStatus(): AgentStatus;
    /** Addition: everybody else and every skill group of the application, as they are now. */
    getColleagues(): Promise<Result<{ agents: Colleague[]; groups: ColleagueGroup[] }>>;
    /**
     * Addition: where the agent's next calls are carried: in the page, at the desk phone or at the mobile phone. With a phone the page
     * needs no microphone. It is kept until it is changed.
     */
    setServerType(options: { serverType: 'staffSeat' | 'staffPhoneSeat' | 'staffExtensionSeat' }): Promise<Result>;
    /** Addition: phoneAway while the desk phone is not registered, or the phone was not reached: no calls are offered meanwhile. */
    getServerType(): Promise<Result<{ serverType: ServerType; phoneAway: boolean }>>;
    /** Addition: false while another tab of this browser has microphone, sound and ringtone. */
    isOwner(): boolean;
    /** Addition: takes the audio from the tab that has it, in a call too. */
    takeOver(): Promise<Result>;
  }

  interface Colleague {
    userId: string;
    name: string;
    staffNo?: string;
    /** Only one that is free can be called or be given a session. */
    status: AgentStatus;
    /** For supervisors: the conversation that they can listen to. */
    sessionId?: string;
  }

  interface ColleagueGroup {
    skillGroupId: string;
    name: string;
    /** Agents that are free, that are on line, and sessions that wait. The asking agent does not count. */
    free: number;
    online: number;
    waiting: number;
  }

  // Call

  type ServerType = 'staffSeat' | 'staffPhoneSeat' | 'miniProgramSeat' | 'staffExtensionSeat';

  /** As everywhere where options want text, an integer counts as its digits. */
  interface SessionOptions {
    sessionId: string | number;
  }

  interface StartOutboundCallOptions {
    /**
     * The number to call, as people write and paste it: with blanks, dashes, dots and brackets, digits of any script, invisible marks, `tel:` (RFC 3966).
     * An extension (`;ext=801`, `ext. 801`, `转801`) is sent once the call is answered. What could be dialled wrong is refused (4003) and `detail` says why:
     * masked digits, two numbers, an extension that only a dash sets off.
     */
    phoneNumber: string | number;
    /** Shown instead of the number. */
    phoneDesc?: string | number;
    /** Comes back with the call record. */
    uui?: string | number;
    skillGroupId?: string | number;
    /** Call with this outbound number, written in any of the ways of `phoneNumber`. */
    callerPhoneNumber?: string | number;
    servingNumberGroupIds?: (string | number)[];
    phoneEncodeType?: 'number';
  }

  interface CallResponse {
    sessionId: string;
    calleeLocation?: string;
    calleePhoneNumber: string;
    callerPhoneNumber: string;
    serverType: ServerType;
    remark?: string;
  }

  type CallResult = Result<CallResponse>;

  type InternalCallResult = Result<{ sessionId: string; calleeUserId: string; serverType: ServerType }>;

  interface TransferOptions extends SessionOptions {
    /** Exactly one of the two. */
    skillGroupId?: string | number;
    userId?: string | number;
  }

  interface ConsultOptions extends SessionOptions {
    /** Exactly one of the three. */
    userId?: string | number;
    skillGroupId?: string | number;
    /** Written in any of the ways of StartOutboundCallOptions. */
    phoneNumber?: string | number;
  }

  interface KickOptions extends SessionOptions {
    /** Exactly one of the two. */
    userId?: string | number;
    /** Addition: of an outside number, written in any of the ways of StartOutboundCallOptions. */
    phoneNumber?: string | number;
  }

  interface Call {
    startOutboundCall(options: StartOutboundCallOptions): Promise<CallResult>;
    accept(options: SessionOptions): Promise<Result>;
    /** Hangs up; declines while it rings. */
    hungUp(options: SessionOptions): Promise<Result>;
    /** Declines a session that rings, which then goes to the next agent; ends any other, as hungUp does. */
    end(options: SessionOptions): Promise<Result>;
    /** Removes an ended session from the list. */
    deleteCall(options: SessionOptions): Promise<Result>;
    muteMic(options: SessionOptions): Promise<Result>;
    unmuteMic(options: SessionOptions): Promise<Result>;
    isMicMuted(options: SessionOptions): Promise<Result<{ isMicMuted: boolean; muted: boolean }>>;
    /** Rings a colleague's page, or with useMobile the mobile phone. */
    startInternalCall(options: { calleeUserId: string | number; useMobile?: boolean }): Promise<InternalCallResult>;
    /**
     * Fulfilled when the target rings or the customer waits for the group. The
     * session stays held until the target has taken it (`transfer`, then
     * `sessionEnded`); otherwise it comes back (`sessionUpdated` with `reason`).
     * unHold takes the transfer back.
     */
    transfer(options: TransferOptions): Promise<Result>;
    /** The customer hears music and nobody hears the agent. */
    hold(options: SessionOptions): Promise<Result>;
    unHold(options: SessionOptions): Promise<Result>;
    /** 0-9, *, #, A-D, and p for a pause; fulfilled when they are sent. */
    sendDigits(options: SessionOptions & { dtmfText: string | number }): Promise<Result>;
    /** Addition: calls a colleague, a group or a number about a session while the customer hears music. */
    consult(options: ConsultOptions): Promise<Result<{ sessionId: string; consultOf: string }>>;
    /** Addition: joins the customer and whoever was consulted, and leaves. Takes either session, as the next two do. */
    completeTransfer(options: SessionOptions): Promise<Result>;
    /** Addition: ends the consultation and goes back to the customer. */
    cancelConsult(options: SessionOptions): Promise<Result>;
    /** Addition: customer, agent and whoever was consulted talk together. */
    conference(options: SessionOptions): Promise<Result>;
    /**
     * Removes a colleague, or an outside number, who has joined the session. For the agent who has it and supervisors in it.
     * Of the vendor's method only the name and the first two options are known.
     */
    kick(options: KickOptions): Promise<Result>;
    /** Addition, for supervisors: hears a colleague's conversation. hungUp ends it, as in the next two. */
    listen(options: SessionOptions): Promise<Result>;
    /** Addition, for supervisors: only the agent hears the supervisor. */
    whisper(options: SessionOptions): Promise<Result>;
    /** Addition, for supervisors: all hear the supervisor. */
    barge(options: SessionOptions): Promise<Result>;
  }

  // Chat, Video, Admin

  interface Chat {
    accept(options: SessionOptions): Promise<Result>;
    /** Ends a chat; declines while it rings. */
    end(options: SessionOptions): Promise<Result>;
    /** Fulfilled when the target rings or the customer waits for the group; `transfer` and `sessionEnded` follow. */
    transfer(options: TransferOptions): Promise<Result>;
    /** `pic` and `url` begin with http:// or https://. Fulfilled with the message, as are all that send. */
    sendCardMessage(options: SessionOptions & { payload: Card }): Promise<Result<Message>>;
    /** customField is an object or an array and reaches the customer as it is. */
    sendOrderMessage(options: SessionOptions & { payload: Order }): Promise<Result<Message>>;
    /** Addition: at most 8 kB of text. */
    sendMessage(options: SessionOptions & { text: string | number }): Promise<Result<Message>>;
    /** Addition: uploads a file and sends it, as an image if it is one. */
    sendFile(options: SessionOptions & { file: File | Blob; name?: string }): Promise<Result<Message>>;
    /** Addition: messages before or after one, by `seq`; without either the last ones. 50 unless told, 100 at most. */
    getMessages(options: SessionOptions & { before?: number; after?: number; limit?: number }): Promise<Result<{ messages: Message[]; more: boolean }>>;
    /** Addition: the agent has read all messages so far. */
    markRead(options: SessionOptions): Promise<Result>;
    /** Addition: may be called at every key; counts as over after six seconds. */
    setTyping(options: SessionOptions & { typing: boolean }): Promise<Result>;
  }

  interface Card {
    header: string;
    desc: string;
    /** Address of an image. */
    pic: string;
    /** Where a click leads. */
    url: string;
  }

  interface Order {
    guide?: string;
    name?: string;
    desc?: string;
    pic?: string;
    customField?: object | object[];
  }

  interface Video {
    accept(options: SessionOptions): Promise<Result>;
    end(options: SessionOptions): Promise<Result>;
    muteMic(options: SessionOptions): Promise<Result>;
    unmuteMic(options: SessionOptions): Promise<Result>;
    /** Camera off. */
    muteVideo(options: SessionOptions): Promise<Result>;
    /** Camera on. */
    unmuteVideo(options: SessionOptions): Promise<Result>;
    transfer(options: TransferOptions): Promise<Result>;
    /** The pictures of a session in this tab: `local` is null while the camera is off, a screen while it is not shared. */
    getStreams(options: SessionOptions): Promise<Result<{ local: MediaStream | null; remote: MediaStream; localScreen: MediaStream | null; remoteScreen: MediaStream | null }>>;
    /** Asks for a screen, a window or a tab and shows it beside the camera. To be called from a click, in the tab that has the audio. */
    startScreenShare(options: SessionOptions): Promise<Result>;
    /** Ends it, from any tab. */
    stopScreenShare(options: SessionOptions): Promise<Result>;
  }

  interface Admin {
    /**
     * First generation: the skill groups of the application, at once, as they were
     * when last heard of; none before ready. The array can also be awaited and
     * then gives them as they are now, in an array that has `status` and `data` too.
     */
    getSkillGroups(): SkillGroup[] & Pick<Promise<SkillGroup[] & Result<{ skillGroups: SkillGroup[] }>>, 'then' | 'catch' | 'finally'>;
  }

  interface SkillGroup {
    skillGroupName: string;
    skillGroupId: string;
  }

  // Devices, UI

  interface Devices {
    isBrowserSupported(): boolean;
    /** Whether this page can make calls: the browser can, and the page is secure. */
    isEnvSupported(): boolean;
    /** Asks for the permission only where the labels need it. */
    getMicrophones(): Promise<MediaDeviceInfo[]>;
    getSpeakers(): Promise<MediaDeviceInfo[]>;
    /** As getMicrophones, of cameras. */
    getCameras(): Promise<MediaDeviceInfo[]>;
    /** Uses the camera from now on, during a session as well; '' is the browser's default. */
    setCamera(options: { deviceId: string }): Promise<Result>;

    /** Addition, as all that follow. Uses a microphone from now on, in a call too, and remembers it in this browser; '' or 'default' is the default. */
    setMicrophone(options: { deviceId: string }): Promise<Result>;
    setSpeaker(options: { deviceId: string }): Promise<Result>;
    setRingtoneDevice(options: { deviceId: string }): Promise<Result>;
    /** The devices in use: the chosen ones while they are there, 'default' otherwise. */
    getSelected(): Promise<Result<SelectedDevices>>;
    /** Plays a short sound, on the device in use unless one is named, and is fulfilled when it is over. */
    testSpeaker(options?: { deviceId?: string }): Promise<Result>;
    testRingtone(options?: { deviceId?: string }): Promise<Result>;
    /** Listens for so many seconds (5, at most 60): `microphoneLevel` tells the level meanwhile. */
    testMicrophone(options?: { deviceId?: string; seconds?: number; onLevel?: (level: number) => void }): Promise<Result<{ peak: number; average: number; silent: boolean }>>;
    /** Ends the test that runs; its promise is fulfilled. */
    stopTest(): Promise<Result>;
    /** Looks at everything that a call needs. It takes some seconds and disturbs no call. */
    check(options?: { onResult?: (finding: CheckFinding) => void }): Promise<Result<CheckReport>>;
  }

  interface SelectedDevices {
    microphone: string;
    speaker: string;
    ringtone: string;
    camera: string;
  }

  interface CheckReport {
    /** Whether calls will work; a network that only has TCP is enough. */
    ok: boolean;
    checks: CheckFinding[];
    /** Of some seconds of sound to the gateway and back; missing where none could be sent. Times in ms. */
    quality?: { mos: number; loss: number; jitter: number; rtt: number };
  }

  interface CheckFinding {
    name: 'secure' | 'browser' | 'permission' | 'microphone' | 'speaker' | 'gateway' | 'udp' | 'tcp' | 'quality';
    ok: boolean;
    detail: string;
    /** What to do, where something is wrong. */
    remedy?: string;
    /** The entry of the catalogue that says what is wrong. */
    code?: ErrorCode;
  }

  /** For people: what it holds besides may change from version to version. */
  interface Diagnostics {
    sdk: string;
    gateway: string;
    browser: string;
    [member: string]: unknown;
  }

  /** All take effect at once, or when the interface is there. */
  interface UI {
    show(): void;
    hide(): void;
    showfloatButton(): void;
    hidefloatButton(): void;
    showWorkbench(): void;
    hideWorkbench(): void;
    /** Addition: chooses the language of the interface, `zh` or `en`, at any time. Tags such as `zh-Hant`, `zh_CN`, `cmn` and `yue` are Chinese. */
    setLanguage(options: { lang: string }): Promise<Result>;
    /** Brings the workbench into an element of the page, given as such or by its id, and shows it; without one it floats. It can be called again at any time. Of the vendor's method only the name is known. */
    mount(target?: string | Element | { renderDomId?: string; element?: Element } | null): Promise<Result>;
  }

  interface ButtonConfig {
    active: { type: ButtonType }[];
  }

  type ButtonType =
    | 'mute' | 'holdToggle' | 'showKeyboard' | 'transferSeat' | 'transferSkillGroup' | 'forwardOut' | 'selfService'
    | (string & {});

  /** Node style. */
  interface Emitter {
    on(event: string, listener: (...args: any[]) => void): Emitter;
    addListener(event: string, listener: (...args: any[]) => void): Emitter;
    once(event: string, listener: (...args: any[]) => void): Emitter;
    off(event: string, listener: (...args: any[]) => void): Emitter;
    removeListener(event: string, listener: (...args: any[]) => void): Emitter;
    removeAllListeners(event?: string): Emitter;
    emit(event: string, ...args: any[]): boolean;
    listeners(event: string): ((...args: any[]) => void)[];
    listenerCount(event: string): number;
  }

  // Events

  type EventName = keyof Events;

  interface Events {
    /** Logged in. Once for each execution of the script. */
    ready: {};
    /** The token had expired: get a new SDK URL and load the SDK again. */
    tokenExpired: { message: string };
    callIn: CallIn;
    /** The agent took the session. */
    userAccessed: SessionRef;
    /** The agent did not answer in time and the session moved on. */
    autoTransfer: SessionRef;
    sessionEnded: SessionEnded;
    /** An ended session was removed from the list. */
    sessionCompleted: SessionRef;
    /** An outbound call has been started. */
    callOuted: { sessionId: string; callerPhoneNumber?: string; calleePhoneNumber?: string; protectedCallee?: string; remark?: string; peerUserId?: string; restored?: boolean };
    /** The called party answered. */
    calloutAccepted: SessionRef;
    /** A transfer has been completed; sessionEnded follows. */
    transfer: { sessionId: string; skillGroupId?: string; userId?: string; phoneNumber?: string };
    statusChanged: StatusChanged;
    /** Recognised speech: IN is the customer's side, OUT the agent's. */
    asr: { sessionId: string; result: AsrResult; flow: 'IN' | 'OUT' };

    /** Addition: a failure that no promise reports. */
    error: Omit<Rejection, 'stack'>;
    /** Addition: the agent has logged in elsewhere. */
    kickedOut: { message: string; reason: string };
    /** Addition. */
    connectionChanged: { state: 'connected' | 'reconnecting' | 'disconnected' };
    /** Addition. */
    devicesChanged: {
      microphones: { deviceId: string; label: string }[];
      speakers: { deviceId: string; label: string }[];
      cameras: { deviceId: string; label: string }[];
      selected: SelectedDevices;
      /** Whether the browser can send sound to a chosen device. */
      selectableOutput: boolean;
    };
    /** Addition: hold, mute and other changes without an event of their own. */
    sessionUpdated: Session & { reason?: 'transferFailed'; restored?: boolean };
    /** Addition: a message in a chat, not of the agent's own side. */
    messageReceived: Message;
    /** Addition: the agent's audio went to another tab of this browser (false) or came to this one. */
    ownerChanged: { owner: boolean };
    /** Addition: delivered, read, typing, or the customer's page came or went. */
    chatUpdated: ChatUpdated;
    /** Addition: about ten times a second while Devices.testMicrophone runs; 0 to 1. */
    microphoneLevel: { level: number };
  }

  interface SessionRef {
    sessionId: string;
    /** Addition: the session was there before this page was loaded. */
    restored?: boolean;
  }

  type SessionType = 'phone' | 'im' | 'voip' | 'video' | 'internal';

  interface IvrKey {
    key: string;
    label: string;
  }

  type CallIn = CallInPhone | CallInIM | CallInVoIP | CallInVideo | CallInInternal;

  interface CallInBase extends SessionRef {
    /** Seconds to answer, 0 for none. */
    timeout: number;
  }

  interface CallInPhone extends CallInBase {
    type: 'phone';
    calleePhoneNumber: string;
    callerPhoneNumber?: string;
    callerLocation?: string;
    remark?: string;
    ivrPath?: IvrKey[];
    protectedCallee?: string;
    protectedCaller?: string;
    serverType: ServerType;
  }

  interface CallInIM extends CallInBase {
    type: 'im';
    nickname: string;
    avatar?: string;
    remark?: string;
    peerSource?: string;
    channelName?: string;
    clientData?: string;
  }

  interface CallInVoIP extends CallInBase {
    type: 'voip';
    callee: string;
    calleeRemark?: string;
    userId: string;
    nickname?: string;
    avatar?: string;
    remark?: string;
    peerSource?: string;
    ivrPath?: IvrKey[];
    clientData?: string;
    /** Addition: the agent's telephone, if it rings there. */
    serverType?: ServerType;
  }

  interface CallInVideo extends CallInBase {
    type: 'video';
    userId: string;
    nickname?: string;
    avatar?: string;
    remark?: string;
  }

  interface CallInInternal extends CallInBase {
    type: 'internal';
    peerUserId: string;
  }

  /** One entry of a chat. */
  interface Message {
    sessionId: string;
    /** Unique in the session. */
    id: string;
    /** Order in the session, from 1, without gaps. */
    seq: number;
    /** Unix milliseconds. */
    at: number;
    from: 'client' | 'seat' | 'bot' | 'system';
    userId?: string;
    name?: string;
    type: 'text' | 'image' | 'file' | 'card' | 'order' | 'notice';
    /** Plain text, never markup. */
    text?: string;
    /** The address is signed and good for a while; getMessages gives it anew. */
    file?: { id: string; name: string; size: number; mime: string; url?: string };
    card?: Card;
    order?: Order;
    /** What happened, where the type is notice. */
    notice?: 'queued' | 'accepted' | 'transferred' | 'ended' | 'timeout' | 'nobody' | 'greeting';
    /** What a bot offers to press. */
    choices?: string[];
  }

  interface ChatState {
    lastSeq: number;
    seatRead?: number;
    clientDelivered?: number;
    clientRead?: number;
    clientOnline: boolean;
    clientTyping?: boolean;
    unread?: number;
  }

  interface ChatUpdated extends ChatState {
    sessionId: string;
  }

  /** One sentence as far as it is recognised. Times are milliseconds since the conversation began. */
  interface AsrResult {
    /** 0: a sentence begins, 1: its text has changed, 2: it is final (and may be empty). */
    slice_type: 0 | 1 | 2;
    /** Of the sentence in its flow, from 0. */
    index: number;
    start_time: number;
    end_time: number;
    voice_text_str: string;
    word_size: number;
    word_list: { word: string; start_time: number; end_time: number; stable_flag: 0 | 1 }[];
  }

  interface SessionEnded {
    sessionId: string;
    /** Customer, agent, system, timer. */
    closeBy: 'client' | 'seat' | 'admin' | 'timer';
    /** Of telephone sessions that the system ended. */
    mainReason?: string;
    subReason?: string;
    type?: SessionType;
    /** Seconds of conversation, fractional. */
    duration?: number;
  }

  interface StatusChanged {
    status: AgentStatus;
    /** Addition. */
    restReason?: string;
    /** Addition: end of after-call work, Unix milliseconds. */
    deadline?: number;
    /** Addition: takes effect after the session. */
    pending?: { status: AgentStatus; restReason?: string };
  }

  /** Addition: a session as the agent sees it. Times are Unix milliseconds. */
  interface Session {
    sessionId: string;
    type: SessionType;
    state: 'ringing' | 'dialing' | 'talking' | 'held' | 'ended';
    direction: 'in' | 'out';
    serverType?: ServerType;
    muted?: boolean;
    callerPhoneNumber?: string;
    calleePhoneNumber?: string;
    location?: string;
    title?: string;
    remark?: string;
    peerUserId?: string;
    nickname?: string;
    avatar?: string;
    peerSource?: string;
    channelName?: string;
    clientData?: string;
    skillGroupId?: string;
    ivrPath?: IvrKey[];
    uui?: string;
    /** Being transferred: the session is held until somebody has taken it. */
    transfer?: { skillGroupId?: string; userId?: string; name?: string };
    /** Why the last transfer came back: declined, noAnswer, queueTimeout, queueFull, agentLost … */
    transferFailed?: string;
    /** The session in which somebody is consulted about this one. */
    consultSessionId?: string;
    /** The session that this consultation is about. */
    consultOf?: string;
    /** More than two talk. */
    conference?: boolean;
    /** How a supervisor takes part in a colleague's session. */
    monitor?: 'listen' | 'whisper' | 'barge';
    offeredAt?: number;
    ringDeadline?: number;
    answeredAt?: number;
    heldAt?: number;
    endedAt?: number;
    /** Of a chat only. */
    chat?: ChatState;
    /** The agent's camera is off. */
    videoMuted?: boolean;
    /** The agent shows a screen. */
    screenShared?: boolean;
    /** The customer shows a screen. */
    customerScreenShared?: boolean;
    closeBy?: SessionEnded['closeBy'];
    mainReason?: string;
    subReason?: string;
  }
}
