// What front ends do with the SDK, by its types.
const start = async (sdkURL: string): Promise<void> => {
  const script = document.createElement('script');
  script.src = sdkURL;
  script.onload = () => {
    tccc.on(tccc.events.ready, () => console.log(tccc.Agent.getStatus()));
    tccc.on('tokenExpired', ({ message }) => console.warn(message.length));
    tccc.on(tccc.events.callIn, (session) => {
      const seconds: number = session.timeout;
      switch (session.type) {
        case 'phone': return void console.log(session.calleePhoneNumber, session.ivrPath?.[0]?.label, session.serverType, seconds);
        case 'im': return void console.log(session.nickname, session.channelName);
        case 'voip': return void console.log(session.callee, session.userId);
        case 'video': return void console.log(session.userId);
        case 'internal': return void console.log(session.peerUserId);
        default: {
          const none: never = session;
          return none;
        }
      }
    });
    // Flat and under data.
    tccc.on('userAccessed', (e) => [e.sessionId, e.data.sessionId]);
    tccc.on('statusChanged', ({ status }) => status === 'offline');
    tccc.on('sessionEnded', ({ closeBy, mainReason = '', duration }) => [closeBy === 'timer', mainReason.trim(), duration?.toFixed(1)]);
    tccc.on('error', ({ code, errorMsg, remedy }) => code === 5001 && [errorMsg, remedy]);
    tccc.on('messageReceived', (m) => m.type === 'text' && m.text);
    const later = (e: { sessionId: string }) => console.log(e.sessionId);
    tccc.on('calloutAccepted', later).on('anything', () => {});
    tccc.off('calloutAccepted', later);
  };
  document.body.appendChild(script);
};

const calls = async (sessionId: string): Promise<string> => {
  const { data } = await tccc.Call.startOutboundCall({ phoneNumber: '10086', uui: 'x', servingNumberGroupIds: ['1'], phoneEncodeType: 'number' });
  const same: string = (await tccc.callOut({ phoneNumber: '10086' })).sessionId;
  const muted: boolean = (await tccc.Call.isMicMuted({ sessionId })).data.isMicMuted;
  await tccc.Call.sendDigits({ sessionId, dtmfText: muted ? '1' : '2#' });
  await tccc.Call.transfer({ sessionId, skillGroupId: 'sales' });
  await tccc.Agent.setStatus({ status: 'Rest', restReason: 'lunch' });
  for (const id of [data.sessionId, same]) await tccc.Call.hungUp({ sessionId: id });
  await tccc.Call.kick({ sessionId: same, userId: 7 }).then(() => tccc.Call.end({ sessionId: same }));
  return data.calleePhoneNumber;
};

const chats = async (sessionId: string, file: File): Promise<tccc.Message> => {
  await tccc.Chat.sendOrderMessage({ sessionId, payload: { name: 'n', customField: [{ name: 'a' }] } });
  await tccc.Chat.sendOrderMessage({ sessionId, payload: { customField: { a: 1 } } });
  const sent = await tccc.Chat.sendFile({ sessionId, file, name: 'a.txt' });
  await tccc.Chat.setTyping({ sessionId, typing: sent.data.file?.url !== undefined });
  await tccc.Chat.markRead({ sessionId });
  const { messages, more } = (await tccc.Chat.getMessages({ sessionId, before: sent.seq, limit: 10 })).data;
  const { data } = await tccc.Chat.sendMessage({ sessionId, text: more ? 'x' : messages.map((m) => m.notice).join() });
  return data;
};

const failures = (): Promise<tccc.Result | void> =>
  tccc.Call.accept({ sessionId: 'x' }).catch((err: tccc.Rejection) => {
    if (err.status === 'error' && err.code === 4001) console.log(err.errorMsg, err.field, err.cause, err.recoverable);
  });

const groups = async () => {
  const now: string[] = tccc.Admin.getSkillGroups().map((g) => g.skillGroupName);
  const then = await tccc.Admin.getSkillGroups();
  return [now, then[0]?.skillGroupId, then.status === 'success', then.data.skillGroups.length];
};

const devices = async (): Promise<string[]> =>
  tccc.Devices.isBrowserSupported() && tccc.Devices.isEnvSupported() ? (await tccc.Devices.getMicrophones()).map((d) => d.label) : [];

const buttons = () => tccc.overrideButtonConfig((config) => ({ active: config.active.filter((b) => b.type !== 'transferSeat') }));

// The global is the page's, and may be taken away.
if (window.tccc) window.tccc.timer.emitter.removeAllListeners('tokenExpired');
window.tccc = undefined;

export { start, calls, chats, failures, groups, devices, buttons };
