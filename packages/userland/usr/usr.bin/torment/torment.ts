/**
 * torment [seed [steps [pages [squeeze]]]]: `steps` random operations on `pages` pages (512): mmap, munmap,
 * mprotect, madvise, minherit, mlock, msync, fork, vfork, pipes and files, now and then with `squeeze` pages
 * (2000) written at once to make memory short. Every byte is compared with a model. Exit status 0 if all were
 * right, 1 otherwise.
 */
import { EAGAIN, EINTR, EINVAL, ENOMEM, ENOSPC } from '../../../../kernel/src/sys/errno.h.js';
import { O_CREAT, O_RDWR, O_TRUNC, SEEK_SET } from '../../../../kernel/src/sys/fcntl.h.js';
import {
  MADV_DONTNEED,
  MADV_FREE,
  MADV_WILLNEED,
  MAP_ANON,
  MAP_FIXED,
  MAP_PRIVATE,
  MAP_SHARED,
  MS_ASYNC,
  MS_SYNC,
  PROT_READ,
  PROT_WRITE,
} from '../../../../kernel/src/sys/mman.h.js';
import { PAGE_SIZE } from '../../../../kernel/src/sys/param.h.js';
import { SIGKILL, SIGPIPE } from '../../../../kernel/src/sys/signal.h.js';
import type { pid_t } from '../../../../kernel/src/sys/types.h.js';
import { WAIT_ANY, WEXITSTATUS, WNOHANG } from '../../../../kernel/src/sys/wait.h.js';
import { VM_INHERIT_COPY, VM_INHERIT_NONE, VM_INHERIT_SHARE } from '../../../../kernel/src/vm/vm_param.h.js';
import { err, errx } from '../../lib/libc/gen/err.js';
import { waitpid } from '../../lib/libc/gen/wait.js';
import { stderr, stdout } from '../../lib/libc/stdio/findfp.js';
import { fprintf, printf, snprintf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { malloc } from '../../lib/libc/stdlib/malloc.js';
import { strtol } from '../../lib/libc/stdlib/strtol.js';
import { ftruncate, lseek, mmap } from '../../lib/libc/sys/offsets.js';
import {
  _exit,
  close,
  fork,
  kill,
  madvise,
  mincore,
  minherit,
  mkdir,
  mlock,
  mprotect,
  msync,
  munlock,
  munmap,
  open,
  pipe,
  read,
  unlink,
  vfork,
  write,
} from '../../lib/libc/sys/syscalls.js';
import { count_operand } from '../../lib/libload/child.js';
import { NO_EXEC, child, exec_true, squeeze } from './child.js';
import {
  FILE_PAGES,
  PRIVATE_FROM,
  SHARED_PAGES,
  address_of,
  all_mapped,
  check,
  check_all,
  check_copy,
  complain,
  errors,
  fill,
  model_init,
  next_seed,
  npages,
  page_of,
  print_errors,
  random_init,
  rnd,
  unexpected,
  verified_pages,
} from './model.js';

/** Children at a time. */
const MAX_KIDS = 3;
/** Pages that go through a pipe at once, and how a child ends that could not write them. */
const PIPE_PAGES = 6;
const NO_WRITE = 5;
/** Pages to choose from for what came through a pipe: there must be some. */
const MIN_PAGES = PRIVATE_FROM + 8;

export let torment_seed: int = 1;
export let squeeze_pages: u32 = 2000;
let kids: array<pid_t, 3>;
let nkids: int = 0;
/** The file that is mapped. */
let file: int = -1;
let path: array<char, 64>;
let vector: array<char, 64>;

function usage(): never {
  fprintf(stderr, 'usage: torment [seed [steps [pages [squeeze]]]]\n');
  exit(1);
}

function smaller(a: u32, b: u32): u32 {
  return a < b ? a : b;
}

/** Collects a child, if there is one. */
function reap(options: int): void {
  const status = $var<int>();
  if (nkids === 0) return;
  const got = waitpid(WAIT_ANY, status, options);
  if (got <= 0) return;
  for (let k = 0; k < nkids; k++) {
    if (kids[k] !== got) continue;
    for (; k < nkids - 1; k++) kids[k] = kids[k + 1];
    nkids--;
  }
  if (status[0] !== 0 && status[0] !== SIGKILL) complain('child %d status %d', got, status[0]);
}

/** Maps fresh pages in place of what is there. `inherit` is what a child gets if nobody says otherwise. */
function map_pages(i: u32, count: u32, flags: int, fd: int, inherit: int): boolean {
  const at = address_of(i);
  const offset = fd < 0 ? $i64(0) : $i64((i - SHARED_PAGES) * PAGE_SIZE);
  const got = mmap(at, count * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_FIXED | flags, fd, offset);
  if (got !== at) {
    unexpected('mmap', $i32(got));
    return false;
  }
  for (let k = i; k < i + count; k++) {
    const p = page_of(k);
    p.tp_mapped = true;
    p.tp_seed = 0;
    p.tp_shared = fd < 0 && (flags & MAP_SHARED) !== 0;
    p.tp_file = fd >= 0;
    p.tp_ro = false;
    p.tp_adv = false;
    p.tp_inherit = inherit;
  }
  return true;
}

function op_mmap(i: u32, n: u32): void {
  if (i < SHARED_PAGES) {
    map_pages(i, smaller(n, SHARED_PAGES - i), MAP_ANON | MAP_SHARED, -1, VM_INHERIT_SHARE);
  } else if (i < PRIVATE_FROM) {
    const count = smaller(n, PRIVATE_FROM - i);
    if (!map_pages(i, count, MAP_SHARED, file, VM_INHERIT_SHARE)) return;
    for (let k = i; k < i + count; k++) fill(k, next_seed(7, 1));
  } else {
    map_pages(i, n, MAP_ANON | MAP_PRIVATE, -1, VM_INHERIT_COPY);
  }
}

function op_munmap(i: u32, n: u32): void {
  const whole = all_mapped(i, n);
  const r = munmap(address_of(i), n * PAGE_SIZE);
  if (whole ? r !== 0 : r !== -1 || errno !== EINVAL)
    unexpected(whole ? 'munmap whole true' : 'munmap whole false', r);
  if (!whole) return;
  for (let k = i; k < i + n; k++) page_of(k).tp_mapped = false;
}

function op_fill(i: u32, n: u32): void {
  for (let k = i; k < i + n; k++) {
    const p = page_of(k);
    if (p.tp_mapped && !p.tp_ro) fill(k, next_seed(2654435, $u32(torment_seed)) | 1);
  }
}

function op_check(i: u32, n: u32): void {
  for (let k = i; k < i + n; k++) if (page_of(k).tp_mapped) check(k, 'check');
}

function op_mprotect(i: u32, n: u32): void {
  const ro = rnd(2) === 0;
  const r = mprotect(address_of(i), n * PAGE_SIZE, ro ? PROT_READ : PROT_READ | PROT_WRITE);
  if (r !== 0) unexpected('mprotect', r);
  for (let k = i; k < i + n; k++) page_of(k).tp_ro = ro;
}

function op_madvise(i: u32, n: u32): void {
  let advice = $i32(rnd(8));
  if (advice > MADV_FREE) advice = advice === 6 ? MADV_WILLNEED : MADV_DONTNEED;
  const r = madvise(address_of(i), n * PAGE_SIZE, advice);
  if (r !== 0) unexpected('madvise', r);
  if (advice !== MADV_FREE) return;
  for (let k = i; k < i + n; k++) page_of(k).tp_adv = true;
}

function op_minherit(i: u32, n: u32): void {
  const inherit = rnd(3) === 1 ? VM_INHERIT_NONE : VM_INHERIT_COPY;
  if (i < PRIVATE_FROM) return;
  const r = minherit(address_of(i), n * PAGE_SIZE, inherit);
  if (r !== 0) unexpected('minherit', r);
  for (let k = i; k < i + n; k++) page_of(k).tp_inherit = inherit;
}

/**
 * Wires some pages, looks at them, perhaps writes to them, and lets them go. There may be no memory for that.
 */
function op_mlock(i: u32, n: u32): void {
  const few = smaller(n, 16);
  if (!all_mapped(i, few)) return;
  const r = mlock(address_of(i), few * PAGE_SIZE);
  if (r !== 0 && errno !== EAGAIN && errno !== ENOMEM) unexpected('mlock', r);
  for (let k = i; k < i + few; k++) check(k, 'locked');
  if (rnd(2) === 0) for (let k = i; k < i + few; k++) if (!page_of(k).tp_ro) fill(k, next_seed(77, 0) | 1);
  if (r !== 0) return;
  const u = munlock(address_of(i), few * PAGE_SIZE);
  if (u !== 0) unexpected('munlock', u);
}

function op_msync(i: u32, n: u32): void {
  const r = msync(address_of(i), n * PAGE_SIZE, rnd(2) === 0 ? MS_SYNC : MS_ASYNC);
  if (r !== 0 && all_mapped(i, n)) unexpected('msync', r);
}

function op_fork(): void {
  if (nkids === MAX_KIDS) {
    reap(0);
    return;
  }
  const seed = rnd(1 << 30);
  const pid = fork();
  if (pid === 0) child(seed, 2);
  if (pid > 0) {
    kids[nkids++] = pid;
    if (rnd(12) === 0) kill(pid, SIGKILL);
  } else if (errno !== EAGAIN && errno !== ENOMEM) {
    unexpected('fork', pid);
  }
}

function op_vfork(): void {
  const status = $var<int>();
  const pid = vfork();
  if (pid === 0) {
    exec_true();
    _exit(NO_EXEC);
  }
  if (pid < 0) return;
  const got = waitpid(pid, status, 0);
  if (got !== pid || status[0] !== 0) complain('vfork wait %d returned %d', got, status[0]);
}

/** Writes pages into a pipe; an exit status. */
function write_pages(fd: int, at: u32, bytes: u32): int {
  for (let done: u32 = 0; done < bytes; ) {
    const w = write(fd, at + done, bytes - done);
    if (w < 0 && errno === EINTR) continue;
    if (w <= 0) return NO_WRITE;
    done += $u32(w);
  }
  return 0;
}

/** Reads them; true if all came. */
function read_pages(fd: int, at: u32, bytes: u32): boolean {
  for (let done: u32 = 0; done < bytes; ) {
    const r = read(fd, at + done, bytes - done);
    if (r < 0 && errno === EINTR) continue;
    if (r <= 0) {
      unexpected('pipe read', r);
      return false;
    }
    done += $u32(r);
  }
  return true;
}

function inherited(i: u32, n: u32): boolean {
  for (let k = i; k < i + n; k++) if (page_of(k).tp_inherit === VM_INHERIT_NONE) return false;
  return true;
}
function writable(i: u32, n: u32): boolean {
  for (let k = i; k < i + n; k++) if (!page_of(k).tp_mapped || page_of(k).tp_ro) return false;
  return true;
}

/** A child writes private pages into a pipe, and we read them into others. */
function op_pipe(i: u32, n: u32): void {
  const fds = $local<array<int, 2>>();
  const status = $var<int>();
  const j = PRIVATE_FROM + rnd(npages - MIN_PAGES);
  const count = smaller(n, PIPE_PAGES);
  if (i < PRIVATE_FROM || i + count > npages || !all_mapped(i, count) || !writable(j, count)) return;
  if ((i > j ? i - j : j - i) < count || pipe(fds) < 0) return;
  const pid = fork();
  if (pid === 0) {
    close(fds[0]);
    _exit(write_pages(fds[1], address_of(i), count * PAGE_SIZE));
  }
  close(fds[1]);
  if (pid > 0 && inherited(i, count) && read_pages(fds[0], address_of(j), count * PAGE_SIZE)) {
    for (let k: u32 = 0; k < count; k++) {
      if (!page_of(i + k).tp_adv) check_copy(address_of(j + k), i + k, 'pipe');
      fill(j + k, next_seed(31, 0) | 1);
    }
  }
  close(fds[0]);
  if (pid < 0) return;
  const got = waitpid(pid, status, 0);
  const s = status[0];
  if (got !== pid) unexpected('pipe wait', got);
  else if (s !== 0 && s !== SIGPIPE && WEXITSTATUS(s) !== NO_WRITE) complain('pipe child returned %d', s);
}

/** Writes a private page into a file, and reads it back into another one. */
function op_fileio(i: u32): void {
  const name = $local<array<char, 64>>();
  if (i < PRIVATE_FROM || !page_of(i).tp_mapped || page_of(i).tp_adv) return;
  snprintf(name, 64, '%s.x', path);
  const fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0o644);
  if (fd < 0) return;
  const w = write(fd, address_of(i), PAGE_SIZE);
  if (w !== PAGE_SIZE) {
    if (w !== -1 || errno !== ENOSPC) unexpected('write', w);
    close(fd);
    return;
  }
  lseek(fd, $i64(0), SEEK_SET);
  const j = PRIVATE_FROM + rnd(npages - PRIVATE_FROM);
  if (writable(j, 1) && j !== i) {
    const r = read(fd, address_of(j), PAGE_SIZE);
    if (r !== PAGE_SIZE) unexpected('read', r);
    check_copy(address_of(j), i, 'file');
    fill(j, next_seed(37, 0) | 1);
  }
  close(fd);
  unlink(name);
}

/** One operation at pages from `i` on. */
function step(i: u32, n: u32): void {
  switch (rnd(22)) {
    case 0:
    case 1:
      op_mmap(i, n);
      break;
    case 2:
      op_munmap(i, n);
      break;
    case 3:
    case 4:
    case 5:
      op_fill(i, n);
      break;
    case 6:
    case 7:
      op_check(i, n);
      break;
    case 8:
      op_mprotect(i, n);
      break;
    case 9:
      op_madvise(i, n);
      break;
    case 10:
      op_minherit(i, n);
      break;
    case 11:
      op_mlock(i, n);
      break;
    case 12:
      op_msync(i, n);
      break;
    case 13:
    case 14:
    case 15:
      op_fork();
      break;
    case 16:
      op_vfork();
      break;
    case 17:
      squeeze(squeeze_pages);
      break;
    case 18:
      op_pipe(i, n);
      break;
    case 19:
      op_fileio(i);
      break;
    case 20:
      mincore(address_of(i), n * PAGE_SIZE, vector);
      break;
    default:
      reap(WNOHANG);
  }
}

/** Does the file hold what its mapping held? */
function check_file(): void {
  const buf = malloc(PAGE_SIZE);
  if (buf === 0) err(1, null);
  for (let i: u32 = SHARED_PAGES; i < PRIVATE_FROM; i++) {
    const p = page_of(i);
    if (!p.tp_mapped || !p.tp_file || p.tp_adv) continue;
    lseek(file, $i64((i - SHARED_PAGES) * PAGE_SIZE), SEEK_SET);
    const r = read(file, buf, PAGE_SIZE);
    if (r !== PAGE_SIZE) unexpected('final read', r);
    else check_copy(buf, i, 'file vs mapping');
  }
}

/** The seed: any whole number; complains and ends the program if it is none. */
function seed_operand(text: str): int {
  const ep = $var<str>();
  errno = 0;
  const n = strtol(text, ep, 10);
  if (ep[0] === text || ep[0][0] !== 0 || errno !== 0) errx(1, '%s: illegal seed', text);
  return n;
}

export function main(argc: int, argv: ptr<str>): int {
  const none = $cast<str>(0);
  if (argc > 5) usage();
  if (argc > 1) torment_seed = seed_operand(argv[1]);
  const steps = count_operand(argc > 2 ? argv[2] : none, 100);
  const count = count_operand(argc > 3 ? argv[3] : none, 512);
  squeeze_pages = count_operand(argc > 4 ? argv[4] : none, 2000);
  if (steps === 0 || count === 0 || squeeze_pages === 0) usage();
  if (count <= MIN_PAGES) errx(1, '%u pages: it takes more than %d', count, MIN_PAGES);
  model_init(count);
  random_init($u32(torment_seed));
  mkdir('/tmp', 0o777);
  snprintf(path, 64, '/tmp/torment.%d', torment_seed);
  file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o644);
  if (file < 0) err(1, '%s', path);
  ftruncate(file, $i64(FILE_PAGES * PAGE_SIZE));
  for (let n: u32 = 0; n < steps; n++) {
    const i = rnd(count);
    step(i, smaller(1 + rnd(64), count - i));
  }
  while (nkids > 0) reap(0);
  check_all('final');
  check_file();
  close(file);
  unlink(path);
  const verified = verified_pages();
  const bytes = $i64(verified) * PAGE_SIZE;
  printf(
    'torment: seed %d: %lld bytes in %u pages verified, %d errors ',
    torment_seed,
    bytes,
    verified,
    errors,
  );
  print_errors(stdout, ' | ');
  printf('\n');
  return errors === 0 ? 0 : 1;
}
