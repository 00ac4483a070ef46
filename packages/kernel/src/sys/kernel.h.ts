/**
 * The order of the kernel's start (sys/kernel.h): SYSINIT entries run by subsystem, then by order within it.
 * The values are FreeBSD's, so that the list reads as in the books.
 */
export const SI_SUB_DUMMY = 0x0000000;
export const SI_SUB_DONE = 0x0000001;
export const SI_SUB_TUNABLES = 0x0700000;
export const SI_SUB_CONSOLE = 0x0800000;
export const SI_SUB_COPYRIGHT = 0x0800001;
export const SI_SUB_VM = 0x1000000;
export const SI_SUB_KMEM = 0x1800000;
export const SI_SUB_WITNESS = 0x1a80000;
export const SI_SUB_LOCK = 0x1b00000;
export const SI_SUB_CPU = 0x2000000;
export const SI_SUB_INTRINSIC = 0x2200000;
export const SI_SUB_VM_CONF = 0x2300000;
export const SI_SUB_RUN_QUEUE = 0x2400000;
export const SI_SUB_CREATE_INIT = 0x2500000;
export const SI_SUB_SCHED_IDLE = 0x2600000;
export const SI_SUB_SOFTINTR = 0x2700000;
export const SI_SUB_DRIVERS = 0x3100000;
export const SI_SUB_CONFIGURE = 0x3800000;
export const SI_SUB_VFS = 0x4000000;
export const SI_SUB_CLOCKS = 0x4800000;
export const SI_SUB_CLIST = 0x5800000;
export const SI_SUB_SYSCTL = 0x5a00000;
export const SI_SUB_ROOT_CONF = 0xb000000;
export const SI_SUB_DUMP_CONF = 0xb200000;
export const SI_SUB_MOUNT_ROOT = 0xb400000;
export const SI_SUB_SWAP = 0xc000000;
export const SI_SUB_INTRINSIC_POST = 0xd000000;
export const SI_SUB_KTHREAD_INIT = 0xe000000;
export const SI_SUB_KTHREAD_PAGE = 0xe400000;
export const SI_SUB_KTHREAD_VM = 0xe800000;
export const SI_SUB_KTHREAD_BUF = 0xea00000;
export const SI_SUB_KTHREAD_UPDATE = 0xec00000;
export const SI_SUB_SMP = 0xf000000;
export const SI_SUB_RUN_SCHEDULER = 0xfffffff;

export const SI_ORDER_FIRST = 0x0000000;
export const SI_ORDER_SECOND = 0x0000001;
export const SI_ORDER_THIRD = 0x0000002;
export const SI_ORDER_MIDDLE = 0x1000000;
export const SI_ORDER_ANY = 0xfffffff;

/**
 * One step of the kernel's start.
 * @lock c constant but for `subsystem`, which becomes SI_SUB_DONE when the step has run
 */
export interface sysinit_t extends struct {
  subsystem: u32; // (c) SI_SUB_*
  order: u32; // (c) SI_ORDER_*
  func: (udata: u32) => Sleeps; // (c) what to run
  udata: u32; // (c) its argument
}
