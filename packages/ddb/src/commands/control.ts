import type { Resume } from '../session.js';
import type { Command } from './command.js';

const PANICKED = 'After a panic the machine has stopped for good.';
/** True of every session that has nothing to go on with, a dump or a panicked machine alike. */
const NO_WAY = 'This session has no way to go on with the machine.';
const WHOLE = 'This machine can only go on as a whole: continue.';

/** A command that goes on, if the host offers it. */
function going(
  name: string,
  aliases: string[],
  usage: string,
  help: string,
  how: Parameters<Resume>[0],
): Command {
  return {
    name,
    aliases,
    usage,
    help,
    manual: [
      PANICKED,
      'One that was stopped from outside (Ctrl-\\ in trap12 boot) stands between two instructions, and can go on.',
      ...(how === 'continue' ? [] : [WHOLE]),
    ],
    run(session) {
      if (session.resume === undefined) session.print(`${name}: ${NO_WAY}`);
      else if (!session.resume(how)) session.print(`${name}: ${WHOLE}`);
    },
  };
}

/** A command of the time that cannot do here what it did there, and says so. */
function refusing(name: string, aliases: string[], usage: string, help: string, why: string): Command {
  return {
    name,
    aliases,
    usage,
    help: `${help} (not here)`,
    manual: [why],
    run(session) {
      session.print(`${name}: ${why}`);
    },
  };
}

const NO_BREAK = 'no breakpoints here: a stopped machine does not go on to reach one.';
const NO_WATCH = 'no watchpoints here: a stopped machine does not go on to touch memory.';
const NO_KERNEL = 'no kernel code runs while the machine is stopped.';

/** Commands that go on, stop elsewhere, or end. */
export const CONTROL: readonly Command[] = [
  going('continue', ['c'], '', 'goes on until the next stop', 'continue'),
  going('step', ['s'], '[,count]', 'executes one instruction', 'step'),
  going('next', [], '', 'goes on to the matching return', 'next'),
  going('match', [], '', 'goes on to the matching return', 'next'),
  going('until', [], '', 'goes on to the next call or return', 'until'),
  refusing('break', ['b'], '[address][,count]', 'sets a breakpoint', NO_BREAK),
  refusing('delete', ['d'], '[address]', 'deletes a breakpoint', NO_BREAK),
  refusing('watch', [], '[address][,size]', 'sets a watchpoint', NO_WATCH),
  refusing('dwatch', [], '[address]', 'deletes a watchpoint', NO_WATCH),
  refusing('hwatch', [], '[address][,size]', 'sets a hardware watchpoint', NO_WATCH),
  refusing('dhwatch', [], '[address][,size]', 'deletes a hardware watchpoint', NO_WATCH),
  refusing('call', [], 'function(expression, ...)', 'calls a kernel function', NO_KERNEL),
  refusing('kill', [], 'signal,pid', 'sends a signal to a process', NO_KERNEL),
  refusing('panic', [], '', 'panics', 'the machine has stopped; nothing is left that could panic.'),
  refusing(
    'reset',
    ['reboot'],
    '',
    'resets the machine',
    'leave the debugger and start trap12 again: that is the reset.',
  ),
  refusing('gdb', [], '', 'lets gdb take over', 'no remote stub in this session.'),
];
