import { kernelConstants, type Target } from '@trap12/target';

const K = kernelConstants('PAGE_SIZE', 'PG_FRAME', 'PG_PS', 'PG_V', 'PTDPTDI');

/** Pages that follow each other both in virtual and in physical memory. */
export interface Mapping {
  va: number;
  pa: number;
  bytes: number;
}

/**
 * The kernel's part of the address space that a target's CPU has loaded, in ascending order: from the window
 * onto its page tables (PTmap) up. What is mapped to where there is no memory, or to a page that is not in a
 * dump, is left out.
 */
export function kernelMappings(target: Target): Mapping[] {
  const { PAGE_SIZE, PG_PS, PG_V, PTDPTDI } = K(target);
  const frame = K(target).PG_FRAME >>> 0;
  const entries = PAGE_SIZE / 4;
  const out: Mapping[] = [];
  const add = (va: number, pa: number, bytes: number): void => {
    if (pa + bytes > target.ramBytes || !isThere(target, pa)) return;
    const last = out.at(-1);
    if (last !== undefined && last.va + last.bytes === va && last.pa + last.bytes === pa) last.bytes += bytes;
    else out.push({ va, pa, bytes });
  };
  const directory = words(target, target.cpu.cr3 & frame);
  for (let i = PTDPTDI; i < entries && i < directory.length; i++) {
    const pde = directory[i]!;
    const va = i * entries * PAGE_SIZE;
    if ((pde & PG_V) === 0) continue;
    if ((pde & PG_PS) !== 0) {
      add(va, (pde & 0xffc00000) >>> 0, entries * PAGE_SIZE);
      continue;
    }
    words(target, pde & frame).forEach((pte, n) => {
      if ((pte & PG_V) !== 0) add(va + n * PAGE_SIZE, (pte & frame) >>> 0, PAGE_SIZE);
    });
  }
  return out;
}

const isThere = (target: Target, pa: number): boolean => target.readPhysical(pa, 1).length === 1;

/** The words of the page at a physical address; none where memory has ended. */
function words(target: Target, pa: number): Uint32Array {
  const bytes = target.readPhysical(pa >>> 0, K(target).PAGE_SIZE);
  return new Uint32Array(bytes.slice().buffer);
}
