/**
 * Mapped memory (vm/vm_mmap.c): mmap and its relatives. mlock, munlock and mincore are in vm_mlock.ts.
 *
 * Locks. The system calls take Giant and then the vm lock: whatever drops a mapping may drop the last
 * reference of a file's object, and vnodes are under Giant. Deviation: no limit on the whole of the address
 * space; RLIMIT_VMEM is younger than this kernel.
 */
import { fdrop, fget, fhold } from '../kern/kern_descrip.js';
import { Giant } from '../kern/kern_mutex.js';
import { vm_lock, vm_owned, vm_unlock } from '../kern/kern_regime.h.js';
import { VOP_GETATTR } from '../kern/vnode_if.js';
import { MEM_MAJOR, MEM_MINOR_ZERO, makedev } from '../sys/conf.h.js';
import { EACCES, EBADF, EINVAL, EIO, ENOMEM, EOPNOTSUPP } from '../sys/errno.h.js';
import { FREAD, FWRITE } from '../sys/fcntl.h.js';
import type { file } from '../sys/file.h.js';
import { DTYPE_VNODE } from '../sys/file.h.js';
import {
  MADV_CORE,
  MAP_ANON,
  MAP_FIXED,
  MAP_INHERIT,
  MAP_NOCORE,
  MAP_NOSYNC,
  MAP_PRIVATE,
  MAP_SHARED,
  MAP_STACK,
  MS_ASYNC,
  MS_INVALIDATE,
  PROT_READ,
  PROT_WRITE,
} from '../sys/mman.h.js';
import { mtx_lock, mtx_unlock } from '../sys/mutex.h.js';
import { PAGE_MASK } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import type {
  madvise_args,
  minherit_args,
  mmap_args,
  mprotect_args,
  msync_args,
  munmap_args,
} from '../sys/sysproto.h.js';
import type { off_t, vm_offset_t, vm_ooffset_t, vm_prot_t, vm_size_t } from '../sys/types.h.js';
import type { vattr, vnode } from '../sys/vnode.h.js';
import { VCHR, VREG } from '../sys/vnode.h.js';
import { kmembase, kmemlimit } from './vm_kern.js';
import type { vm_map, vm_map_entry } from './vm_map.h.js';
import {
  MAP_COPY_ON_WRITE,
  MAP_DISABLE_COREDUMP,
  MAP_DISABLE_SYNCER,
  MAP_PREFAULT_PARTIAL,
} from './vm_map.h.js';
import { vm_map_delete, vm_map_find, vm_map_lookup_entry, vm_map_remove } from './vm_map.js';
import { vm_map_stack } from './vm_map_fault.js';
import { vm_map_lock, vm_map_lock_read, vm_map_unlock, vm_map_unlock_read } from './vm_map_lock.js';
import { vm_map_check_protection, vm_map_inherit, vm_map_madvise, vm_map_protect } from './vm_map_prot.js';
import { vm_map_clean } from './vm_map_sync.js';
import type { vm_object } from './vm_object.h.js';
import { OBJT_DEFAULT, OBJT_DEVICE, OBJT_VNODE } from './vm_object.h.js';
import { vm_object_deallocate } from './vm_object.js';
import { vm_pager_allocate } from './vm_pager.js';
import {
  IDX_TO_OFF,
  KERN_FAILURE,
  KERN_INVALID_ADDRESS,
  KERN_NO_SPACE,
  KERN_PROTECTION_FAILURE,
  KERN_SUCCESS,
  MAXDSIZ,
  OFF_TO_IDX,
  VM_INHERIT_NONE,
  VM_INHERIT_SHARE,
  VM_MAXUSER_ADDRESS,
  VM_PROT_ALL,
  VM_PROT_EXECUTE,
  VM_PROT_NONE,
  VM_PROT_READ,
  VM_PROT_WRITE,
  round_page,
  trunc_page,
} from './vm_param.h.js';

/**
 * Most entries that a map may have for each process that shares it (sysctl vm.max_proc_mmap); 0: no limit.
 */
export let max_proc_mmap: int = 0;

/** Sets max_proc_mmap to a hundredth of what kmem could hold. Locks: none (boot). Does not sleep. */
export function vmmapentry_rsrc_init(): void {
  KASSERT(kmemlimit > kmembase, 'vmmapentry_rsrc_init: before kmeminit');
  max_proc_mmap = $i32((kmemlimit - kmembase) / $sizeof<vm_map_entry>() / 100);
}

/** sbrk(2) as a system call was never done; the C library has break. Locks: none. Does not sleep. */
export function* sbrk(p: proc, uap: u32): Sleeps<int> {
  return EOPNOTSUPP;
}

/**
 * What mmap needs to know of its source.
 * @lock k the mapping process
 */
interface mmap_source extends struct {
  ms_handle: u32; // (k) vnode, or 0: anonymous
  ms_maxprot: u32; // (k) most that the protection may become
  ms_flags: int; // (k) flags of the call, MAP_ANON perhaps added
  ms_pos: off_t; // (k) offset in the source
}

/**
 * mmap(2).
 * Locks: none held but perhaps Giant; takes and drops Giant and the vm lock. May sleep.
 */
export function* mmap(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<mmap_args>(uap);
  const vms = p.p_vmspace;
  const prot: int = args.prot & VM_PROT_ALL;
  let flags: int = args.flags;
  let pos: off_t = args.pos;
  if ($i32(args.len) < 0 || ((flags & MAP_ANON) !== 0 && args.fd !== -1)) return EINVAL;
  if ((flags & MAP_STACK) !== 0) {
    if (args.fd !== -1 || (prot & (PROT_READ | PROT_WRITE)) !== (PROT_READ | PROT_WRITE)) return EINVAL;
    flags |= MAP_ANON;
    pos = 0;
  }
  if (pos < 0) return EINVAL;

  /* Whole pages at both ends. */
  const pageoff: u32 = $u32(pos & PAGE_MASK);
  pos -= pageoff;
  const size: vm_size_t = round_page(args.len + pageoff);
  const addr = $var<vm_offset_t>();
  addr[0] = args.addr;
  if ((flags & MAP_FIXED) !== 0) {
    /* The address must have the offset's place in its page. */
    addr[0] -= pageoff;
    if ((addr[0] & PAGE_MASK) !== 0) return EINVAL;
    if (addr[0] + size < addr[0] || addr[0] + size > VM_MAXUSER_ADDRESS) return EINVAL;
  } else {
    /* Leave the room that the heap may ever need alone. */
    const heap_end: vm_offset_t = round_page(vms.vm_daddr + MAXDSIZ);
    if (addr[0] === 0 || (addr[0] >= round_page(vms.vm_taddr) && addr[0] < heap_end)) addr[0] = heap_end;
  }

  const src = $local<mmap_source>();
  src.ms_flags = flags;
  src.ms_pos = pos;
  src.ms_handle = 0;
  src.ms_maxprot = VM_PROT_ALL;
  let fp: file = null;
  let error: int = 0;
  yield* mtx_lock(Giant);
  if ((flags & MAP_ANON) !== 0) {
    src.ms_pos = 0;
  } else {
    fp = fget(p.p_fd, args.fd);
    if (fp === null) {
      mtx_unlock(Giant);
      return EBADF;
    }
    fhold(fp); /* the descriptor may be closed while we sleep */
    error = mmap_file(fp, prot, src);
  }
  if (error === 0 && max_proc_mmap !== 0 && vms.vm_map.nentries >= max_proc_mmap * vms.vm_refcnt) {
    error = ENOMEM;
  }
  if (error === 0) {
    error = yield* vm_mmap(
      vms.vm_map,
      addr,
      size,
      prot,
      src.ms_maxprot,
      src.ms_flags,
      src.ms_handle,
      src.ms_pos,
    );
  }
  if (error === 0) p.p_retval[0] = $i32(addr[0] + pageoff);
  if (fp !== null) yield* fdrop(fp, p);
  mtx_unlock(Giant);
  return error;
}

/**
 * Checks that a file may be mapped so and finds what there is to map. /dev/zero is another name for anonymous
 * memory. Locks: Giant held, kept. Does not sleep.
 */
function mmap_file(fp: file, prot: int, src: mmap_source): int {
  if (fp.f_type !== DTYPE_VNODE) return EINVAL;
  const vp = $cast<vnode>(fp.f_data);
  if (vp.v_type !== VREG && vp.v_type !== VCHR) return EINVAL;
  if (vp.v_type === VCHR && vp.v_rdev === makedev(MEM_MAJOR, MEM_MINOR_ZERO)) {
    src.ms_flags |= MAP_ANON;
    src.ms_pos = 0;
    return 0;
  }
  /* A device has no private mappings. */
  if (vp.v_type === VCHR && (src.ms_flags & MAP_PRIVATE) !== 0) return EINVAL;

  let maxprot: u32 = VM_PROT_EXECUTE;
  if ((fp.f_flag & FREAD) !== 0) maxprot |= VM_PROT_READ;
  else if ((prot & PROT_READ) !== 0) return EACCES;
  if ((src.ms_flags & MAP_SHARED) !== 0 || vp.v_type === VCHR) {
    if ((fp.f_flag & FWRITE) !== 0) maxprot |= VM_PROT_WRITE;
    else if ((prot & PROT_WRITE) !== 0) return EACCES;
  } else {
    maxprot |= VM_PROT_WRITE; /* the process writes to its own copy */
  }
  src.ms_maxprot = maxprot;
  src.ms_handle = $addr(vp);
  return 0;
}

/**
 * The object behind a file or device, with a reference for the caller, or null. *typep is its OBJT_* type;
 * *flagsp gets MAP_NOSYNC for a file without a name and MAP_SHARED for a device. Locks: Giant (for a file)
 * and the vm lock held, kept; the vm lock may be let go of meanwhile. May sleep.
 */
function* vm_mmap_object(
  vp: vnode,
  size: vm_size_t,
  prot: vm_prot_t,
  foff: vm_ooffset_t,
  flagsp: ptr<int>,
  typep: ptr<int>,
): Sleeps<vm_object> {
  if (vp.v_type === VCHR) {
    typep[0] = OBJT_DEVICE;
    flagsp[0] = (flagsp[0] & ~MAP_PRIVATE) | MAP_SHARED;
    return yield* vm_pager_allocate(OBJT_DEVICE, vp.v_rdev, $i64(size), prot, foff);
  }
  typep[0] = OBJT_VNODE;
  const vat = $local<vattr>();
  if (VOP_GETATTR(vp, vat) !== 0) return null;
  if (vp.v_type === VREG && vat.va_nlink === 0) flagsp[0] |= MAP_NOSYNC;
  const objsize: vm_ooffset_t = IDX_TO_OFF(OFF_TO_IDX(vat.va_size + PAGE_MASK));
  return yield* vm_pager_allocate(OBJT_VNODE, $addr(vp), objsize, prot, foff);
}

/** The errno for a KERN_* result of a mapping. Locks: none. Does not sleep. */
function vm_mmap_errno(rv: int): int {
  switch (rv) {
    case KERN_SUCCESS:
      return 0;
    case KERN_INVALID_ADDRESS:
    case KERN_NO_SPACE:
      return ENOMEM;
    case KERN_PROTECTION_FAILURE:
      return EACCES;
    default:
      return EINVAL;
  }
}

/**
 * Maps `size` bytes of a vnode (`handle`), or of anonymous memory, into a map: at *addr with MAP_FIXED, in
 * place of what is there; else at the first free range from there on, which *addr tells. Returns an errno.
 * Locks: vm lock held or not, and Giant if there is a vnode; the vm lock may be let go of meanwhile. May
 * sleep.
 */
export function* vm_mmap(
  map: vm_map,
  addr: ptr<vm_offset_t>,
  size: vm_size_t,
  prot: vm_prot_t,
  maxprot: vm_prot_t,
  flags: int,
  handle: u32,
  foff: vm_ooffset_t,
): Sleeps<int> {
  const len: vm_size_t = round_page(size);
  const fitit: boolean = (flags & MAP_FIXED) === 0;
  if (size === 0) return 0;
  if ((foff & PAGE_MASK) !== 0) return EINVAL;
  if (fitit) addr[0] = round_page(addr[0]);
  else if (addr[0] !== trunc_page(addr[0])) return EINVAL;

  const had = vm_owned();
  if (!had) yield* vm_lock();
  if (!fitit) yield* vm_map_remove(map, addr[0], addr[0] + len);

  const flagsp = $var<int>();
  const typep = $var<int>();
  let object: vm_object = null;
  let docow: int = 0;
  flagsp[0] = flags;
  typep[0] = OBJT_DEFAULT;
  if ((flags & MAP_ANON) === 0 && handle !== 0) {
    object = yield* vm_mmap_object($cast<vnode>(handle), len, prot, foff, flagsp, typep);
    if (object === null) {
      if (!had) vm_unlock();
      return typep[0] === OBJT_DEVICE ? EINVAL : ENOMEM;
    }
    docow = MAP_PREFAULT_PARTIAL;
  }
  const fl: int = flagsp[0];
  if ((fl & (MAP_ANON | MAP_SHARED)) === 0 && object !== null) docow |= MAP_COPY_ON_WRITE;
  if ((fl & MAP_NOSYNC) !== 0) docow |= MAP_DISABLE_SYNCER;
  if ((fl & MAP_NOCORE) !== 0) docow |= MAP_DISABLE_COREDUMP;

  let rv: int = 0;
  if ((fl & MAP_STACK) !== 0) {
    rv = yield* vm_map_stack(map, addr[0], len, prot, maxprot, docow);
  } else {
    rv = yield* vm_map_find(map, object, object === null ? 0 : foff, addr, len, fitit, prot, maxprot, docow);
  }
  if (rv !== KERN_SUCCESS) {
    if (object !== null) yield* vm_object_deallocate(object);
  } else if ((fl & (MAP_SHARED | MAP_INHERIT)) !== 0) {
    /* What is shared with others is shared with children too. */
    rv = yield* vm_map_inherit(map, addr[0], addr[0] + len, VM_INHERIT_SHARE);
    if (rv !== KERN_SUCCESS) yield* vm_map_remove(map, addr[0], addr[0] + len);
  }
  if (!had) vm_unlock();
  return vm_mmap_errno(rv);
}

/** True if [addr, addr + size) wraps or leaves the user's addresses. Locks: none. Does not sleep. */
export function vm_user_range_bad(addr: vm_offset_t, size: vm_size_t): boolean {
  return addr + size < addr || addr + size > VM_MAXUSER_ADDRESS;
}

/**
 * munmap(2).
 * Locks: none held but perhaps Giant; takes and drops Giant and the vm lock. May sleep.
 */
export function* munmap(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<munmap_args>(uap);
  const addr: vm_offset_t = trunc_page(args.addr);
  const size: vm_size_t = round_page(args.len + (args.addr - addr));
  const map: vm_map = p.p_vmspace.vm_map;
  let error: int = 0;
  if (addr + size < addr) return EINVAL;
  if (args.len === 0) return 0;
  if (vm_user_range_bad(addr, size)) return EINVAL;
  yield* mtx_lock(Giant);
  yield* vm_lock();
  /* All of it must be mapped. */
  yield* vm_map_lock(map);
  if (!vm_map_check_protection(map, addr, addr + size, VM_PROT_NONE)) error = EINVAL;
  else yield* vm_map_delete(map, addr, addr + size);
  vm_map_unlock(map);
  vm_unlock();
  mtx_unlock(Giant);
  return error;
}

/**
 * mprotect(2).
 * Locks: none held but perhaps Giant; takes and drops Giant and the vm lock. May sleep.
 */
export function* mprotect(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<mprotect_args>(uap);
  const addr: vm_offset_t = trunc_page(args.addr);
  const size: vm_size_t = round_page(args.len + (args.addr - addr));
  if (addr + size < addr) return EINVAL;
  yield* mtx_lock(Giant);
  yield* vm_lock();
  const rv = yield* vm_map_protect(p.p_vmspace.vm_map, addr, addr + size, args.prot & VM_PROT_ALL, false);
  vm_unlock();
  mtx_unlock(Giant);
  if (rv === KERN_SUCCESS) return 0;
  return rv === KERN_PROTECTION_FAILURE ? EACCES : EINVAL;
}

/**
 * minherit(2).
 * Locks: none held but perhaps Giant; takes and drops Giant and the vm lock. May sleep.
 */
export function* minherit(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<minherit_args>(uap);
  const addr: vm_offset_t = trunc_page(args.addr);
  const size: vm_size_t = round_page(args.len + (args.addr - addr));
  const inherit: int = args.inherit;
  if (addr + size < addr || inherit < VM_INHERIT_SHARE || inherit > VM_INHERIT_NONE) return EINVAL;
  yield* mtx_lock(Giant);
  yield* vm_lock();
  const rv = yield* vm_map_inherit(p.p_vmspace.vm_map, addr, addr + size, inherit);
  vm_unlock();
  mtx_unlock(Giant);
  return rv === KERN_SUCCESS ? 0 : EINVAL;
}

/**
 * madvise(2).
 * Locks: none held but perhaps Giant; takes and drops Giant and the vm lock. May sleep.
 */
export function* madvise(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<madvise_args>(uap);
  if (args.behav < 0 || args.behav > MADV_CORE) return EINVAL;
  if (vm_user_range_bad(args.addr, args.len)) return EINVAL;
  const start: vm_offset_t = trunc_page(args.addr);
  const end: vm_offset_t = round_page(args.addr + args.len);
  yield* mtx_lock(Giant);
  yield* vm_lock();
  const rv = yield* vm_map_madvise(p.p_vmspace.vm_map, start, end, args.behav);
  vm_unlock();
  mtx_unlock(Giant);
  return rv === KERN_SUCCESS ? 0 : EINVAL;
}

/**
 * msync(2). A length of 0 stands for the whole mapping that contains the address; ours is the map entry,
 * which may be more or less if mappings were merged or cut. Locks: none held but perhaps Giant; takes and
 * drops Giant and the vm lock. May sleep.
 */
export function* msync(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<msync_args>(uap);
  const map: vm_map = p.p_vmspace.vm_map;
  const out = $var<vm_map_entry>();
  let addr: vm_offset_t = trunc_page(args.addr);
  let size: vm_size_t = args.len === 0 ? 0 : round_page(args.len + (args.addr - addr));
  let rv: int = KERN_INVALID_ADDRESS;
  if (addr + size < addr) return EINVAL;
  if ((args.flags & (MS_ASYNC | MS_INVALIDATE)) === (MS_ASYNC | MS_INVALIDATE)) return EINVAL;
  yield* mtx_lock(Giant);
  yield* vm_lock();
  if (size === 0) {
    yield* vm_map_lock_read(map);
    if (vm_map_lookup_entry(map, addr, out)) {
      addr = out[0].start;
      size = out[0].end - addr;
    }
    vm_map_unlock_read(map);
  }
  if (size !== 0) {
    rv = yield* vm_map_clean(
      map,
      addr,
      addr + size,
      (args.flags & MS_ASYNC) === 0,
      (args.flags & MS_INVALIDATE) !== 0,
    );
  }
  vm_unlock();
  mtx_unlock(Giant);
  if (rv === KERN_SUCCESS) return 0;
  return rv === KERN_FAILURE ? EIO : EINVAL;
}
