/**
 * Removes [start, end) from a map. Bounds beyond the map are cut to it.
 * Locks: vm lock held, kept; takes and drops the map's lock (L1). May sleep.
 */
export function* vm_map_remove(map: vm_map, start: vm_offset_t, end: vm_offset_t): Sleeps<int> {
  let s: vm_offset_t = start;
  let e: vm_offset_t = end;
  /* planted: the map's lock is not taken */
  if (s < vm_map_min(map)) s = vm_map_min(map);
  if (e > vm_map_max(map)) e = vm_map_max(map);
  if (s > e) s = e;
  const result = yield* vm_map_delete(map, s, e);
  return result;
}
