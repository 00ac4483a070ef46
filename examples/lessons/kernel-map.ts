/**
 * Four processors and the kernel's own map. One exchanges two pages of it, again and again; the others read them, and are to find what is mapped there now.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0, ncpu: 4 },
  setup: setup,
  threads: [
    { name: 'reader', run: reader },
    { name: 'second', run: reader },
    { name: 'third', run: reader },
    { run: mover },
  ],
});

/** So often the pages are exchanged. */
const TURNS = 12;
/** So often they are looked at in a row. */
const LOOKS = 40;
let guard: embed<mtx>;
/** Where the two pages are mapped; 0: nowhere yet. */
let place: vm_offset_t = 0;
/** The number in the first of them; the other one has that of 0 and 1 that is left. */
let is_there: u32 = 0;
let turns: int = 0;

function setup(): void {
  mtx_init(guard, 'guard', MTX_DEF);
}

function look(): void {
  const first = $ld32(place);
  const second = $ld32(place + PAGE_SIZE);
  KASSERT(first === is_there, 'the first page has the number %d, where that with %d is mapped', first, is_there);
  KASSERT(second === 1 - is_there, 'the second page has the number %d', second);
}

function* reader(): Sleeps {
  while (turns < TURNS) {
    for (let i: int = 0; i < LOOKS; i++) {
      yield* mtx_lock(guard);
      if (place !== 0) look();
      mtx_unlock(guard);
    }
    yield* tsleep($addr($ref(turns)), PPAUSE, 'turn', 1);
  }
}

/** Both pages go, in one call, and come again in each other's place. */
function exchange(): void {
  const first = PHYS_TO_VM_PAGE(pmap_extract(kernel_pmap, place));
  const second = PHYS_TO_VM_PAGE(pmap_extract(kernel_pmap, place + PAGE_SIZE));
  pmap_remove(kernel_pmap, place, place + 2 * PAGE_SIZE);
  pmap_enter(kernel_pmap, place, second, VM_PROT_ALL, true);
  pmap_enter(kernel_pmap, place + PAGE_SIZE, first, VM_PROT_ALL, true);
  is_there = 1 - is_there;
}

function* mover(): Sleeps {
  const va = yield* kmem_alloc(kernel_map, 2 * PAGE_SIZE);
  $st32(va + PAGE_SIZE, 1);
  place = va;
  for (; turns < TURNS; turns++) {
    for (let i: int = 0; i < LOOKS; i++) {
      yield* vm_lock();
      yield* mtx_lock(guard);
      if (i === LOOKS / 2) exchange();
      look();
      mtx_unlock(guard);
      vm_unlock();
    }
    yield* tsleep($addr($ref(turns)), PPAUSE, 'turn', 1);
  }
}
