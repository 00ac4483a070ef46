/**
 * The nodes of the sysctl tree and the accesses to them (the kernel's part of sys/sysctl.h). Code in
 * kern/kern_sysctl.ts, the nodes of the base system in kern/kern_mib.ts.
 */
import type { proc } from './proc.h.js';

/**
 * One access by a program or by the kernel.
 * @lock k the process that asks
 */
export interface sysctl_req extends struct {
  rq_p: proc; // (k) who asks
  oldptr: u32; // (k) where the old value goes, 0: only its length is wanted
  oldlen: u32; // (k) room there
  oldidx: u32; // (k) bytes given so far
  newptr: u32; // (k) new value, 0: none
  newlen: u32; // (k) its length
  newidx: u32; // (k) bytes taken so far
  rq_kernel: int; // (k) the pointers are kernel addresses
}

/** The function behind a node: gives and takes the value through SYSCTL_OUT and SYSCTL_IN. */
export type sysctl_handler_t = (oidp: sysctl_oid, arg1: u32, arg2: int, req: sysctl_req) => Sleeps<int>;

/**
 * A node.
 * @lock s sysctl_lock (exclusive to change the tree, shared to walk it)
 * @lock c constant after it is entered
 */
export interface sysctl_oid extends struct {
  oid_parent: sysctl_oid; // (c) parent, null at the top
  oid_link: embed<SLIST_ENTRY<sysctl_oid>>; // (s) siblings, by number
  oid_children: embed<SLIST_HEAD<sysctl_oid>>; // (s) children of a CTLTYPE_NODE
  oid_number: int; // (c) number in the parent
  oid_kind: u32; // (c) CTLTYPE_* | CTLFLAG_*
  oid_arg1: u32; // (c) for the handler: usually the address of the variable
  oid_arg2: int; // (c) for the handler: a constant, or a size
  oid_name: str; // (c) name
  oid_handler: sysctl_handler_t; // (c) the function; may be null for a node
  oid_fmt: str; // (c) what sysctl(8) is to make of it: "I", "IU", "A", "S,name"
}
