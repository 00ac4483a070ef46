import { type ShowCommand, walkList } from '../../host/show.js';
import { text } from './db_tools.js';

export const showMalloc: ShowCommand = {
  name: 'malloc',
  help: 'malloc(9) by type: blocks in use, bytes, high-water mark, requests',
  run({ memory, print }) {
    print('        Type  InUse MemUse HighUse  Limit Requests Limblocks');
    const kilo = (bytes: number): string => `${Math.ceil(bytes / 1024)}K`;
    for (const t of walkList(memory.global('kmemstatistics'), (at) =>
      memory.field('malloc_type', at, 'ks_next'),
    )) {
      const get = (field: string): number => memory.field('malloc_type', t, field);
      print(
        `${text(memory, get('ks_shortdesc'), 13).padStart(13)} ${String(get('ks_inuse')).padStart(5)} ${kilo(get('ks_memuse')).padStart(6)} ${kilo(get('ks_maxused')).padStart(7)} ${kilo(get('ks_limit')).padStart(6)} ${String(get('ks_calls')).padStart(8)} ${String(get('ks_limblocks')).padStart(9)}`,
      );
    }
  },
};
