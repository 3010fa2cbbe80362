// What is seldom needed of the SDK, fetched by the shell when it is: tests of
// devices, the check before a call, and diagnostics. Each exported function
// stands behind the member of tccc.Devices, or of tccc, that has its name; link
// is what the shell lends: {tccc, call, config, push, toError, kept}.

// Errors are those of the program's catalogue.
let catalogue;
const errors = async (link) => {
  if (!catalogue) catalogue = new Map((await link.call('tools')).data.errors.map((e) => [e.code, e]));
  return catalogue;
};
const fault = async (link, code, detail, field, remedy) => {
  const e = (await errors(link)).get(code);
  return link.toError(Object.assign({}, e, { detail, field, remedy: remedy || e.remedy }));
};

const success = (data) => Object.assign({}, data, { status: 'success', data });

// checked reads options, once: each has a type, and may be missing.
const checked = async (link, options, types) => {
  const read = {};
  let wrong, at = '';
  const refuse = (field, text) => {
    wrong = { field, text };
    throw wrong;
  };
  try {
    if (options === undefined || options === null) return {};
    if (typeof options !== 'object' || Array.isArray(options)) refuse('', 'options must be an object');
    for (const name of Object.keys(types)) {
      at = name;
      const value = options[name];
      if (value === undefined || value === null) continue;
      if (typeof value !== types[name]) refuse(name, 'options.' + name + ' must be a ' + types[name] + ', not a ' + typeof value);
      read[name] = value;
    }
    if (read.deviceId && read.deviceId.length > 512) refuse('deviceId', 'options.deviceId is longer than 512 bytes');
    if (read.seconds && !(read.seconds >= 0 && read.seconds <= 60)) refuse('seconds', 'options.seconds must be between 0 and 60');
    return read;
  } catch (err) { // of the page's own getters, if it is not ours
    if (err !== wrong || !wrong) wrong = { field: at, text: 'options cannot be read' };
    throw await fault(link, 1001, wrong.text, wrong.field);
  }
};

// within settles as promise does, or after ms as late does.
const within = (promise, ms, late) => {
  let timer;
  return Promise.race([promise, new Promise((done, fail) => {
    timer = setTimeout(() => (late instanceof Error ? fail(late) : done(late)), ms);
  })]).finally(() => clearTimeout(timer));
};
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// Trials. There is one at a time; the next one ends it, and so do stopTest and
// the end of the SDK. What counts is the order in which the page asked.
let running;
let stopped = 0; // the order of the last stopTest
const trial = (link, order) => {
  const t = { order };
  t.over = new Promise((done) => { t.stop = done; });
  if (order < stopped || (running && order < running.order)) {
    t.stop();
    return t;
  }
  if (running) running.stop();
  running = t;
  link.stop = t.stop;
  return t;
};

export async function stopTest(link, options, order) {
  stopped = order;
  if (running && running.order < order) running.stop();
  return success({});
}

// started lets a context sound; the browser may want a gesture first.
const started = async (context) => {
  await within(context.resume().catch(() => {}), 800);
  return context.state === 'running';
};

const selected = async (link) => (await link.call('Devices.getSelected')).data;

// Notes are [at, length, frequency]; the ringtone is the one of calls.
const chord = [[0, 0.6, 523.25], [0.2, 0.6, 784]];
const ring = [[0, 0.55, 659.26], [0.16, 0.7, 880], [0.62, 0.55, 659.26], [0.78, 0.95, 880]];

const play = async (link, options, order, kind, notes) => {
  const { deviceId } = await checked(link, options, { deviceId: 'string' });
  const t = trial(link, order);
  const id = deviceId === undefined ? (await selected(link))[kind] : deviceId;
  const sink = id === 'default' ? '' : id;
  const context = new AudioContext();
  let target = context.destination;
  let element;
  try {
    if (sink && !context.setSinkId) { // through an element, which older browsers can send to a device
      element = new Audio();
      if (!element.setSinkId) throw await fault(link, 5008, 'this browser cannot choose the loudspeaker');
      target = context.createMediaStreamDestination();
      element.srcObject = target.stream;
    }
    if (sink) {
      await (element || context).setSinkId(sink).catch(async () => { throw await fault(link, 5007); });
    }
    if (element) await element.play().catch(async () => { throw await fault(link, 5006); });
    if (!(await started(context))) throw await fault(link, 5006);
    let end = 0;
    for (const [at, length, frequency] of notes) {
      const tone = context.createOscillator();
      const gain = context.createGain();
      const begin = context.currentTime + at;
      tone.frequency.value = frequency;
      gain.gain.setValueAtTime(0, begin);
      gain.gain.linearRampToValueAtTime(0.3, begin + 0.012);
      gain.gain.linearRampToValueAtTime(0, begin + length);
      tone.connect(gain).connect(target);
      tone.start(begin);
      tone.stop(begin + length);
      end = Math.max(end, at + length);
    }
    await Promise.race([sleep(1000 * end + 100), t.over]);
    return success({});
  } finally {
    if (element) element.pause();
    context.close().catch(() => {});
  }
};

export async function testSpeaker(link, options, order) {
  return play(link, options, order, 'speaker', chord);
}

export async function testRingtone(link, options, order) {
  return play(link, options, order, 'ringtone', ring);
}

// forbidden tells detail and remedy where it is the page around this one that
// denies the microphone: the address bar is no help then. Package media does the same.
const forbidden = () => {
  const policy = document.permissionsPolicy || document.featurePolicy;
  const framed = window !== window.top;
  if (policy ? policy.allowsFeature('microphone') : !framed) return [];
  if (!framed) {
    return ["the page's Permissions-Policy header forbids the microphone", 'Allow microphone=(self) in the Permissions-Policy header of the page'];
  }
  return ['the frame that this page is in may not use the microphone',
    'Give the frame\'s element the attribute: <iframe allow="microphone; camera; autoplay">'];
};

// open gives a track of a microphone, of the one in use for undefined.
const open = async (link, deviceId) => {
  if (!window.isSecureContext) throw await fault(link, 5004);
  if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) throw await fault(link, 5008, 'getUserMedia is missing');
  const id = deviceId === undefined ? (await selected(link)).microphone : deviceId;
  const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
  if (id && id !== 'default') audio.deviceId = { exact: id };
  try {
    return (await link.capturer.getUserMedia({ audio })).getAudioTracks()[0];
  } catch (err) {
    const code = { NotAllowedError: 5001, SecurityError: 5001, NotFoundError: 5002, OverconstrainedError: 5007 }[err.name];
    const [detail, remedy] = code === 5001 ? forbidden() : [];
    throw await fault(link, code || 5003, code ? detail : err.name, undefined, remedy);
  }
};

// listen measures a track until the promise over settles: RMS, 0 to 1.
const listen = async (link, track, over, told) => {
  const context = new AudioContext();
  try {
    if (!(await started(context))) throw await fault(link, 5006);
    const ear = context.createAnalyser();
    context.createMediaStreamSource(new MediaStream([track])).connect(ear);
    const samples = new Float32Array(ear.fftSize);
    const heard = { peak: 0, average: 0, silent: true };
    let going = true;
    over.then(() => { going = false; });
    for (let n = 1; ; n++) {
      await Promise.race([sleep(100), over]);
      if (!going) return heard;
      ear.getFloatTimeDomainData(samples);
      const level = Math.min(1, Math.sqrt(samples.reduce((sum, v) => sum + v * v, 0) / samples.length));
      heard.peak = Math.max(heard.peak, level);
      heard.average += (level - heard.average) / n;
      heard.silent = heard.peak < 0.0002; // digital silence, but for rounding
      if (told) told(level);
    }
  } finally {
    context.close().catch(() => {});
  }
};

export async function testMicrophone(link, options, order) {
  const { deviceId, seconds, onLevel } = await checked(link, options, { deviceId: 'string', seconds: 'number', onLevel: 'function' });
  const t = trial(link, order);
  const track = await open(link, deviceId);
  try {
    return success(await listen(link, track, Promise.race([t.over, sleep(1000 * (seconds || 5))]), (level) => {
      link.push(['microphoneLevel', { level }]);
      try {
        if (onLevel) onLevel(level);
      } catch (err) {
        console.error(err);
      }
    }));
  } finally {
    track.stop();
  }
}

// The check. Every step has a deadline and ends in a finding.
const order = ['secure', 'browser', 'permission', 'microphone', 'speaker', 'gateway', 'udp', 'tcp', 'quality'];

class Check {
  constructor(link, told) {
    Object.assign(this, { link, told, checks: [], close: [] });
  }

  add(name, detail, code, remedy) {
    const e = code && catalogue.get(code);
    const f = e ? { name, ok: false, detail: e.message + (detail ? ': ' + detail : ''), remedy: remedy || e.remedy, code } : { name, ok: true, detail };
    this.checks.push(f);
    this.checks.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
    try {
      if (this.told) this.told(f);
    } catch (err) {
      console.error(err);
    }
  }

  page() {
    if (window.isSecureContext) this.add('secure', 'the page is secure');
    else this.add('secure', '', 5004);
    if (this.link.tccc.Devices.isBrowserSupported()) this.add('browser', 'the browser has what calls need');
    else this.add('browser', '', 1003);
  }

  async microphone() {
    let track;
    try {
      track = await within(open(this.link), 60000, await fault(this.link, 1005)); // the browser may ask the user
    } catch (err) {
      if (err.code === 5001 || err.code === 5004) this.add('permission', err.detail, err.code, err.remedy);
      else this.add('permission', 'the microphone is not blocked');
      return this.add('microphone', err.detail, err.code, err.remedy);
    }
    this.close.push(() => track.stop());
    this.add('permission', 'the microphone is allowed');
    this.track = track;
    try {
      const heard = await listen(this.link, track, sleep(1500));
      if (heard.silent) this.add('microphone', track.label, 5021);
      else this.add('microphone', track.label + ' gives sound, level ' + heard.peak.toFixed(3));
    } catch (err) {
      this.add('microphone', err.detail, err.code);
    }
  }

  async speaker() {
    const context = new AudioContext();
    const all = await within(navigator.mediaDevices ? navigator.mediaDevices.enumerateDevices().catch(() => []) : Promise.resolve([]), 5000, []);
    if (!(await started(context))) this.add('speaker', '', 5006);
    else if (all.length && !all.some((d) => d.kind === 'audiooutput') && 'setSinkId' in HTMLMediaElement.prototype) this.add('speaker', 'no loudspeaker', 5007);
    else this.add('speaker', 'sound can be played');
    context.close().catch(() => {});
  }

  async gateway() {
    try {
      const { ms } = await within(this.link.call('tools', { ping: true }), 5000, await fault(this.link, 6001));
      this.add('gateway', 'the gateway answers in ' + Math.round(ms) + ' ms');
    } catch (err) {
      this.down = err.code === 1005 ? 6001 : err.code;
      this.add('gateway', err.detail, this.down);
    }
  }

  // source is what is sent: a tone, or the microphone where the browser does
  // not let the page make one yet.
  async source() {
    const context = new AudioContext();
    this.close.push(() => context.close().catch(() => {}));
    if (!(await started(context))) return this.track;
    const out = context.createMediaStreamDestination();
    const tone = context.createOscillator();
    tone.connect(out);
    tone.start();
    return out.stream.getAudioTracks()[0];
  }

  // connect makes a connection to the gateway over one transport (RFC 8839
  // section 5.1: the third word of a candidate) that sends back what it gets.
  async connect(transport, source) {
    const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    this.close.push(() => pc.close());
    const transceiver = pc.addTransceiver(source || 'audio', { direction: 'sendrecv' });
    const codecs = RTCRtpReceiver.getCapabilities && RTCRtpReceiver.getCapabilities('audio').codecs.filter((c) => /PCM[UA]/i.test(c.mimeType));
    if (transceiver.setCodecPreferences && codecs && codecs.length) transceiver.setCodecPreferences(codecs);
    await pc.setLocalDescription(await pc.createOffer());
    const { sdp } = await this.link.call('tools', { sdp: pc.localDescription.sdp });
    const others = (line) => !line.startsWith('a=candidate:') || line.split(' ')[2].toLowerCase() === transport;
    const kept = sdp.split('\r\n').filter(others).join('\r\n');
    if (!kept.includes('a=candidate:')) return null; // the gateway does not offer it
    const up = new Promise((done) => {
      pc.onconnectionstatechange = () => {
        if (pc.connectionState === 'connected') done(pc);
        else if (pc.connectionState === 'failed') done(null);
      };
    });
    await pc.setRemoteDescription({ type: 'answer', sdp: kept });
    return up;
  }

  async network() {
    if (this.down) {
      ['udp', 'tcp', 'quality'].forEach((name) => this.add(name, '', this.down));
      return;
    }
    const source = await this.source();
    const [udp, tcp] = await Promise.all([['udp', 5022], ['tcp', 5023]].map(async ([transport, code]) => {
      try {
        const pc = await within(this.connect(transport, source), 8000, null);
        if (pc) this.add(transport, 'connected');
        else this.add(transport, '', code);
        return pc;
      } catch (err) {
        this.add(transport, err.detail || (err.code ? '' : String(err.message)), err.code || code);
        return null;
      }
    }));
    if (udp || tcp) await this.measure(udp || tcp, !!source);
    else this.add('quality', '', 5005);
  }

  async measure(pc, sends) {
    const read = async () => {
      const r = { received: 0, lost: 0, jitter: 0, rtt: 0, lossOut: 0 };
      (await pc.getStats()).forEach((s) => {
        if (s.type === 'inbound-rtp') Object.assign(r, { received: s.packetsReceived, lost: s.packetsLost, jitter: 1000 * (s.jitter || 0) });
        if (s.type === 'remote-inbound-rtp') Object.assign(r, { lossOut: s.fractionLost || 0, rtt: r.rtt || 1000 * (s.roundTripTime || 0) });
        if (s.type === 'candidate-pair' && s.nominated && s.currentRoundTripTime) r.rtt = 1000 * s.currentRoundTripTime;
      });
      return r;
    };
    const from = await read();
    await sleep(3000);
    const to = await read();
    const received = to.received - from.received;
    if (!sends || received <= 0) return this.add('quality', 'no sound came back', 5005);
    const both = Math.max(0, to.lost - from.lost) / (received + Math.max(0, to.lost - from.lost));
    const loss = Math.max(to.lossOut, both - to.lossOut); // of the worse of the two ways
    this.quality = { mos: mos(to.rtt / 2 + to.jitter + 40, loss), loss, jitter: to.jitter, rtt: to.rtt };
    const text = 'MOS ' + this.quality.mos.toFixed(1) + ', ' + (100 * loss).toFixed(1) + ' % lost, jitter ' + Math.round(to.jitter) + ' ms, round trip ' + Math.round(to.rtt) + ' ms';
    this.add('quality', text, this.quality.mos < 3.6 ? 5024 : 0);
  }

  report() {
    const ok = (name) => this.checks.some((c) => c.name === name && c.ok);
    // One transport is enough, and sound may wait for a click.
    const fine = this.checks.every((c) => c.ok || c.name === 'udp' || c.name === 'tcp' || c.code === 5006) && (ok('udp') || ok('tcp'));
    return { ok: fine, checks: this.checks, quality: this.quality };
  }
}

// mos is the E-model of ITU-T G.107 for G.711, as in media/mos.go: the delay of
// one way in ms, and the share of packets that are lost.
const mos = (delay, loss) => {
  const r = 93.2 - 0.024 * delay - (delay > 177.3 ? 0.11 * (delay - 177.3) : 0) - 95 * 100 * loss / (100 * loss + 25.1);
  if (r <= 0) return 1;
  return Math.max(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
};

let checking;

export async function check(link, options) {
  const { onResult } = await checked(link, options, { onResult: 'function' });
  await errors(link);
  if (checking) throw await fault(link, 7002, 'a check is running');
  const c = checking = new Check(link, onResult);
  try {
    c.page();
    await Promise.all([c.microphone(), c.speaker(), c.gateway()]);
    await c.network();
    return success(c.report());
  } finally {
    checking = undefined;
    c.close.forEach((f) => f());
  }
}

// Diagnostics: what support needs, bounded, without secrets.
const bound = 256 * 1024;

// Members that hold no text of people, and would lose their meaning.
const verbatim = new Set(['sdk', 'gateway', 'browser', 'page', 'part', 'sdkAppId', 'sessionId', 'name', 'state', 'type']);

// redacted shortens numbers to their last four digits and takes secrets and the
// queries of addresses out of every text.
const redacted = (secrets) => {
  const text = (s) => {
    for (const secret of secrets) s = s.split(secret).join('[secret]');
    return s.replace(/(https?:\/\/[^\s?#"']*)[?#][^\s"']*/g, '$1')
      .replace(/\+?\d[\d\s().-]{3,}\d/g, (n) => '…' + n.replace(/\D/g, '').slice(-4)).slice(0, 500);
  };
  const walk = (v, key) => {
    if (typeof v === 'string') return verbatim.has(key) ? secrets.reduce((s, secret) => s.split(secret).join('[secret]'), v).slice(0, 500) : text(v);
    if (Array.isArray(v)) return v.map((x) => walk(x, key));
    if (v && typeof v === 'object') return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, walk(x, k)]));
    return v;
  };
  return walk;
};

// attempt reads what a page, a policy or a shield may have made throw.
const attempt = (read) => {
  try {
    return read();
  } catch (err) {
    return undefined;
  }
};

const devices = async () => {
  try {
    return (await within(navigator.mediaDevices.enumerateDevices(), 2000, [])).slice(0, 64).map(({ kind, label }) => ({ kind, label }));
  } catch (err) {
    return [];
  }
};

const permission = async (name) => {
  try {
    return (await within(navigator.permissions.query({ name }), 2000, {})).state;
  } catch (err) {
    return undefined;
  }
};

// loading is how long the parts of the SDK took to come, in ms since the page began.
const loading = () => performance.getEntriesByType('resource').filter((e) => /\/sdk\/(tcccSdk\.js|tccc\.\w+\.wasm)/.test(e.name)).slice(-8)
  .map((e) => ({ part: e.name.replace(/[?#].*/, '').replace(/.*\//, ''), from: Math.round(e.startTime), to: Math.round(e.responseEnd), bytes: e.encodedBodySize }));

// explain finds out what can be found out about a program that does not load
// (1007) or a socket that does not open, as a part of the error.
export async function explain(link, { code, detail, opened, socketURL, wasmURL }) {
  if (code === 1007) return { detail: await whyNotLoaded(wasmURL, detail) };
  const address = new URL(socketURL);
  address.protocol = address.protocol.replace('ws', 'http');
  address.search = '?why';
  const why = await (await fetch(address, { credentials: 'omit', cache: 'no-store' })).json();
  return why.code === 6003 && opened ? { detail: 'it takes the connection, and does not answer on it' } : why;
}

// whyNotLoaded asks for the file as the page's own functions do, and past them.
const whyNotLoaded = async (address, detail) => {
  const origin = new URL(address).origin;
  const [fetched, there] = await Promise.all([fetch(address, { method: 'HEAD', cache: 'no-store' }).then(() => true, () => false), preloads(address)]);
  if (fetched) return detail;
  return there
    ? 'the browser refuses it to the page because of CORS: something here, such as a wrapper around fetch, adds headers or credentials to ' +
      'requests; leave ' + origin + ' out of that'
    : detail + '; something between the page and ' + origin + ' blocks it, or answers in its place without CORS headers';
};

// preloads reports whether the browser itself gets a file.
const preloads = (href) => new Promise((done) => {
  const tag = Object.assign(document.createElement('link'), { rel: 'preload', as: 'fetch', crossOrigin: 'anonymous', href });
  const end = (there) => {
    tag.remove();
    done(there);
  };
  tag.onload = () => end(true);
  tag.onerror = () => end(false);
  document.head.appendChild(tag);
});

export async function getDiagnostics(link) {
  let program;
  try {
    program = (await within(link.call('tools'), 5000, { data: { state: { error: 'the program does not answer' } } })).data.state;
  } catch (err) {
    program = { error: String(err && err.errorMsg) };
  }
  const { gateway, log = [], ...state } = program;
  // Of a session what support needs; the rest is the customer's business.
  state.sessions = (state.sessions || []).map((s) => Object.fromEntries(['sessionId', 'type', 'state', 'direction', 'serverType', 'muted',
    'callerPhoneNumber', 'calleePhoneNumber', 'offeredAt', 'answeredAt', 'heldAt', 'endedAt', 'closeBy', 'mainReason', 'subReason']
    .filter((k) => s[k] !== undefined).map((k) => [k, s[k]])));
  const nav = new Proxy({}, { get: (_, name) => attempt(() => navigator[name]) });
  const bundle = {
    at: Date.now(), sdk: link.config.version, gateway: gateway || '', browser: nav.userAgent,
    page: location.origin + location.pathname, userId: link.config.userId, sdkAppId: link.config.sdkAppId,
    secure: window.isSecureContext, online: nav.onLine, visibility: document.visibilityState, language: nav.language, cores: nav.hardwareConcurrency,
    network: nav.connection && { type: nav.connection.effectiveType, rtt: nav.connection.rtt, downlink: nav.connection.downlink },
    has: { locks: !!nav.locks, channel: !!attempt(() => window.BroadcastChannel), sinks: 'setSinkId' in HTMLMediaElement.prototype },
    owner: link.tccc.Agent.isOwner(), status: link.tccc.Agent.getStatus(),
    permissions: { microphone: await permission('microphone'), camera: await permission('camera') },
    devices: await devices(), program: link.tccc.timer.stats(), timeOrigin: performance.timeOrigin, loading: loading(),
    state, errors: log.filter((l) => l.code).slice(-50), log,
  };
  const secrets = [link.config.token, link.kept().secret, link.kept().next].filter((s) => s && s.length > 3);
  const clean = redacted(secrets)(bundle);
  while (new Blob([JSON.stringify(clean)]).size > bound && clean.log.length) clean.log.splice(0, Math.ceil(clean.log.length / 4));
  return { status: 'success', data: clean };
}
