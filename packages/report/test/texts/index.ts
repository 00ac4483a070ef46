/*
 * Hand-made texts for what construction does not reach: kinds, damages and mixtures as they stand in mails
 * and trackers. The values are invented; the layouts are those of the kernels named.
 */
export const TEXTS: Record<string, string> = {
  'mail-2001': `From: somebody
Subject: panic in the vm system

> On Tuesday I wrote:
>> The kernel of this morning panics under load.

Here is what I copied from the screen:

> Fatal trap 12: page fault while in kernel mode
> fault virtual address   = 0x24
> fault code              = supervisor read, page not present
> instruction pointer     = 0x8:0xc02114aa
> stack pointer           = 0x10:0xc7a3de10
> frame pointer           = 0x10:0xc7a3de3c
> code segment            = base 0x0, limit 0xfffff, type 0x1b
>                         = DPL 0, pres 1, def32 1, gran 1
> processor eflags        = interrupt enabled, resume, IOPL = 0
> current process         = 312 (cron)
> interrupt mask          = none
> kernel: type 12 trap, code=0
> Stopped at      vm_map_lookup_entry+0x1a:       movl    0x24(%eax),%edx
> db> trace
> vm_map_lookup_entry(0,bfbff000,c7a3de60) at
> vm_map_lookup_entry+0x1a
> vm_map_delete(0,0,bfc00000) at vm_map_delete+0x22
> vm_map_remove(0,0,bfc00000) at vm_map_remove+0x4f
> exit1(c7a01e00,0,c7a3dfa8) at exit1+0x1b5
> sys_exit(c7a01e00,c7a3df80,0,0,bfbffc88) at sys_exit+0x19
> syscall(2f,2f,2f,0,bfbffc88) at syscall+0x1f7
> Xint0x80_syscall() at Xint0x80_syscall+0x2b

To reproduce, run \`make -j8 buildworld' or "sh crash.sh 10".
`,
  'amd64-2020': `FreeBSD 13.0-CURRENT #0: Mon Apr 12 03:37:29 CEST 2021 amd64

Fatal trap 12: page fault while in kernel mode
cpuid = 6; apic id = 06
fault virtual address\t= 0x10007
fault code\t\t= supervisor read data, page not present
instruction pointer\t= 0x20:0xffffffff80c58f80
stack pointer\t        = 0x28:0xfffffe00e3f29d40
frame pointer\t        = 0x28:0xfffffe00e3f29d80
code segment\t\t= base 0x0, limit 0xfffff, type 0x1b
\t\t\t= DPL 0, pres 1, long 1, def32 0, gran 1
processor eflags\t= interrupt enabled, resume, IOPL = 0
current process\t\t= 0 (re0 taskq)
rdi: fffff80026b86560 rsi: 000000000000ffff rdx: 0000000000000001
rcx: 0000000000000001  r8: 0000000000000000  r9: 00000000ffffffad
rax: 0000000000000000 rbx: fffff800028ad740 rbp: fffffe00e3f29d80
r10: 0000000000000001 r11: fffffe00e3c0f000 r12: 000000000000ffff
r13: fffffe0108fd46b0 r14: 0000000000000000 r15: 0000000000008803
trap number\t\t= 12
panic: page fault
cpuid = 6
time = 1730349707
KDB: stack backtrace:
#0 0xffffffff80b7fefd at kdb_backtrace+0x5d
#1 0xffffffff80b32bd1 at vpanic+0x131
#2 0xffffffff80b32a93 at panic+0x43
#3 0xffffffff8100091b at trap_fatal+0x40b
#4 0xffffffff81000966 at trap_pfault+0x46
#5 0xffffffff80fd6d48 at calltrap+0x8
#6 0xffffffff821683d4 at re_rxeof+0x344
#7 0xffffffff82167a51 at re_int_task+0xc1
#8 0xffffffff80b92d82 at taskqueue_run_locked+0x182
#9 0xffffffff80b94012 at taskqueue_thread_loop+0xc2
#10 0xffffffff80aed02e at fork_exit+0x7e
#11 0xffffffff80fd7dce at fork_trampoline+0xe
Uptime: 2h3m4s
Dumping 2849 out of 8068 MB:..1%..11%..21%..31%..41%..51%..61%..71%..81%..91%
Dump complete
`,
  'interleaved-cpus': `Fatal trap 12: page fault while in kernel mode
Fatal trap 9: general protection fault while in kernel mode
cpuid = 0; apic id = 00
cpuid = 1; apic id = 02
fault virtual address   = 0x18
instruction pointer     = 0x20:0xffffffff80aaaaaa
instruction pointer     = 0x20:0xffffffff80bbbbbb
stack pointer           = 0x28:0xfffffe0000aaaa00
stack pointer           = 0x28:0xfffffe0000bbbb00
frame pointer           = 0x28:0xfffffe0000aaaa40
frame pointer           = 0x28:0xfffffe0000bbbb40
current process         = 11 (idle: cpu0)
current process         = 42 (dd)
`,
  'lock-order': `lock order reversal:
 1st 0xfffff80002c50930 ufs (ufs, lockmgr) @ /usr/src/sys/kern/vfs_mount.c:2052
 2nd 0xfffff80002994cb0 devfs (devfs, lockmgr) @ /usr/src/sys/kern/vfs_subr.c:3009
lock order devfs -> ufs established at:
#0 0xffffffff8053bb7d at witness_checkorder+0x46d
#1 0xffffffff804a38e8 at lockmgr_lock_flags+0x188
#2 0xffffffff806c608d at ffs_lock+0x8d
#3 0xffffffff805a8e6d at vfs_domount+0xf1d
#4 0xffffffff8048e990 at fork_exit+0x80
#5 0xffffffff8075c45e at fork_trampoline+0xe
lock order ufs -> devfs attempted at:
#0 0xffffffff8053c4dc at witness_checkorder+0xdcc
#1 0xffffffff804a5325 at lockmgr_xlock+0x55
#2 0xffffffff8042b94f at devfs_allocv+0xbf
#3 0xffffffff805ab5b1 at vfs_unmountall+0xc1
#4 0xffffffff80786644 at amd64_syscall+0x124
#5 0xffffffff8075bcfe at fast_syscall_common+0xf8
`,
  'openbsd-fault': `uvm_fault(0xfffffd806e39f1d8, 0x4, 0, 1) -> e
kernel: page fault trap, code=0
Stopped at      igmp_leavegroup+0xaf:   movl    0x4(%rax),%r12d
    TID    PID    UID     PRFLAGS     PFLAGS  CPU  COMMAND
*105140  18791      0           0          0    1  syz-executor.6
igmp_leavegroup(ffff800000045880,ffff8000006b8000) at igmp_leavegroup+0xaf sys/netinet/igmp.c:512
in_delmulti(ffff800000045880) at in_delmulti+0xd8 sys/netinet/in.c:908
ip_freemoptions(ffff800000d87350) at ip_freemoptions+0x5d sys/netinet/ip_output.c:1794
soclose(fffffd8071648200,0) at soclose+0x253 pru_detach sys/sys/protosw.h:281 [inline]
soclose(fffffd8071648200,0) at soclose+0x253 sys/kern/uipc_socket.c:397
sys_exit(ffff800021237330,ffff800029575b60,ffff800029575bb0) at sys_exit+0x1a sys/kern/kern_exit.c:89
syscall(ffff800029575c30) at syscall+0x5e2 sys/arch/amd64/amd64/trap.c:632
Xsyscall() at Xsyscall+0x128
end of kernel
end trace frame: 0x78891bbf9c70, count: 1
ddb{0}> show registers
rax                                0
r12                 0x3000000008
`,
  'netbsd-fault': `[ 663.0426878] fatal page fault in supervisor mode
[ 663.0426878] trap type 6 code 0x2 rip 0xffffffff80235385 cs 0x8 rflags 0x10246 cr2 0x28 ilevel 0 rsp 0xffffffff81d4deb0
[ 663.0426878] curlwp 0xffffffff8188abc0 pid 496.1 lowest kstack 0xffffffff81d482c0
[ 663.0426878] panic: trap
[ 663.0426878] cpu0: Begin traceback...
[ 663.0426878] vpanic() at netbsd:vpanic+0x156
[ 663.0426878] panic() at netbsd:panic+0x3c
[ 663.0426878] trap() at netbsd:trap+0xb1d
[ 663.0426878] --- trap (number 6) ---
[ 663.0426878] nfs_lookup() at netbsd:nfs_lookup+0x210
[ 663.0426878] VOP_LOOKUP() at netbsd:VOP_LOOKUP+0x54
[ 663.0426878] sys___lstat50() at netbsd:sys___lstat50+0x60
[ 663.0426878] syscall() at netbsd:syscall+0x1fc
[ 663.0426878] --- syscall (number 441) ---
[ 663.0426878] cpu0: End traceback...
`,
  'double-fault': `Fatal double fault:
eip = 0xc0a1b2c3
esp = 0xe5a7effc
ebp = 0xe5a7f010
cpuid = 0; apic id = 00
panic: double fault
cpuid = 0
KDB: stack backtrace:
panic(c0c5b2a1,0,0,0,0) at panic+0x114
dblfault_handler() at dblfault_handler+0x7e
--- trap 0x17, eip = 0xc0a1b2c3, esp = 0xe5a7effc, ebp = 0xe5a7f010 ---
ip_output(c4e5d600,0,0,0,0) at ip_output+0x6
gif_output(c4a11000,c4e5d600,e5a7f0a0,0) at gif_output+0x2b1
ip_output(c4e5d600,0,0,0,0) at ip_output+0x9a1
ithread_loop(c40f1a80,e3f2ad38) at ithread_loop+0x1a5
fork_exit(c0830c80,c40f1a80,e3f2ad38) at fork_exit+0x94
fork_trampoline() at fork_trampoline+0x8
`,
  'use-after-free': `Memory modified after free 0xc4e02000(2044) val=deadc0dd @ 0xc4e02024
panic: Most recently used by bus-sc

cpuid = 1
KDB: stack backtrace:
db_trace_self_wrapper(c0c5fd41,e63fbb14,c0890a71,c0c8a61c,1) at db_trace_self_wrapper+0x26
kdb_backtrace(c0c8a61c,1,c0c82d04,e63fbb20,1) at kdb_backtrace+0x29
panic(c0c82d04,c0bf4b8b,7fc,c0c82cd9,c4e02024) at panic+0x114
mtrash_ctor(c4e02000,800,0,102,c1a8d3c0) at mtrash_ctor+0x63
uma_zalloc_arg(c1a8b460,0,102,0,0) at uma_zalloc_arg+0x1ab
malloc(800,c0d0ad00,102,e63fbc10,c0876aa1) at malloc+0xe6
fdcopy(c4b90e00,c4d02a80,0,0,c4c7a000) at fdcopy+0x4f
fork1(c4c7a000,14,0,e63fbc80,0) at fork1+0x2bc
fork(c4c7a000,e63fbcf8,e63fbd2c,c0c5f59e,2) at fork+0x29
syscall(e63fbd38) at syscall+0x2a6
Xint0x80_syscall() at Xint0x80_syscall+0x20
--- syscall (2, FreeBSD ELF32, fork), eip = 0x281ecdeb, esp = 0xbfbfe3ac, ebp = 0xbfbfe3d8 ---
Uptime: 5m2s
`,
  'kmem-map': `panic: kmem_malloc(4096): kmem_map too small: 335544320 total allocated
cpuid = 0
KDB: stack backtrace:
kdb_backtrace(100,c2e9a480,1,1000,102) at kdb_backtrace+0x29
panic(c0a1e2b1,1000,14000000,0,c0a1e20c) at panic+0x114
kmem_malloc(c1457000,1000,102,e4f5bb70,c084c3d5) at kmem_malloc+0x23e
page_alloc(c1458000,1000,e4f5bb63,102,c1458000) at page_alloc+0x27
zfs_znode_alloc(c2f4a000,c7a51000,0,0,0) at zfs_znode_alloc+0x2c
zfs_zget(c2f4a000,1a2b,0,e4f5bc0c) at zfs_zget+0x2a1
kern_stat(c2e9a480,bfbfe8a0,0,e4f5bc38) at kern_stat+0x35
syscall(3b,3b,3b,bfbfe8a0,2) at syscall+0x22b
Xint0x80_syscall() at Xint0x80_syscall+0x1f
--- syscall (188, FreeBSD ELF32, stat), eip = 0x28159c47, esp = 0xbfbfe7fc, ebp = 0xbfbfe898 ---
`,
  'kgdb-core': `Unread portion of the kernel message buffer:
panic: vm_fault: fault on nofault entry, addr: ea1fd000
cpuid = 1
Uptime: 11d4h2m9s
Physical memory: 2035 MB
Dumping 215 MB: 200 184 168 152 136 120 104 88 72 56 40 24 8

#0  doadump () at pcpu.h:196
196\tpcpu.h: No such file or directory.
(kgdb) bt
#0  doadump () at pcpu.h:196
#1  0xc078ccc7 in boot (howto=260) at /usr/src/sys/kern/kern_shutdown.c:418
#2  0xc078cfe9 in panic (fmt=Variable "fmt" is not available.
) at /usr/src/sys/kern/kern_shutdown.c:574
#3  0xc09df1a5 in vm_fault (map=0xc1490090, vaddr=3927953408,
    fault_type=1 '\\001', fault_flags=0)
    at /usr/src/sys/vm/vm_fault.c:275
#4  0xc0a8a2ad in trap_pfault (frame=0xe8a95b44, usermode=0, eva=3927956480)
    at /usr/src/sys/i386/i386/trap.c:828
#5  0xc0a8ac1c in trap (frame=0xe8a95b44) at /usr/src/sys/i386/i386/trap.c:530
#6  0xc0a6ee4b in calltrap () at /usr/src/sys/i386/i386/exception.s:159
#7  0xc0a8747a in bcopy () at /usr/src/sys/i386/i386/support.s:489
Previous frame inner to this frame (corrupt stack?)
(kgdb) quit
`,
  deadlock: `panic: deadlres_td_sleep_q: possible deadlock detected for 0xfffff80003b35580 (sh), blocked for 1802105 ticks
cpuid = 2
time = 1590000000
KDB: stack backtrace:
db_trace_self_wrapper() at db_trace_self_wrapper+0x2b/frame 0xfffffe00004c8b20
vpanic() at vpanic+0x182/frame 0xfffffe00004c8b70
panic() at panic+0x43/frame 0xfffffe00004c8bd0
deadlkres() at deadlkres+0x34d/frame 0xfffffe00004c8c30
fork_exit() at fork_exit+0x7e/frame 0xfffffe00004c8c70
fork_trampoline() at fork_trampoline+0xe/frame 0xfffffe00004c8c70
--- trap 0, rip = 0, rsp = 0, rbp = 0 ---
KDB: enter: panic
`,
  'log-table': `2024-01-09T09:02:31\tNotice\tkernel\tKDB: enter: panic\t
2024-01-09T09:02:31\tNotice\tkernel\tpf_test6() at pf_test6+0x12c0/frame 0xfffffe00107db9a0\t
2024-01-09T09:02:31\tNotice\tkernel\tip6_forward() at ip6_forward+0x60c/frame 0xfffffe00107db7c0\t
2024-01-09T09:02:31\tNotice\tkernel\t--- trap 0xc, rip = 0xffffffff80ea41bc, rsp = 0xfffffe00107db6a0, rbp = 0xfffffe00107db7c0 ---\t
2024-01-09T09:02:31\tNotice\tkernel\tcalltrap() at calltrap+0x8/frame 0xfffffe00107db5d0\t
2024-01-09T09:02:31\tNotice\tkernel\tpanic() at panic+0x43/frame 0xfffffe00107db320\t
2024-01-09T09:02:31\tNotice\tkernel\tvpanic() at vpanic+0x151/frame 0xfffffe00107db2c0\t
2024-01-09T09:02:31\tNotice\tkernel\tpanic: page fault\t
2024-01-09T08:44:06\tNotice\tkernel\tKDB: enter: panic\t
2024-01-09T08:44:06\tNotice\tkernel\tpanic() at panic+0x43/frame 0xfffffe0010795510\t
2024-01-09T08:44:06\tNotice\tkernel\tvpanic() at vpanic+0x151/frame 0xfffffe00107954b0\t
2024-01-09T08:44:06\tNotice\tkernel\tpanic: vm_radix_insert: key 5 is already present\t
`,
  'hand-typed': `fatal trap 12: page fault while in kernel mode
fault virtual addr = Ox1c
fault code = supervisor read, page not present
instruction pointer = 0x8:0xc0234567
[...]
current process = 187 (natd)
Stopped at  ip_input + 0x4c:  movl 0x1c(%ebx),%eax
db> tr
ip_input(c0a1b200) at ip_input + 0x4c
...
doreti_swi at doreti_swi + 0xf
`,
  'sleeping-thread': `Sleeping thread (tid 100066, pid 12) owns a non-sleepable lock
KDB: stack backtrace of thread 100066:
sched_switch() at sched_switch+0x8a2/frame 0xfffffe001c39cc30
mi_switch() at mi_switch+0x174/frame 0xfffffe001c39cc70
sleepq_wait() at sleepq_wait+0x3a/frame 0xfffffe001c39cca0
igb_mq_start_locked() at igb_mq_start_locked+0xe4/frame 0xfffffe001c39cda0
igb_mq_start() at igb_mq_start+0x224/frame 0xfffffe001c39ce10
ether_output() at ether_output+0x58d/frame 0xfffffe001c39ce80
fork_exit() at fork_exit+0x7e/frame 0xfffffe001c39cff0
fork_trampoline() at fork_trampoline+0xe/frame 0xfffffe001c39cff0
panic: sleeping thread
cpuid = 3
`,
  'kgdb-full': `(kgdb) bt full
#0  __curthread () at /usr/src/sys/amd64/include/pcpu_aux.h:55
        td = <optimized out>
#1  doadump (textdump=<optimized out>) at /usr/src/sys/kern/kern_shutdown.c:399
        error = 0
        coredump = <optimized out>
#2  0xffffffff80b32bd1 in kern_reboot (howto=260)
    at /usr/src/sys/kern/kern_shutdown.c:487
        once = 0
#3  0xffffffff80b32a93 in vpanic (fmt=0xffffffff8118fb0c "%s", ap=ap@entry=0xfffffe00e3f29a50) at /usr/src/sys/kern/kern_shutdown.c:920
        buf = "page fault", '\\000' <repeats 245 times>
        __pc = 0x0
#4  0xffffffff80b32a94 in panic (fmt=<unavailable>) at /usr/src/sys/kern/kern_shutdown.c:844
        ap = {{gp_offset = 16, fp_offset = 48, overflow_arg_area = 0xfffffe00e3f29a80, reg_save_area = 0xfffffe00e3f29a20}}
#5  0xffffffff8100091b in trap_fatal (frame=0xfffffe00e3f29b40, eva=24) at /usr/src/sys/amd64/amd64/trap.c:946
#6  0xffffffff81000966 in trap_pfault (frame=0xfffffe00e3f29b40, usermode=false, signo=<optimized out>, ucode=<optimized out>) at /usr/src/sys/amd64/amd64/trap.c:765
#7  <signal handler called>
#8  knlist_remove_kq (knl=0x18, kn=0xfffff80002c50930, knlislocked=0, kqislocked=0) at /usr/src/sys/kern/kern_event.c:2300
        kq = 0xfffff80002c50930
#9  0xffffffff80b7fefd in amd64_syscall (td=0xfffff80002c50930, traced=0) at /usr/src/sys/amd64/amd64/../../kern/subr_syscall.c:193
#10 <signal handler called>
#11 0x00000008011b in ?? ()
Backtrace stopped: Cannot access memory at address 0x7fffffffe1a8
`,
  'netbsd-assertion': `[   8.1234567] panic: kernel diagnostic assertion "pg->wire_count > 0" failed: file "/usr/src/sys/uvm/uvm_page.c", line 1234 
[   8.1234567] cpu0: Begin traceback...
[   8.1234567] vpanic() at netbsd:vpanic+0x140
[   8.1234567] kern_assert() at netbsd:kern_assert+0x63
[   8.1234567] uvm_pageunwire() at netbsd:uvm_pageunwire+0x8a
[   8.1234567] sys_munmap() at netbsd:sys_munmap+0x80
[   8.1234567] syscall() at netbsd:syscall+0x1ec
[   8.1234567] --- syscall (number 73) ---
[   8.1234567] 7f7ff7ca3d3a:
[   8.1234567] cpu0: End traceback...
[   8.1234567] fatal breakpoint trap in supervisor mode
[   8.1234567] trap type 1 code 0 rip 0xffffffff8021df25 cs 0x8 rflags 0x202 cr2 0x7f7ff 
[   8.1234567] Stopped in pid 123.1 (sh) at netbsd:breakpoint+0x5:  leave
db{0}> bt
breakpoint() at netbsd:breakpoint+0x5
vpanic() at netbsd:vpanic+0x140
kern_assert() at netbsd:kern_assert+0x63
uvm_pageunwire() at netbsd:uvm_pageunwire+0x8a
db{0}> ps
PID    LID S CPU     FLAGS       STRUCT LWP *               NAME WAIT
123 >    1 7   0        40   ffffa1b2c3d4e5f6                 sh
0       59 3   0       204   ffffa1b2c3d4e500            physiod physiod
`,
  'openbsd-i386': `uvm_fault(0xd3a1f7a0, 0x0, 0, 1) -> e
fatal page fault (6) in supervisor mode
trap type 6 code 0 eip d0394f5b cs 8 eflags 10246 cr2 14 cpl 0
panic: trap type 6, code=0, pc=d0394f5b
Starting stack trace...
panic(d03a5b2a) at panic+0x6c
panic(d099b4a0,6,0,d0394f5b,2) at panic+0x6c
trap() at trap+0x143
--- trap (number 6) ---
ip_output(0,0,0,0) at ip_output+0x1b
End of stack trace.
syncing disks... done
`,
  'two-cpus': `Fatal trap 12: page fault while in kernel mode
Fatal trap 9: general protection fault while in kernel mode
cpuid = 0; apic id = 00
cpuid = 1; apic id = 02
fault virtual address   = 0x18
instruction pointer     = 0x20:0xffffffff80aaaaaa
instruction pointer     = 0x20:0xffffffff80bbbbbb
stack pointer           = 0x28:0xfffffe0000aaaa00
stack pointer           = 0x28:0xfffffe0000bbba00
frame pointer           = 0x28:0xfffffe0000aaaa40
frame pointer           = 0x28:0xfffffe0000bbba40
current process         = 11 (idle: cpu0)
current process         = 42 (dd)
trap number             = 12
trap number             = 9
panic: page fault
cpuid = 0
panic: general protection fault
cpuid = 1
KDB: stack backtrace:
KDB: stack backtrace:
db_trace_self_wrapper() at db_trace_self_wrapper+0x2b/frame 0xfffffe0000bbb500
db_trace_self_wrapper() at db_trace_self_wrapper+0x2b/frame 0xfffffe0000aaa500
vpanic() at vpanic+0x182/frame 0xfffffe0000bbb600
vpanic() at vpanic+0x182/frame 0xfffffe0000aaa600
panic() at panic+0x43/frame 0xfffffe0000bbb660
panic() at panic+0x43/frame 0xfffffe0000aaa660
trap_fatal() at trap_fatal+0x35f/frame 0xfffffe0000bbb700
calltrap() at calltrap+0x8/frame 0xfffffe0000bbb900
--- trap 0x9, rip = 0xffffffff80bbbbbb, rsp = 0xfffffe0000bbba00, rbp = 0xfffffe0000bbba40 ---
trap_fatal() at trap_fatal+0x35f/frame 0xfffffe0000aaa700
knote_fdclose() at knote_fdclose+0x10a/frame 0xfffffe0000bbba40
trap_pfault() at trap_pfault+0x49/frame 0xfffffe0000aaa760
calltrap() at calltrap+0x8/frame 0xfffffe0000aaa900
kern_close() at kern_close+0x10a/frame 0xfffffe0000bbbb40
--- trap 0xc, rip = 0xffffffff80aaaaaa, rsp = 0xfffffe0000aaaa00, rbp = 0xfffffe0000aaaa40 ---
amd64_syscall() at amd64_syscall+0x10c/frame 0xfffffe0000bbbbf0
acpi_cpu_idle() at acpi_cpu_idle+0x2ee/frame 0xfffffe0000aaaa40
fast_syscall_common() at fast_syscall_common+0xf8/frame 0xfffffe0000bbbbf0
cpu_idle() at cpu_idle+0x9f/frame 0xfffffe0000aaaa60
sched_idletd() at sched_idletd+0x461/frame 0xfffffe0000aaaab0
fork_exit() at fork_exit+0x7e/frame 0xfffffe0000aaaaf0
--- syscall (6, FreeBSD ELF64, sys_close), rip = 0x8011b, rsp = 0x7fffffffe1a8, rbp = 0x7fffffffe1c0 ---
fork_trampoline() at fork_trampoline+0xe/frame 0xfffffe0000aaaaf0
--- trap 0, rip = 0, rsp = 0, rbp = 0 ---
`,
  'malloc-with-lock': `malloc(M_WAITOK) of "1024", forcing M_NOWAIT with the following non-sleepable locks held:
exclusive sleep mutex bce0 r = 0 (0xc5b8e0c0) locked @ /usr/src/sys/dev/bce/if_bce.c:5432
KDB: stack backtrace:
db_trace_self_wrapper(c0c5fd41,e63fbb14,c0890a71,c0c8a61c,1) at db_trace_self_wrapper+0x26
kdb_backtrace(1538,1,ffffffff,c0f0a0a4,e63fbb4c) at kdb_backtrace+0x29
_witness_debugger(c0c8a61c,e63fbb60,4,1,0) at _witness_debugger+0x25
witness_warn(5,0,c0cb1a6d,c0ca5d2c,c5b8e000) at witness_warn+0x1fd
uma_zalloc_arg(c1d8a380,0,102,2,0) at uma_zalloc_arg+0x34
malloc(400,c0d61a40,102,0,0) at malloc+0xd2
bce_ioctl(c5b8d000,80206910,c5c0a3c0,c0dbe5c0,0) at bce_ioctl+0x1f3
fork_exit(c0830c80,c40f1a80,e3f2ad38) at fork_exit+0x94
fork_trampoline() at fork_trampoline+0x8
--- trap 0, eip = 0, esp = 0xe3f2ad70, ebp = 0 ---
`,
};
