/** The page's style: light and dark, narrow screens, paper. Signs and words say what colours say. */
export const pageStyle = `:root {
  color-scheme: light dark;
  --ink: #1b1f24; --paper: #ffffff; --line: #c9ced6; --quiet: #57606a; --link: #0b57b0;
  --pass: #136c34; --warn: #7a4d00; --fail: #b3161f;
  --pass-back: #e6f4ea; --warn-back: #fff3d6; --fail-back: #fde7e7; --quiet-back: #f3f5f7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6e9ee; --paper: #14171b; --line: #3b424c; --quiet: #a5adb8; --link: #82b7ff;
    --pass: #6fd08c; --warn: #f0c15c; --fail: #ff9a94;
    --pass-back: #15291c; --warn-back: #2e2610; --fail-back: #3a1a1b; --quiet-back: #1d2127;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 90rem; color: var(--ink); background: var(--paper); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.2; margin: 0.5rem 0; }
h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem; }
small, caption, .back { color: var(--quiet); font-weight: normal; }
a { color: var(--link); }
a:focus-visible, .scroll:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
code { font-family: ui-monospace, monospace; font-size: 0.9em; }
.verdict { font-size: 1.2rem; padding: 0.75rem 1rem; border: 1px solid var(--line); border-left-width: 0.5rem; border-radius: 0.25rem; }
.verdict.pass { border-color: var(--pass); background: var(--pass-back); }
.verdict.warn { border-color: var(--warn); background: var(--warn-back); }
.verdict.fail { border-color: var(--fail); background: var(--fail-back); }
.sign { display: inline-block; min-width: 1.2em; font-weight: bold; }
.sign.pass { color: var(--pass); }
.sign.warn, .sign.unread { color: var(--warn); }
.sign.fail { color: var(--fail); }
.sign.info { color: var(--quiet); }
.legend { white-space: nowrap; margin-right: 0.75rem; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.scroll { overflow-x: auto; position: relative; border: 1px solid var(--line); border-radius: 0.25rem; }
table { border-collapse: collapse; width: max-content; min-width: 100%; font-size: 0.9rem; }
caption { text-align: left; padding: 0.4rem 0.6rem; caption-side: bottom; }
th, td { padding: 0.4rem 0.6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { background: var(--quiet-back); white-space: nowrap; }
tbody th { position: sticky; left: 0; background: var(--paper); max-width: 9rem; }
td a { display: inline-block; width: max-content; max-width: 18rem; color: inherit; text-decoration-color: var(--quiet); }
td.pass { background: var(--pass-back); }
td.warn, td.unread { background: var(--warn-back); }
td.fail { background: var(--fail-back); }
dl { margin: 0; display: grid; grid-template-columns: 1fr; gap: 0.25rem; }
dl > div { padding: 0.35rem 0.6rem; border-left: 0.25rem solid var(--line); }
dl > div:target { outline: 2px solid var(--link); }
dl > div.pass { border-color: var(--pass); }
dl > div.warn, dl > div.unread { border-color: var(--warn); background: var(--warn-back); }
dl > div.fail { border-color: var(--fail); background: var(--fail-back); }
dt { font-weight: bold; }
dd { margin: 0; }
@media (min-width: 50rem) { dl > div { display: grid; grid-template-columns: 11rem 1fr; gap: 1rem; } }
@media (forced-colors: active) { .verdict, td, dl > div { border: 1px solid CanvasText; } }
@media print {
  @page { size: landscape; margin: 12mm; }
  :root { --ink: #000000; --paper: #ffffff; --line: #888888; --quiet: #333333; --link: #000000; --pass: #000000; --warn: #000000; --fail: #000000; --pass-back: #ffffff; --warn-back: #eeeeee; --fail-back: #dddddd; --quiet-back: #ffffff; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .scroll { overflow: visible; border: 0; }
  table { font-size: 6.5pt; width: 100%; table-layout: fixed; }
  th, td { padding: 1mm; }
  thead th { white-space: normal; }
  tbody th { position: static; }
  td a { display: inline; }
  a { text-decoration: none; color: inherit; }
  .back { display: none; }
  thead { display: table-header-group; }
  tr, dl > div, h2 { break-inside: avoid; break-after: auto; }
}
`;
