// The customers' page: it joins the connection, what is kept in the browser,
// the messages and the composer. Pages are opened with parameters in the query
// or, where they are nobody else's business, in the fragment: sdkAppId, userId
// and userSig, nickname, avatar, skillGroupId, peerSource, channelName,
// clientData.

import { Composer } from './customer-compose.js';
import { Connection, isBusy, isLost } from './customer-socket.js';
import { Outbox, Store } from './customer-store.js';
import { T, reasonOf, translate } from './customer-text.js';
import { View, el } from './customer-view.js';

const $ = (id) => document.getElementById(id);
const params = new URLSearchParams(location.search);
for (const [name, value] of new URLSearchParams(location.hash.slice(1))) params.set(name, value);
const param = (name) => params.get(name) || undefined;

const store = new Store(param('sdkAppId') || '-', param('userSig') ? param('userId') : '-');
const outbox = new Outbox(store);
const connection = new Connection(() => ({
  sdkAppId: param('sdkAppId'), secret: store.get('secret') || undefined, userId: param('userId'), userSig: param('userSig'), nickname: param('nickname'),
  avatar: param('avatar'), peerSource: param('peerSource'), channelName: param('channelName'), clientData: param('clientData'),
}));

// customer is what other parts of the page, such as calls, build upon.
export const customer = {
  sessions: {},   // the present or last session of each type: im, voip, video
  groups: [],     // skill groups that may be asked for
  visitorId: '',
  param,          // a parameter of the page, undefined if it is not there
  get ice() { return connection.ice; }, // TURN servers, with credentials that are good now
  get connected() { return connection.state === 'open'; },
  get session() { return customer.sessions.im; }, // the chat
  // request asks the gateway: see wire/visitor.go.
  request: (method, parameters) => connection.request(method, parameters),
  // on calls f for each notification (message, session, typing, read), for
  // "hello" with the result of each connection's hello, and for "state" with
  // {state} of the connection; it returns what takes it off.
  on: (name, f) => connection.on(name, f),
};

const ended = (s) => !s || s.state === 'ended';
const view = new View({ picture, press: say, resend, renew, older, seen: () => soon('read', markRead) });
const composer = new Composer({ say, typing, ticket, sent, draft: (text) => store.set('draft', text) }, store.get('draft'));

// --- timers with one owner each --------------------------------------------
const timers = {};
function soon(name, f, ms = 50) {
  if (!timers[name]) timers[name] = setTimeout(() => { timers[name] = 0; f(); }, ms);
}

// --- connection ------------------------------------------------------------
connection.on('hello', (r) => {
  store.set('secret', r.secret);
  Object.assign(customer, { visitorId: r.visitorId, groups: r.skillGroups });
  composer.setLimits(r.upload);
  const found = r.sessions || [];
  for (const s of found) customer.sessions[s.type] = s;
  for (const s of Object.values(customer.sessions)) { // what has ended while the connection was away
    if (!ended(s) && !found.some((one) => one.sessionId === s.sessionId)) connection.emit('session', { ...s, state: 'ended' });
  }
});
connection.on('state', ({ state, error }) => {
  $('banner').hidden = state === 'open' || state === 'connecting' && !customer.visitorId && connection.tries < 2;
  $('banner').textContent = state === 'refused' ? T.refused + reasonOf(error) : state === 'connecting' && !customer.visitorId ? T.connecting : T.offline;
  $('chat').dataset.connection = state;
  render();
  if (state !== 'open') return;
  catchUp();
  flush();
});
connection.on('session', (s) => {
  const before = customer.sessions[s.type];
  customer.sessions[s.type] = s;
  if (s.type !== 'im') return;
  if (before && before.sessionId === s.sessionId && ended(s) && !ended(before)) setTyping(false);
  render();
  soon('catchUp', catchUp);
});
connection.on('message', (m) => {
  if (m.sessionId !== customer.session?.sessionId) return;
  if (m.seq > view.last(m.sessionId) + 1) soon('catchUp', catchUp, 0);
  else take(m);
});
connection.on('read', (p) => view.setRead(p.sessionId, p.seq));
connection.on('typing', (p) => { if (p.sessionId === customer.session?.sessionId) setTyping(p.typing); });

// --- messages that come ----------------------------------------------------
// take shows a message; its own copy in the outbox is done with.
function take(m, quiet) {
  const mine = m.from === 'client';
  if (outbox.find(m.id)) {
    outbox.remove(m.id);
    view.pending(outbox.items);
  }
  if (!view.add(m)) return;
  if (quiet) return;
  view.arrived(mine);
  if (mine) return;
  if (m.from === 'seat') setTyping(false);
  if (document.hidden) badge(unread + 1);
  soon('delivered', markDelivered);
  soon('read', markRead);
  render();
}

// catchUp reads what is missing of the present chat.
let reading = null;
function catchUp() {
  if (!reading) reading = readOn().catch((err) => { if (!isLost(err)) console.warn('the chat could not be read:', reasonOf(err)); }).finally(() => { reading = null; });
  return reading;
}

async function readOn() {
  const s = customer.session;
  if (!s || !customer.connected) return;
  $('log').setAttribute('aria-busy', 'true');
  try {
    const fresh = !view.sections.has(s.sessionId);
    let after = view.last(s.sessionId);
    view.section(s.sessionId);
    for (let more = true; more;) {
      const r = await customer.request('messages', { sessionId: s.sessionId, after: after || undefined, limit: 100 });
      if (customer.session?.sessionId !== s.sessionId) return;
      if (!after && !view.first()) $('older').hidden = !r.more;
      for (const m of r.messages) take(m, fresh);
      more = r.more && after > 0 && r.messages.length > 0;
      after = view.last(s.sessionId);
    }
    if (fresh) view.toEnd();
    view.setRead(s.sessionId, s.seatRead);
    soon('delivered', markDelivered);
    soon('read', markRead);
    render();
  } finally {
    $('log').removeAttribute('aria-busy');
  }
  if (customer.session.lastSeq > view.last(s.sessionId)) soon('catchUp', catchUp, 500);
}

// older reads what was before.
async function older() {
  const from = view.first();
  if (!from) return;
  try {
    const r = await customer.request('messages', { sessionId: from.sessionId, before: from.seq, limit: 50 });
    view.keep(() => { for (const m of r.messages) view.add(m); });
    $('older').hidden = !r.more;
  } catch (err) {
    composer.trouble(reasonOf(err));
  }
}

// renew asks for a message again: the address of its file is good for a while.
async function renew(m, use) {
  try {
    const r = await customer.request('messages', { sessionId: m.sessionId, after: m.seq - 1 || undefined, before: m.seq > 1 ? undefined : 2, limit: 1 });
    const again = r.messages.find((one) => one.seq === m.seq);
    if (again?.file) use(again.file);
  } catch {
    // The picture stays as it is.
  }
}

function newest() {
  const s = customer.session;
  return s && !ended(s) && customer.connected ? { sessionId: s.sessionId, seq: view.last(s.sessionId) } : null;
}

let delivered = {};
function markDelivered() {
  const p = newest();
  if (!p || !p.seq || delivered.sessionId === p.sessionId && delivered.seq >= p.seq) return;
  delivered = p;
  customer.request('delivered', p).catch(() => { delivered = {}; });
}

let read = {};
function markRead() {
  const p = newest();
  if (document.hidden || !view.stuck || !p || !p.seq || read.sessionId === p.sessionId && read.seq >= p.seq) return;
  read = p;
  customer.request('read', p).catch(() => { read = {}; });
}

// --- messages that go ------------------------------------------------------
function say(text) { post({ text }); }

function post(message) {
  outbox.add(message);
  view.stuck = true;
  view.pending(outbox.items);
  render();
  flush();
}

// open gives the open chat, or begins one.
let opening = null;
function open(skillGroupId = param('skillGroupId')) {
  if (!ended(customer.session)) return Promise.resolve(customer.session);
  if (!opening) {
    opening = customer.request('start', { type: 'im', skillGroupId, challenge: param('challenge') }).then((s) => {
      const now = customer.session;
      if (!now || now.sessionId !== s.sessionId) customer.sessions.im = s;
      render();
      catchUp();
      return customer.session;
    }).finally(() => { opening = null; });
  }
  return opening;
}

// flush sends what waits, one after the other, until all is acknowledged.
let flushing = false;
async function flush() {
  if (flushing) return;
  flushing = true;
  try {
    for (let item; customer.connected && (item = outbox.next());) await sendOne(item);
  } finally {
    flushing = false;
  }
}

async function sendOne(item) {
  try {
    if (!item.sessionId) {
      item.sessionId = (await open()).sessionId;
      outbox.save(item);
    }
    take(await customer.request('send', { sessionId: item.sessionId, id: item.id, text: item.text, fileId: item.file?.id }));
    outbox.remove(item.id); // also if it is shown already
    view.pending(outbox.items);
  } catch (err) {
    if (isLost(err) || isBusy(err)) {
      if (customer.connected) await new Promise((done) => { setTimeout(done, 500 + Math.random() * 1500); });
      return;
    }
    item.over = err.code === 4001 || err.code === 4002;
    item.failed = item.over ? T.failedEnded : reasonOf(err);
    outbox.save(item);
    view.pending(outbox.items);
  }
}

// resend tries again what has failed, in a new chat if its own has ended.
function resend(item) {
  if (item.over) item.sessionId = '';
  if (item.over && item.file) {
    outbox.remove(item.id); // the file belongs to the chat that it was uploaded to
    view.pending(outbox.items);
    $('file').click();
    return;
  }
  item.failed = item.over = undefined;
  outbox.save(item);
  view.pending(outbox.items);
  flush();
}

function typing(on) {
  if (newest()) customer.request('typing', { sessionId: customer.session.sessionId, typing: on }).catch(() => {});
}

// ticket announces a file.
async function ticket(file) {
  const { sessionId } = await open();
  const { url } = await customer.request('upload', { sessionId, name: file.name || 'image.png', size: file.size });
  return { url, sessionId };
}

function sent(file, sessionId) { post({ file: { id: file.id, name: file.name, size: file.size }, sessionId }); }

// --- what is shown ---------------------------------------------------------
let agentTypes = 0;
function setTyping(on) {
  clearTimeout(agentTypes);
  $('typing').classList.toggle('on', on);
  $('typing-text').textContent = on ? T.typing(customer.session?.agentName) : '';
  if (on) agentTypes = setTimeout(() => setTyping(false), 6000);
  if (on && view.stuck) view.toEnd();
}

function stateText(s) {
  if (!s || ended(s)) return T.idle;
  if (s.state === 'queued' && s.position) return T.position(s.position);
  return s.state === 'bot' ? T.answers : T[s.state] || '';
}

function render() {
  const s = customer.session;
  const live = !ended(s);
  $('chat').dataset.state = s ? s.state : 'none';
  $('name').textContent = live && s.agentName || (live && s.state === 'bot' ? T.bot : T.title);
  $('face').textContent = live && s.agentName ? [...s.agentName][0] : '';
  const said = stateText(s);
  if ($('state').textContent !== said) $('state').textContent = said;
  $('end').hidden = !live;
  $('over').hidden = !s || live || outbox.items.some((i) => !i.failed);
  $('welcome').hidden = !!s || outbox.items.length > 0;
  if (!$('welcome').hidden) renderWelcome();
  view.choices(live && s.state === 'bot');
  if (!live) setTyping(false);
}

function renderWelcome() {
  const chats = customer.groups.filter((g) => g.types.includes('im'));
  const wanted = chats.length > 1 && !param('skillGroupId') ? chats : [];
  $('welcome-hint').textContent = wanted.length ? T.welcomeChoice : T.welcomeHint;
  const key = wanted.map((g) => g.skillGroupId).join();
  if ($('groups').dataset.key === key) return;
  $('groups').dataset.key = key;
  $('groups').replaceChildren(...wanted.map((g) => el('button', {
    type: 'button', textContent: g.skillGroupName || g.skillGroupId, onclick: () => begin(g.skillGroupId),
  })));
}

function begin(group) {
  composer.trouble('');
  open(group).then(() => composer.text.focus(), (err) => composer.trouble(reasonOf(err)));
}

function picture(name, src) {
  $('picture-image').src = src;
  $('picture-image').alt = name;
  Object.assign($('picture-save'), { href: src, download: name });
  $('picture').showModal();
}

let unread = 0;
function badge(n) {
  unread = n;
  document.title = (n ? '(' + n + ') ' : '') + T.title;
}

// --- buttons ---------------------------------------------------------------
$('again').onclick = () => begin();
$('end').onclick = () => $('ask').showModal();
$('ask-no').onclick = () => $('ask').close();
$('ask-yes').onclick = () => {
  $('ask').close();
  customer.request('end', { sessionId: customer.session.sessionId }).catch((err) => composer.trouble(reasonOf(err)));
};
$('picture-close').onclick = () => $('picture').close();
$('picture').onclick = (e) => { if (e.target === $('picture')) $('picture').close(); };
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  badge(0);
  soon('read', markRead);
});

translate(document);
badge(0);
outbox.load();
view.pending(outbox.items);
connection.connect();
