/**
 * What a sentinel is told: to hold the other to an answer or not; that the other has seen a signal; that its
 * kernel has come back from a call, so it does not loop; that it runs a machine with the terminal in raw
 * mode, and is well; that it does so no more, which is answered.
 */
export const WORDS = { arm: 'a', disarm: 'd', seen: 's', alive: 'l', running: 'r', still: 'p' } as const;

/** What Ctrl-C is in raw mode. */
export const INTERRUPT_KEY = '\x03';

/** What a sentinel answers to `still`. */
export interface Missed {
  /** The terminal made signals meanwhile */
  madeSignals: boolean;
  /** What was typed before that and not read, bytes as characters: it is the machine's after all */
  typed: string;
}

/** Nothing was missed. */
export const NOTHING: Missed = { madeSignals: false, typed: '' };

/** The answer as it is sent: a line. */
export const missedLine = ({ madeSignals, typed }: Missed): string =>
  `${madeSignals ? 'y' : 'n'}${Buffer.from(typed, 'latin1').toString('hex')}\n`;

/** Reads missedLine(); undefined: it is not all there yet. */
export function parseMissed(line: string): Missed | undefined {
  if (!line.endsWith('\n')) return undefined;
  return {
    madeSignals: line.startsWith('y'),
    typed: Buffer.from(line.slice(1, -1), 'hex').toString('latin1'),
  };
}

/** What is said where Ctrl-C has ended a command between two works. */
export const endedText = (): string => `${process.stderr.isTTY === true ? '\n' : ''}trap12: interrupted\n`;
