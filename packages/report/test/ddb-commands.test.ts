import { describe, expect, it } from 'vitest';
import { parseReport } from '../src/index.js';

/* What stands behind a debugger's prompt: what was typed, or what somebody else has printed there. */

const PANIC = 'panic: zorp: none left\nStopped at      db_enter+0x18:  addq    $0x8,%rsp\n';
const typed = (line: string): string[] =>
  parseReport(`${PANIC}ddb{0}> ${line}\n`).commands.map(({ value }) => value);

describe('what is behind a prompt', () => {
  it.each([
    'trace',
    'machine ddbcpu 1',
    'x/s version',
    'show all procs /a',
    'call dumpsys()',
    'bt',
    'boot sync',
    'script kdb.enter.panic=textdump set; capture on.',
    'print *zorp0: 1.',
  ])('is a command: %s', (line) => expect(typed(line)).toEqual([line]));

  it.each([
    'Connection to 10.1.2.3 closed by remote host.',
    'Timeout, server zork not responding.',
    'zd0: detached',
    'rebooting...',
    'Shared object "libz" not found',
  ])('is none: %s', (line) => expect(typed(line)).toEqual([]));

  it('is read as what it is, if it is a line of the report', () => {
    const text = `${PANIC}ddb{0}> OpenBSD 7.4 (GENERIC.MP) #1397: Tue Oct 10 09:02:37 MDT 2023\n`;
    expect(parseReport(text).kernel?.release).toBe('7.4');
  });
});
