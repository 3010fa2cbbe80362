// The connection of the customers' page: JSON-RPC 2.0 over /ws/visitor. It
// comes back by itself, with jitter, and says hello first.

const PROTOCOL = 'tccc.visitor.v1';
const WAIT = { first: 500, most: 30000 }; // ms, doubled each time, of which a random part is waited
const PING = 20000;                       // ms
const ANSWER = 20000;                     // ms that a request may take
const STEADY = 10000;                     // ms after which a connection counts as good

// problem makes an error that looks like those of the gateway.
const problem = (code, name, message) => Object.assign(new Error(message), { code, name, recoverable: true });
export const isLost = (err) => err.code === 6001 || err.code === 1005 || err.code === 7003;
export const isBusy = (err) => err.code === 7002;

export class Connection {
  // hello gives the parameters of hello anew for each connection.
  constructor(hello) {
    this.hello = hello;
    this.state = 'connecting'; // connecting, open, waiting, refused
    this.listeners = new Map();
    this.pending = new Map();
    this.lastID = 0;
    this.tries = 0;
    const soon = () => { if (this.state === 'waiting') this.connect(); };
    addEventListener('online', soon);
    document.addEventListener('visibilitychange', () => { if (!document.hidden) soon(); });
  }

  // on calls f with the parameters of each notification of a name, and returns
  // what takes it off. "state" and "hello" are the connection's own.
  on(name, f) {
    if (!this.listeners.has(name)) this.listeners.set(name, new Set());
    this.listeners.get(name).add(f);
    return () => this.listeners.get(name).delete(f);
  }

  emit(name, value) {
    for (const f of [...(this.listeners.get(name) || [])]) {
      try {
        f(value);
      } catch (err) {
        console.error(err);
      }
    }
  }

  enter(state, err) {
    this.state = state;
    this.emit('state', { state, error: err });
  }

  connect() {
    clearTimeout(this.timer);
    const url = new URL('ws/visitor', location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    const ws = this.ws = new WebSocket(url, PROTOCOL);
    this.enter('connecting');
    ws.onopen = () => this.greet(ws);
    ws.onmessage = (e) => { if (ws === this.ws) this.take(JSON.parse(e.data)); };
    ws.onclose = () => { if (ws === this.ws) this.lost(); };
  }

  async greet(ws) {
    try {
      const result = await this.ask('hello', this.hello());
      if (ws !== this.ws) return;
      this.state = 'open';
      this.ice = result.ice;
      this.emit('hello', result);
      this.emit('state', { state: 'open' });
      this.steady = setTimeout(() => { this.tries = 0; }, STEADY);
      this.ping(ws);
    } catch (err) {
      if (ws !== this.ws || isLost(err)) return this.drop(ws);
      if (err.recoverable) return this.drop(ws); // too many at the moment, for instance
      this.ws = null;
      ws.close();
      this.enter('refused', err);
    }
  }

  // drop gives a socket up that does not answer any more.
  drop(ws) {
    if (ws !== this.ws) return;
    ws.onclose = null;
    ws.close();
    this.lost();
  }

  lost() {
    this.ws = null;
    clearTimeout(this.steady);
    clearTimeout(this.beat);
    for (const { reject } of this.pending.values()) reject(problem(6001, 'Disconnected', 'There is no connection'));
    this.pending.clear();
    const most = Math.min(WAIT.most, WAIT.first * 2 ** this.tries++);
    this.timer = setTimeout(() => this.connect(), Math.random() * most);
    this.enter('waiting');
  }

  ping(ws) {
    this.beat = setTimeout(() => {
      this.ask('ping', {}).then(({ ice }) => { this.ice = ice; this.ping(ws); }, () => this.drop(ws));
    }, PING);
  }

  take(frame) {
    if (!frame.id) {
      this.emit(frame.method, frame.params || {});
      return;
    }
    const waiting = this.pending.get(frame.id);
    if (!waiting) return;
    this.pending.delete(frame.id);
    if (frame.error) waiting.reject(Object.assign(new Error(frame.error.message), frame.error));
    else waiting.resolve(frame.result);
  }

  ask(method, params) {
    const ws = this.ws;
    const id = ++this.lastID;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.pending.delete(id);
        reject(problem(1005, 'Timeout', 'There was no answer in time'));
      }, ANSWER);
      const settle = (f) => (value) => { clearTimeout(late); f(value); };
      this.pending.set(id, { resolve: settle(resolve), reject: settle(reject) });
      ws.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  // request asks the gateway. It is rejected with an error of its catalogue,
  // at once if there is no connection.
  request(method, params = {}) {
    if (this.state !== 'open') return Promise.reject(problem(6001, 'Disconnected', 'There is no connection'));
    return this.ask(method, params);
  }
}
