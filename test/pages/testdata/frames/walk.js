// What the pages of the walk share: where the SDK is, and how they load it, tell
// the test, and unload it. window and document are those of the sandbox.
window.sdkURL = new URLSearchParams(location.search).get('sdk');
window.joined = (tccc, realm) => {
  window.sdk = tccc;
  const { until } = harness; // of a window that stays
  Object.assign(harness, realm.harness, { until });
  harness.record(tccc);
};
window.enter = (window, document) => {
  const script = document.createElement('script');
  script.crossOrigin = 'anonymous';
  script.src = sdkURL;
  script.onload = () => joined(window.tccc, window);
  document.body.appendChild(script);
  return script;
};
window.leave = (document) => document.getElementById('tcccSdkDomRoot').remove();
