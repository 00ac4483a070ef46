import {
  KERNEL_START,
  processArgument,
  queue,
  type ShowCommand,
  type ShowContext,
  ShowError,
  structArgument,
} from '../../host/show.js';
import { bits, processName, ptr } from '../kern/db_tools.js';
import { BadAddress, type Memory, SystemTarget } from '../../host/target.js';
import { pageLine, pageOf } from '../vm/db_page.js';

const PTDPTDI = 0x2ff;
const APTDPTDI = 0x3ff;
const PTMAP = 0xbfc00000;
const PTDPDE = 0xbfeffbfc;
const APTDPDE = 0xbfeffffc;
const PAGE = 4096;
const V = 0x1;
const RW = 0x2;
const U = 0x4;
const PS = 0x80;
const MANAGED = 0x400;
const BITS = { V, RW, U, PWT: 0x8, PCD: 0x10, A: 0x20, M: 0x40, PS, G: 0x100, W: 0x200, MANAGED };

const frameOf = (entry: number): number => (entry & 0xfffff000) >>> 0;

/** `0x00456067 frame 0x456000 <V,RW,U,A,M>` */
function entryText(entry: number): string {
  return `${`0x${(entry >>> 0).toString(16).padStart(8, '0')}`} frame ${ptr(frameOf(entry))} <${bits(entry & 0xfff, BITS)}>`;
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
  const self = tryWord(memory, va + 4 * PTDPTDI);
  return { va, frame: self === undefined || (self & V) === 0 ? undefined : frameOf(self) };
}

/** The frame that the kernel's own map has at `va`, by the directory of the stopped CPU. */
function kernelFrame(memory: Memory, va: number): number | undefined {
  const pde = physicalWord(memory, memory.target.cr3 + (va >>> 22) * 4) ?? 0;
  if ((pde & V) === 0) return undefined;
  if ((pde & PS) !== 0) return ((pde & 0xffc00000) | (va & 0x3ff000)) >>> 0;
  const pte = physicalWord(memory, frameOf(pde) + ((va >>> 12) & 1023) * 4) ?? 0;
  return (pte & V) === 0 ? undefined : frameOf(pte);
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
    return kernelFrame(memory, dir.va);
  }
  const mapped = kernelFrame(memory, dir.va);
  if (mapped !== undefined && mapped !== dir.frame)
    context.print(
      ` *** pm_pdir lies in frame ${ptr(mapped)}, but its entry ${ptr(PTDPTDI)} says ${ptr(dir.frame)} ***`,
    );
  return dir.frame;
}

/** The directory's user part: one line a page-table page. */
function printTables(context: ShowContext, frame: number, all: boolean): void {
  const { memory } = context;
  for (let i = 0; i < APTDPTDI; i++) {
    if (i === PTDPTDI || (!all && i >= KERNEL_START >>> 22)) continue;
    const pde = physicalWord(memory, frame + 4 * i);
    if (pde === undefined || (pde & V) === 0) continue;
    const va = i * 0x400000;
    if ((pde & PS) !== 0) {
      context.print(` ${ptr(va)}: pde ${entryText(pde)} 4 MB page`);
      continue;
    }
    const used = validEntries(memory, frameOf(pde));
    context.print(
      ` ${ptr(va)}: pde ${entryText(pde)} ${used === undefined ? '*** behind the end of RAM ***' : `${used} pages`}`,
    );
  }
}

function validEntries(memory: Memory, frame: number): number | undefined {
  if (frame + PAGE > memory.target.ramBytes) return undefined;
  const table = memory.target.readPhysical(frame, PAGE);
  let n = 0;
  for (let i = 0; i < PAGE; i += 4) if ((table[i]! & V) !== 0) n++;
  return n;
}

/** The walk as the processor would do it. Returns the entry that decides, if there is one. */
function walk(context: ShowContext, frame: number, va: number): { pte: number; rights: number } | undefined {
  const { memory } = context;
  const pdePa = frame + (va >>> 22) * 4;
  const pde = physicalWord(memory, pdePa);
  if (pde === undefined) {
    context.print(`  *** directory behind the end of RAM ***`);
    return undefined;
  }
  context.print(`  pde ${ptr(va >>> 22)} @ ${ptr(pdePa)}: ${entryText(pde)}`);
  if ((pde & V) === 0) return undefined;
  if ((pde & PS) !== 0) return { pte: ((pde & 0xffc00fff) | (va & 0x3ff000)) >>> 0, rights: pde };
  const ptePa = frameOf(pde) + ((va >>> 12) & 1023) * 4;
  const pte = physicalWord(memory, ptePa);
  if (pte === undefined) {
    context.print(`  *** page table behind the end of RAM ***`);
    return undefined;
  }
  context.print(`  pte ${ptr((va >>> 12) & 1023)} @ ${ptr(ptePa)}: ${entryText(pte)}`);
  return { pte, rights: pde & pte };
}

/** What the kernel sees of it through PTmap or APTmap, if one of them shows this directory. */
function printKernelView(context: ShowContext, frame: number, va: number, pte: number | undefined): void {
  const { memory } = context;
  const slot = PTMAP + (va >>> 12) * 4;
  const current = tryWord(memory, PTDPDE);
  const alternate = tryWord(memory, APTDPDE);
  if (current !== undefined && frameOf(current) === frame) {
    const seen = tryWord(memory, slot);
    context.print(
      `  PTmap: pte @ ${ptr(slot)} ${seen === undefined ? 'not mapped: no page table' : `= ${ptr(seen)}`}`,
    );
    if (seen !== undefined && pte !== undefined && seen !== pte)
      context.print('  *** PTmap and the walk disagree ***');
  } else if (alternate !== undefined && (alternate & V) !== 0 && frameOf(alternate) === frame) {
    const at = (0xffc00000 + (va >>> 12) * 4) >>> 0;
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
  if ((pte & MANAGED) === 0) return;
  const page = frameOf(va);
  for (const pv of queue(memory, memory.address('vm_page', m, 'md_pv_list'), 'pv_entry', 'pv_list'))
    if (memory.field('pv_entry', pv, 'pv_pmap') === pmap && memory.field('pv_entry', pv, 'pv_va') === page)
      return;
  context.print('  *** a managed mapping without a pv entry ***');
}

interface TlbRights {
  cpu: number;
  kr: number;
  kw: number;
  ur: number;
  uw: number;
}

/** What the TLBs hold for a page: the running CPU's, and those of others that have the same directory loaded. */
function tlbEntries(memory: Memory, frame: number, va: number): TlbRights[] {
  const { target } = memory;
  if (!(target instanceof SystemTarget)) return [];
  const { machine } = target.system;
  const vpn = va >>> 12;
  const found: TlbRights[] = [];
  for (const cpu of machine.cpus) {
    const running = cpu === machine.cpu;
    const cr3 = running ? machine.mmu.cr3 : cpu.savedTlb.cr3;
    if (cr3 >>> 0 !== frame && va < KERNEL_START) continue;
    const { mmu } = machine;
    if (running)
      found.push({ cpu: cpu.id, kr: mmu.kr[vpn]!, kw: mmu.kw[vpn]!, ur: mmu.ur[vpn]!, uw: mmu.uw[vpn]! });
    const { entries, dropped } = cpu.savedTlb;
    const e = running || dropped.includes(vpn) ? [] : entries;
    for (let i = 0; i < e.length; i += 5)
      if (e[i] === vpn)
        found.push({ cpu: cpu.id, kr: e[i + 1]!, kw: e[i + 2]!, ur: e[i + 3]!, uw: e[i + 4]! });
  }
  return found.filter((t) => t.kr >= 0 || t.ur >= 0);
}

function printTlb(
  context: ShowContext,
  frame: number,
  va: number,
  found: { pte: number; rights: number } | undefined,
): void {
  const { memory } = context;
  if (!(memory.target instanceof SystemTarget)) return;
  const entries = tlbEntries(memory, frame, va);
  if (entries.length === 0) context.print('  TLB: no entry');
  for (const t of entries) {
    const rights = [
      ['kr', t.kr],
      ['kw', t.kw],
      ['ur', t.ur],
      ['uw', t.uw],
    ].filter(([, pa]) => (pa as number) >= 0);
    context.print(
      `  TLB of CPU ${t.cpu}: frame ${ptr(t.kr >= 0 ? t.kr : t.ur)} <${rights.map(([name]) => name).join(',')}>`,
    );
    for (const odd of disagreements(t, found)) context.print(`  *** stale: ${odd} ***`);
  }
}

/** A TLB may forget, but what it has must be in the tables. */
function disagreements(t: TlbRights, found: { pte: number; rights: number } | undefined): string[] {
  if (found === undefined || (found.rights & V) === 0) return ['the page is not in the tables'];
  const odd: string[] = [];
  if (frameOf(t.kr >= 0 ? t.kr : t.ur) !== frameOf(found.pte))
    odd.push(`the tables say frame ${ptr(frameOf(found.pte))}`);
  if ((t.kw >= 0 || t.uw >= 0) && (found.rights & RW) === 0) odd.push('the tables forbid writing');
  if (t.ur >= 0 && (found.rights & U) === 0) odd.push('the tables forbid user access');
  return odd;
}

/** The pmap that the first argument means: a pid's, one at an address, that of a vmspace. */
function pmapArgument(context: ShowContext): number {
  const { memory } = context;
  const value = structArgument(context, 'pmap');
  if (value === undefined) throw new ShowError('usage: show pmap pid | address [va]');
  if (value >= KERNEL_START) return value;
  const p = processArgument(memory, value);
  const vm = memory.field('proc', p, 'p_vmspace');
  if (vm === 0) throw new ShowError(`${processName(memory, p)} has no address space`);
  return memory.address('vmspace', vm, 'vm_pmap');
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
    if (found !== undefined && (found.pte & V) !== 0) printPageOf(context, pmap, va >>> 0, found.pte);
    printTlb(context, frame, va >>> 0, found);
  },
};
