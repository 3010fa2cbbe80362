package ui

// styles is the style sheet of the shadow root. It is not embedded from a
// file: the browser program does without package embed.
const styles = `:host {
  all: initial;
  display: block;
  color-scheme: light dark;
}
:host(t3c-sdk) {
  position: fixed;
  width: 0;
  height: 0;
  z-index: 2147483000;
}
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none; }

.tccc {
  --bg: #ffffff;
  --sunken: #f5f6f8;
  --hover: #eceff3;
  --line: #e2e6ec;
  --text: #17212f;
  --muted: #5c6878;
  --accent: #2b5fd9;
  --accent-soft: #e9effc;
  --go: #15824a;
  --go-hover: #106b3c;
  --stop: #cf3434;
  --stop-hover: #b22828;
  --stop-soft: #fdeeee;
  --warn: #96590a;
  --warn-soft: #fdf4e3;
  --on: #ffffff;
  --free: #1fa463;
  --busy: #d64545;
  --rest: #e0962a;
  --off: #98a2b0;
  --shadow: 0 1px 2px rgb(16 24 40 / 6%), 0 8px 28px rgb(16 24 40 / 16%);
  font: 400 13.5px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "PingFang SC", "Microsoft YaHei", "Noto Sans SC", sans-serif;
  color: var(--text);
  text-align: start;
  -webkit-font-smoothing: antialiased;
}
@media (prefers-color-scheme: dark) {
  .tccc {
    --bg: #1b2129;
    --sunken: #232a34;
    --hover: #2c3541;
    --line: #343e4b;
    --text: #e9edf2;
    --muted: #9ca8b7;
    --accent: #86a8ff;
    --accent-soft: #26345a;
    --go: #1f9a5a;
    --go-hover: #26ad67;
    --stop: #d94b4b;
    --stop-hover: #e46161;
    --stop-soft: #43262a;
    --warn: #f0b35a;
    --warn-soft: #3b2f1c;
    --shadow: 0 1px 2px rgb(0 0 0 / 40%), 0 10px 32px rgb(0 0 0 / 50%);
  }
}
h3, p, ol { margin: 0; padding: 0; }
button, input, select {
  font: inherit;
  color: inherit;
  margin: 0;
}
button {
  border: 0;
  background: none;
  padding: 0;
  cursor: pointer;
  text-align: start;
  -webkit-tap-highlight-color: transparent;
}
:focus { outline: none; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
[aria-disabled="true"] { opacity: .5; cursor: default; }
.sr {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}
.icon {
  width: 18px;
  height: 18px;
  flex: none;
  fill: none;
  stroke: currentcolor;
  stroke-width: 1.75;
  stroke-linecap: round;
  stroke-linejoin: round;
}
.i-keypad { stroke-width: 2.6; }
.time, .mono { font-variant-numeric: tabular-nums; }
.gap { flex: 1; }
.hint { color: var(--muted); }

/* The floating button and the call bar that unfolds from it. */
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
.icon-btn.stop { background: var(--stop-soft); color: var(--stop); }
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
.strip.bad { background: var(--stop-soft); color: var(--stop); }
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

.calls { display: flex; flex-direction: column; }
.card { padding: 14px; }
.card-top { display: flex; align-items: center; gap: 7px; color: var(--muted); font-size: 13px; min-height: 20px; }
.card-top > .icon { width: 16px; height: 16px; }
.card .state { font-weight: 550; }
.card.ringing .card-top, .card.talking .card-top { color: var(--go); }
@media (prefers-color-scheme: dark) {
  .card.ringing .card-top, .card.talking .card-top { color: #4fc98a; }
}
.card.held .card-top { color: var(--warn); }
.card-top .time { color: var(--text); font-weight: 550; font-size: 14px; }
.number {
  margin-top: 5px;
  font-size: 21px;
  line-height: 1.3;
  font-weight: 600;
  letter-spacing: .01em;
  font-variant-numeric: tabular-nums;
  overflow-wrap: anywhere;
}
.card.ended .number { font-size: 17px; }
.facts { display: flex; flex-wrap: wrap; gap: 4px 12px; margin-top: 5px; color: var(--muted); font-size: 13px; }
.fact { display: inline-flex; align-items: center; gap: 4px; min-width: 0; overflow-wrap: anywhere; }
.fact .icon { width: 14px; height: 14px; }
.fact.remark { flex-basis: 100%; color: var(--text); }
.tag { padding: 0 7px; border-radius: 6px; background: var(--accent-soft); color: var(--accent); font-size: 12.5px; font-weight: 550; }
.tag.warn { background: var(--warn-soft); color: var(--warn); }
.path { display: flex; flex-wrap: wrap; gap: 6px; margin-top: 10px; list-style: none; font-size: 12.5px; }
.step { display: inline-flex; align-items: center; gap: 6px; padding: 2px 9px 2px 3px; border-radius: 7px; background: var(--sunken); border: 1px solid var(--line); }
.step kbd { font: inherit; font-weight: 650; min-width: 18px; text-align: center; border-radius: 5px; background: var(--bg); border: 1px solid var(--line); padding: 0 4px; line-height: 17px; }
.countdown { display: flex; align-items: center; gap: 10px; margin-top: 12px; }
.countdown .time { color: var(--muted); font-size: 12.5px; min-width: 30px; text-align: end; }
.progress { flex: 1; height: 4px; border-radius: 2px; background: var(--hover); overflow: hidden; }
.progress-fill { height: 100%; background: var(--go); transform-origin: left; transition: transform 1s linear; }
.arrange .progress-fill { background: var(--rest); }
.row { display: flex; gap: 8px; margin-top: 14px; }
.btn {
  display: inline-flex;
  align-items: center;
  justify-content: center;
  gap: 8px;
  height: 38px;
  padding: 0 14px;
  border-radius: 10px;
  font-weight: 600;
  white-space: nowrap;
}
.answer .btn { flex: 1 1 0; height: 42px; }
.btn.wide { width: 100%; }
.btn.go { background: var(--go); color: var(--on); }
.btn.go:hover { background: var(--go-hover); }
.btn.stop { background: var(--stop); color: var(--on); }
.btn.stop:hover { background: var(--stop-hover); }
.btn.primary { background: var(--accent-soft); color: var(--accent); }
.btn.primary:hover { background: var(--accent); color: var(--bg); }
.btn.plain { background: var(--sunken); border: 1px solid var(--line); }
.btn.plain:hover { background: var(--hover); }
.btn.link { height: auto; padding: 2px 0; justify-content: start; color: inherit; text-decoration: underline; text-underline-offset: 2px; }
.controls { display: flex; gap: 8px; margin-top: 14px; }
.control {
  flex: 1 1 0;
  display: flex;
  flex-direction: column;
  align-items: center;
  gap: 3px;
  padding: 8px 4px 6px;
  border-radius: 10px;
  background: var(--sunken);
  font-size: 12.5px;
  color: var(--text);
  border: 1px solid transparent;
}
.control:hover { background: var(--hover); }
.control.active { background: var(--accent-soft); color: var(--accent); border-color: color-mix(in srgb, var(--accent) 30%, transparent); }
.control span { max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.why { margin-top: 6px; color: var(--muted); }
.quality { display: inline-flex; align-items: flex-end; gap: 2px; height: 13px; margin-inline-end: 2px; }
.quality i { width: 3px; border-radius: 1px; background: var(--line); }
.quality i:nth-child(1) { height: 4px; }
.quality i:nth-child(2) { height: 7px; }
.quality i:nth-child(3) { height: 10px; }
.quality i:nth-child(4) { height: 13px; }
.quality.q1 i:nth-child(-n+1) { background: var(--busy); }
.quality.q2 i:nth-child(-n+2) { background: var(--rest); }
.quality.q3 i:nth-child(-n+3) { background: var(--free); }
.quality.q4 i { background: var(--free); }

.line, .entry-row {
  display: flex;
  align-items: center;
  gap: 9px;
  padding: 9px 10px 9px 14px;
}
.line { border-top: 1px solid var(--line); background: var(--sunken); }
.line-text { display: flex; flex-direction: column; flex: 1; min-width: 0; line-height: 1.3; }
.line-name { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-variant-numeric: tabular-nums; }
.line-state { color: var(--muted); font-size: 12.5px; font-variant-numeric: tabular-nums; }
.lamp { width: 8px; height: 8px; border-radius: 50%; background: var(--off); flex: none; }
.lamp.ok, .lamp.talking { background: var(--free); }
.lamp.ringing, .lamp.dialing { background: var(--free); animation: blink 1.2s ease-in-out infinite; }
.lamp.wait { background: var(--accent); animation: blink 1.2s ease-in-out infinite; }
.lamp.warn, .lamp.held { background: var(--rest); }
.lamp.bad { background: var(--busy); }
@keyframes blink { 50% { opacity: .35; } }

.targets { display: flex; flex-direction: column; gap: 6px; max-height: 300px; overflow-y: auto; }
.targets > * { flex: none; }
.card .targets { margin-top: 10px; padding: 8px; border-radius: 10px; background: var(--sunken); }
.card .strip { margin-top: 10px; border: 0; border-radius: 10px; }
.targets h3 { font-size: 12.5px; font-weight: 600; color: var(--muted); }
.people { list-style: none; margin: 0; padding: 0; }
.people + .people { border-top: 1px solid var(--line); padding-top: 6px; }
.item-state { margin-inline-start: auto; padding-inline-start: 8px; color: var(--muted); font-size: 12.5px; white-space: nowrap; font-variant-numeric: tabular-nums; }
.people .item-text { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; text-align: start; }
.btn[aria-pressed="true"] { background: var(--accent-soft); color: var(--accent); border-color: currentColor; }
.consultation { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 10px; }
.consultation .hint { width: 100%; }
.consultation .btn { flex: 1 1 auto; }
.keypad { margin-top: 12px; }
.digits { display: block; min-height: 24px; text-align: center; font-size: 17px; font-weight: 550; letter-spacing: .08em; font-variant-numeric: tabular-nums; overflow: hidden; text-overflow: clip; }
.pad { display: grid; grid-template-columns: repeat(3, 1fr); gap: 6px; }
.key {
  display: flex;
  flex-direction: column;
  align-items: center;
  justify-content: center;
  height: 42px;
  border-radius: 10px;
  background: var(--sunken);
  line-height: 1.1;
}
.key:hover { background: var(--hover); }
.key:active { background: var(--accent-soft); }
.key b { font-size: 16px; font-weight: 600; }
.key small { font-size: 10px; letter-spacing: .08em; color: var(--muted); min-height: 11px; }
.panel { display: flex; flex-direction: column; gap: 10px; padding: 14px; border-bottom: 1px solid var(--line); }
.entry { position: relative; }
.entry .input { padding-inline-end: 38px; font-size: 16px; height: 40px; }
.entry .icon-btn { position: absolute; top: 7px; inset-inline-end: 7px; }
.choice { display: flex; flex-direction: column; gap: 4px; }
.choice-name { display: inline-flex; align-items: center; gap: 6px; color: var(--muted); font-size: 12.5px; }
.choice-name .icon { width: 15px; height: 15px; }
.arrange { display: flex; flex-direction: column; gap: 9px; }
.arrange-row { display: flex; align-items: baseline; justify-content: space-between; }
.arrange-title { font-weight: 600; }
.arrange-row .time { font-size: 20px; font-weight: 600; }
.arrange .progress { flex: none; }

.footer {
  display: flex;
  align-items: center;
  gap: 8px;
  padding: 7px 14px;
  border-top: 1px solid var(--line);
  font-size: 12.5px;
  color: var(--muted);
}
.mic-on { margin-inline-start: auto; display: inline-flex; align-items: center; gap: 3px; color: var(--stop); white-space: nowrap; }
.mic-on .icon { width: 14px; height: 14px; }
.footer-text { white-space: nowrap; }
.who { margin-inline-start: auto; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--muted); }

/* The workbench. */
.bench {
  display: flex;
  flex-direction: column;
  background: var(--bg);
  overflow: hidden;
  container-type: inline-size;
}
.bench.floating {
  position: fixed;
  inset-inline-start: max(16px, calc(50vw - 460px));
  top: max(16px, calc(50vh - 290px));
  width: min(920px, calc(100vw - 32px));
  height: min(580px, calc(100vh - 32px));
  border: 1px solid var(--line);
  border-radius: 16px;
  box-shadow: var(--shadow);
}
.bench.embedded { height: 100%; min-height: 480px; }
.bench-header { display: flex; align-items: center; gap: 12px; padding: 9px 10px 9px 18px; border-bottom: 1px solid var(--line); }
.bench-title { font-weight: 650; font-size: 14px; }
.bench-status { display: inline-flex; align-items: center; gap: 7px; color: var(--muted); }
.bench-body { display: grid; grid-template-columns: 220px minmax(0, 1fr) 260px; flex: 1; min-height: 0; }
.bench-list, .bench-tools { overflow: auto; padding: 12px 8px; }
.bench-list { border-inline-end: 1px solid var(--line); background: var(--sunken); }
.bench-tools { border-inline-start: 1px solid var(--line); padding: 12px 0; }
.bench-tools .panel { border: 0; padding: 6px 14px 16px; }
.bench-tools h3 { padding: 0 14px; }
.bench h3 { font-size: 12.5px; font-weight: 600; color: var(--muted); margin-bottom: 6px; }
.bench-list h3, .bench-list .hint { padding: 0 8px; }
.entry-row { width: 100%; border-radius: 9px; padding: 8px; }
.entry-row:hover { background: var(--hover); }
.entry-row[aria-current="true"] { background: var(--bg); box-shadow: 0 0 0 1px var(--line); }
.entry-row .time { color: var(--muted); font-size: 12.5px; }
.bench-main { overflow: auto; display: flex; flex-direction: column; padding: 10px 14px; }
.bench-main .card { width: 100%; max-width: 420px; margin: auto; }
.bench-main .arrange { width: 100%; max-width: 320px; margin: auto; }
.empty { margin: auto; text-align: center; color: var(--muted); }
.empty .icon { width: 36px; height: 36px; stroke-width: 1.25; margin-bottom: 8px; }
@container (max-width: 720px) {
  .bench-body { grid-template-columns: 1fr; overflow: auto; }
  .bench-list, .bench-tools { border: 0; overflow: visible; }
  .bench-main { overflow: visible; min-height: 220px; }
}
@media (max-width: 480px) {
  .dock, .dock.left, .dock.top {
    inset: auto 8px 8px auto !important;
    flex-direction: column;
    align-items: flex-end;
    width: calc(100vw - 16px);
    pointer-events: none;
  }
  .dock > * { pointer-events: auto; }
  .bar { width: 100%; max-height: calc(100vh - 76px); }
}
@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after { animation: none !important; transition: none !important; }
}
@media (forced-colors: active) {
  .btn, .control, .key, .icon-btn { border: 1px solid ButtonBorder; }
}
`
