// The phone page of the demo: a telephone of the public network, which the
// gateway's process holds. The page presses its keys and shows what it hears;
// no sound passes through the browser. While the page is open, calls of agents
// ring here.
'use strict';

(() => {
  const TEXTS = {
    en: {
      title: 'Phone', desk: 'Agent desk', incoming: 'Incoming call', answer: 'Answer', decline: 'Decline', from: 'From', to: 'Number to call',
      erase: 'Erase', suggestions: 'Numbers of the contact centre', after: 'Keys after the answer', level: 'Level of what is heard', heard: 'Heard',
      keysHeard: 'Keys received', voice: 'The phone says', tone: 'Tone', echo: 'Echo', silence: 'Silence', keypad: 'Keypad', newCall: 'New call',
      call: 'Call', hangup: 'Hang up', calls: 'Calls', none: 'No calls yet.',
      hint: 'Ring in with the keypad, or call any number from the agent desk: while this page is open, it rings here.',
      online: 'Switched on', offline: 'No connection', connecting: 'Connecting…', called: 'calls', quiet: 'Silence', live: 'live',
      dialing: 'Calling…', ringing: 'Ringing', talking: 'Connected', held: 'On hold', ended: 'Call ended',
      byPhone: 'You hung up', byThem: 'The other side hung up', refused: 'You declined', gaveUp: 'Cancelled', busy: 'Busy', noAnswer: 'No answer',
      failed: 'The phone did not take this: ', unreachable: 'The gateway does not answer.', number: 'A number has 3 to 32 digits.',
      does: {
        10086: 'answers and speaks a 440 Hz tone', 10010: 'answers and echoes', 10000: 'is busy', 10001: 'never answers', 10002: 'declines',
        10003: 'answers and hangs up after 2 seconds',
      },
    },
    zh: {
      title: '电话', desk: '客服工作台', incoming: '来电', answer: '接听', decline: '拒接', from: '主叫号码', to: '输入号码',
      erase: '删除', suggestions: '呼叫中心号码', after: '接通后按键', level: '收到的音量', heard: '听到',
      keysHeard: '收到按键', voice: '电话发出', tone: '单音', echo: '回声', silence: '静音', keypad: '键盘', newCall: '新呼叫',
      call: '呼叫', hangup: '挂断', calls: '通话', none: '暂无通话',
      hint: '用键盘呼入，或从客服工作台拨打任意号码：本页面打开时会在此振铃。',
      online: '已开机', offline: '未连接', connecting: '正在连接…', called: '呼叫', quiet: '无声', live: '进行中',
      dialing: '正在呼叫…', ringing: '振铃中', talking: '已接通', held: '保持中', ended: '通话结束',
      byPhone: '本机挂断', byThem: '对方挂断', refused: '已拒接', gaveUp: '已取消', busy: '忙线', noAnswer: '无人接听',
      failed: '操作失败：', unreachable: '网关没有响应。', number: '号码为 3 至 32 位数字。',
      does: {
        10086: '接听并播放 440 Hz 单音', 10010: '接听并回声', 10000: '忙线', 10001: '无人接听', 10002: '拒接', 10003: '接听，2 秒后挂断',
      },
    },
  };
  const lang = (navigator.language || 'en').toLowerCase().startsWith('zh') ? 'zh' : 'en';
  const T = TEXTS[lang];
  const KEYS = [['1', ''], ['2', 'ABC'], ['3', 'DEF'], ['4', 'GHI'], ['5', 'JKL'], ['6', 'MNO'], ['7', 'PQRS'], ['8', 'TUV'], ['9', 'WXYZ'], ['*', ''], ['0', '+'], ['#', '']];
  const ARROWS = { in: 'M18 6L7 17M16 17H7V8', out: 'M6 18L17 7M8 7h9v9' }; // from the phone: out is away from it
  const BARS = 44;
  const RETRY = 2000; // ms

  const $ = (id) => document.getElementById(id);
  const el = (name, props = {}, ...children) => {
    const e = Object.assign(document.createElement(name), props);
    e.append(...children);
    return e;
  };

  let calls = [];
  let shown = null; // id of the call on the screen, null for the dial screen
  let drawn = null; // id of the call that the wave is of
  const wave = [];

  // --- texts ---------------------------------------------------------------
  document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
  for (const e of document.querySelectorAll('[data-t]')) e.textContent = T[e.dataset.t];
  for (const e of document.querySelectorAll('[data-t-label]')) e.setAttribute('aria-label', T[e.dataset.tLabel]);
  for (const e of document.querySelectorAll('[data-t-placeholder]')) e.placeholder = T[e.dataset.tPlaceholder];
  document.title = T.title;

  // --- requests ------------------------------------------------------------
  async function post(what, body) {
    let answer;
    try {
      const response = await fetch('demo/phone/' + what, {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
      });
      answer = await response.json();
      if (!response.ok) throw new Error(answer.error.detail || answer.error.message);
    } catch (err) {
      trouble(err instanceof TypeError ? T.unreachable : T.failed + err.message);
      return null;
    }
    trouble('');
    return answer;
  }

  function trouble(text) {
    $('trouble').textContent = text;
    $('trouble').hidden = !text;
  }

  // --- what is known -------------------------------------------------------
  const find = (id) => calls.find((c) => c.callId === id);
  const isLive = (c) => c && c.state !== 'ended';
  const peer = (c) => (c.direction === 'in' ? c.to : c.from);

  function stateText(c) {
    if (isLive(c)) return T[c.state];
    if (c.answeredAt) return c.byPhone ? T.byPhone : T.byThem;
    switch (c.code) {
      case 486: return T.busy;
      case 603: return c.byPhone ? T.refused : T.decline;
      case 487: case 200: return c.byPhone ? T.byPhone : T.gaveUp;
      case 408: case 480: return T.noAnswer;
      default: return c.code + ' ' + c.reason;
    }
  }

  function duration(c) {
    if (!c.answeredAt) return '';
    const end = c.endedAt || Date.now();
    const s = Math.max(0, Math.round((end - c.answeredAt) / 1000));
    return Math.floor(s / 60) + ':' + String(s % 60).padStart(2, '0');
  }

  const hertz = (c) => (c.energy < 0.002 || !c.frequency ? T.quiet : Math.round(c.frequency) + ' Hz');

  // --- the feed ------------------------------------------------------------
  function connect() {
    link('connecting', T.connecting);
    const source = new EventSource('demo/phone/events');
    source.addEventListener('open', () => link('on', T.online));
    source.addEventListener('calls', (e) => take(JSON.parse(e.data)));
    source.addEventListener('levels', (e) => levels(JSON.parse(e.data)));
    source.addEventListener('error', () => {
      link('off', T.offline);
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, RETRY);
    });
  }

  function link(state, text) {
    $('link').dataset.state = state;
    $('link-text').textContent = text;
  }

  function take(list) {
    const before = new Map(calls.map((c) => [c.callId, c.state]));
    calls = list;
    // A call of the phone goes on the screen at once, one that rang when it is answered.
    const fresh = calls.find((c) => (c.direction === 'in' ? isLive(c) && !before.has(c.callId) : c.state === 'talking' && before.get(c.callId) !== c.state));
    if (fresh && !isLive(find(shown))) shown = fresh.callId;
    render();
  }

  function levels(list) {
    for (const l of list) Object.assign(find(l.callId) || {}, l);
    const c = find(shown);
    if (isLive(c)) hear(c);
    for (const row of $('list').children) {
      const live = find(row.dataset.id);
      if (isLive(live)) row.querySelector('.heard').textContent = hertz(live);
    }
  }

  // hear moves the wave on by one bar. The height is in decibels, from -50 to -5.
  function hear(c) {
    if (drawn !== c.callId) wave.length = 0;
    drawn = c.callId;
    const db = 20 * Math.log10(Math.max(c.level, 1e-5));
    const v = Math.min(1, Math.max(0, (db + 50) / 45));
    wave.push(v);
    if (wave.length > BARS) wave.shift();
    [...$('wave').children].forEach((bar, i) => {
      const x = wave[i - BARS + wave.length] || 0;
      bar.style.setProperty('--v', String(Math.max(0.06, x)));
      bar.style.setProperty('--o', String(0.25 + 0.75 * x));
    });
    $('wave').setAttribute('aria-valuenow', String(Math.round(100 * v)));
    $('frequency').textContent = hertz(c);
  }

  // --- the screen ----------------------------------------------------------
  function show(id) {
    shown = id;
    render();
  }

  function render() {
    const c = find(shown);
    if (!c) shown = null;
    renderIncoming();
    $('idle').hidden = Boolean(c);
    $('active').hidden = !c;
    $('call').hidden = isLive(c);
    $('hangup').hidden = !isLive(c);
    $('fresh').hidden = !c;
    if (c) renderCall(c);
    renderList();
    tick();
  }

  function renderIncoming() {
    const c = calls.find((x) => x.choice);
    $('incoming').hidden = !c;
    document.title = c ? '☎ ' + T.incoming : T.title;
    if (!c) return;
    $('incoming').dataset.id = c.callId;
    $('incoming-from').textContent = c.from;
    $('incoming-to').textContent = T.called + ' ' + c.to;
  }

  function renderCall(c) {
    $('state').textContent = stateText(c);
    $('state').className = 'state ' + c.state;
    $('number').textContent = peer(c);
    $('received').textContent = c.digits;
    $('voices').disabled = !isLive(c);
    for (const input of $('voices').querySelectorAll('input')) input.checked = input.value === c.voice;
    if (!isLive(c) || drawn !== c.callId) {
      $('frequency').textContent = '';
      for (const bar of $('wave').children) bar.style.setProperty('--v', '.06');
    }
  }

  function renderList() {
    $('empty').hidden = calls.length > 0;
    const focused = document.activeElement && document.activeElement.closest ? document.activeElement.closest('li') : null;
    const keep = focused ? focused.dataset.id : null;
    $('list').replaceChildren(...calls.map(row));
    if (keep) {
      const again = [...$('list').children].find((li) => li.dataset.id === keep);
      if (again) again.firstChild.focus();
    }
  }

  function row(c) {
    const icon = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    icon.setAttribute('viewBox', '0 0 24 24');
    icon.setAttribute('class', 'icon');
    icon.setAttribute('aria-hidden', 'true');
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    path.setAttribute('d', c.direction === 'in' ? ARROWS.out : ARROWS.in);
    icon.append(path);
    const failed = !isLive(c) && !c.answeredAt;
    const button = el('button', { type: 'button', className: 'row' + (isLive(c) ? ' live' : '') + (failed ? ' failed' : '') },
      icon,
      el('b', { textContent: peer(c) }),
      el('time', { textContent: new Date(c.startedAt).toLocaleTimeString(lang === 'zh' ? 'zh-CN' : undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' }) }),
      el('span', { className: 'now', textContent: [stateText(c), isLive(c) ? '' : duration(c), c.digits && '⌨ ' + c.digits].filter(Boolean).join(' · ') }),
      el('span', { className: 'heard', textContent: isLive(c) ? hertz(c) : '' }));
    button.setAttribute('aria-current', String(c.callId === shown));
    button.addEventListener('click', () => show(c.callId));
    const li = el('li', {}, button);
    li.dataset.id = c.callId;
    return li;
  }

  function tick() {
    const c = find(shown);
    if (c) $('clock').textContent = duration(c);
  }

  // --- what is pressed -----------------------------------------------------
  function press(key) {
    const c = find(shown);
    if (c) {
      if (c.state === 'talking' || c.state === 'held') post('digits', { callId: c.callId, digits: key });
      return;
    }
    $('to').value += key;
    suggestions();
  }

  async function dial(to) {
    const from = $('from').value.trim();
    if (!/^\+?[0-9]{3,32}$/.test(to) || !/^\+?[0-9]{3,32}$/.test(from)) {
      trouble(T.number);
      (/^\+?[0-9]{3,32}$/.test(from) ? $('to') : $('from')).focus();
      return;
    }
    try { localStorage.setItem('tccc.phone.from', from); } catch { /* private mode */ }
    $('call').disabled = true;
    const made = await post('call', { from, to, digits: $('digits').value.trim() });
    $('call').disabled = false;
    if (made) show(made.callId);
  }

  function suggestions() {
    for (const b of $('suggest').children) b.setAttribute('aria-pressed', String(b.dataset.number === $('to').value));
  }

  for (const [key, letters] of KEYS) {
    const b = el('button', { type: 'button' }, key, el('small', { textContent: letters }));
    b.setAttribute('aria-label', key);
    b.dataset.key = key;
    b.addEventListener('click', () => press(key));
    $('pad').append(b);
  }
  for (let i = 0; i < BARS; i++) $('wave').append(document.createElement('i'));
  for (const [number, does] of Object.entries(T.does)) $('behaviours').append(el('dt', { textContent: number }), el('dd', { textContent: does }));

  $('idle').addEventListener('submit', (e) => {
    e.preventDefault();
    const c = find(shown);
    dial(c ? peer(c) : $('to').value.trim()); // on the screen of an ended call: again
  });
  $('to').addEventListener('input', suggestions);
  $('erase').addEventListener('click', () => {
    $('to').value = $('to').value.slice(0, -1);
    suggestions();
  });
  $('fresh').addEventListener('click', () => show(null));
  $('hangup').addEventListener('click', () => post('hangup', { callId: shown }));
  $('decline').addEventListener('click', () => post('decline', { callId: $('incoming').dataset.id }));
  $('answer').addEventListener('click', () => {
    const id = $('incoming').dataset.id;
    post('answer', { callId: id }).then((done) => done && show(id));
  });
  $('voices').addEventListener('change', (e) => post('voice', { callId: shown, voice: e.target.value }));
  document.addEventListener('keydown', (e) => {
    if (e.target.closest('input') || e.ctrlKey || e.metaKey || e.altKey) return;
    const b = [...$('pad').children].find((x) => x.dataset.key === e.key);
    if (!b) return;
    b.classList.add('pressed');
    setTimeout(() => b.classList.remove('pressed'), 150);
    press(e.key);
  });

  try { $('from').value = localStorage.getItem('tccc.phone.from') || ''; } catch { /* private mode */ }
  if (!$('from').value) $('from').value = '13800138000';
  fetch('demo/phone/numbers').then((r) => r.json()).then((numbers) => {
    $('suggest').replaceChildren(...numbers.slice(0, 6).map((n) => {
      const b = el('button', { type: 'button' }, el('b', { textContent: n.name || n.number }), el('small', { textContent: n.number }));
      b.dataset.number = n.number;
      b.addEventListener('click', () => { $('to').value = n.number; suggestions(); });
      return b;
    }));
    if (numbers.length && !$('to').value) $('to').value = numbers[0].number;
    suggestions();
  }).catch(() => trouble(T.unreachable));
  setInterval(tick, 500);
  connect();
})();
