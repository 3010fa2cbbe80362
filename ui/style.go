package ui

// styles is the style sheet of the shadow root, one part a subject. It is not
// embedded from files: the browser program does without package embed.
const styles = styleBase + styleBar + styleCall + styleBench + styleChat + styleVideo + styleEnd

// styleBase are the colours and what all parts use.
const styleBase = `:host {
  all: initial;
  display: block;
  color-scheme: light dark;
}
:host(t3c-sdk) {
  position: fixed !important;
  inset: 0 auto auto 0 !important;
  width: 0 !important;
  height: 0 !important;
  margin: 0 !important;
  padding: 0 !important;
  border: 0 !important;
  overflow: visible !important;
  background: none !important;
  z-index: 2147483647;
}
@media print { :host { display: none !important; } }
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
  --go: #148048;
  --go-hover: #106b3c;
  --go-text: #127040;
  --stop: #c83030;
  --stop-hover: #ab2626;
  --stop-text: #c22c2c;
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
    --go: #17834c;
    --go-hover: #12703f;
    --go-text: #4fc98a;
    --stop: #c93c3c;
    --stop-hover: #b53030;
    --stop-text: #ff8f8f;
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
`

// styleEnd adapts all parts to the window and to what the agent prefers.
const styleEnd = `@media (max-width: 480px) {
  .bench.floating { inset: 0; width: 100%; height: 100%; border: 0; border-radius: 0; }
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
