// The name of this tab is in sessionStorage, which browsers copy when a tab
// is duplicated: a name belongs to the page that holds it and says so, and
// the copy gets another name and no secret. A page that is going away only
// holds its name a little longer.
let claimed;
let freeTab; // gives the name back
const claim = () => new Promise((done) => {
  let stored;
  try {
    stored = JSON.parse(sessionStorage.getItem('tccc'));
  } catch (err) { /* no storage */ }
  const hold = (name, then) => {
    const key = 'tccc-tab:' + name;
    const line = new BroadcastChannel(key);
    const wait = new AbortController();
    let over = false;
    const giveUp = () => { // browsers lose an abort that comes at once: nothing waits for it
      if (over) return;
      over = true;
      clearTimeout(timer);
      line.close();
      wait.abort();
      then();
    };
    const timer = setTimeout(giveUp, 2000);
    line.onmessage = (e) => {
      if (e.data) giveUp();
      else if (freeTab) line.postMessage(1);
    };
    line.postMessage(0);
    locks.request(key, { signal: wait.signal }, () => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      done();
      return new Promise((free) => {
        freeTab = () => {
          line.close();
          freeTab = free();
        };
      });
    }).catch(giveUp);
  };
  const rename = () => {
    const name = Math.random().toString(36).slice(2) + Math.random().toString(36).slice(2);
    try {
      sessionStorage.setItem('tccc', JSON.stringify({ tabId: name }));
    } catch (err) { /* no storage */ }
    hold(name, done);
  };
  if (!locks || !win.BroadcastChannel) done();
  else if (stored && stored.tabId) hold(stored.tabId, rename);
  else rename();
});
