import { each, nameAt } from '../../host/rows.js';
import { linked, type ShowCommand } from '../../host/show.js';

export const showMalloc: ShowCommand = {
  name: 'malloc',
  help: 'malloc(9) by type: blocks in use, bytes, high-water mark, requests',
  run(context) {
    const { memory, print } = context;
    print('        Type  InUse MemUse HighUse  Limit Requests Limblocks');
    const kilo = (bytes: number): string => `${Math.ceil(bytes / 1024)}K`;
    const walk = (): Iterable<number> =>
      linked(memory, memory.global('kmemstatistics'), 'malloc_type', 'ks_next');
    each(context, 'kmemstatistics', walk, 'type', (t) => {
      const get = (field: string): number => memory.field('malloc_type', t, field);
      print(
        `${nameAt(context, 'ks_shortdesc', get('ks_shortdesc'), 13).padStart(13)} ${String(get('ks_inuse')).padStart(5)} ${kilo(get('ks_memuse')).padStart(6)} ${kilo(get('ks_maxused')).padStart(7)} ${kilo(get('ks_limit')).padStart(6)} ${String(get('ks_calls')).padStart(8)} ${String(get('ks_limblocks')).padStart(9)}`,
      );
    });
  },
};
