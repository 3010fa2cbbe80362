// What the customers' page keeps in the browser: the secret that makes it the
// same customer again, the draft, and messages until the gateway has them.
// Where there is no storage (private windows, frames of other sites), it is
// kept as long as the page.

const PREFIX = 'tccc.customer.';

function openStorage() {
  try {
    localStorage.setItem(PREFIX + 'test', '1');
    localStorage.removeItem(PREFIX + 'test');
    return localStorage;
  } catch {
    const kept = new Map();
    return {
      getItem: (k) => (kept.has(k) ? kept.get(k) : null), setItem: (k, v) => kept.set(k, v), removeItem: (k) => kept.delete(k),
      key: (i) => [...kept.keys()][i], get length() { return kept.size; },
    };
  }
}
const storage = openStorage();

// randomID is an id that nobody else has; randomUUID needs a secure page.
export const randomID = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');

export class Store {
  // whose tells customers of one browser apart: the application and account.
  constructor(...whose) {
    this.prefix = PREFIX + whose.map(encodeURIComponent).join('.') + '.';
  }

  get(name) { return storage.getItem(this.prefix + name) || ''; }

  set(name, text) {
    try {
      if (text) storage.setItem(this.prefix + name, text);
      else storage.removeItem(this.prefix + name);
    } catch {
      // Full: the page goes on without.
    }
  }

  names(start) {
    const all = [];
    for (let i = 0; i < storage.length; i++) {
      const key = storage.key(i);
      if (key.startsWith(this.prefix + start)) all.push(key.slice(this.prefix.length));
    }
    return all;
  }
}

// Outbox holds messages from the moment they are written until the gateway has
// acknowledged them. Each is an entry of its own, so that tabs of one browser
// do not write over each other; the gateway takes an id once.
export class Outbox {
  constructor(store) {
    this.store = store;
    this.items = [];
  }

  // load reads what an earlier page has left.
  load() {
    for (const name of this.store.names('out.')) {
      try {
        this.items.push(JSON.parse(this.store.get(name)));
      } catch {
        this.store.set(name, '');
      }
    }
    this.items.sort((a, b) => a.at - b.at);
  }

  add(message) {
    const last = this.items[this.items.length - 1];
    const item = { id: randomID(), at: Math.max(Date.now(), last ? last.at + 1 : 0), sessionId: '', ...message };
    this.items.push(item);
    this.save(item);
    return item;
  }

  save(item) { this.store.set('out.' + item.id, JSON.stringify(item)); }

  remove(id) {
    this.items = this.items.filter((i) => i.id !== id);
    this.store.set('out.' + id, '');
  }

  find(id) { return this.items.find((i) => i.id === id); }

  // next is the message to send now; one that failed waits for its customer.
  next() { return this.items.find((i) => !i.failed); }
}
