/**
 * Two processes share their memory, as rfork makes them, on two processors. One sleeps; the other one has a page
 * of it replaced by another meanwhile.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0, ncpu: 2, locking: 'vm_mtx-20010519+swaplocks+vmspace-ref' },
  setup: setup,
  threads: [{ run: reader }, { run: mover }],
});

/** Where the page is, in both. */
const AT = 0x10000;
const OLD = 1;
const NEW = 2;
/** Microseconds of other work. */
const MORE = 20;
let shared: vmspace;
let object: vm_object;
let move_mtx: embed<mtx>;
/** Has the page been replaced? Locks: move_mtx. */
let moved: int = 0;

/** A page of the object, by its number, with that as its first word. Locks: vm lock. Does not sleep. */
function page_with(word: u32, window: vm_offset_t): void {
  const m = vm_page_alloc(object, word, VM_ALLOC_NORMAL);
  pmap_kenter(window, VM_PAGE_TO_PHYS(m));
  $st32(window, $i32(word));
  pmap_kremove(window);
  m.valid = VM_PAGE_BITS_ALL;
  vm_page_wire(m);
  vm_page_wakeup(m);
}

function* setup(): Sleeps {
  mtx_init(move_mtx, 'move', MTX_DEF);
  yield* vm_lock();
  shared = yield* vmspace_alloc(VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
  shared.vm_refcnt = 2;
  object = yield* vm_object_allocate(OBJT_DEFAULT, NEW + 1);
  const window = yield* kmem_alloc_nofault(kernel_map, PAGE_SIZE);
  page_with(OLD, window);
  page_with(NEW, window);
  vm_unlock();
}

/** Goes over to the shared memory. */
function share(p: proc): void {
  p.p_vmspace = shared;
  pmap_activate(p);
}

/** Has the page of a number at AT, and nothing else. Locks: vm lock. */
function show(number: u32): void {
  const m = vm_page_lookup(object, number);
  const entered = pmap_enter(shared.vm_pmap, AT, m, VM_PROT_ALL, false);
  KASSERT(entered, 'no page table for %d', number);
}

function* reader(): Sleeps {
  share(curproc());
  yield* vm_lock();
  if (pmap_extract(shared.vm_pmap, AT) === 0) show(OLD);
  vm_unlock();
  const before = $ld32(AT);
  KASSERT(before === OLD || before === NEW, 'there is %d', before);
  yield* mtx_lock(move_mtx);
  while (moved === 0) yield* msleep($addr($ref(moved)), move_mtx, PPAUSE, 'move', 0);
  mtx_unlock(move_mtx);
  KASSERT($ld32(AT) === NEW, 'the page that was there before is still seen');
}

/** What copy on write does for both: another page in the place of the first. */
function* mover(): Sleeps {
  share(curproc());
  yield* mtx_lock(move_mtx);
  yield* vm_lock();
  show(NEW);
  vm_unlock();
  moved = 1;
  mtx_unlock(move_mtx);
  wakeup($addr($ref(moved)));
  /* It has more to do, so that its processor is not the one that is free. */
  for (let i: int = 0; i < MORE; i++) cpu_delay(1000);
}
