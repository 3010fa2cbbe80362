// Puts the SDK into the page, in place of one that is there.
if (win[mark]) win[mark]();
Object.defineProperty(win, mark, { value: shutdown, configurable: true });
try {
  if (!customElements.get('t3c-sdk')) customElements.define('t3c-sdk', class extends HTMLElement {});
} catch (err) { /* any element of that name will do */ }
observer.observe(document.documentElement, { childList: true });
watch();

Object.defineProperty(win, 'tccc', { value: tccc, writable: true, configurable: true, enumerable: true });

if (supported) {
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

// Text that is inline or evaluated has no load event.
const gate = () => setTimeout(() => {
  open = true;
  flush();
});
if (running && running.src) running.addEventListener('load', gate);
else gate();
