// The runtime of the program: the compiler's wasm_exec.js. It looks for what it
// needs on the global object, makes what is missing, leaves Go there, and hands the
// object to the program. Here it is given an object of its own, so that it neither
// sees nor changes what the page has under those names, and the program is handed
// the page's, where it finds that object's members first.
const { get, set, apply, construct, deleteProperty } = Reflect;

export const runtime = (page, { Map, Promise, JSON, console }) => {
  const { crypto, performance, TextEncoder, TextDecoder } = page;
  const env = Object.assign(Object.create(null), { crypto, performance, TextEncoder, TextDecoder, Promise, JSON, console });
  const Reflect = { set, apply, construct, deleteProperty, get: (object, key) => (object === page && key in env ? env[key] : get(object, key)) };
  let fs;
  (function (globalThis) {
    __WASM_EXEC__
    fs = globalThis.fs;
    globalThis = page;
  })(env);
  return env;
};
