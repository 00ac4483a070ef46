import { kernelFlags } from '@trap12/target';
import { each, nameAt, part } from '../../host/rows.js';
import { queue, type ShowCommand, structAt } from '../../host/show.js';
import { bits, ptr, symbolic, text } from './db_tools.js';
import { stateName } from './db_proc.js';

const HANDLER_FLAGS = kernelFlags('IH_', 'MPSAFE');

export const showIntr: ShowCommand = {
  name: 'intr',
  help: 'interrupt threads and their handlers',
  run(context) {
    const { memory, print } = context;
    const { symbols } = memory.target;
    const { size } = symbols.struct('ithd');
    const most = symbols.symbol('ithd_pool').size / size;
    const base = symbols.address('ithd_pool');
    for (let i = 0; i < Math.min(memory.global('ithd_count'), most); i++) {
      const it = base + i * size;
      const get = (field: string): number => memory.field('ithd', it, field);
      const p = get('it_proc');
      const name = text(memory, memory.address('ithd', it, 'it_name'), 32);
      const of = (field: string): number =>
        memory.field('proc', structAt(memory, p, ['proc'], 'process'), field);
      const who = part(context, 'it_proc', () =>
        p === 0 ? 'no process' : `pid ${of('p_pid')} ${stateName(memory, of('p_stat'))}`,
      );
      const priority = part(context, 'it_proc', () => (p === 0 ? 0 : of('p_priority')));
      print(
        `${name}: (${who}) pri ${priority}, ${get('it_count')} interrupts${get('it_need') === 0 ? '' : ', need'}`,
      );
      const walk = (): Iterable<number> =>
        queue(memory, memory.address('ithd', it, 'it_handlers'), 'intrhand', 'ih_next');
      each(context, `handlers of ${name}`, walk, 'handler', (ih) => {
        const ihget = (field: string): number => memory.field('intrhand', ih, field);
        const flags = bits(ihget('ih_flags'), HANDLER_FLAGS(memory));
        print(
          ` ${nameAt(context, 'ih_name', ihget('ih_name')).padEnd(8)} ${symbolic(symbols, ihget('ih_handler'))}(${ptr(ihget('ih_argument'))}) pri ${ihget('ih_pri')}${flags === '' ? '' : `, ${flags}`}${ihget('ih_need') === 0 ? '' : ', need'}`,
        );
      });
    }
    print(`stray interrupts: ${memory.global('stray_irqs')}`);
  },
};
