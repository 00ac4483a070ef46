import { hexNumber, hexOf } from '../scan.js';
import type { Frame, Hex } from '../types.js';
import type { Context } from './context.js';
import { parameters } from './prototypes.js';

/*
 * The i386 address space of FreeBSD with KERNBASE at 3 GB, without PAE. The page directory is one of the page
 * tables that it maps: slot PTDPTDI points back to it, so the page tables appear at PTDPTDI << 22.
 */
const KERNBASE = 0xc0000000;
const PTDPTDI = 0x2ff;
const KPTDI = 0x300;
const APTDPTDI = 0x3ff;
const PTMAP = PTDPTDI * 0x400000;
const SLOTS: Record<number, string> = {
  [PTDPTDI]: 'PTDPTDI, the slot through which a directory maps itself',
  [KPTDI]: 'KPTDI, the first slot of the kernel',
  [APTDPTDI]: 'APTDPTDI, the slot for the tables of another address space',
};
const NAMED = new Map<Hex, string>(
  Object.entries({
    [PTMAP]: 'the end of user space (VM_MAXUSER_ADDRESS) and the start of the recursive page tables (PTmap)',
    [PTMAP + PTDPTDI * 0x1000]: 'PTD, the current page directory as the recursive tables show it',
    [PTMAP + PTDPTDI * 0x1004]: 'PTDpde, the slot of the page directory that maps itself',
    [PTMAP + PTDPTDI * 0x1000 + APTDPTDI * 4]: 'APTDpde, the slot for another address space',
    [APTDPTDI * 0x400000]: 'APTmap, the page tables of another address space',
  }).map(([address, name]) => [hexOf(Number(address)), name]),
);

/** A fault on a word of a page directory: which slot it was, from the low bits of the address. */
export function pageDirectorySlot(c: Context): void {
  const pfault = c.frame('trap_pfault');
  const nested = c.kernelBoundary !== undefined;
  const eva = (nested ? c.argument(pfault, 'eva') : undefined) ?? c.report.trap?.faultAddress?.value;
  if (eva === undefined) return;
  const value = hexNumber(eva);
  const slot = (value & 0xfff) >>> 2;
  if (value < KERNBASE || value % 4 !== 0 || SLOTS[slot] === undefined) return;
  // The code that reads page directories is the pmap layer; anywhere else the low bits mean nothing.
  const reader = c.report.frames.slice(
    (c.kernelBoundary?.after ?? -1) + 1,
    (c.kernelBoundary?.after ?? -1) + 3,
  );
  if (!reader.some((frame) => /pmap|pte|ptbase|ptbase|pde/.test(frame.function))) return;
  const page = hexOf(value - (value % 0x1000));
  c.claim(
    'page-directory-slot',
    `${reader[0]!.function} read slot 0x${slot.toString(16)} of the page directory at ${page}, and that directory is not mapped`,
    `${eva} = ${page} + 4 * 0x${slot.toString(16)}, and 0x${slot.toString(16)} is ${SLOTS[slot]}`,
    { address: eva, directory: page, slot },
    [pfault?.span ?? c.report.trap?.faultAddress?.span, reader[0]!.span],
  );
}

/** Whose map a kernel-mode fault is looked up in. */
export function kernelMap(c: Context): void {
  const pfault = c.frame('trap_pfault');
  const fault = c.frame('vm_fault', 'vm_fault1', 'vm_fault_hold');
  const eva = c.argument(pfault, 'eva');
  const map = c.argument(fault, 'map');
  if (pfault === undefined || fault === undefined || eva === undefined || map === undefined) return;
  if (hexNumber(eva) < KERNBASE || c.argument(pfault, 'usermode') !== '0x0') return;
  c.claim(
    'kernel-map',
    `the map at ${map} is kernel_map`,
    `${fault.function} was called for ${eva}, which is above KERNBASE 0xc0000000, and trap_pfault looks such addresses up in kernel_map`,
    { map, name: 'kernel_map' },
    [fault.span, pfault.span],
  );
}

/** What vm_fault was asked for. */
export function faultType(c: Context): void {
  const fault = c.frame('vm_fault', 'vm_fault1', 'vm_fault_hold');
  const type = c.argument(fault, 'fault_type');
  if (fault === undefined || type === undefined) return;
  const bits = hexNumber(type);
  if (bits > 0xff) return;
  const names = ['VM_PROT_READ', 'VM_PROT_WRITE', 'VM_PROT_EXECUTE'].filter(
    (_, i) => (bits & (1 << i)) !== 0,
  );
  const flags = c.argument(fault, 'fault_flags');
  c.claim(
    'fault-type',
    `${fault.function} was asked for ${names.join(' | ') || 'no access'}${flags === '0x0' ? ' with no flags (VM_FAULT_NORMAL)' : ''}`,
    `its third argument is ${type}`,
    { type: bits },
    [fault.span],
  );
}

/** Arguments that are well-known addresses, and ranges that cover all of user space. */
export function namedAddresses(c: Context): void {
  const seen = new Set<Hex>();
  for (const frame of c.report.frames) {
    userRange(c, frame);
    frame.args.forEach((arg, i) => {
      const name = NAMED.get(arg);
      if (name === undefined || seen.has(arg)) return;
      seen.add(arg);
      const param = parameters(frame.function)[i];
      c.claim(
        'named-address',
        `${arg} is ${name}`,
        `PTDPTDI is 0x2ff, and 0x2ff << 22 is ${hexOf(PTMAP)}; it is ${param === undefined ? `a word on the stack of ${frame.function}` : `${param} of ${frame.function}`}`,
        { address: arg },
        [frame.span],
      );
    });
  }
}

function userRange(c: Context, frame: Frame): void {
  const from = c.argument(frame, 'sva') ?? c.argument(frame, 'start');
  const to = c.argument(frame, 'sva') === undefined ? c.argument(frame, 'end') : c.argument(frame, 'eva');
  if (from !== '0x0' || to === undefined || hexNumber(to) !== PTMAP) return;
  c.claim(
    'whole-user-space',
    `${frame.function} works on all of user space, 0 to ${to}`,
    `its range starts at 0 and ends at VM_MAXUSER_ADDRESS ${to}`,
    { from, to },
    [frame.span],
  );
}

/** vm_daemon deactivates down to 0 pages only what is swapped out. */
export function deactivateAll(c: Context): void {
  const frame = c.frame('vm_pageout_map_deactivate_pages');
  if (frame === undefined || c.argument(frame, 'desired') !== '0x0') return;
  c.claim(
    'swapped-out',
    'the process whose map is walked was swapped out',
    'vm_daemon asks for 0 resident pages (desired is 0) of processes that are not in memory, and for their limit of all others',
    { desired: 0 },
    [frame.span],
  );
}
