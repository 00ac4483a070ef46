import { describe, expect, it } from 'vitest';
import { CASES } from '../shcases.js';
import { install, System } from './system.js';

const BIN = ['sh', 'cat', 'chmod', 'echo', 'kill', 'ls', 'sleep'];
const USR_BIN = ['grep', 'head', 'jot', 'touch', 'true', 'wc', 'yes'];
const programs = await install({
  ...Object.fromEntries(BIN.map((name) => [`/bin/${name}`, `bin/${name}`])),
  ...Object.fromEntries(USR_BIN.map((name) => [`/bin/${name}`, `usr.bin/${name}`])),
});
const files = { 'tmp/': '', 'etc/motd': 'trap12\n' };

function sh(text: string): [number, string] {
  const system = new System(programs, files);
  const status = system.run(['/bin/sh', '-c', text], { PATH: '/bin', HOME: '/' });
  return [status, system.console.join('')];
}

/** A writer without end needs a reader beside it. */
const possible = CASES.filter(([text]) => !text.startsWith('yes'));

describe('scripts that fork', () => {
  it.each(possible)('%s', (text, expected) => {
    expect(sh(text)[1]).toBe(expected);
  });
});
