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
    console.error('tccc.on: the listener is not a function, but ' + typeof fn);
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
let spoken = false; // something has been told
// Pages read payloads flat and under data, and copy them in every way there is.
const payload = (data) => define(Object.assign({}, data), 'data', Object.assign({}, data), true);
const tell = (name, data) => emitter.emit(name, payload(data));
const flush = () => {
  while (open && events.length) {
    let [name, data, now] = events.shift();
    if (name === 'ready') {
      groups = data && data.skillGroups || groups;
      if (readyData) continue; // pages start once
      data = {};
    }
    data = payload(data);
    follow(name, data);
    if (now) status = now;
    if (name === 'ready') readyData = data;
    emitter.emit(name, data);
  }
};
// The sessions that the page has been told of, and not of their end.
const sessions = new Map();
const follow = (name, { sessionId, type = 'phone' }) => {
  if (name === 'callIn' || name === 'callOuted') sessions.set(sessionId, { sessionId, type, closeBy: 'seat', duration: 0 });
  if (name === 'sessionEnded' || name === 'autoTransfer' || name === 'transfer') sessions.delete(sessionId);
};
const later = Promise.resolve();
const push = (event) => {
  if (closed) return;
  spoken = true;
  events.push(event);
  later.then(flush);
};
const report = (e) => push(['error', Object.assign(e, { status: 'error', errorMsg: text(e) })]);
// Reports with what can be found out about it.
const explain = (code, detail, opened) => {
  const say = (why) => { // a connection that is there by now needs no explanation
    if (code !== 6001 || !readyData) report(Object.assign(entry(code, detail), why));
  };
  const found = tool('explain')({ code, detail, opened, socketURL, wasmURL });
  within(found, 1800).then(say, () => {
    say();
    found.then(say, () => {}); // late, and better than not at all
  });
};
