// The agent page of the demo, written as the front end of a customer would be:
// against window.tccc and nothing else of the SDK.
'use strict';

(() => {
  const AGENTS = ['agent1@demo', 'agent2@demo', 'agent3@demo', 'agent4@demo', 'agent5@demo'];
  const MAX_EVENTS = 200;
  const MAX_RECENT = 20;

  const TEXTS = {
    en: {
      title: 'Agent desk', agent: 'Agent', phone: 'Phone', customer: 'Customer', recent: 'Recent calls', callOut: 'Call out',
      number: 'Number', call: 'Call', next: 'Next step', events: 'Events', copied: 'Copied',
      free: 'Free', busy: 'In a call', arrange: 'After-call work', notReady: 'Busy', rest: 'On break', offline: 'Offline',
      loading: 'Connecting…', failed: 'Not connected', reconnecting: 'Reconnecting…',
      waiting: 'Waiting for the next call', waitingSub: 'Incoming calls appear here with everything that is known about the caller.',
      away: 'You receive no calls now', awaySub: 'Choose “Free” in the call bar to receive calls again.',
      lost: 'The desk is not connected',
      ringing: 'Incoming call', dialing: 'Calling', talking: 'In conversation', held: 'On hold', ended: 'Call ended',
      accept: 'Accept', decline: 'Decline', hangup: 'Hang up', mute: 'Mute', unmute: 'Unmute', hold: 'Hold', resume: 'Resume',
      keypad: 'Keypad', complete: 'Complete', unknown: 'Unknown number',
      location: 'Location', called: 'Number called', path: 'Menu', pressed: 'Keys pressed', remark: 'Remark', direction: 'Direction',
      inbound: 'Inbound', outbound: 'Outbound', session: 'Session', reason: 'Reason', notes: 'Notes',
      notesHint: 'What was it about? The notes stay on this page.',
      noRecent: 'Calls of this visit are listed here.', again: 'Call again',
      byClient: 'Customer hung up', bySeat: 'You hung up', byTimer: 'Not answered in time', byAdmin: 'Ended by the system', missed: 'Passed on',
      hintPhone: 'Open the phone in a second tab and ring in: sales answers on 4001000001, support on 4001000002, and 4001000003 has a menu.',
      hintAccept: 'A call is ringing. Accept it here or in the call bar.',
      hintTalk: 'You are connected. Try mute, hold and the keypad: the phone page shows what arrives there.',
      hintDial: 'The other side is being called.',
      hintComplete: 'The call is over. Complete it to clear the desk.',
      hintLoad: 'The desk is connecting.',
      hintFailed: 'Choose an agent to try again.',
      hintKicked: 'This agent has logged in elsewhere. Choose an agent to log in here again.',
      openPhone: 'Open the phone',
      tone: 'answers and plays a tone', echo: 'answers and echoes', busyLine: 'is busy', noAnswer: 'never answers', declines: 'declines',
      reasons: {
        busy: 'the line is busy', noAnswer: 'no answer', declined: 'declined', unreachable: 'cannot be reached', trunkRejected: 'refused by the trunk',
        queueTimeout: 'nobody took it in time', noAgent: 'no agent is online', networkLost: 'network connection lost', agentLost: 'the browser was away',
        gatewayRestart: 'the gateway was restarted', maxDuration: 'longest duration reached',
      },
    },
    zh: {
      title: '客服工作台', agent: '客服', phone: '电话', customer: '客户', recent: '最近通话', callOut: '外呼',
      number: '号码', call: '呼叫', next: '下一步', events: '事件', copied: '已复制',
      free: '空闲', busy: '通话中', arrange: '话后整理', notReady: '示忙', rest: '小休', offline: '离线',
      loading: '正在连接…', failed: '未连接', reconnecting: '正在重连…',
      waiting: '等待下一个来电', waitingSub: '来电及客户信息将显示在这里。',
      away: '当前不接收来电', awaySub: '在通话条中选择“空闲”即可恢复接听。',
      lost: '工作台未连接',
      ringing: '来电', dialing: '正在呼叫', talking: '通话中', held: '保持中', ended: '通话结束',
      accept: '接听', decline: '拒接', hangup: '挂断', mute: '静音', unmute: '取消静音', hold: '保持', resume: '恢复',
      keypad: '键盘', complete: '完成', unknown: '未知号码',
      location: '归属地', called: '被叫号码', path: '菜单', pressed: '按键路径', remark: '备注', direction: '方向',
      inbound: '呼入', outbound: '呼出', session: '会话', reason: '原因', notes: '记录',
      notesHint: '客户咨询了什么？记录仅保留在本页。',
      noRecent: '本次访问的通话会列在这里。', again: '再次呼叫',
      byClient: '客户挂断', bySeat: '您已挂断', byTimer: '超时未接', byAdmin: '系统结束', missed: '已转给他人',
      hintPhone: '在新标签页打开电话并呼入：4001000001 为销售，4001000002 为支持，4001000003 有语音菜单。',
      hintAccept: '有来电，可在此处或通话条中接听。',
      hintTalk: '已接通。试试静音、保持和键盘：电话页面会显示收到的内容。',
      hintDial: '正在呼叫对方。',
      hintComplete: '通话已结束，点击“完成”清理。',
      hintLoad: '工作台正在连接。',
      hintFailed: '请选择客服重试。',
      hintKicked: '该客服已在别处登录，选择客服可在此重新登录。',
      openPhone: '打开电话',
      tone: '接听并播放单音', echo: '接听并回声', busyLine: '忙线', noAnswer: '无人接听', declines: '拒接',
      reasons: {
        busy: '对方忙', noAnswer: '无人接听', declined: '对方拒接', unreachable: '无法接通', trunkRejected: '线路拒绝',
        queueTimeout: '排队超时', noAgent: '没有在线客服', networkLost: '网络中断', agentLost: '浏览器断开',
        gatewayRestart: '网关重启', maxDuration: '达到最长时间',
      },
    },
  };
  const lang = (navigator.language || 'en').toLowerCase().startsWith('zh') ? 'zh' : 'en';
  const T = TEXTS[lang];

  const ICONS = {
    phone: 'M5.4 3.9h3l1.6 4-2 1.5a11.6 11.6 0 0 0 5.6 5.6l1.5-2 4 1.6v3a1.9 1.9 0 0 1-2 1.9C10 19 4.9 14 3.5 5.9a1.9 1.9 0 0 1 1.9-2z',
    hangup: 'M3.2 14.6c-.6-.9-.5-2.1.3-2.9 4.7-4.3 12.3-4.3 17 0 .8.7.9 2 .3 2.9l-1.1 1.5-4.3-1.4v-2.5a12 12 0 0 0-6.8 0v2.5l-4.3 1.4z',
    mic: 'M12 3.5a2.7 2.7 0 0 1 2.7 2.7v5.1a2.7 2.7 0 0 1-5.4 0V6.2A2.7 2.7 0 0 1 12 3.5zM5.8 11.2a6.2 6.2 0 0 0 12.4 0M12 17.5v3',
    micOff: 'M9.3 9.3v2a2.7 2.7 0 0 0 4.3 2.2M14.7 11V6.2a2.7 2.7 0 0 0-5.3-.7M5.8 11.2a6.2 6.2 0 0 0 10 4.9M12 17.5v3M4 4l16 16',
    pause: 'M9 5.5v13M15 5.5v13',
    play: 'M8 5.3v13.4l10.5-6.7z',
    keypad: 'M6 6h.01M12 6h.01M18 6h.01M6 12h.01M12 12h.01M18 12h.01M6 18h.01M12 18h.01M18 18h.01',
    check: 'M5.5 12.5l4.3 4.2 8.7-9.2',
    headset: 'M4.5 14.5V12a7.5 7.5 0 0 1 15 0v2.5M4.5 13.5h2a1.2 1.2 0 0 1 1.2 1.2v3.1A1.2 1.2 0 0 1 6.5 19a2 2 0 0 1-2-2zM19.5 13.5h-2a1.2 1.2 0 0 0-1.2 1.2v3.1a1.2 1.2 0 0 0 1.2 1.2 2 2 0 0 0 2-2zM19.5 17v.5a3 3 0 0 1-3 3H13',
    in: 'M17.5 6.5L7 17M7 9.5V17h7.5',
    out: 'M6.5 17.5L17 7M9.5 7H17v7.5',
    redial: 'M5 12a7 7 0 1 0 2.3-5.2M5 4.5V8h3.5',
  };

  const $ = (id) => document.getElementById(id);

  // h makes an element. Strings become text, never markup.
  function h(tag, props, ...children) {
    const e = document.createElement(tag);
    for (const [name, value] of Object.entries(props || {})) {
      if (value === undefined || value === false) continue;
      if (name.startsWith('on')) e.addEventListener(name.slice(2), value);
      else if (value === true) e.setAttribute(name, '');
      else e.setAttribute(name, value);
    }
    e.append(...children.filter((c) => c !== null && c !== undefined));
    return e;
  }

  function icon(name) {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('aria-hidden', 'true');
    svg.setAttribute('class', 'icon i-' + name);
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    path.setAttribute('d', ICONS[name]);
    svg.append(path);
    return svg;
  }

  // ---- What the desk knows --------------------------------------------------

  const desk = {
    agent: '',
    phase: 'loading', // loading, ready, reconnecting, failed, kicked
    status: 'offline',
    calls: new Map(), // by sessionId, in the order they came
    current: '', // the call that is looked at
    recent: [],
    keypad: '', // session whose keypad is open
    generation: 0, // of the SDK: events of an earlier one are ignored
    events: 0,
  };

  function call(sessionId, fields) {
    const known = desk.calls.get(sessionId) || {
      sessionId, state: 'ringing', direction: 'in', since: Date.now(), answered: 0, ended: 0, muted: false, digits: '', notes: '',
    };
    Object.assign(known, fields);
    if (!desk.calls.has(sessionId)) desk.current = sessionId;
    desk.calls.set(sessionId, known);
    return known;
  }

  const number = (c) => (c.direction === 'out' ? c.callee : c.caller) || '';

  // order puts what needs the agent first.
  const URGENCY = { ringing: 3, dialing: 2, talking: 1, held: 1, ended: 0 };

  function currentCall() {
    const chosen = desk.calls.get(desk.current);
    if (chosen && chosen.state !== 'ended') return chosen;
    let best = chosen;
    for (const c of desk.calls.values()) if (!best || URGENCY[c.state] > URGENCY[best.state]) best = c;
    return best;
  }

  // ---- Events of the SDK ----------------------------------------------------

  const HANDLERS = {
    ready() {
      desk.phase = 'ready';
      desk.status = tccc.Agent.getStatus();
    },
    tokenExpired() {
      desk.phase = 'failed';
    },
    callIn(e) {
      call(e.sessionId, {
        state: 'ringing', direction: 'in', type: e.type, caller: e.callerPhoneNumber || e.userId || e.peerUserId, callee: e.calleePhoneNumber || e.callee,
        location: e.callerLocation || e.peerSource, remark: e.remark, nickname: e.nickname, path: e.ivrPath,
        deadline: e.timeout ? Date.now() + e.timeout * 1000 : 0,
      });
      desk.current = e.sessionId;
    },
    userAccessed(e) {
      const c = call(e.sessionId, { state: 'talking' });
      c.answered ||= Date.now();
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
      c.answered ||= Date.now();
    },
    sessionUpdated(e) {
      if (!e.sessionId || !e.state) return;
      const c = desk.calls.get(e.sessionId) || call(e.sessionId, {});
      Object.assign(c, {
        state: e.state, direction: e.direction, muted: !!e.muted, caller: e.callerPhoneNumber || c.caller, callee: e.calleePhoneNumber || c.callee,
        location: e.location || c.location, path: e.ivrPath || c.path, remark: e.remark || c.remark, nickname: e.title || c.nickname,
      });
      if (c.state === 'talking' || c.state === 'held') c.answered ||= Date.now();
    },
    sessionEnded(e) {
      const c = desk.calls.get(e.sessionId);
      if (!c || c.state === 'ended') return;
      c.state = 'ended';
      c.ended = Date.now();
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
      trouble(e.message ? `${e.message}. ${e.remedy || ''}` : e.errorMsg);
    },
  };

  function remember(c, how) {
    desk.recent.unshift({ number: number(c), direction: c.direction, at: c.since, seconds: c.answered ? Math.round(((c.ended || Date.now()) - c.answered) / 1000) : 0, how });
    desk.recent.length = Math.min(desk.recent.length, MAX_RECENT);
  }

  // ---- Loading and unloading the SDK ---------------------------------------

  async function login(agent) {
    const generation = ++desk.generation;
    unload();
    Object.assign(desk, { agent, phase: 'loading', status: 'offline', current: '', keypad: '' });
    desk.calls.clear();
    trouble('');
    render();
    try {
      const answer = await fetch('/demo/login', {
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

  // act calls a method of the SDK and shows why it failed, if it does.
  async function act(method, options) {
    trouble('');
    try {
      return await method(options);
    } catch (err) {
      trouble(err && err.errorMsg ? err.errorMsg : String(err));
      return null;
    }
  }

  // ---- The page ---------------------------------------------------------------

  function trouble(text) {
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
    if (c.state === 'ringing') return c.deadline ? clock(c.deadline - Date.now() + 999) : '';
    return clock(Date.now() - (c.answered || c.since));
  }

  function render() {
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
    }, h('i'), number(k) || T.unknown)));
  }

  // The customer panel is made anew when another call or another state is
  // shown; the timer alone changes in between.
  let shown = '';
  function renderCustomer(c) {
    const key = c ? JSON.stringify([c.sessionId, c.state, c.muted, c.caller, c.callee, c.location, c.remark, c.nickname, c.path, c.digits, desk.keypad])
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
        h('div', { class: 'avatar', 'aria-hidden': 'true' }, icon(c.direction === 'out' ? 'out' : 'in')),
        h('div', { class: 'call-name' },
          h('span', { class: 'badge ' + c.state }, T[c.state]),
          h('strong', {}, c.nickname || number(c) || T.unknown),
          c.nickname && number(c) ? h('span', { class: 'sub' }, number(c)) : null),
        h('span', { class: 'timer', id: 'timer', role: 'timer' }, timeOf(c))),
      actions(c),
      desk.keypad === c.sessionId && c.state === 'talking' ? keypad(c) : null,
      facts(c),
      notes(c));
  }

  function button(act, name, text, onclick, kind) {
    return h('button', { type: 'button', class: 'act ' + (kind || ''), 'data-act': act, onclick }, icon(name), h('span', {}, text));
  }

  function actions(c) {
    const ref = { sessionId: c.sessionId };
    const row = h('div', { class: 'actions' });
    switch (c.state) {
      case 'ringing':
        row.append(button('accept', 'phone', T.accept, () => act(tccc.Call.accept, ref), 'go'),
          button('decline', 'hangup', T.decline, () => act(tccc.Call.hungUp, ref), 'stop'));
        break;
      case 'dialing':
        row.append(button('hangup', 'hangup', T.hangup, () => act(tccc.Call.hungUp, ref), 'stop'));
        break;
      case 'talking':
        row.append(
          c.muted ? button('mute', 'micOff', T.unmute, () => mute(c, false), 'on') : button('mute', 'mic', T.mute, () => mute(c, true)),
          button('hold', 'pause', T.hold, () => hold(c, true)),
          button('keypad', 'keypad', T.keypad, () => { desk.keypad = desk.keypad ? '' : c.sessionId; render(); }, desk.keypad ? 'on' : ''),
          button('hangup', 'hangup', T.hangup, () => act(tccc.Call.hungUp, ref), 'stop'));
        break;
      case 'held':
        row.append(button('hold', 'play', T.resume, () => hold(c, false), 'on'),
          button('hangup', 'hangup', T.hangup, () => act(tccc.Call.hungUp, ref), 'stop'));
        break;
      default:
        row.append(button('complete', 'check', T.complete, () => complete(c), 'plain'));
    }
    return row;
  }

  async function mute(c, on) {
    if (await act(on ? tccc.Call.muteMic : tccc.Call.unmuteMic, { sessionId: c.sessionId })) {
      c.muted = on;
      render();
    }
  }

  async function hold(c, on) {
    if (await act(on ? tccc.Call.hold : tccc.Call.unHold, { sessionId: c.sessionId })) {
      if (c.state !== 'ended') c.state = on ? 'held' : 'talking';
      render();
    }
  }

  async function complete(c) {
    await act(tccc.Call.deleteCall, { sessionId: c.sessionId });
    desk.calls.delete(c.sessionId);
    render();
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
    add(T.location, c.location);
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
      h('span', { class: 'way ' + r.direction }, icon(r.direction === 'out' ? 'out' : 'in')),
      h('span', { class: 'recent-number' }, r.number || T.unknown),
      h('span', { class: 'recent-how' }, r.how),
      h('span', { class: 'recent-time' }, r.seconds ? clock(r.seconds * 1000) : '–'),
      h('time', {}, new Date(r.at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })),
      h('button', { type: 'button', class: 'small', title: T.again, 'aria-label': `${T.again}: ${r.number}`, onclick: () => dial(r.number) }, icon('redial')))));
  }

  function renderHint(c) {
    const [text, link] = desk.phase === 'loading' || desk.phase === 'reconnecting' ? [T.hintLoad]
      : desk.phase === 'kicked' ? [T.hintKicked]
      : desk.phase !== 'ready' ? [T.hintFailed]
      : !c ? [T.hintPhone, T.openPhone]
      : c.state === 'ringing' ? [T.hintAccept]
      : c.state === 'dialing' ? [T.hintDial]
      : c.state === 'ended' ? [T.hintComplete]
      : [T.hintTalk, T.openPhone];
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

  function note(name, payload) {
    const list = $('events');
    const text = payload === undefined || payload === null ? '' : JSON.stringify(payload);
    const bottom = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    list.append(h('li', {}, h('time', {}, new Date().toLocaleTimeString([], { hourCycle: 'h23' })), h('b', {}, name), h('span', {}, text.slice(0, 400))));
    while (list.childElementCount > MAX_EVENTS) list.firstElementChild.remove();
    if (bottom) list.scrollTop = list.scrollHeight;
    $('count').textContent = String(++desk.events);
  }

  async function dial(to) {
    if (!to) return $('number').focus();
    const result = await act(tccc.Call.startOutboundCall, { phoneNumber: to });
    const c = result && desk.calls.get(result.data.sessionId);
    if (c) {
      c.location = result.data.calleeLocation;
      c.remark ||= result.data.remark;
      render();
    }
  }

  // ---- Start ------------------------------------------------------------------

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
      await dial(to);
      if (to) $('number').value = '';
    });
    for (const [to, what] of [['10086', T.tone], ['10010', T.echo], ['10000', T.busyLine], ['10001', T.noAnswer], ['10002', T.declines]]) {
      $('numbers').append(h('button', { type: 'button', onclick: () => { $('number').value = to; $('number').focus(); } }, h('b', {}, to), h('span', {}, what)));
    }
    if (matchMedia('(max-width: 900px)').matches) $('log-panel').open = false;
    login(agent);
  }

  start();
})();
