/**
 * Raw I/O faults the user's page in, sees where it is, and holds it. In between the page may be taken.
 */

/** As the kernel's, but for the page's way into the hold. Locks: Giant; takes and drops the vm lock. May sleep. */
export function* vmapbuf(bp: buf): Sleeps<int> {
  KASSERT(bp.b_flags & B_PHYS, 'vmapbuf');
  const first = bp.b_data;
  const last = first + $u32(bp.b_bufsize);
  if (last < first || last > VM_MAXUSER_ADDRESS) return EFAULT;
  const wr = bp.b_iocmd === BIO_READ;
  const map_pmap = $cast<pmap>($addr(curproc().p_vmspace.vm_pmap));
  let pidx: int = 0;
  bp.b_npages = 0;
  for (let addr = trunc_page(first); addr < last; addr += PAGE_SIZE) {
    const error = yield* physio_fault(addr >= first ? addr : first, wr);
    if (error !== 0) {
      yield* vmapbuf_release(bp);
      return error;
    }
    const m = PHYS_TO_VM_PAGE(pmap_extract(map_pmap, addr));
    yield* vm_lock();
    vm_page_hold(m);
    vm_unlock();
    bp.b_pages[pidx] = m;
    pidx++;
    bp.b_npages = pidx;
  }
  yield* vm_lock();
  pmap_qenter(bp.b_kvabase, bp.b_pages, pidx);
  vm_unlock();
  bp.b_saveaddr = first;
  bp.b_data = bp.b_kvabase + (first & PAGE_MASK);
  return 0;
}
