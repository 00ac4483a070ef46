import { showAllpcpu, showPcpu } from '../src/i386/db_pcpu.js';
import { showPmap } from '../src/i386/db_pmap.js';
import { showCallout } from '../src/kern/db_callout.js';
import { showIntr } from '../src/kern/db_intr.js';
import { showAlllocks, showLock, showLockchain, showLocks } from '../src/kern/db_lock.js';
import { showMalloc } from '../src/kern/db_malloc.js';
import { showMsgbuf } from '../src/kern/db_msgbuf.js';
import { showProc, showProcs, showRunq, showSleepq, showThreads } from '../src/kern/db_proc.js';
import { showRegime, showSysinit } from '../src/kern/db_regime.js';
import { showBuf, showMount, showVnode } from '../src/kern/db_vfs.js';
import { showWitness } from '../src/kern/db_witness.js';
import { showInvariants } from '../src/vm/db_invariants.js';
import { showMap, showProcvm } from '../src/vm/db_map.js';
import { showObject, showVmopag } from '../src/vm/db_object.js';
import { showPage, showPageq, showVmmeter } from '../src/vm/db_page.js';
import { showSwap } from '../src/vm/db_swap.js';
import { showZones } from '../src/vm/db_zone.js';
import type { ShowCommand } from './show.js';

/**
 * Every `show` command of the kernel. A new one is written beside its subsystem (src/.../db_*.ts) and entered
 * here.
 */
export const showCommands: readonly ShowCommand[] = [
  showAlllocks,
  showAllpcpu,
  showBuf,
  showCallout,
  showIntr,
  showInvariants,
  showLock,
  showLockchain,
  showLocks,
  showMalloc,
  showMap,
  showMount,
  showMsgbuf,
  showObject,
  showPage,
  showPageq,
  showPcpu,
  showPmap,
  showProc,
  showProcs,
  showProcvm,
  showRegime,
  showRunq,
  showSleepq,
  showSwap,
  showSysinit,
  showThreads,
  showVmmeter,
  showVmopag,
  showVnode,
  showWitness,
  showZones,
];
