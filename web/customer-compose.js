// The composer of the customers' page: text with its draft, and files chosen,
// pasted or dropped.

import { T, reasonOf, sizeOf } from './customer-text.js';
import { el } from './customer-view.js';

const TEXT_MOST = 8192;  // bytes of a message
const TYPING = 3000;     // ms between two notices that the customer types
const IDLE = 5000;       // ms without a key after which the customer does not

const bytes = new TextEncoder();

export class Composer {
  // act is what the page does: say(text), typing(on), ticket(file), sent(file),
  // draft(text). limits are those of the gateway.
  constructor(act, draft) {
    this.act = act;
    this.limits = { maxBytes: 0, mimes: [] };
    const $ = this.$ = (id) => document.getElementById(id);
    this.text = $('text');
    this.text.value = draft;
    this.text.addEventListener('input', () => this.typed());
    this.text.addEventListener('keydown', (e) => {
      if (e.key === 'Enter' && !e.shiftKey && !e.isComposing && e.keyCode !== 229) {
        e.preventDefault();
        this.submit();
      }
    });
    this.text.addEventListener('blur', () => this.rest());
    this.text.addEventListener('paste', (e) => this.pasted(e));
    $('composer').addEventListener('submit', (e) => {
      e.preventDefault();
      this.submit();
    });
    $('attach').onclick = () => $('file').click();
    $('file').addEventListener('change', () => {
      this.take([...$('file').files]);
      $('file').value = '';
    });
    this.listenForDrops();
    this.fit();
  }

  setLimits(limits) {
    this.limits = limits;
    this.$('file').accept = limits.mimes.join(',') + ',.txt,.csv,.md,.log,.docx,.xlsx,.pptx';
  }

  // fit makes the field as high as its text, and tells what is too long.
  fit() {
    this.text.style.height = 'auto';
    this.text.style.height = Math.min(this.text.scrollHeight, 140) + 'px';
    const size = bytes.encode(this.text.value.trim()).length;
    this.$('send').disabled = size === 0 || size > TEXT_MOST;
    this.trouble(size > TEXT_MOST ? T.tooLong : '');
  }

  typed() {
    this.fit();
    this.act.draft(this.text.value);
    clearTimeout(this.idle);
    if (!this.text.value.trim()) return this.rest();
    this.idle = setTimeout(() => this.rest(), IDLE);
    const now = performance.now(); // the computer's clock may be moved
    if (!this.told || now - this.told > TYPING) {
      this.told = now;
      this.act.typing(true);
    }
  }

  // rest says that the customer types no more.
  rest() {
    clearTimeout(this.idle);
    if (!this.told) return;
    this.told = 0;
    this.act.typing(false);
  }

  submit() {
    if (this.$('send').disabled) return;
    const text = this.text.value.trim();
    this.text.value = '';
    this.act.say(text);
    this.act.draft('');
    this.rest();
    this.fit();
    this.text.focus();
  }

  trouble(text) {
    this.$('trouble').textContent = text;
    this.$('trouble').hidden = !text;
  }

  pasted(e) {
    const files = [...(e.clipboardData?.files || [])];
    if (!files.length) return;
    e.preventDefault();
    this.take(files);
  }

  listenForDrops() {
    let depth = 0;
    const show = (on) => { this.$('drop').hidden = !on; };
    const has = (e) => e.dataTransfer && [...e.dataTransfer.types].includes('Files');
    addEventListener('dragenter', (e) => { if (has(e)) { depth++; show(true); } });
    addEventListener('dragleave', (e) => { if (has(e) && --depth <= 0) { depth = 0; show(false); } });
    addEventListener('dragover', (e) => { if (has(e)) e.preventDefault(); });
    addEventListener('drop', (e) => {
      if (!has(e)) return;
      e.preventDefault();
      depth = 0;
      show(false);
      this.take([...e.dataTransfer.files]);
    });
  }

  take(files) {
    for (const file of files) new Upload(this, file).begin();
  }
}

// Upload is one file on its way, with a line that says how far it is.
class Upload {
  constructor(composer, file) {
    this.composer = composer;
    this.file = file;
    this.bar = el('progress', { max: 1, value: 0 });
    this.bar.setAttribute('aria-label', T.uploading + ' ' + file.name);
    this.say = el('span', { className: 'upload-say', role: 'status' });
    this.buttons = el('span', { className: 'upload-buttons' });
    this.line = el('li', { className: 'upload' }, el('b', { dir: 'auto', textContent: file.name }), this.bar, this.say, this.buttons);
    composer.$('uploads').append(this.line);
  }

  show(text, ...buttons) {
    this.say.textContent = text;
    this.buttons.replaceChildren(...buttons.map(([label, onclick]) => el('button', { type: 'button', textContent: label, onclick })));
  }

  async begin() {
    const { limits, act } = this.composer;
    this.line.classList.remove('failed');
    this.bar.hidden = false;
    this.cancelled = false;
    this.show(sizeOf(this.file.size), [T.cancel, () => this.cancel()]);
    if (this.file.size === 0) return this.fail(T.empty, false);
    if (limits.maxBytes && this.file.size > limits.maxBytes) return this.fail(T.tooLarge(limits.maxBytes / 1e6), false);
    try {
      const { url, sessionId } = await act.ticket(this.file);
      if (this.cancelled) return undefined;
      const uploaded = await this.post(url);
      this.line.remove();
      act.sent(uploaded, sessionId);
    } catch (err) {
      if (!this.cancelled) this.fail(reasonOf(err), err.code !== 4014);
    }
    return undefined;
  }

  post(url) {
    return new Promise((resolve, reject) => {
      const r = this.request = new XMLHttpRequest();
      r.open('POST', new URL('.' + url, location.href));
      r.setRequestHeader('Content-Type', 'application/octet-stream');
      r.responseType = 'json';
      r.upload.onprogress = (e) => { if (e.lengthComputable) this.bar.value = e.loaded / e.total; };
      r.onload = () => {
        if (r.status === 200 && r.response?.id) resolve(r.response);
        else reject(Object.assign(new Error(T.lost), r.response?.error));
      };
      r.onerror = r.onabort = r.ontimeout = () => reject(new Error(T.lost));
      r.send(this.file);
    });
  }

  fail(why, again) {
    this.line.classList.add('failed');
    this.bar.hidden = true;
    const buttons = [[T.dismiss, () => this.line.remove()]];
    if (again) buttons.unshift([T.retry, () => this.begin()]);
    this.show(T.failed + why, ...buttons);
  }

  cancel() {
    this.cancelled = true;
    this.request?.abort();
    this.line.remove();
  }
}
