// What the program sees of the shell. One crossing a message: JSON text.
const root = document.createElement('t3c-sdk');
root.id = 'tcccSdkDomRoot';
let invoke; // the program's door, while it runs
// A device that opens for a program that has ended is let go: nobody else would.
const capturer = {};
['getUserMedia', 'getDisplayMedia'].forEach((name) => {
  capturer[name] = async (constraints) => {
    const asker = program;
    const stream = await navigator.mediaDevices[name](constraints);
    if (closed || asker !== program) stream.getTracks().forEach((track) => track.stop());
    return stream;
  };
});
link.capturer = capturer;
const host = {
  root,
  capturer,
  devices: tccc.Devices,
  config: () => JSON.stringify(Object.assign(config, { again: !!readyData, place })),
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
  // Calls done once the page has heard what was pushed so far. A page that goes
  // away has no turn any more, and its program lets go at once.
  turn: (done) => { closed || gone ? done() : later.then(done); },
  settle,
  connect,
  device,
  kept: () => JSON.stringify(kept),
  keep: (json) => keep(JSON.parse(json)),
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
      return buttons && pack(buttons(JSON.parse(json)));
    } catch (err) {
      console.error(err);
    }
  },
};
