/**
 * Moving memory (i386/support.s): within the kernel, and between kernel and user space. The bulk primitives
 * of the machine do not fault, so every page is touched first by an ordinary access, where a fault has its
 * place in the text.
 */
import { EFAULT, ENAMETOOLONG } from '../sys/errno.h.js';
import { PAGE_MASK, PAGE_SIZE } from '../sys/param.h.js';
import type { size_t } from '../sys/types.h.js';
import { VM_MAXUSER_ADDRESS } from '../vm/vm_param.h.js';
import { get_pcpu, hw_bcmp, hw_bcopy, hw_bzero, hw_trap, user_probe } from './cpufunc.h.js';
import { T_PAGEFLT } from './trap.h.js';

/** Copies len bytes; overlapping is allowed. Locks: none. Does not sleep: a fault on either side is fatal. */
export function bcopy(src: u32, dst: u32, len: size_t): void {
  if (len === 0) return;
  if ($u32(dst - src) < len) {
    bcopy_probe(src, dst, len);
    hw_bcopy(src, dst, len);
    return;
  }
  while (len > 0) {
    let n: u32 = PAGE_SIZE - (src & PAGE_MASK);
    const m: u32 = PAGE_SIZE - (dst & PAGE_MASK);
    if (m < n) n = m;
    if (len < n) n = len;
    $st8(dst, $ld8(src));
    hw_bcopy(src, dst, n);
    src += n;
    dst += n;
    len -= n;
  }
}

/** Touches each page of both ranges of a copy that must run backwards. Locks: none. Does not sleep. */
function bcopy_probe(src: u32, dst: u32, len: size_t): void {
  for (let off: u32 = 0; off < len; off += PAGE_SIZE) {
    $ld8(src + off);
    $st8(dst + off, $ld8(dst + off));
  }
  $ld8(src + len - 1);
  $st8(dst + len - 1, $ld8(dst + len - 1));
}

/** Clears len bytes. Locks: none. Does not sleep: a fault is fatal. */
export function bzero(p: u32, len: size_t): void {
  while (len > 0) {
    let n: u32 = PAGE_SIZE - (p & PAGE_MASK);
    if (len < n) n = len;
    $st8(p, 0);
    hw_bzero(p, n);
    p += n;
    len -= n;
  }
}

/** Compares len bytes: 0 if equal. Locks: none. Does not sleep. */
export function bcmp(a: u32, b: u32, len: size_t): int {
  while (len > 0) {
    let n: u32 = PAGE_SIZE - (a & PAGE_MASK);
    const m: u32 = PAGE_SIZE - (b & PAGE_MASK);
    if (m < n) n = m;
    if (len < n) n = len;
    if ($ld8(a) !== $ld8(b)) return 1;
    if (hw_bcmp(a, b, n) !== 0) return 1;
    a += n;
    b += n;
    len -= n;
  }
  return 0;
}

/**
 * Makes the page of a user address accessible, by taking the page fault that the access would take. 0 or
 * EFAULT. Locks: none of the vm system. May sleep.
 */
function* uaccess_fault(va: u32, probe: int, eip: u32): Sleeps<int> {
  const pcb = get_pcpu().curpcb;
  pcb.pcb_onfault = eip;
  /*
   * The fault is here, where the frame is this function's own: behind its prologue. pcb_onfault resumes at
   * the caller's entry.
   */
  const failed = yield* hw_trap(T_PAGEFLT, $u32(probe) & 3, va, $addr(uaccess_fault) + 3);
  get_pcpu().curpcb.pcb_onfault = 0;
  return failed !== 0 ? EFAULT : 0;
}

/** True if [uaddr, uaddr+len) is not wholly in user space. Locks: none. Does not sleep. */
function uaccess_bad(uaddr: u32, len: u32): boolean {
  return uaddr >= VM_MAXUSER_ADDRESS || len > VM_MAXUSER_ADDRESS - uaddr;
}

/** copyin(9): user to kernel. 0 or EFAULT. Locks: vm lock not held. May sleep in the page fault. */
export function* copyin(uaddr: u32, kaddr: u32, len: size_t): Sleeps<int> {
  if (uaccess_bad(uaddr, len)) return EFAULT;
  while (len > 0) {
    let n: u32 = PAGE_SIZE - (uaddr & PAGE_MASK);
    if (len < n) n = len;
    for (;;) {
      const probe = user_probe(uaddr, 0);
      if (probe === 0) break;
      const error = yield* uaccess_fault(uaddr, probe, $addr(copyin));
      if (error !== 0) return error;
    }
    bcopy(uaddr, kaddr, n);
    uaddr += n;
    kaddr += n;
    len -= n;
  }
  return 0;
}

/** copyout(9): kernel to user. 0 or EFAULT. Locks: vm lock not held. May sleep in the page fault. */
export function* copyout(kaddr: u32, uaddr: u32, len: size_t): Sleeps<int> {
  if (uaccess_bad(uaddr, len)) return EFAULT;
  while (len > 0) {
    let n: u32 = PAGE_SIZE - (uaddr & PAGE_MASK);
    if (len < n) n = len;
    for (;;) {
      const probe = user_probe(uaddr, 1);
      if (probe === 0) break;
      const error = yield* uaccess_fault(uaddr, probe, $addr(copyout));
      if (error !== 0) return error;
    }
    bcopy(kaddr, uaddr, n);
    kaddr += n;
    uaddr += n;
    len -= n;
  }
  return 0;
}

/**
 * copyinstr(9): copies a string with its NUL; *lencopied (may be null) counts the NUL. 0, EFAULT or
 * ENAMETOOLONG. Locks: vm lock not held. May sleep.
 */
export function* copyinstr(uaddr: u32, kaddr: u32, maxlen: size_t, lencopied: ptr<u32>): Sleeps<int> {
  for (let i: u32 = 0; i < maxlen; i++) {
    const error = yield* copyin(uaddr + i, kaddr + i, 1);
    if (error !== 0) return error;
    if ($ld8(kaddr + i) === 0) {
      if (lencopied !== null) lencopied[0] = i + 1;
      return 0;
    }
  }
  if (lencopied !== null) lencopied[0] = maxlen;
  return ENAMETOOLONG;
}

/** copystr(9): the same within the kernel. Locks: none. Does not sleep. */
export function copystr(from: u32, to: u32, maxlen: size_t, lencopied: ptr<u32>): int {
  for (let i: u32 = 0; i < maxlen; i++) {
    const c = $ld8(from + i);
    $st8(to + i, c);
    if (c === 0) {
      if (lencopied !== null) lencopied[0] = i + 1;
      return 0;
    }
  }
  if (lencopied !== null) lencopied[0] = maxlen;
  return ENAMETOOLONG;
}

/** fetch(9): a byte from user space, or -1. Locks: vm lock not held. May sleep. */
export function* fubyte(base: u32): Sleeps<int> {
  const v = $var<u32>();
  v[0] = 0;
  const error = yield* copyin(base, $addr(v), 1);
  if (error !== 0) return -1;
  return $int(v[0] & 0xff);
}

/** fetch(9): a word from user space, or -1. Locks: vm lock not held. May sleep. */
export function* fuword(base: u32): Sleeps<int> {
  const v = $var<u32>();
  const error = yield* copyin(base, $addr(v), 4);
  if (error !== 0) return -1;
  return $int(v[0]);
}

/** store(9): a byte to user space; 0 or -1. Locks: vm lock not held. May sleep. */
export function* subyte(base: u32, byte: int): Sleeps<int> {
  const v = $var<u32>();
  v[0] = $u32(byte);
  const error = yield* copyout($addr(v), base, 1);
  return error !== 0 ? -1 : 0;
}

/** store(9): a word to user space; 0 or -1. Locks: vm lock not held. May sleep. */
export function* suword(base: u32, word: int): Sleeps<int> {
  const v = $var<u32>();
  v[0] = $u32(word);
  const error = yield* copyout($addr(v), base, 4);
  return error !== 0 ? -1 : 0;
}
