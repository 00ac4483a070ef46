/** procstat -v: the entries of a map (procstat_vm.c). */
import { PG_FRAME, PG_V } from '../../../../kernel/src/i386/pmap.h.js';
import { NPTEPG, PAGE_SHIFT, PAGE_SIZE, PDRSHIFT } from '../../../../kernel/src/sys/param.h.js';
import type { kinfo_proc } from '../../../../kernel/src/sys/user.h.js';
import type { vm_map_entry, vmspace } from '../../../../kernel/src/vm/vm_map.h.js';
import {
  MAP_ENTRY_COW,
  MAP_ENTRY_IS_SUB_MAP,
  MAP_ENTRY_NEEDS_COPY,
  MAP_ENTRY_STACK,
  MAP_ENTRY_USER_WIRED,
} from '../../../../kernel/src/vm/vm_map.h.js';
import type { vm_object } from '../../../../kernel/src/vm/vm_object.h.js';
import { OBJT_DEAD } from '../../../../kernel/src/vm/vm_object.h.js';
import { VM_PROT_EXECUTE, VM_PROT_READ, VM_PROT_WRITE } from '../../../../kernel/src/vm/vm_param.h.js';
import { warn, warnx } from '../../lib/libc/gen/err.js';
import { printf } from '../../lib/libc/stdio/printf.js';
import { putchar } from '../../lib/libc/stdio/putc.js';
import type { kvm_t } from '../../lib/libkvm/kvm.h.js';
import { kvm_read, kvm_read_physical } from '../../lib/libkvm/kvm_read.js';

/** The page table that was read last, and for which address; valid where `ptfor` is that of a table. */
let pt: array<u32, 1024>;
let ptfor: u32 = 1;

let typenames: array<str, 6> = $init(['df', 'sw', 'vn', 'dv', 'ph', 'dd']);

/** Reads the page table for `va`. False if there is none. */
function page_table(kd: kvm_t, pdir: u32, va: u32): boolean {
  const pde = $var<u32>();
  const base = (va >>> PDRSHIFT) << PDRSHIFT;
  if (ptfor === base) return true;
  if (kvm_read(kd, pdir + 4 * (va >>> PDRSHIFT), $addr(pde), 4) !== 4 || (pde[0] & PG_V) === 0) return false;
  if (kvm_read_physical(kd, pde[0] & PG_FRAME, $addr(pt), 4 * NPTEPG) !== 4 * NPTEPG) return false;
  ptfor = base;
  return true;
}

/** How many pages of a range have an entry in the process's page tables. */
function resident(kd: kvm_t, pdir: u32, from: u32, end: u32): int {
  let n = 0;
  let va = from;
  while (va < end) {
    if (!page_table(kd, pdir, va)) {
      va = ((va >>> PDRSHIFT) + 1) << PDRSHIFT;
      continue;
    }
    if ((pt[(va >>> PAGE_SHIFT) % NPTEPG] & PG_V) !== 0) n++;
    va += PAGE_SIZE;
  }
  return n;
}

/** One line. */
function show_entry(kd: kvm_t, pid: int, e: vm_map_entry, pdir: u32): void {
  const object = $local<vm_object>();
  const isobject = (e.eflags & MAP_ENTRY_IS_SUB_MAP) === 0 && $addr(e.object) !== 0;
  const known = isobject && kvm_read(kd, $addr(e.object), $addr(object), $sizeof<vm_object>()) > 0;
  const prot = e.protection;
  const eflags = e.eflags;
  printf('%5d 0x%08x 0x%08x ', pid, e.start, e.end);
  putchar((prot & VM_PROT_READ) !== 0 ? $ch('r') : $ch('-'));
  putchar((prot & VM_PROT_WRITE) !== 0 ? $ch('w') : $ch('-'));
  putchar((prot & VM_PROT_EXECUTE) !== 0 ? $ch('x') : $ch('-'));
  printf(' %4d', resident(kd, pdir, e.start, e.end));
  if (known) {
    const own = object.ref_count === 1 && object.shadow_count === 0;
    printf(' %4d %3d %3d ', own ? object.resident_page_count : 0, object.ref_count, object.shadow_count);
  } else printf('    0   0   0 ');
  putchar((eflags & MAP_ENTRY_COW) !== 0 ? $ch('C') : $ch('-'));
  putchar((eflags & MAP_ENTRY_NEEDS_COPY) !== 0 ? $ch('N') : $ch('-'));
  putchar((eflags & MAP_ENTRY_STACK) !== 0 || e.avail_ssize > 0 ? $ch('D') : $ch('-'));
  putchar((eflags & MAP_ENTRY_USER_WIRED) !== 0 ? $ch('W') : $ch('-'));
  printf(' %s\n', known && object.type <= OBJT_DEAD ? typenames[object.type] : '--');
}

/** Prints the map of a process; 0, or 1 after a complaint. */
export function procstat_vm(kd: kvm_t, kp: kinfo_proc, heading: boolean): int {
  const vm = $local<vmspace>();
  const e = $local<vm_map_entry>();
  const first = kp.ki_vmspace;
  if (kvm_read(kd, first, $addr(vm), $sizeof<vmspace>()) < 0) {
    warn('%d', kp.ki_pid);
    return 1;
  }
  if (heading) printf('  PID      START        END PRT  RES PRES REF SHD FLAG TP\n');
  let at = $addr(vm.vm_map.header.next);
  ptfor = 1;
  /*
   * The list may change while it is read: no more entries than there were, and none that lies outside the
   * map.
   */
  for (let i = 0; i < vm.vm_map.nentries && at !== first; i++) {
    const got = kvm_read(kd, at, $addr(e), $sizeof<vm_map_entry>());
    if (got < 0 || e.start < vm.vm_map.header.start || e.end > vm.vm_map.header.end || e.start >= e.end) {
      warnx('%d: its map has changed while it was read', kp.ki_pid);
      return 1;
    }
    show_entry(kd, kp.ki_pid, e, $addr(vm.vm_pmap.pm_pdir));
    at = $addr(e.next);
  }
  return 0;
}
