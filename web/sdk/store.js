// Reads what a page, a policy or a shield may have made throw, or have taken away.
const attempt = (read) => {
  try {
    return read();
  } catch (err) { /* it is as good as not there */ }
};

// What is kept: of this tab in its sessionStorage, of this browser in
// localStorage. Where nothing may be stored it is kept as long as the page.
const memory = {};
const load = (kind, key) => attempt(() => win[kind].getItem(key)) || memory[key];
const save = (kind, key, text) => {
  memory[key] = text;
  attempt(() => win[kind].setItem(key, text));
};
const random = () => Math.random().toString(36).slice(2) + Math.random().toString(36).slice(2);

// The frames of a tab share its sessionStorage: each has a place of its own.
const place = attempt(() => {
  let path = 'tccc';
  for (let w = win; w !== w.parent; w = w.parent) {
    let i = 0;
    while (i < w.parent.length && w.parent[i] !== w) i++;
    path += ':' + i;
  }
  return path;
}) || 'tccc';
let kept = {}; // what this page knows of its login: the name of the tab, and how to take the login up again
const keep = (state) => {
  kept = state;
  if (!closed) save('sessionStorage', place, JSON.stringify(state));
};
