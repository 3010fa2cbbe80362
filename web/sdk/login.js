// The socket to the gateway.
let socket;
let opened = false; // a socket has opened
const connect = () => {
  if (!socket || socket.readyState > 1 || socket.onclose) { // the program hears onclose
    const s = socket = new WebSocket(socketURL.href, 'tccc.v1');
    greeting = undefined;
    s.addEventListener('open', () => { opened = true; });
    s.addEventListener('close', () => opened || doubt());
  }
  return socket;
};

// The login leaves before the program is there, and says so: the agent is there
// once the program is. It takes the socket over, with what has come on it.
const loginId = Number.MAX_SAFE_INTEGER;
let greeting; // frames that came; undefined while the shell has not logged in
let answered = false; // the gateway has answered that
const greet = () => {
  const s = socket;
  if (closed || !s || s.readyState !== 1 || s.onclose || greeting) return;
  const secret = kept.app === config.sdkAppId && kept.user === config.userId && (kept.next || kept.secret) || '';
  greeting = [];
  s.onmessage = ({ data }) => {
    greeting.push(data);
    const { id, result } = JSON.parse(data);
    if (id !== loginId) return;
    answered = true;
    if (!result) return; // the program tells why
    // A reload before the program has taken over must find the new secret.
    keep(Object.assign(kept, { app: config.sdkAppId, user: config.userId, secret, next: result.secret }));
  };
  s.send(JSON.stringify({
    jsonrpc: '2.0', id: loginId, method: 'login', timeout: 10000,
    params: {
      token: config.token, sdkAppId: config.sdkAppId, userId: config.userId, tabId: kept.tabId, device: device(), version: config.version,
      resume: secret ? { secret, epoch: kept.epoch, seq: kept.seq || 0 } : undefined, early: true,
    },
  }));
};
// The name of this browser profile.
const device = () => {
  const name = load('localStorage', 'tccc.device') || random();
  save('localStorage', 'tccc.device', name);
  return name;
};

// Tells the page why there is no login yet, unless it has been told something.
const doubted = 3000;
const doubt = () => {
  if (closed || spoken) return;
  if (answered) { // it is the program that takes its time; once it runs, it has as long again
    answered = !invoke;
    return void setTimeout(doubt, doubted);
  }
  spoken = true;
  explain(6001, '', opened);
};
