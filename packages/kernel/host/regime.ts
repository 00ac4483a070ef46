/**
 * Locking regimes: named settings of the switches in src/kern/kern_regime.h.ts. docs/fidelity.md tells the evidence for each switch.
 */

/** The switches, as kernel variables have them (0 or 1). */
export interface Regime {
  vm_mtx: number;
  swap_pager_locks: number;
  vm_daemons_giant: number;
  vm_daemon_allproc: number;
  vm_daemon_vmspace_ref: number;
  swapout_vmspace_ref: number;
  vmspace_zfree_now: number;
  vmspace_refcnt_locked: number;
}

/** What is known about a switch. */
export interface SwitchInfo {
  evidence: 'documented' | 'reconstructed' | 'cure';
  text: string;
}

export const SWITCHES: Record<keyof Regime, SwitchInfo> = {
  vm_mtx: {
    evidence: 'documented',
    text: 'the vm system is under one mutex, vm_mtx (2001-05-18); off: under Giant',
  },
  swap_pager_locks: {
    evidence: 'documented',
    text: 'swap_pager.c takes vm_mtx everywhere; off: as committed, with acquisitions missing (the report was made with them added)',
  },
  vm_daemons_giant: {
    evidence: 'documented',
    text: 'vm_pageout and vm_daemon run under Giant (before 2001-05-18)',
  },
  vm_daemon_allproc: {
    evidence: 'reconstructed',
    text: 'vm_daemon keeps allproc_lock while it deactivates a map; off: it lets go of it meanwhile, so the process can be reaped',
  },
  vm_daemon_vmspace_ref: {
    evidence: 'cure',
    text: 'vm_daemon holds a reference on the vmspace that it walks',
  },
  swapout_vmspace_ref: {
    evidence: 'reconstructed',
    text: 'swapout_procs takes the vmspace reference that it drops; off: it only drops, and every process that is swapped out loses its address space',
  },
  vmspace_zfree_now: {
    evidence: 'reconstructed',
    text: 'vmspace_free gives the vmspace to its zone at once; off: with the next vmspace_alloc, so that until then it is torn down but not marked free (as the one in the report; the other death of the report is on one that is)',
  },
  vmspace_refcnt_locked: {
    evidence: 'reconstructed',
    text: 'vm_refcnt changes under the vm lock only; off: bare increments in swapout_procs and fork, bare decrements in vmspace_free, which several processors can lose',
  },
};

export interface RegimeInfo {
  summary: string;
  switches: Regime;
}

const COMMITTED: Regime = {
  vm_mtx: 1,
  swap_pager_locks: 0,
  vm_daemons_giant: 0,
  vm_daemon_allproc: 0,
  vm_daemon_vmspace_ref: 0,
  swapout_vmspace_ref: 1,
  vmspace_zfree_now: 0,
  vmspace_refcnt_locked: 0,
};

/** Every named regime. */
export const REGIMES: Record<string, RegimeInfo> = {
  giant: {
    summary: 'before 2001-05-18: Giant over the vm system, the daemons included',
    switches: {
      vm_mtx: 0,
      swap_pager_locks: 1,
      vm_daemons_giant: 1,
      vm_daemon_allproc: 1,
      vm_daemon_vmspace_ref: 0,
      swapout_vmspace_ref: 1,
      vmspace_zfree_now: 1,
      vmspace_refcnt_locked: 1,
    },
  },
  'vm_mtx-20010519': {
    summary: 'the global vm_mtx as committed; swap_pager.c misses some acquisitions',
    switches: COMMITTED,
  },
  'vm_mtx-20010519+swaplocks': {
    summary: 'the state of the report: the acquisitions missing in swap_pager.c added',
    switches: { ...COMMITTED, swap_pager_locks: 1 },
  },
  'vm_mtx-20010519+swaplocks+vmspace-ref': {
    summary:
      'the cure: vmdaemon holds on to the vmspace it walks, and reference counts change under their lock',
    switches: {
      ...COMMITTED,
      swap_pager_locks: 1,
      vm_daemon_vmspace_ref: 1,
      swapout_vmspace_ref: 1,
      vmspace_zfree_now: 1,
      vmspace_refcnt_locked: 1,
    },
  },
};

export const DEFAULT_REGIME = 'vm_mtx-20010519+swaplocks';

/**
 * The switches that a text means: the name of a regime, then, if wanted, switches that are to differ from it, as in
 * `giant,vm_daemon_allproc=0`.
 * @throws RangeError that says what is accepted
 */
export function parseRegime(text: string): Regime {
  const [name, ...changes] = text.split(',');
  const regime = Object.hasOwn(REGIMES, name!) ? REGIMES[name!] : undefined;
  if (regime === undefined)
    throw new RangeError(`no locking regime "${name}"; accepted: ${Object.keys(REGIMES).join(', ')}`);
  const switches = { ...regime.switches };
  for (const change of changes) {
    const match = /^(\w+)=([01])$/.exec(change);
    if (match === null || !Object.hasOwn(SWITCHES, match[1]!))
      throw new RangeError(
        `"${change}" sets no switch; accepted: ${Object.keys(SWITCHES).join(', ')}, each =0 or =1`,
      );
    switches[match[1] as keyof Regime] = Number(match[2]);
  }
  return switches;
}
