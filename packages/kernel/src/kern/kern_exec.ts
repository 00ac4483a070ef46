/**
 * Executing programs: execve and what all image activators share. The formats are imgact_aout.ts and
 * imgact_shell.ts; sys/imgact.h.ts shows a program's memory.
 *
 * execve runs under Giant. Up to exec_new_vmspace an error leaves the process as it was; from there on its
 * old program is gone (ip_vmspace_destroyed) and an error kills it.
 *
 * Deviations. The strings are collected in wired memory of malloc, not in pageable memory of exec_map; the
 * header page of the file is mapped in exec_map as in BSD. setuid bits are not honoured.
 */
import { setregs, sigcode } from '../i386/machdep.js';
import { curproc } from '../i386/pcpu.h.js';
import { pmap_remove_pages } from '../i386/pmap.js';
import { pmap_kenter, pmap_kremove } from '../i386/pmap_kern.js';
import { bcopy, bzero, copyin, copyinstr, copyout, copystr, fuword } from '../i386/support.js';
import { P_EXEC, P_PPWAIT } from '../sys/_proc.h.js';
import { E2BIG, EACCES, EFAULT, EIO, ENAMETOOLONG, ENOEXEC, ENOMEM, ETXTBSY } from '../sys/errno.h.js';
import type { image_params, imgact_t, ps_strings_t } from '../sys/imgact.h.js';
import { ARG_MAX, PS_STRINGS, SIGCODE_SIZE, SPARE_USRSPACE, VM_INITIAL_PAGEIN } from '../sys/imgact.h.js';
import { M_WAITOK } from '../sys/malloc.h.js';
import { MA_OWNED, mtx_assert } from '../sys/mutex.h.js';
import { MAXCOMLEN, MAXPATHLEN, PAGE_SIZE } from '../sys/param.h.js';
import type { pargs, proc } from '../sys/proc.h.js';
import { AFORK, PROC_LOCK, PROC_UNLOCK } from '../sys/proc.h.js';
import { SIGABRT } from '../sys/signal.h.js';
import type { execve_args } from '../sys/sysproto.h.js';
import type { vm_offset_t } from '../sys/types.h.js';
import { UIO_SYSSPACE } from '../sys/uio.h.js';
import type { vattr, vnode } from '../sys/vnode.h.js';
import { VEXEC, VREG } from '../sys/vnode.h.js';
import { W_EXITCODE } from '../sys/wait.h.js';
import { exec_map, kmem_alloc_wait, kmem_free_wakeup } from '../vm/vm_kern.js';
import { vm_map_remove } from '../vm/vm_map.js';
import { vm_map_stack } from '../vm/vm_map_fault.js';
import type { vm_object } from '../vm/vm_object.h.js';
import type { vm_page } from '../vm/vm_page.h.js';
import {
  PG_BUSY,
  VM_ALLOC_NORMAL,
  VM_ALLOC_RETRY,
  VM_PAGE_BITS_ALL,
  VM_PAGE_TO_PHYS,
  vm_page_busy,
  vm_page_free,
  vm_page_wakeup,
} from '../vm/vm_page.h.js';
import { vm_page_alloc, vm_page_grab, vm_page_lookup } from '../vm/vm_page.js';
import { vm_page_protect, vm_page_unwire, vm_page_wire } from '../vm/vm_pageq.js';
import { VM_PAGER_OK } from '../vm/vm_pager.h.js';
import { vm_pager_get_pages } from '../vm/vm_pager.js';
import {
  KERN_SUCCESS,
  MAXSSIZ,
  SGROWSIZ,
  USRSTACK,
  VM_MAXUSER_ADDRESS,
  VM_MIN_ADDRESS,
  VM_PROT_ALL,
  VM_PROT_NONE,
  atop,
} from '../vm/vm_param.h.js';
import { vmspace_exec } from '../vm/vm_vmspace.js';
import { exec_aout_imgact } from './imgact_aout.js';
import { exec_shell_imgact } from './imgact_shell.js';
import { fdcloseexec, fdcopy, fdfree } from './kern_descrip.js';
import { exit1 } from './kern_exit.js';
import { M_EXEC, M_PARGS, M_TEMP, free, malloc } from './kern_malloc.js';
import { Giant } from './kern_mutex.js';
import { pargs_drop } from './kern_proc.js';
import { vm_lock, vm_owned, vm_unlock } from './kern_regime.h.js';
import { execsigs } from './kern_sig.js';
import { wakeup } from './kern_synch.js';
import { lookup } from './vfs_lookup.js';
import { VOP_GETVOBJECT, vfs_object_create, vref, vrele } from './vfs_subr.js';
import { VOP_ACCESS, VOP_GETATTR } from './vnode_if.js';

/** Behind the strings in the buffer: the name of the file and of the interpreter. */
const EXEC_BUF_SIZE = 33920; // ARG_MAX + MAXPATHLEN + 128

/** The image activators in the order in which they are asked. */
export let execsw: array<imgact_t, 3> = $init([exec_shell_imgact, exec_aout_imgact, null]);

/** execve(2). Locks: Giant. May sleep; may not return. */
export function* execve(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<execve_args>(uap);
  const imgp = $local<image_params>();
  mtx_assert(Giant, MA_OWNED);
  KASSERT(p === curproc(), 'execve: process %d is not running', p.p_pid);
  bzero($addr(imgp), $sizeof<image_params>());
  imgp.ip_proc = p;
  imgp.ip_argv = args.argv;
  imgp.ip_envv = args.envv;
  imgp.ip_stringbase = yield* malloc(EXEC_BUF_SIZE, M_EXEC, M_WAITOK);
  imgp.ip_stringp = imgp.ip_stringbase;
  imgp.ip_stringspace = ARG_MAX;
  imgp.ip_fname = $cast<str>(imgp.ip_stringbase + ARG_MAX);
  imgp.ip_interpreter_name = $cast<str>(imgp.ip_stringbase + ARG_MAX + MAXPATHLEN);
  imgp.ip_image_header = yield* kmem_alloc_wait(exec_map, PAGE_SIZE);

  let error = yield* copyinstr(args.fname, $addr(imgp.ip_fname), MAXPATHLEN, null);
  if (error === 0) error = yield* exec_activate(p, imgp);
  if (error === 0) error = yield* exec_finish(p, imgp);

  yield* exec_unmap_first_page(imgp);
  yield* kmem_free_wakeup(exec_map, imgp.ip_image_header, PAGE_SIZE);
  free(imgp.ip_stringbase, M_EXEC);
  if (imgp.ip_vp !== null) yield* vrele(imgp.ip_vp);
  if (error !== 0 && imgp.ip_vmspace_destroyed !== 0) {
    /* There is no program to return the error to. */
    yield* exit1(p, W_EXITCODE(0, SIGABRT));
  }
  return error;
}

/**
 * Finds the file and has an activator map it; a script leads to its interpreter.
 * Locks: Giant. May sleep.
 */
function* exec_activate(p: proc, imgp: image_params): Sleeps<int> {
  let name: str = imgp.ip_fname;
  for (;;) {
    const vpp = $var<vnode>();
    let error = yield* lookup($addr(name), UIO_SYSSPACE, vpp);
    if (error !== 0) return error;
    imgp.ip_vp = vpp[0];
    error = yield* exec_check_permissions(imgp);
    if (error !== 0) return error;
    error = yield* exec_map_first_page(imgp);
    if (error !== 0) return error;

    error = -1;
    for (let i: int = 0; error === -1 && execsw[i] !== null; i++) error = yield* execsw[i](imgp);
    if (error === -1) return ENOEXEC;
    if (error !== 0 || imgp.ip_interpreted !== 1) return error;

    /* A script: the same again with its interpreter, which may not be a script itself. */
    imgp.ip_interpreted = 2;
    yield* exec_unmap_first_page(imgp);
    yield* vrele(imgp.ip_vp);
    imgp.ip_vp = null;
    name = imgp.ip_interpreter_name;
  }
}

/**
 * The new program is mapped: gives it its stack, and the process its new identity.
 * Locks: Giant; takes and drops p's lock. May sleep.
 */
function* exec_finish(p: proc, imgp: image_params): Sleeps<int> {
  KASSERT(imgp.ip_vmspace_destroyed !== 0, 'execve: activator left the old address space');
  const stack = yield* exec_copyout_strings(imgp);
  if (stack === 0) return EFAULT;
  p.p_vmspace.vm_minsaddr = USRSTACK;

  /* A descriptor table that is shared would let the old program into the new one's files. */
  if (p.p_fd.fd_refcnt > 1) {
    const fdtmp = yield* fdcopy(p);
    yield* fdfree(p);
    p.p_fd = fdtmp;
  }
  yield* fdcloseexec(p);
  yield* execsigs(p);
  exec_setname(p, imgp.ip_fname);
  const newargs = yield* exec_newargs(imgp);
  yield* PROC_LOCK(p);
  const oldargs = p.p_args;
  p.p_args = newargs;
  p.p_flag |= P_EXEC;
  if ((p.p_flag & P_PPWAIT) !== 0) {
    /* We have memory of our own now: the parent can have its back. */
    p.p_flag &= ~P_PPWAIT;
    wakeup($addr(p.p_pptr));
  }
  p.p_acflag &= ~AFORK;
  PROC_UNLOCK(p);
  pargs_drop(oldargs);
  const oldtext = p.p_textvp;
  vref(imgp.ip_vp);
  p.p_textvp = imgp.ip_vp;
  if (oldtext !== null) yield* vrele(oldtext);
  setregs(p, imgp.ip_entry_addr, stack, PS_STRINGS);
  return 0;
}

/** sysctl kern.ps_arg_cache_limit: longer arguments are not kept. */
export let ps_arg_cache_limit: u32 = 256;

/** A copy of the arguments for ps(1); null if they are too long. Locks: Giant. May sleep. */
function* exec_newargs(imgp: image_params): Sleeps<pargs> {
  let end: u32 = imgp.ip_stringbase;
  for (let n: int = imgp.ip_argc; n > 0; n--) {
    while ($ld8(end) !== 0) end++;
    end++;
  }
  const length: u32 = end - imgp.ip_stringbase;
  if ($sizeof<pargs>() + length > ps_arg_cache_limit) return null;
  const pa = $cast<pargs>(yield* malloc($sizeof<pargs>() + length, M_PARGS, M_WAITOK));
  pa.ar_ref = 1;
  pa.ar_length = length;
  bcopy(imgp.ip_stringbase, $addr(pa) + $sizeof<pargs>(), length);
  return pa;
}

/** Names a process after the last component of a path. Locks: Giant. Does not sleep. */
function exec_setname(p: proc, path: str): void {
  let name: u32 = $addr(path);
  for (let a: u32 = $addr(path); $ld8(a) !== 0; a++) {
    if ($ld8(a) === 47) name = a + 1;
  }
  bzero($addr(p.p_comm), MAXCOMLEN + 1);
  copystr(name, $addr(p.p_comm), MAXCOMLEN, null);
  p.p_comm[MAXCOMLEN] = 0;
}

/**
 * May this file be executed? Makes sure that it has an object to be mapped.
 * Locks: Giant. May sleep.
 */
function* exec_check_permissions(imgp: image_params): Sleeps<int> {
  const vp = imgp.ip_vp;
  const va = $local<vattr>();
  let error = VOP_GETATTR(vp, va);
  if (error !== 0) return error;
  /* Root may read what it likes, but execute only what somebody meant to be executed. */
  if (vp.v_type !== VREG || (va.va_mode & 0o111) === 0) return EACCES;
  if (va.va_size === 0) return ENOEXEC;
  error = VOP_ACCESS(vp, VEXEC, imgp.ip_proc);
  if (error !== 0) return error;
  if (vp.v_writecount !== 0) return ETXTBSY;
  imgp.ip_size = va.va_size;
  return yield* vfs_object_create(vp, imgp.ip_proc);
}

/**
 * Reads the first pages of the file and maps the first of all at ip_image_header.
 * Locks: Giant; takes and drops the vm lock. May sleep.
 */
export function* exec_map_first_page(imgp: image_params): Sleeps<int> {
  KASSERT(imgp.ip_firstpage === null, 'exec_map_first_page: one is mapped');
  const had = vm_owned();
  if (!had) yield* vm_lock();
  const object = VOP_GETVOBJECT(imgp.ip_vp);
  KASSERT(object !== null, 'exec_map_first_page: no object');
  imgp.ip_object = object;
  let m = yield* vm_page_grab(object, 0, VM_ALLOC_NORMAL | VM_ALLOC_RETRY);
  if (m.valid !== VM_PAGE_BITS_ALL) {
    m = yield* exec_pagein(object, m);
    if (m === null) {
      if (!had) vm_unlock();
      return EIO;
    }
  }
  vm_page_wire(m);
  vm_page_wakeup(m);
  pmap_kenter(imgp.ip_image_header, VM_PAGE_TO_PHYS(m));
  imgp.ip_firstpage = m;
  if (!had) vm_unlock();
  return 0;
}

/**
 * Reads page 0 (m, busy) of a file's object, and its neighbours with it. Returns the page, busy; null after
 * an error. Locks: vm lock held, let go of while it reads. May sleep.
 */
function* exec_pagein(object: vm_object, m: vm_page): Sleeps<vm_page> {
  const ma = $local<array<vm_page, 16>>();
  let n: int = VM_INITIAL_PAGEIN;
  let i: int = 1;
  if ($u32(n) > object.size) n = $i32(object.size);
  ma[0] = m;
  for (i = 1; i < n; i++) {
    let next = vm_page_lookup(object, $u32(i));
    if (next !== null) {
      if ((next.flags & PG_BUSY) !== 0 || next.busy !== 0 || next.valid !== 0) break;
      vm_page_busy(next);
    } else {
      next = vm_page_alloc(object, $u32(i), VM_ALLOC_NORMAL);
      if (next === null) break;
    }
    ma[i] = next;
  }
  const rv = yield* vm_pager_get_pages(object, $cast<ptr<vm_page>>(ma), i, 0);
  const page = vm_page_lookup(object, 0);
  if (rv === VM_PAGER_OK && page !== null && page.valid !== 0) return page;
  if (page !== null) {
    vm_page_protect(page, VM_PROT_NONE);
    vm_page_free(page);
  }
  return null;
}

/** Undoes exec_map_first_page, if it was done. Locks: Giant; takes and drops the vm lock. May sleep. */
export function* exec_unmap_first_page(imgp: image_params): Sleeps {
  if (imgp.ip_firstpage === null) return;
  const had = vm_owned();
  if (!had) yield* vm_lock();
  pmap_kremove(imgp.ip_image_header);
  vm_page_unwire(imgp.ip_firstpage, 1);
  if (!had) vm_unlock();
  imgp.ip_firstpage = null;
}

/**
 * Throws the old program's memory away and makes a new stack. The stack's address range is what MAXSSIZ
 * allows; vm_map_growstack looks at the limit. Locks: Giant; takes and drops the vm lock. May sleep. From
 * here on there is no way back.
 */
export function* exec_new_vmspace(imgp: image_params): Sleeps<int> {
  const p = imgp.ip_proc;
  let vm = p.p_vmspace;
  const stack_addr: vm_offset_t = USRSTACK - MAXSSIZ;
  imgp.ip_vmspace_destroyed = 1;
  const had = vm_owned();
  if (!had) yield* vm_lock();
  if (vm.vm_refcnt === 1) {
    pmap_remove_pages(vm.vm_pmap, VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
    yield* vm_map_remove(vm.vm_map, VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
  } else {
    /* Others use it, our parent in vfork for one. */
    yield* vmspace_exec(p);
    vm = p.p_vmspace;
  }
  const rv = yield* vm_map_stack(vm.vm_map, stack_addr, MAXSSIZ, VM_PROT_ALL, VM_PROT_ALL, 0);
  if (rv === KERN_SUCCESS) {
    /* vm_ssize and vm_maxsaddr are maintained by vm_map_growstack from here on. */
    vm.vm_ssize = $i32(atop(SGROWSIZ));
    vm.vm_maxsaddr = stack_addr;
    vm.vm_minsaddr = USRSTACK;
  }
  if (!had) vm_unlock();
  return rv === KERN_SUCCESS ? 0 : ENOMEM;
}

/**
 * Copies the strings of one vector of the old program in. Returns their number, or -errno. Locks: none. May
 * sleep.
 */
function* exec_copyin_vector(imgp: image_params, vector: u32): Sleeps<int> {
  const length = $var<u32>();
  const word = $var<u32>();
  let n: int = 0;
  for (;;) {
    let error = yield* copyin(vector, $addr(word), 4);
    if (error !== 0) return -EFAULT;
    if (word[0] === 0) return n;
    error = yield* copyinstr(word[0], imgp.ip_stringp, $u32(imgp.ip_stringspace), length);
    if (error !== 0) return error === ENAMETOOLONG ? -E2BIG : -error;
    imgp.ip_stringp += length[0];
    imgp.ip_stringspace -= $i32(length[0]);
    vector += 4;
    n++;
  }
}

/**
 * Copies arguments and environment in from the old program. An activator calls it before it destroys that.
 * Locks: none. May sleep.
 */
export function* exec_extract_strings(imgp: image_params): Sleeps<int> {
  let argv: u32 = imgp.ip_argv;
  if (argv === 0) return EFAULT;
  if (imgp.ip_argv0 !== null) {
    /* The script's name stands for argv[0]. */
    if (!exec_add_string(imgp, imgp.ip_argv0)) return E2BIG;
    imgp.ip_argc++;
    const first = yield* fuword(argv);
    if (first === -1) return EFAULT;
    if (first !== 0) argv += 4;
  }
  let n = yield* exec_copyin_vector(imgp, argv);
  if (n < 0) return -n;
  imgp.ip_argc += n;
  if (imgp.ip_envv === 0) return 0;
  n = yield* exec_copyin_vector(imgp, imgp.ip_envv);
  if (n < 0) return -n;
  imgp.ip_envc = n;
  return 0;
}

/** Appends a string to the arguments. False if there is no room. Locks: none. Does not sleep. */
export function exec_add_string(imgp: image_params, s: str): boolean {
  const length = $var<u32>();
  if (copystr($addr(s), imgp.ip_stringp, $u32(imgp.ip_stringspace), length) !== 0) return false;
  imgp.ip_stringp += length[0];
  imgp.ip_stringspace -= $i32(length[0]);
  return true;
}

/**
 * Builds the new program's stack: ps_strings, strings, vectors, argc (sys/imgact.h.ts). Returns the stack
 * pointer, 0 if the stack cannot be written. Locks: none. May sleep.
 */
function* exec_copyout_strings(imgp: image_params): Sleeps<u32> {
  const used: u32 = imgp.ip_stringp - imgp.ip_stringbase;
  const nwords: u32 = $u32(imgp.ip_argc + imgp.ip_envc + 3);
  const destp: u32 = (PS_STRINGS - SIGCODE_SIZE - SPARE_USRSPACE - used) & ~3;
  /* argc, argv and its end, envp and its end. */
  const sp: u32 = destp - nwords * 4;
  const words: u32 = yield* malloc(nwords * 4, M_TEMP, M_WAITOK);
  const ps = $local<ps_strings_t>();
  ps.ps_argvstr = sp + 4;
  ps.ps_nargvstr = imgp.ip_argc;
  ps.ps_envstr = sp + 4 + $u32(imgp.ip_argc + 1) * 4;
  ps.ps_nenvstr = imgp.ip_envc;
  exec_fill_vectors(imgp, words, destp);
  let error = yield* copyout(imgp.ip_stringbase, destp, used);
  if (error === 0) error = yield* copyout(words, sp, nwords * 4);
  if (error === 0) error = yield* copyout($addr(ps), PS_STRINGS, $sizeof<ps_strings_t>());
  if (error === 0)
    error = yield* copyout($addr(sigcode), PS_STRINGS - SIGCODE_SIZE, $sizeof<array<u8, 20>>());
  free(words, M_TEMP);
  return error === 0 ? sp : 0;
}

/** Writes argc and the two vectors for strings that will lie at `destp`. Locks: none. Does not sleep. */
function exec_fill_vectors(imgp: image_params, words: u32, destp: u32): void {
  const n = imgp.ip_argc + imgp.ip_envc;
  let sp: u32 = imgp.ip_stringbase;
  $st32(words, imgp.ip_argc);
  words += 4;
  for (let i: int = 0; i < n; i++) {
    if (i === imgp.ip_argc) {
      $st32(words, 0);
      words += 4;
    }
    $st32(words, $i32(destp + (sp - imgp.ip_stringbase)));
    words += 4;
    while ($ld8(sp) !== 0) sp++;
    sp++;
  }
  if (imgp.ip_envc === 0) {
    $st32(words, 0);
    words += 4;
  }
  $st32(words, 0);
}
