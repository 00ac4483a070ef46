/**
 * The page's style. Colours are those of the reader's own setting, light or dark; fonts are the browser's.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fbfaf7; --panel: #ffffff; --ink: #1d1f21; --soft: #6a6f76; --edge: #dedbd3;
  --accent: #0b5cad; --lit: #ffe08a; --lit-edge: #d99a00; --used: #b9c6d6; --bad: #b3261e; --warn: #8a5a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #15171a; --panel: #1c1f23; --ink: #e4e6e8; --soft: #969ca4; --edge: #33383e;
    --accent: #7db8f5; --lit: #6b5200; --lit-edge: #ffc533; --used: #43556b; --bad: #ff8a80; --warn: #f0b95a;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header { padding: 20px 24px 16px; }
.short, .help { max-width: 100ch; }
h1 { margin: 0 0 4px; font-size: 22px; line-height: 1.25; overflow-wrap: anywhere; }
.system { color: var(--soft); }
.short { margin: 12px 0 0; overflow-wrap: anywhere; }
.help { margin: 12px 0 0; color: var(--soft); font-size: 13px; }
kbd { font: 12px ui-monospace, monospace; border: 1px solid var(--edge); border-radius: 4px; padding: 0 5px; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
main { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 16px; padding: 0 24px 24px; }
section { background: var(--panel); border: 1px solid var(--edge); border-radius: 8px; }
#text { position: sticky; top: 12px; height: calc(100vh - 24px); overflow: auto; padding: 10px 0; }
#text, .listing, .name, .table .text { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
#text { font-size: 12.5px; line-height: 1.55; color: var(--soft); }
.line { white-space: pre; min-height: 1.55em; padding: 0 14px 0 0; }
.line::before {
  content: attr(data-n); display: inline-block; width: 5ch; margin-right: 14px; text-align: right;
  color: var(--soft); opacity: .6; user-select: none;
}
.line:target { background: color-mix(in srgb, var(--lit) 35%, transparent); }
.gap { color: var(--soft); font-style: italic; padding: 4px 14px 4px calc(5ch + 14px); }
mark { background: none; color: var(--ink); cursor: pointer; border-bottom: 1px solid var(--used); }
mark.lit { background: var(--lit); border-bottom-color: var(--lit-edge); }
mark.pinned { background: var(--lit); box-shadow: 0 0 0 1px var(--lit-edge); border-radius: 2px; }
#facts { padding: 6px 0; }
details { border-bottom: 1px solid var(--edge); padding: 8px 18px 10px; }
details:last-child { border-bottom: 0; }
summary { cursor: pointer; }
h2 { display: inline; font-size: 15px; margin: 0; }
.count { color: var(--soft); font-size: 12px; }
.note { color: var(--soft); font-size: 13px; margin: 4px 0; }
ul, ol { margin: 6px 0 0; padding: 0; list-style: none; }
ol { counter-reset: step; }
.steps .fact { counter-increment: step; padding-left: 3.2ch; text-indent: -2.2ch; }
.steps .fact::before { content: counter(step) ". "; color: var(--soft); }
.fact { padding: 2px 8px; margin: 0 -8px; border-radius: 5px; border-left: 3px solid transparent; overflow-wrap: anywhere; }
.fact:hover, .fact.lit { background: color-mix(in srgb, var(--lit) 35%, transparent); }
.fact:focus { outline: none; }
.fact.pinned { background: color-mix(in srgb, var(--lit) 45%, transparent); border-left-color: var(--lit-edge); }
.fact:focus-visible { outline: 2px solid var(--accent); outline-offset: -1px; }
.list .fact { margin-bottom: 3px; }
.table .fact { display: grid; grid-template-columns: 20ch minmax(0, 1fr); gap: 1ch; font-size: 13px; }
.table .name { color: var(--soft); }
.listing { font-size: 12.5px; }
.listing .fact { white-space: pre-wrap; padding-left: 2.5ch; text-indent: -1ch; }
.culprit .text { font-weight: 700; }
.culprit .text::before { content: "* "; color: var(--bad); }
.because { display: block; color: var(--soft); font-size: 13px; }
.place { font-size: 12px; white-space: nowrap; }
.sure { font-style: normal; font-size: 12px; color: var(--soft); border: 1px solid var(--edge); border-radius: 9px; padding: 0 6px; }
.sure.likely { color: var(--warn); border-color: currentColor; }
.fails .text { color: var(--bad); font-weight: 600; }
footer { padding: 0 24px 24px; color: var(--soft); font-size: 13px; }
@media (max-width: 900px) {
  main { grid-template-columns: minmax(0, 1fr); padding: 0 10px 10px; gap: 10px; }
  header { padding: 14px; }
  #text { height: 45vh; top: 0; z-index: 1; }
}
@media print {
  main { display: block; }
  #text { position: static; height: auto; overflow: visible; }
  .line { white-space: pre-wrap; }
}
`;
