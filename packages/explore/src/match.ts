import type { Report } from '@trap12/report';

/** One difference between a wanted panic and one that happened. */
export interface Difference {
  what: string;
  wanted: string;
  got: string;
}

const words = (value: unknown): string => (value === undefined ? 'nothing' : String(value));

/**
 * Holds a panic against a report of one: the same kind of death (trap class, mode, access, fault address if it is an offset from null,
 * process) at the same kind of instruction, through the same functions in the same order. Never addresses.
 * @returns what differs; nothing if it is the same panic
 */
export function differences(wanted: Report, got: Report): Difference[] {
  const out: Difference[] = [];
  const compare = (what: string, a: unknown, b: unknown): void => {
    if (a !== undefined && words(a) !== words(b)) out.push({ what, wanted: words(a), got: words(b) });
  };
  compare('kind', wanted.signatureParts.class, got.signatureParts.class);
  compare('fault', wanted.signatureParts.what, got.signatureParts.what);
  compare('process', wanted.process?.value.name, got.process?.value.name);
  compare('process id', wanted.process?.value.pid, got.process?.value.pid);
  compare('function', wanted.stoppedAt?.function, got.stoppedAt?.function);
  compare('instruction', squeeze(wanted.stoppedAt?.instruction), squeeze(got.stoppedAt?.instruction));
  compare('functions', wanted.signatureParts.chain.join(' '), got.signatureParts.chain.join(' '));
  return out;
}

function squeeze(text: string | undefined): string | undefined {
  return text?.replace(/\s+/g, ' ').trim();
}
