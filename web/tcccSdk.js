// The shell: a classic script that installs window.tccc at once, starts the Go
// program and joins the two. The build puts wasm_exec.js in front of it, in one
// function scope that lends it Go, and fills in the name of the program and the
// version; docs/migrate.md says what pages rely on.
/* global Go */
(() => {
  'use strict';

  const win = window;

  // Identity. The page may remove the element later, so it is read now.
  const running = document.currentScript; // null where a loader evaluates the text
  const script = running || [...document.querySelectorAll('script[src*="/sdk/tcccSdk.js"]')].pop();
  const url = new URL((script && script.src) || location.href, location.href);
  const attrs = script ? script.dataset : {};
  const identity = (param, attr) => url.searchParams.get(param) || attrs[attr] || '';
  const socketURL = new URL('../ws/agent', url);
  socketURL.protocol = url.protocol.replace('http', 'ws');
  const config = {
    sdkAppId: identity('sdkAppId', 'sdkAppId'),
    token: identity('token', 'token'),
    userId: identity('userid', 'userid'),
    renderDomId: attrs.renderDomId || '',
    version: '__TCCC_VERSION__',
    base: new URL('..', url).href,
    ui: { visible: true, floatButton: true, workbench: attrs.showWorkBenchAtFirstLogin !== 'false' },
  };

  // One function that uses sign extension, saturating conversion and bulk
  // memory: what the compiler emits beyond the first WebAssembly.
  const probe = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 5, 3, 1, 0, 1, 10, 25, 1, 23, 0,
    65, 0, 192, 26, 67, 0, 0, 0, 0, 252, 0, 26, 65, 0, 65, 0, 65, 0, 252, 11, 0, 11];
  const isBrowserSupported = () => {
    try {
      return 'connectionState' in win.RTCPeerConnection.prototype && !!win.WebSocket &&
        !!WebAssembly.compileStreaming && WebAssembly.validate(new Uint8Array(probe));
    } catch (err) {
      return false;
    }
  };

  // The program is what takes time: it is on its way before anything else.
  const wasmURL = new URL('__TCCC_WASM__', url).href;
  const stream = () => WebAssembly.compileStreaming(fetch(wasmURL));
  const supported = isBrowserSupported();
  let compiled = supported ? stream() : undefined;

  // Errors that can happen without the program; the texts are those of the catalogue.
  const catalogue = {
    1001: ['InvalidOptions', 'The options are not valid', 'An option is missing or has the wrong type.', 'Correct the option that the error names in field', false],
    1003: ['UnsupportedBrowser', 'This browser cannot run the SDK', 'WebAssembly, WebRTC or WebSocket is missing or switched off.', 'Use a current Chrome, Edge, Firefox or Safari', false],
    1004: ['ShutDown', 'The SDK has been unloaded', 'Its DOM root was removed or a newer instance replaced it.', 'Load the SDK script again and use the new window.tccc', false],
    1005: ['Timeout', 'The call did not finish in time', 'The gateway or a device did not answer before the deadline.', 'Try again; if it goes on, look at the network and the gateway\'s log', true],
    1006: ['Program', 'The SDK program failed and is being restarted', 'A fault inside the SDK.', 'Wait until connectionChanged says connected; send the diagnostics to whoever runs the gateway', true],
    1007: ['Load', 'The SDK program could not be loaded', 'The .wasm file could not be fetched or compiled, or a Content-Security-Policy forbids it.', 'Check the network, and allow \'wasm-unsafe-eval\' and the gateway\'s origin in the policy', true],
    7002: ['Overloaded', 'Too many requests', 'A limit on messages or sessions was reached.', 'Wait a moment and try again', true],
  };
  const entry = (code, detail) => {
    const [name, message, cause, remedy, recoverable] = catalogue[code];
    return { code, name, message, cause, remedy, recoverable, detail };
  };
  const text = (e) => e.message + (e.detail ? ': ' + e.detail : '') + (e.remedy ? '. ' + e.remedy : '');
  const toError = (e) => {
    const errorMsg = text(e);
    return Object.assign(new Error(errorMsg), e, { status: 'error', errorMsg, message: errorMsg });
  };

  // Events. They wait until the load handlers of the script element have run,
  // then leave in order, in a task of their own: never inside the program.
  const listeners = new Map();
  let readyData;
  const run = (l, args) => {
    try {
      l.fn.apply(emitter, args);
    } catch (err) {
      console.error(err);
    }
  };
  const drop = (name, l) => {
    l.gone = true;
    listeners.set(name, (listeners.get(name) || []).filter((x) => x !== l));
  };
  const add = (once) => (name, fn) => {
    if (typeof fn !== 'function') {
      console.error('tccc.on: the listener of ' + String(name) + ' is not a function');
      return emitter;
    }
    const l = { fn, once };
    listeners.set(name, (listeners.get(name) || []).concat(l));
    if (name === 'ready' && readyData) {
      setTimeout(() => {
        if (l.gone) return;
        if (once) drop(name, l);
        run(l, [readyData]);
      });
    }
    return emitter;
  };
  const off = (name, fn) => {
    const l = (listeners.get(name) || []).filter((x) => x.fn === fn).pop();
    if (l) drop(name, l);
    return emitter;
  };
  const emitter = {
    on: add(false),
    addListener: add(false),
    once: add(true),
    off,
    removeListener: off,
    removeAllListeners(name) {
      listeners.forEach((list, key) => {
        if (name === undefined || key === name) list.slice().forEach((l) => drop(key, l));
      });
      return emitter;
    },
    emit(name, ...args) {
      const list = listeners.get(name) || [];
      list.forEach((l) => {
        if (l.gone) return;
        if (l.once) drop(name, l);
        run(l, args);
      });
      return list.length > 0;
    },
    listeners: (name) => (listeners.get(name) || []).map((l) => l.fn),
    listenerCount: (name) => (listeners.get(name) || []).length,
  };

  let status = 'offline';
  let open = false;
  let events = [];
  let told = false; // the program has said that it is ready
  let lost = false; // the socket broke after the shell has said it
  const flush = () => {
    while (open && events.length) {
      let [name, data, now, early] = events.shift();
      if (name === 'ready') {
        groups = data && data.skillGroups || groups;
        data = {};
        if (readyData) { // pages start once: the shell has said it, or a program before this
          name = lost ? 'connectionChanged' : '';
          data = { state: 'connected' };
        }
        if (!early) told = true;
      }
      data = data || {};
      // Pages read payloads flat and under data; JSON.stringify must stay finite.
      Object.defineProperty(data, 'data', { value: data, configurable: true, writable: true });
      if (now) status = now;
      if (name === 'ready') readyData = data;
      if (name) emitter.emit(name, data);
    }
  };
  const later = Promise.resolve();
  const push = (event) => {
    if (closed) return;
    events.push(event);
    later.then(flush);
  };
  const report = (code, detail) => {
    const e = entry(code, detail);
    push(['error', Object.assign(e, { status: 'error', errorMsg: text(e) })]);
  };

  // Calls. Each is a promise under a number, so that the program holds none.
  const limit = 256;
  const patience = 30000;
  const pending = new Map();
  let calls = [];
  let lastId = 0;
  let fatal = 0;
  let closed = false;
  const settle = (id, ok, json, raw) => {
    const p = pending.get(id);
    if (!p) return;
    pending.delete(id);
    clearTimeout(p.timer);
    if (ok) p.resolve(raw === undefined ? JSON.parse(json) : raw);
    else p.reject(toError(JSON.parse(json)), json);
  };
  const refuse = (id, code, detail) => settle(id, false, JSON.stringify(entry(code, detail)));
  const call = (method, options) => new Promise((resolve, reject) => {
    const id = ++lastId;
    pending.set(id, { resolve, reject });
    if (fatal) return refuse(id, fatal);
    let json;
    try {
      json = JSON.stringify(options) || '';
    } catch (err) {
      return refuse(id, 1001, String(err && err.message));
    }
    if (pending.size > limit) return refuse(id, 7002);
    const args = [id, method, json];
    if (method === 'Chat.sendFile') args.push(options && options.file);
    if (invoke) return void invoke(...args);
    calls.push(args);
    pending.get(id).timer = setTimeout(() => {
      calls = calls.filter((c) => c[0] !== id);
      refuse(id, 1005);
    }, patience);
  });
  const refuseAll = (code) => pending.forEach((p, id) => refuse(id, code));

  // The object.
  const tccc = {};
  const quiet = { online: 1, offline: 1, deleteCall: 1 };
  const namespaces = {
    Agent: 'online offline setStatus takeOver getColleagues setServerType getServerType',
    Call: 'startOutboundCall accept hungUp deleteCall muteMic unmuteMic isMicMuted startInternalCall transfer hold unHold sendDigits consult completeTransfer cancelConsult conference listen whisper barge',
    Chat: 'accept end transfer sendCardMessage sendOrderMessage sendMessage sendFile getMessages markRead setTyping',
    Video: 'accept end muteMic unmuteMic muteVideo unmuteVideo transfer getStreams',
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
    Object.keys(members).forEach((key) => Object.defineProperty(array, key, { value: members[key] }));
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
  });

  tccc.Devices.isBrowserSupported = isBrowserSupported;
  tccc.Devices.isEnvSupported = () => isBrowserSupported() && !!win.isSecureContext &&
    !!(navigator.mediaDevices && navigator.mediaDevices.getUserMedia);

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
  const link = { tccc, call, config, push, toError };
  const tool = (name) => (options) => import(new URL('tcccTools.js', url).href).catch(() => {
    throw toError(entry(1007));
  }).then((tools) => tools[name](link, options));
  seldom.split(' ').forEach((name) => { tccc.Devices[name] = tool(name); });
  tccc.getDiagnostics = tool('getDiagnostics');
  let buttons;
  tccc.overrideButtonConfig = (fn) => {
    buttons = fn;
    if (invoke) invoke(0, 'buttons', '');
  };
  // For tests and diagnostics: what shell and program hold.
  Object.defineProperty(tccc.timer, 'stats', {
    value: () => {
      const s = { pending: pending.size, listeners: 0, values: 0, memory: 0, running: !!invoke };
      listeners.forEach((l) => { s.listeners += l.length; });
      if (!invoke) return s;
      s.values = program._values.filter((v) => v !== null && v !== undefined).length;
      s.memory = program.mem.buffer.byteLength;
      return Object.assign(s, JSON.parse(invoke(0, 'stats', '')));
    },
  });

  // What the program sees of the shell. One crossing a message: JSON text.
  const root = document.createElement('t3c-sdk');
  root.id = 'tcccSdkDomRoot';
  let socket;
  let invoke;
  let program;
  const connect = () => {
    if (!socket || socket.readyState > 1 || socket.onclose) { // the program hears onclose
      socket = new WebSocket(socketURL.href, 'tccc.v1');
      greeting = undefined;
    }
    return socket;
  };

  // The login leaves before the program is there. The program takes the socket
  // over, with what has come on it.
  const loginId = Number.MAX_SAFE_INTEGER;
  let greeting; // frames that came; undefined while the shell has not logged in
  const greet = () => {
    const s = socket;
    let kept;
    try {
      kept = JSON.parse(sessionStorage.getItem('tccc'));
    } catch (err) { /* no storage */ }
    if (closed || !s || s.readyState !== 1 || s.onclose || greeting || !kept || !kept.tabId) return;
    const secret = kept.app === config.sdkAppId && kept.user === config.userId && (kept.next || kept.secret) || '';
    greeting = [];
    s.onmessage = ({ data }) => {
      greeting.push(data);
      const { id, result } = JSON.parse(data);
      if (id !== loginId || !result) return;
      // A reload before the program has taken over must find the new secret.
      sessionStorage.setItem('tccc', JSON.stringify(Object.assign(kept, {
        app: config.sdkAppId, user: config.userId, secret, next: result.secret,
      })));
      push(['ready', result.settings, result.state.status, true]);
      s.addEventListener('close', () => {
        if (s !== socket || s.onclose || told || closed) return; // hung up, or the program's affair
        lost = true;
        push(['connectionChanged', { state: 'reconnecting' }]);
      });
    };
    s.send(JSON.stringify({
      jsonrpc: '2.0', id: loginId, method: 'login', timeout: 10000,
      params: {
        token: config.token, sdkAppId: config.sdkAppId, userId: config.userId, tabId: kept.tabId, device: device(), version: config.version,
        resume: secret ? { secret, epoch: kept.epoch, seq: kept.seq || 0 } : undefined,
      },
    }));
  };
  // The name of this browser profile, as the program uses it.
  const device = () => {
    const name = localStorage.getItem('tccc.device') || Math.random().toString(36).slice(2) + Math.random().toString(36).slice(2);
    localStorage.setItem('tccc.device', name);
    return name;
  };
  const host = {
    root,
    devices: tccc.Devices,
    config: () => JSON.stringify(Object.assign(config, { again: told })),
    // Takes the program's door and hands over what waited.
    attach(fn) {
      invoke = fn;
      if (owns !== undefined) own(owns);
      const waiting = calls;
      calls = [];
      waiting.forEach((c) => {
        clearTimeout(pending.get(c[0]).timer);
        fn.apply(null, c);
      });
    },
    event: (json) => push(JSON.parse(json)),
    settle,
    connect,
    // Hands over what came on a socket that the shell has logged in on.
    greeting: () => (socket && socket.readyState === 1 ? greeting : undefined),
    join: (name) => join(name),
    take: () => take(),
    ask: () => new Promise((done) => {
      if (owns) return done('own');
      asks.set(++lastId, done);
      post('ask', lastId);
    }),
    // Gives the page's choice of the call bar's buttons, as JSON, or undefined.
    buttons(json) {
      try {
        return buttons && JSON.stringify(buttons(JSON.parse(json)));
      } catch (err) {
        console.error(err);
      }
    },
  };

  // Tabs. One tab of this browser has an agent's audio: the one that holds a
  // lock. The others wait for the lock, reach the holder through a channel, and
  // take the lock from one that does not answer. Without locks the last one
  // that came has the audio.
  const locks = navigator.locks;
  const asks = new Map();
  let agent; // whose audio
  let owns; // whether this tab has it; undefined while that is not known
  let channel;
  let round = 0; // what belongs to an earlier one does not count
  let letGo; // gives the lock back, or ends the waiting for it
  let missed = 0;
  const post = (...message) => channel && channel.postMessage(message);
  const own = (now) => {
    owns = now;
    missed = 0;
    if (invoke) invoke(0, 'owner', now ? '1' : '');
    if (!now) return;
    post('me', 1);
    asks.forEach((done) => done('own'));
    asks.clear();
  };
  const compete = (options) => {
    const mine = ++round;
    if (letGo) letGo();
    if (!locks) return own(true);
    const wait = new AbortController();
    if (!options) options = { signal: wait.signal };
    letGo = () => wait.abort();
    locks.request('tccc:' + config.sdkAppId + ':' + agent, options, (lock) => {
      if (mine !== round) return;
      if (!lock) { // another tab has it
        own(false);
        return void compete();
      }
      own(true);
      return new Promise((done) => { letGo = done; });
    }).catch((err) => {
      if (mine !== round) return;
      const taken = err.name === 'AbortError';
      own(!taken); // a page that may not use locks does without
      if (taken) compete();
    });
  };
  const take = () => owns || compete({ steal: true });
  const hear = ({ data: [what, id, answer] }) => {
    if (what === 'who' && owns) post('me');
    else if (what === 'ask' && owns && invoke) {
      const told = (json) => post('told', id, json || '');
      const n = ++lastId;
      pending.set(n, { resolve: () => told(), reject: (err, json) => told(json) });
      invoke(n, 'Agent.ready', '');
    } else if (what === 'told' && asks.has(id)) {
      asks.get(id)(answer);
      asks.delete(id);
    } else if (what === 'me') {
      missed = 0;
      if (!locks && owns && id) own(false);
      asks.forEach((done, n) => post('ask', n)); // it may be another one than before
    }
  };
  const join = (name) => {
    if (agent === name) return;
    leave();
    agent = name;
    if (!win.BroadcastChannel) return own(true);
    channel = new BroadcastChannel('tccc:' + config.sdkAppId + ':' + name);
    channel.onmessage = hear;
    compete({ ifAvailable: true });
  };
  const leave = () => {
    round++;
    if (letGo) letGo();
    if (channel) channel.close();
    agent = owns = channel = letGo = undefined;
  };

  // The name of this tab is in sessionStorage, which browsers copy when a tab
  // is duplicated: a name belongs to the page that holds it and says so, and
  // the copy gets another name and no secret. A page that is going away only
  // holds its name a little longer.
  let claimed;
  let freeTab; // gives the name back
  const claim = () => new Promise((done) => {
    let stored;
    try {
      stored = JSON.parse(sessionStorage.getItem('tccc'));
    } catch (err) { /* no storage */ }
    const hold = (name, then) => {
      const key = 'tccc-tab:' + name;
      const line = new BroadcastChannel(key);
      const wait = new AbortController();
      let over = false;
      const giveUp = () => { // browsers lose an abort that comes at once: nothing waits for it
        if (over) return;
        over = true;
        clearTimeout(timer);
        line.close();
        wait.abort();
        then();
      };
      const timer = setTimeout(giveUp, 2000);
      line.onmessage = (e) => {
        if (e.data) giveUp();
        else if (freeTab) line.postMessage(1);
      };
      line.postMessage(0);
      locks.request(key, { signal: wait.signal }, () => {
        if (over) return;
        over = true;
        clearTimeout(timer);
        done();
        return new Promise((free) => {
          freeTab = () => {
            line.close();
            freeTab = free();
          };
        });
      }).catch(giveUp);
    };
    const rename = () => {
      const name = Math.random().toString(36).slice(2) + Math.random().toString(36).slice(2);
      try {
        sessionStorage.setItem('tccc', JSON.stringify({ tabId: name }));
      } catch (err) { /* no storage */ }
      hold(name, done);
    };
    if (!locks || !win.BroadcastChannel) done();
    else if (stored && stored.tabId) hold(stored.tabId, rename);
    else rename();
  });

  // Waking and sleeping. The clock is looked at because no event tells that
  // the machine has slept.
  const wake = () => invoke && invoke(0, 'wake', '');
  let last = Date.now();
  const tick = setInterval(() => {
    const gap = Date.now() - last;
    last += gap;
    if (gap < 0 || gap > 5000) {
      missed = 0;
      wake();
    } else if (owns === false) {
      if (++missed > 5) take();
      else post('who');
    }
  }, 1000);
  const sleep = () => {
    leave();
    if (freeTab) freeTab();
    if (invoke) invoke(0, 'sleep', '');
  };
  const heard = [];
  const listen = (target, name, fn) => {
    if (!target || !target.addEventListener) return;
    target.addEventListener(name, fn);
    heard.push(() => target.removeEventListener(name, fn));
  };
  listen(win, 'online', wake);
  listen(win, 'offline', wake);
  listen(navigator.connection, 'change', wake);
  listen(document, 'visibilitychange', () => document.hidden || wake());
  listen(document, 'freeze', sleep);
  listen(document, 'resume', () => claim().then(wake));
  listen(win, 'pagehide', sleep); // the gateway learns at once that the page is gone
  listen(win, 'pageshow', (e) => e.persisted && claim().then(wake));

  // The program: load, run, start again if it fails.
  let attempts = 0;
  let since = 0;
  const retry = (code, detail) => {
    if (since && Date.now() - since > 60000) attempts = 0; // it had run well
    since = 0;
    report(code, detail);
    if (++attempts > 5) {
      fatal = code;
      refuseAll(code);
      leave();
      hangUp(true);
    } else {
      setTimeout(start, 250 << attempts);
    }
  };
  // Makes what is left of a program that has ended harmless: functions that
  // the page still holds, its timers, and the media that it held.
  const stop = (v) => {
    if (v instanceof RTCPeerConnection) v.close();
    else if (v instanceof AudioContext && v.state !== 'closed') v.close();
    else if (v instanceof MediaStreamTrack) v.stop();
    else if (v instanceof HTMLMediaElement) v.pause();
  };
  const ended = (go, err) => {
    if (go.ended) return;
    go.ended = true;
    go.held.forEach(stop);
    go.held = [];
    go._resume = () => {};
    go._scheduledTimeouts.forEach((t) => clearTimeout(t));
    go._scheduledTimeouts.clear();
    if (program !== go) return;
    program = invoke = undefined;
    hangUp();
    if (closed) return;
    const queued = new Set(calls.map((c) => c[0]));
    pending.forEach((p, id) => queued.has(id) || refuse(id, 1006));
    if (readyData) push(['connectionChanged', { state: 'reconnecting' }]);
    retry(1006, err && String(err.message));
  };
  const hangUp = (forGood) => {
    if (!socket) return;
    if (forGood && greeting && socket.readyState === 1) socket.send('{"jsonrpc":"2.0","id":1,"method":"logout"}');
    socket.onopen = socket.onmessage = socket.onerror = socket.onclose = null;
    socket.close();
    socket = undefined;
  };
  const start = () => {
    if (closed) return;
    // A second try takes the long way, in case a proxy spoils the media type.
    compiled = compiled || (attempts ? fetch(wasmURL).then((r) => r.arrayBuffer()).then((b) => WebAssembly.compile(b)) : stream());
    const go = new Go();
    Promise.all([compiled, claimed]).then(([module]) => WebAssembly.instantiate(module, go.importObject)).then((instance) => {
      if (closed) return;
      since = Date.now();
      program = go;
      go.exit = () => ended(go);
      go.held = [];
      const resume = go._resume;
      go._resume = () => {
        try {
          resume.call(go);
        } catch (err) {
          ended(go, err);
        }
      };
      // The program takes the host before it first waits; nobody else sees it.
      win.tcccHost = host;
      go.run(instance).catch((err) => ended(go, err));
      delete win.tcccHost;
      if (!go.ended) go.held = go._values;
    }, (err) => {
      compiled = undefined;
      if (!closed) retry(1007, String(err && err.message));
    });
  };

  // Removing the DOM root, or running the script again, is how pages unload.
  const mark = Symbol.for('tccc.shutdown');
  const shutdown = () => {
    if (closed) return;
    closed = true;
    fatal = 1004;
    status = 'offline';
    observer.disconnect();
    clearInterval(tick);
    heard.forEach((remove) => remove());
    leave();
    if (freeTab) freeTab();
    root.remove();
    try {
      sessionStorage.removeItem('tccc');
      sessionStorage.removeItem('tccc.chat');
    } catch (err) { /* storage is switched off */ }
    if (link.stop) link.stop();
    if (invoke) invoke(0, 'shutdown', '');
    else hangUp(true);
    refuseAll(1004);
    events = [];
    listeners.clear();
    compiled = invoke = buttons = undefined;
    if (win[mark] === shutdown) delete win[mark];
  };
  let mounted = false;
  const watch = () => {
    if (!mounted && document.body) {
      mounted = true;
      document.body.appendChild(root);
    }
    if (!mounted) return;
    if (root.isConnected) observer.observe(root.parentNode, { childList: true });
    else shutdown();
  };
  const observer = new MutationObserver(watch);
  if (win[mark]) win[mark]();
  Object.defineProperty(win, mark, { value: shutdown, configurable: true });
  try {
    if (!customElements.get('t3c-sdk')) customElements.define('t3c-sdk', class extends HTMLElement {});
  } catch (err) { /* any element of that name will do */ }
  observer.observe(document.documentElement, { childList: true });
  watch();

  Object.defineProperty(win, 'tccc', { value: tccc, writable: true, configurable: true, enumerable: true });

  if (supported) {
    claimed = claim();
    try {
      connect().onopen = () => claimed.then(() => {
        try {
          greet();
        } catch (err) { /* no storage: the program logs in */ }
      });
    } catch (err) { /* the program reports it */ }
    start();
    try {
      void localStorage.length; // the first look takes long, the later ones are quick then
    } catch (err) { /* no storage */ }
  } else {
    fatal = 1003;
    report(1003);
  }

  // Text that is inline or evaluated has no load event.
  const gate = () => setTimeout(() => {
    open = true;
    flush();
  });
  if (running && running.src) running.addEventListener('load', gate);
  else gate();
})();
