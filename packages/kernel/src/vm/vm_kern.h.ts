/**
 * Sizes of the kernel's maps (vm/vm_kern.h, i386/include/vmparam.h). Code in vm/vm_kern.ts and vm/vm_init.ts.
 */

/** kmem_map: a third of RAM, at least 12 MB, at most 200 MB, and never more than twice the RAM. */
export const VM_KMEM_SIZE = 0x00c00000;
export const VM_KMEM_SIZE_SCALE = 3;
export const VM_KMEM_SIZE_MAX = 0x0c800000;
/** exec_map: this many execve's at once, each with its arguments and three pages. */
export const EXEC_MAP_ENTRIES = 16;
export const EXEC_MAP_ENTRY_SIZE = 0x13000;
/** pager_map: address space for mapping pages of pagers, beyond that of the physical buffers. */
export const PAGER_MAP_SIZE = 0x00100000;
