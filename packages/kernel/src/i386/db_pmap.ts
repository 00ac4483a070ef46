import {
  BadAddress,
  kernelConstants,
  kernelFlags,
  type Memory,
  type TargetCpu,
  type TlbEntry,
} from '@trap12/target';
import { guarded } from '../../host/rows.js';
import {
  follow,
  isKernelAddress,
  mayBeOf,
  needStruct,
  processArgument,
  processes,
  queue,
  type ShowCommand,
  type ShowContext,
  ShowError,
  reasonOf,
  structArgument,
  structAt,
} from '../../host/show.js';
import { bits, processName, ptr } from '../kern/db_tools.js';
import { pageLine, pageOf } from '../vm/db_page.js';

const K = kernelConstants(
  'APTDPTDI',
  'APTDpde',
  'APTmap',
  'KERNBASE',
  'NBPDR',
  'PAGE_SIZE',
  'PG_MANAGED',
  'PG_PS',
  'PG_RW',
  'PG_U',
  'PG_V',
  'PTDPTDI',
  'PTDpde',
  'PTmap',
);
const ENTRY_BITS = kernelFlags(
  'PG_',
  'V',
  'RW',
  'U',
  'NC_PWT',
  'NC_PCD',
  'A',
  'M',
  'PS',
  'G',
  'W',
  'MANAGED',
);
/** The i386's page frames: the upper 20 bits of an entry, and of an address. */
const frameOf = (entry: number): number => (entry & 0xfffff000) >>> 0;

/** `0x00456067 frame 0x456000 <V,RW,U,A,M>` */
function entryText(memory: Memory, entry: number): string {
  return `${`0x${(entry >>> 0).toString(16).padStart(8, '0')}`} frame ${ptr(frameOf(entry))} <${bits(entry & 0xfff, ENTRY_BITS(memory))}>`;
}

/** A word that may not be mapped. */
function tryWord(memory: Memory, va: number): number | undefined {
  try {
    return memory.u32(va);
  } catch (error) {
    if (error instanceof BadAddress) return undefined;
    throw error;
  }
}

/** A word of physical memory; undefined behind its end. */
function physicalWord(memory: Memory, pa: number): number | undefined {
  if (pa + 4 > memory.target.ramBytes) return undefined;
  const b = memory.target.readPhysical(pa, 4);
  return b.length < 4 ? undefined : (b[0]! | (b[1]! << 8) | (b[2]! << 16) | (b[3]! << 24)) >>> 0;
}

/** Where a physical map's directory is: the frame, if it can be told. */
function directory(context: ShowContext, pmap: number): { va: number; frame: number | undefined } {
  const { memory } = context;
  const va = memory.field('pmap', pmap, 'pm_pdir');
  if (va === 0) return { va, frame: undefined };
  const { PG_V, PTDPTDI } = K(memory);
  const self = tryWord(memory, va + 4 * PTDPTDI);
  return { va, frame: self === undefined || (self & PG_V) === 0 ? undefined : frameOf(self) };
}

/** The frame that the kernel's own map has at `va`, by the directory of the stopped CPU. */
export function kernelFrame(memory: Memory, va: number): number | undefined {
  const { PG_PS, PG_V } = K(memory);
  const pde = physicalWord(memory, memory.target.cpu.cr3 + (va >>> 22) * 4) ?? 0;
  if ((pde & PG_V) === 0) return undefined;
  if ((pde & PG_PS) !== 0) return ((pde & 0xffc00000) | (va & 0x3ff000)) >>> 0;
  const pte = physicalWord(memory, frameOf(pde) + ((va >>> 12) & 1023) * 4) ?? 0;
  return (pte & PG_V) === 0 ? undefined : frameOf(pte);
}

function printPmap(context: ShowContext, pmap: number): number | undefined {
  const { memory } = context;
  const get = (field: string): number => memory.field('pmap', pmap, field);
  const dir = directory(context, pmap);
  const where = dir.frame === undefined ? 'frame unknown' : `frame ${ptr(dir.frame)}`;
  context.print(
    `pmap ${ptr(pmap)}: pm_pdir=${ptr(dir.va)} (${where}), active=${ptr(get('pm_active'))}, refs=${get('pm_count')}, resident=${get('pm_resident_count')}, wired=${get('pm_wired_count')}, pteobj=${ptr(get('pm_pteobj'))}`,
  );
  if (dir.frame === undefined) {
    context.print(
      ` *** the page directory at ${ptr(dir.va)} is not mapped in the kernel, or does not map itself ***`,
    );
    // Where neither speaks for a directory, its entries would be a thousand lines of anything.
    return mayBeOf(() => pmaps(memory), pmap) ? kernelFrame(memory, dir.va) : undefined;
  }
  const mapped = kernelFrame(memory, dir.va);
  if (mapped !== undefined && mapped !== dir.frame)
    context.print(
      ` *** pm_pdir lies in frame ${ptr(mapped)}, but its entry ${ptr(K(memory).PTDPTDI)} says ${ptr(dir.frame)} ***`,
    );
  return dir.frame;
}

/** So many entries that lead out of RAM are shown: a directory of which more do is none. */
const OUTSIDE_MAX = 16;

/** The directory's user part: one line a page-table page. */
function printTables(context: ShowContext, frame: number, all: boolean): void {
  const { memory } = context;
  const { APTDPTDI, KERNBASE, NBPDR, PG_V, PTDPTDI } = K(memory);
  let outside = 0;
  for (let i = 0; i < APTDPTDI; i++) {
    const va = i * NBPDR;
    if (i === PTDPTDI || (!all && va >= KERNBASE)) continue;
    const pde = physicalWord(memory, frame + 4 * i);
    if (pde === undefined || (pde & PG_V) === 0) continue;
    const leads = leadsTo(memory, pde);
    if (leads === undefined && ++outside > OUTSIDE_MAX) continue;
    context.print(` ${ptr(va)}: pde ${entryText(memory, pde)} ${leads ?? '*** behind the end of RAM ***'}`);
  }
  if (outside > OUTSIDE_MAX)
    context.print(` *** ${outside - OUTSIDE_MAX} more entries lead behind the end of RAM ***`);
}

/** What an entry of the directory leads to; undefined: it lies behind the end of RAM. */
function leadsTo(memory: Memory, pde: number): string | undefined {
  const { NBPDR, PG_PS } = K(memory);
  if ((pde & PG_PS) === 0) {
    const used = validEntries(memory, frameOf(pde));
    return used === undefined ? undefined : `${used} pages`;
  }
  const first = (pde & -NBPDR) >>> 0;
  return first >= memory.target.ramBytes ? undefined : '4 MB page';
}

function validEntries(memory: Memory, frame: number): number | undefined {
  const { PAGE_SIZE, PG_V } = K(memory);
  if (frame + PAGE_SIZE > memory.target.ramBytes) return undefined;
  const table = memory.target.readPhysical(frame, PAGE_SIZE);
  let n = 0;
  for (let i = 0; i < PAGE_SIZE; i += 4) if ((table[i]! & PG_V) !== 0) n++;
  return n;
}

/** The walk as the processor would do it. Returns the entry that decides, if there is one. */
function walk(context: ShowContext, frame: number, va: number): Walked {
  const { memory } = context;
  const pdePa = frame + (va >>> 22) * 4;
  const pde = physicalWord(memory, pdePa);
  if (pde === undefined) {
    context.print(`  *** directory behind the end of RAM ***`);
    return undefined;
  }
  context.print(`  pde ${ptr(va >>> 22)} @ ${ptr(pdePa)}: ${entryText(memory, pde)}`);
  const { PG_PS, PG_V } = K(memory);
  if ((pde & PG_V) === 0) return undefined;
  if ((pde & PG_PS) !== 0) return { pte: ((pde & 0xffc00fff) | (va & 0x3ff000)) >>> 0, rights: pde };
  const ptePa = frameOf(pde) + ((va >>> 12) & 1023) * 4;
  const pte = physicalWord(memory, ptePa);
  if (pte === undefined) {
    context.print(`  *** page table behind the end of RAM ***`);
    return undefined;
  }
  context.print(`  pte ${ptr((va >>> 12) & 1023)} @ ${ptr(ptePa)}: ${entryText(memory, pte)}`);
  return { pte, rights: pde & pte };
}

/** What the kernel sees of it through PTmap or APTmap, if one of them shows this directory. */
function printKernelView(context: ShowContext, frame: number, va: number, pte: number | undefined): void {
  const { memory } = context;
  const { APTDpde, APTmap, PG_V, PTDpde, PTmap } = K(memory);
  const slot = PTmap + (va >>> 12) * 4;
  const current = tryWord(memory, PTDpde);
  const alternate = tryWord(memory, APTDpde);
  if (current !== undefined && frameOf(current) === frame) {
    const seen = tryWord(memory, slot);
    context.print(
      `  PTmap: pte @ ${ptr(slot)} ${seen === undefined ? 'not mapped: no page table' : `= ${ptr(seen)}`}`,
    );
    if (seen !== undefined && pte !== undefined && seen !== pte)
      context.print('  *** PTmap and the walk disagree ***');
  } else if (alternate !== undefined && (alternate & PG_V) !== 0 && frameOf(alternate) === frame) {
    const at = (APTmap + (va >>> 12) * 4) >>> 0;
    context.print(
      `  APTmap: pte @ ${ptr(at)} ${tryWord(memory, at) === undefined ? 'not mapped' : `= ${ptr(tryWord(memory, at)!)}`}`,
    );
  } else context.print('  neither PTmap nor APTmap shows this directory');
}

/** The frame's page structure, and whether its list of mappings has this one. */
function printPageOf(context: ShowContext, pmap: number, va: number, pte: number): void {
  const { memory } = context;
  const m = pageOf(context, frameOf(pte));
  if (m === undefined || memory.field('vm_page', m, 'phys_addr') !== frameOf(pte)) {
    context.print(`  frame ${ptr(frameOf(pte))} is none of the vm system's pages`);
    return;
  }
  context.print(`  ${pageLine(context, m)}`);
  if ((pte & K(memory).PG_MANAGED) === 0) return;
  const page = frameOf(va);
  const { elements, broken } = follow('md_pv_list', () =>
    queue(memory, memory.address('vm_page', m, 'md_pv_list'), 'pv_entry', 'pv_list'),
  );
  for (const pv of elements)
    if (memory.field('pv_entry', pv, 'pv_pmap') === pmap && memory.field('pv_entry', pv, 'pv_va') === page)
      return;
  context.print(`  *** ${broken ?? 'a managed mapping without a pv entry'} ***`);
}

/** What is found at the end of a walk. */
type Walked = { pte: number; rights: number } | undefined;

function printTlb(context: ShowContext, frame: number, va: number, found: Walked): void {
  const { memory } = context;
  const known = memory.target.cpus.filter((cpu) => cpu.tlb !== undefined);
  if (known.length === 0) {
    context.print('  TLB: not known, no dump has it');
    return;
  }
  let entries = 0;
  for (const cpu of known) {
    // Another directory's entry for a user address is another page's.
    if (cpu.cr3 >>> 0 !== frame && !isKernelAddress(memory, va)) continue;
    const entry = cpu.tlb!(va);
    if (entry === undefined) continue;
    entries++;
    printTlbEntry(context, cpu, entry, found);
  }
  if (entries === 0) context.print('  TLB: no entry');
}

function printTlbEntry(context: ShowContext, cpu: TargetCpu, entry: TlbEntry, found: Walked): void {
  const rights = [
    ['kr', entry.kernelRead],
    ['kw', entry.kernelWrite],
    ['ur', entry.userRead],
    ['uw', entry.userWrite],
  ] as const;
  const names = rights.filter(([, pa]) => pa >= 0).map(([name]) => name);
  context.print(`  TLB of CPU ${cpu.id}: frame ${ptr(entryFrame(entry))} <${names.join(',')}>`);
  for (const odd of disagreements(context.memory, entry, found)) context.print(`  *** stale: ${odd} ***`);
}

const entryFrame = (t: TlbEntry): number => (t.kernelRead >= 0 ? t.kernelRead : t.userRead);

/** A TLB may forget, but what it has must be in the tables. */
function disagreements(memory: Memory, t: TlbEntry, found: Walked): string[] {
  const { PG_RW, PG_U, PG_V } = K(memory);
  if (found === undefined || (found.rights & PG_V) === 0) return ['the page is not in the tables'];
  const odd: string[] = [];
  if (frameOf(entryFrame(t)) !== frameOf(found.pte))
    odd.push(`the tables say frame ${ptr(frameOf(found.pte))}`);
  if ((t.kernelWrite >= 0 || t.userWrite >= 0) && (found.rights & PG_RW) === 0)
    odd.push('the tables forbid writing');
  if (t.userRead >= 0 && (found.rights & PG_U) === 0) odd.push('the tables forbid user access');
  return odd;
}

/** The physical maps in use: the kernel's, and those of its processes. */
function* pmaps(memory: Memory): Generator<number> {
  yield memory.global('kernel_pmap');
  for (const p of processes(memory)) {
    const vm = memory.field('proc', p, 'p_vmspace');
    if (vm !== 0) yield memory.address('vmspace', vm, 'vm_pmap');
  }
}

/** The pmap that the first argument means: a pid's, one at an address, that of a vmspace. */
function pmapArgument(context: ShowContext): number {
  const { memory } = context;
  const value = structArgument(context, 'pmap');
  if (value === undefined) throw new ShowError('usage: show pmap pid | address [va]');
  if (isKernelAddress(memory, value)) {
    const pmap = needStruct(context, 'pmap', 'pmap');
    if (!mayBeOf(() => pmaps(memory), pmap))
      context.print(`*** ${ptr(pmap)} is the pmap of no process, and not the kernel's ***`);
    return pmap;
  }
  const p = processArgument(context, value);
  const vm = memory.field('proc', p, 'p_vmspace');
  if (vm === 0) throw new ShowError(`${processName(memory, p)} has no address space`);
  try {
    return memory.address('vmspace', structAt(memory, vm, ['vmspace'], 'vmspace'), 'vm_pmap');
  } catch (error) {
    throw new ShowError(`*** p_vmspace of ${processName(memory, p)}: ${reasonOf(error)} ***`);
  }
}

export const showPmap: ShowCommand = {
  name: 'pmap',
  usage: '[/f] pid | address [va]',
  help: 'a physical map and its page tables (/f: the kernel part too); with va, the walk of that address and who sees what',
  run(context) {
    const pmap = pmapArgument(context);
    const frame = printPmap(context, pmap);
    const va = context.args[1];
    if (frame === undefined) return;
    if (va === undefined) {
      const kernel = pmap === context.memory.global('kernel_pmap');
      printTables(context, frame, kernel || context.modifiers.includes('f'));
      return;
    }
    context.print(` va ${ptr(va)}:`);
    const found = walk(context, frame, va >>> 0);
    printKernelView(context, frame, va >>> 0, found?.pte);
    if (found !== undefined && (found.pte & K(context.memory).PG_V) !== 0)
      guarded(context, 'page', () => printPageOf(context, pmap, va >>> 0, found.pte));
    printTlb(context, frame, va >>> 0, found);
  },
};
