/**
 * What WITNESS says (the messages of kern/subr_witness.c). Split from subr_witness.ts, which finds out.
 *
 * A reversal is of two locks, or of three if one of the wanted kind is held beside the one that should come after it. The name is
 * that of the lock, in parentheses its kind:
 *     lock order reversal
 *      1st 0xADDR NAME (KIND) @ FILE:LINE
 *      2nd 0xADDR NAME (KIND) @ FILE:LINE
 * followed by the chain of acquisitions by which the broken rule was learnt, one rule a line (BSD has no such lines):
 *      NAME @ FILE:LINE before NAME @ FILE:LINE by process PID
 */
import { Debugger } from '../i386/db_interface.js';
import type { lock_object } from '../sys/mutex.h.js';
import type { lock_instance, lock_list_entry, place, witness, witness_edge } from '../sys/witness.h.js';
import { WITNESS_COUNT } from '../sys/witness.h.js';
import { printf } from './subr_prf.js';
import { w_data, w_edge_count, w_edges, witness_ddb } from './subr_witness.js';

/** How a search for a chain came to a kind of locks: number of the rule plus 1, 0 if it did not. */
let w_via: array<u16, 96>;
let w_queue: array<u16, 96>;

/**
 * Lock `lo` is wanted at `site` although it should have come before `held`.
 * Locks: those of the list. Does not sleep.
 */
export function witness_report_reversal(
  lock_list: lock_list_entry,
  held: lock_instance,
  lo: lock_object,
  site: u32,
): void {
  const w = lo.lo_witness;
  const first = witness_same_kind(lock_list, w);
  printf('lock order reversal\n');
  let nth = 1;
  if (first !== null) witness_print_lock(nth++, first.li_lock, first.li_site);
  witness_print_lock(nth++, held.li_lock, held.li_site);
  witness_print_lock(nth, lo, site);
  witness_print_chain(w, held.li_lock.lo_witness);
  if (witness_ddb !== 0) Debugger('witness_lock');
}

/** One line of a reversal: n is 1, 2 or 3. Locks: none. Does not sleep. */
function witness_print_lock(n: int, lo: lock_object, site: u32): void {
  const nth = n === 1 ? '1st' : n === 2 ? '2nd' : '3rd';
  const kind = lo.lo_witness.w_name;
  printf(' %s %p %s (%s) @ %s:%d\n', nth, $addr(lo), lo.lo_name, kind, place_file(site), place_line(site));
}

/** A held lock of that kind, or null. Locks: those of the list. Does not sleep. */
function witness_same_kind(lock_list: lock_list_entry, w: witness): lock_instance {
  for (let lle = lock_list; lle !== null; lle = lle.ll_next) {
    for (let i = $int(lle.ll_count) - 1; i >= 0; i--) {
      if (lle.ll_children[i].li_lock.lo_witness === w) return lle.ll_children[i];
    }
  }
  return null;
}

/** Two locks of one kind. Locks: held's. Does not sleep. */
export function witness_report_same(held: lock_instance, lo: lock_object, site: u32): void {
  printf('acquiring duplicate lock of same type: "%s"\n', lo.lo_name);
  witness_print_lock(1, held.li_lock, held.li_site);
  witness_print_lock(2, lo, site);
  if (witness_ddb !== 0) Debugger('witness_lock');
}

/** Sleeping with a lock. Locks: held's. Does not sleep. */
export function witness_report_sleep(check_only: boolean, held: lock_instance, site: u32): void {
  printf(
    '%s:%d: %s with "%s" locked from %s:%d\n',
    place_file(site),
    place_line(site),
    check_only ? 'could sleep' : 'sleeping',
    held.li_lock.lo_name,
    place_file(held.li_site),
    place_line(held.li_site),
  );
  if (witness_ddb !== 0) Debugger('witness_sleep');
}

/**
 * Prints the shortest chain of rules from kind `from` to kind `to`, in order. Searched breadth first.
 * Locks: none. Does not sleep.
 */
export function witness_print_chain(from: witness, to: witness): void {
  for (let i = 0; i < WITNESS_COUNT; i++) w_via[i] = 0;
  /* Backwards from `to`, so that following w_via from `from` prints it in order. */
  let head = 0;
  let tail = 0;
  w_queue[tail++] = to.w_index;
  while (head < tail && w_via[from.w_index] === 0) {
    const w = w_data[w_queue[head++]];
    for (let i = 0; i < w_edge_count; i++) {
      const e = w_edges[i];
      const b = e.we_before;
      if (e.we_after !== w || b === to || w_via[b.w_index] !== 0) continue;
      w_via[b.w_index] = i + 1;
      w_queue[tail++] = b.w_index;
    }
  }
  let w = from;
  while (w !== to && w_via[w.w_index] !== 0) {
    const e = w_edges[w_via[w.w_index] - 1];
    witness_print_edge(e);
    w = e.we_after;
  }
}

/** Prints one rule. Locks: none. Does not sleep. */
function witness_print_edge(e: witness_edge): void {
  if (e.we_site_after === 0) {
    printf(' %s before %s: given in advance\n', e.we_before.w_name, e.we_after.w_name);
    return;
  }
  printf(
    ' %s @ %s:%d before %s @ %s:%d by process %d\n',
    e.we_before.w_name,
    place_file(e.we_site_before),
    place_line(e.we_site_before),
    e.we_after.w_name,
    place_file(e.we_site_after),
    place_line(e.we_site_after),
    e.we_pid,
  );
}

/** The row of the table of places for a return address, or null. Locks: none. Does not sleep. */
function place_find(site: u32): place {
  const base = $cast<place>($places());
  let low = 0;
  let high = $pdiff($cast<place>($eplaces()), base);
  while (low < high) {
    const mid = (low + high) >> 1;
    const at = $idx(base, mid);
    if (at.pl_retaddr === site) return at;
    if (at.pl_retaddr < site) low = mid + 1;
    else high = mid;
  }
  return null;
}

/** The file in which a lock was acquired at text address `site`, "?" if that is no such place. Locks: none. Does not sleep. */
export function place_file(site: u32): str {
  const at = place_find(site);
  return at === null ? '?' : at.pl_file;
}

/** The line, 0 if that is no such place. Locks: none. Does not sleep. */
export function place_line(site: u32): int {
  const at = place_find(site);
  return at === null ? 0 : at.pl_line;
}
