/**
 * Without a pv entry there is nothing to be done, as in the kernels of the time.
 */

/** Takes no mapping away. Locks: vm lock. Does not sleep. */
export function pmap_pv_reclaim(): boolean {
  return false;
}
