import { expect, it } from 'vitest';
import { parseReport } from '../src/index.js';

const TRACE = `panic: zorp_rele: count 0
(kgdb) bt
#0  doadump (textdump=1) at pcpu.h:244
#1  0xc0a5b4c2 in panic (fmt=0xc0f1c2d4 "%s") at /usr/src/sys/kern/kern_shutdown.c:607
#2  0xc0c52fd0 in zorp_rele (zp=0xc5f7a880) at /usr/src/sys/kern/zorp.c:106
#3  0xc0b0901b in kern_close (td=0xc5c132e0, fd=3) at /usr/src/sys/kern/kern_descrip.c:1083
`;

it('what stands below a frame that is shown again belongs to no other frame of the backtrace', () => {
  const report = parseReport(
    `${TRACE}(kgdb) frame 2\n#2  0xc0c52fd0 in zorp_rele (zp=0xc5f7a880) at /usr/src/sys/kern/zorp.c:106\n        error = 7\n`,
  );
  expect(report.frames.map((frame) => frame.locals)).toEqual([undefined, undefined, undefined, undefined]);
  expect(report.otherTraces).toEqual([]);
});

it('a frame that goes on where the backtrace ends is part of it', () => {
  const up = '(kgdb) up\n#4  0xc0d91ec3 in syscall (frame=0xef04bd28) at subr_syscall.c:135\n';
  expect(parseReport(`${TRACE}${up}`).frames.map((frame) => frame.function)).toEqual([
    'doadump',
    'panic',
    'zorp_rele',
    'kern_close',
    'syscall',
  ]);
});

it('a frame of the kernel without a name and with a place in the sources is kept at the outer end', () => {
  const outer =
    '#4  0xc0d91ec3 in netmsg_service_loop (arg=0x0) at /usr/src/sys/net/netisr.c:304\n#5  0xc0d91000 in ?? () at /usr/src/sys/kern/lwkt_thread.c:1580\n';
  expect(parseReport(`${TRACE}${outer}`).frames).toHaveLength(6);
});
