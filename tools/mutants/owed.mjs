/**
 * Mutants of what the vm system owes: wakeups, and references, pages and space that are given back where
 * something fails or is done already. Rows as in map.mjs.
 */
const part = (file, tests, mutants) => ({ file, tests: [...tests, 'vm_owed.test.ts'], mutants });

const late = 'who sleeps for it is not woken';
const busy = 'the page stays busy';
const paging = 'paging that never ends';
const leaks = 'a reference that is never given back';
const short = 'a reference too few';
const waits = 'waits for a map whose owner may wait for the one who waits';
const lost = 'a page or object is never freed';

export default [
  part(
    'vm/vm_fault.ts',
    ['vm_fault.test.ts'],
    [
      ['unlock_things', 'vm_object_pip_wakeup(fs.first_object);', '', paging],
      ['unlock_and_deallocate', 'yield* vm_object_deallocate(fs.first_object);', '', leaks],
      ['vm_fault_walk', 'if (object !== first_object) vm_object_pip_wakeup(object);', '', paging],
      [
        'vm_fault_walk',
        'vm_object_pip_wakeup(object);\n    fs.object = first_object;',
        'fs.object = first_object;',
        paging,
      ],
      ['vm_fault_private', 'vm_object_pip_wakeup(fs.object);', '', paging],
    ],
  ),
  part(
    'vm/vm_fault_pager.ts',
    ['fault_pager.test.ts'],
    [
      ['vm_fault_additional_pages', 'pagedaemon_wakeup();', '', 'the page daemon is not told'],
      ['vm_fault_additional_pages', 'vm_page_free(marray[n]);', '', lost],
    ],
  ),
  part(
    'vm/vm_fault_wire.ts',
    ['copies.test.ts'],
    [['vm_fault_copy_entry', 'vm_page_wakeup(dst_m);', '', busy]],
  ),
  part(
    'vm/vm_kern.ts',
    [],
    [
      ['kmem_alloc', 'vm_object_reference(kernel_object);', '', short],
      ['kmem_alloc', 'vm_page_wakeup(m);', '', busy],
      ['kmem_malloc', 'vm_object_reference(kmem_object);', '', short],
      ['kmem_malloc_pages', 'vm_page_free(vm_page_lookup(kmem_object, pindex + i));', '', lost],
      ['kmem_malloc_pages', 'yield* vm_map_delete(map, va, va + len);', '', 'space that is never given back'],
      ['kmem_malloc_enter', 'vm_page_wakeup(m);', '', busy],
      ['kmem_free_wakeup', 'wakeup($addr(map));', '', late],
      [
        'kmem_free_wakeup',
        'yield* vm_map_delete(map, trunc_page(addr), round_page(addr + size));',
        '',
        'space that is never given back',
      ],
      [
        'kmem_alloc_wait',
        'if (vm_map_max(map) - vm_map_min(map) < len) {',
        'if (false) {',
        'waits for what there will never be',
      ],
    ],
  ),
  part(
    'vm/vm_map_copy.ts',
    ['copies.test.ts'],
    [['vm_map_split', 'vm_object_pip_wakeup(orig_object);', '', paging]],
  ),
  part(
    'vm/vm_object.h.ts',
    ['waits.test.ts'],
    [
      ['vm_object_pip_wakeup', 'wakeup($addr(object));', '', late],
      ['vm_object_pip_wakeupn', 'wakeup($addr(object));', '', late],
    ],
  ),
  part(
    'vm/vm_object_collapse.ts',
    ['copies.test.ts', 'waits.test.ts', 'swap_transfers.test.ts'],
    [
      ['vm_object_collapse_backing', 'vm_object_pip_wakeup(object);', '', paging],
      [
        'vm_object_collapse_backing',
        'vm_object_pip_wakeup(backing);',
        '',
        paging,
        'the backing object is freed next, which wakes all who sleep for it, and counts anew when it is another one; only vm_object_lone_shadow sleeps for paging of an object that has a shadow, and goes on as soon as the shadow has another one behind it',
      ],
    ],
  ),
  part(
    'vm/vm_object.ts',
    [],
    [
      ['vm_object_vndeallocate', 'yield* vrele(vp);', '', leaks],
      ['vm_object_vndeallocate', 'object.ref_count--;', '', leaks],
      [
        'vm_object_vndeallocate',
        'if (object.ref_count === 0) vp.v_flag &= ~VTEXT;',
        '',
        'a text that nobody runs',
      ],
    ],
  ),
  part('vm/vm_page.h.ts', ['waits.test.ts'], [['vm_page_flash', 'wakeup($addr(m));', '', late]]),
  part(
    'vm/vm_pageout.ts',
    ['daemons.test.ts'],
    [['vm_req_vmdaemon', 'wakeup($addr($ref(vm_daemon_needed)));', '', late]],
  ),
  part(
    'vm/vm_pageout_oom.ts',
    ['shortage.test.ts', 'daemons.test.ts'],
    [['vm_pageout_oom', 'if (bigproc !== null) wakeup($addr($ref(cnt.v_free_count)));', '', late]],
  ),
  part(
    'vm/vm_swap.ts',
    ['call_limits.test.ts'],
    [
      ['swapon_leave', 'if (waiting) wakeup($addr($ref(swap_syscall_active)));', '', late],
      ['swapon', 'yield* vrele(vp);\n    return ENOTBLK;', 'return ENOTBLK;', leaks],
      ['swapon', 'if (error !== 0) yield* vrele(vp);', '', leaks],
    ],
  ),
  part(
    'vm/vm_swapout.ts',
    ['daemons.test.ts'],
    [
      ['swapout', 'wakeup($addr($ref(p.p_sflag)));', '', late],
      ['swapout_procs', 'if (didswap) wakeup($addr(proc0));', '', late],
    ],
  ),
  part(
    'vm/swap_pager.ts',
    [],
    [
      ['swap_pager_alloc', 'if (waiting) wakeup($addr($ref(sw_alloc_interlock)));', '', late],
      ['swap_pager_alloc', 'vm_object_reference(object);', '', short],
      [
        'swap_pager_alloc',
        'while (sw_alloc_interlock !== 0) {',
        'while (false) {',
        'two objects for a handle',
      ],
    ],
  ),
  part(
    'vm/swap_pager_io.ts',
    ['swap_transfers.test.ts'],
    [['swp_pager_iodone_read', 'else vm_page_free(m);', '', lost]],
  ),
  part(
    'vm/phys_pager.ts',
    [],
    [
      ['phys_pager_alloc', 'yield* vm_object_deallocate(fresh);', '', lost],
      ['phys_pager_alloc', 'vm_object_reference(object);', '', short],
      ['phys_pager_getpages', 'if (i !== reqpage) vm_page_wakeup(p);', '', busy],
    ],
  ),
  part(
    'vm/device_pager.ts',
    [],
    [
      ['dev_pager_alloc', 'vm_object_reference(object);', '', short],
      ['dev_pager_alloc', 'yield* vm_object_deallocate(fresh);', '', lost],
      ['dev_pager_dealloc', 'if (object.handle !== 0) ', '', 'takes off a list what never was on it'],
      ['dev_pager_putfake', 'zfree(fakepg_zone, $addr(m));', '', lost],
      ['dev_pager_getpages', 'for (let i = 0; i < count; i++) vm_page_free(m[i]);', '', lost],
    ],
  ),
  part(
    'vm/vnode_pager.ts',
    [],
    [
      ['vnode_pager_alloc', 'if (fresh !== null) yield* vm_object_deallocate(fresh);', '', lost],
      ['vnode_pager_alloc', 'vm_object_reference(object);', '', short],
      ['vnode_pager_alloc', 'vref(vp);', '', short],
    ],
  ),
  part(
    'vm/vm_map_sync.ts',
    ['map_entries.test.ts'],
    [
      ['vm_map_clean_entry', 'vm_object_reference(object);', '', short],
      ['vm_map_clean_entry', 'yield* vm_object_deallocate(object);', '', leaks],
    ],
  ),
  part(
    'vm/vm_mmap.ts',
    ['call_limits.test.ts'],
    [
      ['mmap', 'fhold(fp);', '', 'a file that is closed while it is mapped'],
      [
        'mmap',
        'if (fp !== null) yield* fdrop(fp, p);',
        'if (fp !== null && error === 0) yield* fdrop(fp, p);',
        leaks,
      ],
      ['vm_mmap', 'if (object !== null) yield* vm_object_deallocate(object);', '', leaks],
    ],
  ),
  part(
    'vm/vm_vmspace.ts',
    ['copies.test.ts'],
    [
      ['vmspace_fork_share', 'vm_object_reference(object);', '', short],
      ['vmspace_fork_share', 'vm_object_reference(old_entry.object);', '', short],
      ['vmspace_unshare', 'yield* vmspace_free(oldvmspace);', '', leaks],
    ],
  ),
  part(
    'vm/vm_glue.ts',
    ['call_limits.test.ts'],
    [['vm_fork', 'p2.p_vmspace = yield* vmspace_ref(p1)', 'p2.p_vmspace = p1.p_vmspace', short]],
  ),
  part(
    'i386/pmap.ts',
    ['pmap.test.ts', 'pmap_pages.test.ts'],
    [['pv_entry_taken', 'pagedaemon_wakeup();', '', 'the page daemon is not told']],
  ),
  part('i386/pmap_boot.ts', ['pmap.test.ts'], [['pmap_prefault', 'vm_page_wakeup(m);', '', busy]]),
  part(
    'i386/pmap_kern.ts',
    ['pmap.test.ts', 'daemons.test.ts'],
    [['pmap_swapin_proc', 'vm_page_wakeup(m);', '', busy]],
  ),
  part(
    'i386/pmap_pinit.ts',
    ['pmap.test.ts'],
    [
      ['pmap_pinit', 'vm_page_wakeup(ptdpg);', '', busy],
      ['pmap_growkernel', 'vm_page_wakeup(nkpg);', '', busy],
    ],
  ),
  part(
    'kern/kern_malloc.ts',
    [],
    [['free', 'if (was >= type.ks_limit && type.ks_memuse < type.ks_limit) wakeup($addr(type));', '', late]],
  ),
  part(
    'kern/vfs_pbuf.ts',
    [],
    [
      ['relpbuf', 'if (needed) wakeup($addr($ref(bswneeded)));', '', late],
      ['relpbuf', 'if (full) wakeup($addr(pfreecnt));', '', late],
    ],
  ),
  part(
    'kern/kern_exec.ts',
    ['call_limits.test.ts'],
    [
      [
        'execve',
        'yield* kmem_free_wakeup(exec_map, imgp.ip_image_header, PAGE_SIZE);',
        '',
        'space that is never given back',
      ],
      ['execve', 'if (imgp.ip_vp !== null) yield* vrele(imgp.ip_vp);', '', leaks],
      ['execve', 'free(imgp.ip_stringbase, M_EXEC);', '', 'memory that is never given back'],
      ['exec_activate', 'yield* vrele(imgp.ip_vp);', '', leaks],
      ['exec_finish', 'vref(imgp.ip_vp);', '', short],
      ['exec_finish', 'if (oldtext !== null) yield* vrele(oldtext);', '', leaks],
      ['exec_map_first_page', 'vm_page_wakeup(m);', '', busy],
      ['exec_pagein', 'vm_page_protect(page, VM_PROT_NONE);\n    vm_page_free(page);', '', lost],
      ['exec_unmap_first_page', 'vm_page_unwire(imgp.ip_firstpage, 1);', '', 'a page that stays wired'],
    ],
  ),
  part(
    'vm/vm_fault.ts',
    ['vm_fault.test.ts', 'fault_pager.test.ts'],
    [
      ['vm_fault_private', 'vm_page_free(fs.first_m);', '', lost],
      ['vm_fault_finish', 'else vm_page_unwire(m, 1);', '', 'a page that stays wired'],
    ],
  ),
  part(
    'vm/vm_fault_pager.ts',
    ['fault_pager.test.ts', 'vm_fault.test.ts'],
    [
      ['vm_fault_getpages', 'vm_page_free(fs.m);\n    fs.m = null;\n    /*', 'fs.m = null;\n    /*', lost],
      ['vm_fault_getpages', 'vm_page_free(fs.m);\n    fs.m = null;\n  }', 'fs.m = null;\n  }', lost],
    ],
  ),
  part(
    'vm/swap_pager_io.ts',
    ['swap_transfers.test.ts'],
    [['swp_pager_freepages', 'if (k !== reqpage) vm_page_free(m[k]);', '{}', lost]],
  ),
  part(
    'vm/swap_pager_meta.ts',
    ['fault_pager.test.ts'],
    [['swp_pager_meta_unlink', 'zfreei(swap_zone, $addr(swap));', '', lost]],
  ),
  part(
    'vm/vm_map.ts',
    ['map_entries.test.ts'],
    [
      ['vm_map_entry_dispose', 'zfreei(kmapentzone, $addr(entry));', '{}', lost],
      ['vm_map_entry_dispose', 'else zfree(mapentzone, $addr(entry));', '', lost],
    ],
  ),
  part(
    'vm/vm_object.ts',
    ['waits.test.ts'],
    [['vm_object_free', 'zfree(obj_zone, $addr(object));', '', lost]],
  ),
  part(
    'vm/vm_pageout.ts',
    ['daemons.test.ts'],
    [
      [
        'vm_daemon',
        'vm_unlock();\n        if (regime.vm_daemon_vmspace_ref !== 0) yield* vmspace_free(vm);\n      }\n      sx',
        'vm_unlock();\n      }\n      sx',
        leaks,
      ],
      [
        'vm_daemon',
        'vm_unlock();\n        if (regime.vm_daemon_vmspace_ref !== 0) yield* vmspace_free(vm);\n      }\n      if',
        'vm_unlock();\n      }\n      if',
        leaks,
      ],
    ],
  ),
  part(
    'vm/vm_pageq.ts',
    ['vm_pageout.test.ts'],
    [['vm_page_unhold', 'if (m.hold_count === 0 && m.queue === PQ_HOLD) vm_page_free_toq(m);', '', lost]],
  ),
  part(
    'vm/vm_vmspace.ts',
    ['daemons.test.ts'],
    [
      ['vmspace_free', 'zfree(vmspace_zone, $addr(vm));', '{}', lost],
      ['vmspace_zfree_released', 'zfree(vmspace_zone, $addr(vm));', '', lost],
    ],
  ),
  part(
    'i386/pmap.ts',
    ['pmap.test.ts', 'pmap_pages.test.ts'],
    [
      ['free_pv_entry', 'zfreei(pvzone, $addr(pv));', '', lost],
      ['pmap_free_ptp', 'vm_page_free_zero(m);', '', lost],
    ],
  ),
  part(
    'i386/pmap_kern.ts',
    ['pmap.test.ts', 'daemons.test.ts'],
    [
      ['pmap_dispose_proc', 'vm_page_free(m);', '', lost],
      ['pmap_swapout_proc', 'vm_page_unwire(m, 0);', '', 'a page that stays wired'],
    ],
  ),
  part(
    'i386/pmap_pinit.ts',
    ['pmap.test.ts'],
    [['pmap_release_free_page', 'vm_page_free_zero(m);', '', lost]],
  ),
  part(
    'kern/imgact_aout.ts',
    ['copies.test.ts'],
    [
      ['aout_map', 'vm_object_reference(object);\n  let rv', 'let rv', short],
      ['aout_map', 'vm_object_reference(object);\n    rv', 'rv', short],
    ],
  ),
  part(
    'vm/vm_kern.ts',
    ['taken_maps.test.ts'],
    [
      [
        'kmem_malloc',
        'if (vm_map_trylock(map) !== 0) {\n      if (!had) vm_unlock();\n      return 0;\n    }',
        'yield* vm_map_lock(map);',
        waits,
      ],
    ],
  ),
  part(
    'vm/vm_swapout.ts',
    ['taken_maps.test.ts'],
    [
      [
        'swapout_one',
        'if (vm_map_trylock(vm.vm_map) === 0) {\n    vm_map_unlock(vm.vm_map);',
        'if (true) {',
        'swaps out who has a map locked',
      ],
    ],
  ),
  part(
    'vm/vm_fault.ts',
    ['taken_maps.test.ts'],
    [
      [
        'vm_fault_can_rename',
        'if (vm_map_trylock(fs.map) !== 0) return false;\n  vm_map_lock_downgrade(fs.map);',
        '',
        'moves a page of a map that changes',
      ],
      ['vm_fault_can_rename', 'vm_map_lock_downgrade(fs.map);', '', 'keeps readers out'],
    ],
  ),
  part(
    'vm/vm_meter.ts',
    ['taken_maps.test.ts'],
    [
      [
        'vmtotal_objects',
        'if (lockmgr_try(map.lock, LK_SHARED | LK_NOWAIT, curproc()) !== 0) return;',
        'if ((map.lock.lk_flags & LK_HAVE_EXCL) === 0) lockmgr_try(map.lock, LK_SHARED | LK_NOWAIT, curproc());',
        'walks a map that changes',
      ],
      ['vmtotal_objects', 'vm_map_unlock_read(map);', '', 'the map stays locked'],
    ],
  ),
  part(
    'vm/vm_pageout.ts',
    ['taken_maps.test.ts'],
    [
      [
        'vm_pageout_map_deactivate_pages',
        'if (vm_map_trylock(map) !== 0) return;',
        'yield* vm_map_lock(map);',
        waits,
      ],
    ],
  ),
];
