/** What torment's children do with the memory that they got. */
import { EINTR } from '../../../../kernel/src/sys/errno.h.js';
import {
  MAP_ANON,
  MAP_FIXED,
  MAP_PRIVATE,
  PROT_READ,
  PROT_WRITE,
} from '../../../../kernel/src/sys/mman.h.js';
import { PAGE_SIZE } from '../../../../kernel/src/sys/param.h.js';
import { VM_INHERIT_NONE, VM_INHERIT_SHARE } from '../../../../kernel/src/vm/vm_param.h.js';
import { __progname } from '../../csu/crt0.js';
import { MAP_FAILED } from '../../include/sys/mman.h.js';
import { waitpid } from '../../lib/libc/gen/wait.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf } from '../../lib/libc/stdio/printf.js';
import { mmap } from '../../lib/libc/sys/offsets.js';
import { _exit, execve, fork, munmap } from '../../lib/libc/sys/syscalls.js';
import { touch_pages } from '../../lib/libload/memory.js';
import {
  check,
  complain,
  errors,
  fill,
  forget_errors,
  is_private,
  npages,
  page_of,
  print_errors,
  random_init,
  rnd,
} from './model.js';
import { squeeze_pages, torment_seed } from './torment.js';

const SQUEEZE: u32 = 0x70000000;
/** How a child ends that could not execute another program. */
export const NO_EXEC = 3;

/** Writes to many pages at once and gives them back: memory gets short. */
export function squeeze(count: u32): void {
  const flags = MAP_ANON | MAP_PRIVATE | MAP_FIXED;
  const at = mmap(SQUEEZE, count * PAGE_SIZE, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (at === MAP_FAILED) return;
  touch_pages(at, count, true, 300);
  munmap(at, count * PAGE_SIZE);
}

/** Executes true(1); only comes back if that fails. */
export function exec_true(): int {
  const argv = $local<array<str, 2>>();
  const envp = $local<array<str, 1>>();
  argv[0] = 'true';
  argv[1] = null;
  envp[0] = null;
  return execve('/bin/true', argv, envp);
}

/** Another pattern for a page that only this process has. */
function refill(i: u32): void {
  fill(i, rnd(1 << 30) | 1);
}

/** What of its parent's pages it did not get, or does not look at any more. */
function forget_pages(): void {
  for (let i: u32 = 0; i < npages; i++) {
    const p = page_of(i);
    if (!p.tp_mapped) continue;
    if (p.tp_inherit === VM_INHERIT_NONE) p.tp_mapped = false;
    else if (!is_private(p) && rnd(4) === 0) p.tp_mapped = false;
  }
}

/** A grandchild, while this one goes on writing. */
function grandchild(depth: int): void {
  const status = $var<int>();
  const seed = rnd(1 << 30);
  const pid = fork();
  if (pid === 0) child(seed, depth);
  if (pid < 0) return;
  for (let n = 0; n < 20; n++) {
    const i = rnd(npages);
    const p = page_of(i);
    if (is_private(p) && !p.tp_ro && p.tp_inherit !== VM_INHERIT_SHARE) refill(i);
  }
  let got = 0;
  while ((got = waitpid(pid, status, 0)) < 0 && errno === EINTR);
  if (got !== pid || status[0] !== 0) complain('grandchild %d status %d', got, status[0]);
}

/** A child: what it got must be there, and what it writes is its own. */
export function child(seed: u32, depth: int): never {
  random_init(seed);
  forget_errors();
  forget_pages();
  for (let n = 0; n < 80; n++) {
    const i = rnd(npages);
    const p = page_of(i);
    if (!is_private(p)) continue;
    check(i, 'child');
    if (!p.tp_ro && p.tp_inherit !== VM_INHERIT_SHARE) refill(i);
  }
  if (depth > 0 && rnd(2) === 0) grandchild(depth - 1);
  if (rnd(3) === 0) squeeze(squeeze_pages >>> 1);
  for (let i: u32 = 0; i < npages; i++) {
    const p = page_of(i);
    if (is_private(p) && p.tp_inherit !== VM_INHERIT_SHARE) check(i, 'child2');
  }
  if (errors > 0) {
    fprintf(stderr, '%s: child seed %d: %d errors: ', __progname, torment_seed, errors);
    print_errors(stderr, '; ');
    fprintf(stderr, '\n');
    _exit(1);
  }
  if (rnd(6) === 0 && exec_true() < 0) _exit(NO_EXEC);
  _exit(0);
}
