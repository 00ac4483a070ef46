/** A kernel for a lesson. It counts which pages of a piece of 100 are filled with zeros, by whomever and whenever. */
const PIECE = 100;
/** Pages that a piece has got, with those that it has given back since. What is mapped behind it, and joined to it, does not count. */
let touched: u32 = 0;

/**
 * Is it a page of such a piece, by the map of the running process? The piece may have been cut since, or joined to what was mapped behind it.
 * Locks: vm lock. Does not sleep.
 */
function is_of_piece(object: vm_object, pindex: vm_pindex_t): boolean {
  const p = curproc();
  if (object.size < PIECE || (object.type !== OBJT_DEFAULT && object.type !== OBJT_SWAP)) return false;
  if (p === null || p.p_vmspace === null) return false;
  const map: vm_map = p.p_vmspace.vm_map;
  for (let entry = map.header.next; entry !== map.header; entry = entry.next) {
    if ((entry.eflags & MAP_ENTRY_IS_SUB_MAP) !== 0 || entry.object !== object) continue;
    const first: vm_pindex_t = OFF_TO_IDX(entry.offset);
    if (pindex >= first && pindex < first + atop(entry.end - entry.start)) return pindex < first + PIECE;
  }
  return false;
}

/**
 * As the kernel's own: gives a page its identity. One without valid bytes is new, others only come from another object.
 * Locks: vm lock. Does not sleep.
 */
export function vm_page_insert(m: vm_page, object: vm_object, pindex: vm_pindex_t): void {
  if (m.object !== null) panic('vm_page_insert: already inserted');
  if (m.valid === 0 && is_of_piece(object, pindex)) touched++;
  m.object = object;
  m.pindex = pindex;
  const bucket = $padd(vm_page_buckets, $i32((pindex + $u32(object.hash_rand)) & vm_page_hash_mask));
  m.hnext = bucket[0];
  bucket[0] = m;
  TAILQ_INSERT_TAIL(object.memq, m, 'listq');
  object.resident_page_count++;
  object.generation++;
  if ((m.flags & PG_WRITEABLE) !== 0) vm_object_set_writeable_dirty(object);
}
