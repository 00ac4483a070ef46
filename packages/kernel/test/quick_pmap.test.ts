import { createSystem, type System } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { beforeAll, beforeEach, expect, it } from 'vitest';

/*
 * The kernel as built stands in a system call of a program, and functions of the physical map are called:
 * what is left of the mapping of a page that the program has written to, in the page table, the TLB and
 * struct vm_page? Nothing is compiled for it.
 */

const PAGE_SIZE = 4096;
const [PG_V, PG_RW, PG_M] = [0x01, 0x02, 0x40];
/** Where page tables are mapped; behind the last page of the program's stack. */
const PTMAP = 0xbfc00000;
const VM_PAGE_BITS_ALL = 0xff;
const VM_PROT_READ = 1;

let system: System;
let begin: ReturnType<System['machine']['save']>;
let pmap = 0;
/** The page in use of the program's stack, and its struct vm_page */
let va = 0;
let m = 0;

function pte(): number {
  const pde = system.memory.u32(system.memory.field('pmap', pmap, 'pm_pdir') + 4 * (va >>> 22));
  return (pde & PG_V) === 0 ? 0 : system.memory.u32(PTMAP + 4 * (va >>> 12));
}
/** For whom the TLB has the page: reads and writes of the supervisor, reads and writes of the user. */
const inTlb = (): boolean[] => system.machine.mmu.entry(va >>> 12).map((frame) => frame >= 0);
const dirty = (): number => system.memory.field('vm_page', m, 'dirty');
function call(name: string, ...args: number[]): void {
  system.target.execution!.call(system.symbols.address(name), args);
}

beforeAll(async () => {
  system = createSystem(await loadKernel(undefined, 'checked'), {
    ramBytes: 8 << 20,
    swapBytes: 0,
    locking: 'giant',
    command: 'true',
  });
  const { machine, memory, symbols, target } = system;
  // A call under Giant, whose arguments the program has just written to its stack.
  target.execution!.break(symbols.address('wait4'), 1, true);
  expect(machine.run(30e9)).toBe('step');
  const curproc = memory.field('pcpu', symbols.address('__globaldata'), 'curproc');
  pmap = memory.address('vmspace', memory.field('proc', curproc, 'p_vmspace'), 'vm_pmap');
  for (va = PTMAP - PAGE_SIZE; !inTlb()[3]; ) va -= PAGE_SIZE;
  const index = (pte() >>> 12) - memory.global('first_page');
  m = memory.global('vm_page_array') + index * symbols.struct('vm_page').size;
  begin = machine.save();
});

beforeEach(() => {
  system.machine.restore(begin);
  // Only the entry says that it was written to, and the TLB lets the program write to it again.
  system.memory.target.write(system.memory.address('vm_page', m, 'dirty'), Uint8Array.of(0));
  expect([pte() & PG_M, dirty(), inTlb().slice(2)]).toEqual([PG_M, 0, [true, true]]);
});

const nobody = [false, false, false, false];

it('a page that is removed: is it out of the TLB, and known to have been written to?', () => {
  call('pmap_remove', pmap, va, va + PAGE_SIZE);
  expect([pte(), inTlb(), dirty()]).toEqual([0, nobody, VM_PAGE_BITS_ALL]);
});

it('a range that is removed', () => {
  call('pmap_remove', pmap, va - PAGE_SIZE, va + PAGE_SIZE);
  expect([pte(), inTlb(), dirty()]).toEqual([0, nobody, VM_PAGE_BITS_ALL]);
});

it('a page that is taken from all who have it', () => {
  call('pmap_remove_all', m);
  expect([pte(), inTlb(), dirty()]).toEqual([0, nobody, VM_PAGE_BITS_ALL]);
});

it('a page that becomes read-only', () => {
  call('pmap_protect', pmap, va, va + PAGE_SIZE, VM_PROT_READ);
  expect([pte() & (PG_V | PG_RW), inTlb()[3], dirty()]).toEqual([PG_V, false, VM_PAGE_BITS_ALL]);
});
