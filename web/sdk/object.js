// The object.
const tccc = {};
const quiet = { online: 1, offline: 1, deleteCall: 1 };
const namespaces = {
  Agent: 'online offline setStatus takeOver getColleagues setServerType getServerType',
  Call: 'startOutboundCall accept hungUp end deleteCall muteMic unmuteMic isMicMuted startInternalCall transfer hold unHold sendDigits consult completeTransfer cancelConsult conference kick listen whisper barge',
  Chat: 'accept end transfer sendCardMessage sendOrderMessage sendMessage sendFile getMessages markRead setTyping',
  Video: 'accept end muteMic unmuteMic muteVideo unmuteVideo transfer getStreams startScreenShare stopScreenShare',
  Devices: 'getMicrophones getSpeakers getCameras setCamera setMicrophone setSpeaker setRingtoneDevice getSelected',
  Admin: 'getSkillGroups',
  UI: '',
};
Object.keys(namespaces).forEach((ns) => {
  tccc[ns] = {};
  namespaces[ns].split(' ').forEach((name) => {
    if (!name) return;
    tccc[ns][name] = (options) => {
      const promise = call(ns + '.' + name, options);
      // Documented as void: pages do not catch these; the error event tells.
      if (quiet[name]) promise.catch(() => {});
      return promise;
    };
  });
});
// First generation pages take the list at once, others wait for it: an array
// that can be awaited. What that gives cannot, or awaiting would never end.
let groups = [];
const list = (members) => {
  const array = groups.map((g) => Object.assign({}, g));
  Object.keys(members).forEach((key) => define(array, key, members[key]));
  return array;
};
tccc.Admin.getSkillGroups = () => {
  const fresh = call('Admin.getSkillGroups').then(({ data }) => {
    groups = data.skillGroups;
    return list({ status: 'success', data });
  });
  fresh.catch(() => {}); // for those who did not ask for a promise
  return list({ then: fresh.then.bind(fresh), catch: fresh.catch.bind(fresh), finally: fresh.finally.bind(fresh) });
};
tccc.Agent.getStatus = () => status;
tccc.Agent.isOwner = () => owns !== false;
const show = (key, value) => () => {
  config.ui[key] = value;
  if (invoke) invoke(0, 'ui', JSON.stringify({ [key]: value }));
};
Object.assign(tccc.UI, {
  show: show('visible', true),
  hide: show('visible', false),
  showfloatButton: show('floatButton', true),
  hidefloatButton: show('floatButton', false),
  showWorkbench: show('workbench', true),
  hideWorkbench: show('workbench', false),
  setLanguage: (options) => call('UI.setLanguage', options).then((done) => {
    config.lang = options.lang;
    return done;
  }),
  mount: (to) => {
    const element = attempt(() => (to.nodeType ? to : to.element));
    return call('UI.mount', element ? {} : typeof to === 'string' ? { renderDomId: to } : to, element);
  },
});

tccc.Devices.isBrowserSupported = isBrowserSupported;
tccc.Devices.isEnvSupported = () => isBrowserSupported() && !!win.isSecureContext &&
  !!attempt(() => navigator.mediaDevices.getUserMedia);

tccc.events = {};
('ready tokenExpired callIn userAccessed autoTransfer sessionEnded sessionCompleted callOuted calloutAccepted transfer ' +
  'statusChanged asr error kickedOut connectionChanged devicesChanged sessionUpdated messageReceived ownerChanged chatUpdated microphoneLevel')
  .split(' ').forEach((name) => { tccc.events[name] = name; });
tccc.on = emitter.on;
tccc.off = emitter.off;
tccc.timer = { emitter };
tccc.callOut = tccc.Call.startOutboundCall;

// What is seldom needed is fetched when it is: tests of devices and network,
// and diagnostics.
const seldom = 'testSpeaker testRingtone testMicrophone stopTest check';
const link = { tccc, call, config, push, toError, kept: () => kept };
const within = (promise, ms) => new Promise((done, fail) => {
  promise.then(done, fail);
  setTimeout(fail, ms);
});
let fetches = 0; // imports of one file may come in another order than they were asked for
const tool = (name) => (options) => {
  const order = ++fetches;
  return within(import(new URL('tcccTools.js', url).href), 10000).catch(() => {
    throw toError(entry(1007));
  }).then((tools) => tools[name](link, options, order));
};
seldom.split(' ').forEach((name) => { tccc.Devices[name] = tool(name); });
tccc.getDiagnostics = tool('getDiagnostics');
let buttons;
tccc.overrideButtonConfig = (fn) => {
  if (fn && typeof fn !== 'function') return console.error('tccc.overrideButtonConfig: not a function, but ' + typeof fn);
  buttons = fn;
  if (invoke) invoke(0, 'buttons', '');
};
// For tests and diagnostics: what shell and program hold.
define(tccc.timer, 'stats', () => {
  const s = { pending: pending.size, listeners: 0, values: 0, memory: 0, running: !!invoke };
  listeners.forEach((l) => { s.listeners += l.length; });
  if (!invoke) return s;
  s.values = program._values.filter((v) => v !== null && v !== undefined).length;
  s.memory = program.mem.buffer.byteLength;
  return Object.assign(s, JSON.parse(invoke(0, 'stats', '')));
});
