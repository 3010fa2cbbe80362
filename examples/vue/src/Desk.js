import { ref } from 'vue';
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

export default {
  setup() {
    const { sdk, state, open, fail } = useTccc();
    const userId = ref('agent1@demo');
    const number = ref('10086');
    const asked = ref(false);
    const enter = async () => {
      try {
        await open(await login(userId.value));
        asked.value = true;
      } catch (err) {
        fail(err);
      }
    };
    const call = (phoneNumber) => sdk.value.Call.startOutboundCall({ phoneNumber }).catch(fail);
    const accept = ({ sessionId }) => sdk.value.Call.accept({ sessionId }).catch(fail);
    const hangUp = ({ sessionId }) => sdk.value.Call.hungUp({ sessionId }).catch(fail);
    const set = (status) => sdk.value.Agent.setStatus({ status }).catch(fail);
    return { sdk, state, userId, number, asked, enter, call, accept, hangUp, set };
  },
  template: `
    <form v-if="!asked" @submit.prevent="enter">
      <label>Account <input v-model="userId" name="userId"></label>
      <button>Log in</button>
    </form>
    <main v-if="sdk">
      <p>Status: <b role="status">{{ state.status }}</b>
        <select name="status" @change="set($event.target.value)">
          <option>free</option><option>rest</option><option>notReady</option>
        </select>
      </p>
      <form @submit.prevent="call(number)">
        <label>Number <input v-model="number" name="number"></label>
        <button>Call</button>
      </form>
      <section v-if="state.call">
        <p v-if="state.call.phase === 'ringing'">{{ state.call.number }} calls</p>
        <p v-else-if="state.call.phase === 'dialing'">Calling {{ state.call.number }}</p>
        <p v-else>In conversation</p>
        <button v-if="state.call.phase === 'ringing'" @click="accept(state.call)">Accept</button>
        <button @click="hangUp(state.call)">Hang up</button>
      </section>
    </main>
    <p role="alert">{{ state.error }}</p>
  `,
};
