import { describe, expect, it } from 'vitest';
import { kernelTests } from './module.js';

/**
 * The physical map with nothing above it: pages of an object of ours are entered where the process has no map
 * entry.
 */
const TEST = `
const AT: u32 = 0x30000000;
const TABLE: u32 = 0x400000; // what a page table maps
const T_RW = VM_PROT_READ | VM_PROT_WRITE;
let t_object: vm_object = null;
let t_me: pmap = null;
/** Maps of nobody, and what to find there. */
let t_other: vmspace = null;
let t_third: vmspace = null;
let t_window: u32 = 0;

/** Page i of the object: whole, clean, in nobody's hands, its first word set. */
function* t_page(i: u32, word: u32): Sleeps<vm_page> {
  const m = yield* t_clean_page(t_object, i);
  pmap_zero_page(VM_PAGE_TO_PHYS(m));
  t_put(m, word);
  return m;
}
function t_put(m: vm_page, word: u32): void {
  pmap_kenter(t_window, VM_PAGE_TO_PHYS(m));
  $st32(t_window, $i32(word));
  pmap_kremove(t_window);
}
function t_word(m: vm_page, offset: u32): u32 {
  pmap_kenter(t_window, VM_PAGE_TO_PHYS(m));
  const word = $ld32(t_window + offset);
  pmap_kremove(t_window);
  return word;
}
function t_word_of(m: vm_page): u32 {
  return t_word(m, 0);
}
/** Takes a zeroed page of each colour, among them the one that a page table has just given back. */
function t_take(): void {
  for (let i: u32 = 0; i < PQ_L2_SIZE; i++) vm_page_alloc(t_object, 100 + i, VM_ALLOC_ZERO);
}
/** Words of those that are not zero any more; gives the pages back. */
function t_taken(): int {
  let wrong = 0;
  for (let i: u32 = 0; i < PQ_L2_SIZE; i++) {
    const m = vm_page_lookup(t_object, 100 + i);
    if ((m.flags & PG_ZERO) !== 0) for (let at: u32 = 0; at < 16; at += 4) if (t_word(m, at) !== 0) wrong++;
    vm_page_free(m);
  }
  return wrong;
}
function t_pte_of(va: u32): u32 {
  return t_me.pm_pdir[va >> 22] === 0 ? $u32(0) : vtopte(va)[0];
}
function t_bit(n: u32, mask: u32): int {
  return (n & mask) !== 0 ? 1 : 0;
}
function t_dirty(m: vm_page): int {
  return m.dirty !== 0 ? 1 : 0;
}

function* t_enter(): Sleeps {
  const m = yield* t_page(0, 11);
  const n = yield* t_page(1, 22);
  const resident = t_me.pm_resident_count;
  const wired = cnt.v_wire_count;
  pmap_enter(t_me, AT, m, T_RW, false);
  /* As vm_fault does behind it. */
  vm_page_flag_set(m, PG_MAPPED | PG_WRITEABLE);
  yield* suword(AT, 11);
  say('enter: word', $i32($ld32(AT)));
  say('enter: mappings of the page', m.md_pv_list_count);
  say('enter: resident', t_me.pm_resident_count - resident);
  say('enter: wired', $i32(cnt.v_wire_count - wired));
  say('enter: valid table', vm_page_lookup(t_me.pm_pteobj, AT >> 22).valid === VM_PAGE_BITS_ALL ? 1 : 0);
  say('enter: idle table', vm_page_lookup(t_me.pm_pteobj, AT >> 22).flags & PG_BUSY);
  say('enter: user', t_bit(t_pte_of(AT), PG_U));
  say('enter: extract', pmap_extract(t_me, AT + 5) === VM_PAGE_TO_PHYS(m) + 5 ? 1 : 0);
  $st32(AT, 12);
  pmap_enter(t_me, AT, n, T_RW, false);
  say('replace: word', $i32($ld32(AT)));
  say('replace: word for users', yield* fuword(AT));
  say('replace: old mappings', m.md_pv_list_count);
  say('replace: old flags', m.flags & (PG_MAPPED | PG_WRITEABLE));
  say('replace: old is dirty', t_dirty(m));
  say('replace: old is referenced', t_bit(m.flags, PG_REFERENCED));
  say('replace: resident', t_me.pm_resident_count - resident);
  say('replace: holds', vm_page_lookup(t_me.pm_pteobj, AT >> 22).hold_count);
  pmap_enter(t_me, AT, n, VM_PROT_READ, false);
  pmap_enter(t_me, AT, n, VM_PROT_READ, false);
  say('again: holds', vm_page_lookup(t_me.pm_pteobj, AT >> 22).hold_count);
  say('again: mappings', n.md_pv_list_count);
  say('again: managed', t_bit(t_pte_of(AT), PG_MANAGED));
  say('again: store', yield* suword(AT, 5));
  pmap_enter(t_me, AT, n, T_RW, false);
  yield* suword(AT, 23);
  pmap_enter(t_me, AT, n, VM_PROT_READ, false);
  say('less: dirty', t_dirty(n));
  say('less: store', yield* suword(AT, 5));
  pmap_remove(t_me, AT, AT + PAGE_SIZE);
  say('remove: load', yield* fuword(AT));
  say('remove: resident', t_me.pm_resident_count - resident);
  say('remove: wired', $i32(cnt.v_wire_count - wired));
  say('remove: table', $i32(t_me.pm_pdir[AT >> 22]));
  say('remove: hint', t_me.pm_ptphint !== null && t_me.pm_ptphint.pindex === AT >> 22 ? 1 : 0);
  /*
   * The page of the table that went is full of zeros again, and the window of the recursive map is gone:
   * somebody else has it now.
   */
  t_take();
  pmap_enter(t_me, AT + PAGE_SIZE, m, T_RW, false);
  say('new table: neighbour', $i32(t_pte_of(AT)));
  say('new table: word', $i32($ld32(AT + PAGE_SIZE)));
  say('new table: old frame', t_taken());
  pmap_remove(t_me, AT, AT + 2 * PAGE_SIZE);
  say('new table: resident', t_me.pm_resident_count - resident);
}

/** How a store through a mapping, and a use of it, get known when the mapping is made less. */
function* t_bits(how: int, name: str): Sleeps {
  const m = yield* t_page(2, 33);
  pmap_enter(t_me, AT, m, T_RW, false);
  m.flags |= PG_MAPPED | PG_WRITEABLE;
  /* As a user, so that the user's half of the TLB has it, and as the kernel. */
  if ((yield* suword(AT, 33)) !== 0) panic('t_bits: store');
  $st32(AT, 34);
  m.dirty = 0;
  m.flags &= ~PG_REFERENCED;
  if (how === 0) pmap_protect(t_me, AT, AT + PAGE_SIZE, VM_PROT_READ);
  else if (how === 1) vm_page_protect(m, VM_PROT_READ);
  else if (how === 2) pmap_remove(t_me, AT, AT + 2 * PAGE_SIZE);
  else if (how === 3) vm_page_protect(m, VM_PROT_NONE);
  else if (how === 4) pmap_remove(t_me, AT, AT + PAGE_SIZE);
  printf('= %s: dirty %d\\n', name, t_dirty(m));
  printf('= %s: referenced %d\\n', name, t_bit(m.flags, PG_REFERENCED) | t_bit(t_pte_of(AT), PG_A));
  printf('= %s: modified %d\\n', name, t_bit(t_pte_of(AT), PG_M));
  printf('= %s: store %d\\n', name, yield* suword(AT, 35));
  printf('= %s: word %d\\n', name, t_word_of(m));
  printf('= %s: load %d\\n', name, yield* fuword(AT));
  pmap_remove(t_me, AT, AT + PAGE_SIZE);
  printf('= %s: mappings %d\\n', name, m.md_pv_list_count);
}

function* t_range(): Sleeps {
  const a = yield* t_page(3, 1);
  const b = yield* t_page(4, 2);
  const c = yield* t_page(5, 3);
  const far = AT + 3 * TABLE;
  pmap_enter(t_me, AT + PAGE_SIZE, a, T_RW, false);
  pmap_enter(t_me, far, b, T_RW, false);
  pmap_enter(t_me, far + PAGE_SIZE, c, T_RW, false);
  yield* suword(far, 4);
  yield* suword(far + PAGE_SIZE, 5);
  yield* fuword(AT + PAGE_SIZE);
  pmap_protect(t_me, AT, far + PAGE_SIZE, VM_PROT_READ);
  say('range: store behind a hole', yield* suword(far, 6));
  say('range: store behind the end', yield* suword(far + PAGE_SIZE, 7));
  pmap_remove(t_me, AT, far + PAGE_SIZE);
  say('range: load', yield* fuword(AT + PAGE_SIZE));
  say('range: load behind a hole', yield* fuword(far));
  say('range: load behind the end', yield* fuword(far + PAGE_SIZE));
  pmap_remove(t_me, far, far + TABLE);
}

function* t_referenced(): Sleeps {
  const m = yield* t_page(6, 1);
  pmap_enter(t_me, AT, m, T_RW, false);
  pmap_enter(t_me, AT + PAGE_SIZE, m, T_RW, false);
  const used = $ld32(AT) + $ld32(AT + PAGE_SIZE);
  say('referenced: at first', pmap_ts_referenced(m));
  say('referenced: at once', pmap_ts_referenced(m));
  say('referenced: used again', $i32($ld32(AT)) * 0 + pmap_ts_referenced(m));
  pmap_clear_modify(m);
  say('modified: at first', pmap_is_modified(m) ? 1 : 0);
  $st32(AT + PAGE_SIZE, 2);
  say('modified: by one of two', pmap_is_modified(m) ? 1 : 0);
  pmap_clear_modify(m);
  say('modified: cleared', pmap_is_modified(m) ? 1 : 0);
  $st32(AT + PAGE_SIZE, 3);
  say('modified: once more', pmap_is_modified(m) ? 1 : 0);
  const again = $ld32(AT);
  pmap_clear_reference(m);
  say('referenced: cleared', t_bit(t_pte_of(AT), PG_A) + t_bit(t_pte_of(AT + PAGE_SIZE), PG_A));
  pmap_remove(t_me, AT, AT + 2 * PAGE_SIZE);
}

function* t_mincore(): Sleeps {
  const m = yield* t_page(6, 1);
  say('mincore: nothing', pmap_mincore(t_me, AT));
  pmap_enter(t_me, AT, m, T_RW, false);
  pmap_clear_reference(m);
  pmap_clear_modify(m);
  m.flags &= ~PG_REFERENCED;
  say('mincore: untouched', pmap_mincore(t_me, AT));
  const seen = $ld32(AT);
  say('mincore: read', pmap_mincore(t_me, AT));
  $st32(AT, 1);
  say('mincore: written', pmap_mincore(t_me, AT));
  pmap_remove(t_me, AT, AT + PAGE_SIZE);
}

function* t_wired(): Sleeps {
  const m = yield* t_page(7, 1);
  const was = t_me.pm_wired_count;
  pmap_enter(t_me, AT, m, T_RW, true);
  say('wired: entered', t_me.pm_wired_count - was);
  say('wired: marked', t_bit(t_pte_of(AT), PG_W));
  pmap_change_wiring(t_me, AT, false);
  say('wired: changed', t_me.pm_wired_count - was);
  say('wired: not marked', t_bit(t_pte_of(AT), PG_W));
  pmap_enter(t_me, AT, m, T_RW, true);
  say('wired: entered again', t_me.pm_wired_count - was);
  pmap_remove(t_me, AT, AT + PAGE_SIZE);
  say('wired: removed', t_me.pm_wired_count - was);
  pmap_enter(t_me, AT, m, T_RW, false);
  pmap_change_wiring(t_me, AT, true);
  say('wired: changed back', t_me.pm_wired_count - was);
  vm_page_flag_set(m, PG_MAPPED);
  vm_page_protect(m, VM_PROT_NONE);
  say('wired: page taken away', t_me.pm_wired_count - was);
}

function* t_quick(): Sleeps {
  const m = yield* t_page(8, 1);
  const n = yield* t_page(9, 2);
  const resident = t_me.pm_resident_count;
  let mpte = pmap_enter_quick(t_me, AT, m, null);
  mpte = pmap_enter_quick(t_me, AT + PAGE_SIZE, n, mpte);
  say('quick: resident', t_me.pm_resident_count - resident);
  say('quick: holds', mpte.hold_count);
  mpte = pmap_enter_quick(t_me, AT, n, mpte);
  say('quick: holds, there already', mpte.hold_count);
  say('quick: word', $i32($ld32(AT)));
  say('quick: store', yield* suword(AT, 3));
  pmap_remove(t_me, AT, AT + 2 * PAGE_SIZE);
  say('quick: resident in the end', t_me.pm_resident_count - resident);
}

/** Maps of others, which are reached by the alternate map and by the window. */
function* t_others(): Sleeps {
  const m = yield* t_page(10, 1);
  const n = yield* t_page(11, 2);
  const o = yield* t_page(12, 3);
  const p2 = vmspace_pmap(t_other);
  const p3 = vmspace_pmap(t_third);
  pmap_enter(p2, AT, m, T_RW, false);
  pmap_enter(p3, AT, n, T_RW, false);
  say('others: second', pmap_extract(p2, AT) === VM_PAGE_TO_PHYS(m) ? 1 : 0);
  say('others: third', pmap_extract(p3, AT) === VM_PAGE_TO_PHYS(n) ? 1 : 0);
  say('others: second again', pmap_extract(p2, AT) === VM_PAGE_TO_PHYS(m) ? 1 : 0);
  pmap_pte_quick(p2, AT)[0] |= PG_M;
  say('others: modified', pmap_is_modified(m) ? 1 : 0);
  say('others: not modified', pmap_is_modified(n) ? 1 : 0);
  say('others: modified again', pmap_is_modified(m) ? 1 : 0);
  say('others: odd page', $addr(pmap_pte_quick(p2, AT + PAGE_SIZE)) - $addr(pmap_pte_quick(p2, AT)));
  /* One page in all three. */
  pmap_enter(p2, AT + PAGE_SIZE, o, T_RW, false);
  pmap_enter(p3, AT + PAGE_SIZE, o, T_RW, false);
  pmap_enter(t_me, AT + PAGE_SIZE, o, T_RW, false);
  say('others: mappings', o.md_pv_list_count);
  say('others: exists in mine', pmap_page_exists(t_me, o) ? 1 : 0);
  say('others: does not', pmap_page_exists(t_me, m) ? 1 : 0);
  pmap_remove(p3, AT + PAGE_SIZE, AT + 2 * PAGE_SIZE);
  say('others: mine is left', $i32($ld32(AT + PAGE_SIZE)));
  say('others: third has none', $i32(pmap_extract(p3, AT + PAGE_SIZE)));
  say('others: second has', pmap_extract(p2, AT + PAGE_SIZE) !== 0 ? 1 : 0);
  vm_page_flag_set(o, PG_MAPPED);
  vm_page_protect(o, VM_PROT_NONE);
  say('others: none is left', o.md_pv_list_count);
  say('others: load', yield* fuword(AT + PAGE_SIZE));
  say('others: resident', p2.pm_resident_count);
  /* The table of the second goes, and the window and the alternate map forget it. */
  pmap_remove(p2, AT, AT + PAGE_SIZE);
  say('others: no table', pmap_pte_quick(p2, AT) === null ? 1 : 0);
  t_take();
  pmap_enter(p2, AT, o, T_RW, false);
  say('others: new table', pmap_extract(p2, AT) === VM_PAGE_TO_PHYS(o) ? 1 : 0);
  say('others: new window', (pmap_pte_quick(p2, AT)[0] & PG_FRAME) === VM_PAGE_TO_PHYS(o) ? 1 : 0);
  say('others: old frame', t_taken());
  pmap_remove(p2, AT, AT + TABLE);
  pmap_remove(p3, AT, AT + TABLE);
  say('others: resident in the end', p2.pm_resident_count + p3.pm_resident_count);
}

function* t_kernel(): Sleeps {
  const m = yield* t_page(13, 71);
  const n = yield* t_page(14, 72);
  pmap_kenter(t_window, VM_PAGE_TO_PHYS(m));
  say('kenter: word', $i32($ld32(t_window)));
  pmap_kenter(t_window, VM_PAGE_TO_PHYS(n));
  say('kenter: the other', $i32($ld32(t_window)));
  pmap_kremove(t_window);
  pmap_kenter(t_window, VM_PAGE_TO_PHYS(m));
  say('kremove: word', $i32($ld32(t_window)));
  say('kextract', pmap_kextract(t_window) === VM_PAGE_TO_PHYS(m) ? 1 : 0);
  pmap_kremove(t_window);
  const o = yield* t_page(15, 73);
  pmap_copy_page(VM_PAGE_TO_PHYS(m), VM_PAGE_TO_PHYS(o));
  say('copy: word', $i32(t_word_of(o)));
  pmap_copy_page(VM_PAGE_TO_PHYS(n), VM_PAGE_TO_PHYS(m));
  say('copy: the other', $i32(t_word_of(m)));
  pmap_zero_page_area(VM_PAGE_TO_PHYS(n), 4, 4092);
  say('area: head', $i32(t_word_of(n)));
  pmap_zero_page_area(VM_PAGE_TO_PHYS(n), 0, 4);
  say('area: all', $i32(t_word_of(n)));
  pmap_zero_page(VM_PAGE_TO_PHYS(o));
  say('zero: word', $i32(t_word_of(o)));
  say('zero: not the other', $i32(t_word_of(m)));
  pmap_enter(t_me, AT, m, VM_PROT_READ, false);
  say('hold: for writing', pmap_extract_and_hold(t_me, AT, VM_PROT_WRITE) === null ? 0 : 1);
  say('hold: for reading', pmap_extract_and_hold(t_me, AT, VM_PROT_READ) === m ? 1 : 0);
  say('hold: count', m.hold_count);
  vm_page_unhold(m);
  pmap_remove(t_me, AT, AT + PAGE_SIZE);
  say('track: in front', pmap_track_modified(clean_sva - 1) ? 1 : 0);
  say('track: buffers', pmap_track_modified(clean_sva) ? 1 : 0);
  say('track: behind', pmap_track_modified(clean_eva) ? 1 : 0);
}

/** A new directory has the kernel and nothing else; a new table of the kernel is everybody's and empty. */
function* t_directory(): Sleeps {
  const dir = vmspace_pmap(t_third).pm_pdir;
  let users = 0;
  let wrong = 0;
  for (let i: u32 = 0; i < PTDPTDI; i++) if (dir[i] !== 0) users++;
  for (let i: u32 = KPTDI; i < KPTDI + $u32(nkpt); i++) if (dir[i] !== $ld32(PTD + 4 * i)) wrong++;
  say('directory: tables of users', users);
  say('directory: kernel', wrong);
  const grown = kernel_vm_end;
  pmap_growkernel(grown + 1);
  let filled = 0;
  let missing = 0;
  for (let va = grown; va < kernel_vm_end; va += PAGE_SIZE) if (vtopte(va)[0] !== 0) filled++;
  for (let p = LIST_FIRST(allproc); p !== null; p = LIST_NEXT(p, 'p_list'))
    if (p.p_vmspace.vm_pmap.pm_pdir[grown >> 22] !== $ld32(PTD + 4 * (grown >> 22))) missing++;
  say('growkernel: entries', filled);
  say('growkernel: without it', missing);
  say('growkernel: grown', kernel_vm_end > grown ? 1 : 0);
  dir[grown >> 22] = 0;
  pmap_pinit2(vmspace_pmap(t_third));
  say('pinit2: entry', dir[grown >> 22] === $ld32(PTD + 4 * (grown >> 22)) ? 1 : 0);
  /* The alternate map shows the t_third, which goes. */
  get_ptbase(vmspace_pmap(t_third));
  say('release: pointed at', $ld32(APTDpde) !== 0 ? 1 : 0);
  yield* vmspace_free(t_third);
  say('release: points at', $i32($ld32(APTDpde)));
  say('release: directory', pmap_kextract($addr(dir)) !== 0 ? 1 : 0);
}

/** A table is found by its number, whatever was looked at last; what is wired stays until it is unwired. */
function* t_tables(p: proc): Sleeps {
  const m = yield* t_page(16, 1);
  const far = AT + 0x800000;
  pmap_enter(t_me, AT, m, VM_PROT_READ, false);
  const near = vm_page_lookup(t_me.pm_pteobj, AT >> 22);
  pmap_enter(t_me, far, m, VM_PROT_READ, false);
  const other = vm_page_lookup(t_me.pm_pteobj, far >> 22);
  const mappings = near.hold_count * 1000 + other.hold_count;
  t_me.pm_ptphint = other;
  near.hold_count++;
  pmap_unuse_pt(t_me, AT, null);
  say('hint: another table', near.hold_count * 1000 + other.hold_count - mappings);
  pmap_enter(t_me, AT, m, VM_PROT_READ, true);
  pmap_enter(t_me, far, m, VM_PROT_READ | VM_PROT_WRITE, false);
  m.flags |= PG_MAPPED | PG_WRITEABLE;
  m.dirty = 0;
  $st32(far, 5);
  pmap_remove_pages(t_me, AT, far + PAGE_SIZE);
  say('remove pages: written', m.dirty !== 0 ? 1 : 0);
  say('remove pages: wired', (vtopte(AT)[0] & PG_V) !== 0 ? 1 : 0);
  say('remove pages: not wired', t_me.pm_pdir[far >> 22] !== 0 && (vtopte(far)[0] & PG_V) !== 0 ? 1 : 0);
  pmap_change_wiring(t_me, AT, false);
  pmap_remove(t_me, AT, AT + PAGE_SIZE);
  t_me.pm_active = 0;
  pmap_activate(p);
  say('activate: this processor', t_me.pm_active === $int(get_pcpu().cpumask) ? 1 : 0);
}

/** Every page that says that it is zero is. */
function* t_zeroed(): Sleeps {
  let seen = 0;
  let wrong = 0;
  for (let q = 0; q < PQ_L2_SIZE; q++) {
    for (let m = TAILQ_FIRST(vm_page_queues[PQ_FREE + q].pl); m !== null; m = TAILQ_NEXT(m, 'pageq')) {
      if ((m.flags & PG_ZERO) === 0) continue;
      seen++;
      pmap_kenter(t_window, VM_PAGE_TO_PHYS(m));
      for (let i: u32 = 0; i < PAGE_SIZE; i += 4)
        if ($ld32(t_window + i) !== 0) {
          wrong++;
          break;
        }
      pmap_kremove(t_window);
    }
  }
  say('zeroed: some', seen > 0 ? 1 : 0);
  say('zeroed: counted', seen - vm_page_zero_count);
  say('zeroed: not zero', wrong);
}

function* test(p: proc): Sleeps {
  const before = pv_entry_count;
  t_me = vmspace_pmap(p.p_vmspace);
  t_window = yield* kmem_alloc_pageable(kernel_map, PAGE_SIZE);
  t_object = yield* vm_object_allocate(OBJT_DEFAULT, 256);
  t_other = yield* vmspace_alloc(VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
  t_third = yield* vmspace_alloc(VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
  yield* t_enter();
  yield* t_bits(0, 'protect');
  yield* t_bits(1, 'page read-only');
  yield* t_bits(2, 'remove');
  yield* t_bits(3, 'page taken');
  yield* t_bits(4, 'remove one');
  yield* t_range();
  yield* t_referenced();
  yield* t_mincore();
  yield* t_wired();
  yield* t_quick();
  yield* t_others();
  yield* t_kernel();
  yield* t_directory();
  yield* t_tables(p);
  yield* vmspace_free(t_other);
  yield* t_zeroed();
  yield* vm_object_deallocate(t_object);
  say('pv entries', pv_entry_count - before);
}
`;

const lost = { dirty: 1, referenced: 1, modified: 0, store: -1, word: 34, mappings: 0 };
const less = (name: string, load: number) => ({ [name]: { ...lost, load } });
const expected: Record<string, Record<string, number>> = {
  enter: {
    word: 11,
    'mappings of the page': 1,
    resident: 2,
    wired: 1,
    'valid table': 1,
    'idle table': 0,
    user: 1,
    extract: 1,
  },
  replace: {
    word: 22,
    'word for users': 22,
    'old mappings': 0,
    'old flags': 0,
    'old is dirty': 1,
    'old is referenced': 1,
    resident: 2,
    holds: 1,
  },
  again: { holds: 1, mappings: 1, managed: 1, store: -1 },
  less: { dirty: 1, store: -1 },
  'new table': { neighbour: 0, word: 12, 'old frame': 0, resident: 0 },
  ...less('protect', 34),
  ...less('page read-only', 34),
  ...less('remove', -1),
  ...less('page taken', -1),
  ...less('remove one', -1),
  range: {
    'store behind a hole': -1,
    'store behind the end': 0,
    load: -1,
    'load behind a hole': -1,
    'load behind the end': 7,
  },
  referenced: { 'at first': 2, 'at once': 0, 'used again': 1, cleared: 0 },
  modified: { 'at first': 0, 'by one of two': 1, cleared: 0, 'once more': 1 },
  mincore: { nothing: 0, untouched: 1, read: 1 | 2 | 8, written: 1 | 2 | 4 | 8 | 16 },
  wired: {
    entered: 1,
    marked: 1,
    changed: 0,
    'not marked': 0,
    'entered again': 1,
    removed: 0,
    'changed back': 1,
    'page taken away': 0,
  },
  quick: { resident: 3, holds: 2, 'holds, there already': 2, word: 1, store: -1, 'resident in the end': 0 },
  others: {
    second: 1,
    third: 1,
    'second again': 1,
    modified: 1,
    'not modified': 0,
    'modified again': 1,
    'odd page': 4,
    mappings: 3,
    'exists in mine': 1,
    'does not': 0,
    'mine is left': 3,
    'third has none': 0,
    'second has': 1,
    'none is left': 0,
    load: -1,
    resident: 2,
    'no table': 1,
    'new table': 1,
    'new window': 1,
    'old frame': 0,
    'resident in the end': 0,
  },
  kenter: { word: 71, 'the other': 72 },
  kremove: { word: 71 },
  copy: { word: 71, 'the other': 72 },
  area: { head: 72, all: 0 },
  zero: { word: 0, 'not the other': 72 },
  hold: { 'for writing': 0, 'for reading': 1, count: 1 },
  track: { 'in front': 1, buffers: 0, behind: 1 },
  directory: { 'tables of users': 0, kernel: 0 },
  growkernel: { entries: 0, 'without it': 0, grown: 1 },
  pinit2: { entry: 1 },
  release: { 'pointed at': 1, 'points at': 0, directory: 0 },
  hint: { 'another table': 0 },
  'remove pages': { written: 1, wired: 1, 'not wired': 0 },
  activate: { 'this processor': 1 },
  zeroed: { some: 1, counted: 0, 'not zero': 0 },
};

const answers = kernelTests('the physical map', TEST, expected);

it('has as many pv entries as before', () => {
  expect(answers().said.get('pv entries')).toBe(0);
  expect(answers().said.get('kextract')).toBe(1);
});

describe('removing a mapping', () => {
  it('gives back the page table with the last one', () => {
    const told = ['load', 'resident', 'wired', 'table', 'hint'].map((k) =>
      answers().said.get(`remove: ${k}`),
    );
    expect(told.slice(1)).toEqual([0, 0, 0, 0]);
  });
});
