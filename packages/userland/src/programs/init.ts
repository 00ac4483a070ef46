import type { Program } from '../libc.js';
import { ENXIO, O_RDWR, SYS } from '../syscalls.js';

/** Where the loader leaves a command for the shell; without it the console gets an interactive one. */
export const BOOT_COMMAND = '/etc/boot.command';
const RB_HALT = 0x08;

/**
 * init(8): opens the console, turns swapping on, runs the boot command (or a shell on the console), collects orphans, and
 * halts the machine with the command's status.
 */
export const init: Program = function* (c) {
  if ((yield* c.open('/dev/console', O_RDWR)) !== 0) return 1;
  yield* c.sys(SYS.dup2, 0, 1);
  yield* c.sys(SYS.dup2, 0, 2);
  c.env.set('PATH', '/bin:/sbin:/usr/bin:/usr/sbin');
  c.env.set('HOME', '/');
  c.env.set('BLOCKSIZE', 'K');
  const swap = yield* c.sys(SYS.swapon, yield* c.string('/dev/ad0b'));
  if (swap < 0 && swap !== -ENXIO) yield* c.puts(2, `init: /dev/ad0b: ${c.strerror(swap)}\n`);
  const command = yield* c.slurp(BOOT_COMMAND);
  const args = typeof command === 'string' ? ['sh', '-c', command] : ['sh', '-i'];
  const shell = yield* c.fork(function* (child) {
    yield* child.sys(SYS.setpgid, 0, 0);
    const error = yield* child.execve('/bin/sh', args);
    return yield* child.fail(`/bin/sh: ${child.strerror(error)}`, 127);
  });
  let status = 1 << 8;
  if (shell > 0) {
    for (;;) {
      const [pid, raw] = yield* c.wait();
      if (pid === shell) status = raw;
      if (pid === shell || pid < 0) break;
    }
  }
  c.cpu.machine.exitStatus = (status & 0x7f) !== 0 ? 128 + (status & 0x7f) : (status >> 8) & 0xff;
  yield* c.sys(SYS.sync);
  yield* c.sys(SYS.reboot, RB_HALT);
  return 1;
};
