/**
 * A trap frame as the processor and alltraps push it. From kernel mode tf_esp and tf_ss are not there.
 * @lock k the process whose stack it lies on
 * @size 72
 */
export interface trapframe extends struct {
  tf_fs: int; // (k) @0x00
  tf_es: int; // (k) @0x04
  tf_ds: int; // (k) @0x08
  tf_edi: int; // (k) @0x0c
  tf_esi: int; // (k) @0x10
  tf_ebp: int; // (k) @0x14
  tf_isp: int; // (k) @0x18
  tf_ebx: int; // (k) @0x1c
  tf_edx: int; // (k) @0x20
  tf_ecx: int; // (k) @0x24
  tf_eax: int; // (k) @0x28
  tf_trapno: int; // (k) @0x2c
  tf_err: int; // (k) @0x30
  tf_eip: u32; // (k) @0x34
  tf_cs: int; // (k) @0x38
  tf_eflags: u32; // (k) @0x3c
  tf_esp: u32; // (k) @0x40 only from user mode
  tf_ss: int; // (k) @0x44 only from user mode
}

/**
 * The registers of user mode beyond those of the frame, which lie behind it on the kernel stack. The
 * simulated processor has as many as a compiled function needs (docs/userland.md); their room is about that
 * of the FPU and SSE registers that a frame has later.
 * @lock k the process whose stack it lies on
 * @size 484
 */
export interface xregs extends struct {
  xr_count: int; // (k) how many are in use
  xr_regs: array<u32, 120>; // (k) their values
}

export const XREGS_MAX = 120;

/** From esp0, where a trap frame of user mode ends, to the end of the kernel stack. */
export const KSTACK_TOP = 500; // sizeof(struct xregs) + 16
