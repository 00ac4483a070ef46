/**
 * What the page daemon and its clients agree on (vm/vm_pageout.h; the thresholds' tests are in BSD's
 * sys/vmmeter.h). A page counts as available if it is free or cached.
 */
import { cnt } from './vm_meter.js';

/**
 * vm_pageout_req_swapout, and the argument of swapout_procs: memory is short; idle processes go in any case.
 */
export const VM_SWAP_NORMAL = 1;
export const VM_SWAP_IDLE = 2;

/** So few pages that only the system's own needs are met. Locks: V held, or none for a guess. @inline */
export function vm_page_count_severe(): boolean {
  return cnt.v_free_severe > cnt.v_free_count + cnt.v_cache_count;
}
/** So few pages that processes wait. Locks: V held, or none for a guess. @inline */
export function vm_page_count_min(): boolean {
  return cnt.v_free_min > cnt.v_free_count + cnt.v_cache_count;
}
/** Fewer pages than wanted. Locks: V held, or none for a guess. @inline */
export function vm_page_count_target(): boolean {
  return cnt.v_free_target > cnt.v_free_count + cnt.v_cache_count;
}
/**
 * How many pages are missing to the page daemon's goal; negative if there are more. Locks: V held. @inline
 */
export function vm_paging_target(): int {
  return $i32(cnt.v_free_target + cnt.v_cache_min) - $i32(cnt.v_free_count + cnt.v_cache_count);
}
/** Is it time for the page daemon? Locks: V held. @inline */
export function vm_paging_needed(): boolean {
  return cnt.v_free_reserved + cnt.v_cache_min > cnt.v_free_count + cnt.v_cache_count;
}
