import type { SymbolTable } from '@trap12/target';

/** A setting of the switches in src/kern/kern_regime.h.ts: 0 or 1 by name. */
export type Regime = Readonly<Record<string, number>>;

/** What is known about a switch: its comment in the kernel's source. */
export interface SwitchInfo {
  evidence: 'documented' | 'reconstructed' | 'cure';
  text: string;
}

export interface RegimeInfo {
  summary: string;
  switches: Regime;
}

/** The named regimes, by the switches that are on in them. */
const NAMED: Readonly<Record<string, { summary: string; on: readonly string[] }>> = {
  giant: {
    summary: 'before 2001-05-18: Giant over the vm system, the daemons included',
    on: [
      'swap_pager_locks',
      'vm_daemons_giant',
      'vm_daemon_allproc',
      'swapout_vmspace_ref',
      'vmspace_zfree_now',
      'vmspace_refcnt_locked',
    ],
  },
  'vm_mtx-20010519': {
    summary: 'the global vm_mtx as committed; swap_pager.c misses some acquisitions',
    on: ['vm_mtx', 'swapout_vmspace_ref'],
  },
  'vm_mtx-20010519+swaplocks': {
    summary: 'the state of the report: the acquisitions missing in swap_pager.c added',
    on: ['vm_mtx', 'swap_pager_locks', 'swapout_vmspace_ref'],
  },
  'vm_mtx-20010519+swaplocks+vmspace-ref': {
    summary:
      'the cure: vmdaemon holds on to the vmspace it walks, and reference counts change under their lock',
    on: [
      'vm_mtx',
      'swap_pager_locks',
      'vm_daemon_vmspace_ref',
      'swapout_vmspace_ref',
      'vmspace_zfree_now',
      'vmspace_refcnt_locked',
    ],
  },
};

export const DEFAULT_REGIME = 'vm_mtx-20010519+swaplocks';

/** The switches that a kernel has, in its order, with their evidence as its source has it. */
export function regimeSwitches(symbols: SymbolTable): Record<string, SwitchInfo> {
  const out: Record<string, SwitchInfo> = {};
  for (const [name, { comment }] of Object.entries(symbols.struct('regime_t').fields)) {
    const match = /^(documented|reconstructed|cure): (.+)$/.exec(comment);
    if (match === null) throw new Error(`regime_t.${name} does not say what it rests on`);
    out[name] = { evidence: match[1] as SwitchInfo['evidence'], text: match[2]! };
  }
  return out;
}

/**
 * The named regimes for a kernel.
 * @throws Error that names a switch which the kernel does not have
 */
export function regimes(symbols: SymbolTable): Record<string, RegimeInfo> {
  const names = Object.keys(symbols.struct('regime_t').fields);
  return Object.fromEntries(
    Object.entries(NAMED).map(([regime, { summary, on }]) => {
      const missing = on.find((name) => !names.includes(name));
      if (missing !== undefined) throw new Error(`regime ${regime}: the kernel has no switch ${missing}`);
      const switches = Object.fromEntries(names.map((name) => [name, on.includes(name) ? 1 : 0]));
      return [regime, { summary, switches }];
    }),
  );
}

/**
 * The switches that a text means: the name of a regime, then, if wanted, switches that are to differ from it,
 * as in `giant,vm_daemon_allproc=0`; blanks around them do no harm.
 * @throws RangeError that says what is accepted
 */
export function parseRegime(text: string, symbols: SymbolTable): Regime {
  const [name, ...changes] = text.split(',').map((word) => word.trim());
  const named = regimes(symbols);
  const regime = Object.hasOwn(named, name!) ? named[name!] : undefined;
  if (regime === undefined)
    throw new RangeError(
      `no locking regime ${JSON.stringify(name)}; accepted: ${Object.keys(named).join(', ')}`,
    );
  const switches: Record<string, number> = { ...regime.switches };
  for (const change of changes) {
    const match = /^(\w+)=([01])$/.exec(change);
    if (match === null || !Object.hasOwn(switches, match[1]!))
      throw new RangeError(
        `${JSON.stringify(change)} sets no switch; accepted: ${Object.keys(switches).join(', ')}, each =0 or =1`,
      );
    switches[match[1]!] = Number(match[2]);
  }
  return switches;
}
