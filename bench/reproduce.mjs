import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { reproduce } from '@trap12/explore';
import { parseReport } from '@trap12/report';
import { nodeTurn } from '@trap12/system/node.js';

const STARTS = 20;
const ATTEMPTS = 200;
const VIRTUAL_SECONDS = 30;
/** Between two first seeds, so that the searches share none. */
const STRIDE = 1000;

/**
 * Seconds from `reproduce` to the panic, for searches that begin at 20 different seeds.
 * @param budget seconds for all of them together
 * @returns seconds of the searches that found the panic, and how many were begun
 */
export async function reproduceSeconds(kernel, budget) {
  const path = fileURLToPath(new URL('../examples/vmdaemon-2001.txt', import.meta.url));
  const report = parseReport(readFileSync(path));
  const end = performance.now() + budget * 1000;
  const found = [];
  let begun = 0;
  let runs = 0;
  for (let i = 0; i < STARTS && performance.now() < end; i++) {
    begun++;
    const start = performance.now();
    const result = await reproduce({
      report,
      kernel,
      setup: { seed: 1 + i * STRIDE },
      attempts: ATTEMPTS,
      seconds: VIRTUAL_SECONDS,
      host: { turn: nodeTurn, stop: () => performance.now() > end },
    });
    runs += result.outcomes.length;
    if (result.found !== undefined) found.push((performance.now() - start) / 1000);
  }
  return { found, begun, runs, wanted: STARTS };
}
