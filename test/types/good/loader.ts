import { load, unload, type LoadError, type LoadOptions } from 'tccc-loader';

const options: LoadOptions = { sdkURL: 'https://cc.example/sdk/tcccSdk.js', ready: true, timeout: 10_000, nonce: 'n' };

export const agent = async (): Promise<tccc.AgentStatus> => {
  try {
    const sdk = await load(options);
    sdk.on('callIn', ({ sessionId }) => void sdk.Call.accept({ sessionId }));
    return sdk.Agent.getStatus();
  } catch (err) {
    const { code, recoverable } = err as LoadError;
    if (code === 2002 && !recoverable) unload();
    throw err;
  }
};
