// Runs in every page of a test before anything else: what a test needs to see
// of the browser and cannot ask the SDK for.
(() => {
  'use strict';
  const before = new Set(Object.getOwnPropertyNames(window));
  const h = window.harness = {
    events: [],     // every event of tccc, in order: {name, data, at}
    peers: [],      // every RTCPeerConnection, in order
    tracks: [],     // every remote audio track, with an analyser
    media: [],      // every element that was told to play
    microphones: [], // every track of getUserMedia
    contexts: [],   // every AudioContext that the page made
    outputs: [],    // an analyser for everything that they play
    asked: 0,       // how often getUserMedia was called
    sockets: [],    // every WebSocket

    // globals lists what has been added to the global object since the page began.
    globals: () => Object.getOwnPropertyNames(window).filter((n) => !before.has(n) && n !== 'harness'),
  };

  // Peer connections and what is heard through them.
  const Peer = window.RTCPeerConnection;
  window.RTCPeerConnection = class RTCPeerConnection extends Peer {
    constructor(...args) {
      super(...args);
      h.peers.push(this);
      this.addEventListener('track', (e) => e.track.kind === 'audio' && h.tracks.push(new Ear(e.track)));
    }
  };

  const Context = window.AudioContext;
  let ears; // one context for all
  class Ear {
    constructor(track) {
      this.track = track;
      ears = ears || new Context();
      ears.resume();
      this.analyser = ears.createAnalyser();
      this.analyser.fftSize = 4096; // 85 ms at 48 kHz, 12 Hz a bin
      this.analyser.smoothingTimeConstant = 0;
      ears.createMediaStreamSource(new MediaStream([track])).connect(this.analyser);
    }
    // hear gives the strongest frequency (Hz) and the energy (RMS, 0 to 1) of this moment.
    hear() {
      const a = this.analyser;
      const time = new Float32Array(a.fftSize);
      a.getFloatTimeDomainData(time);
      const spectrum = new Float32Array(a.frequencyBinCount);
      a.getFloatFrequencyData(spectrum);
      let best = 1;
      for (let i = 1; i < spectrum.length; i++) if (spectrum[i] > spectrum[best]) best = i;
      const energy = Math.sqrt(time.reduce((sum, v) => sum + v * v, 0) / time.length);
      return { frequency: best * a.context.sampleRate / a.fftSize, energy };
    }
    // playing reports whether an element plays the track to the user.
    get playing() {
      return h.media.some((m) => !m.paused && !m.muted && m.volume > 0 && m.srcObject &&
        m.srcObject.getTracks && m.srcObject.getTracks().includes(this.track));
    }
  }

  // What the page itself plays through an AudioContext.
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
      const tap = this.context.createAnalyser();
      connect.call(this, tap);
      h.outputs.push(tap);
    }
    return connect.call(this, target, ...rest);
  };
  // rings reports whether an AudioContext is sounding at this moment.
  h.rings = () => h.outputs.some((tap) => {
    const time = new Float32Array(tap.fftSize);
    tap.getFloatTimeDomainData(time);
    return tap.context.state === 'running' && time.some((v) => Math.abs(v) > 0.01);
  });

  window.AudioContext = class AudioContext extends Context {
    constructor(...args) {
      super(...args);
      h.contexts.push(this);
    }
  };

  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    if (!h.media.includes(this)) h.media.push(this);
    return play.call(this);
  };

  const devices = navigator.mediaDevices;
  if (devices) {
    const getUserMedia = devices.getUserMedia;
    devices.getUserMedia = async function (constraints) {
      h.asked++;
      const stream = await getUserMedia.call(devices, constraints);
      h.microphones.push(...stream.getTracks());
      return stream;
    };
  }

  const Socket = window.WebSocket;
  window.WebSocket = class WebSocket extends Socket {
    constructor(...args) {
      super(...args);
      h.sockets.push(this);
    }
  };

  // until gives the first truthy value of f, or rejects after ms with what was last seen.
  h.until = async (f, ms, what) => {
    const deadline = performance.now() + ms;
    for (;;) {
      const value = await f();
      if (value) return value;
      if (performance.now() > deadline) throw new Error('timeout: ' + what());
      await new Promise((done) => setTimeout(done, 5));
    }
  };

  const plain = (v) => {
    try {
      return JSON.parse(JSON.stringify(v === undefined ? null : v));
    } catch (e) {
      return String(e);
    }
  };

  // record subscribes to every event of the global as it is now, or of a sandbox's.
  h.record = (sdk = window.tccc) => {
    for (const name of Object.keys(sdk.events)) {
      sdk.on(sdk.events[name], (data) => {
        h.events.push({ name, data: plain(data), at: performance.now(), status: sdk.Agent.getStatus() });
      });
    }
  };

  // same compares two values that JSON can hold.
  const same = (a, b) => a === b || (!!a && !!b && typeof a === 'object' && typeof b === 'object' &&
    Object.keys(a).length === Object.keys(b).length && Object.keys(a).every((k) => same(a[k], b[k])));

  // next gives the first event of that name from the cursor on whose data has
  // the wanted members, and moves the name's cursor behind it.
  const cursor = {};
  h.next = (name, want, ms) => h.until(() => {
    const from = cursor[name] || 0;
    const i = h.events.findIndex((e, at) => at >= from && e.name === name &&
      Object.keys(want).every((k) => e.data && same(e.data[k], want[k])));
    if (i < 0) return null;
    cursor[name] = i + 1;
    return h.events[i];
  }, ms, () => 'no ' + name + ' with ' + JSON.stringify(want) + ' among ' + JSON.stringify(h.events));

  // load puts the SDK's script into the page as an integrator does, and is
  // done at its load event. The recorder is the first listener.
  h.load = (src, attributes) => new Promise((resolve, reject) => {
    const script = document.createElement('script');
    for (const name of Object.keys(attributes)) script.setAttribute(name, attributes[name]);
    h.started = performance.now();
    script.src = src;
    script.onload = () => {
      h.loaded = performance.now();
      try {
        if (window.tccc) h.record();
        if (h.onload) h.onload();
        resolve(true);
      } catch (e) {
        reject(e);
      }
    };
    script.onerror = () => reject(new Error('the script did not load: ' + src));
    document.body.appendChild(script);
  });

  // hears waits until the newest remote track sounds as wanted: a tone within
  // 25 Hz, or silence for frequency 0.
  h.hears = (frequency, ms) => {
    let seen;
    return h.until(() => {
      const ear = h.tracks[h.tracks.length - 1];
      if (!ear) return null;
      seen = Object.assign(ear.hear(), { playing: ear.playing, context: ears.state });
      const ok = frequency ? seen.playing && seen.energy > 0.01 && Math.abs(seen.frequency - frequency) < 25 : seen.energy < 0.001;
      return ok && seen;
    }, ms, () => 'wanted ' + frequency + ' Hz, heard ' + JSON.stringify(seen) + ' on ' + h.tracks.length + ' tracks');
  };
  // catches turns a rejected promise into what a test can look at.
  h.caught = (promise) => Promise.resolve(promise).then(
    (value) => ({ resolved: plain(value) === undefined ? null : plain(value) }),
    (e) => ({ rejected: Object.assign({ message: String(e && e.message), isError: e instanceof Error }, plain(Object.assign({}, e))) }));
})();
