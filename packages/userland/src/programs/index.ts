import type { Program } from '../libc.js';
import { cat, echo, falseProgram, sleep, trueProgram } from './basic.js';
import { dd } from './dd.js';
import { hog } from './hog.js';
import { init } from './init.js';
import { churn, pool, sleepers } from './load.js';
import { memcheck } from './memcheck.js';
import { sh } from './sh.js';

/** Every program of the userland, by the name in its executable. */
export const PROGRAMS: Record<string, Program> = {
  cat,
  churn,
  dd,
  echo,
  false: falseProgram,
  hog,
  init,
  memcheck,
  pool,
  sh,
  sleep,
  sleepers,
  true: trueProgram,
};

/** Where each lies in the root file system; /bin otherwise. */
export const SBIN = new Set(['init']);
