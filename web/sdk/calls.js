// Calls. Each is a promise under a number, so that the program holds none.
const limit = 256;
const patience = 8000; // until the program is there; it gives a call without a connection ten seconds more
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
const refuse = (id, code, detail, field) => settle(id, false, JSON.stringify(entry(code, detail, field)));
// JSON of what pages hand over, without the toJSON that old libraries give to
// every array and object.
const pack = (value) => JSON.stringify(value, function (key, made) {
  const raw = this[key];
  if (!raw || typeof raw !== 'object') return made;
  return raw.toJSON === Array.prototype.toJSON || raw.toJSON === Object.prototype.toJSON ? raw : made;
}) || '';
// The member of options that cannot be read, as far as one can tell.
const culprit = (options) => attempt(() => Object.keys(options).find((key) => {
  try {
    pack(options[key]);
  } catch (err) {
    return true;
  }
}));
const call = (method, options, object) => new Promise((resolve, reject) => {
  const id = ++lastId;
  pending.set(id, { resolve, reject });
  if (fatal) return refuse(id, fatal, nowhere);
  const args = [id, method];
  try {
    args.push(pack(options));
    if (method === 'Chat.sendFile') object = options && options.file;
    if (object) args.push(object);
  } catch (err) {
    return refuse(id, 1001, 'options cannot be read: ' + reason(err), culprit(options));
  }
  if (pending.size > limit) return refuse(id, 7002);
  if (invoke) return void invoke(...args);
  calls.push(args);
  pending.get(id).timer = setTimeout(() => {
    calls = calls.filter((c) => c[0] !== id);
    refuse(id, attempts ? 1007 : 1005);
  }, patience);
});
const refuseAll = (code) => pending.forEach((p, id) => refuse(id, code));
