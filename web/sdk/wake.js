// Waking and sleeping. The clock is looked at because no event tells that
// the machine has slept.
let gone = false; // put aside, or on the way out
const wake = () => {
  gone = false;
  if (invoke) invoke(0, 'wake', '');
  else if (fatal && again) start();
};
let last = Date.now();
const tick = setInterval(() => {
  const gap = Date.now() - last;
  last += gap;
  if (gap < 0 || gap > 5000) {
    missed = 0;
    wake();
  } else if (owns === false) {
    if (++missed > 5) take();
    else post('who');
  }
}, 1000);
const sleep = () => {
  gone = true;
  // The frame of an application goes with it, sometimes before the removal was seen.
  if (!root.isConnected && (leaving || meant(observer.takeRecords()))) return shutdown();
  leave();
  if (freeTab) freeTab();
  if (invoke) invoke(0, 'sleep', '');
};
const heard = [];
const hearing = EventTarget.prototype.addEventListener;
const listen = (target, name, fn) => {
  if (!target || !target.addEventListener) return;
  try {
    hearing.call(target, name, fn); // sandboxes take away what they have noted, before the end
  } catch (err) {
    target.addEventListener(name, fn);
  }
  heard.push([target, name, fn]);
};
listen(win, 'online', wake);
listen(win, 'offline', wake);
listen(attempt(() => navigator.connection), 'change', wake);
listen(document, 'visibilitychange', () => attempt(() => document.hidden) || wake());
listen(document, 'freeze', sleep);
listen(document, 'resume', () => claim().then(wake));
listen(page, 'pagehide', sleep); // the gateway learns at once that the page is gone
listen(win, 'pageshow', (e) => e.persisted && claim().then(wake));
