// Tabs. One tab of this browser has an agent's audio: the one that holds a
// lock. The others wait for the lock, reach the holder through a channel, and
// take the lock from one that does not answer. Without locks the last one
// that came has the audio.
const locks = attempt(() => navigator.locks);
const request = (name, options, then) => new Promise((done) => done(locks.request(name, options, then)));
const channelOf = (name) => attempt(() => new BroadcastChannel(name));
const asks = new Map();
let agent; // whose audio
let owns; // whether this tab has it; undefined while that is not known
let channel;
let round = 0; // what belongs to an earlier one does not count
let letGo; // gives the lock back, or ends the waiting for it
let missed = 0;
const post = (...message) => channel && channel.postMessage(message);
const own = (now) => {
  owns = now;
  missed = 0;
  if (invoke) invoke(0, 'owner', now ? '1' : '');
  if (!now) return;
  post('me', 1);
  asks.forEach((done) => done('own'));
  asks.clear();
};
const compete = (options) => {
  const mine = ++round;
  if (letGo) letGo();
  if (!locks) return own(true);
  const wait = new AbortController();
  if (!options) options = { signal: wait.signal };
  letGo = () => wait.abort();
  request('tccc:' + config.sdkAppId + ':' + agent, options, (lock) => {
    if (mine !== round) return;
    if (!lock) { // another tab has it
      own(false);
      return void compete();
    }
    own(true);
    return new Promise((done) => { letGo = done; });
  }).catch((err) => {
    if (mine !== round) return;
    const taken = err.name === 'AbortError';
    own(!taken); // a page that may not use locks does without
    if (taken) compete();
  });
};
const take = () => owns || compete({ steal: true });
const hear = ({ data: [what, id, answer] }) => {
  if (what === 'who' && owns) post('me');
  else if (what === 'ask' && owns && invoke) {
    const told = (json) => post('told', id, json || '');
    const n = ++lastId;
    pending.set(n, { resolve: () => told(), reject: (err, json) => told(json) });
    invoke(n, 'Agent.ready', '');
  } else if (what === 'told' && asks.has(id)) {
    asks.get(id)(answer);
    asks.delete(id);
  } else if (what === 'me') {
    missed = 0;
    if (!locks && owns && id) own(false);
    asks.forEach((done, n) => post('ask', n)); // it may be another one than before
  }
};
const join = (name) => {
  if (closed || agent === name) return; // the program may be told later that it is over
  leave();
  agent = name;
  channel = channelOf('tccc:' + config.sdkAppId + ':' + name);
  if (!channel) return own(true);
  channel.onmessage = hear;
  compete({ ifAvailable: true });
};
const leave = () => {
  round++;
  if (letGo) letGo();
  if (channel) channel.close();
  agent = owns = channel = letGo = undefined;
};
