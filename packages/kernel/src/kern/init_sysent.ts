/**
 * The system-call table (kern/init_sysent.c): FreeBSD's numbers of 2001. sy_narg counts argument words; calls
 * marked SYF_MPSAFE run without Giant. Numbers without a call are nosys; syscall() sends those beyond the end
 * to entry 0.
 */
import { sigreturn } from '../i386/machdep.js';
import type { sysent_t } from '../sys/sysent.h.js';
import { SYF_MPSAFE } from '../sys/sysent.h.js';
import { mincore, mlock, munlock } from '../vm/vm_mlock.js';
import { madvise, minherit, mmap, mprotect, msync, munmap, sbrk } from '../vm/vm_mmap.js';
import { swapon } from '../vm/vm_swap.js';
import { obreak } from '../vm/vm_unix.js';
import { close, dup, dup2, fcntl, fstat, getdtablesize } from './kern_descrip.js';
import { execve } from './kern_exec.js';
import { sys_exit, wait4 } from './kern_exit.js';
import { fork, rfork, vfork } from './kern_fork.js';
import {
  getgid,
  getpgid,
  getpgrp,
  getpid,
  getppid,
  getsid,
  getuid,
  issetugid,
  setpgid,
  setsid,
  setuid,
} from './kern_prot.js';
import { getpriority, getrlimit, getrusage, setpriority, setrlimit } from './kern_resource.js';
import { reboot } from './kern_shutdown.js';
import { kill, sigaction, sigaltstack, sigpending, sigprocmask, sigsuspend } from './kern_sigsys.js';
import { __sysctl } from './kern_sysctl.js';
import { clock_gettime, getitimer, gettimeofday, nanosleep, setitimer } from './kern_time.js';
import { nosys, sched_yield, sys_pipe } from './kern_xxx.js';
import { ioctl, read, readv, write, writev } from './sys_generic.js';
import {
  access,
  chdir,
  chmod,
  fchdir,
  fsync,
  ftruncate,
  getdirentries,
  lseek,
  lstat,
  open,
  stat,
  sync,
  truncate,
  umask,
} from './vfs_syscalls.js';
import { mkdir, mknod, rename, rmdir, unlink } from './vfs_syscalls2.js';

export let sysent: array<embed<sysent_t>, 345> = $init([
  { sy_narg: 0, sy_call: nosys }, // 0
  { sy_narg: 1, sy_call: sys_exit }, // 1 exit
  { sy_narg: 0, sy_call: fork }, // 2 fork
  { sy_narg: 3, sy_call: read }, // 3 read
  { sy_narg: 3, sy_call: write }, // 4 write
  { sy_narg: 3, sy_call: open }, // 5 open
  { sy_narg: 1, sy_call: close }, // 6 close
  { sy_narg: 4, sy_call: wait4 }, // 7 wait4
  { sy_narg: 0, sy_call: nosys }, // 8
  { sy_narg: 0, sy_call: nosys }, // 9
  { sy_narg: 1, sy_call: unlink }, // 10 unlink
  { sy_narg: 0, sy_call: nosys }, // 11
  { sy_narg: 1, sy_call: chdir }, // 12 chdir
  { sy_narg: 1, sy_call: fchdir }, // 13 fchdir
  { sy_narg: 3, sy_call: mknod }, // 14 mknod
  { sy_narg: 2, sy_call: chmod }, // 15 chmod
  { sy_narg: 0, sy_call: nosys }, // 16
  { sy_narg: 1 | SYF_MPSAFE, sy_call: obreak }, // 17 break
  { sy_narg: 0, sy_call: nosys }, // 18
  { sy_narg: 0, sy_call: nosys }, // 19
  { sy_narg: SYF_MPSAFE, sy_call: getpid }, // 20 getpid
  { sy_narg: 0, sy_call: nosys }, // 21
  { sy_narg: 0, sy_call: nosys }, // 22
  { sy_narg: 1, sy_call: setuid }, // 23 setuid
  { sy_narg: SYF_MPSAFE, sy_call: getuid }, // 24 getuid
  { sy_narg: SYF_MPSAFE, sy_call: getuid }, // 25 geteuid
  { sy_narg: 0, sy_call: nosys }, // 26
  { sy_narg: 0, sy_call: nosys }, // 27
  { sy_narg: 0, sy_call: nosys }, // 28
  { sy_narg: 0, sy_call: nosys }, // 29
  { sy_narg: 0, sy_call: nosys }, // 30
  { sy_narg: 0, sy_call: nosys }, // 31
  { sy_narg: 0, sy_call: nosys }, // 32
  { sy_narg: 2, sy_call: access }, // 33 access
  { sy_narg: 0, sy_call: nosys }, // 34
  { sy_narg: 0, sy_call: nosys }, // 35
  { sy_narg: 0, sy_call: sync }, // 36 sync
  { sy_narg: 2, sy_call: kill }, // 37 kill
  { sy_narg: 0, sy_call: nosys }, // 38
  { sy_narg: 0, sy_call: getppid }, // 39 getppid
  { sy_narg: 0, sy_call: nosys }, // 40
  { sy_narg: 1, sy_call: dup }, // 41 dup
  { sy_narg: 0, sy_call: sys_pipe }, // 42 pipe
  { sy_narg: SYF_MPSAFE, sy_call: getgid }, // 43 getegid
  { sy_narg: 0, sy_call: nosys }, // 44
  { sy_narg: 0, sy_call: nosys }, // 45
  { sy_narg: 0, sy_call: nosys }, // 46
  { sy_narg: SYF_MPSAFE, sy_call: getgid }, // 47 getgid
  { sy_narg: 0, sy_call: nosys }, // 48
  { sy_narg: 0, sy_call: nosys }, // 49
  { sy_narg: 0, sy_call: nosys }, // 50
  { sy_narg: 0, sy_call: nosys }, // 51
  { sy_narg: 0, sy_call: nosys }, // 52
  { sy_narg: 2, sy_call: sigaltstack }, // 53 sigaltstack
  { sy_narg: 3, sy_call: ioctl }, // 54 ioctl
  { sy_narg: 1, sy_call: reboot }, // 55 reboot
  { sy_narg: 0, sy_call: nosys }, // 56
  { sy_narg: 0, sy_call: nosys }, // 57
  { sy_narg: 0, sy_call: nosys }, // 58
  { sy_narg: 3, sy_call: execve }, // 59 execve
  { sy_narg: 1, sy_call: umask }, // 60 umask
  { sy_narg: 0, sy_call: nosys }, // 61
  { sy_narg: 0, sy_call: nosys }, // 62
  { sy_narg: 0, sy_call: nosys }, // 63
  { sy_narg: 0, sy_call: nosys }, // 64
  { sy_narg: 3 | SYF_MPSAFE, sy_call: msync }, // 65 msync
  { sy_narg: 0, sy_call: vfork }, // 66 vfork
  { sy_narg: 0, sy_call: nosys }, // 67
  { sy_narg: 0, sy_call: nosys }, // 68
  { sy_narg: 1 | SYF_MPSAFE, sy_call: sbrk }, // 69 sbrk
  { sy_narg: 0, sy_call: nosys }, // 70
  { sy_narg: 0, sy_call: nosys }, // 71
  { sy_narg: 0, sy_call: nosys }, // 72
  { sy_narg: 2 | SYF_MPSAFE, sy_call: munmap }, // 73 munmap
  { sy_narg: 3 | SYF_MPSAFE, sy_call: mprotect }, // 74 mprotect
  { sy_narg: 3 | SYF_MPSAFE, sy_call: madvise }, // 75 madvise
  { sy_narg: 0, sy_call: nosys }, // 76
  { sy_narg: 0, sy_call: nosys }, // 77
  { sy_narg: 3 | SYF_MPSAFE, sy_call: mincore }, // 78 mincore
  { sy_narg: 0, sy_call: nosys }, // 79
  { sy_narg: 0, sy_call: nosys }, // 80
  { sy_narg: SYF_MPSAFE, sy_call: getpgrp }, // 81 getpgrp
  { sy_narg: 2, sy_call: setpgid }, // 82 setpgid
  { sy_narg: 3, sy_call: setitimer }, // 83 setitimer
  { sy_narg: 0, sy_call: nosys }, // 84
  { sy_narg: 1, sy_call: swapon }, // 85 swapon
  { sy_narg: 2, sy_call: getitimer }, // 86 getitimer
  { sy_narg: 0, sy_call: nosys }, // 87
  { sy_narg: 0, sy_call: nosys }, // 88
  { sy_narg: 0, sy_call: getdtablesize }, // 89 getdtablesize
  { sy_narg: 2, sy_call: dup2 }, // 90 dup2
  { sy_narg: 0, sy_call: nosys }, // 91
  { sy_narg: 3, sy_call: fcntl }, // 92 fcntl
  { sy_narg: 0, sy_call: nosys }, // 93
  { sy_narg: 0, sy_call: nosys }, // 94
  { sy_narg: 1, sy_call: fsync }, // 95 fsync
  { sy_narg: 3, sy_call: setpriority }, // 96 setpriority
  { sy_narg: 0, sy_call: nosys }, // 97
  { sy_narg: 0, sy_call: nosys }, // 98
  { sy_narg: 0, sy_call: nosys }, // 99
  { sy_narg: 2, sy_call: getpriority }, // 100 getpriority
  { sy_narg: 0, sy_call: nosys }, // 101
  { sy_narg: 0, sy_call: nosys }, // 102
  { sy_narg: 0, sy_call: nosys }, // 103
  { sy_narg: 0, sy_call: nosys }, // 104
  { sy_narg: 0, sy_call: nosys }, // 105
  { sy_narg: 0, sy_call: nosys }, // 106
  { sy_narg: 0, sy_call: nosys }, // 107
  { sy_narg: 0, sy_call: nosys }, // 108
  { sy_narg: 0, sy_call: nosys }, // 109
  { sy_narg: 0, sy_call: nosys }, // 110
  { sy_narg: 0, sy_call: nosys }, // 111
  { sy_narg: 0, sy_call: nosys }, // 112
  { sy_narg: 0, sy_call: nosys }, // 113
  { sy_narg: 0, sy_call: nosys }, // 114
  { sy_narg: 0, sy_call: nosys }, // 115
  { sy_narg: 2 | SYF_MPSAFE, sy_call: gettimeofday }, // 116 gettimeofday
  { sy_narg: 2, sy_call: getrusage }, // 117 getrusage
  { sy_narg: 0, sy_call: nosys }, // 118
  { sy_narg: 0, sy_call: nosys }, // 119
  { sy_narg: 3, sy_call: readv }, // 120 readv
  { sy_narg: 3, sy_call: writev }, // 121 writev
  { sy_narg: 0, sy_call: nosys }, // 122
  { sy_narg: 0, sy_call: nosys }, // 123
  { sy_narg: 0, sy_call: nosys }, // 124
  { sy_narg: 0, sy_call: nosys }, // 125
  { sy_narg: 0, sy_call: nosys }, // 126
  { sy_narg: 0, sy_call: nosys }, // 127
  { sy_narg: 2, sy_call: rename }, // 128 rename
  { sy_narg: 0, sy_call: nosys }, // 129
  { sy_narg: 0, sy_call: nosys }, // 130
  { sy_narg: 0, sy_call: nosys }, // 131
  { sy_narg: 0, sy_call: nosys }, // 132
  { sy_narg: 0, sy_call: nosys }, // 133
  { sy_narg: 0, sy_call: nosys }, // 134
  { sy_narg: 0, sy_call: nosys }, // 135
  { sy_narg: 2, sy_call: mkdir }, // 136 mkdir
  { sy_narg: 1, sy_call: rmdir }, // 137 rmdir
  { sy_narg: 0, sy_call: nosys }, // 138
  { sy_narg: 0, sy_call: nosys }, // 139
  { sy_narg: 0, sy_call: nosys }, // 140
  { sy_narg: 0, sy_call: nosys }, // 141
  { sy_narg: 0, sy_call: nosys }, // 142
  { sy_narg: 0, sy_call: nosys }, // 143
  { sy_narg: 0, sy_call: nosys }, // 144
  { sy_narg: 0, sy_call: nosys }, // 145
  { sy_narg: 0, sy_call: nosys }, // 146
  { sy_narg: 0, sy_call: setsid }, // 147 setsid
  { sy_narg: 0, sy_call: nosys }, // 148
  { sy_narg: 0, sy_call: nosys }, // 149
  { sy_narg: 0, sy_call: nosys }, // 150
  { sy_narg: 0, sy_call: nosys }, // 151
  { sy_narg: 0, sy_call: nosys }, // 152
  { sy_narg: 0, sy_call: nosys }, // 153
  { sy_narg: 0, sy_call: nosys }, // 154
  { sy_narg: 0, sy_call: nosys }, // 155
  { sy_narg: 0, sy_call: nosys }, // 156
  { sy_narg: 0, sy_call: nosys }, // 157
  { sy_narg: 0, sy_call: nosys }, // 158
  { sy_narg: 0, sy_call: nosys }, // 159
  { sy_narg: 0, sy_call: nosys }, // 160
  { sy_narg: 0, sy_call: nosys }, // 161
  { sy_narg: 0, sy_call: nosys }, // 162
  { sy_narg: 0, sy_call: nosys }, // 163
  { sy_narg: 0, sy_call: nosys }, // 164
  { sy_narg: 0, sy_call: nosys }, // 165
  { sy_narg: 0, sy_call: nosys }, // 166
  { sy_narg: 0, sy_call: nosys }, // 167
  { sy_narg: 0, sy_call: nosys }, // 168
  { sy_narg: 0, sy_call: nosys }, // 169
  { sy_narg: 0, sy_call: nosys }, // 170
  { sy_narg: 0, sy_call: nosys }, // 171
  { sy_narg: 0, sy_call: nosys }, // 172
  { sy_narg: 0, sy_call: nosys }, // 173
  { sy_narg: 0, sy_call: nosys }, // 174
  { sy_narg: 0, sy_call: nosys }, // 175
  { sy_narg: 0, sy_call: nosys }, // 176
  { sy_narg: 0, sy_call: nosys }, // 177
  { sy_narg: 0, sy_call: nosys }, // 178
  { sy_narg: 0, sy_call: nosys }, // 179
  { sy_narg: 0, sy_call: nosys }, // 180
  { sy_narg: 0, sy_call: nosys }, // 181
  { sy_narg: 0, sy_call: nosys }, // 182
  { sy_narg: 0, sy_call: nosys }, // 183
  { sy_narg: 0, sy_call: nosys }, // 184
  { sy_narg: 0, sy_call: nosys }, // 185
  { sy_narg: 0, sy_call: nosys }, // 186
  { sy_narg: 0, sy_call: nosys }, // 187
  { sy_narg: 2, sy_call: stat }, // 188 stat
  { sy_narg: 2, sy_call: fstat }, // 189 fstat
  { sy_narg: 2, sy_call: lstat }, // 190 lstat
  { sy_narg: 0, sy_call: nosys }, // 191
  { sy_narg: 0, sy_call: nosys }, // 192
  { sy_narg: 0, sy_call: nosys }, // 193
  { sy_narg: 2, sy_call: getrlimit }, // 194 getrlimit
  { sy_narg: 2, sy_call: setrlimit }, // 195 setrlimit
  { sy_narg: 4, sy_call: getdirentries }, // 196 getdirentries
  { sy_narg: 8 | SYF_MPSAFE, sy_call: mmap }, // 197 mmap
  { sy_narg: 0, sy_call: nosys }, // 198
  { sy_narg: 5, sy_call: lseek }, // 199 lseek
  { sy_narg: 4, sy_call: truncate }, // 200 truncate
  { sy_narg: 4, sy_call: ftruncate }, // 201 ftruncate
  { sy_narg: 6, sy_call: __sysctl }, // 202 __sysctl
  { sy_narg: 2 | SYF_MPSAFE, sy_call: mlock }, // 203 mlock
  { sy_narg: 2 | SYF_MPSAFE, sy_call: munlock }, // 204 munlock
  { sy_narg: 0, sy_call: nosys }, // 205
  { sy_narg: 0, sy_call: nosys }, // 206
  { sy_narg: 1, sy_call: getpgid }, // 207 getpgid
  { sy_narg: 0, sy_call: nosys }, // 208
  { sy_narg: 0, sy_call: nosys }, // 209
  { sy_narg: 0, sy_call: nosys }, // 210
  { sy_narg: 0, sy_call: nosys }, // 211
  { sy_narg: 0, sy_call: nosys }, // 212
  { sy_narg: 0, sy_call: nosys }, // 213
  { sy_narg: 0, sy_call: nosys }, // 214
  { sy_narg: 0, sy_call: nosys }, // 215
  { sy_narg: 0, sy_call: nosys }, // 216
  { sy_narg: 0, sy_call: nosys }, // 217
  { sy_narg: 0, sy_call: nosys }, // 218
  { sy_narg: 0, sy_call: nosys }, // 219
  { sy_narg: 0, sy_call: nosys }, // 220
  { sy_narg: 0, sy_call: nosys }, // 221
  { sy_narg: 0, sy_call: nosys }, // 222
  { sy_narg: 0, sy_call: nosys }, // 223
  { sy_narg: 0, sy_call: nosys }, // 224
  { sy_narg: 0, sy_call: nosys }, // 225
  { sy_narg: 0, sy_call: nosys }, // 226
  { sy_narg: 0, sy_call: nosys }, // 227
  { sy_narg: 0, sy_call: nosys }, // 228
  { sy_narg: 0, sy_call: nosys }, // 229
  { sy_narg: 0, sy_call: nosys }, // 230
  { sy_narg: 0, sy_call: nosys }, // 231
  { sy_narg: 2 | SYF_MPSAFE, sy_call: clock_gettime }, // 232 clock_gettime
  { sy_narg: 0, sy_call: nosys }, // 233
  { sy_narg: 0, sy_call: nosys }, // 234
  { sy_narg: 0, sy_call: nosys }, // 235
  { sy_narg: 0, sy_call: nosys }, // 236
  { sy_narg: 0, sy_call: nosys }, // 237
  { sy_narg: 0, sy_call: nosys }, // 238
  { sy_narg: 0, sy_call: nosys }, // 239
  { sy_narg: 2 | SYF_MPSAFE, sy_call: nanosleep }, // 240 nanosleep
  { sy_narg: 0, sy_call: nosys }, // 241
  { sy_narg: 0, sy_call: nosys }, // 242
  { sy_narg: 0, sy_call: nosys }, // 243
  { sy_narg: 0, sy_call: nosys }, // 244
  { sy_narg: 0, sy_call: nosys }, // 245
  { sy_narg: 0, sy_call: nosys }, // 246
  { sy_narg: 0, sy_call: nosys }, // 247
  { sy_narg: 0, sy_call: nosys }, // 248
  { sy_narg: 0, sy_call: nosys }, // 249
  { sy_narg: 3 | SYF_MPSAFE, sy_call: minherit }, // 250 minherit
  { sy_narg: 1, sy_call: rfork }, // 251 rfork
  { sy_narg: 0, sy_call: nosys }, // 252
  { sy_narg: SYF_MPSAFE, sy_call: issetugid }, // 253 issetugid
  { sy_narg: 0, sy_call: nosys }, // 254
  { sy_narg: 0, sy_call: nosys }, // 255
  { sy_narg: 0, sy_call: nosys }, // 256
  { sy_narg: 0, sy_call: nosys }, // 257
  { sy_narg: 0, sy_call: nosys }, // 258
  { sy_narg: 0, sy_call: nosys }, // 259
  { sy_narg: 0, sy_call: nosys }, // 260
  { sy_narg: 0, sy_call: nosys }, // 261
  { sy_narg: 0, sy_call: nosys }, // 262
  { sy_narg: 0, sy_call: nosys }, // 263
  { sy_narg: 0, sy_call: nosys }, // 264
  { sy_narg: 0, sy_call: nosys }, // 265
  { sy_narg: 0, sy_call: nosys }, // 266
  { sy_narg: 0, sy_call: nosys }, // 267
  { sy_narg: 0, sy_call: nosys }, // 268
  { sy_narg: 0, sy_call: nosys }, // 269
  { sy_narg: 0, sy_call: nosys }, // 270
  { sy_narg: 0, sy_call: nosys }, // 271
  { sy_narg: 0, sy_call: nosys }, // 272
  { sy_narg: 0, sy_call: nosys }, // 273
  { sy_narg: 0, sy_call: nosys }, // 274
  { sy_narg: 0, sy_call: nosys }, // 275
  { sy_narg: 0, sy_call: nosys }, // 276
  { sy_narg: 0, sy_call: nosys }, // 277
  { sy_narg: 0, sy_call: nosys }, // 278
  { sy_narg: 0, sy_call: nosys }, // 279
  { sy_narg: 0, sy_call: nosys }, // 280
  { sy_narg: 0, sy_call: nosys }, // 281
  { sy_narg: 0, sy_call: nosys }, // 282
  { sy_narg: 0, sy_call: nosys }, // 283
  { sy_narg: 0, sy_call: nosys }, // 284
  { sy_narg: 0, sy_call: nosys }, // 285
  { sy_narg: 0, sy_call: nosys }, // 286
  { sy_narg: 0, sy_call: nosys }, // 287
  { sy_narg: 0, sy_call: nosys }, // 288
  { sy_narg: 0, sy_call: nosys }, // 289
  { sy_narg: 0, sy_call: nosys }, // 290
  { sy_narg: 0, sy_call: nosys }, // 291
  { sy_narg: 0, sy_call: nosys }, // 292
  { sy_narg: 0, sy_call: nosys }, // 293
  { sy_narg: 0, sy_call: nosys }, // 294
  { sy_narg: 0, sy_call: nosys }, // 295
  { sy_narg: 0, sy_call: nosys }, // 296
  { sy_narg: 0, sy_call: nosys }, // 297
  { sy_narg: 0, sy_call: nosys }, // 298
  { sy_narg: 0, sy_call: nosys }, // 299
  { sy_narg: 0, sy_call: nosys }, // 300
  { sy_narg: 0, sy_call: nosys }, // 301
  { sy_narg: 0, sy_call: nosys }, // 302
  { sy_narg: 0, sy_call: nosys }, // 303
  { sy_narg: 0, sy_call: nosys }, // 304
  { sy_narg: 0, sy_call: nosys }, // 305
  { sy_narg: 0, sy_call: nosys }, // 306
  { sy_narg: 0, sy_call: nosys }, // 307
  { sy_narg: 0, sy_call: nosys }, // 308
  { sy_narg: 0, sy_call: nosys }, // 309
  { sy_narg: 1, sy_call: getsid }, // 310 getsid
  { sy_narg: 0, sy_call: nosys }, // 311
  { sy_narg: 0, sy_call: nosys }, // 312
  { sy_narg: 0, sy_call: nosys }, // 313
  { sy_narg: 0, sy_call: nosys }, // 314
  { sy_narg: 0, sy_call: nosys }, // 315
  { sy_narg: 0, sy_call: nosys }, // 316
  { sy_narg: 0, sy_call: nosys }, // 317
  { sy_narg: 0, sy_call: nosys }, // 318
  { sy_narg: 0, sy_call: nosys }, // 319
  { sy_narg: 0, sy_call: nosys }, // 320
  { sy_narg: 0, sy_call: nosys }, // 321
  { sy_narg: 0, sy_call: nosys }, // 322
  { sy_narg: 0, sy_call: nosys }, // 323
  { sy_narg: 0, sy_call: nosys }, // 324
  { sy_narg: 0, sy_call: nosys }, // 325
  { sy_narg: 0, sy_call: nosys }, // 326
  { sy_narg: 0, sy_call: nosys }, // 327
  { sy_narg: 0, sy_call: nosys }, // 328
  { sy_narg: 0, sy_call: nosys }, // 329
  { sy_narg: 0, sy_call: nosys }, // 330
  { sy_narg: SYF_MPSAFE, sy_call: sched_yield }, // 331 sched_yield
  { sy_narg: 0, sy_call: nosys }, // 332
  { sy_narg: 0, sy_call: nosys }, // 333
  { sy_narg: 0, sy_call: nosys }, // 334
  { sy_narg: 0, sy_call: nosys }, // 335
  { sy_narg: 0, sy_call: nosys }, // 336
  { sy_narg: 0, sy_call: nosys }, // 337
  { sy_narg: 0, sy_call: nosys }, // 338
  { sy_narg: 0, sy_call: nosys }, // 339
  { sy_narg: 3, sy_call: sigprocmask }, // 340 sigprocmask
  { sy_narg: 1, sy_call: sigsuspend }, // 341 sigsuspend
  { sy_narg: 3, sy_call: sigaction }, // 342 sigaction
  { sy_narg: 1, sy_call: sigpending }, // 343 sigpending
  { sy_narg: 1, sy_call: sigreturn }, // 344 sigreturn
]);
