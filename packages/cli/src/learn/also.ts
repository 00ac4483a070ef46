/*
 * Other writings of a right answer: names of signals, by the kernel's own table, and a teacher's patterns, in
 * which ANSWER stands for what the machine says. One that takes a text without that would go on taking it
 * when the machine says something else.
 */
import { createSystem } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { Memory } from '@trap12/target';

/** What stands for the machine's answer in a pattern. */
const ANSWER = 'ANSWER';

let names: Promise<readonly string[]> | undefined;

/** Names of signals as the kernel has them, by number: `HUP` is at 1. */
async function signalNames(): Promise<readonly string[]> {
  const { target, symbols } = createSystem(await loadKernel(), { command: 'true' });
  const memory = new Memory(target);
  const { address, size } = symbols.symbol('sys_signame');
  const pointers = Array.from({ length: size / 4 }, (_, i) => memory.u32((address >>> 0) + 4 * i));
  return pointers.map((at) => (at === 0 ? '' : memory.string(at)));
}

/** How the signal is called of which the machine says the number; undefined: none is called so. */
export async function signalName(number: string): Promise<string | undefined> {
  names ??= signalNames();
  const n = Number(number);
  const name = n > 0 ? (await names)[n] : undefined;
  return name === '' ? undefined : name;
}

/** What the machine's shell says of whom a signal has ended, by its number (sys_siglist of its libc). */
const SIGNAL_WORDS: readonly string[] = [
  ...['Signal 0', 'Hangup', 'Interrupt', 'Quit', 'Illegal instruction', 'Trace/BPT trap', 'Abort trap'],
  ...['EMT trap', 'Floating point exception', 'Killed', 'Bus error', 'Segmentation fault'],
  ...['Bad system call', 'Broken pipe', 'Alarm clock', 'Terminated', 'Urgent I/O condition'],
  ...['Suspended (signal)', 'Suspended', 'Continued', 'Child exited', 'Stopped (tty input)'],
  ...['Stopped (tty output)', 'I/O possible', 'Cputime limit exceeded', 'Filesize limit exceeded'],
  ...['Virtual timer expired', 'Profiling timer expired', 'Window size changes', 'Information request'],
  ...['User defined signal 1', 'User defined signal 2'],
];

/** How the shell calls the signal of that number; undefined: there is none. */
export const signalWords = (number: string): string | undefined => SIGNAL_WORDS[Number(number)];

/** Is that the name of a signal, as `SIGBUS` or `bus`? */
export const isSignalName = (given: string, name: string): boolean =>
  given.trim().toUpperCase().replace(/^SIG/, '') === name.toUpperCase();

/**
 * Decimal numbers without what parts their groups of three digits, as `1,036` or `1_036`. A dot is none: it
 * may be the point of a fraction; nor is a blank, which may part two numbers.
 */
export const withoutSeparators = (text: string): string =>
  text.replace(/(?<![\w.,'])[1-9]\d{0,2}([,_'])\d{3}(?:\1\d{3})*(?![\w,']|\.\d)/g, (number) =>
    number.replace(/\D/g, ''),
  );

/** A teacher's pattern as a whole one, with the machine's answer in its place. */
export function alsoPattern(pattern: string, right: string): RegExp {
  const escaped = right.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^(?:${pattern.replaceAll(ANSWER, () => `(?:${escaped})`)})$`, 'i');
}

/** What is known of a part of a pattern: is the answer in all that it takes, and some texts of those. */
interface Part {
  hasAnswer: boolean;
  /** None: what it takes is not looked into */
  samples: string[];
}

/** So many texts that a pattern takes are tried. */
const SAMPLES_MAX = 32;

const literal = (text: string): Part => ({ hasAnswer: false, samples: [text] });
const OPAQUE: Part = { hasAnswer: false, samples: [] };

/** Reads the structure of a pattern: alternatives, groups, how often each part is there. */
class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  alternatives(): Part {
    const all = [this.sequence()];
    while (this.text[this.at] === '|') {
      this.at++;
      all.push(this.sequence());
    }
    return {
      hasAnswer: all.every((each) => each.hasAnswer),
      samples: all.flatMap(({ samples }) => samples).slice(0, SAMPLES_MAX),
    };
  }

  private sequence(): Part {
    let whole = literal('');
    while (this.at < this.text.length && !'|)'.includes(this.text[this.at]!)) {
      const part = this.repeated(this.one());
      const both = whole.samples.flatMap((head) => part.samples.map((tail) => head + tail));
      whole = { hasAnswer: whole.hasAnswer || part.hasAnswer, samples: both.slice(0, SAMPLES_MAX) };
    }
    return whole;
  }

  /** A part behind which it may stand that it can be left out. */
  private repeated(part: Part): Part {
    const [times = ''] = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/.exec(this.text.slice(this.at)) ?? [];
    this.at += times.length;
    return /^(?:[*?]|\{0)/.test(times) ? { hasAnswer: false, samples: ['', ...part.samples] } : part;
  }

  private one(): Part {
    const rest = this.text.slice(this.at);
    if (rest.startsWith(ANSWER)) return this.past(ANSWER, { hasAnswer: true, samples: [ANSWER] });
    const [group] = /^\((?:\?(?:[:=!]|<[=!]|<\w+>))?/.exec(rest) ?? [];
    if (group !== undefined) {
      this.at += group.length;
      const inner = this.alternatives();
      this.at++;
      // What is only looked at is no part of the text.
      return /[=!]$/.test(group) ? OPAQUE : inner;
    }
    const [list] = /^\[(?:\\.|[^\]\\])*\]/.exec(rest) ?? [];
    if (list !== undefined) return this.past(list, OPAQUE);
    const [escaped, letter] = /^\\(.)/.exec(rest) ?? [];
    if (escaped !== undefined)
      return this.past(
        escaped,
        letter === 'd' ? literal('1') : /\w/.test(letter!) ? OPAQUE : literal(letter!),
      );
    const c = rest[0]!;
    return this.past(c, literal(c === '.' ? 'x' : '^$'.includes(c) ? '' : c));
  }

  private past(text: string, part: Part): Part {
    this.at += text.length;
    return part;
  }
}

/** Does it take a text in which the machine's answer is not? */
export const takesWithout = (pattern: string): boolean => !new Reader(pattern).alternatives().hasAnswer;

/**
 * A text with another answer that the pattern takes all the same: the machine's with a digit more. Undefined:
 * none of those that were tried.
 */
export function takesAnother(pattern: string, right: string): string | undefined {
  const { samples } = new Reader(pattern).alternatives();
  const whole = alsoPattern(pattern, right);
  const others = [ANSWER, ...samples].flatMap((sample) =>
    [`1${right}`, `${right}1`].map((other) => sample.replaceAll(ANSWER, () => other)),
  );
  return others.find((other) => whole.test(other));
}
