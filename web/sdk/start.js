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
  try {
    connect().onopen = () => claimed.then(() => {
      try {
        greet();
      } catch (err) { /* no storage: the program logs in */ }
    });
  } catch (err) { /* the program reports it */ }
  start();
  try {
    void localStorage.length; // the first look takes long, the later ones are quick then
  } catch (err) { /* no storage */ }
} else {
  fatal = 1003;
  report(1003);
}

// Text that is inline or evaluated has no load event.
const gate = () => setTimeout(() => {
  open = true;
  flush();
});
if (running && running.src) running.addEventListener('load', gate);
else gate();
