// What the agent page does with sessions, through the SDK's methods.

import { desk } from './desk-state.js';

// act calls a method of the SDK and shows why it failed, if it does.
export async function act(method, options) {
  desk.trouble('');
  try {
    return await method(options);
  } catch (err) {
    desk.trouble(err && err.errorMsg ? err.errorMsg : String(err));
    return null;
  }
}

// door is the namespace that a session's methods are in.
const door = (c) => (c.type === 'im' ? tccc.Chat : c.type === 'video' ? tccc.Video : tccc.Call);

export async function accept(c) {
  if (await act(door(c).accept, { sessionId: c.sessionId }) && (c.type === 'im' || c.type === 'video')) open();
}

// end declines what rings.
export const end = (c) => act(c.type === 'phone' || c.type === 'voip' || c.type === 'internal' ? tccc.Call.hungUp : door(c).end, { sessionId: c.sessionId });

// open shows the workbench, where chats are written and pictures are seen.
export const open = () => tccc.UI.showWorkbench();

export async function camera(c, on) {
  if (await act(on ? tccc.Video.unmuteVideo : tccc.Video.muteVideo, { sessionId: c.sessionId })) {
    c.videoMuted = !on;
    desk.changed();
  }
}

export async function mute(c, on) {
  if (await act(on ? door(c).muteMic : door(c).unmuteMic, { sessionId: c.sessionId })) {
    c.muted = on;
    desk.changed();
  }
}

export async function hold(c, on) {
  if (await act(on ? tccc.Call.hold : tccc.Call.unHold, { sessionId: c.sessionId })) {
    if (c.state !== 'ended') c.state = on ? 'held' : 'talking';
    desk.changed();
  }
}

export async function complete(c) {
  await act(tccc.Call.deleteCall, { sessionId: c.sessionId });
  desk.calls.delete(c.sessionId);
  desk.changed();
}

export async function dial(to) {
  const result = await act(tccc.Call.startOutboundCall, { phoneNumber: to });
  const c = result && desk.calls.get(result.data.sessionId);
  if (c) {
    c.location = result.data.calleeLocation;
    c.remark ||= result.data.remark;
    desk.changed();
  }
}
