/**
 * Are planted races found, and is the place named? For each folder of examples/races: first the load on the
 * kernel without the change, which must be in order, then `trap12 explore` with it.
 * usage: node tools/races.mjs [--only NAME,NAME] [--seconds S] [--control N] [--table]
 *   --seconds S  of the search of each (300)      --control N  schedules of the load without the change (3)
 *   --only       these alone                      --table      print the results as docs/holding.md has
 *   them A place is named if the answer (not the panic's own trace) has a line of the planted function, at
 *   most NEAR lines from the comment "planted" in the patch. Ends with status 1 if a load is not in order
 *   without its change.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const RACES = join(ROOT, 'examples/races');
const CLI = join(ROOT, 'packages/cli/bin/trap12.js');
/** The line of a missing statement is that of its neighbours: so far away they may be. */
const NEAR = 10;
/** Shrinking may take so long (s), and the explanation as often the search as this. */
const SHRINK = 60;
const EXPLAIN_S = 600;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seconds: { type: 'string', default: '300' },
    control: { type: 'string', default: '3' },
    table: { type: 'boolean', default: false },
  },
});
const [seconds, control] = [values.seconds, values.control].map(Number);
if (![seconds, control].every((n) => Number.isSafeInteger(n) && n >= 0) || seconds === 0) {
  console.error('races: --seconds wants a number from 1 on, --control one from 0 on');
  process.exit(2);
}
const all = readdirSync(RACES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
const names = values.only === '' ? all : values.only.split(',');
const unknown = names.find((name) => !all.includes(name));
if (unknown !== undefined) {
  console.error(`races: no race ${unknown}; accepted: ${all.join(', ')}`);
  process.exit(2);
}

/** Runs `trap12 explore`; what it printed, its status, and how long it took. */
function explore(words, patienceS) {
  const begun = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'explore', ...words], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: patienceS * 1000,
    maxBuffer: 1 << 28,
  });
  return { status, out: stdout, err: stderr, took: (performance.now() - begun) / 1000 };
}

/** The load of a race, without its change: its description without the patches. */
function clean(name) {
  const dir = mkdtempSync(join(tmpdir(), 'trap12-race-'));
  try {
    // Its programs lie beside it.
    cpSync(join(RACES, name), dir, { recursive: true });
    const path = join(dir, 'race.ts');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/^ *patches:.*\n/m, ''));
    return explore(['--schedules', String(control), '--shrink', '0', path], seconds + EXPLAIN_S);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** Which line of the patch the change is at, and in which function. */
function planted(name) {
  const lines = readFileSync(join(RACES, name, 'patch.ts'), 'utf8').split('\n');
  const line = lines.findIndex((text) => text.includes('planted:')) + 1;
  const head = lines.slice(0, line).findLast((text) => /^(export )?function/.test(text));
  return { line, fn: /function\*? (\w+)/.exec(head)[1] };
}

/**
 * The nearest line to the change that the answer names, and behind how many other places it stands; or
 * null.
 */
function named(name, out) {
  const { line, fn } = planted(name);
  // The panic as somebody would have mailed it is no explanation.
  const answer = out.replace(/^db> t[\s\S]*?^db> sh r[\s\S]*?\n\n/m, '').replace(/\s+/g, ' ');
  const places = [...answer.matchAll(/(\w+) \(([\w./-]+\.ts):(\d+)(?:-(\d+))?\)/g)];
  let best = null;
  places.forEach(([, within, , first, last], i) => {
    if (within !== fn) return;
    const off = Math.max(Number(first) - line, line - Number(last ?? first), 0);
    if (off <= NEAR && (best === null || off < best.off)) best = { off, rank: i + 1 };
  });
  return best;
}

const rows = [];
let status = 0;
for (const name of names) {
  const races = /races: true/.test(readFileSync(join(RACES, name, 'README.md'), 'utf8')) ? ['--races'] : [];
  const without = control === 0 ? undefined : clean(name);
  if (without !== undefined && without.status !== 0) status = 1;
  const path = join('examples/races', name, 'race.ts');
  const words = ['--seconds', String(seconds), '--shrink', String(SHRINK), ...races, path];
  if (races.length > 0) words.unshift('--schedules', '1');
  const { out, took, status: ended } = explore(words, seconds + SHRINK + EXPLAIN_S);
  const found = ended === 1;
  const tries = /(\d+) schedules? in ([\d.]+) s/.exec(out);
  const place = found ? named(name, out) : null;
  const title = found ? out.split('\n')[0] : 'not found';
  rows.push({ name, found, title, tries: tries?.[1], seconds: tries?.[2], took, place, without });
  const order =
    without === undefined ? '' : `, without it ${without.status === 0 ? 'in order' : 'NOT IN ORDER'}`;
  console.log(
    `${name}: ${title}; ${tries?.[1]} schedules in ${tries?.[2]} s, ${took.toFixed(0)} s in all; place ${place === null ? 'not named' : `named (${place.off} lines off, place ${place.rank} of the answer)`}${order}`,
  );
}
const good = rows.filter((row) => row.found && row.place !== null).length;
console.log(
  `${rows.filter((row) => row.found).length} of ${rows.length} found, ${good} with the place named`,
);
if (values.table) {
  console.log('\n| planted | found | schedules | seconds | place named |\n| --- | --- | --- | --- | --- |');
  for (const { name, title, found, tries, seconds: s, place } of rows)
    console.log(
      `| \`${name}\` | ${found ? title : 'no'} | ${tries} | ${s} | ${place === null ? 'no' : `${place.off} lines off`} |`,
    );
}
process.exitCode = status;
