/**
 * The page daemon looks for pages to be had, and a process writes to one that it has not used for long.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0, locking: 'vm_mtx-20010519+swaplocks+vmspace-ref' },
  setup: setup,
  threads: [{ run: writer }, { run: scanner }],
});

const AT = 0x10000;
let space: vmspace;
let ready_mtx: embed<mtx>;
/** The process runs on its memory. Locks: ready_mtx. */
let ready: int = 0;

/** A page of a process, mapped for writing, clean, inactive, and not referenced since. */
function* setup(): Sleeps {
  const at = $var<vm_offset_t>();
  at[0] = AT;
  mtx_init(ready_mtx, 'ready', MTX_DEF);
  yield* vm_lock();
  space = yield* vmspace_alloc(VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
  const memory = yield* vm_object_allocate(OBJT_DEFAULT, 1);
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
  const m = vm_page_alloc(memory, 0, VM_ALLOC_ZERO);
  m.valid = VM_PAGE_BITS_ALL;
  KASSERT(pmap_enter(space.vm_pmap, AT, m, VM_PROT_ALL, false), 'no page table');
  vm_page_flag_set(m, PG_MAPPED | PG_WRITEABLE);
  pmap_clear_modify(m);
  pmap_clear_reference(m);
  vm_page_wakeup(m);
  vm_page_deactivate(m);
  vm_unlock();
}

/** A store by a process. There is no fault as long as the page is mapped for writing. */
function* writer(): Sleeps {
  const p = curproc();
  p.p_vmspace = space;
  pmap_activate(p);
  yield* mtx_lock(ready_mtx);
  ready = 1;
  wakeup($addr($ref(ready)));
  mtx_unlock(ready_mtx);
  yield* interruptible();
  const error = yield* subyte(AT, 1);
  KASSERT(error === 0, 'a valid write is refused');
}

/** The page daemon, as far as the inactive queue goes. */
function* scanner(): Sleeps {
  yield* mtx_lock(ready_mtx);
  while (ready === 0) yield* msleep($addr($ref(ready)), ready_mtx, PPAUSE, 'ready', 0);
  mtx_unlock(ready_mtx);
  yield* vm_lock();
  yield* vm_pageout_scan_inactive(0, 1, 0);
  vm_unlock();
}
