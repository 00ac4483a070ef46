/**
 * Two threads take pages on a machine that has few, and the page daemon gets them some.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: taker, times: 2 }],
  daemons: ['pagedaemon'],
});

const PAGES = 140;
/** For the threads themselves, and a few to take. */
const SPARE = 24;
let hoard: vm_object;
let wanted: array<vm_object, 2>;

/** Leaves as few pages as there may be before anybody has to wait; what was taken is clean, and to be had. */
function* setup(): Sleeps {
  yield* vm_lock();
  hoard = yield* vm_object_allocate(OBJT_DEFAULT, 4096);
  for (let i: u32 = 0; cnt.v_free_count > cnt.v_free_min + SPARE; i++) {
    const m = vm_page_alloc(hoard, i, VM_ALLOC_NORMAL);
    m.valid = VM_PAGE_BITS_ALL;
    vm_page_wakeup(m);
    vm_page_deactivate(m);
  }
  for (let i: int = 0; i < 2; i++) wanted[i] = yield* vm_object_allocate(OBJT_DEFAULT, PAGES);
  vm_unlock();
}

function* taker(id: int): Sleeps {
  yield* vm_lock();
  for (let i: u32 = 0; i < PAGES; i++) {
    const m = yield* vm_page_grab(wanted[id], i, VM_ALLOC_NORMAL | VM_ALLOC_RETRY);
    m.valid = VM_PAGE_BITS_ALL;
    vm_page_wakeup(m);
  }
  vm_unlock();
}
