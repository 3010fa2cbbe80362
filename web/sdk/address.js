// Where the SDK comes from, and whose it is. The page may remove the element
// later, so it is read now; a loader that evaluates the text leaves other traces.
const running = document.currentScript;
const path = '/sdk/tcccSdk.js';
const parse = (address) => {
  try {
    const found = new URL(address, location.href);
    return address && /^http/.test(found.protocol) ? found : undefined;
  } catch (err) {
    return undefined;
  }
};
const lastOf = (selector) => [...document.querySelectorAll(selector)].pop();
const fetched = (of) => of().performance.getEntriesByType('resource').map((e) => e.name).filter((name) => name.includes(path)).pop();
const traces = [
  () => running.dataset.sdkUrl,
  () => running.src,
  () => /https?:\S*?\/tcccSdk\.js\S*?(?=:\d+:\d+)/.exec(new Error().stack)[0],
  () => lastOf('[data-sdk-url]').dataset.sdkUrl,
  () => fetched(() => win),
  () => fetched(() => win.parent), // its loader may run there
  () => lastOf(`script[src*="${path}"]`).src,
];
let url;
traces.forEach((trace) => {
  try {
    url = url || parse(trace());
  } catch (err) { /* no such trace */ }
});
const nowhere = url ? undefined
  : 'the script cannot tell where it was loaded from: put data-sdk-url with its whole address on the script element';
url = url || new URL('http://tccc.invalid' + path);
const script = running || lastOf(`[data-sdk-url],script[src*="${path}"]`);
const attrs = script && script.dataset || {};
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
