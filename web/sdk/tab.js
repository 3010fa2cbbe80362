// The name of this page is in sessionStorage, which browsers copy when a tab
// is duplicated: a name belongs to the page that holds it and says so, and
// the copy gets another name and no secret. A page that is going away only
// holds its name a little longer.
let claimed;
let freeTab; // gives the name back, or ends the waiting for it
const claim = () => new Promise((done) => {
  const hold = (then) => {
    const key = 'tccc-tab:' + kept.tabId;
    const line = channelOf(key);
    if (!line) return done();
    const wait = new AbortController();
    let mine = false;
    const end = (next) => { // browsers lose an abort that comes at once: nothing waits for it
      if (freeTab !== release) return;
      freeTab = undefined;
      clearTimeout(timer);
      line.close();
      wait.abort();
      if (next) next();
    };
    const release = freeTab = () => end(done);
    const timer = setTimeout(end, 2000, then);
    line.onmessage = (e) => {
      if (mine) e.data || line.postMessage(1);
      else if (e.data) end(then);
    };
    line.postMessage(0);
    const own = () => {
      if (freeTab !== release) return;
      mine = true;
      clearTimeout(timer);
      done();
      return new Promise((free) => {
        freeTab = () => {
          line.close();
          freeTab = free();
        };
      });
    };
    if (locks) request(key, { signal: wait.signal }, own).catch(() => end(then));
    else setTimeout(own, then === done ? 0 : 200); // whoever has it answers sooner
  };
  const rename = () => {
    keep({ tabId: random() });
    hold(done);
  };
  kept = attempt(() => JSON.parse(load('sessionStorage', place))) || {};
  if (typeof kept.tabId === 'string' && kept.tabId) hold(rename);
  else rename();
});
