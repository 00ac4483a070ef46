import { expect, it } from 'vitest';
import { parseReport } from '../src/index.js';

/** Kinds of texts that fresh eyes have read wrong: each is somebody's in other words. */

const STACK = `#0  sched_switch (td=0xfffff8002f1a5000, flags=260) at /usr/src/sys/kern/sched_ule.c:2147
#1  0xffffffff80b5e2c4 in mi_switch (flags=260) at /usr/src/sys/kern/kern_synch.c:540
#2  0xffffffff80bb1d60 in _cv_wait (cvp=0xfffff80003b2c1a8, lock=0xfffff80003b2c190) at /usr/src/sys/kern/kern_condvar.c:146
#3  0xffffffff80c7a113 in zorp_drain (zp=0xfffff80003b2c100) at /usr/src/sys/net/if_zorp.c:402
#4  0xffffffff80c7b2a0 in zorp_clone_destroy (ifp=0xfffff80003a01000) at /usr/src/sys/net/if_zorp.c:611
`;
const PANIC = 'panic: deadlres_td_sleep_q: possible deadlock detected for 0xfffff8004c0e7000 (ifconfig), blocked for 120021 ticks\n';

it.each(['tid 100771', 'thread 412', 'proc 2207', 'tid 100771      # the holder'])(
  'a stack that a debugger shows behind a command that goes to another thread is not the panic\u2019s: %s',
  (command) => {
    const report = parseReport(`${PANIC}\n(kgdb) ${command}\n(kgdb) bt\n${STACK}`);
    expect(report.frames).toEqual([]);
    expect(report.otherTraces.map(({ purpose, frames }) => [purpose, frames.length])).toEqual([['thread', 5]]);
    expect(report.signatureParts.culprit).toBeUndefined();
  },
);

it('it is where no debugger has left the thread, or where it goes to the one that panicked or trapped', () => {
  const frames = (session: string, stack = STACK): number =>
    parseReport(`panic: zorp: none left\n\n(kgdb) ${session}\n${stack}`).frames.length;
  expect(frames('bt')).toBe(5);
  expect(frames('thread list\n(kgdb) bt')).toBe(5);
  const way = `#0  doadump (textdump=1) at /usr/src/sys/kern/kern_shutdown.c:399
#1  0xffffffff80b4f0a1 in kern_reboot (howto=260) at /usr/src/sys/kern/kern_shutdown.c:486
#2  0xffffffff80b4f57d in vpanic (fmt=0x0, ap=0x0) at /usr/src/sys/kern/kern_shutdown.c:919
#3  0xffffffff80b4f3a3 in panic (fmt=0x0) at /usr/src/sys/kern/kern_shutdown.c:843
#4  0xffffffff80c7a113 in zorp_take (zp=0xfffff80003b2c100) at /usr/src/sys/net/if_zorp.c:402
`;
  expect(frames('tid 100771\n(kgdb) bt', way)).toBe(5);
  const trap = `#0  trap_pfault (frame=0xfffffe0053b2c980) at /usr/src/sys/amd64/amd64/trap.c:741
#1  0xffffffff80fd1a42 in trap (frame=0xfffffe0053b2c980) at /usr/src/sys/amd64/amd64/trap.c:443
#2  <signal handler called>
#3  0xffffffff80c7a113 in zorp_take (zp=0x0) at /usr/src/sys/net/if_zorp.c:402
`;
  expect(frames('tid 100771\n(kgdb) bt', trap)).toBe(3);
  // Of a text without a word of what happened it is all that there is.
  expect(parseReport(`(kgdb) tid 100771\n(kgdb) bt\n${STACK}`).frames).toHaveLength(5);
});
