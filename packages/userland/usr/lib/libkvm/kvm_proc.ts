/** kvm_open(3), kvm_getprocs(3), kvm_getargv(3) */
import { EINVAL, ENOMEM } from '../../../../kernel/src/sys/errno.h.js';
import { CTL_KERN, KERN_PROC, KERN_PROC_ALL, KERN_PROC_ARGS } from '../../../../kernel/src/sys/sysctl.h.js';
import type { kinfo_proc } from '../../../../kernel/src/sys/user.h.js';
import { KINFO_PROC_SIZE } from '../../../../kernel/src/sys/user.h.js';
import { stderr } from '../libc/stdio/findfp.js';
import { fprintf } from '../libc/stdio/printf.js';
import { free, malloc } from '../libc/stdlib/malloc.js';
import { strerror } from '../libc/string/strerror.js';
import { strlen } from '../libc/string/strlen.js';
import { sysctlbuf } from '../libutil/sysctlbuf.js';
import type { kvm_t } from './kvm.h.js';

/**
 * Opens the running kernel: there is no other. Null with a complaint to `errstr`'s program if there is no
 * memory.
 */
export function kvm_open(uf: str, mf: str, sf: str, flag: int, errstr: str): kvm_t {
  const kd = $cast<kvm_t>(malloc($sizeof<kvm_t>()));
  if (kd === null) {
    if (errstr !== null) fprintf(stderr, '%s: %s\n', errstr, strerror(ENOMEM));
    return null;
  }
  kd.procbase = 0;
  kd.argspc = 0;
  kd.argv = null;
  return kd;
}

/**
 * The processes that an operation (KERN_PROC_*) selects, in the kernel's order; their count to *cnt. Null
 * with errno.
 */
export function kvm_getprocs(kd: kvm_t, op: int, arg: int, cnt: ptr<int>): kinfo_proc {
  const mib = $local<array<int, 4>>();
  const len = $var<u32>();
  mib[0] = CTL_KERN;
  mib[1] = KERN_PROC;
  mib[2] = op;
  mib[3] = arg;
  free(kd.procbase);
  cnt[0] = 0;
  kd.procbase = sysctlbuf(mib, op === KERN_PROC_ALL ? 3 : 4, len);
  if (kd.procbase === 0) return null;
  const kp = $cast<kinfo_proc>(kd.procbase);
  cnt[0] = $i32(len[0] / $sizeof<kinfo_proc>());
  if (cnt[0] > 0 && kp.ki_structsize !== KINFO_PROC_SIZE) {
    errno = EINVAL;
    cnt[0] = 0;
    return null;
  }
  return kp;
}

/**
 * What a process was executed with, ended by a null pointer; null if the kernel has not kept it or the
 * process is gone. `nchr` is not used: BSD's cuts longer ones.
 */
export function kvm_getargv(kd: kvm_t, kp: kinfo_proc, nchr: int): ptr<str> {
  const mib = $local<array<int, 4>>();
  const len = $var<u32>();
  mib[0] = CTL_KERN;
  mib[1] = KERN_PROC;
  mib[2] = KERN_PROC_ARGS;
  mib[3] = kp.ki_pid;
  free(kd.argspc);
  free($addr(kd.argv));
  kd.argv = null;
  kd.argspc = sysctlbuf(mib, 4, len);
  if (kd.argspc === 0 || len[0] === 0) return null;
  let n: u32 = 0;
  for (let i: u32 = 0; i < len[0]; i++) if ($ld8(kd.argspc + i) === 0) n++;
  kd.argv = $cast<ptr<str>>(malloc(4 * (n + 2)));
  if (kd.argv === null) return null;
  n = 0;
  for (let i: u32 = 0; i < len[0]; i += strlen(kd.argv[n++]) + 1) kd.argv[n] = $cast<str>(kd.argspc + i);
  kd.argv[n] = null;
  return kd.argv;
}
