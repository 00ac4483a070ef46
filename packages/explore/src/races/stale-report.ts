import type { System } from '@trap12/system';
import { commandAt } from '../processes.js';
import type { StaleTranslation } from './stale-tlb.js';

interface Where {
  function: string;
  file: string;
  line: number;
  /** Number of the step since power-on */
  step: number;
}

/** A translation that outlived its page-table entry, in words. */
export interface StaleReport {
  /** Virtual address of the page */
  page: number;
  /** The processor that has the old translation */
  cpu: number;
  /** Physical address to which the old one leads, and to which the tables do; null: nowhere */
  cached: number;
  mapped: number | null;
  /** 'used' by an access of the kernel's, or 'left' for the program that runs there */
  how: StaleTranslation['how'];
  /** Who changed the entry */
  store: Where & { process: string; cpu: number };
  /** Functions in which that process went on: where the invalidation is made, or should have been */
  next: Where[];
  /** Where it was used, or the first step of the kernel's after the turn of whoever changed it */
  seen: Where;
}

export function staleReport({ symbols, memory }: System, stale: StaleTranslation): StaleReport {
  const where = (address: number, step: number): Where => {
    const { function: within, file, line } = symbols.site(address)!;
    return { function: within.name, file, line, step };
  };
  const { page, cpu, cached, mapped, how, store } = stale;
  return {
    ...{ page, cpu, cached, how },
    mapped: mapped < 0 ? null : mapped,
    store: { ...where(store.site, store.step), process: commandAt(memory, store.context), cpu: store.cpu },
    next: store.next.map((site) => where(site, store.step)),
    seen: where(stale.site, stale.step),
  };
}

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;

export function staleText({ page, cpu, cached, mapped, how, store, next, seen }: StaleReport): string[] {
  const now =
    mapped === null ? 'is not mapped' : mapped === cached ? 'may not be written' : `is at ${hex(mapped)}`;
  const used = how === 'used' ? 'uses' : 'goes on with';
  return [
    `stale translation: cpu ${cpu} ${used} page ${hex(page)} at ${hex(cached)}, which ${now} since`,
    `  ${store.process} on cpu ${store.cpu} stored to its page-table entry`,
    `      in ${store.function} (${store.file}:${store.line})`,
    `      and went on in ${next.map((each) => `${each.function} (${each.file}:${each.line})`).join(', ')}`,
    `  missing: an invalidation on cpu ${cpu} after that, before`,
    `      ${seen.function} (${seen.file}:${seen.line})`,
  ];
}
