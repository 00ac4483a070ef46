import { kernelFlags } from '@trap12/target';
import { complain, counted, guarded } from '../../host/rows.js';
import { follow, queue, type ShowCommand } from '../../host/show.js';
import { bits, ptr, symbolic } from './db_tools.js';

const FLAGS = kernelFlags('CALLOUT_', 'LOCAL_ALLOC', 'ACTIVE', 'PENDING', 'MPSAFE');

export const showCallout: ShowCommand = {
  name: 'callout',
  aliases: ['callouts'],
  help: 'the calls that are to come, by tick',
  run(context) {
    const { memory, print } = context;
    const { symbols } = memory.target;
    const now = memory.global('ticks') | 0;
    const buckets = symbols.symbol('callwheel').size / 8;
    const found: { c: number; time: number }[] = [];
    const odd: string[] = [];
    for (let i = 0; i < buckets; i++) {
      const head = symbols.address('callwheel') + i * 8;
      const { elements, broken } = follow(`callwheel[${i}]`, () => queue(memory, head, 'callout', 'c_links'));
      if (broken !== undefined) odd.push(broken);
      for (const c of elements)
        guarded(context, `callout ${ptr(c)}`, () =>
          found.push({ c, time: memory.field('callout', c, 'c_time') }),
        );
    }
    found.sort((a, b) => a.time - b.time || a.c - b.c);
    print(`ticks = ${now}, softticks = ${memory.global('softticks') | 0}`);
    for (const { c, time } of found) {
      const get = (field: string): number => memory.field('callout', c, field);
      print(
        `${String(time - now).padStart(8)} ticks  ${symbolic(symbols, get('c_func'))}(${ptr(get('c_arg'))})  ${bits(get('c_flags'), FLAGS(memory))}  callout ${symbolic(symbols, c)}`,
      );
    }
    for (const broken of odd) complain(context, broken);
    print(`${counted(found.length, odd.length === 0)} pending`);
  },
};
