// Elements and icons of the agent page.

const ICONS = {
  phone: 'M5.4 3.9h3l1.6 4-2 1.5a11.6 11.6 0 0 0 5.6 5.6l1.5-2 4 1.6v3a1.9 1.9 0 0 1-2 1.9C10 19 4.9 14 3.5 5.9a1.9 1.9 0 0 1 1.9-2z',
  hangup: 'M3.2 14.6c-.6-.9-.5-2.1.3-2.9 4.7-4.3 12.3-4.3 17 0 .8.7.9 2 .3 2.9l-1.1 1.5-4.3-1.4v-2.5a12 12 0 0 0-6.8 0v2.5l-4.3 1.4z',
  mic: 'M12 3.5a2.7 2.7 0 0 1 2.7 2.7v5.1a2.7 2.7 0 0 1-5.4 0V6.2A2.7 2.7 0 0 1 12 3.5zM5.8 11.2a6.2 6.2 0 0 0 12.4 0M12 17.5v3',
  micOff: 'M9.3 9.3v2a2.7 2.7 0 0 0 4.3 2.2M14.7 11V6.2a2.7 2.7 0 0 0-5.3-.7M5.8 11.2a6.2 6.2 0 0 0 10 4.9M12 17.5v3M4 4l16 16',
  pause: 'M9 5.5v13M15 5.5v13',
  play: 'M8 5.3v13.4l10.5-6.7z',
  keypad: 'M6 6h.01M12 6h.01M18 6h.01M6 12h.01M12 12h.01M18 12h.01M6 18h.01M12 18h.01M18 18h.01',
  check: 'M5.5 12.5l4.3 4.2 8.7-9.2',
  headset: 'M4.5 14.5V12a7.5 7.5 0 0 1 15 0v2.5M4.5 13.5h2a1.2 1.2 0 0 1 1.2 1.2v3.1A1.2 1.2 0 0 1 6.5 19a2 2 0 0 1-2-2zM19.5 13.5h-2a1.2 1.2 0 0 0-1.2 1.2v3.1a1.2 1.2 0 0 0 1.2 1.2 2 2 0 0 0 2-2zM19.5 17v.5a3 3 0 0 1-3 3H13',
  in: 'M17.5 6.5L7 17M7 9.5V17h7.5',
  out: 'M6.5 17.5L17 7M9.5 7H17v7.5',
  chat: 'M4.5 6.5a2 2 0 0 1 2-2h11a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2H11l-4 3.5V15.5h-.5a2 2 0 0 1-2-2z',
  video: 'M4.5 7.5a1.5 1.5 0 0 1 1.5-1.5h7.5A1.5 1.5 0 0 1 15 7.5v9a1.5 1.5 0 0 1-1.5 1.5H6a1.5 1.5 0 0 1-1.5-1.5zM15 11l4.5-3v8L15 13',
  videoOff: 'M4.5 7.5v9A1.5 1.5 0 0 0 6 18h7.5a1.5 1.5 0 0 0 1.2-.6M9 6h4.5A1.5 1.5 0 0 1 15 7.5v3.5l4.5-3v8M4 4l16 16',
  redial: 'M5 12a7 7 0 1 0 2.3-5.2M5 4.5V8h3.5',
};

export const $ = (id) => document.getElementById(id);

// h makes an element. Strings become text, never markup.
export function h(tag, props, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === undefined || value === false) continue;
    if (name.startsWith('on')) e.addEventListener(name.slice(2), value);
    else if (value === true) e.setAttribute(name, '');
    else e.setAttribute(name, value);
  }
  e.append(...children.filter((c) => c !== null && c !== undefined));
  return e;
}

export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', 'icon i-' + name);
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}
