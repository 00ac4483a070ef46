/**
 * What WITNESS says (the messages of kern/subr_witness.c). Split from subr_witness.ts, which finds out.
 *
 * The layout is that of the time:
 *     lock order reversal
 *      1st NAME last acquired @ FILE:LINE
 *      2nd 0xADDR NAME @ FILE:LINE
 *      3rd 0xADDR NAME @ FILE:LINE
 * followed by the chain of acquisitions by which the broken rule was learnt, one rule a line:
 *      NAME @ FILE:LINE before NAME @ FILE:LINE by process PID
 */
import { Debugger } from '../i386/trap.js';
import type { lock_object } from '../sys/mutex.h.js';
import type { lock_instance, lock_list_entry, witness, witness_edge } from '../sys/witness.h.js';
import { WITNESS_COUNT } from '../sys/witness.h.js';
import { text_place } from './subr_place.js';
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
  if (first === null) printf(' 1st %s last acquired @ %s\n', w.w_name, text_place(w.w_site));
  else printf(' 1st %p %s @ %s\n', $addr(first.li_lock), first.li_lock.lo_name, text_place(first.li_site));
  printf(' 2nd %p %s @ %s\n', $addr(held.li_lock), held.li_lock.lo_name, text_place(held.li_site));
  printf(' 3rd %p %s @ %s\n', $addr(lo), lo.lo_name, text_place(site));
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
  printf(' 1st %p %s @ %s\n', $addr(held.li_lock), held.li_lock.lo_name, text_place(held.li_site));
  printf(' 2nd %p %s @ %s\n', $addr(lo), lo.lo_name, text_place(site));
  if (witness_ddb !== 0) Debugger('witness_lock');
}

/** Sleeping with a lock. Locks: held's. Does not sleep. */
export function witness_report_sleep(check_only: boolean, held: lock_instance, site: u32): void {
  printf('%s: ', text_place(site));
  printf(
    '%s with "%s" locked from %s\n',
    check_only ? 'could sleep' : 'sleeping',
    held.li_lock.lo_name,
    text_place(held.li_site),
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
  printf(' %s @ %s before ', e.we_before.w_name, text_place(e.we_site_before));
  printf('%s @ %s by process %d\n', e.we_after.w_name, text_place(e.we_site_after), e.we_pid);
}
