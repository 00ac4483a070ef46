/*
 * Parameters of kernel functions that appear in traces, by name. A DDB trace prints as many arguments as the
 * caller pushed (or five where it cannot tell), so only those that a function really has are named here.
 */
const TABLE: Record<string, string> = {
  vm_fault: 'map vaddr fault_type fault_flags',
  vm_fault1: 'map vaddr fault_type fault_flags',
  vm_fault_hold: 'map vaddr fault_type fault_flags m_hold',
  vm_fault_wire: 'map start end',
  vm_fault_unwire: 'map start end',
  trap_pfault: 'frame usermode eva',
  trap_fatal: 'frame eva',
  pmap_remove: 'pmap sva eva',
  pmap_remove_pages: 'pmap sva eva',
  pmap_remove_page: 'pmap va',
  pmap_remove_all: 'm',
  pmap_protect: 'pmap sva eva prot',
  pmap_enter: 'pmap va m prot wired',
  pmap_enter_quick: 'pmap va m mpte',
  pmap_extract: 'pmap va',
  pmap_release: 'pmap',
  pmap_pinit: 'pmap',
  pmap_pte: 'pmap va',
  pmap_pte_quick: 'pmap va',
  pmap_page_protect: 'm prot',
  pmap_copy: 'dst_pmap src_pmap dst_addr len src_addr',
  pmap_object_init_pt: 'pmap addr object pindex size limit',
  get_ptbase: 'pmap',
  vm_map_lookup: 'var_map vaddr fault_type out_entry object pindex out_prot wired',
  vm_map_lookup_entry: 'map address entry',
  vm_map_entry_unwire: 'map entry',
  vm_map_entry_delete: 'map entry',
  vm_map_entry_dispose: 'map entry',
  vm_map_entry_unlink: 'map entry',
  vm_map_entry_link: 'map after_where entry',
  vm_map_delete: 'map start end',
  vm_map_remove: 'map start end',
  vm_map_find: 'map object offset addr length find_space prot max cow',
  vm_map_insert: 'map object offset start end prot max cow',
  vm_map_protect: 'map start end new_prot set_max',
  vm_map_simplify_entry: 'map entry',
  vm_map_clean: 'map start end syncio invalidate',
  vm_map_user_pageable: 'map start end new_pageable',
  vm_map_pageable: 'map start end new_pageable',
  vm_pageout_map_deactivate_pages: 'map desired',
  vm_pageout_object_deactivate_pages: 'map object desired map_remove_only',
  vm_pageout_flush: 'mc count flags',
  vm_pageout_scan: 'pass',
  vm_object_deallocate: 'object',
  vm_object_reference: 'object',
  vm_object_collapse: 'object',
  vm_object_terminate: 'object',
  vm_object_page_clean: 'object start end flags',
  vm_object_page_remove: 'object start end clean_only',
  vm_object_shadow: 'object offset length',
  vm_object_madvise: 'object pindex count advise',
  vm_page_alloc: 'object pindex page_req',
  vm_page_lookup: 'object pindex',
  vm_page_insert: 'm object pindex',
  vm_page_remove: 'm',
  vm_page_free: 'm',
  vm_page_free_toq: 'm',
  vm_page_deactivate: 'm',
  vm_page_activate: 'm',
  vm_page_unwire: 'm activate',
  vm_page_wire: 'm',
  vmspace_free: 'vm',
  vmspace_fork: 'vm1',
  vmspace_exec: 'p',
  vm_pager_put_pages: 'object m count flags rtvals',
  vm_pager_get_pages: 'object m count reqpage',
  swap_pager_getpages: 'object m count reqpage',
  swap_pager_putpages: 'object m count sync rtvals',
  vnode_pager_getpages: 'object m count reqpage',
  vnode_pager_putpages: 'object m count sync rtvals',
  kmem_malloc: 'map size flags',
  kmem_alloc: 'map size',
  kmem_free: 'map addr size',
  kmem_alloc_wait: 'map size',
  malloc: 'size type flags',
  free: 'addr type',
  fork_exit: 'callout arg frame',
  fork1: 'p1 flags procp',
  exit1: 'p rv',
  wait1: 'p uap compat',
  cpu_exit: 'p',
  ithread_loop: 'arg',
  bcopy: 'from to len',
  memcpy: 'to from len',
  copyin: 'uaddr kaddr len',
  copyout: 'kaddr uaddr len',
  panic: 'fmt',
  lockmgr: 'lkp flags interlkp p',
  acquire: 'lkp extflags wanted',
  msleep: 'ident mtx priority wmesg timo',
  tsleep: 'ident priority wmesg timo',
  _mtx_lock_sleep: 'm opts file line',
  _mtx_lock_flags: 'm opts file line',
  witness_lock: 'lock flags file line',
  witness_sleep: 'check_only lock file line',
  getnewbuf: 'slpflag slptimeo size maxsize',
  getblk: 'vp blkno size slpflag slptimeo',
  bread: 'vp blkno size cred bpp',
  brelse: 'bp',
  bwrite: 'bp',
  biodone: 'bp',
  vput: 'vp',
  vrele: 'vp',
  vget: 'vp flags p',
  vgonel: 'vp p',
  vinvalbuf: 'vp flags cred p slpflag slptimeo',
  sched_sync: '',
  sys_exit: 'p uap rval',
  syscall: 'frame',
  uvm_fault: 'map vaddr access_type',
  uvm_map: 'map startp size uobj uoffset align flags',
  uvm_unmap_remove: 'map start end entry_list',
  pool_get: 'pp flags',
  pool_put: 'pp item',
};

const PARSED = new Map(Object.entries(TABLE).map(([name, list]) => [name, list.split(' ').filter(Boolean)]));
const NONE: readonly string[] = [];

/** Names of a function's parameters; empty if it is not known. */
export function parameters(name: string): readonly string[] {
  return PARSED.get(name) ?? NONE;
}

/** Index of a parameter, or -1. */
export function parameter(name: string, which: string): number {
  return parameters(name).indexOf(which);
}

/** What kind of object a parameter points to; parameters of one kind that hold one value name one object. */
export function roleOf(param: string): string | null {
  switch (param) {
    case 'map':
    case 'dst_map':
      return 'vm_map';
    case 'pmap':
    case 'dst_pmap':
      return 'pmap';
    case 'object':
      return 'vm_object';
    case 'm':
      return 'vm_page';
    case 'vm':
    case 'vm1':
      return 'vmspace';
    case 'entry':
      return 'vm_map_entry';
    case 'p':
    case 'p1':
      return 'proc';
    case 'vp':
      return 'vnode';
    case 'bp':
      return 'buf';
    case 'lkp':
      return 'lock';
    default:
      return null;
  }
}
