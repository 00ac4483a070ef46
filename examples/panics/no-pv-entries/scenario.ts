/**
 * Processes map the same memory, touch all of it, and unmap it. There are pv entries for some of them at a time.
 *
 * Each is a thread with an address space that it fills by the faults that a process would take. The other
 * entries are in use: whose they are does not matter here.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0, locking: 'vm_mtx-20010519+swaplocks+vmspace-ref' },
  setup: setup,
  threads: [{ run: sharer, times: 3 }],
});

const SHARERS = 3;
const PAGES = 4;
/** Pv entries that are left when they begin. All of them would want SHARERS * PAGES, and the kernel itself some. */
const ENTRIES = 9;
const AT = 0x10000;
let spaces: array<vmspace, typeof SHARERS>;

/** Maps the memory into an address space. Locks: vm lock. May sleep. */
function* map_into(space: vmspace, memory: vm_object): Sleeps {
  const at = $var<vm_offset_t>();
  at[0] = AT;
  vm_object_reference(memory);
  const error = yield* vm_map_find(
    space.vm_map,
    memory,
    0,
    at,
    PAGES * PAGE_SIZE,
    false,
    VM_PROT_ALL,
    VM_PROT_ALL,
    0,
  );
  KASSERT(error === KERN_SUCCESS && at[0] === AT, 'no room for it: %d', error);
}

function* setup(): Sleeps {
  yield* vm_lock();
  const memory = yield* vm_object_allocate(OBJT_DEFAULT, PAGES);
  for (let i: int = 0; i < SHARERS; i++) {
    spaces[i] = yield* vmspace_alloc(VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
    yield* map_into(spaces[i], memory);
  }
  /* The zone has all the memory that it may have, and others have its items. */
  pvzone.zpagemax = pvzone.zpagecount;
  while (pvzone.zfreecnt > ENTRIES) KASSERT(zalloci(pvzone) !== 0, 'no entry to take');
  vm_unlock();
}

function* sharer(id: int): Sleeps {
  const map: vm_map = spaces[id].vm_map;
  for (let va: vm_offset_t = AT; va < AT + PAGES * PAGE_SIZE; va += PAGE_SIZE) {
    const error = yield* vm_fault(map, va, VM_PROT_WRITE, VM_FAULT_DIRTY);
    KASSERT(error === KERN_SUCCESS, 'a valid write fails: %d', error);
  }
  yield* vm_lock();
  yield* vm_map_remove(map, AT, AT + PAGES * PAGE_SIZE);
  vm_unlock();
}
