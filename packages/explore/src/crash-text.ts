import { Ddb } from '@trap12/ddb';
import { messageBuffer, regimeSwitches, ShowError } from '@trap12/kernel';
import { parseReport, type Report } from '@trap12/report';
import { BadAddress, Memory, type Target } from '@trap12/target';
import { panicText } from './panic-text.js';

/** What a person wants to know of a machine that died, beside its panic, in this order. */
const SECTIONS: readonly string[] = [
  'ps',
  'show threads',
  'show vmmeter',
  'show pageq',
  'show zones',
  'show malloc',
  'show swap',
  'show alllocks',
  'show allpcpu',
  'show intr',
  'show callout',
  'show mount',
  'show regime',
];
const RULE = '-'.repeat(72);
const NAME = 'trap12';

/** The kernel's messages, or why they are not there. */
function messages(memory: Memory): string {
  try {
    return messageBuffer(memory);
  } catch (error) {
    if (error instanceof ShowError) return `${error.message}\n`;
    if (error instanceof BadAddress) return `(the message buffer is not in the dump: ${error.message})\n`;
    throw error;
  }
}

function text(memory: Memory, read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (error instanceof BadAddress) return `(not in the dump: ${error.message})`;
    throw error;
  }
}

const versionOf = (memory: Memory): string =>
  text(memory, () => memory.string(memory.target.symbols.address('version'))).trimEnd();

/**
 * The panic of a stopped machine to be held against a report of one: its text does not say of which kernel it
 * is, and what follows only where that is known would be missed in it.
 * @param said what panicText() gave
 */
export const ownReport = (target: Target, said: string): Report =>
  parseReport(`${versionOf(new Memory(target.onlooker ?? target))}\n${said}`);

/** The message of the panic; '' if there was none. */
export const panicMessage = (target: Target): string => panicOf(new Memory(target.onlooker ?? target));

const panicOf = (memory: Memory): string =>
  text(memory, () => {
    const at = memory.global('panicstr');
    return at === 0 ? '' : memory.string(at);
  });

/**
 * A machine that died as crashinfo(8) tells of it in core.txt.N: panic, messages, backtrace, registers, then
 * processes, memory, locks and the rest of what the debugger shows. All of it is read from the target.
 * @param name what the dump is called
 */
export function crashInfo(target: Target, name: string): string {
  const memory = new Memory(target);
  const ddb = new Ddb(target);
  const said = messages(memory);
  const panic = panicOf(memory);
  const why = panic === '' ? '' : `\npanic: ${panic}\n`;
  const parts = [`${NAME} dumped core - see ${name}\n\n${versionOf(memory)}\n${why}`];
  parts.push(panicText(target, `\n${said}`));
  for (const command of SECTIONS) parts.push(`${RULE}\n${command}\n\n${ddb.execute(command).join('\n')}\n`);
  parts.push(`${RULE}\ndmesg\n\n${said}`);
  return parts.join('\n');
}

/** The files of a textdump(4) of a machine that died, by name. */
export function textdump(target: Target): Record<string, string> {
  const memory = new Memory(target);
  const ddb = new Ddb(target);
  const commands = ['t', 'sh r', ...SECTIONS];
  const captured = commands.map((command) => `db> ${command}\n${ddb.execute(command).join('\n')}\n`);
  return {
    'ddb.txt': [...ddb.banner(), ''].join('\n') + captured.join(''),
    'config.txt': configuration(memory),
    'msgbuf.txt': messages(memory),
    'panic.txt': `${panicOf(memory)}\n`,
    'version.txt': `${versionOf(memory)}\n`,
  };
}

/**
 * What this kernel was configured with: the switches of its locking regime, in the form of a configuration
 * file.
 */
function configuration(memory: Memory): string {
  const { symbols } = memory;
  const regime = symbols.address('regime');
  const lines = Object.keys(regimeSwitches(symbols)).map((name) => {
    const value = text(memory, () => String(memory.field('regime_t', regime, name)));
    return `options \t${name.toUpperCase()}=${value}`;
  });
  return [`ident\t\t${NAME.toUpperCase()}`, 'machine\t\ti386', ...lines, ''].join('\n');
}
