// Errors that can happen without the program; the texts are those of the catalogue.
const catalogue = {
  1001: ['InvalidOptions', 'The options are not valid', 'An option is missing or has the wrong type.', 'Correct the option that the error names in field', false],
  1003: ['UnsupportedBrowser', 'This browser cannot run the SDK', 'WebAssembly, WebRTC or WebSocket is missing or switched off.', 'Use a current Chrome, Edge, Firefox or Safari', false],
  1004: ['ShutDown', 'The SDK has been unloaded', 'Its DOM root was removed or a newer instance replaced it.', 'Load the SDK script again and use the new window.tccc', false],
  1005: ['Timeout', 'The call did not finish in time', 'The gateway or a device did not answer before the deadline.', 'Try again; if it goes on, look at the network and the gateway\'s log', true],
  1006: ['Program', 'The SDK program failed and is being restarted', 'A fault inside the SDK.', 'Wait until connectionChanged says connected; send the diagnostics to whoever runs the gateway', true],
  1007: ['Load', 'The SDK program could not be loaded', 'The .wasm file could not be fetched or compiled, or a Content-Security-Policy forbids it.', 'Check the network, and allow \'wasm-unsafe-eval\' and the gateway\'s origin in the policy', true],
  6001: ['Disconnected', 'There is no connection to the gateway', 'The network or the gateway is away; the SDK is reconnecting.', 'Try again when connected', true],
  7002: ['Overloaded', 'Too many requests', 'A limit on messages or sessions was reached.', 'Wait a moment and try again', true],
};
const entry = (code, detail, field) => {
  const [name, message, cause, remedy, recoverable] = catalogue[code];
  return { code, name, message, cause, remedy, recoverable, detail, field };
};
const text = (e) => e.message + (e.detail ? ': ' + e.detail : '') + (e.remedy ? '. ' + e.remedy : '');
// An Error to those who look at it, and a plain object to those who copy it:
// of an Error a structured clone keeps the message alone.
const toError = (e) => {
  const errorMsg = text(e);
  const error = Object.create(Error.prototype);
  const fields = Object.assign({}, e, { status: 'error', errorMsg, message: errorMsg });
  Object.keys(fields).forEach((key) => define(error, key, fields[key], true));
  define(error, 'stack', new Error(errorMsg).stack);
  return define(error, Symbol.toStringTag, 'Error');
};
// What the page's code throws can be anything.
const reason = (err) => {
  try {
    return String(err && err.message || err);
  } catch (e) {
    return 'it throws';
  }
};
