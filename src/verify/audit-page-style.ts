/** The page's style: light and dark, narrow screens, paper. Signs and words say what colours say. */
export const pageStyle = `:root {
  color-scheme: light dark;
  --ink: #1b1f24; --paper: #ffffff; --line: #d5dae1; --quiet: #57606a; --link: #0b57b0;
  --pass: #136c34; --warn: #7a4d00; --fail: #b3161f;
  --pass-back: #eaf6ee; --warn-back: #fff4da; --fail-back: #fdeaea; --quiet-back: #f5f7f9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6e9ee; --paper: #14171b; --line: #343b45; --quiet: #a5adb8; --link: #82b7ff;
    --pass: #6fd08c; --warn: #f0c15c; --fail: #ff9a94;
    --pass-back: #15261b; --warn-back: #2b2412; --fail-back: #35191a; --quiet-back: #1b1f25;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 90rem; color: var(--ink); background: var(--paper); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
p { margin: 0.25rem 0 0.5rem; }
h1, h2, h3 { line-height: 1.25; }
h1 { font-size: 1.6rem; margin: 0; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 0.25rem; }
h3 { font-size: 0.85rem; margin: 1rem 0 0.25rem; color: var(--quiet); }
small, caption, header p, .legend, .back, .hint { color: var(--quiet); font-weight: normal; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
code { font-family: ui-monospace, monospace; font-size: 0.9em; }
.verdict { margin-top: 1.25rem; padding: 1rem 1.25rem; border: 1px solid var(--line); border-left-width: 0.5rem; border-radius: 0.375rem; }
.verdict h2 { margin: 0; font-size: 1.5rem; }
.verdict p { margin: 0.25rem 0 0; }
.verdict.pass { border-color: var(--pass); background: var(--pass-back); }
.verdict.warn { border-color: var(--warn); background: var(--warn-back); }
.verdict.fail { border-color: var(--fail); background: var(--fail-back); }
.verdict.pass h2 { color: var(--pass); }
.verdict.warn h2 { color: var(--warn); }
.verdict.fail h2 { color: var(--fail); }
.sign { display: inline-block; min-width: 1.25em; font-weight: bold; }
.sign.pass { color: var(--pass); }
.sign.warn, .sign.unread { color: var(--warn); }
.sign.fail { color: var(--fail); }
.sign.info { color: var(--quiet); }
.legend { font-size: 0.9rem; }
.legend > span { display: inline-block; margin-right: 0.75rem; }
.hidden, dd .sign.info + .word, .skip:not(:focus) { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.scroll { overflow-x: auto; position: relative; border: 1px solid var(--line); border-radius: 0.375rem; }
table { border-collapse: separate; border-spacing: 0; width: max-content; min-width: 100%; font-size: 0.8125rem; }
caption { text-align: left; padding: 0.5rem 0.6rem; caption-side: bottom; }
caption span { display: inline-block; position: sticky; left: 0.6rem; max-width: calc(100vw - 5rem); }
th, td { padding: 0.4rem 0.5rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; white-space: nowrap; }
thead th { background: var(--quiet-back); vertical-align: bottom; }
thead th[scope="colgroup"] { border-left: 1px solid var(--line); border-bottom: 0; padding-bottom: 0; color: var(--quiet); font-weight: normal; }
th.edge, td.edge { border-left: 1px solid var(--line); }
thead tr:first-child th:first-child, tbody th { position: sticky; left: 0; z-index: 1; border-right: 1px solid var(--line); }
tbody th { background: var(--paper); max-width: min(10rem, 30vw); white-space: normal; }
tbody th small { display: block; white-space: nowrap; }
td a { display: block; max-width: 10.5rem; overflow: hidden; text-overflow: ellipsis; color: inherit; text-decoration-color: var(--line); text-underline-offset: 0.2em; }
td.warn, td.unread { background: var(--warn-back); }
td.fail { background: var(--fail-back); }
dl { margin: 0; border-top: 1px solid var(--line); }
dl > div { display: grid; grid-template-columns: 1fr; padding: 0.4rem 0.75rem; border-bottom: 1px solid var(--line); border-left: 0.25rem solid transparent; }
dl > div:target { outline: 2px solid var(--link); }
dl > div.warn, dl > div.unread { border-left-color: var(--warn); background: var(--warn-back); }
dl > div.fail { border-left-color: var(--fail); background: var(--fail-back); }
dt { font-weight: bold; }
dd { margin: 0; max-width: 75ch; }
.hint { display: block; color: var(--ink); font-style: italic; }
@media (min-width: 44rem) { dl > div { grid-template-columns: 9rem 13rem 1fr; gap: 1rem; } }
@media (forced-colors: active) { .verdict, td, dl > div { border: 1px solid CanvasText; } }
@media print {
  @page { size: A4 landscape; margin: 12mm; }
  :root { --ink: #000000; --paper: #ffffff; --line: #888888; --quiet: #333333; --link: #000000; --pass: #000000; --warn: #000000; --fail: #000000; --pass-back: #ffffff; --warn-back: #eeeeee; --fail-back: #dddddd; --quiet-back: #ffffff; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .scroll { overflow: visible; border: 0; }
  table { font-size: 7.5pt; width: 100%; }
  td, tbody th { padding: 1mm; white-space: normal; }
  thead th { padding: 1mm; overflow-wrap: normal; }
  thead tr:first-child th:first-child, tbody th { position: static; }
  td:nth-child(2) { white-space: nowrap; }
  td a { overflow: visible; }
  a { text-decoration: none; color: inherit; }
  .more, .back, .skip { display: none; }
  thead { display: table-header-group; }
  tr, dl > div { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
`;
