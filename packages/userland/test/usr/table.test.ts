import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8');

/** The rows of the kernel's table: number, words of arguments, name (none: nosys). */
const rows = [
  ...read('kernel/src/kern/init_sysent.ts').matchAll(
    /sy_narg: ([^,]+), sy_call: (\w+) \}, \/\/ (\d+) ?(\w*)/g,
  ),
].map((m, i) => ({
  i,
  narg: Number.parseInt(m[1]!, 10) || 0,
  call: m[2]!,
  number: Number(m[3]),
  name: m[4]!,
}));
const numbers = new Map(
  [...read('kernel/src/sys/syscall.h.ts').matchAll(/SYS_(\w+) = (\d+);/g)].map((m) => [m[1]!, Number(m[2])]),
);

/** Words that a parameter takes on the stack. */
const words = (parameter: string): number => (/: off_t$/.test(parameter) ? 2 : 1);

/** The functions of libc that are nothing but a system call. */
const stubs = [
  ...read('userland/usr/lib/libc/sys/syscalls.ts').matchAll(
    /export function (\w+)\(([^)]*)\): \w+ \{\n[^}]*?\$(?:syscall(?:64)?|vfork)\(SYS_(\w+)\)/g,
  ),
].map((m) => {
  const parameters = m[2]!
    .split(',')
    .map((p) => p.trim())
    .filter((p) => p !== '');
  return { name: m[1]!, call: m[3]!, parameters, variadic: /\.\.\./.test(m[2]!) };
});

describe('system calls', () => {
  it('the table is numbered as it is counted, and has the names of sys/syscall.h', () => {
    expect(rows.length).toBe(345);
    expect(rows.filter((r) => r.i !== r.number)).toEqual([]);
    expect(rows.filter((r) => (r.call === 'nosys') !== (r.name === ''))).toEqual([]);
    expect(
      new Map(rows.filter((r) => r.name !== '').map((r) => [r.name, r.number])),
      'names and numbers of kern/init_sysent.ts and of sys/syscall.h.ts',
    ).toEqual(numbers);
  });

  it('each row has its function: by its name, or one that stands for it', () => {
    const other: Record<string, string> = {
      exit: 'sys_exit',
      break: 'obreak',
      pipe: 'sys_pipe',
      geteuid: 'getuid',
      getegid: 'getgid',
    };
    for (const r of rows)
      if (r.name !== '')
        expect(r.call, `row ${r.number} of kern/init_sysent.ts: its function`).toBe(other[r.name] ?? r.name);
  });

  it('libc has each call, with as many words of arguments as the kernel copies in', () => {
    /* sbrk(2) is refused by the kernel: brk(3) does it. A pipe(2) gives its descriptors in registers. */
    const without = new Set(['sbrk']);
    const found = new Map(stubs.map((s) => [s.call, s]));
    for (const r of rows) {
      if (r.name === '' || without.has(r.name)) continue;
      const s = found.get(r.name);
      const place = `${r.name}: a function of it in packages/userland/usr/lib/libc/sys/syscalls.ts`;
      expect(s, place).toBeDefined();
      const fixed = s!.parameters.filter((p) => !p.startsWith('...')).reduce((n, p) => n + words(p), 0);
      if (s!.variadic) expect([r.name, fixed]).toEqual([r.name, r.narg - 1]);
      else if (r.name !== 'pipe') expect([r.name, fixed]).toEqual([r.name, r.narg]);
    }
    expect(stubs.length).toBe(numbers.size - without.size);
  });
});
