/**
 * A process exits while the kernel gets another page table. It is on no list of those that run by then, and
 * still runs.
 *
 * The process that exits is a thread with an address space of its own; it takes itself off the list as exit does,
 * and then comes by memory that somebody else has allocated, as exit does with its children and its parent.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0, locking: 'vm_mtx-20010519+swaplocks+vmspace-ref' },
  threads: [{ run: exiter }, { run: grower }],
});

/** Half of what a page table maps. */
const STEP = 2 << 20;
/** Memory of the grower's; 0 before there is any. */
let word: u32 = 0;

/** exit1, from where it gives up its address space to where it tells its parent. */
function* exiter(): Sleeps {
  const p = curproc();
  yield* vmspace_unshare(p);
  yield* exit_vmspace(p);
  yield* exit_unlist(p);
  yield* exit_orphan(p);
  if (word !== 0) $st32(word, 1);
}

/** Allocates until the kernel's page tables do not do. */
function* grower(): Sleeps {
  yield* vm_lock();
  const before = kernel_vm_end;
  while (kernel_vm_end === before) yield* kmem_alloc_pageable(kernel_map, STEP);
  const got = yield* kmem_alloc(kernel_map, PAGE_SIZE);
  KASSERT(got >= before, 'the memory at 0x%x is not in the new part', got);
  vm_unlock();
  word = got;
}
