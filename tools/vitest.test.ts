import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const { colours } = (await import(path('./vitest.mjs'))) as {
  colours(env: NodeJS.ProcessEnv, isTerminal: boolean): NodeJS.ProcessEnv;
};

/** What a run of one small file of tests prints into a pipe. */
function printed(script: string, extra: NodeJS.ProcessEnv): string {
  const { FORCE_COLOR: _force, NO_COLOR: _no, ...env } = process.env;
  const args = [path(script), 'tools/test-order.test.ts'];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...env, ...extra },
  });
  expect(stdout).toMatch(/Test Files .*1 passed/);
  return stdout + stderr;
}

describe('colours of the tests', () => {
  it('stay on a terminal, and where somebody wants them', () => {
    expect(colours({ TERM: 'xterm' }, true)).toEqual({ TERM: 'xterm' });
    expect(colours({ FORCE_COLOR: '1' }, false)).toEqual({ FORCE_COLOR: '1' });
    expect(colours({ TERM: 'xterm' }, false)).toEqual({ TERM: 'xterm', NO_COLOR: '1' });
  });

  it.each(['./vitest.mjs', './test-quick.mjs'])('go into no pipe: %s', { timeout: 120_000 }, (script) => {
    expect(printed(script, { TERM: 'xterm' })).not.toContain('\x1b');
    expect(printed(script, { TERM: 'xterm', FORCE_COLOR: '1' })).toContain('\x1b[');
  });
});
