/**
 * Of two processes that share their memory one wires private memory of a file (mlock), and the other one writes
 * to it. A page of the file is just being read.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0, locking: 'vm_mtx-20010519+swaplocks+vmspace-ref' },
  setup: setup,
  threads: [{ run: pager }, { run: wirer }, { run: writer }],
  check: check,
});

const AT = 0x10000;
const PAGES = 3;
/** The page that is being read. */
const BUSY = 1;
/** Where the other one writes. */
const WRITTEN = 2;
let space: vmspace;
let file: vm_object;

/** The file's pages, all there but the one that is being read, and a private mapping of them. */
function* setup(): Sleeps {
  const at = $var<vm_offset_t>();
  at[0] = AT;
  yield* vm_lock();
  space = yield* vmspace_alloc(VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
  file = yield* vm_object_allocate(OBJT_DEFAULT, PAGES);
  for (let i: u32 = 0; i < PAGES; i++) {
    const m = vm_page_alloc(file, i, VM_ALLOC_ZERO);
    m.valid = VM_PAGE_BITS_ALL;
    if (i !== BUSY) vm_page_wakeup(m);
  }
  vm_object_reference(file);
  const error = yield* vm_map_find(
    space.vm_map,
    file,
    0,
    at,
    PAGES * PAGE_SIZE,
    false,
    VM_PROT_ALL,
    VM_PROT_ALL,
    MAP_COPY_ON_WRITE,
  );
  KASSERT(error === KERN_SUCCESS && at[0] === AT, 'no room for it: %d', error);
  vm_unlock();
}

/** mlock, for all of it. */
function* wirer(): Sleeps {
  yield* vm_lock();
  const error = yield* vm_map_user_pageable(space.vm_map, AT, AT + PAGES * PAGE_SIZE, false);
  vm_unlock();
  KASSERT(error === KERN_SUCCESS, 'mlock: %d', error);
}

/** A store by a process: a trap, if need be. */
function* writer(): Sleeps {
  const p = curproc();
  p.p_vmspace = space;
  pmap_activate(p);
  const error = yield* subyte(AT + WRITTEN * PAGE_SIZE, 1);
  KASSERT(error === 0, 'a valid write is refused');
}

/** The page has come. */
function* pager(): Sleeps {
  yield* vm_lock();
  vm_page_wakeup(vm_page_lookup(file, BUSY));
  vm_unlock();
}

/** Whoever came first: what is mapped is wired, once, and is what was written. */
function check(): void {
  const out = $var<vm_map_entry>();
  const there = vm_map_lookup_entry(space.vm_map, AT, out);
  KASSERT(there, 'the mapping is gone');
  for (let i: u32 = 0; i < PAGES; i++) {
    const m = vm_page_lookup(out[0].object, i);
    KASSERT(m !== null && m.wire_count === 1, 'page %d is not wired', i);
    const pa = pmap_extract(space.vm_pmap, AT + i * PAGE_SIZE);
    KASSERT(pa === VM_PAGE_TO_PHYS(m), 'page %d is not the one that is mapped', i);
  }
}
