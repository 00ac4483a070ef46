/**
 * A process writes its memory to a raw disk; memory is short meanwhile, and somebody else wants some.
 *
 * The transfer itself is left out: the pages are mapped for it and let go of behind it. The page is taken by the
 * test that the page daemon makes, of one page that nobody has used.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0, locking: 'vm_mtx-20010519+swaplocks+vmspace-ref' },
  setup: setup,
  threads: [{ run: rawio }, { run: taker }],
});

const AT = 0x10000;
/** One of each colour, so that the page that has just become free is among them. */
const WANTED = 16;
let space: vmspace;
let memory: vm_object;
let other: vm_object;

/** The process's memory, a page that it has never written to. */
function* setup(): Sleeps {
  const at = $var<vm_offset_t>();
  at[0] = AT;
  yield* vm_lock();
  space = yield* vmspace_alloc(VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
  memory = yield* vm_object_allocate(OBJT_DEFAULT, 1);
  other = yield* vm_object_allocate(OBJT_DEFAULT, WANTED);
  const error = yield* vm_map_find(
    space.vm_map,
    memory,
    0,
    at,
    PAGE_SIZE,
    false,
    VM_PROT_ALL,
    VM_PROT_ALL,
    0,
  );
  KASSERT(error === KERN_SUCCESS && at[0] === AT, 'no room for it: %d', error);
  vm_unlock();
}

/** physio, for a page. */
function* rawio(): Sleeps {
  const p = curproc();
  p.p_vmspace = space;
  pmap_activate(p);
  const bp = yield* getpbuf(null);
  bp.b_flags = B_PHYS;
  bp.b_iocmd = BIO_WRITE;
  bp.b_data = AT;
  bp.b_bufsize = PAGE_SIZE;
  const error = yield* vmapbuf(bp);
  KASSERT(error === 0, 'there is no page: %d', error);
  yield* vunmapbuf(bp);
  relpbuf(bp, null);
}

/** The page daemon's deed, and whom it is for. */
function* taker(): Sleeps {
  yield* vm_lock();
  const m = vm_page_lookup(memory, 0);
  if (m !== null) vm_page_try_to_free(m);
  vm_unlock();
  yield* vm_lock();
  for (let i: u32 = 0; i < WANTED; i++) {
    const n = vm_page_alloc(other, i, VM_ALLOC_NORMAL);
    if (n !== null) vm_page_wakeup(n);
  }
  vm_unlock();
}
