import type { Program } from '../libc.js';
import { cat, echo, falseProgram, sleep, trueProgram } from './basic.js';
import { dd } from './dd.js';
import { expr, test } from './expr.js';
import { chmod, cp, mkdir, mv, pwd, rm, rmdir, touch } from './files.js';
import { hog } from './hog.js';
import { init } from './init.js';
import { churn, respawn, sleepers } from './load.js';
import { ls } from './ls.js';
import { memcheck } from './memcheck.js';
import { pool } from './pool.js';
import { ps } from './ps.js';
import { sh } from '../sh/main.js';
import { swapinfo } from './swapinfo.js';
import { sysctlProgram } from './sysctl.js';
import {
  date,
  dmesg,
  env,
  halt,
  hostname,
  kill,
  nice,
  reboot,
  swapon,
  sync,
  time,
  uname,
  uptime,
} from './system.js';
import { grep, head, jot, seq, sort, tail, tee, wc, yes } from './text.js';
import { threads } from './threads.js';
import { top } from './top.js';
import { torment } from './torment.js';
import { vmstat } from './vmstat.js';

/** Programs that a user calls, by the names in their executables: /bin. */
const BIN: Record<string, Program> = {
  '[': test,
  cat,
  chmod,
  churn,
  cp,
  date,
  dd,
  echo,
  env,
  expr,
  false: falseProgram,
  grep,
  head,
  hog,
  hostname,
  pool,
  jot,
  kill,
  ls,
  memcheck,
  mkdir,
  mv,
  nice,
  printenv: env,
  ps,
  pwd,
  rm,
  rmdir,
  seq,
  sh,
  sleep,
  respawn,
  sleepers,
  sort,
  sync,
  tail,
  tee,
  test,
  threads,
  time,
  top,
  torment,
  touch,
  true: trueProgram,
  uname,
  uptime,
  vmstat,
  wc,
  yes,
};

/** Those of the system: /sbin. */
const SBIN_PROGRAMS: Record<string, Program> = {
  dmesg,
  halt,
  init,
  reboot,
  swapinfo,
  swapon,
  sysctl: sysctlProgram,
};

/** Every program of the userland, by the name in its executable. */
export const PROGRAMS: Record<string, Program> = { ...BIN, ...SBIN_PROGRAMS };

/** Which of them lie in /sbin. */
export const SBIN = new Set(Object.keys(SBIN_PROGRAMS));
