// Each line with a number must be refused, with that error of the compiler.
tccc.Call.accept(); // TS2554
tccc.Call.accept({}); // TS2345
tccc.Call.accept({ sessionId: true }); // TS2322
tccc.Call.hangUp({ sessionId: 'x' }); // TS2551
tccc.Call.startOutboundCall({ phoneNumber: '1', phoneEncodeType: 'alias' }); // TS2322
tccc.Call.startOutboundCall({ phone: '1' }); // TS2353
tccc.Agent.setStatus({ status: 'busy' }); // TS2322
tccc.Agent.getStatus() === 'away'; // TS2367
tccc.Agent.getStatus({}); // TS2554
tccc.UI.hideFloatButton(); // TS2551
tccc.Call.sendDigits({ sessionId: 'x' }); // TS2345
tccc.Chat.sendCardMessage({ sessionId: 'x', payload: { header: 'h', desc: 'd', pic: 'p' } }); // TS2741
tccc.Chat.sendOrderMessage({ sessionId: 'x', payload: { customField: 7 } }); // TS2322
tccc.Chat.sendFile({ sessionId: 'x', file: 'notes.txt' }); // TS2322
tccc.Chat.setTyping({ sessionId: 'x' }); // TS2345
tccc.on('callin', () => {}); // TS2345
tccc.on(tccc.events.callIn, (e) => e.callId); // TS2339
tccc.on('sessionEnded', ({ closeBy }) => closeBy === 'agent'); // TS2367
tccc.on('ready'); // TS2554
tccc.events.ready = 'ready'; // TS2540
tccc.Agent = tccc.Agent; // TS2540
const id: number = tccc.Call.accept({ sessionId: 'x' }).then((r) => r.status === 'error'); // TS2322, TS2367
tccc.Admin.getSkillGroups()[0].name; // TS2532, TS2339
window.tccc.on('ready', () => {}); // TS18048
const error: tccc.ErrorCode = 9999; // TS2322
tccc.Devices.getMicrophones().length; // TS2339

export { id, error };
