/**
 * Words of kernels, and what they mean here, for whoever meets them on a page for the first time. Processes
 * and locks of the system's are so called in the system only: a scenario has its own.
 */
const WORDS: readonly [name: string, found: RegExp, meaning: string, of?: 'system'][] = [
  ['allproc', /\ballproc\b/, 'the lock of the list of all processes', 'system'],
  [
    'by chance',
    /\bby chance\b/,
    'from that moment on it was drawn anew who runs when, and when devices are done',
  ],
  [
    'choice',
    /\bchoices?\b/,
    "a decision of the schedule that is not the machine's own, as that a process is kept waiting",
  ],
  ['Giant', /\bGiant\b/, 'the one lock that once guarded the whole kernel', 'system'],
  ['giant', /\bgiant\b/, 'the locking of the kernel in which Giant still guards the vm system, too'],
  ['holds a lock', /\bhold(?:s|ing)\b/, 'others that want it have to wait until it is given back'],
  [
    'interrupt',
    /\binterrupts?\b/,
    'a device or a clock takes the processor away from who runs, for a moment',
  ],
  ['KASSERT', /\bKASSERT\b/, 'a check that is always made: where it does not hold, the kernel stops itself'],
  ['lockmgr', /\blockmgr\b/, 'a lock that may be held for long, shared by readers or by one alone'],
  [
    'msleep, sleeps',
    /\bmsleep\b|\bsleeps on\b/,
    'waits until somebody calls wakeup for the same channel (an address); a mutex that msleep is given is given back meanwhile, and taken again behind unless it is told not to',
  ],
  ['page', /\bpages?\b/i, '4096 bytes of memory, the unit in which memory is mapped'],
  ['pagedaemon', /\bpagedaemon\b/, 'the kernel process that takes pages away when memory is short', 'system'],
  [
    'page fault',
    /\bpage fault\b/i,
    'the processor met an address with no page behind it, or one that may not be used so; it calls the kernel (trap 12)',
  ],
  ['panic', /\bpanic\b/, 'the kernel has found that something is wrong that cannot be, and stops'],
  ['pid', /\bpid\b/, 'number of a process'],
  [
    'pmap, pm_pdir',
    /\bpmap\b|\bpm_pdir\b/,
    'the page tables of one address space, as the processor reads them; pm_pdir is their first level, and its entry PTDPTDI leads to themselves',
  ],
  [
    'preempt, is made to wait, kept waiting',
    /\bpreempt\b|\bmade to wait\b|\bkept waiting\b|^hold /m,
    'the schedule does not let it run, although it could: as when an interrupt or another process comes first',
  ],
  [
    'process lock',
    /\bprocess lock\b/,
    'each process has a lock of its own, which guards what is said of it',
    'system',
  ],
  ['proctree', /\bproctree\b/, 'the lock of who is whose child', 'system'],
  [
    'reference count',
    /\w*refcnt\b|\bref_count\b|\breferences?\b/,
    'how many still use something; who gives the last one back frees it',
  ],
  [
    'regime',
    /\bregimes?\b/,
    'which locks guard what in the kernel: it can be built in several ways',
    'system',
  ],
  [
    'schedule',
    /\bschedule\b/,
    'where one process ran instead of another; everything else is the same each time',
  ],
  ['seed', /\bseed\b/, 'a number from which all that is left to chance follows'],
  [
    'swap, swapped out, swapper',
    /\bswap(?:ped|s|per)?\b/,
    'what of a process is not needed now is put on the disk when memory is short; the swapper brings it back',
    'system',
  ],
  ['sx, mutex', /\bsx\b|\bmutex\b/, 'locks: a mutex is held by one, an sx lock by one or shared by readers'],
  ['thrd_sleep', /\bthrd_sleep\b/, 'the lock of a vm_map, by the name that BSD gave it', 'system'],
  [
    'TLB, translation',
    /\bTLB\b|\btranslations?\b/,
    'a processor remembers which page an address leads to; after a change of the page tables it has to be told to forget',
  ],
  [
    'virtual seconds, us',
    /\bvirtual seconds?\b|\bus\b/,
    "the machine's own time, the same in each run; us: a millionth of a second",
  ],
  ['vm', /\bvm\b(?!\/)/, 'the lock of the vm system: maps, objects and pages', 'system'],
  [
    'vm_map',
    /\bvm_map\b/,
    'what a process has where in its address space; a vm_map_entry is one piece of it',
  ],
  ['vm_object', /\bvm_object\b/, 'what can be mapped: a file, or memory with its place in swap'],
  [
    'vmdaemon',
    /\bvmdaemon\b/,
    'the kernel process that makes processes smaller when memory is short',
    'system',
  ],
  ['vmspace', /\bvmspace\b/, 'the address space of a process: its map and its page tables'],
  ['wakes', /\bwakes\b/, 'lets those go on who sleep on a channel; who comes to sleep later is not meant'],
];

/** Those of the words that a text has. @param isSystem it is about the whole system, not about a scenario */
export function wordsIn(text: string, isSystem: boolean): { name: string; meaning: string }[] {
  const known = WORDS.filter(([, , , of]) => of === undefined || isSystem);
  return known.filter(([, found]) => found.test(text)).map(([name, , meaning]) => ({ name, meaning }));
}
