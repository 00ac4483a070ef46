/**
 * What the search for the example's panic promises, tried at length (the tests try it in short):
 *   from each of N arbitrary first seeds at 64M, and from two at each of other sizes of RAM, the panic is
 *   found; under `giant` and under the cure no run of the same load dies.
 * usage: node tools/acceptance.mjs [--seeds N] [--survive N] [--first SEED]     (20, 200, 1; about half an hour; --survive 0 leaves that out)
 * Ends with status 1 if a promise is not kept.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { reproduce } from '@trap12/explore';
import { parseReport } from '@trap12/report';
import { loadKernel, nodeTurn } from '@trap12/system/node.js';

const RAM_MB = [24, 32, 48, 96, 128, 192, 256];
const SURVIVORS = ['giant', 'vm_mtx-20010519+swaplocks+vmspace-ref'];
const ATTEMPTS = 200;
const SECONDS = 30;
/** Of so many searches so many have to find it. */
const FOUND_SHARE = 18 / 20;
/** Between two first seeds: prime, so that they have nothing in common. */
const STRIDE = 104_729;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    survive: { type: 'string', default: '200' },
    first: { type: 'string', default: '1' },
  },
});
const [seeds, survive, first] = [values.seeds, values.survive, values.first].map(Number);
if (![seeds, survive, first].every((n) => Number.isSafeInteger(n) && n >= 0)) {
  console.error('acceptance: numbers from 0 on are wanted');
  process.exit(2);
}

const report = parseReport(readFileSync(new URL('../examples/vmdaemon-2001.txt', import.meta.url)));
const kernel = await loadKernel();
const HOST = { turn: nodeTurn };
let broken = 0;

function say(kept, text) {
  if (!kept) broken++;
  console.log(`${kept ? 'kept  ' : 'BROKEN'}  ${text}`);
}

/** Searches from a first seed; says how it went and returns whether it found the panic. */
async function search(ramMB, seed) {
  const started = performance.now();
  const setup = { ramBytes: ramMB << 20, seed };
  const { found, outcomes } = await reproduce({
    report,
    kernel,
    host: HOST,
    setup,
    attempts: ATTEMPTS,
    seconds: SECONDS,
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const others = outcomes.filter((o) => o.result === 'other').map((o) => o.title);
  console.log(
    `        ${ramMB}M from seed ${seed}: ${found === undefined ? 'not found' : `seed ${found.seed}`}, ${outcomes.length} runs, ${seconds} s${others.length > 0 ? `; also ${others.join('; ')}` : ''}`,
  );
  return found !== undefined;
}

let found = 0;
for (let i = 0; i < seeds; i++) if (await search(64, first + i * STRIDE)) found++;
say(found >= FOUND_SHARE * seeds, `64M: found from ${found} of ${seeds} first seeds`);
for (const ramMB of RAM_MB) {
  let here = 0;
  for (let i = 0; i < 2; i++) if (await search(ramMB, first + i * STRIDE)) here++;
  say(here === 2, `${ramMB}M: found from ${here} of 2 first seeds`);
}
for (const locking of survive === 0 ? [] : SURVIVORS) {
  const setup = { locking, seed: first };
  const { outcomes } = await reproduce({
    report,
    kernel,
    host: HOST,
    setup,
    attempts: survive,
    seconds: SECONDS,
    anyPanic: true,
  });
  const dead = outcomes.filter((o) => o.result !== 'survived');
  say(
    dead.length === 0 && outcomes.length === survive,
    `${locking}: ${outcomes.length - dead.length} of ${survive} runs of ${SECONDS} virtual seconds survived${dead.map((o) => `; seed ${o.seed}: ${o.title}`).join('')}`,
  );
}
process.exit(broken === 0 ? 0 : 1);
