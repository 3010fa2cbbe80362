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
const runtimeURL = new URL('__TCCC_RUNTIME__', url).href;
const stream = () => WebAssembly.compileStreaming(fetch(wasmURL));
const supported = isBrowserSupported();
let compiled = supported && !nowhere ? stream() : undefined;
let loaded = compiled && import(runtimeURL);
