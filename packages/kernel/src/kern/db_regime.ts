import { kernelConstants } from '@trap12/target';
import { type Regime, regimeSwitches, regimes } from '../../host/regime.js';
import type { ShowCommand } from '../../host/show.js';
import { hex, symbolic } from './db_tools.js';

/** SI_SUB_DONE: what the kernel puts into the place of the subsystem when it has run. */
const K = kernelConstants('SI_SUB_DONE');

export const showRegime: ShowCommand = {
  name: 'regime',
  help: 'the locking regime of this kernel: each switch, its evidence, the name of the whole',
  run({ memory, print }) {
    const { symbols } = memory;
    const at = symbols.address('regime');
    const switches = regimeSwitches(symbols);
    const value = (name: string): number => memory.field('regime_t', at, name);
    const differences = (other: Regime): string[] =>
      Object.entries(other).flatMap(([k, v]) => (value(k) === v ? [] : [`${k}=${value(k)}`]));
    const [name, info, changes] = Object.entries(regimes(symbols))
      .map(([n, i]) => [n, i, differences(i.switches)] as const)
      .reduce((best, next) => (next[2].length < best[2].length ? next : best));
    print(`${[name, ...changes].join(',')}: ${changes.length > 0 ? 'differs from: ' : ''}${info.summary}`);
    for (const [key, { evidence, text }] of Object.entries(switches))
      print(` ${key.padEnd(22)} ${value(key)}  (${evidence}) ${text}`);
    const lock = memory.global('vm_lockp');
    print(` the vm lock is ${symbolic(symbols, lock)}`);
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
