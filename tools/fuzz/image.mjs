/** The host's readers of files: what they do not read they refuse, in one line, by an error of their own. */
import { FORMS } from './forms.mjs';
import { Random } from './random.mjs';

const samples = new Map();
const WEIGHTED = FORMS.flatMap((form) => Array(form.weight).fill(form));

/** What is wrong with how an input was read; undefined: nothing. */
async function problemOf(form, input) {
  try {
    await form.read(input);
    return undefined;
  } catch (error) {
    if (form.errors.some((kind) => error.constructor === kind || error instanceof kind)) {
      if (!/[\n\r]/.test(error.message) && error.message !== '') return undefined;
      return `a message of several lines, or of none: ${JSON.stringify(error.message.slice(0, 300))}`;
    }
    return `${error.name}: ${String(error.stack ?? error).slice(0, 600)}`;
  }
}

async function run(seed, from, count) {
  const failures = [];
  for (let at = from; at < from + count; at++) {
    const r = new Random(`image ${seed} ${at}`);
    const form = r.pick(WEIGHTED);
    if (!samples.has(form)) samples.set(form, await form.make());
    const input = form.damage(samples.get(form), r);
    const began = performance.now();
    const what = await problemOf(form, input);
    const took = performance.now() - began;
    const shown = typeof input === 'string' ? JSON.stringify(input.slice(0, 2000)) : `${input.length} bytes`;
    if (what !== undefined) failures.push({ at, from: at, what: `${form.name}: ${what}`, input: shown });
    else if (took > PATIENCE_MS)
      failures.push({ at, from: at, what: `${form.name}: it took ${Math.round(took)} ms`, input: shown });
  }
  return { failures, late: 0 };
}

/** No reader may take longer; a hang shows otherwise. */
const PATIENCE_MS = 20_000;

export const image = { name: 'image', what: 'files that the host reads', batch: 500, weight: 14, run };
