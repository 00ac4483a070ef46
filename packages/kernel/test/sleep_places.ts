/* What a machine that is watched (sleep-watch.mjs) is to show: for sleep_locks and quick_calls. */

/** What watchSleepLocks() tells. */
export interface Seen {
  kept: string[];
  bare: string[];
  unseen: string[];
  left: string[];
  ended: Map<string, { well: number; not: number }>;
  never: string[];
  others: number;
  free: string[];
  unwoken: string[];
}

/** What the program of every-call.mjs says it is woken by. */
export const WAKINGS = [
  'a line for a reader',
  'a line from one that goes on',
  'the end for a reader',
  'room for a writer',
  'the end for a writer',
  'fifty rounds',
  'the end of a child',
  'the stop of a child',
  'going on',
  'an exec after vfork',
  'an end after vfork',
  'a signal for one that waits for it',
  'a signal for one that sleeps',
  'a signal for a reader',
];

/** Stores without the lock that the field's key names: by function, with a struct's fields. */
export const BARE: Record<string, string> = {
  // Whoever makes a thing, before others can find it or it has run.
  fork1: 'proc.p_acflag proc.p_flag',
  fork_copyproc:
    'proc.p_args proc.p_children proc.p_flag proc.p_limit proc.p_sigcatch proc.p_sigignore proc.p_sigmask ' +
    'proc.p_sigparent',
  idle_setup: 'proc.p_flag',
  initpbuf: 'buf.b_flags',
  ithread_create: 'proc.p_flag',
  proc0_init: 'proc.p_children proc.p_flag proc.p_limit proc.p_sigacts',
  siginit: 'proc.p_sigignore',
  vm_fork_user: 'proc.p_sigacts',
  vm_map_entry_link: 'vm_map.nentries',
  vm_map_init: 'vm_map.first_free vm_map.hint vm_map.infork vm_map.nentries vm_map.size vm_map.timestamp',
  vmspace_fork: 'vm_map.timestamp',
  vmspace_fork_entry: 'vm_map.size',
  // Whoever takes it apart, when it is off the list of those that live.
  exit1: 'proc.p_limit',
  wait_reap: 'proc.p_args proc.p_ru',
  // Hints, with the map locked shared.
  vm_map_lookup_entry: 'vm_map.hint',
  // The owner of the request; only that it is done is bdone_mtx's.
  DEV_STRATEGY: 'buf.b_flags',
  bufdone: 'buf.b_flags',
  swp_pager_mapbuf: 'buf.b_flags',
  swp_pager_putcluster: 'buf.b_flags',
  // Without the lock of the process although it is declared: by the process itself, by one that ends, or in
  // the tree's lock, with Giant.
  dosetrlimit: 'proc.p_limit',
  exit_orphan: 'proc.p_sigparent',
  exit_rusage: 'proc.p_xstat',
  sigexit: 'proc.p_acflag proc.p_sig',
  suser: 'proc.p_acflag',
  // Without the vm lock: the processor's own bit, where it goes from one address space to another.
  switch_to: 'pmap.pm_active',
};

/** Stores by function: `function field` each. */
export function grouped(what: readonly string[]): Record<string, string> {
  const out: Record<string, string[]> = {};
  for (const each of what) {
    const [name, field] = each.split(' ') as [string, string];
    (out[name] ??= []).push(field);
  }
  return Object.fromEntries(Object.entries(out).map(([name, fields]) => [name, fields.join(' ')]));
}
