/** kvm(3), as far as programs here need it: what the kernel tells of processes and swap, by sysctl(3). */

/**
 * What a program has asked for; each answer stands until the next question of its kind.
 * @lock p the program
 */
export interface kvm_t extends struct {
  procbase: u32; // (p) processes, from malloc
  argspc: u32; // (p) arguments, from malloc
  argv: ptr<str>; // (p) pointers to them, from malloc
}

/**
 * A swap device, or all of them together; sizes in pages.
 * @lock p the program
 */
export interface kvm_swap extends struct {
  ksw_devname: array<char, 32>; // (p) /dev/...
  ksw_used: u_int; // (p) in use
  ksw_total: u_int; // (p) of it can be used
  ksw_flags: int; // (p) SW_*
}
