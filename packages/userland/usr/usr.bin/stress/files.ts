/** Loads on files: files, mapfile, rawio. */
import { EFAULT, ENOSPC } from '../../../../kernel/src/sys/errno.h.js';
import { O_CREAT, O_RDONLY, O_RDWR, O_TRUNC, SEEK_SET } from '../../../../kernel/src/sys/fcntl.h.js';
import {
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
import { RFMEM, RFPROC } from '../../../../kernel/src/sys/unistd.h.js';
import { err } from '../../lib/libc/gen/err.js';
import { rfork_thread } from '../../lib/libc/gen/rfork_thread.js';
import { usleep } from '../../lib/libc/gen/sleep.js';
import { snprintf } from '../../lib/libc/stdio/printf.js';
import { ftruncate, lseek, mmap } from '../../lib/libc/sys/offsets.js';
import {
  close,
  getpid,
  mkdir,
  msync,
  munmap,
  open,
  read,
  unlink,
  write,
} from '../../lib/libc/sys/syscalls.js';
import { pattern_word } from '../../lib/libload/pattern.js';
import { squeeze_some } from './pages.js';
import { complain, finish, map_at, reap, rnd, spawn, verify } from './stress.js';

const NFILES: u32 = 12;
const FILE_PAGES: u32 = 24;
const BUFFER: u32 = 0x60000000;
const MAPPED: u32 = 0x62000000;

/** Of each page of each file its seed, 0: zeros; and the files' lengths in pages. */
let file_seeds: array<u32, 288>;
let file_pages: array<u32, 12>;
let file_there: array<int, 12>;

function file_path(i: u32, buf: str): str {
  snprintf(buf, 32, '/tmp/s%d.%u', getpid(), i);
  return buf;
}

/** The pattern of a page of a file: as if it lay in memory at an address of its own. */
function file_va(i: u32, page: u32): u32 {
  return 0x80000000 + (i * FILE_PAGES + page) * PAGE_SIZE;
}

function file_open(i: u32, flags: int): int {
  const buf = $local<array<char, 32>>();
  const fd = open(file_path(i, buf), flags, 0o600);
  if (fd < 0) complain('open of file %u: %d', i, errno);
  return fd;
}

/** Fills the buffer with what belongs in a page. */
function file_fill(i: u32, page: u32, seed: u32): void {
  const va = file_va(i, page);
  for (let p: u32 = 0; p < PAGE_SIZE; p += 4) $st32(BUFFER + p, pattern_word(va + p, seed));
}

/** Reads a whole file and compares. */
function file_check(i: u32): void {
  const fd = file_open(i, O_RDONLY);
  if (fd < 0) return;
  for (let page: u32 = 0; page < file_pages[i]; page++) {
    const n = read(fd, BUFFER, PAGE_SIZE);
    if (n !== $i32(PAGE_SIZE)) complain('read of page %u of file %u: %d', page, i, n);
    else verify(BUFFER, file_va(i, page), file_seeds[i * FILE_PAGES + page]);
  }
  if (read(fd, BUFFER, PAGE_SIZE) !== 0) complain('file %u goes on behind its end', i);
  close(fd);
}

/** Writes some pages, by one call each; a hole before them is zeros. */
function file_write(i: u32): void {
  const fd = file_open(i, O_RDWR | O_CREAT);
  if (fd < 0) return;
  file_there[i] = 1;
  const first = rnd(FILE_PAGES - 4);
  const count = rnd(4) + 1;
  for (let page = first; page < first + count; page++) {
    const seed = rnd(1 << 30) | 1;
    file_fill(i, page, seed);
    lseek(fd, $i64(page) * PAGE_SIZE, SEEK_SET);
    const n = write(fd, BUFFER, PAGE_SIZE);
    if (n !== $i32(PAGE_SIZE)) {
      if (errno !== ENOSPC) complain('write of page %u of file %u: %d', page, i, errno);
      ftruncate(fd, $i64(file_pages[i]) * PAGE_SIZE);
      break;
    }
    for (let hole = file_pages[i]; hole < page; hole++) file_seeds[i * FILE_PAGES + hole] = 0;
    file_seeds[i * FILE_PAGES + page] = seed;
    if (file_pages[i] <= page) file_pages[i] = page + 1;
  }
  close(fd);
}

/** Cuts it, through the middle of a page now and then, and makes it as long again: zeros come back. */
function file_cut(i: u32): void {
  const fd = file_open(i, O_RDWR);
  if (fd < 0) return;
  const left = rnd(file_pages[i] + 1);
  if (ftruncate(fd, $i64(left) * PAGE_SIZE) !== 0) complain('ftruncate of file %u: %d', i, errno);
  if (rnd(2) === 0 && ftruncate(fd, $i64(file_pages[i]) * PAGE_SIZE) === 0) {
    for (let page = left; page < file_pages[i]; page++) file_seeds[i * FILE_PAGES + page] = 0;
  } else {
    ftruncate(fd, $i64(left) * PAGE_SIZE);
    file_pages[i] = left;
  }
  close(fd);
}

function file_remove(i: u32): void {
  const buf = $local<array<char, 32>>();
  /* It lives on as long as it is open. */
  const fd = file_open(i, O_RDONLY);
  if (unlink(file_path(i, buf)) !== 0) complain('unlink of file %u: %d', i, errno);
  for (let page: u32 = 0; page < file_pages[i]; page++) {
    if (read(fd, BUFFER, PAGE_SIZE) !== $i32(PAGE_SIZE)) complain('page %u of the unlinked file %u', page, i);
    else verify(BUFFER, file_va(i, page), file_seeds[i * FILE_PAGES + page]);
  }
  close(fd);
  file_there[i] = 0;
  file_pages[i] = 0;
}

function file_step(i: u32): void {
  switch (rnd(6)) {
    case 0:
    case 1:
      file_write(i);
      break;
    case 2:
      if (file_there[i] !== 0) file_cut(i);
      break;
    case 3:
      if (file_there[i] !== 0 && rnd(3) === 0) file_remove(i);
      break;
    default:
      if (file_there[i] !== 0) file_check(i);
  }
}

export function files(steps: u32): void {
  const buf = $local<array<char, 32>>();
  mkdir('/tmp', 0o777);
  map_at(BUFFER, 1, 0);
  const pid = spawn(1);
  for (let n: u32 = 0; n < steps; n++) {
    file_step(rnd(NFILES));
    if (rnd(40) === 0) squeeze_some();
  }
  for (let i: u32 = 0; i < NFILES; i++) {
    if (file_there[i] === 0) continue;
    file_check(i);
    unlink(file_path(i, buf));
  }
  if (pid === 0) finish();
  if (pid > 0) reap(pid, false);
}

/** One page of the mapped file, by one of the ways to write it, and then by the other to read it. */
function mapfile_page(fd: int, page: u32): void {
  const at = MAPPED + page * PAGE_SIZE;
  const seed = rnd(1 << 30) | 1;
  const off = $i64(page) * PAGE_SIZE;
  if (rnd(2) === 0) {
    for (let p: u32 = 0; p < PAGE_SIZE; p += 4) $st32(at + p, pattern_word(file_va(0, page) + p, seed));
    if (rnd(3) === 0) msync(at, PAGE_SIZE, rnd(2) === 0 ? MS_SYNC : MS_ASYNC);
  } else {
    file_fill(0, page, seed);
    lseek(fd, off, SEEK_SET);
    if (write(fd, BUFFER, PAGE_SIZE) !== $i32(PAGE_SIZE)) complain('write of page %u: %d', page, errno);
  }
  file_seeds[page] = seed;
  if (rnd(4) === 0) squeeze_some();
  verify(at, file_va(0, page), seed);
  lseek(fd, off, SEEK_SET);
  if (read(fd, BUFFER, PAGE_SIZE) !== $i32(PAGE_SIZE)) complain('read of page %u: %d', page, errno);
  else verify(BUFFER, file_va(0, page), seed);
}

export function mapfile(steps: u32): void {
  const buf = $local<array<char, 32>>();
  mkdir('/tmp', 0o777);
  map_at(BUFFER, 1, 0);
  const fd = file_open(0, O_RDWR | O_CREAT | O_TRUNC);
  if (fd < 0 || ftruncate(fd, $i64(FILE_PAGES) * PAGE_SIZE) !== 0) err(1, 'file');
  const bytes = FILE_PAGES * PAGE_SIZE;
  if (mmap(MAPPED, bytes, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_SHARED, fd, 0) !== MAPPED) err(1, 'mmap');
  for (let n: u32 = 0; n < steps; n++) {
    mapfile_page(fd, rnd(FILE_PAGES));
    if (rnd(6) !== 0) continue;
    /* Cut, and long again: what was behind is zeros, in the mapping, too. */
    const left = rnd(FILE_PAGES);
    if (ftruncate(fd, $i64(left) * PAGE_SIZE) !== 0) complain('ftruncate: %d', errno);
    if (ftruncate(fd, $i64(bytes)) !== 0) complain('ftruncate back: %d', errno);
    for (let page = left; page < FILE_PAGES; page++) file_seeds[page] = 0;
  }
  for (let page: u32 = 0; page < FILE_PAGES; page++)
    verify(MAPPED + page * PAGE_SIZE, file_va(0, page), file_seeds[page]);
  close(fd);
  unlink(file_path(0, buf));
}

const RAW_AT: u32 = 0x64000000;
const RAW_PAGES: u32 = 16;
let raw_stop: int = 0;

/** Unmaps what the other transfers to, and maps it again. */
function raw_body(arg: u32): int {
  for (let n: u32 = 1; raw_stop === 0; n++) {
    const at = RAW_AT + ((n * 5) % RAW_PAGES) * PAGE_SIZE;
    if ((n & 3) === 0) munmap(at, PAGE_SIZE * 2);
    mmap(at, PAGE_SIZE * 2, PROT_READ | PROT_WRITE, MAP_ANON | MAP_FIXED | MAP_PRIVATE, -1, 0);
    usleep(1500);
  }
  return 0;
}

/** The disk is only read: behind the swap partition's label nothing is ours. */
export function rawio(steps: u32): void {
  map_at(RAW_AT, RAW_PAGES + 2, 0);
  map_at(BUFFER, 1, 0);
  map_at(0x48000000, 4, 0);
  const fd = open('/dev/ad0', O_RDONLY);
  if (fd < 0) err(1, '/dev/ad0');
  /* What is there now. */
  if (read(fd, BUFFER, PAGE_SIZE) !== $i32(PAGE_SIZE)) err(1, 'read');
  const pid = rfork_thread($i32(RFPROC | RFMEM), 0x48004000, raw_body, 0);
  if (pid < 0) err(1, 'rfork');
  for (let n: u32 = 0; n < steps; n++) {
    const at = RAW_AT + rnd(RAW_PAGES) * PAGE_SIZE;
    lseek(fd, 0, SEEK_SET);
    const got = read(fd, at, PAGE_SIZE * (1 + rnd(4)));
    if (got < 0 && errno !== EFAULT) complain('raw read: %d', errno);
    if (rnd(10) === 0) squeeze_some();
    verified += 4;
  }
  raw_stop = 1;
  reap(pid, true);
  /* Nobody unmaps any more: it must be what was there before. */
  map_at(RAW_AT, 1, 0);
  lseek(fd, 0, SEEK_SET);
  if (read(fd, RAW_AT, PAGE_SIZE) !== $i32(PAGE_SIZE)) complain('raw read at the end: %d', errno);
  for (let p: u32 = 0; p < PAGE_SIZE; p += 4)
    if ($ld32(RAW_AT + p) !== $ld32(BUFFER + p)) complain('byte %u of the disk is another', p);
  verified += PAGE_SIZE;
  close(fd);
}
