// The agent page as it is drawn.

import { accept, act, camera, complete, dial, end, hold, mute, open } from './desk-commands.js';
import { $, h, icon } from './desk-dom.js';
import { currentCall, desk, number, title, now } from './desk-state.js';
import { T } from './desk-text.js';

export function trouble(text) {
  $('trouble').textContent = text || '';
  $('trouble').hidden = !text;
}

const two = (n) => String(n).padStart(2, '0');
function clock(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

function timeOf(c) {
  if (c.state === 'ended') return c.answered ? clock(c.ended - c.answered) : '';
  if (c.state === 'ringing') return c.deadline ? clock(c.deadline - now() + 999) : '';
  return clock(now() - (c.answered || c.since));
}

export function render() {
  const c = currentCall();
  renderStatus();
  renderTabs(c);
  renderCustomer(c);
  renderRecent();
  renderHint(c);
  $('dial').querySelector('button').disabled = desk.phase !== 'ready';
  tick();
}

function renderStatus() {
  const chip = $('status');
  const away = desk.phase !== 'ready';
  chip.dataset.status = away ? desk.phase : desk.status;
  $('status-text').textContent = away
    ? { loading: T.loading, reconnecting: T.reconnecting, failed: T.failed, kicked: T.failed }[desk.phase]
    : T[desk.status] || desk.status;
}

function renderTabs(c) {
  const tabs = $('tabs');
  if (desk.calls.size < 2) return tabs.replaceChildren();
  tabs.replaceChildren(...[...desk.calls.values()].map((k) => h('button', {
    type: 'button', role: 'tab', class: 'tab ' + k.state, 'aria-selected': String(k === c),
    onclick: () => { desk.current = k.sessionId; desk.keypad = ''; render(); },
  }, h('i'), title(k))));
}

// The customer panel is made anew when another call or another state is
// shown; the timer alone changes in between.
let shown = '';
function renderCustomer(c) {
  const key = c ? JSON.stringify([c.sessionId, c.state, c.muted, c.caller, c.callee, c.location, c.remark, c.nickname, c.path, c.digits, c.last, c.videoMuted, desk.keypad])
    : desk.phase + desk.status;
  if (key === shown) return;
  shown = key;
  const focus = document.activeElement?.dataset?.act;
  $('customer').replaceChildren(c ? callView(c) : idleView());
  if (focus) $('customer').querySelector(`[data-act="${focus}"]`)?.focus();
}

function idleView() {
  const away = desk.phase === 'ready' && desk.status !== 'free';
  const [title, sub] = desk.phase === 'ready' ? (away ? [T.away, T.awaySub] : [T.waiting, T.waitingSub])
    : desk.phase === 'loading' ? [T.loading, ''] : desk.phase === 'reconnecting' ? [T.reconnecting, ''] : [T.lost, ''];
  return h('div', { class: 'idle' }, h('div', { class: 'halo ' + (desk.phase === 'ready' && !away ? 'on' : '') }, icon('headset')),
    h('p', { class: 'idle-title' }, title), h('p', { class: 'idle-sub' }, sub));
}

function callView(c) {
  return h('div', { class: 'call ' + c.state },
    h('div', { class: 'call-head' },
      h('div', { class: 'avatar', 'aria-hidden': 'true' }, icon(GLYPHS[c.type] || (c.direction === 'out' ? 'out' : 'in'))),
      h('div', { class: 'call-name' },
        h('span', { class: 'badge ' + c.state }, stateOf(c)),
        h('strong', {}, title(c)),
        c.nickname && number(c) ? h('span', { class: 'sub' }, number(c)) : null),
      h('span', { class: 'timer', id: 'timer', role: 'timer' }, timeOf(c))),
    h('div', { class: 'actions' }, ...ACTIONS[c.state](c)),
    desk.keypad === c.sessionId && c.state === 'talking' ? keypad(c) : null,
    facts(c),
    notes(c));
}

function button(name, glyph, text, onclick, kind) {
  return h('button', { type: 'button', class: 'act ' + (kind || ''), 'data-act': name, onclick }, icon(glyph), h('span', {}, text));
}

const GLYPHS = { im: 'chat', video: 'video' };

// ACTIONS are the buttons of each state.
const ACTIONS = {
  ringing: (c) => [button('accept', GLYPHS[c.type] || 'phone', T.accept, () => accept(c), 'go'), ending(c, T.decline)],
  dialing: (c) => [ending(c, T.hangup)],
  talking: (c) => (c.type === 'im' ? [button('open', 'chat', T.open, open), ending(c, T.endChat)] : [
    c.muted ? button('mute', 'micOff', T.unmute, () => mute(c, false), 'on') : button('mute', 'mic', T.mute, () => mute(c, true)),
    ...(c.type === 'video' ? [
      c.videoMuted ? button('camera', 'videoOff', T.cameraOn, () => camera(c, true), 'on') : button('camera', 'video', T.camera, () => camera(c, false)),
      button('open', 'video', T.open, open),
    ] : [button('hold', 'pause', T.hold, () => hold(c, true))]),
    ...(c.type === 'phone' ? [button('keypad', 'keypad', T.keypad, () => toggleKeypad(c), desk.keypad ? 'on' : '')] : []),
    ending(c, c.type === 'video' ? T.endVideo : T.hangup),
  ]),
  held: (c) => [button('hold', 'play', T.resume, () => hold(c, false), 'on'), ending(c, T.hangup)],
  ended: (c) => [button('complete', 'check', T.complete, () => complete(c), 'plain')],
};

const ending = (c, text) => button('hangup', 'hangup', text, () => end(c), 'stop');

function toggleKeypad(c) {
  desk.keypad = desk.keypad ? '' : c.sessionId;
  render();
}

// stateOf is what a session's badge says.
function stateOf(c) {
  if (c.state === 'ringing') return T.incoming[c.type] || T.ringing;
  if (c.state === 'talking') return T.going[c.type] || T.talking;
  return (c.state === 'ended' && T.over[c.type]) || T[c.state];
}

function keypad(c) {
  const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];
  return h('div', { class: 'keypad' }, h('output', { 'aria-label': T.keypad }, c.digits || '·'),
    h('div', { class: 'keys' }, ...keys.map((k) => h('button', {
      type: 'button', 'data-act': 'key' + k,
      onclick: async () => {
        if (await act(tccc.Call.sendDigits, { sessionId: c.sessionId, dtmfText: k })) {
          c.digits = (c.digits + k).slice(-24);
          render();
        }
      },
    }, k))));
}

function facts(c) {
  const list = h('dl', { class: 'facts' });
  const add = (name, value) => value && list.append(h('div', {}, h('dt', {}, name), h('dd', {}, value)));
  add(T.direction, c.direction === 'out' ? T.outbound : T.inbound);
  add(T.lastMessage, c.last);
  add(T.location, c.location);
  add(T.source, c.source);
  add(T.channel, c.channel);
  add(T.data, c.data);
  add(T.called, c.direction === 'in' ? c.callee : '');
  if (c.path && c.path.length) {
    add(T.pressed, h('span', { class: 'path' }, ...c.path.map((p) => h('span', {}, h('kbd', {}, String(p.key)), String(p.label || '')))));
  }
  add(T.remark, c.remark);
  add(T.reason, c.state === 'ended' ? c.reason : '');
  add(T.session, h('code', {}, c.sessionId));
  return list;
}

function notes(c) {
  const area = h('textarea', { rows: '3', placeholder: T.notesHint, 'data-act': 'notes', maxlength: '2000', oninput: (e) => { c.notes = e.target.value; } });
  area.value = c.notes;
  return h('label', { class: 'notes' }, h('span', {}, T.notes), area);
}

let recentShown = '';
function renderRecent() {
  const key = JSON.stringify(desk.recent);
  if (key === recentShown && $('recent').childElementCount) return;
  recentShown = key;
  if (!desk.recent.length) return $('recent').replaceChildren(h('li', { class: 'none' }, T.noRecent));
  $('recent').replaceChildren(...desk.recent.map((r) => h('li', {},
    h('span', { class: 'way ' + r.direction }, icon(GLYPHS[r.type] || (r.direction === 'out' ? 'out' : 'in'))),
    h('span', { class: 'recent-number' }, r.title),
    h('span', { class: 'recent-how' }, r.how),
    h('span', { class: 'recent-time' }, r.seconds ? clock(r.seconds * 1000) : '–'),
    h('time', {}, new Date(r.at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })),
    r.number && (r.type === 'phone' || r.direction === 'out')
      ? h('button', { type: 'button', class: 'small', title: T.again, 'aria-label': `${T.again}: ${r.number}`, onclick: () => dial(r.number) }, icon('redial')) : h('span'))));
}

function renderHint(c) {
  const [text, link] = desk.phase === 'loading' || desk.phase === 'reconnecting' ? [T.hintLoad]
    : desk.phase === 'kicked' ? [T.hintKicked]
    : desk.phase !== 'ready' ? [T.hintFailed]
    : !c ? [T.hintPhone, T.openPhone]
    : c.state === 'ringing' ? [T.hintAccept]
    : c.state === 'dialing' ? [T.hintDial]
    : c.state === 'ended' ? [T.hintComplete]
    : c.type === 'im' ? [T.hintChat]
    : c.type === 'phone' ? [T.hintTalk, T.openPhone] : ['', ''];
  $('hint').textContent = text;
  $('hint-link').hidden = !link;
  $('hint-link').textContent = link || '';
}

// tick moves the timer, only while a call counts.
let timer = 0;
function tick() {
  const c = currentCall();
  const counts = c && c.state !== 'ended';
  if (counts && !timer) {
    timer = setInterval(() => {
      const now = currentCall();
      const node = $('timer');
      if (node && now) node.textContent = timeOf(now);
    }, 500);
  } else if (!counts && timer) {
    clearInterval(timer);
    timer = 0;
  }
}

export function note(name, payload) {
  const list = $('events');
  const text = payload === undefined || payload === null ? '' : JSON.stringify(payload);
  const bottom = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  list.append(h('li', {}, h('time', {}, new Date().toLocaleTimeString([], { hourCycle: 'h23' })), h('b', {}, name), h('span', {}, text.slice(0, 400))));
  while (list.childElementCount > 200) list.firstElementChild.remove();
  if (bottom) list.scrollTop = list.scrollHeight;
  $('count').textContent = String(++desk.events);
}
