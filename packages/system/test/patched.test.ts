import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compileKernel } from '../src/compile-kernel.js';

/*
 * A run of a patched kernel is made again in the other form, from the same memory. The checked form has more
 * to save in a frame than the fast one: is the room for it there in both?
 */
it('both forms of a patched kernel have one image', { timeout: 120_000 }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'trap12-patched-'));
  try {
    const path = join(dir, 'nosys.ts');
    writeFileSync(
      path,
      `export function* nosys(p: proc, uap: u32): Sleeps<int> {
  const a = p.p_pid;
  const b = p.p_flag;
  return a * b + p.p_stat > 0 ? 78 : 79;
}
`,
    );
    const [fast, checked] = (['fast', 'checked'] as const).map((form) => compileKernel([path], form).image);
    expect(fast!.hash).toBe(checked!.hash);
    expect(JSON.stringify(fast!.symbols) === JSON.stringify(checked!.symbols)).toBe(true);
    expect(JSON.stringify(fast!.segments) === JSON.stringify(checked!.segments)).toBe(true);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

it('errors of a patch name the file that was given, also where they name another place', () => {
  const dir = mkdtempSync(join(tmpdir(), 'trap12-patched-'));
  try {
    const path = join(dir, 'twice.ts');
    writeFileSync(path, 'function nosys(): void {}\nfunction f(): void {}\nfunction f(): void {}\n');
    expect(() => compileKernel([path])).toThrow(`${path}:3:10: duplicate global name f (also in ${path}:2)`);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
