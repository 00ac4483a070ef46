import { isHelper } from './functions/index.js';
import { stableMessage } from './stable-message.js';
import type { PanicEvent } from './types.js';

/*
 * Damage that a check has found later: an allocator looks at free memory before it hands it out, and somebody
 * had written to it before. Whose path met it says nothing of who did it, and changes from run to run.
 */

/** Checks by the message alone: of what lies around or in an item of a pool or of kmem. */
const CHECKED = /^(?:kmem_(?:redzone|poison)_check|pool(?:_cache)?_redzone_check)\b/i;

/**
 * DragonFly's slab allocator takes a chunk off its own list of free ones, and that chunk lies in no zone, or
 * is in use. What it finds as a chunk is freed can be the fault of who frees it.
 */
const CHUNK =
  /^(?:assertion ".{1,200}" failed in chunk_mark_allocated\b|memory chunk \S{1,20} is already allocated)/i;

/** Whether the event is that damage was found. */
export function isFoundDamage({ kind, message }: Pick<PanicEvent, 'kind' | 'message'>): boolean {
  if (kind === 'modified-after-free' || kind === 'memory-corruption') return true;
  if ((kind === 'assertion' || kind === 'panic') && message !== undefined && CHUNK.test(message.value))
    return true;
  return kind === 'panic' && message !== undefined && CHECKED.test(message.value);
}

/** Of what the spoilt item was, or last had been, in the words of the allocators. */
const OBJECTS = [
  /\bprevious type (\S{1,40}) \(/i,
  /^most recently used by (\S{1,40})$/i,
  /^pool\w*(?:\(\))?: \[?([\w.-]{1,40})\]?(?: cpu)?:? (?:free list modified|page inconsistency)/i,
  /^memory modified after free \S{1,20} ?\(\d+, ([^)]{1,60})\)/i,
  /^pool\w*\((?:0x[0-9a-f]+:)?([\w.-]{1,40})\): (?:free list modified|page inconsistency)/i,
  /^pool\w*_redzone_check: \[([\w.-]{1,40})\]/i,
];

/** The type, the zone or the pool of what was spoilt; undefined where the text has none. */
export function spoiltObject(event: Pick<PanicEvent, 'kind' | 'message' | 'details'>): string | undefined {
  if (!isFoundDamage(event)) return undefined;
  const { message, details } = event;
  for (const pattern of message === undefined ? [] : OBJECTS) {
    const object = pattern.exec(message!.value)?.[1];
    if (object !== undefined && object !== 'none') return stableMessage(object);
  }
  const known = details.user?.value ?? details.zone?.value;
  return typeof known === 'string' && !/^(?:none|)$/.test(known) ? stableMessage(known) : undefined;
}

/** Names of a chain as far as they are those of the check, which is the same whoever asked for the memory. */
export function checkAlone(chain: readonly string[]): string[] {
  const end = chain.findIndex((name) => name === '|' || !isHelper(name));
  return chain.slice(0, end < 0 ? chain.length : end);
}

/**
 * NetBSD's checks of the links of a list, and FreeBSD's of its head: what is not right there was not made by
 * the one that looks. An element that FreeBSD finds unlinked may have been taken out by the same code before.
 */
const LISTS =
  /^(?:(?:TAILQ|LIST|SIMPLEQ|STAILQ|SLIST|CIRCLEQ)_\S{1,30} (?:forw|back|head|tail)\b|Bad (?:head|tailq (?:NEXT|head)|list head|stailq)\b)/;

/** Whether the links of a list were found spoilt. */
export function isSpoiltList({ message }: Pick<PanicEvent, 'message'>): boolean {
  return message !== undefined && LISTS.test(message.value);
}
