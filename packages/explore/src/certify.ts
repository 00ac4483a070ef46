import type { Certificate, CertifiedVerdict } from './certificate.js';
import type { Lab } from './lab.js';
import { replaySchedule } from './replay.js';

/** The first thing in which a run is not as certified. */
export interface Departure {
  what: string;
  certified: string;
  found: string;
}

/** A departure in the kernel's image: the certificate is of another build. */
const IMAGE = "the kernel's image";

/** Undefined: both are the same. */
const differing = (what: string, certified: unknown, found: unknown): Departure | undefined =>
  certified === found ? undefined : { what, certified: String(certified), found: String(found) };

/**
 * Makes the run of a certificate again, and holds it against what is certified: kernel, choices, failure, end
 * and state, and each line of the panic.
 * @param lab of the certificate's sources
 * @returns the first difference, undefined if there is none
 */
export function certifyRun(lab: Lab, { schedule, title, panic }: Certificate): Departure | undefined {
  const image = differing(IMAGE, schedule.image, lab.system.image.hash);
  if (image !== undefined) return image;
  const { examined, divergence } = replaySchedule(lab, schedule);
  if (divergence !== undefined)
    return differing(`choice ${divergence.index + 1}`, divergence.recorded, divergence.found);
  const { failure, attempt, hash } = examined;
  return (
    differing('what it ends in', schedule.ended, failure?.signature ?? 'in order') ??
    differing('its title', title, failure?.title ?? 'in order') ??
    differing('virtual time of the end, ns', schedule.endedNs, attempt.nowNs) ??
    differing('the state at the end', schedule.hash, hash) ??
    differingLine('the panic', panic ?? '', failure?.text ?? '')
  );
}

/** The first line of two texts that is not the same. */
function differingLine(what: string, certified: string, found: string): Departure | undefined {
  const [a, b] = [certified.split('\n'), found.split('\n')];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const line = differing(`${what}, line ${i + 1}`, a[i] ?? 'nothing', b[i] ?? 'nothing');
    if (line !== undefined) return line;
  }
  return undefined;
}

/** Holds what was tried of a cure against what is certified. */
export function certifyVerdict(certified: CertifiedVerdict, found: CertifiedVerdict): Departure | undefined {
  const { replayed, around, systematic, sampled } = certified;
  const says = (each: CertifiedVerdict['sampled']): string =>
    each === null
      ? 'none'
      : `${each.tries} schedules, ${each.distinct} distinct orders, ${each.singletons} seen once`;
  return (
    differing('the failing schedules, with the cure', ends(replayed), ends(found.replayed)) ??
    differing('schedules near them', around, found.around) ??
    differing('schedules in order', systematic.tries, found.systematic.tries) ??
    differing('what they cover', systematic.covered, found.systematic.covered) ??
    differing('schedules by chance', says(sampled), says(found.sampled))
  );
}

const ends = (replayed: CertifiedVerdict['replayed']): string =>
  replayed.map((each) => each ?? 'in order').join('; ');
