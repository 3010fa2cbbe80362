import { load, unload } from 'tccc-loader';
import { useEffect, useState } from 'react';

const outside = { sdk: null, status: 'offline', call: null, error: null };

// useTccc keeps the SDK of one address in the page for as long as the component
// is there, and what a desk shows of it.
export function useTccc(sdkURL) {
  const [state, setState] = useState(outside);
  useEffect(() => {
    if (!sdkURL) return undefined;
    let here = true;
    const set = (change) => here && setState((before) => ({ ...before, ...change }));
    const begin = ({ sessionId }, number, phase) => set({ call: { sessionId, number, phase } });
    const change = ({ sessionId }, phase) => here && setState((before) => (
      before.call?.sessionId === sessionId ? { ...before, call: phase ? { ...before.call, phase } : null } : before));
    load({ sdkURL }).then((sdk) => {
      sdk.UI.hide(); // the component has buttons of its own
      sdk.on('ready', () => set({ sdk, status: sdk.Agent.getStatus() }));
      sdk.on('statusChanged', ({ status }) => set({ status }));
      sdk.on('tokenExpired', ({ message }) => set({ error: message }));
      sdk.on('error', ({ errorMsg }) => set({ error: errorMsg }));
      sdk.on('callIn', (e) => e.type === 'phone' && begin(e, e.callerPhoneNumber, 'ringing'));
      sdk.on('callOuted', (e) => begin(e, e.calleePhoneNumber, 'dialing'));
      sdk.on('userAccessed', (e) => change(e, 'talking'));
      sdk.on('calloutAccepted', (e) => change(e, 'talking'));
      sdk.on('autoTransfer', (e) => change(e, null));
      sdk.on('sessionEnded', (e) => change(e, null));
    }).catch((err) => set({ error: err.errorMsg }));
    return () => {
      here = false;
      unload();
      setState(outside);
    };
  }, [sdkURL]);
  return { ...state, fail: (err) => setState((before) => ({ ...before, error: err.errorMsg || err.message })) };
}
