// Loads the SDK into a page. Nothing here touches the page before load is
// called, so that a server may import it.

let current; // what the last load began: {script, begun, sdk, cancel}
let underWay = Promise.resolve(); // settled when no script that nobody wants any more may still run

// failure is an error of the form that the SDK's own have.
function failure(code, name, message, recoverable) {
  return Object.assign(new Error(message), { status: 'error', errorMsg: message, code, name, recoverable });
}

// refusal reports whether an error of the SDK is the end of the log-in: the
// browser cannot, the agent may not, or the page's origin may not.
const refusal = ({ code, recoverable }) => code === 1003 || code === 6002 || code > 2000 && code < 3000 && !recoverable;

/**
 * Puts the SDK's script into the page and is fulfilled with the object when it
 * is there, or, with `ready`, when the agent is logged in. Listeners that are
 * added as soon as it is fulfilled miss no event. An SDK that this function
 * loaded before is unloaded first.
 */
function load(options) {
  const url = options && (options.url || options.sdkURL);
  if (typeof url !== 'string' || !url) {
    return Promise.reject(failure(1001, 'InvalidOptions', 'load needs the url of the SDK (sdkURL): your back end gets it for an agent', false));
  }
  if (typeof document === 'undefined') {
    return Promise.reject(failure(1003, 'UnsupportedBrowser', 'The SDK runs in a browser: call load on the page, not on the server', false));
  }
  unload();
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    const mine = current = { script };
    let timer;
    const settle = (error) => {
      if (!timer) return;
      clearTimeout(timer);
      timer = mine.cancel = undefined;
      if (mine.sdk) ['ready', 'error'].forEach((name, i) => mine.sdk.off(name, heard[i]));
      if (!error) return resolve(mine.sdk);
      if (current === mine) unload();
      reject(error);
    };
    const heard = [
      () => settle(),
      // It comes beside every tokenExpired, and says what is wrong with the token.
      (e) => refusal(e) && settle(Object.assign(failure(e.code, e.name, e.errorMsg, false), e)),
    ];
    mine.cancel = () => settle(failure(1004, 'ShutDown', 'The SDK was unloaded before it was there', false));
    timer = setTimeout(() => settle(failure(1005, 'Timeout', options.ready
      ? 'The agent was not logged in in time: look at the network and at the gateway'
      : 'The SDK did not load in time: look at the network and at the gateway', true)), options.timeout || 30000);
    script.onerror = () => {
      mine.begun = false;
      settle(failure(1007, 'Load',
        'The SDK could not be loaded: look at the network, at the address, and at the policy (Content-Security-Policy) of the page', true));
    };
    script.onload = () => {
      mine.begun = false;
      mine.sdk = window.tccc;
      if (!mine.sdk) settle(failure(1007, 'Load', 'The address is not that of the SDK: ' + url.split('?')[0], false));
      else if (options.ready) ['ready', 'error'].forEach((name, i) => mine.sdk.on(name, heard[i]));
      else settle();
    };
    script.crossOrigin = 'anonymous';
    if (options.nonce) script.nonce = options.nonce;
    if (options.workbench === false) script.dataset.showWorkBenchAtFirstLogin = 'false';
    if (options.renderDomId) script.dataset.renderDomId = options.renderDomId;
    script.dataset.sdkUrl = url; // for sandboxes that evaluate the text
    script.src = url;
    underWay.then(() => {
      if (current !== mine) return;
      mine.begun = true;
      document.body.appendChild(script);
    });
  });
}

/** Takes the SDK that load has loaded out of the page: the agent is logged out, microphone and connections are let go. */
function unload() {
  const gone = current;
  current = undefined;
  if (!gone) return;
  const { script, sdk } = gone;
  // A script that is under way runs all the same, and would take the place of
  // the next one: that waits until it can be taken out.
  if (gone.begun) {
    underWay = new Promise((done) => {
      script.onerror = done;
      script.onload = () => done(remove(window.tccc));
    });
  }
  script.remove();
  if (gone.cancel) gone.cancel();
  if (sdk) remove(sdk);
}

// remove takes an SDK out of the page, unless the page has loaded another one itself.
function remove(sdk) {
  if (!sdk || window.tccc !== sdk) return;
  const root = document.getElementById('tcccSdkDomRoot');
  if (root) root.remove();
  window.tccc = undefined;
}

export { load, unload };
