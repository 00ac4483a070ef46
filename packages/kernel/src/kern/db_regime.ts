import { kernelConstants } from '@trap12/target';
import { REGIMES, type Regime, SWITCHES } from '../../host/regime.js';
import type { ShowCommand } from '../../host/show.js';
import { hex, symbolic } from './db_tools.js';

/** SI_SUB_DONE: what the kernel puts into the place of the subsystem when it has run. */
const K = kernelConstants('SI_SUB_DONE');

export const showRegime: ShowCommand = {
  name: 'regime',
  help: 'the locking regime of this kernel: each switch, its evidence, the name of the whole',
  run({ memory, print }) {
    const at = memory.target.symbols.address('regime');
    const values = Object.fromEntries(
      Object.keys(SWITCHES).map((name) => [name, memory.field('regime_t', at, name)]),
    ) as unknown as Regime;
    const same = (other: Regime): boolean =>
      Object.entries(values).every(([k, v]) => other[k as keyof Regime] === v);
    const named = Object.entries(REGIMES).find(([, info]) => same(info.switches));
    print(named === undefined ? 'a regime without a name' : `${named[0]}: ${named[1].summary}`);
    for (const [name, value] of Object.entries(values)) {
      const info = SWITCHES[name as keyof Regime];
      print(` ${name.padEnd(22)} ${value}  (${info.evidence}) ${info.text}`);
    }
    const lock = memory.global('vm_lockp');
    print(` the vm lock is ${symbolic(memory.target.symbols, lock)}`);
  },
};

export const showSysinit: ShowCommand = {
  name: 'sysinit',
  help: 'what the kernel runs at startup, in order',
  run({ memory, print }) {
    const { symbols } = memory.target;
    const { size } = symbols.struct('sysinit_t');
    const base = symbols.address('sysinit');
    for (let i = 0; i < symbols.symbol('sysinit').size / size; i++) {
      const get = (field: string): number => memory.field('sysinit_t', base + i * size, field);
      if (get('func') === 0) continue;
      const when =
        get('subsystem') === K(memory).SI_SUB_DONE ? 'done' : `${hex(get('subsystem'))}.${hex(get('order'))}`;
      print(`${when.padEnd(16)}${symbolic(symbols, get('func'))}(${symbolic(symbols, get('udata'))})`);
    }
  },
};
