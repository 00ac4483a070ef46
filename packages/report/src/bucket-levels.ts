import { isFoundDamage, spoiltObject } from './found-damage.js';
import { plainName } from './functions/index.js';
import { NULL_PAGE, ranFor, unnamedCode } from './signature.js';
import { isPoison } from './poison.js';
import { placeSaid } from './place-said.js';
import { hexNumber } from './scan.js';
import type { Bucket, PanicEvent, SignatureParts } from './types.js';

/** Own frames that a key holds; further out stands what many ways lead to. */
const KEY_FRAMES = 3;

/** The kind for counting: a trap by its name, which systems and builds share; anything else by its kind. */
function kindOf(event: PanicEvent, parts: SignatureParts): string {
  if (event.kind !== 'trap') return event.kind.replaceAll('-', ' ');
  const name = event.trap?.name?.value.toLowerCase();
  return name ?? (parts.class === 'trap12' ? 'page fault' : parts.class);
}

/**
 * What was done to which class of address, or what the kernel said; never a number that changes from run to
 * run.
 */
function accessOf(event: PanicEvent, parts: SignatureParts): string {
  const { trap, faultPlace } = event;
  if (event.kind !== 'trap' || trap === undefined) return parts.what;
  const by = ranFor(trap);
  if (faultPlace?.jump === 'null') return `${by} call through a null pointer`;
  if (faultPlace?.jump === 'bad') return `${by} call through a bad pointer`;
  const words: string[] = [by];
  if (trap.faultCode !== undefined) words.push(trap.faultCode.value.access);
  const address = trap.faultAddress?.value;
  if (address !== undefined && by !== 'vm86 mode') {
    if (hexNumber(address) < NULL_PAGE) words.push('near null');
    else if (isPoison(address)) words.push('of freed memory');
  }
  return words.join(' ');
}

/** Names for counting, coarse to fine; without own frames or a place the last two levels are missing. */
export function bucketLevels(event: PanicEvent, parts: SignatureParts, own: readonly string[]): Bucket[] {
  const kind = kindOf(event, parts);
  const access = accessOf(event, parts);
  const out: Bucket[] = [{ level: 'kind', key: kind, title: kind }];
  const what =
    access === '' || access === kind ? kind : event.kind === 'trap' ? `${kind} (${access})` : access;
  out.push({ level: 'access', key: `${kind}; ${access}`, title: what });
  if (isFoundDamage(event)) {
    // Who met it is another one each time, and what the item had been is not.
    const object = spoiltObject(event);
    if (object === undefined) return out;
    const titled = what.includes(object) ? what : `${what}: ${object}`;
    out.push({ level: 'culprit', key: `${kind}; ${access}; ${object}`, title: titled });
    return out;
  }
  const place = own.length === 0 ? placeSaid(event) : undefined;
  if (place !== undefined) {
    const said = `${kind}; ${access}; ${place}`;
    out.push({ level: 'culprit', key: said, title: what }, { level: 'frames', key: said, title: what });
  }
  if (own.length === 0) return out;
  const { faultPlace } = event;
  const caller = faultPlace?.jump === undefined ? faultPlace?.caller?.function : undefined;
  // What faulted has no name: the function that has one called it.
  const called =
    faultPlace?.function === undefined && caller !== undefined && plainName(caller) === own[0]
      ? `${unnamedCode(event)} called from `
      : '';
  const title = (frames: string) =>
    event.kind === 'trap'
      ? `${kind} in ${called}${frames}${access === '' ? '' : ` (${access})`}`
      : `${what} in ${frames}`;
  const key = `${kind}; ${access}; `;
  out.push({ level: 'culprit', key: key + own[0]!, title: title(own[0]!) });
  const frames = own.slice(0, KEY_FRAMES).join(' < ');
  out.push({ level: 'frames', key: key + frames, title: title(frames) });
  return out;
}
