import type { Past, Written } from '@trap12/target';
import { DdbError } from '../errors.js';
import { hash } from '../format.js';
import type { Session } from '../session.js';
import { stopMessage } from '../stop.js';

export const REMEMBERED =
  'Needs a machine whose past is remembered: trap12 boot, run --debug or --break, replay --ddb, reproduce.';

/** @throws DdbError where nobody remembers it */
export function pastOf(session: Session): Past {
  const { past } = session.memory.target.execution ?? {};
  if (past === undefined) throw new DdbError(REMEMBERED);
  return past;
}

/** Shows where the machine stands after it was brought somewhere. */
export function shown(session: Session): void {
  session.stopped();
  for (const line of stopMessage(session)) session.print(line);
}

/** When, by whom and by what. */
export function madeLines(w: Written): string[] {
  return [`\tstep ${w.step}, ${(w.nowNs / 1e9).toFixed(9)} s, ${w.process}`, `\t${madeBy(w)}`];
}

function madeBy({ by, site, mapping, now, old }: Written): string {
  const what = now.length === 0 ? 'unmapped' : old.length === 0 ? 'mapped' : 'another page mapped';
  const mapped = mapping ? `, ${what}` : '';
  if (site !== undefined) {
    const offset = site.address - (site.function.address >>> 0);
    const at = offset === 0 ? site.function.name : `${site.function.name}+${hash(offset)}`;
    const whose = by === 'copy' ? ', a copy' : by === 'program' ? ' of the program' : '';
    return `by ${at}${whose}${mapped}\t${site.file}:${site.line}`;
  }
  return `by ${BY[by]}${mapped}`;
}

const BY: Record<Written['by'], string> = {
  kernel: 'the kernel',
  program: 'a program',
  copy: 'a copy of the kernel',
  disk: 'a disk',
  processor: 'the processor: an entry of a page table marked, or a trap frame',
  debugger: 'the debugger',
};
