import { createHash } from 'node:crypto';
import { htmlEscape } from 'escape-goat';
import type { CampaignState, ScenarioState } from './state.js';
import { schedulePath, seedText, smallestText, standing, totals } from './text.js';

const STYLE = `
:root { color-scheme: light dark; --ground: #fbfaf7; --panel: #fff; --ink: #1d1f21; --soft: #6a6f76; --edge: #dedbd3; --bad: #b3261e; --good: #1b6e3c; }
@media (prefers-color-scheme: dark) { :root { --ground: #15171a; --panel: #1c1f23; --ink: #e4e6e8; --soft: #969ca4; --edge: #33383e; --bad: #ff8a80; --good: #7bd89f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1100px; padding: 16px 24px; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 22px; }
h2 { margin: 0; font-size: 16px; overflow-wrap: anywhere; }
p { margin: 2px 0; color: var(--soft); overflow-wrap: anywhere; }
section { margin: 16px 0; background: var(--panel); border: 1px solid var(--edge); border-radius: 8px; padding: 12px 16px; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin-top: 8px; }
th, td { text-align: left; vertical-align: top; padding: 4px 16px 4px 0; border-top: 1px solid var(--edge); }
td { overflow-wrap: anywhere; }
code { font: 12.5px/1.5 ui-monospace, Menlo, Consolas, monospace; }
.red { color: var(--bad); }
.green { color: var(--good); }
`;

const hash = createHash('sha256').update(STYLE).digest('base64');
const POLICY = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;

/**
 * A page of its own that says what a campaign has come to; it loads nothing.
 * @param dir the campaign's directory, as the user names it
 * @param word a word as the user's shell takes it
 * @param again while it goes on: a browser is to read the page again after so many seconds
 */
export function campaignPage(
  state: CampaignState,
  dir: string,
  word: (text: string) => string,
  again?: number,
): string {
  const colour = state.red.length === 0 ? 'green' : 'red';
  const refresh = again === undefined ? '' : `\n<meta http-equiv="refresh" content="${again}">`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">${refresh}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${colour}: campaign ${htmlEscape(dir)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>Campaign ${htmlEscape(dir)}: <span class="${colour}">${colour}</span></h1>
${state.red.map((why) => `<p class="red">${htmlEscape(why)}</p>`).join('\n')}
<p>${htmlEscape(totals(state))}${again === undefined ? '' : '; it goes on'}</p>
</header>
${state.scenarios.map((scenario) => section(scenario, dir, word)).join('\n')}
</body>
</html>
`;
}

function section(scenario: ScenarioState, dir: string, word: (text: string) => string): string {
  const { name, canary, image, builds, units, tries, failed, failures, covered } = scenario;
  const rows = failures.map((failure) => {
    const { title, signature, seed, smallest } = failure;
    const replay =
      smallest === undefined
        ? ''
        : `trap12 replay ${word(`${dir}/${schedulePath(scenario, failure).replaceAll('\\', '/')}`)}`;
    return `<tr><td>${htmlEscape(title)}<br><code>${htmlEscape(signature)}</code></td><td>${htmlEscape(standing(failure))}</td><td>${seed === undefined ? '' : htmlEscape(seedText(seed))}${smallest === undefined ? '' : `<br>smallest: ${htmlEscape(smallestText(smallest))}`}<br><code>${htmlEscape(replay)}</code></td></tr>`;
  });
  const complete = covered
    .map((each) => `\n<p>${htmlEscape(each.strategy)}: ${htmlEscape(each.covered)}</p>`)
    .join('');
  const table =
    rows.length === 0
      ? ''
      : `\n<table><thead><tr><th>failure</th><th>how often</th><th>first</th></tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table>`;
  return `<section>
<h2>${canary ? 'Canary ' : ''}${htmlEscape(name)}</h2>
<p>${units} units, ${tries} schedules, ${failed} failed; kernel ${htmlEscape(image)}${builds > 1 ? `, build ${builds} that this campaign has seen` : ''}</p>${complete}${table}
</section>`;
}
