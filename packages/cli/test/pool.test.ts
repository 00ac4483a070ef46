import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Pool, WorkerDied } from '../src/work/pool.js';

const DIR = mkdtempSync(join(tmpdir(), 'trap12-pool-'));
afterAll(() => rmSync(DIR, { recursive: true }));

const LOG = join(DIR, 'log');
/** A worker that dies of some tasks: always, or once. */
const WORKER = join(DIR, 'worker.mjs');
writeFileSync(
  WORKER,
  `import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
export default async function work(task) {
  appendFileSync(${JSON.stringify(LOG)}, task + '\\n');
  if (task === 'die') process.exit(3);
  if (task === 'die once' && !existsSync(${JSON.stringify(join(DIR, 'died'))})) {
    writeFileSync(${JSON.stringify(join(DIR, 'died'))}, '');
    process.exit(3);
  }
  if (task === 'throw') return { error: { name: 'RangeError', message: 'accepted: 1 to 3' } };
  if (task === 'for ever') await new Promise(() => setInterval(() => {}, 1000));
  return { result: task.toUpperCase() };
}
`,
);
const PATIENCE = { timeout: 60_000 };

test('is a task done, also behind one whose worker died?', PATIENCE, async () => {
  const pool = await Pool.make<string>(2, WORKER);
  try {
    expect(await pool.run('a')).toBe('A');
    expect(await pool.run('die once')).toBe('DIE ONCE');
    await expect(pool.run('die')).rejects.toThrow(WorkerDied);
    expect(
      readFileSync(LOG, 'utf8')
        .split('\n')
        .filter((line) => line === 'die'),
    ).toHaveLength(2);
    expect(await pool.run('b')).toBe('B');
    // What the task throws is no death.
    await expect(pool.run('throw')).rejects.toThrow(new RangeError('accepted: 1 to 3'));
  } finally {
    await pool.close();
  }
});

test('is what is given up undefined, and the pool good for more?', PATIENCE, async () => {
  const pool = await Pool.make<string>(1, WORKER);
  try {
    const long = pool.run('for ever');
    const behind = pool.run('c');
    setTimeout(() => pool.drop(), 50);
    expect([await long, await behind]).toEqual([undefined, undefined]);
    expect(await pool.run('d')).toBe('D');
  } finally {
    await pool.close();
  }
});
