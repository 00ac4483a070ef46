/** pstat(8) -s and swapinfo(8): the swap devices, in units of BLOCKSIZE or, with -k, of 1K. */
import { O_RDONLY } from '../../../../kernel/src/sys/fcntl.h.js';
import { __progname } from '../../csu/crt0.js';
import { err } from '../../lib/libc/gen/err.js';
import { getbsize } from '../../lib/libc/gen/getbsize.js';
import { getpagesize } from '../../lib/libc/gen/getpagesize.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { putchar } from '../../lib/libc/stdio/putc.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { malloc } from '../../lib/libc/stdlib/malloc.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import type { kvm_swap } from '../../lib/libkvm/kvm.h.js';
import { kvm_getswapinfo } from '../../lib/libkvm/kvm_getswapinfo.js';
import { kvm_open } from '../../lib/libkvm/kvm_proc.js';
import { getsysctlint } from '../../lib/libutil/sysctlbuf.js';

function usage(swapinfo: boolean): never {
  if (swapinfo) fprintf(stderr, 'usage: swapinfo [-k]\n');
  else fprintf(stderr, 'usage: pstat [-ks]\n');
  exit(1);
}

/** Size, use, what is left, and how much that is; in blocks. */
function print_swap_numbers(ksw: kvm_swap, hlen: int, blocksize: int): void {
  const perpage = $u32(getpagesize() / 512);
  const unit = $u32(blocksize / 512);
  const total = ksw.ksw_total;
  const used = ksw.ksw_used;
  const percent = total === 0 ? 0 : (200 * used + total) / (2 * total);
  printf('%*u ', hlen, (total * perpage) / unit);
  printf('%8u %8u %5u%%', (used * perpage) / unit, ((total - used) * perpage) / unit, percent);
}

function swapmode(kflag: boolean): void {
  const hlen = $var<int>();
  const blocksize = $var<int>();
  const kd = kvm_open(null, null, null, O_RDONLY, __progname);
  if (kd === null) exit(1);
  let header: str = '1K-blocks';
  hlen[0] = 9;
  blocksize[0] = 1024;
  if (!kflag) header = getbsize(hlen, blocksize);
  const maxswap = getsysctlint('vm.nswapdev') + 1;
  const kswap = $cast<kvm_swap>(malloc($u32(maxswap) * $sizeof<kvm_swap>()));
  if (kswap === null) err(1, null);
  const n = kvm_getswapinfo(kd, kswap, maxswap, 0);
  if (n < 0) err(1, 'swapinfo');
  printf('%-15s %*s %8s %8s %8s  %s\n', 'Device', hlen[0], header, 'Used', 'Avail', 'Capacity', 'Type');
  for (let i = 0; i < n; i++) {
    printf('%-15s ', $idx(kswap, i).ksw_devname);
    print_swap_numbers($idx(kswap, i), hlen[0], blocksize[0]);
    printf('    Interleaved\n');
  }
  if (n > 1) {
    printf('%-15s ', 'Total');
    print_swap_numbers($idx(kswap, n), hlen[0], blocksize[0]);
    putchar($ch('\n'));
  }
}

export function main(argc: int, argv: ptr<str>): int {
  const swapinfo = strcmp(__progname, 'swapinfo') === 0;
  const opts = swapinfo ? 'k' : 'ks';
  let kflag = false;
  let sflag = swapinfo;
  for (let ch = getopt(argc, argv, opts); ch !== -1; ch = getopt(argc, argv, opts)) {
    if (ch === $ch('k')) kflag = true;
    else if (ch === $ch('s')) sflag = true;
    else usage(swapinfo);
  }
  if (optind < argc || !sflag) usage(swapinfo);
  swapmode(kflag);
  return 0;
}
