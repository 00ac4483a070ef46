import type { Builder } from '../builder.js';
import type { Line } from '../line.js';
import { canonHex, exactNumber, hexDiff, isHexPrefix } from '../scan.js';
import type { Form, MessageClass } from './form.js';

/* The three texts of trash_ctor over the years: 2002, 2003-2021, and since. */
const MODIFIED_NEW = /^Memory modified after free (0x[0-9a-f]+) ?\((\d+), ([^)]*)\) \+ (\d+) = ([0-9a-f]+)/i;
const MODIFIED = /^Memory modified after free (0x[0-9a-f]+) ?\((\d+)\)(?: val=([0-9a-f]+) @ (0x[0-9a-f]+))?/i;
const DUPLICATE =
  /^(Duplicate|Unaligned|Multiple) (free|alloc)s? of (?:item )?(0x[0-9a-f]+) from zone (0x[0-9a-f]+)\(([^)]*)\)(?: slab (0x[0-9a-f]+) ?\((\d+)\))?/i;
const MOST_RECENT = /^Most recently used by (.+)$/i;

/** malloc's check of 1993-2001, and OpenBSD's. */
const FREELIST =
  /^Data modified on freelist: word (\d+) of object (0x[0-9a-f]+) size (0x[0-9a-f]+|\d+)(?: previous type (\S+) \((0x[0-9a-f]+) != (0x[0-9a-f]+)\))?/i;

function freelist(text: string): MessageClass | null {
  const m = FREELIST.exec(text);
  if (m === null) return null;
  const details: Record<string, string | number> = {
    word: exactNumber(m[1]!),
    item: canonHex(m[2]!),
    size: exactNumber(m[3]!),
  };
  if (m[4] !== undefined) details.user = m[4];
  if (m[5] !== undefined) details.value = canonHex(m[5]);
  return { kind: 'modified-after-free', details };
}

/** What stands before the first comma, and what behind it. */
function splitOnce(list: string): [first: string, rest?: string] {
  const comma = list.indexOf(',');
  return comma < 0 ? [list] : [list.slice(0, comma), list.slice(comma + 1).trim()];
}

function modified(text: string): MessageClass | null {
  const old = freelist(text);
  if (old !== null) return old;
  const recent = MODIFIED_NEW.exec(text);
  if (recent !== null) {
    // Behind the zone stands the type of its last owner: by name, or by the pointer to it.
    const [zone, user] = splitOnce(recent[3]!);
    return {
      kind: 'modified-after-free',
      details: {
        item: canonHex(recent[1]!),
        size: exactNumber(recent[2]!),
        zone,
        ...(user === undefined ? {} : isHexPrefix(user, 0) ? { userType: canonHex(user) } : { user }),
        offset: exactNumber(recent[4]!),
        value: canonHex(recent[5]!),
      },
    };
  }
  const m = MODIFIED.exec(text);
  if (m === null) return null;
  const details: Record<string, string | number> = { item: canonHex(m[1]!), size: exactNumber(m[2]!) };
  if (m[3] !== undefined) details.value = canonHex(m[3]);
  if (m[4] !== undefined) {
    details.at = canonHex(m[4]);
    details.offset = hexDiff(canonHex(m[4]), canonHex(m[1]!));
  }
  return { kind: 'modified-after-free', details };
}

/** Something wrote to memory that had been given back. */
export const modifiedAfterFree: Form = {
  id: 'modified-after-free',
  reads: 'memory modified after free, with the item, the place in it, the value and the last user',
  systems: 'FreeBSD',
  leads: ['memory modified', 'data modified on freelist'],
  line(line: Line, b: Builder): boolean {
    const found = modified(line.text);
    if (found === null) return false;
    b.closeTraps();
    const event = b.begin(found.kind, 'modified-after-free');
    // `Data modified on freelist` is that of 4.4BSD's allocator, which OpenBSD and NetBSD kept longer.
    if (b.low.startsWith('memory')) b.saw('FreeBSD');
    for (const [name, value] of Object.entries(found.details ?? {})) b.detail(event, name, value);
    return true;
  },
  headline(event) {
    return event.message !== undefined && MOST_RECENT.test(event.message.value)
      ? 'memory modified after free'
      : null;
  },
  message(text: string) {
    const user = MOST_RECENT.exec(text);
    if (user !== null) return { kind: 'modified-after-free', details: { user: user[1]! } };
    return modified(text);
  },
};

/** The same item was given back twice, or to two. */
export const duplicateFree: Form = {
  id: 'duplicate-free',
  reads: 'duplicate, unaligned and multiple frees of zone items, and items given to two',
  systems: 'FreeBSD',
  message(text: string) {
    const m = DUPLICATE.exec(text);
    if (m !== null) {
      const details: Record<string, string | number> = { item: canonHex(m[3]!), zone: m[5]! };
      if (m[6] !== undefined) details.slab = canonHex(m[6]);
      if (m[1]!.toLowerCase() === 'unaligned') return { kind: 'bad-free', details };
      return { kind: m[2]!.toLowerCase() === 'alloc' ? 'duplicate-alloc' : 'duplicate-free', details };
    }
    if (/^(?:freeing free (?:block|entry)|free: multiple frees?|multiple frees)/i.test(text))
      return { kind: 'duplicate-free' };
    return null;
  },
};

/** The zone allocator of 1996-2002 found an item in the wrong state. */
export const zoneEntry: Form = {
  id: 'zone-entry',
  reads: 'zone items that are not free, or free already (ZENTRY_FREE, vm_zone)',
  systems: 'FreeBSD, DragonFly',
  message(text: string) {
    const low = text.toLowerCase();
    if (low.startsWith('zone: entry not free') || low.includes('item is not free'))
      return { kind: 'zone-entry', details: { state: 'not free' } };
    if (low.startsWith('zone: freeing free entry') || low.includes('item is already free'))
      return { kind: 'zone-entry', details: { state: 'already free' } };
    return low.startsWith('zone: invalid') ? { kind: 'zone-entry', details: { state: 'invalid' } } : null;
  },
};
