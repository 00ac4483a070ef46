import { stableMessage } from '@trap12/report';

/*
 * Panic messages say the same in other words in other years. What is written here is a list of such pairs:
 * the words of a kernel of 2001 (which are ours) and of later ones, by the sources of FreeBSD.
 * docs/reproduce.md shows them.
 */

/** One thing that kernels of different years say differently. */
export interface MessageFamily {
  /** How it is called when two messages are held to be the same by it */
  means: string;
  /** Each names what must agree beside the family, by groups; `N` stands for any number. */
  patterns: readonly RegExp[];
}

export const MESSAGE_FAMILIES: readonly MessageFamily[] = [
  {
    means: 'a mutex that should be held is not',
    patterns: [
      /^mutex (?<lock>.+?) not owned$/i,
      /^lock (?:\((?:sleep|spin) mutex\) )?(?<lock>.+?) not owned$/i,
    ],
  },
  {
    means: 'a lock that should be held exclusively is not',
    patterns: [/^lock (?:\(\w+\) )?(?<lock>.+?) not (?:exclusively|write) locked$/i],
  },
  { means: 'a lock that should be held is not', patterns: [/^lock (?:\(\w+\) )?(?<lock>.+?) not locked$/i] },
  {
    means: 'recursion on a lock that does not allow it',
    patterns: [
      /^mutex recursion on a non-recursive lock: (?<lock>.+)$/i,
      /^\w+: recursed on non-recursive mutex (?<lock>.+)$/i,
    ],
  },
  {
    means: 'a spin lock that is held too long',
    patterns: [
      /^spin lock (?<lock>.+?) held by N for > N seconds$/i,
      /^spin lock (?:N )?\((?<lock>.+?)\) held by N \(tid N\) too long$/i,
    ],
  },
  {
    means: 'a lockmgr lock taken twice by one process',
    patterns: [
      /^lockmgr: locking against myself$/i,
      /^_*lockmgr\w*: recursing on non recursive lockmgr .*$/i,
    ],
  },
  {
    means: 'a sleep lock taken with a spin lock held',
    patterns: [
      /^blockable sleep lock \([^)]*\) (?<lock>.+)$/i,
      /^acquiring blockable sleep lock with spinlock or critical section held \([^)]*\) (?<lock>.+)$/i,
    ],
  },
  {
    means: 'a fault on an entry of a map that must not fault',
    patterns: [/^vm_fault\w*: fault on nofault entry, addr: \S+$/i],
  },
  {
    means: 'a page unwired that is not wired',
    patterns: [/^vm_page_unwire: invalid wire count: N$/i, /^vm_page_unwire: page N's wire count is zero$/i],
  },
];

/** A message without what differs between builds, and by what rules it was brought there. */
export interface PlainMessage {
  text: string;
  /** It ended with a place: file and line, or an address */
  place?: string;
  /** The family that it belongs to */
  means?: string;
}

const PLACE = /(?:,? (?:at|@|from) (\S+?))\.?$/;

/** Brings a panic message into the form in which messages of different kernels are compared. */
export function plainMessage(message: string): PlainMessage {
  const stable = stableMessage(message).replace(/\s+/g, ' ').trim();
  const place = PLACE.exec(stable);
  const isPlace = place !== null && /^N$|:N$|^0x/.test(place[1]!);
  const text = (isPlace ? stable.slice(0, place.index) : stable.replace(/\.$/, '')).trim();
  const out: PlainMessage = { text: text.toLowerCase() };
  if (isPlace) out.place = /:N$/.test(place[1]!) ? 'file and line' : 'an address';
  for (const { means, patterns } of MESSAGE_FAMILIES) {
    const match = patterns.map((pattern) => pattern.exec(text)).find((each) => each !== null);
    if (match === undefined) continue;
    out.means = means;
    out.text = [means, ...Object.values(match.groups ?? {})].join(': ');
    break;
  }
  return out;
}
