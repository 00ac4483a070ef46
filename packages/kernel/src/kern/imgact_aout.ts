/** The a.out image activator (kern/imgact_aout.c). sys/imgact.h.ts describes the format. */
import { EFAULT, ENOMEM } from '../sys/errno.h.js';
import type { exec_hdr, image_params } from '../sys/imgact.h.js';
import { EXEC_HDR_SIZE, EXEC_MIDMAG, EXEC_TEXT_ADDR } from '../sys/imgact.h.js';
import { PAGE_MASK } from '../sys/param.h.js';
import { RLIMIT_DATA } from '../sys/resource.h.js';
import { VTEXT } from '../sys/vnode.h.js';
import type { vmspace } from '../vm/vm_map.h.js';
import { MAP_COPY_ON_WRITE, MAP_PREFAULT } from '../vm/vm_map.h.js';
import { vm_map_insert } from '../vm/vm_map.js';
import { vm_map_lock, vm_map_unlock } from '../vm/vm_map_lock.js';
import type { vm_object } from '../vm/vm_object.h.js';
import { vm_object_reference } from '../vm/vm_object.js';
import {
  KERN_SUCCESS,
  MAXDSIZ,
  MAXTSIZ,
  VM_PROT_ALL,
  VM_PROT_EXECUTE,
  VM_PROT_READ,
  atop,
  round_page,
} from '../vm/vm_param.h.js';
import { exec_extract_strings, exec_new_vmspace } from './kern_exec.js';
import { vm_lock, vm_owned, vm_unlock } from './kern_regime.h.js';

/** Is the header one that can be mapped? -1: not ours. Locks: none. Does not sleep. */
function aout_check(imgp: image_params, hdr: exec_hdr): int {
  if (imgp.ip_size < EXEC_HDR_SIZE || (hdr.a_midmag & 0x03ffffff) !== EXEC_MIDMAG) return -1;
  /* The entry lies in the text; text and data are whole pages. */
  if (hdr.a_entry < EXEC_TEXT_ADDR || hdr.a_entry - EXEC_TEXT_ADDR >= hdr.a_text) return -1;
  if (((hdr.a_text | hdr.a_data) & PAGE_MASK) !== 0) return -1;
  if (hdr.a_text > MAXTSIZ || hdr.a_data > MAXDSIZ || hdr.a_bss > MAXDSIZ) return ENOMEM;
  if ($i64(hdr.a_text) + $i64(hdr.a_data) > imgp.ip_size) return EFAULT;
  const bss: u32 = round_page(hdr.a_bss);
  if ($i64(hdr.a_data + bss) > imgp.ip_proc.p_limit.pl_rlimit[RLIMIT_DATA].rlim_cur) return ENOMEM;
  return 0;
}

/**
 * Maps text, data and bss. Locks: Giant and the vm lock held, kept (the latter let go of while it sleeps);
 * takes and drops the map's lock. May sleep.
 */
function* aout_map(vm: vmspace, object: vm_object, text: u32, data: u32, bss: u32): Sleeps<int> {
  const cow: int = MAP_COPY_ON_WRITE | MAP_PREFAULT;
  const text_end: u32 = EXEC_TEXT_ADDR + text;
  const data_end: u32 = text_end + data;
  yield* vm_map_lock(vm.vm_map);
  vm_object_reference(object);
  let rv = yield* vm_map_insert(
    vm.vm_map,
    object,
    0,
    EXEC_TEXT_ADDR,
    text_end,
    VM_PROT_READ | VM_PROT_EXECUTE,
    VM_PROT_ALL,
    cow,
  );
  if (rv === KERN_SUCCESS && data !== 0) {
    vm_object_reference(object);
    rv = yield* vm_map_insert(
      vm.vm_map,
      object,
      $i64(text),
      text_end,
      data_end,
      VM_PROT_ALL,
      VM_PROT_ALL,
      cow,
    );
  }
  if (rv === KERN_SUCCESS && bss !== 0) {
    rv = yield* vm_map_insert(vm.vm_map, null, 0, data_end, data_end + bss, VM_PROT_ALL, VM_PROT_ALL, 0);
  }
  vm_map_unlock(vm.vm_map);
  return rv;
}

/** Executes an a.out file; -1 if it is none. Locks: Giant; takes and drops the vm lock. May sleep. */
export function* exec_aout_imgact(imgp: image_params): Sleeps<int> {
  const hdr = $cast<exec_hdr>(imgp.ip_image_header);
  let error = aout_check(imgp, hdr);
  if (error !== 0) return error;
  const text: u32 = hdr.a_text;
  const data: u32 = hdr.a_data;
  const bss: u32 = round_page(hdr.a_bss);
  imgp.ip_entry_addr = hdr.a_entry;
  error = yield* exec_extract_strings(imgp);
  if (error !== 0) return error;

  error = yield* exec_new_vmspace(imgp);
  if (error !== 0) return error;
  const vm = imgp.ip_proc.p_vmspace;
  const had = vm_owned();
  if (!had) yield* vm_lock();
  const rv = yield* aout_map(vm, imgp.ip_object, text, data, bss);
  if (rv === KERN_SUCCESS) {
    imgp.ip_vp.v_flag |= VTEXT;
    vm.vm_tsize = $i32(atop(text));
    vm.vm_dsize = $i32(atop(data + bss));
    vm.vm_taddr = EXEC_TEXT_ADDR;
    vm.vm_daddr = EXEC_TEXT_ADDR + text;
  }
  if (!had) vm_unlock();
  return rv === KERN_SUCCESS ? 0 : ENOMEM;
}
