// The style sheet of the HTML report: light and dark, wide and narrow.

export const STYLE = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f6f7f9, #14171c);
  --card: light-dark(#ffffff, #1c2027);
  --line: light-dark(#dfe3e8, #323843);
  --text: light-dark(#1b2028, #e6e9ee);
  --quiet: light-dark(#59636f, #9aa5b3);
  --accent: light-dark(#1559c7, #7fb1ff);
  --red: light-dark(#b3261e, #ff8a80);
  --amber: light-dark(#8a5a00, #f3bf5a);
  --green: light-dark(#1b6e3c, #79d49a);
  --blue: light-dark(#155e8a, #7cc7f0);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
header, main { max-width: 1320px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 28px; }
h1 { font-size: 25px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 18px; margin: 36px 0 10px; }
h3 { font-size: 13px; margin: 14px 0 4px; color: var(--quiet); font-weight: 600; }
p { margin: 6px 0; }
a { color: var(--accent); }
.quiet { color: var(--quiet); }
code { font: 0.9em/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
nav ul, .states { display: flex; flex-wrap: wrap; gap: 8px; list-style: none; margin: 14px 0 0; padding: 0; }
nav li { margin-right: 10px; }
.states button {
  display: grid; text-align: left; min-width: 112px; padding: 9px 13px; border: 1px solid var(--line);
  border-left: 4px solid var(--tone, var(--quiet)); border-radius: 8px; background: var(--card); color: inherit;
  font: inherit; cursor: pointer;
}
.states b { font-size: 21px; line-height: 1.2; font-variant-numeric: tabular-nums; }
.states button[aria-pressed="true"] { background: var(--tone, var(--quiet)); color: var(--card); border-color: transparent; }
.states button[aria-pressed="true"] .quiet { color: inherit; }
.lacking, .broken, .in-vain { --tone: var(--red); }
.stale { --tone: var(--amber); }
.ok { --tone: var(--green); }
.own { --tone: var(--blue); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: -9999px; }
.skip:focus { left: 12px; top: 8px; background: var(--card); padding: 6px 12px; }
.filters { display: flex; flex-wrap: wrap; gap: 12px; align-items: end; margin: 12px 0; }
.filters label { display: grid; gap: 3px; font-size: 13px; color: var(--quiet); }
input, select { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 6px 10px; }
input { width: min(360px, 78vw); }
.filters output { padding: 7px 0; color: var(--quiet); }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding: 10px 14px; color: var(--quiet); font-size: 13px; }
th, td { text-align: left; vertical-align: top; padding: 8px 14px; border-top: 1px solid var(--line); }
thead th { font-size: 13px; color: var(--quiet); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 600; overflow-wrap: anywhere; }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.rows > tbody > tr:not(.more):hover { background: color-mix(in srgb, var(--accent) 6%, transparent); }
.name { all: unset; cursor: pointer; font-weight: 600; overflow-wrap: anywhere; }
.name::before { content: "▸"; display: inline-block; width: 1.1em; color: var(--quiet); }
.name[aria-expanded="true"]::before { content: "▾"; }
.name:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.kind { color: var(--quiet); font-weight: 400; }
.badge { display: inline-block; padding: 1px 9px; border-radius: 999px; font-size: 13px; white-space: nowrap; color: var(--tone, var(--quiet)); border: 1px solid currentColor; }
.reason { width: 40%; font-size: 14px; overflow-wrap: anywhere; }
.rows td { overflow-wrap: anywhere; }
.users th[scope="col"] { width: 22%; }
.users th[scope="col"]:nth-child(2) { width: 12%; }
.more > td { background: var(--page); padding: 6px 20px 18px 34px; }
.more table { font-size: 14px; }
.more table td, .more table th { padding: 4px 12px; border-top: 1px solid var(--line); }
.chain { display: flex; flex-wrap: wrap; gap: 4px 0; padding: 0; margin: 2px 0; list-style: none; }
.chain li:not(:last-child)::after { content: "‹"; margin: 0 9px; color: var(--quiet); }
.remedy { color: var(--quiet); }
.plain { margin: 2px 0; padding-left: 18px; }
figure { margin: 0; }
figcaption { padding: 10px 14px; font-size: 13px; color: var(--quiet); }
svg { display: block; min-width: 760px; width: 100%; height: auto; }
svg text { fill: var(--text); font: 13px system-ui, sans-serif; }
svg .quiet { fill: var(--quiet); font-size: 12px; }
svg rect { fill: var(--page); stroke: var(--line); }
svg path { fill: none; stroke: var(--accent); stroke-opacity: 0.4; stroke-width: 1.4; }
[hidden] { display: none !important; }
footer { max-width: 1320px; margin: 32px auto; padding: 0 20px; color: var(--quiet); font-size: 13px; }
@media (max-width: 720px) {
  header, main, footer { padding-left: 12px; padding-right: 12px; }
  .states button { min-width: calc(50% - 4px); flex: 1; }
  .rows thead { position: absolute; left: -9999px; }
  .rows caption { display: block; }
  .rows, .rows > tbody, .rows > tbody > tr, .rows > tbody > tr > td, .rows > tbody > tr > th { display: block; width: 100%; }
  .rows > tbody > tr:not(.more) { padding: 8px 0; border-top: 1px solid var(--line); }
  .rows > tbody > tr > td, .rows > tbody > tr > th { border: 0; padding: 2px 12px; }
  .rows > tbody > tr > td:empty { display: none; }
  .rows > tbody > .more > td { padding: 4px 12px 14px; }
  .more .scroll { border: 0; background: none; }
}
@media print { .filters, nav, .skip { display: none; } body { background: none; } }
`;
