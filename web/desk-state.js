// What the agent page knows: its sessions, and what the SDK's events make of them.

import { T } from './desk-text.js';

// now is the time as it goes by, whatever is done to the computer's clock.
export const now = () => Math.round(performance.timeOrigin + performance.now());

// desk is what the page knows.
export const desk = {
  agent: '',
  phase: 'loading', // loading, ready, reconnecting, failed, kicked
  status: 'offline',
  calls: new Map(), // sessions by id, in the order they came
  current: '', // the call that is looked at
  recent: [],
  keypad: '', // session whose keypad is open
  generation: 0, // of the SDK: events of an earlier one are ignored
  events: 0,
  changed() {}, // draws the page
  trouble() {}, // shows what went wrong
};

function call(sessionId, fields) {
  const known = desk.calls.get(sessionId) || {
    sessionId, type: 'phone', state: 'ringing', direction: 'in', since: now(), answered: 0, ended: 0, muted: false, videoMuted: false, digits: '', notes: '',
  };
  Object.assign(known, fields);
  if (!desk.calls.has(sessionId)) desk.current = sessionId;
  desk.calls.set(sessionId, known);
  return known;
}

export const number = (c) => (c.direction === 'out' ? c.callee : c.caller) || '';

// title is how the customer is called.
export const title = (c) => c.nickname || number(c) || c.user || T.unknown;

// order puts what needs the agent first.
const URGENCY = { ringing: 3, dialing: 2, talking: 1, held: 1, ended: 0 };

export function currentCall() {
  const chosen = desk.calls.get(desk.current);
  if (chosen && chosen.state !== 'ended') return chosen;
  let best = chosen;
  for (const c of desk.calls.values()) if (!best || URGENCY[c.state] > URGENCY[best.state]) best = c;
  return best;
}

// HANDLERS follow the events of the SDK.
export const HANDLERS = {
  ready() {
    desk.phase = 'ready';
    desk.status = tccc.Agent.getStatus();
  },
  tokenExpired() {
    desk.phase = 'failed';
  },
  callIn(e) {
    call(e.sessionId, {
      state: 'ringing', direction: 'in', type: e.type, caller: e.callerPhoneNumber, callee: e.calleePhoneNumber || e.callee, user: e.userId || e.peerUserId,
      location: e.callerLocation, source: e.peerSource, channel: e.channelName, data: e.clientData, remark: e.remark, nickname: e.nickname, path: e.ivrPath,
      deadline: e.timeout ? now() + e.timeout * 1000 : 0,
    });
    desk.current = e.sessionId;
  },
  userAccessed(e) {
    const c = call(e.sessionId, { state: 'talking' });
    c.answered ||= now();
    desk.current = e.sessionId;
  },
  autoTransfer(e) {
    const c = desk.calls.get(e.sessionId);
    if (c) remember(c, T.missed);
    desk.calls.delete(e.sessionId);
  },
  callOuted(e) {
    call(e.sessionId, { state: 'dialing', direction: 'out', callee: e.calleePhoneNumber, caller: e.callerPhoneNumber, remark: e.remark });
    desk.current = e.sessionId;
  },
  calloutAccepted(e) {
    const c = call(e.sessionId, { state: 'talking', direction: 'out' });
    c.answered ||= now();
  },
  sessionUpdated(e) {
    if (!e.sessionId || !e.state) return;
    const c = desk.calls.get(e.sessionId) || call(e.sessionId, {});
    Object.assign(c, {
      type: e.type || c.type, state: e.state, direction: e.direction, muted: !!e.muted, videoMuted: !!e.videoMuted, caller: e.callerPhoneNumber || c.caller, callee: e.calleePhoneNumber || c.callee,
      location: e.location || c.location, path: e.ivrPath || c.path, remark: e.remark || c.remark, nickname: e.title || e.nickname || c.nickname, user: e.peerUserId || c.user,
    });
    if (c.state === 'talking' || c.state === 'held') c.answered ||= now();
  },
  messageReceived(m) {
    const c = desk.calls.get(m.sessionId);
    if (c && m.from === 'client') c.last = m.text || m.file?.name || T.file;
  },
  sessionEnded(e) {
    const c = desk.calls.get(e.sessionId);
    if (!c || c.state === 'ended') return;
    c.state = 'ended';
    c.ended = now();
    const by = { client: T.byClient, seat: T.bySeat, timer: T.byTimer, admin: T.byAdmin }[e.closeBy] || '';
    c.reason = T.reasons[e.mainReason] || e.subReason ? `${by}: ${T.reasons[e.mainReason] || e.subReason}` : by;
    remember(c, c.reason);
    if (desk.keypad === e.sessionId) desk.keypad = '';
  },
  sessionCompleted(e) {
    desk.calls.delete(e.sessionId);
  },
  statusChanged(e) {
    desk.status = e.status;
  },
  connectionChanged(e) {
    if (desk.phase === 'kicked' || desk.phase === 'failed') return;
    desk.phase = { connected: 'ready', reconnecting: 'reconnecting', disconnected: 'failed' }[e.state] || desk.phase;
  },
  kickedOut() {
    desk.phase = 'kicked';
  },
  error(e) {
    if (e.name === 'AutoplayBlocked') return; // the call bar says so
    desk.trouble(e.message ? `${e.message}. ${e.remedy || ''}` : e.errorMsg);
  },
};

function remember(c, how) {
  desk.recent.unshift({ number: number(c), title: title(c), type: c.type, direction: c.direction, at: c.since, seconds: c.answered ? Math.round(((c.ended || now()) - c.answered) / 1000) : 0, how });
  desk.recent.length = Math.min(desk.recent.length, 20);
}
