/** kvm_getswapinfo(3) */
import { S_IFCHR } from '../../../../kernel/src/sys/stat.h.js';
import { CTL_MAXNAME } from '../../../../kernel/src/sys/sysctl.h.js';
import type { xswdev } from '../../../../kernel/src/vm/vm_param.h.js';
import { SWB_NPAGES } from '../../../../kernel/src/vm/vm_param.h.js';
import { devname } from '../libc/gen/devname.js';
import { sysctlnametomib } from '../libc/gen/sysctl.js';
import { snprintf } from '../libc/stdio/printf.js';
import { free } from '../libc/stdlib/malloc.js';
import { memset } from '../libc/string/memset.js';
import { sysctlbuf } from '../libutil/sysctlbuf.js';
import type { kvm_swap, kvm_t } from './kvm.h.js';

/**
 * The first `maxswap` - 1 swap devices, and behind them the sum of all: how many devices it gave; -1 with
 * errno.
 */
export function kvm_getswapinfo(kd: kvm_t, swap_ary: kvm_swap, maxswap: int, flags: int): int {
  const mib = $local<array<int, typeof CTL_MAXNAME>>();
  const n = $var<u32>();
  const len = $var<u32>();
  n[0] = CTL_MAXNAME;
  if (sysctlnametomib('vm.swap_info', mib, n) < 0) return -1;
  const buf = sysctlbuf(mib, $i32(n[0]), len);
  if (buf === 0) return -1;
  let count = 0;
  const total = $local<kvm_swap>();
  memset($addr(total), 0, $sizeof<kvm_swap>());
  for (let at: u32 = 0; at + $sizeof<xswdev>() <= len[0]; at += $sizeof<xswdev>()) {
    const xsw = $cast<xswdev>(buf + at);
    const used = $u32(xsw.xsw_used);
    /* The first stripe of a device is left alone. */
    const size = $u32(xsw.xsw_nblks - 2 * SWB_NPAGES);
    total.ksw_used += used;
    total.ksw_total += size;
    if (count >= maxswap - 1) continue;
    const ksw = $idx(swap_ary, count++);
    snprintf(ksw.ksw_devname, 32, '/dev/%s', devname(xsw.xsw_dev, S_IFCHR));
    ksw.ksw_used = used;
    ksw.ksw_total = size;
    ksw.ksw_flags = xsw.xsw_flags;
  }
  $copy($idx(swap_ary, count), total);
  free(buf);
  return count;
}
