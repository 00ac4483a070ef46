import { kernelFlags } from '@trap12/target';
import { queue, type ShowCommand } from '../../host/show.js';
import { bits, ptr, symbolic } from './db_tools.js';

const FLAGS = kernelFlags('CALLOUT_', 'LOCAL_ALLOC', 'ACTIVE', 'PENDING', 'MPSAFE');

export const showCallout: ShowCommand = {
  name: 'callout',
  aliases: ['callouts'],
  help: 'the calls that are to come, by tick',
  run({ memory, print }) {
    const { symbols } = memory.target;
    const now = memory.global('ticks') | 0;
    const buckets = symbols.symbol('callwheel').size / 8;
    const found: { c: number; time: number }[] = [];
    for (let i = 0; i < buckets; i++)
      for (const c of queue(memory, symbols.address('callwheel') + i * 8, 'callout', 'c_links'))
        found.push({ c, time: memory.field('callout', c, 'c_time') });
    found.sort((a, b) => a.time - b.time || a.c - b.c);
    print(`ticks = ${now}, softticks = ${memory.global('softticks') | 0}`);
    for (const { c, time } of found) {
      const get = (field: string): number => memory.field('callout', c, field);
      print(
        `${String(time - now).padStart(8)} ticks  ${symbolic(symbols, get('c_func'))}(${ptr(get('c_arg'))})  ${bits(get('c_flags'), FLAGS(memory))}  callout ${symbolic(symbols, c)}`,
      );
    }
    print(`${found.length} pending`);
  },
};
