/** The counters of the kernel's struct vmmeter, which sysctl(3) gives one by one. */
import type { vmmeter } from '../../../../kernel/src/sys/vmmeter.h.js';
import { memset } from '../libc/string/memset.js';
import { getsysctl } from './sysctlbuf.js';

/**
 * A counter.
 * @lock p the program
 */
interface vmstatvar extends struct {
  vs_name: str; // (p) its node
  vs_offset: u32; // (p) its place in struct vmmeter
}

const NVMSTATVARS = 37;
let vmstatvars: array<embed<vmstatvar>, 37> = $init([
  { vs_name: 'vm.stats.sys.v_swtch', vs_offset: $offsetof<vmmeter>('v_swtch') },
  { vs_name: 'vm.stats.sys.v_trap', vs_offset: $offsetof<vmmeter>('v_trap') },
  { vs_name: 'vm.stats.sys.v_syscall', vs_offset: $offsetof<vmmeter>('v_syscall') },
  { vs_name: 'vm.stats.sys.v_intr', vs_offset: $offsetof<vmmeter>('v_intr') },
  { vs_name: 'vm.stats.sys.v_soft', vs_offset: $offsetof<vmmeter>('v_soft') },
  { vs_name: 'vm.stats.vm.v_vm_faults', vs_offset: $offsetof<vmmeter>('v_vm_faults') },
  { vs_name: 'vm.stats.vm.v_cow_faults', vs_offset: $offsetof<vmmeter>('v_cow_faults') },
  { vs_name: 'vm.stats.vm.v_cow_optim', vs_offset: $offsetof<vmmeter>('v_cow_optim') },
  { vs_name: 'vm.stats.vm.v_zfod', vs_offset: $offsetof<vmmeter>('v_zfod') },
  { vs_name: 'vm.stats.vm.v_ozfod', vs_offset: $offsetof<vmmeter>('v_ozfod') },
  { vs_name: 'vm.stats.vm.v_swapin', vs_offset: $offsetof<vmmeter>('v_swapin') },
  { vs_name: 'vm.stats.vm.v_swapout', vs_offset: $offsetof<vmmeter>('v_swapout') },
  { vs_name: 'vm.stats.vm.v_swappgsin', vs_offset: $offsetof<vmmeter>('v_swappgsin') },
  { vs_name: 'vm.stats.vm.v_swappgsout', vs_offset: $offsetof<vmmeter>('v_swappgsout') },
  { vs_name: 'vm.stats.vm.v_vnodein', vs_offset: $offsetof<vmmeter>('v_vnodein') },
  { vs_name: 'vm.stats.vm.v_vnodeout', vs_offset: $offsetof<vmmeter>('v_vnodeout') },
  { vs_name: 'vm.stats.vm.v_vnodepgsin', vs_offset: $offsetof<vmmeter>('v_vnodepgsin') },
  { vs_name: 'vm.stats.vm.v_vnodepgsout', vs_offset: $offsetof<vmmeter>('v_vnodepgsout') },
  { vs_name: 'vm.stats.vm.v_intrans', vs_offset: $offsetof<vmmeter>('v_intrans') },
  { vs_name: 'vm.stats.vm.v_reactivated', vs_offset: $offsetof<vmmeter>('v_reactivated') },
  { vs_name: 'vm.stats.vm.v_pdwakeups', vs_offset: $offsetof<vmmeter>('v_pdwakeups') },
  { vs_name: 'vm.stats.vm.v_pdpages', vs_offset: $offsetof<vmmeter>('v_pdpages') },
  { vs_name: 'vm.stats.vm.v_tcached', vs_offset: $offsetof<vmmeter>('v_tcached') },
  { vs_name: 'vm.stats.vm.v_dfree', vs_offset: $offsetof<vmmeter>('v_dfree') },
  { vs_name: 'vm.stats.vm.v_pfree', vs_offset: $offsetof<vmmeter>('v_pfree') },
  { vs_name: 'vm.stats.vm.v_tfree', vs_offset: $offsetof<vmmeter>('v_tfree') },
  { vs_name: 'vm.stats.vm.v_page_size', vs_offset: $offsetof<vmmeter>('v_page_size') },
  { vs_name: 'vm.stats.vm.v_page_count', vs_offset: $offsetof<vmmeter>('v_page_count') },
  { vs_name: 'vm.stats.vm.v_free_count', vs_offset: $offsetof<vmmeter>('v_free_count') },
  { vs_name: 'vm.stats.vm.v_wire_count', vs_offset: $offsetof<vmmeter>('v_wire_count') },
  { vs_name: 'vm.stats.vm.v_active_count', vs_offset: $offsetof<vmmeter>('v_active_count') },
  { vs_name: 'vm.stats.vm.v_inactive_count', vs_offset: $offsetof<vmmeter>('v_inactive_count') },
  { vs_name: 'vm.stats.vm.v_cache_count', vs_offset: $offsetof<vmmeter>('v_cache_count') },
  { vs_name: 'vm.stats.vm.v_forks', vs_offset: $offsetof<vmmeter>('v_forks') },
  { vs_name: 'vm.stats.vm.v_vforks', vs_offset: $offsetof<vmmeter>('v_vforks') },
  { vs_name: 'vm.stats.vm.v_rforks', vs_offset: $offsetof<vmmeter>('v_rforks') },
  { vs_name: 'vm.stats.vm.v_kthreads', vs_offset: $offsetof<vmmeter>('v_kthreads') },
]);

/** Reads those that programs show; the others stay 0. */
export function getvmmeter(vm: vmmeter): void {
  memset($addr(vm), 0, $sizeof<vmmeter>());
  for (let i = 0; i < NVMSTATVARS; i++) {
    const vs = vmstatvars[i];
    getsysctl(vs.vs_name, $addr(vm) + vs.vs_offset, 4);
  }
}
