import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileText } from '@trap12/system/compile.js';
import { makeSystem, runToHalt } from './system.mjs';

const MEGABYTES = 100;
const PAGES = (MEGABYTES << 20) / 4096;
const REPETITIONS = 15;
/** Before the measurement, for the host's compiler. */
const WARM_UP = 12;

/**
 * touch PAGES ROUNDS: touches pages of fresh anonymous memory, again and again, and tells when it begins and
 * when it has done so.
 */
const TOUCH = String.raw`
export function main(argc: int, argv: ptr<str>): int {
  const pages = $u32(atoi(argv[1]));
  const rounds = atoi(argv[2]);
  for (let r = 0; r < rounds; r++) {
    const at = mmap(0, pages * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0);
    if (at === MAP_FAILED) err(1, 'mmap');
    printf('begin\n');
    for (let i: u32 = 0; i < pages; i++) $st8(at + i * PAGE_SIZE, 1);
    printf('end\n');
    munmap(at, pages * PAGE_SIZE);
  }
  return 0;
}
`;

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
 * Zero-fill page faults per second: a user program touches fresh anonymous memory of a booted system, a byte
 * a page, through trap, vm_fault, vm_page_alloc and pmap_enter. The host's own rate is taken between the
 * rounds, so that both see the same weather; there is none without a C compiler.
 */
export function faults(kernel) {
  const host = hostProgram();
  const ours = [];
  const theirs = [];
  const system = makeSystem(kernel, {
    ramBytes: 256 << 20,
    executables: [compileText('touch', TOUCH)],
    command: `touch ${PAGES} ${WARM_UP + REPETITIONS}`,
  });
  const zeroFilled = () => system.memory.field('vmmeter', system.symbols.address('cnt'), 'v_zfod');
  const { u8 } = system.machine.ram;
  let round = 0;
  let before = 0;
  let start = 0;
  const begin = () => {
    before = zeroFilled();
    // Starting the host's program forks this process, and each first write to a page then is a fault of the
    // host: not ours to measure.
    for (let i = 0; i < u8.length; i += 4096) u8[i] += 0;
    start = performance.now();
  };
  const end = () => {
    const seconds = (performance.now() - start) / 1000;
    const count = zeroFilled() - before;
    if (count < PAGES) throw new Error(`${count} zero-fill faults, not ${PAGES}`);
    if (++round <= WARM_UP) return;
    ours.push(PAGES / seconds);
    if (host !== undefined) theirs.push(host.measure());
  };
  runToHalt(system, (line) => {
    if (/^begin\b/.test(line)) begin();
    else if (/^end\b/.test(line)) end();
  });
  host?.close();
  if (round !== WARM_UP + REPETITIONS) throw new Error(`${round} rounds, not ${WARM_UP + REPETITIONS}`);
  return { ours, theirs };
}
