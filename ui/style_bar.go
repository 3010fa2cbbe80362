package ui

// styleBar is of the floating button and the call bar.
const styleBar = `/* The floating button and the call bar that unfolds from it. */
.dock {
  position: fixed;
  z-index: 1;
  display: flex;
  flex-direction: column;
  align-items: flex-end;
  gap: 10px;
  max-width: calc(100vw - 16px);
}
.dock.left { align-items: flex-start; }
.dock.top { flex-direction: column-reverse; }
.float {
  display: inline-flex;
  align-items: center;
  gap: 9px;
  height: 44px;
  padding: 0 16px 0 6px;
  border-radius: 22px;
  background: var(--bg);
  border: 1px solid var(--line);
  box-shadow: var(--shadow);
  font-weight: 550;
  touch-action: none;
  user-select: none;
  max-width: min(300px, calc(100vw - 24px));
  transition: transform .12s ease;
}
.float.open { width: 44px; padding: 0; justify-content: center; }
.dock .float.open .float-icon { background: none; color: var(--muted); animation: none; }
.float .mark { display: inline-flex; color: var(--warn); }
.float:hover { background: var(--sunken); }
.float:active { transform: scale(.98); }
.float-icon {
  display: grid;
  place-items: center;
  width: 32px;
  height: 32px;
  border-radius: 50%;
  background: var(--off);
  color: #fff;
  flex: none;
}
.float-text { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.float .time { color: var(--muted); font-weight: 450; }
.float.t-free .float-icon { background: var(--free); }
.float.t-talking .float-icon, .float.t-dialing .float-icon, .float.t-ringing .float-icon { background: var(--go); }
.float.t-busy .float-icon, .float.t-notReady .float-icon { background: var(--busy); }
.float.t-rest .float-icon, .float.t-arrange .float-icon, .float.t-held .float-icon { background: var(--rest); }
.float.t-ringing .float-icon { animation: ring 1.4s ease-in-out infinite; }
@keyframes ring {
  0%, 60%, 100% { box-shadow: 0 0 0 0 rgb(31 164 99 / 55%); }
  40% { box-shadow: 0 0 0 9px rgb(31 164 99 / 0%); }
}

.bar {
  position: relative;
  width: 344px;
  max-width: 100%;
  max-height: calc(100vh - 96px);
  overflow: hidden auto;
  background: var(--bg);
  border: 1px solid var(--line);
  border-radius: 14px;
  box-shadow: var(--shadow);
  animation: unfold .16s ease-out;
}
@keyframes unfold { from { opacity: 0; transform: translateY(6px); } }
.header {
  display: flex;
  align-items: center;
  gap: 8px;
  padding: 8px 8px 8px 10px;
  border-bottom: 1px solid var(--line);
}
.header-actions { display: flex; gap: 2px; margin-inline-start: auto; flex: none; }
.status {
  display: inline-flex;
  align-items: center;
  gap: 8px;
  min-width: 0;
  height: 32px;
  padding: 0 8px;
  border-radius: 8px;
  font-weight: 600;
}
button.status:hover { background: var(--hover); }
.status .icon { width: 15px; height: 15px; color: var(--muted); margin-inline-start: -2px; }
.status .time { color: var(--muted); font-weight: 450; }
.status-text { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.pending { display: flex; align-items: center; gap: 7px; padding: 6px 14px; background: var(--sunken); border-bottom: 1px solid var(--line); color: var(--muted); font-size: 12.5px; }
.pending .icon { width: 14px; height: 14px; }
.dot {
  width: 9px;
  height: 9px;
  border-radius: 50%;
  background: var(--off);
  flex: none;
}
.dot.free { background: var(--free); }
.dot.busy, .dot.notReady { background: var(--busy); }
.dot.rest, .dot.arrange { background: var(--rest); }
.icon-btn {
  display: inline-grid;
  place-items: center;
  width: 32px;
  height: 32px;
  border-radius: 8px;
  color: var(--muted);
  flex: none;
}
.icon-btn:hover { background: var(--hover); color: var(--text); }
.icon-btn.active, .icon-btn[aria-pressed="true"] { background: var(--accent-soft); color: var(--accent); }
.icon-btn.small { width: 26px; height: 26px; }
.icon-btn.small .icon { width: 15px; height: 15px; }
.icon-btn.go { background: var(--go); color: var(--on); }
.icon-btn.go:hover { background: var(--go-hover); }
.icon-btn.stop { background: var(--stop-soft); color: var(--stop-text); }
.icon-btn.stop:hover { background: var(--stop); color: var(--on); }

.menu {
  padding: 6px;
  border-bottom: 1px solid var(--line);
  background: var(--bg);
}
.item {
  display: flex;
  align-items: center;
  gap: 9px;
  width: 100%;
  padding: 7px 9px;
  border-radius: 7px;
}
.item:hover, .item:focus-visible { background: var(--hover); }
.item .icon { width: 16px; height: 16px; color: var(--accent); margin-inline-start: auto; }

.strip {
  display: flex;
  gap: 9px;
  padding: 9px 8px 9px 14px;
  font-size: 13px;
  border-bottom: 1px solid var(--line);
}
.strip > .icon { margin-top: 1px; width: 17px; height: 17px; }
.strip .icon-btn { color: inherit; margin: -3px 0; }
.strip-body { display: flex; flex-direction: column; gap: 1px; flex: 1; min-width: 0; overflow-wrap: anywhere; }
.strip-body strong { font-weight: 600; }
.strip-body span { color: var(--text); opacity: .82; }
.strip.warn { background: var(--warn-soft); color: var(--warn); }
.strip.bad { background: var(--stop-soft); color: var(--stop-text); }
.strip.wait { background: var(--sunken); color: var(--muted); align-items: center; }
.spinner {
  width: 13px;
  height: 13px;
  border-radius: 50%;
  border: 2px solid var(--line);
  border-top-color: var(--accent);
  animation: spin .9s linear infinite;
}
@keyframes spin { to { transform: rotate(1turn); } }

.idle { display: flex; flex-direction: column; gap: 12px; padding: 14px; }
.dial-field { display: flex; gap: 8px; }
.location { display: flex; align-items: center; gap: 4px; margin: 6px 2px 0; }
.location .icon { width: 14px; height: 14px; }
.input {
  width: 100%;
  min-width: 0;
  height: 36px;
  padding: 0 11px;
  border-radius: 9px;
  border: 1px solid var(--line);
  background: var(--sunken);
}
.input::placeholder { color: var(--muted); opacity: 1; }
.input:focus-visible { outline-offset: -1px; background: var(--bg); }
.dial-field .icon-btn { width: 40px; height: 36px; border-radius: 9px; }

.footer {
  display: flex;
  align-items: center;
  gap: 8px;
  padding: 7px 14px;
  border-top: 1px solid var(--line);
  font-size: 12.5px;
  color: var(--muted);
}
.mic-on { margin-inline-start: auto; display: inline-flex; align-items: center; gap: 3px; color: var(--stop-text); white-space: nowrap; }
.mic-on .icon { width: 14px; height: 14px; }
.footer-text { white-space: nowrap; }
.who { margin-inline-start: auto; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--muted); }
`
