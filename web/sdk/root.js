// Removing the DOM root, or running the script again, is how pages unload.
const mark = Symbol.for('tccc.shutdown');
const shutdown = () => {
  if (closed) return;
  closed = true;
  fatal = 1004;
  status = 'offline';
  observer.disconnect();
  clearInterval(tick);
  heard.forEach((remove) => remove());
  leave();
  if (freeTab) freeTab();
  root.remove();
  attempt(() => [place, place + '.chat'].forEach((key) => sessionStorage.removeItem(key)));
  if (link.stop) link.stop();
  if (invoke) invoke(0, 'shutdown', '');
  else hangUp(true);
  refuseAll(1004);
  events = [];
  listeners.clear();
  compiled = invoke = buttons = undefined;
  if (win[mark] === shutdown) delete win[mark];
};
let mounted = false;
const watch = () => {
  if (!mounted && document.body) {
    mounted = true;
    document.body.appendChild(root);
  }
  if (!mounted) return;
  if (root.isConnected) observer.observe(root.parentNode, { childList: true });
  else shutdown();
};
const observer = new MutationObserver(watch);
