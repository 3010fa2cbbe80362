// The messages of the customers' page. Everything that customers, agents and
// bots write goes into text nodes and checked addresses, never into markup.

import { T, dayOf, sizeOf, timeOf } from './customer-text.js';

const SVG = 'http://www.w3.org/2000/svg';
const ICONS = {
  sending: 'M12 7v5l3 2M20 12a8 8 0 1 1-16 0 8 8 0 0 1 16 0z',
  sent: 'M5 12.5l4.5 4.5L19 7.5',
  read: 'M2.5 12.5L7 17l9.5-9.5M11.5 16l1 1L22 7.5',
  failed: 'M12 7v6M12 16.5v.5M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0z',
  file: 'M7 3.5h7l4 4v13H7zM14 3.5v4h4',
};

export function el(name, props = {}, ...children) {
  const e = Object.assign(document.createElement(name), props);
  e.append(...children);
  return e;
}

export function icon(path) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const p = document.createElementNS(SVG, 'path');
  p.setAttribute('d', path);
  svg.append(p);
  return svg;
}

// web is an address that may be opened, or null.
export function web(address) {
  try {
    const url = new URL(address);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null;
  } catch {
    return null;
  }
}

// own is the address of a file of the gateway, or null. The gateway says where
// a file is from its own root, which may be below a proxy's.
function own(path) {
  const url = new URL('.' + path, location.href);
  return url.href.startsWith(new URL('files/', location.href).href) ? url.href : null;
}

// over reports whether the address of a file is good no longer.
const over = (href) => Number(new URL(href).searchParams.get('exp')) * 1000 < Date.now();

const link = (href, ...children) => el('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow ugc' }, ...children);

// prose is a text whose web addresses can be clicked.
function prose(text) {
  const p = el('p', { className: 'prose', dir: 'auto' });
  for (const part of text.split(/(https?:\/\/[^\s<>"'，。）]*[^\s<>"'，。）.,;:!?)\]])/i)) {
    const href = /^https?:\/\//i.test(part) ? web(part) : null;
    p.append(href ? link(href, part) : part);
  }
  return p;
}

// View shows the chat: one section for each session, one row for each message.
export class View {
  // act is what the page does: picture(file), press(text), resend(item),
  // renew(message), older(), seen().
  constructor(act) {
    this.act = act;
    this.$ = (id) => document.getElementById(id);
    this.sections = new Map(); // session id to section
    this.read = 0;             // by the agent, of the last session
    this.scroll = this.$('scroll');
    this.log = this.$('log');
    this.stuck = true;         // at the end
    this.top = 0;              // where it was scrolled to
    this.scroll.addEventListener('scroll', () => this.scrolled(), { passive: true });
    this.$('newer').onclick = () => this.toEnd();
    this.$('older').onclick = () => act.older();
    new ResizeObserver(() => { if (this.stuck) this.toEnd(); }).observe(this.scroll);
  }

  section(id) {
    let s = this.sections.get(id);
    if (!s) {
      s = { id, rows: new Map(), seqs: [], node: el('div', { className: 'session' }) };
      this.sections.set(id, s);
      this.log.append(s.node);
      this.current = s;
      this.read = 0;
    }
    return s;
  }

  last(id) {
    const s = this.sections.get(id);
    return s && s.seqs.length ? s.seqs[s.seqs.length - 1] : 0;
  }

  first() {
    const s = this.sections.values().next().value;
    return s && s.seqs.length ? { sessionId: s.id, seq: s.seqs[0] } : null;
  }

  has(m) { return !!this.sections.get(m.sessionId)?.rows.has(m.seq); }

  // add puts a message where its number says, once.
  add(m) {
    const s = this.section(m.sessionId);
    if (s.rows.has(m.seq)) return false;
    const row = { m, node: this.row(m) };
    let at = s.seqs.length;
    while (at > 0 && s.seqs[at - 1] > m.seq) at--;
    const next = at < s.seqs.length ? s.rows.get(s.seqs[at]).node : null;
    s.seqs.splice(at, 0, m.seq);
    s.rows.set(m.seq, row);
    s.node.insertBefore(row.node, next);
    this.join(s, at);
    this.marks();
    this.choices();
    return true;
  }

  // join shows the day and the sender only where they change.
  join(s, at) {
    for (const i of [at, at + 1]) {
      const row = s.rows.get(s.seqs[i]);
      if (!row) continue;
      const before = s.rows.get(s.seqs[i - 1])?.m;
      const day = dayOf(row.m.at);
      row.node.querySelector('.day').textContent = before && dayOf(before.at) === day ? '' : day;
      const same = before && before.from === row.m.from && before.userId === row.m.userId && row.m.at - before.at < 120000 &&
        before.type !== 'notice' && row.m.type !== 'notice';
      row.node.classList.toggle('joined', !!same);
    }
  }

  row(m) {
    const notice = m.from === 'system' || m.type === 'notice';
    const node = el('div', { className: 'row ' + (notice && m.notice !== 'greeting' ? 'notice' : m.from === 'client' ? 'mine' : 'theirs') });
    node.dataset.seq = m.seq;
    node.dataset.id = m.id;
    node.append(el('p', { className: 'day' }));
    if (node.classList.contains('notice')) {
      const text = Object.hasOwn(T.notice, m.notice || '') ? T.notice[m.notice](m) : m.text || '';
      node.append(el('p', { className: 'note', dir: 'auto', textContent: text }));
      return node;
    }
    const who = m.name || { client: T.you, seat: T.agent, bot: T.bot }[m.from] || T.title;
    const foot = el('p', { className: 'foot' }, el('time', { dateTime: new Date(m.at).toISOString(), textContent: timeOf(m.at) }));
    if (m.from === 'client') foot.append(el('span', { className: 'mark' }));
    node.append(el('p', { className: 'author', dir: 'auto', textContent: who }), el('div', { className: 'bubble' }, this.body(m)), foot);
    return node;
  }

  body(m) {
    switch (m.type) {
      case 'image': return m.file ? this.image(m) : prose(m.text || '');
      case 'file': return m.file ? this.file(m.file, m) : prose(m.text || '');
      case 'card': return m.card ? this.card(m.card) : prose(m.text || '');
      case 'order': return m.order ? this.order(m.order) : prose(m.text || '');
      default: return prose(m.text || '');
    }
  }

  image(m) {
    const src = own(m.file.url);
    if (!src) return this.file(m.file, m);
    const img = el('img', { className: 'thumb', src, alt: m.file.name, decoding: 'async' });
    img.onload = () => { if (this.stuck) this.toEnd(); };
    img.onerror = () => { img.onerror = null; this.act.renew(m, (file) => { const again = own(file.url); if (again) img.src = again; }); };
    const open = el('button', { type: 'button', className: 'open', title: T.openImage, onclick: () => this.act.picture(m.file.name, img.src) }, img);
    open.setAttribute('aria-label', T.openImage + ': ' + m.file.name);
    return open;
  }

  // file shows a file; in a page that stays open its address is asked for anew.
  file(f, m) {
    const text = el('span', { className: 'file-text' }, el('b', { dir: 'auto', textContent: f.name }), el('small', { textContent: sizeOf(f.size) }));
    const href = own(f.url);
    if (!href) return el('span', { className: 'file' }, icon(ICONS.file), text);
    const a = el('a', { className: 'file', href, download: f.name }, icon(ICONS.file), text);
    a.onclick = (e) => {
      if (!over(a.href)) return;
      e.preventDefault();
      this.act.renew(m, (again) => {
        a.onclick = null;
        a.href = own(again.url) || a.href;
        a.click();
      });
    };
    return a;
  }

  card(c) {
    const text = el('span', { className: 'card-text' }, el('b', { dir: 'auto', textContent: c.header }), el('span', { dir: 'auto', textContent: c.desc }));
    const href = web(c.url);
    const e = href ? link(href, text) : el('span', {}, text);
    e.className = 'card';
    this.pic(e, c.pic);
    return e;
  }

  order(o) {
    const e = el('span', { className: 'card order' }, el('span', { className: 'card-text' },
      el('small', { dir: 'auto', textContent: o.guide || T.order }), el('b', { dir: 'auto', textContent: o.name || '' }), el('span', { dir: 'auto', textContent: o.desc || '' })));
    this.pic(e, o.pic);
    return e;
  }

  pic(to, address) {
    const src = address && web(address);
    if (src) to.prepend(el('img', { src, alt: '', referrerPolicy: 'no-referrer', loading: 'lazy', onerror() { this.remove(); } }));
  }

  // setRead takes over up to where the agent has read.
  setRead(sessionId, seq) {
    if (this.current?.id !== sessionId) return;
    this.read = Math.max(this.read, seq || 0);
    this.marks();
  }

  // marks shows of the customer's own messages which are read.
  marks() {
    if (!this.current) return;
    for (const { m, node } of this.current.rows.values()) {
      const mark = node.querySelector('.mark');
      if (mark) this.mark(mark, m.seq <= this.read ? 'read' : 'sent');
    }
  }

  mark(node, state) {
    if (node.dataset.state === state) return;
    node.dataset.state = state;
    node.title = T[state] || '';
    node.replaceChildren(icon(ICONS[state]), el('span', { className: 'visually-hidden', textContent: T[state] || '' }));
  }

  // choices are offered under the last message while a bot answers.
  choices(open = this.open) {
    this.open = open;
    this.log.querySelector('.choices')?.remove();
    const s = this.current;
    const last = s && s.rows.get(s.seqs[s.seqs.length - 1]);
    if (!open || !last || !last.m.choices?.length) return;
    const buttons = last.m.choices.map((text) => el('button', { type: 'button', dir: 'auto', textContent: text, onclick: () => this.act.press(text) }));
    last.node.append(el('div', { className: 'choices' }, ...buttons));
    if (this.stuck) this.toEnd();
  }

  // pending shows what the gateway has not acknowledged yet.
  pending(items) {
    this.$('pending').replaceChildren(...items.map((item) => {
      const mark = el('span', { className: 'mark' });
      this.mark(mark, item.failed ? 'failed' : 'sending');
      const node = el('div', { className: 'row mine' + (item.failed ? ' failed' : '') },
        el('div', { className: 'bubble' }, item.file ? this.file(item.file) : prose(item.text)), el('p', { className: 'foot' }, mark));
      node.dataset.id = item.id;
      if (item.failed) {
        node.querySelector('.foot').append(T.failed + item.failed + ' ',
          el('button', { type: 'button', textContent: item.over ? T.resendNew : T.resend, onclick: () => this.act.resend(item) }));
      }
      return node;
    }));
    if (this.stuck) this.toEnd();
  }

  // scrolling
  scrolled() {
    const s = this.scroll;
    const up = s.scrollTop < this.top;
    this.top = s.scrollTop;
    if (s.scrollHeight - s.scrollTop - s.clientHeight < 60) this.stuck = true;
    else if (up) this.stuck = false; // a picture that has loaded moves the end too
    if (this.stuck) {
      this.$('newer').hidden = true;
      this.act.seen();
    }
  }

  toEnd() {
    this.stuck = true;
    this.scroll.scrollTop = this.scroll.scrollHeight;
    this.top = this.scroll.scrollTop;
    this.$('newer').hidden = true;
  }

  // arrived follows a new message, unless the reader is further up.
  arrived(mine) {
    if (this.stuck || mine) this.toEnd();
    else this.$('newer').hidden = false;
  }

  // keep runs f, which adds above, and leaves what is seen where it is.
  keep(f) {
    const bottom = this.scroll.scrollHeight - this.scroll.scrollTop;
    f();
    this.scroll.scrollTop = this.scroll.scrollHeight - bottom;
  }
}

