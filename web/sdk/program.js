// The program: load, run, start again if it fails.
let program;
let attempts = 0;
let since = 0;
let again; // the next try
const retry = (code, detail) => {
  if (since && Date.now() - since > 60000) attempts = 0; // it had run well
  since = 0;
  const offline = () => push(['statusChanged', { status: 'offline' }, 'offline']);
  if (code !== 1007) report(entry(code, detail));
  else if (!attempts) {
    offline(); // no program, no agent
    explain(code, detail);
  }
  if (attempts < 7) attempts++; // twice a minute in the end
  if (attempts > 5) {
    if (status !== 'offline') offline();
    fatal = code;
    refuseAll(code);
    leave();
    hangUp(true);
    if (code !== 1007) return; // what blocks it may go away
  }
  again = setTimeout(start, 250 << attempts);
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
  retry(1006, err && reason(err));
};
const hangUp = (forGood) => {
  if (!socket) return;
  if (forGood && greeting && socket.readyState === 1) socket.send('{"jsonrpc":"2.0","id":1,"method":"logout"}');
  socket.onopen = socket.onmessage = socket.onerror = socket.onclose = null;
  socket.close();
  socket = undefined;
};
const start = () => {
  clearTimeout(again);
  again = undefined;
  if (closed) return;
  // A second try takes the long way, in case a proxy spoils the media type.
  compiled = compiled || (attempts ? fetch(wasmURL).then((r) => r.arrayBuffer()).then((b) => WebAssembly.compile(b)) : stream());
  // A failed import is not tried again under the same name.
  loaded = loaded || import(runtimeURL + (attempts ? '?' + Date.now() : ''));
  let go;
  let env;
  Promise.all([compiled, loaded, claimed]).then(([module, { runtime }]) => {
    env = runtime(page, { Map, Promise, JSON, console });
    go = new env.Go();
    return WebAssembly.instantiate(module, go.importObject);
  }).then((instance) => {
    if (closed) return;
    since = Date.now();
    if (fatal) fatal = attempts = 0;
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
    env.tcccHost = host; // nobody else sees it
    go.run(instance).catch((err) => ended(go, err));
    if (!go.ended) go.held = go._values;
  }, (err) => {
    compiled = loaded = undefined;
    if (!closed) retry(1007, reason(err));
  });
};
