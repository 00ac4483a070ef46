/** The ring of kernel messages that survives a crash (sys/msgbuf.h). Code in kern/subr_prf.ts. */
export const MSG_MAGIC = 0x063062;
export const MSGBUF_SIZE = 16384;

/**
 * Header of the ring, in RAM for dmesg(8), DDB and dumps.
 * @lock n none: a character at a time, a lost one is accepted as in BSD
 */
export interface msgbuf extends struct {
  msg_magic: u32; // (n) MSG_MAGIC when in use
  msg_size: u_int; // (n) size of the ring
  msg_bufx: u_int; // (n) where the next character goes
  msg_bufr: u_int; // (n) where the log device reads next
  msg_ptr: u32; // (n) the ring
}
