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
let spoken = false; // something has been told
const flush = () => {
  while (open && events.length) {
    let [name, data, now] = events.shift();
    if (name === 'ready') {
      groups = data && data.skillGroups || groups;
      if (readyData) continue; // pages start once
      data = {};
    }
    data = data || {};
    // Pages read payloads flat and under data; JSON.stringify must stay finite.
    Object.defineProperty(data, 'data', { value: data, configurable: true, writable: true });
    if (now) status = now;
    if (name === 'ready') readyData = data;
    emitter.emit(name, data);
  }
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
  const say = (why) => report(Object.assign(entry(code, detail), why));
  const found = tool('explain')({ code, detail, opened, socketURL, wasmURL });
  within(found, 1800).then(say, () => {
    say();
    found.then(say, () => {}); // late, and better than not at all
  });
};
