/**
 * Two processes that share their memory, as rfork makes them, exit at the same time.
 *
 * Each is a thread that goes over to the shared address space, gives it up as exit does, and lets go of it as
 * its parent would have it.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0, locking: 'vm_mtx-20010519+swaplocks+vmspace-ref' },
  setup: setup,
  threads: [{ run: exiter, times: 2 }],
  check: check,
});

const PAGES = 4;
let shared: vmspace;
let memory: vm_object;

/** An address space of two processes, with some memory in it, to which we refer as well. */
function* setup(): Sleeps {
  yield* vm_lock();
  shared = yield* vmspace_alloc(VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
  shared.vm_refcnt = 2;
  memory = yield* vm_object_allocate(OBJT_DEFAULT, PAGES);
  vm_object_reference(memory);
  const at = $var<vm_offset_t>();
  at[0] = 0x10000;
  const error = yield* vm_map_find(
    shared.vm_map,
    memory,
    0,
    at,
    PAGES * PAGE_SIZE,
    false,
    VM_PROT_ALL,
    VM_PROT_ALL,
    0,
  );
  KASSERT(error === KERN_SUCCESS, 'no room for it: %d', error);
  vm_unlock();
}

function* exiter(): Sleeps {
  const p = curproc();
  const own = p.p_vmspace;
  p.p_vmspace = shared;
  pmap_activate(p);
  yield* exit_vmspace(p);
  p.p_vmspace = own;
  pmap_activate(p);
  yield* vmspace_free(shared);
}

function check(): void {
  KASSERT(memory.ref_count === 1, 'the memory of nobody has %d references', memory.ref_count - 1);
}
