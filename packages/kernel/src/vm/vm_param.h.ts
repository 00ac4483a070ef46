/**
 * Limits of the address space and return values of the vm system (vm/vm_param.h, i386/include/vmparam.h,
 * pmap.h).
 */
import type { dev_t, vm_offset_t, vm_ooffset_t, vm_pindex_t } from '../sys/types.h.js';

export const KERNBASE = 0xc0000000;
export const KPTDI = 0x300;
export const PTDPTDI = 0x2ff;
export const APTDPTDI = 0x3ff;
export const VM_MIN_ADDRESS = 0;
export const VM_MINUSER_ADDRESS = 0;
export const VM_MAXUSER_ADDRESS = 0xbfc00000;
export const USRSTACK = 0xbfc00000;
export const UPT_MIN_ADDRESS = 0xbfc00000;
export const PTmap = 0xbfc00000;
export const PTD = 0xbfeff000;
export const PTDpde = 0xbfeffbfc;
export const APTDpde = 0xbfeffffc;
export const APTmap = 0xffc00000;
export const APTD = 0xffeff000;
export const VM_MIN_KERNEL_ADDRESS = 0xc0000000;
export const VM_MAX_KERNEL_ADDRESS = 0xffc00000;
export const KERN_SUCCESS = 0;
export const KERN_INVALID_ADDRESS = 1;
export const KERN_PROTECTION_FAILURE = 2;
export const KERN_NO_SPACE = 3;
export const KERN_INVALID_ARGUMENT = 4;
export const KERN_FAILURE = 5;
export const KERN_RESOURCE_SHORTAGE = 6;
export const KERN_NOT_RECEIVER = 7;
export const KERN_NO_ACCESS = 8;
export const VM_PROT_NONE = 0;
export const VM_PROT_READ = 1;
export const VM_PROT_WRITE = 2;
export const VM_PROT_EXECUTE = 4;
export const VM_PROT_OVERRIDE_WRITE = 8;
export const VM_PROT_RW = 3;
export const VM_PROT_ALL = 7;
export const VM_PROT_DEFAULT = 7;
export const VM_INHERIT_SHARE = 0;
export const VM_INHERIT_COPY = 1;
export const VM_INHERIT_NONE = 2;
export const VM_INHERIT_DEFAULT = VM_INHERIT_COPY;
export const MAXTSIZ = 0x08000000;
export const DFLDSIZ = 0x08000000;
export const MAXDSIZ = 0x20000000;
export const DFLSSIZ = 0x00800000;
export const MAXSSIZ = 0x04000000;
export const SGROWSIZ = 0x00020000;

/** Locks: none. The page index of a byte offset. @inline */
export function OFF_TO_IDX(off: vm_ooffset_t): vm_pindex_t {
  return $u32(off >> 12);
}
/** Locks: none. The byte offset of a page index. @inline */
export function IDX_TO_OFF(idx: vm_pindex_t): vm_ooffset_t {
  return $i64(idx) << 12;
}
/** Locks: none. Address rounded down to a page. @inline */
export function trunc_page(x: vm_offset_t): vm_offset_t {
  return x & ~4095;
}
/** Locks: none. Address rounded up to a page. @inline */
export function round_page(x: vm_offset_t): vm_offset_t {
  return (x + 4095) & ~4095;
}
/** Locks: none. Pages to bytes. @inline */
export function ptoa(x: u32): u32 {
  return x << 12;
}
/** Locks: none. Bytes to pages. @inline */
export function atop(x: u32): u32 {
  return x >> 12;
}
/** Locks: none. Bytes to pages, rounded up. @inline */
export function btoc(x: u32): u32 {
  return (x + 4095) >> 12;
}

/** Half of a stripe of swap space, in pages. The first stripe of a device is left alone. */
export const SWB_NPAGES = 8;
/** xsw_version */
export const XSWDEV_VERSION = 1;

/**
 * A swap device as sysctl vm.swap_info.N gives it to swapinfo(8).
 * @lock x copied out
 * @size 20
 */
export interface xswdev extends struct {
  xsw_version: u_int; // (x) XSWDEV_VERSION
  xsw_dev: dev_t; // (x) device
  xsw_flags: int; // (x) SW_*
  xsw_nblks: int; // (x) size in pages
  xsw_used: int; // (x) pages in use
}
