package ui

// styleCall is of sessions and what is done about them.
const styleCall = `.calls { display: flex; flex-direction: column; }
.card { padding: 14px; }
.card-top { display: flex; align-items: center; gap: 7px; color: var(--muted); font-size: 13px; min-height: 20px; }
.card-top > .icon { width: 16px; height: 16px; }
.card .state { font-weight: 550; }
.card.ringing .card-top, .card.talking .card-top { color: var(--go-text); }
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
.btn.small { height: 32px; padding: 0 10px; gap: 6px; }
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
.pick-up { display: flex; align-items: center; gap: 8px; flex: 1; }
.why { margin-top: 6px; color: var(--muted); }
.quality { display: inline-flex; align-items: flex-end; gap: 2px; height: 13px; margin-inline-end: 2px; }
.quality b { font-size: 12.5px; font-weight: 550; line-height: 13px; margin-inline-start: 3px; color: var(--muted); font-variant-numeric: tabular-nums; }
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
.targets .switch { height: 32px; padding: 0 10px; align-self: flex-start; font-weight: 500; }
.switch .icon { width: 15px; height: 15px; }
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
.choice { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 4px 8px; align-items: center; }
.choice-name { grid-column: 1 / -1; }
.choice .input:last-child { grid-column: 1 / -1; }
.level { height: 6px; border-radius: 3px; background: var(--hover); overflow: hidden; margin-top: -4px; }
.level .progress-fill { transition: transform .1s linear; background: var(--free); }
.choice-name { display: inline-flex; align-items: center; gap: 6px; color: var(--muted); font-size: 12.5px; }
.choice-name .icon { width: 15px; height: 15px; }
.arrange { display: flex; flex-direction: column; gap: 9px; }
.arrange-row { display: flex; align-items: baseline; justify-content: space-between; }
.arrange-title { font-weight: 600; }
.arrange-row .time { font-size: 20px; font-weight: 600; }
.arrange .progress { flex: none; }
`
