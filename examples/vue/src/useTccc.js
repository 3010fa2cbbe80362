import { load, unload } from 'tccc-loader';
import { onScopeDispose, reactive, shallowRef } from 'vue';

// useTccc gives what a desk shows, and the SDK once the agent is logged in. The
// SDK leaves the page with the component.
export function useTccc() {
  const sdk = shallowRef(null); // not reactive itself: it is not the component's
  const state = reactive({ status: 'offline', call: null, error: '' });
  const fail = (err) => { state.error = err.errorMsg || err.message; };
  const begin = ({ sessionId }, number, phase) => { state.call = { sessionId, number, phase }; };
  const change = ({ sessionId }, phase) => {
    if (state.call?.sessionId !== sessionId) return;
    if (phase) state.call.phase = phase;
    else state.call = null;
  };

  async function open(sdkURL) {
    const tccc = await load({ sdkURL });
    tccc.UI.hide(); // the component has buttons of its own
    tccc.on('ready', () => {
      state.status = tccc.Agent.getStatus();
      sdk.value = tccc;
    });
    tccc.on('statusChanged', ({ status }) => { state.status = status; });
    tccc.on('tokenExpired', fail);
    tccc.on('error', fail);
    tccc.on('callIn', (e) => e.type === 'phone' && begin(e, e.callerPhoneNumber, 'ringing'));
    tccc.on('callOuted', (e) => begin(e, e.calleePhoneNumber, 'dialing'));
    tccc.on('userAccessed', (e) => change(e, 'talking'));
    tccc.on('calloutAccepted', (e) => change(e, 'talking'));
    tccc.on('autoTransfer', (e) => change(e, null));
    tccc.on('sessionEnded', (e) => change(e, null));
  }

  onScopeDispose(unload);
  return { sdk, state, open, fail };
}
