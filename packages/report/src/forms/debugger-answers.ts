import type { Builder } from '../builder.js';
import { isPanicHelper } from '../functions/index.js';
import type { Line } from '../line.js';
import { canonHex } from '../scan.js';
import type { Hex, PanicEvent, ProcessFact } from '../types.js';
import type { Form } from './form.js';
import { takeBuffer } from '../panic-message.js';

/*
 * What a debugger on a dump answers when it is asked for the message of the panic, or for the process of a
 * thread: `(kgdb) p panicstr`, `(lldb) p td->td_proc->p_comm`.
 */

const ID = 'debugger-answers';

const ASKS = /^(?:p|print|po|x|output)(?:\/[a-z])? +(.{1,200})$/i;
const MESSAGE = /^(?:\(.{1,30}\) ?)?\*?(?:panicstr|panicbuf|panic_str|scdebugbuf)$/;
/** The thread whose process is asked for: an address, or the one that the debugger stands in. */
const OF_THREAD =
  /^(?:\(\(struct thread ?\*\) ?(0x[0-9a-f]{6,16})\)|(curthread|td))->td_proc->p_(comm|pid)$|^(?:(curproc)|(curlwp)->l_proc)->p_(comm|pid)$/;

/** Takes note of what a debugger on a dump is asked for, so that its answer is understood. */
export function askDebugger(b: Builder, command: string): void {
  b.asksFor = null;
  // Another thread's process is none of the event's.
  if (GOES.test(command)) b.leavesThread();
  const asked = ASKS.exec(command.trim())?.[1];
  if (asked === undefined) return;
  if (MESSAGE.test(asked)) b.asksFor = { what: 'message', of: '' };
  const m = OF_THREAD.exec(asked);
  if (m === null) return;
  b.asksFor = { what: (m[3] ?? m[6]) === 'pid' ? 'pid' : 'name', of: m[1] ?? m[2] ?? m[4] ?? m[5]! };
}

/** Goes to another thread. */
const GOES = /^(?:thread|thread select|t|proc|tid) (?:0x)?[\da-f]{1,16}(?:\.\d{1,5})?\s*(?:#.*)?$/i;

/**
 * `$2 = "zorp\000\000"`, `(pid_t) $3 = 40613`, `(const char *) $0 = 0xffff.. "zorp: none left"`,
 * `0x..:\t"zorp"`
 */
const ANSWER =
  /^(?:(?:\([^()]{1,40}\) )?\$\d{1,5} = |0x[0-9a-f]{6,16}(?: <\w{1,40}>)?:\s*)(?:0x[0-9a-f]{6,16} (?:<\w{1,40}> )?)?(?:"((?:[^"\\]|\\.)*)"|(\d{1,9})$)/i;

function answer(b: Builder): boolean {
  const { asksFor, current } = b;
  if (asksFor === null || current === null) return false;
  const m = ANSWER.exec(b.line.text);
  if (m === null) return false;
  b.asksFor = null;
  const text = m[1]?.split('\\000')[0];
  if (asksFor.what === 'message' && text !== undefined && text !== '') {
    const at = b.line.text.indexOf('"') + 1;
    takeBuffer(b, current, text, at, at + text.length);
    return true;
  }
  if (!isOwn(b, current, asksFor.of)) return true;
  const name =
    asksFor.what === 'name' && text !== undefined && /^[\x20-\x7e]{1,64}$/.test(text) ? text : undefined;
  const pid = asksFor.what === 'pid' && m[2] !== undefined ? Number(m[2]) : undefined;
  takeProcess(b, current, { ...(pid === undefined ? {} : { pid }), ...(name === undefined ? {} : { name }) });
  return true;
}

/** Whether the thread that is asked for is the event's: it was not left, or its way to the panic shows it. */
function isOwn(b: Builder, event: PanicEvent, of: string): boolean {
  if (!of.startsWith('0x')) return !b.hasLeft(event);
  const address: Hex = canonHex(of);
  return event.otherTraces.some(
    ({ frames }) =>
      frames.some((each) => isPanicHelper(each.function)) &&
      frames.some(({ args, argNames }) => args[argNames?.indexOf('td') ?? -1] === address),
  );
}

/** Adds a name or a number to the process, unless another one is known. */
function takeProcess(b: Builder, event: PanicEvent, told: ProcessFact): void {
  const known = event.process;
  if (Object.keys(told).length === 0) return;
  if (known === undefined) {
    event.process = { ...b.fact(told), likely: true };
    return;
  }
  const other = (told.pid ?? known.value.pid) !== known.value.pid && known.value.pid !== undefined;
  if (other || (known.value.name !== undefined && told.name !== undefined)) return;
  event.process = { ...known, value: { ...told, ...known.value }, likely: true };
}

/** Answers of debuggers on dumps: the panic's message, the process of a thread. */
export const debuggerAnswers: Form = {
  id: ID,
  reads:
    'what gdb and lldb answer to `p panicstr` and to `p` of the name or number of a thread\u2019s process',
  systems: 'all',
  first: '$(0',
  line(_line: Line, b: Builder): boolean {
    return b.asksFor !== null && answer(b);
  },
};
