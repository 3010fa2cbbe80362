// Voice and video calls of the customers' page: one at a time, beside the chat.
// A call has a connection of its own; one that is lost is made anew, also after
// the page was loaded again.

import { customer } from './customer.js';
import { lang, reasonOf } from './customer-text.js';
import { el, icon } from './customer-view.js';

const TEXTS = {
  en: {
    voip: 'Voice call', video: 'Video call', mute: 'Mute', unmute: 'Unmute', cameraOff: 'Camera off', cameraOn: 'Camera on', end: 'End the call',
    close: 'Close', remote: 'Picture of the agent', share: 'Share the screen', unshare: 'Stop sharing the screen', screen: 'Screen of the agent', self: 'Your own picture', hear: 'Switch the sound on', call: 'Call',
    asking: 'Please allow the microphone', askingVideo: 'Please allow microphone and camera', connecting: 'Connecting…', again: 'The connection was lost, trying again…',
    queued: 'Waiting for an agent', position: (n) => 'You are number ' + n + ' in the queue', ringing: 'An agent is being called…',
    talking: (name) => (name ? 'You are talking to ' + name : 'You are connected'), held: 'You are on hold, one moment please', noPicture: 'The agent’s camera is off',
    noShare: 'The screen is not shared. Choose a screen, a window or a tab; on a Mac, allow the browser to record the screen in the system settings.',
    ended: 'The call has ended', micDenied: 'The microphone is blocked. Allow it in the address bar of the browser, then call again.',
    noMic: 'No microphone was found. Connect one, then call again.', micBusy: 'Another program uses the microphone. Close it, then call again.',
    insecure: 'Calls need a secure page (https).', noCamera: 'The camera cannot be used: you are heard, but not seen.', failed: 'The call did not work: ',
    reasons: {
      queueTimeout: 'Sorry, nobody could take the call in time.', queueFull: 'Sorry, all lines are busy. Please try again later.',
      noAgent: 'Sorry, nobody is there at the moment. Please try again later.', networkLost: 'The call ended because the connection was lost.',
      agentLost: 'The call ended because the agent lost the connection.', maxDuration: 'The call has reached its longest duration.',
      gatewayRestart: 'The call ended because of maintenance. Please call again.',
    },
  },
  zh: {
    voip: '语音通话', video: '视频通话', mute: '静音', unmute: '取消静音', cameraOff: '关闭摄像头', cameraOn: '打开摄像头', end: '结束通话',
    close: '关闭', remote: '客服画面', share: '共享屏幕', unshare: '停止共享屏幕', screen: '客服的屏幕', self: '我的画面', hear: '打开声音', call: '通话',
    asking: '请允许使用麦克风', askingVideo: '请允许使用麦克风和摄像头', connecting: '正在连接…', again: '连接已断开，正在重试…',
    queued: '正在等待客服', position: (n) => '您排在第 ' + n + ' 位', ringing: '正在呼叫客服…',
    talking: (name) => (name ? '正在与 ' + name + ' 通话' : '已接通'), held: '通话保持中，请稍候', noPicture: '客服未打开摄像头',
    noShare: '屏幕未共享。请选择屏幕、窗口或标签页；在 Mac 上，请在系统设置中允许浏览器录制屏幕。',
    ended: '通话已结束', micDenied: '麦克风被禁止。请在浏览器地址栏允许使用麦克风，然后重新呼叫。',
    noMic: '未找到麦克风。请连接麦克风后重新呼叫。', micBusy: '麦克风被其他程序占用。请关闭该程序后重新呼叫。',
    insecure: '通话需要安全页面（https）。', noCamera: '无法使用摄像头：对方能听到您，但看不到您。', failed: '通话失败：',
    reasons: {
      queueTimeout: '抱歉，暂时无人接听。', queueFull: '抱歉，线路繁忙，请稍后再试。', noAgent: '抱歉，目前没有客服在线，请稍后再试。',
      networkLost: '连接中断，通话已结束。', agentLost: '客服连接中断，通话已结束。', maxDuration: '通话已达最长时间。', gatewayRestart: '系统维护，通话已结束，请重新呼叫。',
    },
  },
};
const T = TEXTS[lang];
const ICONS = {
  voip: 'M5.4 3.9h3l1.6 4-2 1.5a11.6 11.6 0 0 0 5.6 5.6l1.5-2 4 1.6v3a1.9 1.9 0 0 1-2 1.9C10 19 4.9 14 3.5 5.9a1.9 1.9 0 0 1 1.9-2z',
  video: 'M3.8 7h11.4v10H3.8zM15.2 10.7l5-2.7v8l-5-2.7',
  mute: 'M12 3.5a2.7 2.7 0 0 1 2.7 2.7v5.1a2.7 2.7 0 0 1-5.4 0V6.2A2.7 2.7 0 0 1 12 3.5zM5.8 11.2a6.2 6.2 0 0 0 12.4 0M12 17.5v3',
  screen: 'M3.8 5h16.4v11H3.8zM12 13V8M9.5 10.2L12 7.7l2.5 2.5M8 19.2h8',
  end: 'M3.2 14.6c-.6-.9-.5-2.1.3-2.9 4.7-4.3 12.3-4.3 17 0 .8.7.9 2 .3 2.9l-1.1 1.5-4.3-1.4v-2.5a12 12 0 0 0-6.8 0v2.5l-4.3 1.4z',
};
const KEPT = 'tccc.call';               // in sessionStorage: the call to go on with after a reload
const LOST = 3000;                      // ms that a connection may be interrupted
const STILL = 500;                      // ms between looks whether the picture moves
const RETRY = { first: 300, most: 8000 }; // ms before the next connection, doubled each time
const GONE = 4001;                      // the session has ended
const SCREEN = { frameRate: { max: 15 }, width: { max: 1920 }, height: { max: 1200 } };
const SCREEN_RATE = 2500000;            // bit/s
const VIDEO = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 24 } };

const box = document.getElementById('call');
const parameter = (name) => new URLSearchParams(location.search).get(name) || undefined;

// call is the present call, or the last one until it is put away:
// type, session (VisitorSession, null before it has begun), mic, camera and screen
// (tracks or null), muted, cameraOff, note (what the customer should know),
// over, and of its connection pc, picture and shown (senders of camera and screen), up, seen, tries, timer, watch.
let call = null;

// --- what is shown -----------------------------------------------------------
const button = (name, f, path) => el('button', { type: 'button', className: 'call-button', id: 'call-' + name, onclick: f }, icon(path));
const ui = {
  state: el('p', { className: 'call-state', id: 'call-state' }),
  screen: el('video', { id: 'call-screen', autoplay: true, playsInline: true, muted: true, hidden: true }),
  remote: el('video', { id: 'call-remote', autoplay: true, playsInline: true }),
  self: el('video', { id: 'call-self', autoplay: true, playsInline: true, muted: true }),
  cover: el('p', { className: 'call-cover', id: 'call-cover' }),
  note: el('p', { className: 'call-note', id: 'call-note' }),
  hear: el('button', { type: 'button', className: 'call-hear', id: 'call-hear', hidden: true, onclick: () => sound() }, T.hear),
  mute: button('mute', () => toggleMute(), ICONS.mute),
  camera: button('camera', () => toggleCamera(), ICONS.video),
  share: button('share', () => (call.screen ? unshare(call) : share()), ICONS.screen),
  end: button('end', () => leave(), ICONS.end),
};
const pictures = el('div', { className: 'call-pictures' }, ui.screen, ui.remote, ui.cover, ui.self);
ui.state.setAttribute('role', 'status');
ui.note.setAttribute('role', 'alert');
ui.remote.setAttribute('aria-label', T.remote);
ui.self.setAttribute('aria-label', T.self);
ui.screen.setAttribute('aria-label', T.screen);
box.setAttribute('aria-label', T.call);
box.className = 'call';
box.append(ui.state, pictures, ui.note, ui.hear, el('div', { className: 'call-buttons' }, ui.mute, ui.camera, ui.share, ui.end));

const starters = ['voip', 'video'].map((type) => {
  const b = el('button', { type: 'button', className: 'tool', id: 'begin-' + type, title: T[type], onclick: () => begin(type) }, icon(ICONS[type]));
  b.setAttribute('aria-label', T[type]);
  document.getElementById('tools').append(b);
  return { type, b };
});

function label(b, text, pressed) {
  b.title = text;
  b.setAttribute('aria-label', text);
  b.setAttribute('aria-pressed', String(!!pressed));
}

function stateText() {
  const s = call.session;
  if (call.over) return call.over;
  if (!s) return call.type === 'video' ? T.askingVideo : T.asking;
  if (!call.up) return call.joined ? T.again : T.connecting;
  switch (s.state) {
    case 'ringing': return T.ringing;
    case 'talking': return T.talking(s.agentName);
    case 'held': return T.held;
  }
  return T.queued + (s.position > 1 ? ' – ' + T.position(s.position) : '');
}

function render() {
  for (const { type, b } of starters) {
    b.hidden = !customer.groups.some((g) => (g.types || []).includes(type));
    b.disabled = !customer.connected || !!call && !call.over;
  }
  box.hidden = !call;
  if (!call) return;
  const talking = call.session?.state === 'talking' && !call.over;
  box.dataset.state = call.over ? 'ended' : call.session?.state || 'asking';
  box.dataset.type = call.type;
  box.dataset.connection = call.up ? 'up' : 'down';
  ui.state.textContent = stateText();
  ui.note.textContent = call.note || '';
  ui.note.hidden = !call.note;
  pictures.hidden = call.type !== 'video' || !!call.over;
  const seen = talking && !!call.seen;
  ui.screen.hidden = !(talking && call.session.agentScreenShared);
  box.dataset.screen = ui.screen.hidden ? 'off' : 'on';
  box.dataset.seen = seen ? 'on' : 'off';
  ui.cover.hidden = seen || !ui.screen.hidden;
  ui.cover.textContent = talking ? T.noPicture : call.session?.state === 'held' ? T.held : '';
  ui.self.hidden = !call.camera;
  if (call.camera && ui.self.srcObject?.getVideoTracks()[0] !== call.camera) ui.self.srcObject = new MediaStream([call.camera]);
  if (!call.camera) ui.self.srcObject = null;
  ui.mute.hidden = ui.camera.hidden = !!call.over;
  ui.camera.hidden ||= call.type !== 'video';
  ui.share.hidden = !talking || call.type !== 'video' || !navigator.mediaDevices?.getDisplayMedia; // telephones have none
  label(ui.share, call.screen ? T.unshare : T.share, call.screen);
  label(ui.mute, call.muted ? T.unmute : T.mute, call.muted);
  label(ui.camera, call.camera ? T.cameraOff : T.cameraOn, !call.camera);
  label(ui.end, call.over ? T.close : T.end, false);
}

// sound plays what comes; a browser that wants a click first gets a button for it.
function sound() {
  ui.remote.play().then(() => { ui.hear.hidden = true; }, (err) => { if (err.name === 'NotAllowedError') ui.hear.hidden = false; });
}

// --- microphone and camera -----------------------------------------------------
function trouble(err) {
  switch (err.name) {
    case 'NotAllowedError': case 'SecurityError': return T.micDenied;
    case 'NotFoundError': case 'OverconstrainedError': return T.noMic;
    case 'NotReadableError': case 'AbortError': return T.micBusy;
  }
  return T.failed + reasonOf(err);
}

// capture opens the microphone, and the camera of a video call, without which
// it goes on.
async function capture(c) {
  const devices = navigator.mediaDevices;
  if (!devices) throw Object.assign(new Error(T.insecure), { plain: true });
  const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  let stream = null;
  if (c.type === 'video' && !c.cameraOff) {
    try {
      stream = await devices.getUserMedia({ audio, video: VIDEO });
    } catch (err) {
      if (err.name === 'NotSupportedError') throw err;
    }
  }
  if (!stream) {
    stream = await devices.getUserMedia({ audio });
    if (c.type === 'video' && !c.cameraOff) Object.assign(c, { cameraOff: true, note: T.noCamera });
  }
  if (call !== c) return stream.getTracks().forEach((t) => t.stop());
  c.mic = stream.getAudioTracks()[0];
  c.mic.enabled = !c.muted;
  c.mic.onended = () => { if (call === c && !c.over) { c.note = T.noMic; render(); } };
  setCamera(c, stream.getVideoTracks()[0]);
}

function setCamera(c, track) {
  c.camera?.stop();
  c.camera = track || null;
  if (track) track.onended = () => { if (call === c && c.camera === track) { Object.assign(c, { cameraOff: true, note: T.noCamera }); setCamera(c, null); keep(); render(); } };
  film(c);
}

// film sends the camera while somebody is there to see it.
function film(c) {
  c.picture?.replaceTrack(c.session?.state === 'talking' ? c.camera : null).catch((err) => console.warn('the camera is not sent:', err));
}

// share asks for a screen and shows it beside the camera.
async function share() {
  const c = call;
  c.note = '';
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: SCREEN });
    const [track] = stream.getVideoTracks();
    if (call !== c || c.over || c.session.state !== 'talking') return track.stop();
    unshare(c);
    track.contentHint = 'detail'; // text stays sharp
    track.onended = () => { if (c.screen === track) unshare(c); };
    c.screen = track;
    await Promise.all([show(c), customer.request('screen', { sessionId: c.session.sessionId, on: true })]);
  } catch (err) {
    unshare(c);
    c.note = err.code ? T.failed + reasonOf(err) : T.noShare;
  }
  render();
}

function unshare(c) {
  if (!c.screen) return;
  c.screen.stop();
  c.screen = null;
  show(c);
  if (!c.over) customer.request('screen', { sessionId: c.session.sessionId, on: false }).catch(() => {}); // the next connection says it again
  render();
}

// show sends the screen on the connection there is.
async function show(c) {
  const { shown } = c;
  if (!shown) return;
  try {
    await shown.replaceTrack(c.screen);
    const p = shown.getParameters();
    if (!c.screen || !p.encodings?.length) return;
    p.encodings[0].maxBitrate = SCREEN_RATE;
    p.degradationPreference = 'maintain-resolution';
    await shown.setParameters(p);
  } catch (err) {
    console.warn('the screen is not bounded:', err);
  }
}

function toggleMute() {
  call.muted = !call.muted;
  if (call.mic) call.mic.enabled = !call.muted;
  keep();
  render();
}

async function toggleCamera() {
  const c = call;
  c.note = '';
  c.cameraOff = !!c.camera;
  if (c.camera) {
    setCamera(c, null);
  } else {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: VIDEO });
      if (call !== c || c.over || c.cameraOff) stream.getTracks().forEach((t) => t.stop());
      else setCamera(c, stream.getVideoTracks()[0]);
    } catch {
      Object.assign(c, { cameraOff: true, note: T.noCamera });
    }
  }
  keep();
  render();
}

// --- a call --------------------------------------------------------------------
// keep remembers the call for a reload of the page.
function keep() {
  try {
    if (call && call.session && !call.over) {
      sessionStorage.setItem(KEPT, JSON.stringify({ sessionId: call.session.sessionId, type: call.type, muted: call.muted, cameraOff: call.cameraOff }));
    } else {
      sessionStorage.removeItem(KEPT);
    }
  } catch { /* a reload ends the call */ }
}

async function begin(type) {
  if (call && !call.over) return;
  const c = call = { type, session: null, tries: 0, muted: false, cameraOff: false };
  render();
  try {
    await capture(c);
    if (call !== c || c.over) return;
    c.session = await customer.request('start', { type, skillGroupId: parameter('skillGroupId'), challenge: parameter('challenge') });
    if (call !== c || c.over) { // put away while it was asked for
      customer.request('end', { sessionId: c.session.sessionId }).catch(() => {});
      return;
    }
    keep();
    take(c.session);
    join(c);
  } catch (err) {
    if (call === c) finish(err.plain ? err.message : c.mic ? T.failed + reasonOf(err) : trouble(err));
  }
}

// resume goes on with a call after a reload of the page.
async function resume(kept) {
  const present = customer.sessions[kept.type];
  const known = present?.sessionId === kept.sessionId;
  if (known && present.state === 'ended') return;
  const session = known ? present : { sessionId: kept.sessionId, state: 'queued' };
  const c = call = { type: kept.type, session, known, tries: 0, muted: kept.muted, cameraOff: kept.cameraOff };
  render();
  try {
    await capture(c);
    if (call === c && !c.over) join(c);
  } catch (err) {
    if (call === c) {
      customer.request('end', { sessionId: kept.sessionId }).catch(() => {});
      finish(trouble(err));
    }
  }
}

// join makes the connection.
async function join(c) {
  clearTimeout(c.timer);
  if (call !== c || c.over || !customer.connected) return; // the state "open" comes back to this
  drop(c);
  const pc = c.pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', iceServers: customer.ice });
  pc.onconnectionstatechange = () => { if (c.pc === pc) follow(c, pc); };
  try {
    const stream = new MediaStream();
    const screens = new MediaStream();
    pc.addTransceiver(c.mic, { direction: 'sendrecv' });
    stream.addTrack(pc.getTransceivers()[0].receiver.track);
    if (c.type === 'video') {
      const [camera, screen] = [0, 1].map(() => pc.addTransceiver('video', { direction: 'sendrecv' }));
      stream.addTrack(camera.receiver.track);
      screens.addTrack(screen.receiver.track);
      Object.assign(c, { picture: camera.sender, shown: screen.sender });
    }
    film(c);
    await pc.setLocalDescription(await pc.createOffer());
    const { sdp } = await customer.request('offer', { sessionId: c.session.sessionId, sdp: pc.localDescription.sdp, screen: !!c.screen });
    if (c.pc !== pc) return;
    await pc.setRemoteDescription({ type: 'answer', sdp });
    if (c.screen) show(c);
    ui.remote.srcObject = stream;
    ui.screen.srcObject = screens;
    sound();
    if (c.type === 'video') watch(c);
    if (!c.known) await ask(c);
  } catch (err) {
    if (c.pc !== pc) return;
    if (err.code === GONE) finish(T.ended);
    else retry(c);
  }
}

// ask learns where the session stands, if hello did not say after a reload:
// starting gives the open session of the type.
async function ask(c) {
  try {
    const s = await customer.request('start', { type: c.type, challenge: parameter('challenge') });
    if (s.sessionId === c.session.sessionId) take(s);
    else customer.request('end', { sessionId: s.sessionId }).catch(() => {}); // it had just ended
  } catch (err) {
    console.warn('where the call stands is not known:', reasonOf(err)); // the next change tells
  }
}

// watch shows the picture only while it moves: browsers do not tell that
// nothing comes any more. Two looks without a new frame are none.
function watch(c) {
  clearInterval(c.watch);
  let frames = -1, still = 0, shown = 0;
  const { pc } = c;
  const count = () => { // Firefox has no other
    shown++;
    if (c.pc === pc) ui.remote.requestVideoFrameCallback(count);
  };
  const counts = 'requestVideoFrameCallback' in ui.remote;
  if (counts) ui.remote.requestVideoFrameCallback(count);
  c.watch = setInterval(() => {
    const now = counts ? shown : ui.remote.getVideoPlaybackQuality().totalVideoFrames;
    still = now === frames || !now ? still + 1 : 0;
    frames = now;
    const seen = still < 2 && now > 0;
    if (seen === c.seen) return;
    c.seen = seen;
    render();
  }, STILL);
}

function follow(c, pc) {
  clearTimeout(c.timer);
  c.up = pc.connectionState === 'connected';
  if (c.up) Object.assign(c, { tries: 0, joined: true });
  if (pc.connectionState === 'failed' || pc.connectionState === 'closed') retry(c);
  if (pc.connectionState === 'disconnected') c.timer = setTimeout(() => retry(c), LOST);
  render();
}

function retry(c) {
  drop(c);
  if (call !== c || c.over) return;
  c.timer = setTimeout(() => join(c), Math.min(RETRY.most, RETRY.first * 2 ** c.tries++));
  render();
}

function drop(c) {
  clearInterval(c.watch);
  c.up = c.seen = false;
  c.picture = c.shown = null;
  if (c.pc) c.pc.close();
  c.pc = null;
}

// take follows the session.
function take(s) {
  const c = call;
  if (!c || !c.session || c.over || s.sessionId !== c.session.sessionId) return;
  c.session = s;
  c.known = true;
  if (s.state === 'ended') return finish(T.reasons[s.mainReason] || T.ended);
  film(c);
  render();
}

// leave ends the call, or puts an ended one away.
function leave() {
  if (call.over) {
    call = null;
    render();
    return;
  }
  if (call.session) customer.request('end', { sessionId: call.session.sessionId }).catch(() => {}); // without a connection the gateway notices by itself
  finish(T.ended);
}

function finish(why) {
  const c = call;
  clearTimeout(c.timer);
  drop(c);
  c.mic?.stop();
  c.camera?.stop();
  c.screen?.stop();
  Object.assign(c, { over: why, mic: null, camera: null, screen: null, note: '' });
  ui.remote.srcObject = ui.screen.srcObject = null;
  ui.hear.hidden = true;
  keep();
  render();
}

// --- the page ------------------------------------------------------------------
customer.on('session', (s) => take(s));
customer.on('hello', (r) => { if (r.session) take(r.session); });
customer.on('state', ({ state }) => {
  render();
  if (state !== 'open') return;
  if (call && !call.over && call.session) {
    if (!call.up) join(call);
    return;
  }
  if (call) return;
  let kept = null;
  try {
    kept = JSON.parse(sessionStorage.getItem(KEPT));
  } catch { /* nothing is kept */ }
  if (kept) resume(kept);
});
render();
