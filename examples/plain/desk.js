// A small agent desk without a framework.
const gateway = new URLSearchParams(location.search).get('gateway') || 'http://localhost:8080';
const $ = (id) => document.getElementById(id);
const fail = (err) => { $('alert').textContent = err.errorMsg || err.message; };

// Your back end gets the SDK's address for an agent (CreateSDKLoginToken). The
// demo has a door for it that needs no secret.
async function login(userId) {
  const answer = await fetch(gateway + '/demo/login', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ userId }),
  });
  const { sdkURL, error } = await answer.json();
  if (error) throw new Error(error.message);
  return sdkURL;
}

function load(sdkURL) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.crossOrigin = 'anonymous';
    script.src = sdkURL;
    script.onload = resolve;
    script.onerror = () => reject(new Error('The SDK could not be loaded'));
    document.body.appendChild(script);
  });
}

// The call that the buttons are for.
let sessionId;

function show(text, ringing) {
  $('call').hidden = !text;
  $('who').textContent = text;
  $('accept').hidden = !ringing;
}

function listen() {
  tccc.on(tccc.events.ready, () => { $('status').textContent = tccc.Agent.getStatus(); });
  tccc.on(tccc.events.statusChanged, (e) => { $('status').textContent = e.status; });
  tccc.on(tccc.events.tokenExpired, fail);
  tccc.on(tccc.events.error, fail);
  tccc.on(tccc.events.callIn, (e) => {
    if (e.type !== 'phone') return; // this desk takes telephone calls
    sessionId = e.sessionId;
    show(`${e.callerPhoneNumber} calls`, true);
  });
  tccc.on(tccc.events.userAccessed, (e) => e.sessionId === sessionId && show('In conversation', false));
  tccc.on(tccc.events.callOuted, (e) => {
    sessionId = e.sessionId;
    show(`Calling ${e.calleePhoneNumber}`, false);
  });
  tccc.on(tccc.events.calloutAccepted, (e) => e.sessionId === sessionId && show('In conversation', false));
  tccc.on(tccc.events.autoTransfer, (e) => e.sessionId === sessionId && show('', false));
  tccc.on(tccc.events.sessionEnded, (e) => e.sessionId === sessionId && show('', false));
}

$('login').onsubmit = async (e) => {
  e.preventDefault();
  try {
    await load(await login(e.target.userId.value));
    listen(); // before any event
    tccc.UI.hide(); // this page has buttons of its own
    $('login').hidden = true;
    $('desk').hidden = false;
  } catch (err) {
    fail(err);
  }
};
$('choose').onchange = (e) => tccc.Agent.setStatus({ status: e.target.value }).catch(fail);
$('dial').onsubmit = (e) => {
  e.preventDefault();
  tccc.Call.startOutboundCall({ phoneNumber: e.target.number.value }).catch(fail);
};
$('accept').onclick = () => tccc.Call.accept({ sessionId }).catch(fail);
$('hangup').onclick = () => tccc.Call.hungUp({ sessionId }).catch(fail);
