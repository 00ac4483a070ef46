/**
 * WITNESS, the checker of lock orders (kern/subr_witness.c). The messages are in subr_witness_report.ts.
 *
 * It learns: whenever a lock of kind b is acquired while one of kind a is held, "a before b" becomes a rule,
 * with the places of both acquisitions. A later acquisition that breaks a rule, or a chain of them, is a lock
 * order reversal and is reported with that chain. It also reports a process that sleeps with a lock held, and
 * panics on recursion into a lock that is not recursive and on a sleep lock wanted with a spin lock held.
 *
 * The places are text addresses of the acquisitions: messages turn them into file and line by the table of
 * places that kcc puts into rodata (place_file, place_line), debuggers by the kernel's listing.
 *
 * Cost. A rule that is known is one bit: b's in a's w_after. Acquiring a lock while the one acquired last has
 * a known rule to it checks nothing more (the earlier ones were checked when that one was acquired, and rules
 * are transitive). That case is WITNESS_LOCK of a few instructions in the caller; all others come here. A
 * panic switches WITNESS off.
 *
 * Locking: all state is changed by plain functions of this file only, which cannot be interrupted or run
 * twice at a time; BSD's w_mtx would have nothing to do. The list of locks that a process holds belongs to
 * the process, that of the spin locks to the CPU.
 *
 * Deviations: orders live in a matrix of bits with its transitive closure instead of a graph of child lists;
 * no "blessed" pairs; lockmgr locks are not seen (as in 2001: their struct has no room).
 */
import { get_pcpu } from '../i386/cpufunc.h.js';
import { curproc } from '../i386/pcpu.h.js';
import type { lock_class, lock_object } from '../sys/mutex.h.js';
import { LC_SLEEPABLE, LC_SLEEPLOCK, LO_RECURSABLE, LO_SLEEPABLE, LO_WITNESS } from '../sys/mutex.h.js';
import type { lock_instance, lock_list_entry, witness, witness_edge } from '../sys/witness.h.js';
import {
  LI_EXCLUSIVE,
  LI_RECURSEMASK,
  LOCK_CHILDCOUNT,
  LOCK_NCHILDREN,
  LOP_EXCLUSIVE,
  LOP_TRYLOCK,
  WITNESS_COUNT,
  WITNESS_EDGES,
  WITNESS_WORDS,
} from '../sys/witness.h.js';
import { Giant } from './kern_mutex.js';
import { panic } from './kern_shutdown.js';
import { printf } from './subr_prf.js';
import {
  place_file,
  place_line,
  witness_report_reversal,
  witness_report_same,
  witness_report_sleep,
} from './subr_witness_report.js';

/**
 * 0: lock orders are not watched (debug.witness_watch). It can be cleared at any time, but set by the loader
 * only.
 */
export let witness_watch: int = 1;
/** 1: enter the debugger at a report. */
export let witness_ddb: int = 0;
/** Reports so far: reversals and sleeps. */
export let witness_reversals: int = 0;
export let witness_sleeps: int = 0;

/** All locks. */
export let all_locks: embed<TAILQ_HEAD<lock_object>>;
/** Kinds of locks; w_count of them are in use. */
export let w_data: array<embed<witness>, 96>;
export let w_count: int = 0;
/** Rules with their evidence; w_edge_count of them. */
export let w_edges: array<embed<witness_edge>, 512>;
export let w_edge_count: int = 0;
/** Bit b of row a: the reversal "b held, a acquired" was reported. */
let w_reported: array<u32, 288>;

let w_locklistdata: array<embed<lock_list_entry>, 64>;
let w_lock_list_free: lock_list_entry = null;
/** The first entry of each CPU's list of spin locks. */
export let w_spinlist: array<embed<lock_list_entry>, 8>;
let w_cold: int = 1;

/** Orders given in advance: pairs, each before the next, ended by null; a null alone ends the list. */
let order_list: array<str, 16> = $init([
  'Giant',
  'proctree',
  'allproc',
  'process lock',
  null,
  'Giant',
  'vm',
  null,
  null,
]);

/** Sets up the tables at the first lock. Locks: none. Does not sleep. @indivisible */
function witness_initialize(): void {
  w_cold = 0;
  TAILQ_INIT(all_locks);
  for (let i = LOCK_CHILDCOUNT - 1; i >= 0; i--) {
    const lle = w_locklistdata[i];
    lle.ll_next = w_lock_list_free;
    w_lock_list_free = lle;
  }
}

/**
 * Enters the orders given in advance, when the first lock of a name appears. Locks: none. Does not sleep.
 * @indivisible
 */
function witness_order_init(w: witness): void {
  let prev: witness = null;
  for (let i = 0; order_list[i] !== null || (i > 0 && order_list[i - 1] !== null); i++) {
    if (order_list[i] === null) {
      prev = null;
      continue;
    }
    const next = witness_find(order_list[i]);
    if (prev !== null && next !== null && (prev === w || next === w)) witness_learn(prev, next, 0, 0);
    if (next !== null) prev = next;
  }
}

/** The kind of locks of that name, or null. Locks: none. Does not sleep. @indivisible */
export function witness_find(name: str): witness {
  /* Names are string literals, so the address usually tells. */
  for (let i = 0; i < w_count; i++) if (w_data[i].w_name === name) return w_data[i];
  for (let i = 0; i < w_count; i++) if (witness_samename(w_data[i].w_name, name)) return w_data[i];
  return null;
}

/** Are the two strings equal? Locks: none. Does not sleep. @indivisible */
function witness_samename(a: str, b: str): boolean {
  let i = 0;
  while (a[i] === b[i]) {
    if (a[i] === 0) return true;
    i++;
  }
  return false;
}

/**
 * A lock comes to life: finds or makes its kind. The caller has filled in class, name and flags.
 * Locks: none. Does not sleep.
 * @indivisible
 */
export function witness_init(lo: lock_object): void {
  if (w_cold !== 0) witness_initialize();
  lo.lo_witness = null;
  TAILQ_INSERT_TAIL(all_locks, lo, 'lo_list');
  if ((lo.lo_flags & LO_WITNESS) === 0) return;
  let w = witness_find(lo.lo_name);
  if (w === null) {
    if (w_count === WITNESS_COUNT) {
      witness_exhausted('kinds of locks');
      return;
    }
    w = w_data[w_count];
    w.w_name = lo.lo_name;
    w.w_class = lo.lo_class;
    w.w_index = w_count++;
    witness_order_init(w);
  }
  if (w.w_class !== lo.lo_class) {
    panic(
      'lock (%s) %s does not match earlier (%s) lock',
      lo.lo_class.lc_name,
      lo.lo_name,
      w.w_class.lc_name,
    );
  }
  w.w_refcount++;
  lo.lo_witness = w;
}

/**
 * A lock's memory goes away. Its kind stays, with what was learnt. Locks: none; the lock is free. Does not
 * sleep.
 * @indivisible
 */
export function witness_destroy(lo: lock_object): void {
  TAILQ_REMOVE(all_locks, lo, 'lo_list');
  if (lo.lo_witness !== null) {
    KASSERT(lo.lo_witness.w_refcount > 0, 'witness_destroy: %s', lo.lo_name);
    lo.lo_witness.w_refcount--;
    lo.lo_witness = null;
  }
}

/** A table is full: says so and stops watching. Locks: none. Does not sleep. @indivisible */
function witness_exhausted(what: str): void {
  witness_watch = 0;
  printf('witness: out of %s, disabling\n', what);
}

/** Is "a before b" a rule? Locks: none. Does not sleep. @inline @indivisible */
export function isitmydescendant(a: witness, b: witness): boolean {
  return (a.w_after[b.w_index >> 5] & (1 << (b.w_index & 31))) !== 0;
}

/** Reported before: b held, a wanted? Marks it. Locks: none. Does not sleep. @indivisible */
function witness_first_report(a: witness, b: witness): boolean {
  const i = a.w_index * WITNESS_WORDS + (b.w_index >> 5);
  const bit = 1 << (b.w_index & 31);
  if ((w_reported[i] & bit) !== 0) return false;
  w_reported[i] |= bit;
  return true;
}

/**
 * Enters the rule "a before b" and all that follows from it: whatever comes before a comes before whatever b
 * comes before. Locks: none. Does not sleep.
 * @indivisible
 */
function witness_learn(a: witness, b: witness, site_a: u32, site_b: u32): void {
  if (isitmydescendant(a, b)) return;
  KASSERT(!isitmydescendant(b, a), 'witness_learn: %s and %s', a.w_name, b.w_name);
  if (w_edge_count === WITNESS_EDGES) {
    witness_exhausted('lock orders');
    return;
  }
  const e = w_edges[w_edge_count++];
  e.we_before = a;
  e.we_after = b;
  e.we_site_before = site_a;
  e.we_site_after = site_b;
  e.we_pid = curproc() !== null ? curproc().p_pid : 0;
  const bit = $u32(1 << (b.w_index & 31));
  for (let i = 0; i < w_count; i++) {
    const w = w_data[i];
    if (w !== a && !isitmydescendant(w, a)) continue;
    for (let k = 0; k < WITNESS_WORDS; k++) w.w_after[k] |= b.w_after[k];
    w.w_after[b.w_index >> 5] |= bit;
  }
}

/** Head of the list that locks of this class are held on. Locks: none. Does not sleep. @indivisible */
export function witness_locklist(lc: lock_class): lock_list_entry {
  return $cast<lock_list_entry>(
    (lc.lc_flags & LC_SLEEPLOCK) !== 0 ? curproc().p_sleeplocks : get_pcpu().spinlocks,
  );
}

/**
 * Where lo is on a list of held locks, null if it is not. Locks: those of the list. Does not sleep.
 * @indivisible
 */
export function find_instance(lock_list: lock_list_entry, lo: lock_object): lock_instance {
  for (let lle = lock_list; lle !== null; lle = lle.ll_next) {
    for (let i = $int(lle.ll_count) - 1; i >= 0; i--) {
      if (lle.ll_children[i].li_lock === lo) return lle.ll_children[i];
    }
  }
  return null;
}

/** Enters a lock into the entry lle, which has room. Locks: lo. Does not sleep. @inline @indivisible */
export function witness_note(
  lle: lock_list_entry,
  lo: lock_object,
  w: witness,
  site: u32,
  flags: u_int,
): void {
  const n = lle.ll_count;
  const li = lle.ll_children[n];
  lle.ll_count = n + 1;
  li.li_lock = lo;
  li.li_site = site;
  li.li_flags = flags;
  lo.lo_line = site;
  w.w_site = site;
}

/** Enters a lock into the entry lle as the only one. Locks: lo. Does not sleep. @inline @indivisible */
export function witness_note_first(
  lle: lock_list_entry,
  lo: lock_object,
  w: witness,
  site: u32,
  flags: u_int,
): void {
  const li = lle.ll_children[0];
  lle.ll_next = null;
  lle.ll_count = 1;
  li.li_lock = lo;
  li.li_site = site;
  li.li_flags = flags;
  lo.lo_line = site;
  w.w_site = site;
}

/**
 * A lock has been acquired at text address `site`. Checks its order unless it was only tried, and notes it.
 * Locks: lo. Does not sleep. May panic (recursion) or report.
 * @indivisible
 */
export function witness_lock(lo: lock_object, flags: int, site: u32): void {
  const w = lo.lo_witness;
  if (w === null) return;
  const lc = lo.lo_class;
  const held = witness_locklist(lc);
  if (held !== null && witness_again(held, lo, flags, site) !== 0) return;
  if ((flags & LOP_TRYLOCK) === 0) witness_checkorder(lo, flags, site);
  if (witness_watch === 0) return;
  const lle = witness_room(lc, held);
  if (lle === null) return;
  witness_note(lle, lo, w, site, (flags & LOP_EXCLUSIVE) !== 0 ? LI_EXCLUSIVE : 0);
}

/**
 * The entry of the list `held` to put one more lock into: its head, or a new head. Null if there is none to
 * be had. Locks: those of the list. Does not sleep.
 * @indivisible
 */
function witness_room(lc: lock_class, held: lock_list_entry): lock_list_entry {
  const sleeplock = (lc.lc_flags & LC_SLEEPLOCK) !== 0;
  const pc = get_pcpu();
  if (held !== null && held.ll_count < LOCK_NCHILDREN) return held;
  let lle: lock_list_entry = null;
  if (held === null) lle = sleeplock ? pc.curproc.p_locklist : w_spinlist[pc.cpuid];
  else {
    lle = w_lock_list_free;
    if (lle === null) {
      witness_exhausted('lock list entries');
      return null;
    }
    w_lock_list_free = lle.ll_next;
  }
  lle.ll_count = 0;
  lle.ll_next = held;
  if (sleeplock) pc.curproc.p_sleeplocks = $addr(lle);
  else pc.spinlocks = $addr(lle);
  return lle;
}

/**
 * Is the lock held already? Then counts the recursion, or panics if it must not recurse, and returns 1.
 * Locks: those of the list. Does not sleep.
 * @indivisible
 */
function witness_again(lock_list: lock_list_entry, lo: lock_object, flags: int, site: u32): int {
  const li = find_instance(lock_list, lo);
  if (li === null) return 0;
  const cname = lo.lo_class.lc_name;
  if ((li.li_flags & LI_EXCLUSIVE) !== 0 && (flags & LOP_EXCLUSIVE) === 0) {
    printf('shared lock of (%s) %s @ %s:%d\n', cname, lo.lo_name, place_file(site), place_line(site));
    printf('while exclusively locked from %s:%d\n', place_file(li.li_site), place_line(li.li_site));
    panic('share->excl');
  }
  if ((li.li_flags & LI_EXCLUSIVE) === 0 && (flags & LOP_EXCLUSIVE) !== 0) {
    printf('exclusive lock of (%s) %s @ %s:%d\n', cname, lo.lo_name, place_file(site), place_line(site));
    printf('while share locked from %s:%d\n', place_file(li.li_site), place_line(li.li_site));
    panic('excl->share');
  }
  if ((lo.lo_flags & LO_RECURSABLE) === 0) {
    printf(
      'recursed on non-recursive lock (%s) %s @ %s:%d\n',
      cname,
      lo.lo_name,
      place_file(site),
      place_line(site),
    );
    printf('first acquired @ %s:%d\n', place_file(li.li_site), place_line(li.li_site));
    panic('recurse');
  }
  li.li_flags++;
  return 1;
}

/**
 * Checks whether lo may be acquired with the locks that are held, and learns the orders that are new.
 * Locks: none needed. Does not sleep. Panics on a sleep lock wanted with a spin lock held; reports reversals.
 * @indivisible
 */
export function witness_checkorder(lo: lock_object, flags: int, site: u32): void {
  const w = lo.lo_witness;
  if (w === null) return;
  const sleeplock = (lo.lo_class.lc_flags & LC_SLEEPLOCK) !== 0;
  if (sleeplock && get_pcpu().spinlocks !== 0) {
    panic(
      'blockable sleep lock (%s) %s @ %s:%d',
      lo.lo_class.lc_name,
      lo.lo_name,
      place_file(site),
      place_line(site),
    );
  }
  const lock_list = witness_locklist(lo.lo_class);
  if (lock_list !== null) witness_checklist(lo, w, lock_list, site);
  /* A spin lock may follow any sleep lock: nothing to learn. */
}

/**
 * The same against one list of held locks, newest first. Locks: those of the list. Does not sleep.
 * @indivisible
 */
function witness_checklist(lo: lock_object, w: witness, lock_list: lock_list_entry, site: u32): void {
  for (let lle = lock_list; lle !== null; lle = lle.ll_next) {
    for (let i = $int(lle.ll_count) - 1; i >= 0; i--) {
      const li = lle.ll_children[i];
      const w1 = li.li_lock.lo_witness;
      if (w1 === null || li.li_lock === lo) continue;
      if (w1 === w) {
        /* Two of a kind: their order cannot be told. BSD warns, but not about recursion on Giant's like. */
        if (w.w_same_squawked === 0 && (lo.lo_flags & LO_SLEEPABLE) === 0) {
          w.w_same_squawked = 1;
          witness_report_same(li, lo, site);
        }
        continue;
      }
      if (isitmydescendant(w, w1)) {
        if (witness_first_report(w, w1)) {
          witness_reversals++;
          witness_report_reversal(lock_list, li, lo, site);
        }
        return;
      }
      witness_learn(w1, w, li.li_site, site);
      if (witness_watch === 0) return;
    }
  }
}

/**
 * A lock is being given back. Locks: lo. Does not sleep. Panics if it is held in the other way than `flags`
 * says; a lock that is not on the list was acquired while nobody watched.
 * @indivisible
 */
export function witness_unlock(lo: lock_object, flags: int, site: u32): void {
  if (lo.lo_witness === null) return;
  let prev: lock_list_entry = null;
  for (let lle = witness_locklist(lo.lo_class); lle !== null; lle = lle.ll_next) {
    for (let i = $int(lle.ll_count) - 1; i >= 0; i--) {
      const li = lle.ll_children[i];
      if (li.li_lock !== lo) continue;
      witness_check_unlock(li, flags, site);
      if ((li.li_flags & LI_RECURSEMASK) > 0) {
        li.li_flags--;
        return;
      }
      lle.ll_count--;
      for (let k = i; k < lle.ll_count; k++) $copy(lle.ll_children[k], lle.ll_children[k + 1]);
      if (lle.ll_count === 0) witness_drop_entry(lo.lo_class, lle, prev);
      return;
    }
    prev = lle;
  }
}

/**
 * Panics if a lock held shared is given back as exclusive or the other way round. Locks: li's. Does not
 * sleep.
 * @indivisible
 */
function witness_check_unlock(li: lock_instance, flags: int, site: u32): void {
  const lo = li.li_lock;
  const exclusive = (li.li_flags & LI_EXCLUSIVE) !== 0;
  if (!exclusive && (flags & LOP_EXCLUSIVE) !== 0)
    panic(
      'exclusive unlock of (%s) %s @ %s:%d',
      lo.lo_class.lc_name,
      lo.lo_name,
      place_file(site),
      place_line(site),
    );
  if (exclusive && (flags & LOP_EXCLUSIVE) === 0)
    panic(
      'shared unlock of (%s) %s @ %s:%d',
      lo.lo_class.lc_name,
      lo.lo_name,
      place_file(site),
      place_line(site),
    );
}

/**
 * Takes the empty entry lle, which comes after prev, off its list. Locks: those of the list. Does not sleep.
 * @indivisible
 */
function witness_drop_entry(lc: lock_class, lle: lock_list_entry, prev: lock_list_entry): void {
  const sleeplock = (lc.lc_flags & LC_SLEEPLOCK) !== 0;
  const pc = get_pcpu();
  if (prev !== null) prev.ll_next = lle.ll_next;
  else if (sleeplock) pc.curproc.p_sleeplocks = $addr(lle.ll_next);
  else pc.spinlocks = $addr(lle.ll_next);
  if (lle === pc.curproc.p_locklist || lle === w_spinlist[pc.cpuid]) return;
  lle.ll_next = w_lock_list_free;
  w_lock_list_free = lle;
}

/** A shared lock became exclusive or the other way round. Locks: lo. Does not sleep. @indivisible */
export function witness_change(lo: lock_object, exclusive: boolean, site: u32): void {
  if (lo.lo_witness === null || witness_watch === 0) return;
  const li = find_instance(witness_locklist(lo.lo_class), lo);
  if (li === null) return;
  li.li_flags = (li.li_flags & LI_RECURSEMASK) | (exclusive ? LI_EXCLUSIVE : 0);
  li.li_site = site;
  lo.lo_line = site;
}

/**
 * The running process is about to sleep (check_only: may be). `lo`, the interlock, is given back by the sleep
 * and may be held; so may Giant and locks that may be slept with. Returns the number of locks that should not
 * be held. Locks: none. Does not sleep. Panics if a spin lock is held.
 * @indivisible
 */
export function witness_sleep(check_only: boolean, lo: lock_object, site: u32): int {
  if (witness_watch === 0) return 0;
  let n = 0;
  for (let lle = $cast<lock_list_entry>(curproc().p_sleeplocks); lle !== null; lle = lle.ll_next) {
    for (let i = $int(lle.ll_count) - 1; i >= 0; i--) {
      const li = lle.ll_children[i];
      const held = li.li_lock;
      if (held === lo || held === Giant.mtx_object) continue;
      if ((held.lo_class.lc_flags & LC_SLEEPABLE) !== 0 || (held.lo_flags & LO_SLEEPABLE) !== 0) continue;
      n++;
      if (held.lo_witness !== null && held.lo_witness.w_sleep_squawked !== 0) continue;
      if (held.lo_witness !== null) held.lo_witness.w_sleep_squawked = 1;
      witness_sleeps++;
      witness_report_sleep(check_only, li, site);
    }
  }
  const lle = $cast<lock_list_entry>(get_pcpu().spinlocks);
  if (lle !== null && !(lle.ll_count === 1 && lle.ll_children[0].li_lock === lo)) {
    panic(
      'sleeping with spin lock %s held from %s:%d',
      lle.ll_children[0].li_lock.lo_name,
      place_file(lle.ll_children[0].li_site),
      place_line(lle.ll_children[0].li_site),
    );
  }
  return n;
}

/**
 * Is lo the only lock of a list of held spin locks, or the list empty? Locks: none. Does not sleep. @inline
 * @indivisible
 */
export function witness_only_spin(lo: lock_object, lle: lock_list_entry): boolean {
  return lle === null || (lle.ll_next === null && lle.ll_count === 1 && lle.ll_children[0].li_lock === lo);
}
