// The agent page of the demo, written as the front end of a customer would be:
// against window.tccc and nothing else of the SDK.

import { dial } from './desk-commands.js';
import { $, h } from './desk-dom.js';
import { desk, HANDLERS } from './desk-state.js';
import { lang, T } from './desk-text.js';
import { note, render, trouble } from './desk-view.js';

const AGENTS = ['agent1@demo', 'agent2@demo', 'agent3@demo', 'agent4@demo', 'agent5@demo'];

async function login(agent) {
  const generation = ++desk.generation;
  unload();
  Object.assign(desk, { agent, phase: 'loading', status: 'offline', current: '', keypad: '' });
  desk.calls.clear();
  trouble('');
  render();
  try {
    const answer = await fetch('demo/login', {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ userId: agent }),
    });
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(body.message || body.error?.message || `HTTP ${answer.status}`);
    if (generation !== desk.generation) return;
    await load(body.sdkURL, generation);
  } catch (err) {
    if (generation !== desk.generation) return;
    desk.phase = 'failed';
    trouble(err.message);
    render();
  }
}

function load(url, generation) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.id = 'tccc-sdk';
    script.crossOrigin = 'anonymous';
    script.dataset.showWorkBenchAtFirstLogin = 'false';
    script.src = url;
    script.addEventListener('load', () => {
      listen(generation);
      resolve();
    });
    script.addEventListener('error', () => reject(new Error(T.lost)));
    document.body.append(script);
  });
}

// unload is how pages end the SDK: its script and its element are removed.
function unload() {
  $('tccc-sdk')?.remove();
  $('tcccSdkDomRoot')?.remove();
  if (window.tccc) window.tccc = undefined;
}

function listen(generation) {
  for (const name of Object.values(tccc.events)) {
    tccc.on(name, (payload) => {
      if (generation !== desk.generation) return;
      note(name, payload);
      HANDLERS[name]?.(payload || {});
      render();
    });
  }
}

function start() {
  document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
  document.title = T.title;
  for (const e of document.querySelectorAll('[data-t]')) e.textContent = T[e.dataset.t];
  for (const e of document.querySelectorAll('[data-t-placeholder]')) e.placeholder = T[e.dataset.tPlaceholder];
  for (const e of document.querySelectorAll('[data-t-label]')) e.setAttribute('aria-label', T[e.dataset.tLabel]);

  const asked = new URLSearchParams(location.search).get('agent') || '';
  const agent = AGENTS.find((a) => a === asked || a === asked + '@demo') || AGENTS[0];
  $('agent').append(...AGENTS.map((a) => h('option', { value: a, selected: a === agent }, a)));
  $('agent').addEventListener('change', (e) => {
    const chosen = e.target.value;
    const url = new URL(location.href);
    url.searchParams.set('agent', chosen.replace('@demo', ''));
    history.replaceState(null, '', url);
    login(chosen);
  });
  $('dial').addEventListener('submit', async (e) => {
    e.preventDefault();
    const to = $('number').value.replace(/[^\d+*#]/g, '');
    if (!to) return $('number').focus();
    await dial(to);
    if (to) $('number').value = '';
  });
  for (const [to, what] of [['10086', T.tone], ['10010', T.echo], ['10000', T.busyLine], ['10001', T.noAnswer], ['10002', T.declines]]) {
    $('numbers').append(h('button', { type: 'button', onclick: () => { $('number').value = to; $('number').focus(); } }, h('b', {}, to), h('span', {}, what)));
  }
  if (matchMedia('(max-width: 900px)').matches) $('log-panel').open = false;
  login(agent);
}

Object.assign(desk, { changed: render, trouble });
start();
