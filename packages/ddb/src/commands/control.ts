import type { Command } from './command.js';

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

/** Commands of the time that end the machine or hand it on. */
export const CONTROL: readonly Command[] = [
  refusing('panic', [], '', 'panics', 'type `quit` to end the machine; its state can be looked at as it is.'),
  refusing(
    'reset',
    ['reboot'],
    '',
    'resets the machine',
    'leave the debugger and start trap12 again: that is the reset.',
  ),
  refusing('gdb', [], '', 'lets gdb take over', 'no remote stub in this session.'),
];
