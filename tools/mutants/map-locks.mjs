/**
 * Mutants of the locks of maps, at each place where one is taken: without it, shared instead of exclusively
 * and the other way round, and kept. Rows of the first list as in map.mjs, of the second (all of the taking
 * and giving back in one function is gone) as in locks.mjs.
 */
const part = (file, mutants) => ({ file, tests: ['taken_maps.test.ts'], mutants });

const lock = (map) => `yield* vm_map_lock(${map});`;
const unlock = (map) => `vm_map_unlock(${map});`;
const READ = 'yield* vm_map_lock_read(map);';
const UNREAD = 'vm_map_unlock_read(map);';

const bare = 'changes a map that others use';
const among = 'changes a map that others read';
const reads = 'reads a map that others change';
const alone = 'keeps other readers out of a map that it only reads';
const keeps = 'the map stays locked';
const UPGRADE = 'if ((yield* vm_map_lock_upgrade(map)) !== 0) continue;';

const WRITERS = [
  ['kern/imgact_aout.ts', 'vm.vm_map', 'aout_map'],
  ['vm/vm_map_fault.ts', 'map', 'vm_map_stack'],
  ['vm/vm_map_prot.ts', 'map', 'vm_map_submap vm_map_protect vm_map_inherit vm_map_madvise'],
  ['vm/vm_kern.ts', 'map', 'kmem_alloc kmem_malloc kmem_malloc_pages kmem_alloc_wait kmem_free_wakeup'],
  ['vm/vm_map.ts', 'map', 'vm_map_find vm_map_remove'],
  ['vm/vm_mmap.ts', 'map', 'munmap'],
  ['vm/vm_map_wire.ts', 'map', 'vm_map_user_pageable vm_map_user_wire vm_map_pageable'],
  ['vm/vm_vmspace.ts', 'map', 'vmspace_free'],
  ['vm/vm_vmspace.ts', 'old_map', 'vmspace_fork'],
];
const READERS = [
  ['vm/vm_map_fault.ts', 'vm_map_lookup vm_map_growstack'],
  ['vm/vm_map_prot.ts', 'vm_map_madvise'],
  ['vm/vm_mmap.ts', 'msync'],
  ['vm/vm_map_sync.ts', 'vm_map_clean'],
  ['vm/vm_mlock.ts', 'mincore'],
];
/** Who calls it has the lock when it comes back. */
const NO_UNLOCK = ['kmem_malloc_pages'];

export default [
  ...WRITERS.map(([file, map, names]) =>
    part(
      file,
      names.split(' ').map((fn) => [fn, lock(map), `yield* vm_map_lock_read(${map});`, among]),
    ),
  ),
  ...READERS.map(([file, names]) =>
    part(
      file,
      names.split(' ').map((fn) => [fn, READ, lock('map'), alone]),
    ),
  ),
  part('vm/vm_map_fault.ts', [
    ['vm_map_lookup', `if (lockmgr_try(map.lock, LK_SHARED, curproc()) !== 0) ${READ}`, '', reads],
    [
      'vm_map_lookup',
      `${UPGRADE}\n      yield* vm_map_entry_object_create(map, entry);\n      vm_map_lock_downgrade(map);`,
      'yield* vm_map_entry_object_create(map, entry);',
      among,
    ],
    [
      'vm_map_growstack',
      `${UPGRADE}\n    const rv = yield* vm_map_growstack_by`,
      'const rv = yield* vm_map_growstack_by',
      among,
    ],
  ]),
  part('vm/vm_map_wire.ts', [
    ['vm_map_user_wire', 'if ((yield* vm_map_lock_upgrade(map)) !== 0) {', 'if (false) {', among],
    ['vm_map_wire_range', 'if (kern) yield* vm_map_lock(map);', '', bare],
    [
      'vm_map_wire_range',
      'if (kern) yield* vm_map_lock(map);',
      'if (kern) yield* vm_map_lock_read(map);',
      among,
    ],
    ['vm_map_wire_range', 'vm_map_unlock(map);\n  return KERN_SUCCESS;', 'return KERN_SUCCESS;', keeps],
  ]),
];

export const unlocked = [
  ...WRITERS.map(([file, map, names]) =>
    part(
      file,
      names
        .split(' ')
        .map((fn) => [fn, NO_UNLOCK.includes(fn) ? [lock(map)] : [lock(map), unlock(map)], bare]),
    ),
  ),
  ...READERS.map(([file, names]) =>
    part(
      file,
      names
        .split(' ')
        .filter((fn) => fn !== 'vm_map_lookup')
        .map((fn) => [fn, [READ, UNREAD], reads]),
    ),
  ),
  ...WRITERS.map(([file, map, names]) =>
    part(
      file,
      names
        .split(' ')
        .filter((fn) => !NO_UNLOCK.includes(fn) && fn !== 'vm_map_remove')
        .map((fn) => [fn, [unlock(map)], keeps]),
    ),
  ),
  ...READERS.map(([file, names]) =>
    part(
      file,
      names
        .split(' ')
        .filter((fn) => fn !== 'vm_map_lookup')
        .map((fn) => [fn, [UNREAD], keeps]),
    ),
  ),
];
