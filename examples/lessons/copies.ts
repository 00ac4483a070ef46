/**
 * A kernel for a lesson. It counts which pages of a piece of 64 are copied, by whomever and whenever, how many of them are there when its
 * process forks, and how that one's children end. And it joins no two pieces of memory: what printf() asks for, or the next mmap(), lies
 * beside it with a gap between. (Else both would be one, of more than 64 pages.)
 */
const PIECE = 64;
/** Pages that were copied of a piece, or into one. */
let copies: u32 = 0;
/** Times that a process has forked that has a piece of its own, and not one from its parent. */
let piece_forks: u32 = 0;
/** Pages of the piece that were there then; of several times the fewest. */
let piece_shared: u32 = 0;
/** Children of a process with such a piece that have ended with another status than 0, or by a signal. */
let piece_failed: u32 = 0;

/** Is it a piece that its process has mapped itself, touched or not? Locks: vm lock, or Giant on one processor. Does not sleep. */
function is_piece(entry: vm_map_entry): boolean {
  if (entry.end - entry.start !== PIECE * PAGE_SIZE || (entry.eflags & MAP_ENTRY_IS_SUB_MAP) !== 0) return false;
  const object = entry.object;
  if (object === null) return true;
  return object.backing_object === null && (object.type === OBJT_DEFAULT || object.type === OBJT_SWAP);
}

/** As the kernel's own, but it looks how much of a piece the child gets. Locks: vm lock held, may be let go of meanwhile. May sleep. */
function* vmspace_fork_entry(new_map: vm_map, old_entry: vm_map_entry): Sleeps<vm_map_entry> {
  if (is_piece(old_entry)) {
    const there: u32 = old_entry.object === null ? 0 : $u32(old_entry.object.resident_page_count);
    if (piece_forks++ === 0 || there < piece_shared) piece_shared = there;
  }
  const new_entry = yield* vm_map_entry_create(new_map);
  $copy(new_entry, old_entry);
  new_entry.eflags &= ~MAP_ENTRY_USER_WIRED;
  new_entry.wired_count = 0;
  vm_map_entry_link(new_map, new_map.header.prev, new_entry);
  new_map.size += new_entry.end - new_entry.start;
  return new_entry;
}

/** As the kernel's own, but it counts who ends badly. Locks: Giant held; takes and drops sched_lock. Does not sleep. */
function exit_rusage(p: proc, rv: int): void {
  if (rv !== 0) {
    const map: vm_map = p.p_pptr.p_vmspace.vm_map;
    for (let entry = map.header.next; entry !== map.header; entry = entry.next) {
      if (is_piece(entry)) piece_failed++;
    }
  }
  p.p_xstat = rv;
  $copy(p.p_ru, p.p_stats.p_ru);
  mtx_lock_spin(sched_lock);
  calcru(p, p.p_ru.ru_utime, p.p_ru.ru_stime, null);
  mtx_unlock_spin(sched_lock);
  ruadd(p.p_ru, p.p_stats.p_cru);
}

/** Is it a page of memory that belongs to no file, in an object as large as the piece? Locks: vm lock. Does not sleep. */
function is_of_piece(phys: vm_offset_t): boolean {
  const object = PHYS_TO_VM_PAGE(phys).object;
  if (object === null || object.size !== PIECE) return false;
  return object.type === OBJT_DEFAULT || object.type === OBJT_SWAP;
}

/** Copies a physical page through the windows CADDR1 and CADDR2. Locks: vm lock. Does not sleep. */
export function pmap_copy_page(src: vm_offset_t, dst: vm_offset_t): void {
  if (is_of_piece(src) || is_of_piece(dst)) copies++;
  KASSERT(CMAP1[0] === 0, 'pmap_copy_page: CMAP1 busy');
  KASSERT(CMAP2[0] === 0, 'pmap_copy_page: CMAP2 busy');
  CMAP1[0] = PG_V | (src & PG_FRAME) | PG_A;
  CMAP2[0] = PG_V | PG_RW | (dst & PG_FRAME) | PG_A | PG_M;
  invlpg(CADDR1);
  invlpg(CADDR2);
  bcopy(CADDR1, CADDR2, PAGE_SIZE);
  CMAP1[0] = 0;
  CMAP2[0] = 0;
}

/**
 * As the kernel's own, but where it looks for space in a process's map it leaves a page free on both sides. Locks: vm lock held, kept, takes
 * and drops the map's lock. May sleep.
 */
export function* vm_map_find(
  map: vm_map,
  object: vm_object,
  offset: vm_ooffset_t,
  addr: ptr<vm_offset_t>,
  length: vm_size_t,
  find_space: boolean,
  prot: vm_prot_t,
  max: vm_prot_t,
  cow: int,
): Sleeps<int> {
  const beside: u32 = find_space && vm_map_max(map) <= VM_MAXUSER_ADDRESS && addr[0] >= PAGE_SIZE ? PAGE_SIZE : 0;
  yield* vm_map_lock(map);
  if (find_space) {
    if (vm_map_findspace(map, addr[0] - beside, length + 2 * beside, addr) !== 0) {
      vm_map_unlock(map);
      return KERN_NO_SPACE;
    }
    addr[0] += beside;
  }
  const start: vm_offset_t = addr[0];
  const result = yield* vm_map_insert(map, object, offset, start, start + length, prot, max, cow);
  vm_map_unlock(map);
  return result;
}
