import { load, unload, start } from 'tccc-loader'; // TS2305

load(); // TS2554
load({ url: 7 }); // TS2322
load({ uri: 'x' }); // TS2353
unload('x'); // TS2554
load({ url: 'x' }).then((sdk) => sdk.Call.pickUp({ sessionId: 'x' })); // TS2339
start;
