// The operators' page: asks for the state once a second and shows it. What
// others have written is set as text, never as markup.
'use strict';

const $ = (id) => document.getElementById(id);
const names = {
  offline: 'Off line', free: 'Free', busy: 'Busy', arrange: 'After-call work', notReady: 'Not ready', rest: 'Break',
  waiting: 'Waiting', menu: 'In the menu', ringing: 'Ringing', dialing: 'Dialling', talking: 'Talking', held: 'On hold',
};
let chosen = ''; // application; '' is all

function element(tag, className, ...children) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  e.append(...children);
  return e;
}

function state(name, more) {
  const s = element('span', 'state', element('i'), names[name] ?? name, more ?? '');
  s.dataset.state = name;
  return s;
}

// lasted is a span of time: 0:07, 12:31, 3:05:10.
function lasted(from, to) {
  if (!from) return '';
  const s = Math.max(0, Math.floor((to - from) / 1000));
  const two = (n) => String(n).padStart(2, '0');
  return s < 3600 ? Math.floor(s / 60) + ':' + two(s % 60) : Math.floor(s / 3600) + ':' + two(Math.floor(s / 60) % 60) + ':' + two(s % 60);
}

function row(...cells) {
  const tr = element('tr');
  for (const [content, className] of cells) tr.append(element('td', className, content instanceof Node ? content : String(content ?? '')));
  return tr;
}

// fill replaces the rows of a table whose content has changed.
function fill(id, columns, rows, nothing) {
  const body = $(id);
  if (rows.length === 0) {
    const cell = element('td', '', nothing);
    cell.colSpan = columns;
    rows = [element('tr', 'none', cell)];
  }
  const fresh = element('tbody');
  fresh.append(...rows);
  if (fresh.innerHTML !== body.innerHTML) body.replaceChildren(...fresh.childNodes);
}

function tiles(apps) {
  const all = (list) => apps.flatMap((a) => a[list]);
  const count = (list, test) => all(list).filter(test).length;
  const waiting = all('queues').reduce((n, q) => n + q.waiting, 0);
  const values = [
    ['On line', count('agents', (a) => a.status !== 'offline')],
    ['Free', count('agents', (a) => a.status === 'free' && a.present)],
    ['Talking', count('sessions', (s) => s.state === 'talking' || s.state === 'held')],
    ['Ringing', count('sessions', (s) => s.state === 'ringing' || s.state === 'dialing')],
    ['Waiting', waiting, waiting > 0],
  ];
  const fresh = values.map(([name, value, warn]) => element('div', warn ? 'warn' : '', element('dt', '', name), element('dd', '', String(value))));
  $('tiles').replaceChildren(...fresh);
}

function show(s) {
  const select = $('app');
  if (select.options.length !== s.apps.length + 1) {
    select.replaceChildren(new Option('All', ''), ...s.apps.map((a) => new Option(a.name ? a.name + ' (' + a.sdkAppId + ')' : a.sdkAppId, a.sdkAppId)));
    select.value = chosen;
    chosen = select.value;
  }
  $('app-label').hidden = s.apps.length < 2;
  const apps = s.apps.filter((a) => !chosen || a.sdkAppId === chosen);
  const groups = new Map(s.apps.flatMap((a) => a.queues.map((q) => [a.sdkAppId + '/' + q.id, q.name || q.id])));
  const people = new Map(s.apps.flatMap((a) => a.agents.map((g) => [a.sdkAppId + '/' + g.userId, g.name || g.userId])));
  $('node').textContent = s.node + ' · up ' + lasted(s.since, s.at);
  tiles(apps);
  fill('queues', 7, apps.flatMap((a) => a.queues.map((q) => row(
    [q.name || q.id], [q.waiting, q.waiting ? 'n alarm' : 'n'], [lasted(q.oldest, s.at), 'n'], [q.ringing, 'n'], [q.talking, 'n'], [q.free, 'n'], [q.online, 'n'],
  ))), 'No skill groups');
  fill('sessions', 8, apps.flatMap((a) => a.sessions.map((c) => row(
    [state(c.state)], [lasted(c.answerAt || c.queueAt || c.startAt, s.at), 'n'], [c.caller], [c.callee],
    [c.agent ? people.get(a.sdkAppId + '/' + c.agent) ?? c.agent : ''], [c.group ? groups.get(a.sdkAppId + '/' + c.group) ?? c.group : ''],
    [c.type + (c.direction === 'out' ? ' out' : ' in'), 'quiet'], [c.sessionId, 'id'],
  ))), 'No sessions now');
  const order = (g) => (g.status === 'offline' ? 1 : 0);
  fill('agents', 7, apps.flatMap((a) => [...a.agents].sort((x, y) => order(x) - order(y)).map((g) => row(
    [g.name || g.userId], [state(g.status, (g.restReason ? ' · ' + g.restReason : '') + (g.status !== 'offline' && !g.present ? ' · away' : ''))],
    [g.status === 'offline' ? '' : lasted(g.since, s.at), 'n'], [g.sessions || '', 'n'],
    [g.groups.map((id) => groups.get(a.sdkAppId + '/' + id) ?? id).join(', '), 'quiet'], [g.staffNo, 'quiet'], [g.userId, 'id'],
  ))), 'No agents');
}

function live(name, text) {
  $('live').dataset.state = name;
  $('live').lastElementChild.textContent = text;
  document.querySelector('main').classList.toggle('stale', name === 'lost');
}

async function ask() {
  try {
    // An absolute URL: that of the page may hold a user name.
    const answer = await fetch(location.origin + location.pathname.replace(/[^/]*$/, 'snapshot'), { signal: AbortSignal.timeout(5000) });
    if (!answer.ok) throw new Error(answer.statusText);
    const s = await answer.json();
    show(s);
    live(s.draining ? 'draining' : 'live', s.draining ? 'Draining' : 'Live');
  } catch {
    live('lost', 'No answer');
  }
  setTimeout(ask, document.hidden ? 5000 : 1000);
}

$('app').addEventListener('change', () => { chosen = $('app').value; });
ask();
