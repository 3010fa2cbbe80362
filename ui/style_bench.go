package ui

// styleBench is of the workbench.
const styleBench = `/* The workbench. */
.bench {
  position: relative;
  display: flex;
  flex-direction: column;
  background: var(--bg);
  overflow: hidden;
  container-type: inline-size;
}
.bench.floating {
  position: fixed;
  z-index: 2;
  inset-inline-start: max(16px, calc(50% - 500px));
  top: max(16px, calc(50% - 330px));
  width: min(1000px, calc(100% - 32px));
  height: min(660px, calc(100% - 32px));
  border: 1px solid var(--line);
  border-radius: 16px;
  box-shadow: var(--shadow);
}
.whole { height: 100%; }
.bench.embedded { height: 100%; min-height: 480px; }
.bench h3 { font-size: 12.5px; font-weight: 600; color: var(--muted); }
.bench-header { display: flex; align-items: center; gap: 10px; min-height: 52px; padding: 6px 10px; border-bottom: 1px solid var(--line); }
.bench-header .status { height: 36px; font-size: 14px; }
.bench-header .arrange-time { font-weight: 600; }
.bench-header .who { margin: 0; }
.bench > .menu {
  position: absolute;
  z-index: 2;
  top: 50px;
  inset-inline-start: 10px;
  min-width: 220px;
  max-height: calc(100% - 60px);
  overflow: auto;
  border: 1px solid var(--line);
  border-radius: 12px;
  box-shadow: var(--shadow);
}
.bench-body { display: grid; grid-template-columns: 98px minmax(0, 1fr); flex: 1; min-height: 0; }
.rail { display: flex; flex-direction: column; gap: 4px; padding: 8px; border-inline-end: 1px solid var(--line); background: var(--sunken); overflow: auto; }
.tab {
  position: relative;
  display: flex;
  flex-direction: column;
  align-items: center;
  gap: 3px;
  flex: none;
  padding: 9px 2px 7px;
  border-radius: 10px;
  color: var(--muted);
  font-size: 12px;
  line-height: 1.25;
  text-align: center;
}
.tab .icon { width: 21px; height: 21px; }
.tab span { max-width: 100%; overflow: hidden; text-overflow: ellipsis; }
.tab:hover { background: var(--hover); color: var(--text); }
.tab[aria-selected="true"] { background: var(--accent-soft); color: var(--accent); font-weight: 600; }
.badge { min-width: 18px; padding: 0 5px; border-radius: 9px; background: var(--stop); color: var(--on); font-size: 11.5px; font-weight: 650; line-height: 18px; text-align: center; font-variant-numeric: tabular-nums; flex: none; }
.tab .badge { position: absolute; top: 4px; inset-inline-end: 12px; }
.bench-page { display: flex; flex-direction: column; min-width: 0; min-height: 0; }
.bench-sessions { display: grid; grid-template-columns: minmax(210px, 28%) minmax(0, 1fr); flex: 1; min-height: 0; }
.bench-column { display: flex; flex-direction: column; min-height: 0; border-inline-end: 1px solid var(--line); }
.bench-list { flex: 1; overflow: auto; padding: 8px; }
.bench-list .hint { padding: 8px; }
.entry-row { width: 100%; border-radius: 10px; padding: 8px; }
.entry-row:hover { background: var(--hover); }
.entry-row[aria-current="true"] { background: var(--accent-soft); }
.entry-row .time { color: var(--muted); font-size: 12.5px; }
.entry-icon { display: grid; place-items: center; width: 32px; height: 32px; border-radius: 50%; background: var(--hover); color: var(--muted); flex: none; }
.entry-icon .icon { width: 16px; height: 16px; }
.entry-icon.talking, .entry-icon.ringing, .entry-icon.dialing { background: var(--go); color: var(--on); }
.entry-icon.held { background: var(--warn-soft); color: var(--warn); }
.entry-icon.bad { background: var(--stop-soft); color: var(--stop-text); }
.entry-icon.ringing { animation: ring 1.4s ease-in-out infinite; }
.queues { flex: none; max-height: 45%; overflow: auto; padding: 10px 16px 12px; border-top: 1px solid var(--line); background: var(--sunken); }
.queue { padding-top: 7px; }
.queue-name { display: block; font-weight: 550; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.queue-numbers { display: flex; flex-wrap: wrap; gap: 0 10px; color: var(--muted); font-size: 12.5px; font-variant-numeric: tabular-nums; }
.queue-numbers .warn { color: var(--warn); font-weight: 550; }
.bench-main { overflow: auto; display: flex; flex-direction: column; padding: 12px 18px; min-width: 0; }
.bench-main > .card { width: 100%; max-width: 480px; margin: clamp(0px, 4cqw, 36px) auto auto; }
.bench .pictures { aspect-ratio: 16 / 10; }
.bench .targets { max-height: none; }
.bench-main .arrange { width: 100%; max-width: 320px; margin: auto; }
.empty { margin: auto; padding: 24px; text-align: center; color: var(--muted); }
.empty .icon { width: 36px; height: 36px; stroke-width: 1.25; margin-bottom: 8px; }
.empty .btn { margin-top: 14px; }
.live { flex: none; border-bottom: 1px solid var(--line); }
.live .line:first-child { border-top: 0; }
.page { flex: 1; min-height: 0; overflow: auto; display: flex; flex-direction: column; gap: 10px; padding: 16px 20px 20px; }
.page > .input { max-width: 360px; flex: none; }
.page > .btn { align-self: center; flex: none; }
.narrowing { display: flex; gap: 8px; max-width: 440px; flex: none; }
.rows { list-style: none; margin: 0; padding: 0; }
.row-item { display: flex; align-items: center; gap: 12px; min-height: 48px; padding: 5px 6px; border-bottom: 1px solid var(--line); flex-wrap: wrap; }
.row-item .line-text { min-width: 100px; }
.row-item .line-state { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.row-result { color: var(--muted); font-variant-numeric: tabular-nums; text-align: end; }
.row-result.bad { color: var(--stop-text); font-weight: 550; }
.row-actions { display: flex; margin-inline-start: auto; align-items: center; justify-content: flex-end; gap: 4px; min-width: 68px; }
.row-time { min-width: 48px; color: var(--muted); font-variant-numeric: tabular-nums; text-align: end; }
.icon-btn.call { color: var(--go-text); }
.icon-btn.call:hover { background: var(--go); color: var(--on); }
.player { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 10px; width: 100%; padding: 2px 0 6px; }
.player video { flex: 1 0 100%; min-width: 0; max-height: 50vh; border-radius: 8px; background: #111; }
.player .seek { flex: 1 1 120px; min-width: 0; accent-color: var(--accent); }
.player .input { width: auto; height: 32px; padding: 0 6px; }
.dial-page { flex-direction: row; flex-wrap: wrap; gap: 20px 32px; }
.dial-page .panel { flex: 0 1 280px; border: 0; padding: 0; align-self: flex-start; }
.page-side { flex: 1 1 280px; min-width: 0; }
.settings { max-width: 560px; }
.settings .panel { border: 0; padding: 0 0 12px; gap: 14px; }
.seats { display: flex; flex-direction: column; gap: 8px; padding-bottom: 6px; }
.setting { display: flex; align-items: center; gap: 12px; flex-wrap: wrap; }
@container (max-width: 860px) {
  .bench-body { grid-template-columns: 80px minmax(0, 1fr); }
  .rail { padding: 5px; }
  .bench-list { padding: 5px; }
  .bench-list .entry-row { padding: 8px 6px; gap: 7px; }
}
@container (max-width: 620px) {
  .bench-body { grid-template-columns: 1fr; grid-template-rows: minmax(0, 1fr) auto; }
  .rail { order: 1; flex-direction: row; justify-content: space-around; gap: 0; padding: 4px; border: 0; border-top: 1px solid var(--line); }
  .tab { flex: 1 1 0; min-width: 0; }
  .tab .badge { inset-inline-end: 50%; margin-inline-end: -22px; }
  .bench-sessions { grid-template-columns: minmax(0, 1fr); grid-template-rows: auto minmax(0, 1fr); }
  .bench-column { border: 0; border-bottom: 1px solid var(--line); max-height: 170px; }
  .queues { max-height: none; padding: 6px 14px; overflow: visible; }
  .queues h3 { display: none; }
  .queue { padding: 2px 0; display: flex; gap: 10px; }
  .page { padding: 14px; }
  .bench-main { padding: 0; }
  .bench-header .who, .bench-header .mic-on span { display: none; }
  .row-item { gap: 8px; }
  .row-result { max-width: 100px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .row-item > .btn { margin-inline-start: auto; }
  .dial-page .panel { flex-basis: 100%; }
}
`
