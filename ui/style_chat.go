package ui

// styleChat is of chats.
const styleChat = `/* Chats. */
.face {
  position: relative;
  display: grid;
  place-items: center;
  width: 32px;
  height: 32px;
  border-radius: 50%;
  background: var(--accent-soft);
  color: var(--accent);
  font-weight: 650;
  flex: none;
}
.face.ringing { background: var(--go); color: var(--on); animation: ring 1.4s ease-in-out infinite; }
.face.ended { background: var(--hover); color: var(--muted); }
.face .here { position: absolute; inset-inline-end: -1px; bottom: -1px; width: 10px; height: 10px; border-radius: 50%; background: var(--free); border: 2px solid var(--bg); }
.entry-row .line-state, .line .line-state { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.entry-row .badge { background: var(--accent); color: var(--bg); }
.entry-ringing { display: flex; align-items: center; gap: 6px; padding-inline-end: 6px; border-radius: 10px; background: var(--sunken); }
.entry-ringing .entry-row { flex: 1; min-width: 0; }
.bench-main:has(> .chat) { padding: 0; overflow: hidden; }
.chat { position: relative; display: flex; flex-direction: column; flex: 1; min-height: 0; min-width: 0; }
.chat-head { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 10px; padding: 9px 14px; border-bottom: 1px solid var(--line); flex: none; }
.chat-who { display: flex; flex-direction: column; min-width: 0; line-height: 1.3; }
.chat-who strong { font-weight: 650; font-size: 14.5px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.chat-who span { color: var(--muted); font-size: 12.5px; font-variant-numeric: tabular-nums; }
.chat-head .facts { flex-basis: 100%; margin: 0; padding-inline-start: 42px; font-size: 12.5px; }
.btn.small { height: 32px; padding: 0 11px; border-radius: 8px; font-size: 13px; }
.chat-head .btn.stop { background: var(--stop-soft); color: var(--stop-text); }
.chat-head .btn.stop:hover { background: var(--stop); color: var(--on); }
.chat-head .fact.remark { flex-basis: auto; }
.client-data { display: block; }
.client-data[open] { flex-basis: 100%; }
.client-data summary { cursor: pointer; width: max-content; border-radius: 4px; }
.client-data pre { margin: 4px 0 0; max-height: 120px; overflow: auto; padding: 8px; border-radius: 8px; background: var(--sunken); color: var(--text); font: 12px/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.beside { flex: none; border-bottom: 1px solid var(--line); }
.beside .line:first-child { border-top: 0; }
.chat > .strip, .chat > .targets { flex: none; }
.chat > .targets { max-height: 45%; border-bottom: 1px solid var(--line); background: var(--sunken); }
.chat-around { position: relative; display: flex; flex: 1; min-height: 80px; }
.chat-scroll { display: flex; flex-direction: column-reverse; flex: 1; min-width: 0; overflow: hidden auto; overscroll-behavior: contain; }
.chat-scroll:focus-visible { outline-offset: -3px; }
.chat-inner { margin-bottom: auto; padding: 10px 16px 14px; }
.older { display: flex; justify-content: center; align-items: center; gap: 8px; padding: 6px 0; font-size: 12.5px; color: var(--muted); }
.chat-log { display: flex; flex-direction: column; list-style: none; margin: 0; padding: 0; }
.day { align-self: center; margin: 12px 0 6px; color: var(--muted); font-size: 12px; font-weight: 550; }
.chat .notice { align-self: center; max-width: 90%; margin: 8px 0; padding: 2px 11px; border-radius: 11px; background: var(--sunken); color: var(--muted); font-size: 12.5px; text-align: center; overflow-wrap: anywhere; }
.chat .notice time { margin-inline-start: 7px; font-variant-numeric: tabular-nums; }
.msg { display: flex; flex-direction: column; align-items: flex-start; max-width: min(78%, 560px); margin-top: 3px; align-self: flex-start; }
.msg.first { margin-top: 11px; }
.msg.seat { align-self: flex-end; align-items: flex-end; }
.writer { margin: 0 4px 2px; color: var(--muted); font-size: 12px; }
.bubble {
  max-width: 100%;
  padding: 7px 12px;
  border-radius: 6px 15px 15px 6px;
  background: var(--sunken);
  color: var(--text);
  white-space: pre-wrap;
  overflow-wrap: anywhere;
  font-size: 14px;
}
.msg.first .bubble { border-start-start-radius: 15px; }
.msg.last .bubble { border-end-start-radius: 15px; }
.msg.seat .bubble { border-radius: 15px 6px 6px 15px; background: var(--accent-soft); }
.msg.seat.first .bubble { border-start-end-radius: 15px; }
.msg.seat.last .bubble { border-end-end-radius: 15px; }
.msg.bot .bubble { background: none; border: 1px solid var(--line); }
.bubble a { color: var(--accent); text-decoration: underline; text-underline-offset: 2px; border-radius: 3px; }
a.bubble { display: block; color: inherit; text-decoration: none; }
a.bubble:hover { filter: brightness(.97); }
.bubble img { display: block; max-width: 100%; border-radius: 9px; background: var(--hover); font-size: 12px; color: var(--muted); }
.bubble.picture { padding: 3px; }
.bubble.picture img { min-width: 90px; min-height: 60px; max-height: 220px; border-radius: 12px; object-fit: cover; }
.bubble.file { display: flex; align-items: center; gap: 10px; min-width: 190px; white-space: normal; }
.bubble.file .icon { width: 24px; height: 24px; color: var(--accent); }
.file-text { display: flex; flex-direction: column; min-width: 0; line-height: 1.35; }
.file-text strong { font-weight: 600; overflow-wrap: anywhere; }
.file-text span { color: var(--muted); font-size: 12.5px; }
.msg .bubble.rich { display: flex; flex-direction: column; gap: 4px; width: 260px; white-space: pre-wrap; border: 1px solid var(--line); background: var(--bg); }
.bubble.rich img { width: 100%; max-height: 150px; object-fit: cover; }
.bubble.rich strong { font-weight: 650; }
.guide, .host { color: var(--muted); font-size: 12.5px; }
.custom { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 2px 12px; margin: 4px 0 0; padding-top: 6px; border-top: 1px solid var(--line); font-size: 12.5px; }
.custom dt { color: var(--muted); }
.custom dd { margin: 0; text-align: end; overflow-wrap: anywhere; }
.choices { display: flex; flex-wrap: wrap; gap: 5px; list-style: none; margin: 6px 0 1px; padding: 0; }
.choices li { padding: 1px 10px; border: 1px solid var(--line); border-radius: 11px; font-size: 12.5px; color: var(--muted); }
.meta { display: inline-flex; flex-wrap: wrap; align-items: center; gap: 4px 7px; margin: 2px 4px 0; color: var(--muted); font-size: 11.5px; font-variant-numeric: tabular-nums; }
.msg.seat .meta { justify-content: flex-end; }
.meta .icon { width: 14px; height: 14px; }
.meta .progress { flex: none; width: 110px; }
.meta .progress-fill { background: var(--accent); transition-duration: .2s; }
.meta.bad { color: var(--stop-text); font-size: 12.5px; }
.meta .btn.link { font-size: 12.5px; }
.mark { display: inline-flex; }
.mark.read { color: var(--accent); }
.typing { display: inline-flex; gap: 4px; margin-top: 10px; padding: 10px 14px; border-radius: 15px; background: var(--sunken); }
.typing i { width: 6px; height: 6px; border-radius: 50%; background: var(--muted); animation: typing 1.2s ease-in-out infinite; }
.typing i:nth-child(2) { animation-delay: .15s; }
.typing i:nth-child(3) { animation-delay: .3s; }
@keyframes typing { 0%, 60%, 100% { opacity: .35; transform: none; } 30% { opacity: 1; transform: translateY(-3px); } }
.btn.latest { position: absolute; bottom: 10px; left: 50%; transform: translateX(-50%); height: 32px; padding: 0 14px 0 10px; border-radius: 16px; background: var(--accent); color: var(--bg); box-shadow: var(--shadow); font-size: 13px; }
.btn.latest .icon { width: 16px; height: 16px; }
.composer { display: flex; flex-wrap: wrap; align-items: flex-end; gap: 6px; padding: 10px 12px; border-top: 1px solid var(--line); flex: none; }
.composer .icon-btn { width: 38px; height: 38px; border-radius: 10px; cursor: pointer; }
.composer .icon-btn.go { background: var(--accent); color: var(--bg); }
.composer .icon-btn.go[aria-disabled] { background: var(--hover); color: var(--muted); opacity: 1; }
.attach:focus-within { outline: 2px solid var(--accent); outline-offset: 2px; }
textarea.input { font: inherit; font-size: 14px; color: inherit; flex: 1 1 0; min-height: 38px; max-height: 40vh; height: auto; padding: 8px 12px; line-height: 20px; resize: none; border-radius: 12px; field-sizing: content; }
.too-long { flex-basis: 100%; color: var(--stop-text); font-size: 12.5px; }
.chat-foot { display: flex; flex-direction: column; gap: 10px; padding: 12px 16px; border-top: 1px solid var(--line); flex: none; }
.chat-foot .row, .chat-foot .countdown { margin: 0; }
.chat-foot.over { flex-direction: row; align-items: center; justify-content: space-between; }
.chat-foot .why { margin: 0; }
.chat-drop { position: absolute; inset: 8px; z-index: 1; display: grid; place-content: center; justify-items: center; gap: 8px; border: 2px dashed var(--accent); border-radius: 14px; background: color-mix(in srgb, var(--bg) 88%, transparent); color: var(--accent); font-weight: 600; pointer-events: none; }
.float .badge { background: var(--accent); color: var(--bg); }
@container (max-width: 620px) {
  .bench-sessions:has(.chat) .bench-column { max-height: 120px; }
  .msg { max-width: 88%; }
  .chat-inner { padding: 8px 10px 12px; }
  .chat-head { padding: 7px 10px; }
  .chat-head .facts { padding: 0; }
}
`
