import { expect, it } from 'vitest';
import { type Outcome, program, run } from './run.js';

const dd = await program('bin/dd');
const TIME = / in \d+\.\d{6} secs \(\d+ bytes\/sec\)/;

/** Runs dd; what it says about the time is left out. */
function go(line: string, stdin = '', files: Record<string, string> = {}): Outcome {
  const o = run(dd, ['dd', ...line.split(' ').filter((w) => w !== '')], { stdin, files });
  return { ...o, stderr: o.stderr.replace(TIME, '') };
}

const tally = (i: string, o: string, bytes: number): string =>
  `${i} records in\n${o} records out\n${bytes} bytes transferred\n`;

it.each<[string, string, string, string]>([
  ['bs=4', 'abcdefghij', 'abcdefghij', tally('2+1', '2+1', 10)],
  ['ibs=4 obs=6', 'abcdefghij', 'abcdefghij', tally('2+1', '1+1', 10)],
  ['bs=2 count=2', 'abcdef', 'abcd', tally('2+0', '2+0', 4)],
  ['count=0', 'abc', '', tally('0+0', '0+0', 0)],
  ['bs=2 skip=1', 'abcdef', 'cdef', tally('2+0', '2+0', 4)],
  ['bs=1x2 iseek=1 count=1', 'abcdef', 'cd', tally('1+0', '1+0', 2)],
  ['conv=ucase', 'aBc1', 'ABC1', tally('0+1', '0+1', 4)],
  ['conv=lcase', 'aBc1', 'abc1', tally('0+1', '0+1', 4)],
  [
    'conv=swab bs=5',
    'abcde',
    'badce',
    '1+0 records in\n1+0 records out\n1 odd length swab block\n5 bytes transferred\n',
  ],
  ['conv=sync bs=4', 'abcdef', 'abcdef\0\0', tally('1+1', '2+0', 8)],
  ['conv=osync ibs=3 obs=4', 'abcdef', 'abcdef\0\0', tally('2+0', '2+0', 8)],
  [
    'conv=block cbs=3 obs=3',
    'a\nbcde\n',
    'a  bcd',
    '0+1 records in\n2+0 records out\n1 truncated block\n6 bytes transferred\n',
  ],
  ['conv=unblock cbs=3', 'a  bcd ', 'a\nbcd\n\n', tally('0+1', '0+1', 7)],
  ['conv=unblock cbs=4', 'a b c   ', 'a b\nc\n', tally('0+1', '0+1', 6)],
  ['conv=block,ucase cbs=2 bs=4', 'x\ny', 'X Y ', tally('0+1', '1+0', 4)],
  ['status=noxfer', 'abc', 'abc', '0+1 records in\n0+1 records out\n'],
  ['status=none', 'abc', 'abc', ''],
])('dd %s < %j', (line, stdin, stdout, stderr) => {
  const o = go(line, stdin);
  expect([o.status, o.stdout, o.stderr]).toEqual([0, stdout, stderr]);
});

it.each<[string, string]>([
  ['bs=0', 'bs must be between 1 and 2147483647'],
  ['foo=1', 'unknown operand foo'],
  ['foo', 'unknown operand foo'],
  ['bs=', 'no value specified for bs'],
  ['bs=1q', 'bs: illegal numeric value'],
  ['count=x', 'count: illegal numeric value'],
  ['count=-1', 'count: illegal numeric value'],
  ['bs=9007199254740991k', 'bs: illegal numeric value'],
  ['bs=1x', 'bs: illegal numeric value'],
  ['bs=1 ibs=1', 'ibs: illegal argument combination or already set'],
  ['conv=foo', 'unknown conversion foo'],
  ['conv=ucase,lcase', 'lcase: illegal conversion combination'],
  ['conv=block', 'record operations require cbs'],
  ['cbs=1', 'cbs meaningless if not doing record operations'],
  ['status=foo', 'unknown status foo'],
  ['if=none', 'none: No such file or directory'],
  ['of=no/ne', 'no/ne: No such file or directory'],
  ['bs=2g', 'bs must be between 1 and 2147483647'],
  ['bs=1g', 'input buffer: Cannot allocate memory'],
  ['skip=2 bs=4', 'skip reached end of input'],
])('dd %s: refuses', (line, text) => {
  const o = go(line, 'abc');
  expect([o.status, o.stdout, o.stderr]).toEqual([1, '', `dd: ${text}\n`]);
});

it('writes into files: truncates, seeks, leaves what is there', () => {
  const files = { f: '0123456789', g: 'abcdefghij' };
  expect(go('if=f of=g bs=2 count=2', '', files).files.text('/g')).toBe('0123');
  expect(go('if=f of=g bs=2 count=2 conv=notrunc', '', files).files.text('/g')).toBe('0123efghij');
  expect(go('if=f of=g bs=2 count=1 seek=2', '', files).files.text('/g')).toBe('abcd01');
  expect(go('if=f of=g bs=2 count=1 oseek=2 conv=notrunc', '', files).files.text('/g')).toBe('abcd01ghij');
  expect(go('if=f of=new bs=4 skip=1 seek=1', '', files).files.text('/new')).toBe('\0\0\0\x00456789');
});

it('says how long it took', () => {
  const o = run(dd, ['dd', 'bs=1k'], { stdin: 'x'.repeat(3000) });
  expect(o.stderr).toBe(
    '2+1 records in\n2+1 records out\n3000 bytes transferred in 0.000010 secs (300000000 bytes/sec)\n',
  );
});
