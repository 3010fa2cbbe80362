// The root of all interface. Pages unload the SDK by removing it or by running the
// script again. Where the page's whole content is exchanged, the root comes
// along: the agent may be in a call.
const mark = Symbol.for('tccc.shutdown');
const shutdown = () => {
  if (closed) return;
  closed = true;
  fatal = 1004;
  status = 'offline';
  observer.disconnect();
  clearTimeout(leaving);
  clearInterval(tick);
  clearTimeout(again);
  heard.forEach((entry) => attempt(() => entry[0].removeEventListener(entry[1], entry[2]))); // the sandbox may be gone
  leave();
  if (freeTab) freeTab();
  root.remove();
  attempt(() => [place, place + '.chat'].forEach((key) => sessionStorage.removeItem(key)));
  if (link.stop) link.stop();
  if (invoke) invoke(0, 'shutdown', '');
  else hangUp(true);
  refuseAll(1004);
  events = [];
  compiled = invoke = buttons = undefined;
  if (win[mark] === shutdown) delete win[mark];
  if (sessions.size) {
    sessions.forEach((session) => tell('sessionEnded', session));
    tell('statusChanged', { status });
  }
  sessions.clear();
  listeners.clear();
};

// meant tells the removal of the root alone from an exchange of what the page
// consists of, in one go or piece by piece.
// What stood beside the root, but for scripts, and dialogs that go with it.
let content = [];
const beside = ':not(script,style,link,t3c-sdk,dialog,[role*=dialog])';
const meant = (records) => {
  const gone = new Set();
  let alone = false;
  let added = 0;
  records.forEach(({ addedNodes, removedNodes }) => {
    added += addedNodes.length;
    removedNodes.forEach((node) => {
      gone.add(node);
      if (node === root) alone = removedNodes.length === 1 && !addedNodes.length;
    });
  });
  // A page that is taken down loses all it has, and nothing comes instead.
  return alone && (!content.some((element) => gone.has(element)) || !added && !content.some((element) => element.isConnected));
};
const mount = () => {
  if (!document.body) return;
  // Copies of the page's content have an empty copy of the root.
  document.querySelectorAll('t3c-sdk').forEach((copy) => copy[mark] || copy.remove());
  document.body.appendChild(root);
  heard.forEach((entry) => entry[0].addEventListener(entry[1], entry[2])); // document.open takes them away
};
let leaving; // a root that was removed may come back at once
const watch = (records = []) => {
  clearTimeout(leaving);
  leaving = undefined;
  if (!root.isConnected) {
    if (!root.parentNode && meant(records)) leaving = setTimeout(() => (root.isConnected ? watch() : shutdown()), 100);
    else mount();
  }
  // Browsers stop the sound of what leaves the document.
  if (root.isConnected) root.querySelectorAll('audio').forEach((a) => a.paused && a.play().catch(() => {}));
  observer.disconnect();
  observer.observe(document, { childList: true });
  for (let at = root.isConnected ? root : document.documentElement; at; at = at.parentNode || at.host) {
    observer.observe(at, { childList: true });
  }
  const siblings = root.parentNode ? root.parentNode.children : [];
  content = [...siblings].filter((e) => e.matches(beside));
};
const observer = new MutationObserver(watch);
