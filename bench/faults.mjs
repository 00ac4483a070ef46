import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mapAnonymous } from '@trap12/userland/programs/pattern.js';
import { SYS } from '@trap12/userland/syscalls.js';
import { makeSystem, runToHalt } from './system.mjs';

const MEGABYTES = 100;
const PAGES = (MEGABYTES << 20) / 4096;
const REPETITIONS = 15;
/** Before the measurement, for the host's compiler. */
const WARM_UP = 12;
/** What one store and a loop cost the simulated processor. */
const CYCLES_PER_PAGE = 4;

/** Compiles hostfault.c; undefined without a compiler. */
function hostProgram() {
  const dir = mkdtempSync(join(tmpdir(), 'trap12-bench-'));
  const binary = join(dir, 'hostfault');
  const close = () => rmSync(dir, { recursive: true });
  try {
    const source = fileURLToPath(new URL('hostfault.c', import.meta.url));
    execFileSync('cc', ['-O2', '-o', binary, source], { stdio: 'pipe' });
  } catch {
    close();
    return undefined;
  }
  const measure = () => Number(execFileSync(binary, [String(MEGABYTES), '1'], { encoding: 'utf8' }));
  return { measure, close };
}

/**
 * Zero-fill page faults per second: a user program touches fresh anonymous memory of a booted system, a byte a page, through trap,
 * vm_fault, vm_page_alloc and pmap_enter. The host's own rate is taken between the repetitions, so that both see the same
 * weather; there is none without a C compiler.
 */
export function faults(kernel) {
  const host = hostProgram();
  const ours = [];
  const theirs = [];
  let system;
  const zeroFilled = () => system.memory.field('vmmeter', system.symbols.address('cnt'), 'v_zfod');
  const program = function* (c) {
    const { u8 } = c.cpu.machine.ram;
    // Starting the host's program forks this process, and each first write to a page then is a fault of the host: not ours to measure.
    const touch = () => {
      for (let i = 0; i < u8.length; i += 4096) u8[i] += 0;
    };
    for (let r = -WARM_UP; r < REPETITIONS; r++) {
      const at = yield* mapAnonymous(c, PAGES);
      const before = zeroFilled();
      touch();
      const start = performance.now();
      yield* c.cpu.eachPage(at, PAGES, true, CYCLES_PER_PAGE, (index) => {
        u8[index] = 1;
      });
      const seconds = (performance.now() - start) / 1000;
      if (zeroFilled() - before < PAGES)
        throw new Error(`${zeroFilled() - before} zero-fill faults, not ${PAGES}`);
      yield* c.sys(SYS.munmap, at, PAGES * 4096);
      if (r < 0) continue;
      ours.push(PAGES / seconds);
      if (host !== undefined) theirs.push(host.measure());
    }
    return 0;
  };
  system = makeSystem(kernel, { ramBytes: 256 << 20 }, program);
  runToHalt(system);
  host?.close();
  return { ours, theirs };
}
