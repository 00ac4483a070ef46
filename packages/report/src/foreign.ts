/**
 * Kernels, loaders and programs that are none of the BSDs and print their own kind of report, by what they
 * alone print. They are asked only of a text that has no sign of a BSD.
 */
const FOREIGN: readonly [system: string, marks: RegExp][] = [
  ['macOS', /\bpanic\(cpu \d{1,4} caller 0x|\bcall_continuation\b|\bDarwin Kernel Version\b|\bmach_kernel\b/],
  ['U-Boot', /"Synchronous Abort" handler/],
  ['illumos or Solaris', /\bpanic\[cpu\d{1,4}\]\/thread=|\bBAD TRAP: (?:cpu|type|rp)=/],
  ['IRIX', /\bIRIX Release \d|\[Press reset to restart the machine\.\]/],
  [
    'UNIX System V',
    /\bPANIC: (?:vfs_mountroot: |(?:kernel|user)-mode address fault on\b|k_trap - kernel mode trap type)/,
  ],
  ['Haiku', /\bWelcome to Kernel Debugging Land\b|\bkdebug> /],
  ['Xen', /^\(XEN\) Panic on CPU \d/m],
  [
    'Linux',
    /\bBUG: unable to handle|\bkernel BUG at |\bOops\b.{0,30}\[#\d|: \d{4} \[#\d{1,3}\] |Kernel panic - not syncing|RIP: 0010:|\bComm: .{1,40} (?:Not tainted|Tainted: )/,
  ],
  [
    'xv6',
    /\bxv6\b.{0,20}\b(?:kernel )?(?:is )?(?:boot|start)|^hart \d{1,3} starting|\bpanic: kernel_?trap\b|\busertrap\(\): unexpected scause|\bsepc=0x[0-9a-f]{1,16} stval=0x/im,
  ],
];

/** What xv6's kernels panic with, and no BSD. */
const XV6_MESSAGES = new Set(
  `acquire|sched locks|sched p->lock|sched running|sched interruptible|sched ptable.lock|zombie exit|init exiting
  |mappages: remap|mappages: va not aligned|uvmunmap: not aligned|uvmunmap: walk|uvmunmap: not mapped|uvmunmap: not a leaf
  |uvmcopy: pte should exist|uvmcopy: page not present|uvmclear|inituvm: more than a page|freewalk: leaf
  |bget: no buffers|ilock: no type|iget: no inodes|ialloc: no inodes|balloc: out of blocks|dirlookup not DIR|dirlookup read
  |dirlink read|isdirempty: readi|unlink: nlink < 1|unlink: writei|create: dirlink|log_write outside of trans
  |too big a transaction|initlog: too big logheader|virtio disk kalloc|popcli|pop_off|pop_off - interruptible
  |usertrap: not from user mode|kerneltrap: not from supervisor mode|kerneltrap: interrupts enabled|userinit: out of memory?`
    .split('|')
    .map((each) => each.trim()),
);

/**
 * The system that is none of the BSDs and prints its own kind of report, if the text has one.
 *
 * @param message the panic message that was read
 */
export function foreignSystem(text: string, message?: string): string | null {
  for (const [system, marks] of FOREIGN) if (marks.test(text)) return system;
  if (message !== undefined && XV6_MESSAGES.has(message.replace(/\s+at .*$/, ''))) return 'xv6';
  if (/\bThread 0x[0-9a-f]{4,16} \(LWP \d{1,9}\)/.test(text)) return 'a program';
  if (text.includes('Program received signal SIG') && /\bfrom \/\S{1,200}\.so\b/.test(text))
    return 'a program';
  return null;
}
