import { REGIMES, type Regime, SWITCHES } from '../../host/regime.js';
import type { ShowCommand } from '../../host/show.js';
import { hex, symbolic } from './db_tools.js';

/** What the kernel puts into the place of the subsystem when it has run. */
const SI_SUB_DONE = 1;

export const showRegime: ShowCommand = {
  name: 'regime',
  help: 'the locking regime of this kernel: each switch, its evidence, the name of the whole',
  run({ memory, print }) {
    const at = memory.target.symbols.address('regime');
    const values = Object.fromEntries(
      Object.keys(SWITCHES).map((name) => [name, memory.field('regime_t', at, name)]),
    ) as unknown as Regime;
    const differences = (other: Regime): string[] =>
      Object.entries(values).flatMap(([k, v]) => (other[k as keyof Regime] === v ? [] : [`${k}=${v}`]));
    const [name, info, changes] = Object.entries(REGIMES)
      .map(([n, i]) => [n, i, differences(i.switches)] as const)
      .reduce((best, next) => (next[2].length < best[2].length ? next : best));
    print(`${[name, ...changes].join(',')}: ${changes.length > 0 ? 'differs from: ' : ''}${info.summary}`);
    for (const [key, value] of Object.entries(values)) {
      const { evidence, text } = SWITCHES[key as keyof Regime];
      print(` ${key.padEnd(22)} ${value}  (${evidence}) ${text}`);
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
        get('subsystem') === SI_SUB_DONE ? 'done' : `${hex(get('subsystem'))}.${hex(get('order'))}`;
      print(`${when.padEnd(16)}${symbolic(symbols, get('func'))}(${symbolic(symbols, get('udata'))})`);
    }
  },
};
