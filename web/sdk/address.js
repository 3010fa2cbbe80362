const win = window;

// Identity. The page may remove the element later, so it is read now.
const running = document.currentScript; // null where a loader evaluates the text
const script = running || [...document.querySelectorAll('script[src*="/sdk/tcccSdk.js"]')].pop();
const url = new URL((script && script.src) || location.href, location.href);
const attrs = script ? script.dataset : {};
const identity = (param, attr) => url.searchParams.get(param) || attrs[attr] || '';
const socketURL = new URL('../ws/agent', url);
socketURL.protocol = url.protocol.replace('http', 'ws');
const config = {
  sdkAppId: identity('sdkAppId', 'sdkAppId'),
  token: identity('token', 'token'),
  userId: identity('userid', 'userid'),
  renderDomId: attrs.renderDomId || '',
  lang: attrs.lang || '',
  version: '__TCCC_VERSION__',
  base: new URL('..', url).href,
  ui: { visible: true, floatButton: true, workbench: attrs.showWorkBenchAtFirstLogin !== 'false' },
};
