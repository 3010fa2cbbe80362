// Puts the SDK into the page, in place of one that is there.
if (win[mark]) win[mark]();
define(win, mark, shutdown);
define(root, mark, shutdown);
define(tccc, mark, shutdown);
// Turbo keeps the root where it is, and does not run the script of a page that it restores.
root.dataset.turboPermanent = '';
attempt(() => { running.dataset.turboEval = false; });
try {
  if (!customElements.get('t3c-sdk')) customElements.define('t3c-sdk', class extends HTMLElement {});
} catch (err) { /* any element of that name will do */ }
watch();

install(tccc, mark);

if (nowhere) {
  fatal = 1001;
  report(entry(1001, nowhere, 'data-sdk-url'));
} else if (supported) {
  claimed = claim();
  attempt(() => { // the program meets the same, and tries again
    connect().onopen = () => claimed.then(greet);
  });
  setTimeout(doubt, doubted);
  start();
  attempt(() => localStorage.length); // the first look takes long, the later ones are quick then
} else {
  fatal = 1003;
  report(entry(1003));
}

// The load handlers come first. Where there is no load event, as in sandboxes
// that evaluate the text, the wait is short.
const gate = () => setTimeout(() => {
  open = true;
  flush();
});
const awaited = running && running.src && running.addEventListener;
if (awaited) running.addEventListener('load', gate);
setTimeout(gate, awaited ? 200 : 0);
