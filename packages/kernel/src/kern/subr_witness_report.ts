/**
 * What WITNESS says (the messages of kern/subr_witness.c). Split from subr_witness.ts, which finds out.
 *
 * The layout is that of the time, with a text address where BSD prints file:line:
 *     lock order reversal
 *      1st NAME last acquired @ 0xc01...
 *      2nd 0xADDR NAME @ 0xc01...
 *      3rd 0xADDR NAME @ 0xc01...
 * followed by the chain of acquisitions by which the broken rule was learnt, one rule a line:
 *      NAME @ 0xc01... before NAME @ 0xc01... by process PID
 */
import { Debugger } from '../i386/trap.js';
import type { lock_object } from '../sys/mutex.h.js';
import type { lock_instance, lock_list_entry, witness, witness_edge } from '../sys/witness.h.js';
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
  if (first === null) printf(' 1st %s last acquired @ %p\n', w.w_name, w.w_site);
  else printf(' 1st %p %s @ %p\n', $addr(first.li_lock), first.li_lock.lo_name, first.li_site);
  printf(' 2nd %p %s @ %p\n', $addr(held.li_lock), held.li_lock.lo_name, held.li_site);
  printf(' 3rd %p %s @ %p\n', $addr(lo), lo.lo_name, site);
  witness_print_chain(w, held.li_lock.lo_witness);
  if (witness_ddb !== 0) Debugger('witness_lock');
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
  printf(' 1st %p %s @ %p\n', $addr(held.li_lock), held.li_lock.lo_name, held.li_site);
  printf(' 2nd %p %s @ %p\n', $addr(lo), lo.lo_name, site);
  if (witness_ddb !== 0) Debugger('witness_lock');
}

/** Sleeping with a lock. Locks: held's. Does not sleep. */
export function witness_report_sleep(check_only: boolean, held: lock_instance, site: u32): void {
  printf(
    '%p: %s with "%s" locked from %p\n',
    site,
    check_only ? 'could sleep' : 'sleeping',
    held.li_lock.lo_name,
    held.li_site,
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
    ' %s @ %p before %s @ %p by process %d\n',
    e.we_before.w_name,
    e.we_site_before,
    e.we_after.w_name,
    e.we_site_after,
    e.we_pid,
  );
}
