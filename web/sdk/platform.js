// What the SDK needs of the platform, taken before anything else: pages put
// things of their own under such names, and an element with an id is a property
// of the window where there is none of that name. This is what the
// other parts get, and the program.
const win = window;
const page = globalThis;
const bare = (fields) => Object.assign(Object.create(null), fields);
// define adds a property also where Object.prototype has members of a
// descriptor, or is frozen.
const define = (object, key, value, enumerable) =>
  Object.defineProperty(object, key, bare({ value, enumerable, writable: true, configurable: true }));

const isNative = (f) => typeof f === 'function' && /\[native code]/.test(Function.prototype.toString.call(f));
let pristine; // what a new window has
const native = (name, member) => {
  const own = win[name];
  if (isNative(member ? own && own[member] : own)) return own;
  try {
    if (!pristine) {
      const frame = document.documentElement.appendChild(document.createElement('iframe'));
      const { Map, Set, Symbol, JSON } = frame.contentWindow;
      pristine = { Map, Set, Symbol, JSON };
      frame.remove();
    }
    return pristine[name];
  } catch (err) {
    return own; // it may do
  }
};
const Promise = (async () => {})().constructor;
const Map = native('Map');
const Set = native('Set');
const Symbol = native('Symbol');
const JSON = native('JSON', 'stringify');

// Consoles are taken away, emptied, and made to throw.
const console = {};
['log', 'info', 'debug', 'warn', 'error'].forEach((level) => {
  console[level] = (...what) => {
    try {
      win.console[level](...what);
    } catch (err) { /* nobody is to be told */ }
  };
});

// install puts the SDK into the page, which may have declared the name itself.
// What it declared and left empty becomes the SDK; what it filled with something
// else stays.
const install = (sdk, mark) => {
  let seen;
  try {
    define(win, 'tccc', sdk, true);
  } catch (err) {
    try {
      win.tccc = sdk;
    } catch (e) { /* it is read-only */ }
  }
  try {
    if (!tccc || tccc[mark]) tccc = sdk;
    seen = tccc;
  } catch (err) { /* a constant */ }
  if (win.tccc === sdk && seen === sdk) return;
  console.error('tccc: the page has a tccc of its own that cannot be set, so it is not the SDK. Rename it' +
    (win.tccc === sdk ? ', or use window.tccc' : ''));
};
