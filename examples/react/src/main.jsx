import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { useTccc } from './useTccc.js';

const gateway = new URLSearchParams(location.search).get('gateway') || 'http://localhost:8080';

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

function Desk() {
  const [sdkURL, setURL] = useState('');
  const { sdk, status, call, error, fail } = useTccc(sdkURL);
  const submit = (action) => (e) => {
    e.preventDefault();
    action(new FormData(e.target)).catch(fail);
  };
  const phases = { ringing: `${call?.number} calls`, dialing: `Calling ${call?.number}`, talking: 'In conversation' };
  return (
    <>
      {!sdkURL && (
        <form onSubmit={submit(async (form) => setURL(await login(form.get('userId'))))}>
          <label>Account <input name="userId" defaultValue="agent1@demo" /></label>
          <button>Log in</button>
        </form>
      )}
      {sdk && (
        <main>
          <p>Status: <b role="status">{status}</b>
            <select name="status" onChange={(e) => sdk.Agent.setStatus({ status: e.target.value }).catch(fail)}>
              <option>free</option><option>rest</option><option>notReady</option>
            </select>
          </p>
          <form onSubmit={submit((form) => sdk.Call.startOutboundCall({ phoneNumber: form.get('number') }))}>
            <label>Number <input name="number" defaultValue="10086" /></label>
            <button>Call</button>
          </form>
          {call && (
            <section>
              <p>{phases[call.phase]}</p>
              {call.phase === 'ringing' && <button onClick={() => sdk.Call.accept(call).catch(fail)}>Accept</button>}
              <button onClick={() => sdk.Call.hungUp(call).catch(fail)}>Hang up</button>
            </section>
          )}
        </main>
      )}
      <p role="alert">{error}</p>
    </>
  );
}

createRoot(document.getElementById('app')).render(<StrictMode><Desk /></StrictMode>);
