/** <setjmp.h> */
import type { sigset_t } from '../../../kernel/src/sys/types.h.js';

/**
 * Where setjmp(3) was called: what longjmp(3) goes back to.
 * @lock p the program
 */
export interface jmp_buf extends struct {
  jb_eip: u32; // (p) the return address
  jb_ebp: u32; // (p) the caller's frame
  jb_esp: u32; // (p) its stack
  jb_sigmask: sigset_t; // (p) the blocked signals
  jb_savemask: int; // (p) are they to be restored?
}
