// The socket to the gateway.
let socket;
const connect = () => {
  if (!socket || socket.readyState > 1 || socket.onclose) { // the program hears onclose
    socket = new WebSocket(socketURL.href, 'tccc.v1');
    greeting = undefined;
  }
  return socket;
};

// The login leaves before the program is there. The program takes the socket
// over, with what has come on it.
const loginId = Number.MAX_SAFE_INTEGER;
let greeting; // frames that came; undefined while the shell has not logged in
const greet = () => {
  const s = socket;
  let kept;
  try {
    kept = JSON.parse(sessionStorage.getItem('tccc'));
  } catch (err) { /* no storage */ }
  if (closed || !s || s.readyState !== 1 || s.onclose || greeting || !kept || !kept.tabId) return;
  const secret = kept.app === config.sdkAppId && kept.user === config.userId && (kept.next || kept.secret) || '';
  greeting = [];
  s.onmessage = ({ data }) => {
    greeting.push(data);
    const { id, result } = JSON.parse(data);
    if (id !== loginId || !result) return;
    // A reload before the program has taken over must find the new secret.
    sessionStorage.setItem('tccc', JSON.stringify(Object.assign(kept, {
      app: config.sdkAppId, user: config.userId, secret, next: result.secret,
    })));
    push(['ready', result.settings, result.state.status, true]);
    s.addEventListener('close', () => {
      if (s !== socket || s.onclose || told || closed) return; // hung up, or the program's affair
      lost = true;
      push(['connectionChanged', { state: 'reconnecting' }]);
    });
  };
  s.send(JSON.stringify({
    jsonrpc: '2.0', id: loginId, method: 'login', timeout: 10000,
    params: {
      token: config.token, sdkAppId: config.sdkAppId, userId: config.userId, tabId: kept.tabId, device: device(), version: config.version,
      resume: secret ? { secret, epoch: kept.epoch, seq: kept.seq || 0 } : undefined,
    },
  }));
};
// The name of this browser profile, as the program uses it.
const device = () => {
  const name = localStorage.getItem('tccc.device') || Math.random().toString(36).slice(2) + Math.random().toString(36).slice(2);
  localStorage.setItem('tccc.device', name);
  return name;
};
