import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Process, source } from './run.js';

const EOF = -1;
const STDIO = await source(`
export let keep: array<u32, 20> = $init([
  $addr(fopen), $addr(fclose), $addr(fread), $addr(fwrite), $addr(fgets), $addr(fputs), $addr(getc), $addr(putc), $addr(ungetc),
  $addr(fseeko), $addr(ftello), $addr(setvbuf), $addr(fflush), $addr(fgetln), $addr(fprintf), $addr(freopen), $addr(fdopen),
  $addr(clearerr), $addr(perror),
]);
export function iseof(fp: FILE): int {
  return (feof(fp) ? 1 : 0) | (ferror(fp) ? 2 : 0);
}
export function seek(fp: FILE, offset: int, whence: int): int {
  return fseeko(fp, $i64(offset), whence);
}
`);

it('a stream reads, writes and seeks as the file itself would', () => {
  const step = fc.oneof(
    fc.record({ op: fc.constant('read'), n: fc.nat(30) }),
    fc.record({ op: fc.constant('getc'), n: fc.constant(0) }),
    fc.record({ op: fc.constant('write'), n: fc.nat(30) }),
    fc.record({ op: fc.constant('putc'), n: fc.integer({ min: 32, max: 126 }) }),
    fc.record({ op: fc.constant('seek'), n: fc.integer({ min: -3, max: 80 }) }),
    fc.record({ op: fc.constant('cur'), n: fc.integer({ min: -20, max: 20 }) }),
    fc.record({ op: fc.constant('end'), n: fc.integer({ min: -40, max: 5 }) }),
    fc.record({ op: fc.constant('flush'), n: fc.constant(0) }),
    fc.record({ op: fc.constant('unread'), n: fc.integer({ min: 32, max: 126 }) }),
  );
  const buffering = fc.record({ mode: fc.constantFrom(0, 1, 2), size: fc.constantFrom(0, 5, 16, 100) });
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 60 });
  fc.assert(
    fc.property(text, fc.option(buffering), fc.array(step, { maxLength: 30 }), (initial, buffer, steps) => {
      const p = new Process(STDIO, { files: { f: initial } });
      const fp = p.call('fopen', p.push('f'), p.push('r+'));
      if (buffer !== null) p.call('setvbuf', fp, 0, buffer.mode, buffer.size);
      const mem = p.push(new Uint8Array(64));
      let file = Buffer.from(initial, 'latin1');
      let at = 0;
      /** What the standard asks for: a seek between reading and writing. */
      let last = '';
      const sync = (kind: string): void => {
        if (last !== '' && last !== kind) p.call('seek', fp, 0, 1);
        last = kind;
      };
      for (const { op, n } of steps) {
        if (op === 'read' || op === 'getc') {
          sync('read');
          const want = file.subarray(at, at + (op === 'read' ? n : 1));
          if (op === 'getc') expect(p.call('getc', fp)).toBe(want[0] ?? EOF);
          else {
            expect(p.call('fread', mem, 1, n, fp)).toBe(want.length);
            expect(Buffer.from(p.memory.bytes(mem, want.length))).toEqual(Buffer.from(want));
          }
          at += want.length;
        } else if (op === 'write' || op === 'putc') {
          sync('write');
          const data = op === 'write' ? Buffer.from('xy\n'.repeat(10)).subarray(0, n) : Buffer.from([n]);
          p.memory.write(mem, data);
          if (op === 'putc') expect(p.call('putc', n, fp)).toBe(n);
          else expect(p.call('fwrite', mem, 1, n, fp)).toBe(n);
          const next = Buffer.alloc(Math.max(file.length, data.length === 0 ? 0 : at + data.length));
          file.copy(next);
          data.copy(next, at);
          file = next;
          at += data.length;
        } else if (op === 'flush') {
          if (last === 'write') expect(p.call('fflush', fp)).toBe(0);
        } else if (op === 'unread') {
          if (last !== 'read' || at === 0) continue;
          expect(p.call('ungetc', n, fp)).toBe(n);
          expect(p.call('getc', fp)).toBe(n);
        } else {
          const to = (op === 'seek' ? 0 : op === 'cur' ? at : file.length) + n;
          const r = p.call('seek', fp, n, op === 'seek' ? 0 : op === 'cur' ? 1 : 2);
          expect(r).toBe(to < 0 ? EOF : 0);
          if (to >= 0) at = to;
          last = '';
        }
        expect(p.call('ftello', fp)).toBe(at);
      }
      expect(p.call('fclose', fp)).toBe(0);
      expect(p.files.text('/f')).toBe(file.toString('latin1'));
    }),
    { numRuns: 400 },
  );
});

it('takes a character back behind a write, as what is read next', () => {
  const p = new Process(STDIO, { files: { f: 'abc' } });
  const fp = p.call('fopen', p.push('f'), p.push('r+'));
  expect(p.call('putc', 120, fp)).toBe(120);
  expect(p.call('ungetc', 32, fp)).toBe(32);
  expect(p.call('getc', fp)).toBe(32);
  expect(p.call('getc', fp)).toBe(98);
  p.call('fclose', fp);
  expect(p.files.text('/f')).toBe('xbc');
});

it('writes whole buffers to a file, lines to a terminal, at once what is unbuffered', () => {
  const lengths = (tty: boolean, name: string, ...texts: string[]): number[] => {
    const p = new Process(STDIO, { tty });
    const fp = p.address(name);
    for (const text of texts) p.call('fprintf', fp, p.push(text));
    p.call('fflush', 0);
    return p.calls.writes.map(([, n]) => n);
  };
  expect(lengths(false, 'stdout', 'one\ntwo', '\nthree')).toEqual([13]);
  expect(lengths(true, 'stdout', 'one\ntwo', '\nthree')).toEqual([4, 4, 5]);
  expect(lengths(false, 'stderr', 'one\ntwo', '\nthree')).toEqual([7, 6]);
  expect(lengths(false, 'stdout', 'x'.repeat(10_000))).toEqual([8192, 1808]);
});

it('shows the question before it waits for the answer', () => {
  const p = new Process(STDIO, { tty: true, stdin: 'yes\n' });
  p.call('fputs', p.push('sure? '), p.address('stdout'));
  expect(p.calls.out).toEqual([]);
  expect(p.call('getc', p.address('stdin'))).toBe(121);
  expect(p.calls.out).toEqual(['sure? ']);
});

it('fgetln and fgets give lines of any length', () => {
  const line = fc.nat(300).map((n) => 'z'.repeat(n));
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 8 }),
      fc.boolean(),
      fc.integer({ min: 2, max: 400 }),
      (list, open, size) => {
        const text = list.join('\n') + (open ? '' : '\n');
        const want = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
        const p = new Process(STDIO, { files: { f: text } });
        const fp = p.call('fopen', p.push('f'), p.push('r'));
        p.call('setvbuf', fp, 0, 0, 64);
        const len = p.push(new Uint8Array(4));
        for (const l of want) {
          const at = p.call('fgetln', fp, len);
          expect(Buffer.from(p.memory.bytes(at, p.memory.get32(len))).toString()).toBe(l);
        }
        expect(p.call('fgetln', fp, len)).toBe(0);
        expect(p.call('iseof', fp)).toBe(1);
        const fp2 = p.call('fopen', p.push('f'), p.push('r'));
        const buf = p.push(new Uint8Array(400));
        let all = '';
        while (p.call('fgets', buf, size, fp2) !== 0) {
          expect(p.memory.string(buf).length).toBeLessThan(size);
          all += p.memory.string(buf);
        }
        expect(all).toBe(text);
      },
    ),
    { numRuns: 200 },
  );
});

it('appends, truncates, refuses modes', () => {
  const p = new Process(STDIO, { files: { f: 'abc' } });
  const open = (mode: string): number => p.call('fopen', p.push('f'), p.push(mode));
  let fp = open('a');
  expect(p.call('ftello', fp)).toBe(3);
  p.call('fputs', p.push('d'), fp);
  p.call('fclose', fp);
  expect(p.files.text('/f')).toBe('abcd');
  fp = open('r');
  expect(p.call('putc', 65, fp)).toBe(EOF);
  expect(p.memory.get32(p.address('errno'))).toBe(9);
  fp = open('w');
  expect(p.files.text('/f')).toBe('');
  expect(p.call('getc', fp)).toBe(EOF);
  expect(open('x')).toBe(0);
  expect(p.memory.get32(p.address('errno'))).toBe(22);
  expect(p.call('fopen', p.push('none'), p.push('r'))).toBe(0);
  expect(p.memory.get32(p.address('errno'))).toBe(2);
});

it('freopen keeps the descriptor, fdopen refuses a mode that the descriptor has not', () => {
  const p = new Process(STDIO, { files: { f: 'abc' } });
  expect(p.call('freopen', p.push('out'), p.push('w'), p.address('stdout'))).toBe(p.address('stdout') | 0);
  p.call('fputs', p.push('to the file'), p.address('stdout'));
  p.call('fflush', 0);
  expect(p.files.text('/out')).toBe('to the file');
  expect(p.calls.writes[0]![0]).toBe(1);
  expect(p.call('fdopen', 0, p.push('w'))).toBe(0);
  expect(p.call('fdopen', 77, p.push('r'))).toBe(0);
});

it('perror says what errno means', () => {
  const p = new Process(STDIO);
  p.memory.set32(p.address('errno'), 13);
  p.call('perror', p.push('door'));
  p.memory.set32(p.address('errno'), 999);
  p.call('perror', 0);
  expect(p.calls.err.join('')).toBe('door: Permission denied\nUnknown error: 999\n');
});
