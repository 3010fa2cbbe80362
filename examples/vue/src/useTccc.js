import { load, unload } from 'tccc-loader';
import { onScopeDispose, reactive, shallowRef } from 'vue';

// useTccc gives what a desk shows, and the SDK once the agent is logged in. The
// SDK leaves the page with the component.
export function useTccc() {
  const sdk = shallowRef(null); // not reactive itself: it is not the component's
  const state = reactive({ status: 'offline', call: null, error: '' });
  const fail = (err) => { state.error = err.errorMsg || err.message; };

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
    tccc.on('callIn', (e) => { state.call = { sessionId: e.sessionId, number: e.callerPhoneNumber, phase: 'ringing' }; });
    tccc.on('callOuted', (e) => { state.call = { sessionId: e.sessionId, number: e.calleePhoneNumber, phase: 'dialing' }; });
    tccc.on('userAccessed', () => { state.call.phase = 'talking'; });
    tccc.on('calloutAccepted', () => { state.call.phase = 'talking'; });
    tccc.on('autoTransfer', () => { state.call = null; });
    tccc.on('sessionEnded', () => { state.call = null; });
  }

  onScopeDispose(unload);
  return { sdk, state, open, fail };
}
