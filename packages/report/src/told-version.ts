import type { System } from './types.js';

/*
 * Releases that people tell in words: of these only one that a sentence gives to the very machine that
 * crashed, in that sentence. A text that compares releases names others in the same way.
 */

/** A release with the name of its system; without the name, as FreeBSD alone writes it. */
const NAMED = '(?:(FreeBSD|NetBSD|OpenBSD|DragonFly)(?: |-|/))v?(\\d{1,2}\\.\\d{1,2}[\\w.-]{0,20})';
const SUFFIXED =
  '(\\d{1,2}(?:\\.\\d{1,2})?-(?:RELEASE|STABLE|CURRENT|PRERELEASE|(?:ALPHA|BETA|RC)\\d{0,2})(?:-p\\d{1,2})?)';
const BARE = '(\\d{1,2}\\.\\d{1,2})';
const MACHINE =
  '(?:server|machine|box|host|system|router|firewall|gateway|laptop|desktop|workstation|pc|vm|guest|nas)s?';
const DIES =
  '\\b(?:crash\\w*|panic\\w*|reboots?|rebooted|hangs|hung|dies|died|freez\\w+|froze|(?:falls?|fell|drops?|dropped) (?:in)?to (?:the )?(?:ddb|debugger))\\b';
const AND = '[^.!?]{0,80}?';

/** `my server running 12.1 crashes`, `our box (OpenBSD 5.6) falls into ddb`, `with 8.1-STABLE I get this` */
const TOLD: readonly RegExp[] = [
  `\\b(?:my|our|this) (?:[\\w-]{1,20} ){0,3}?(?:${MACHINE}(?:,? (?:which|that))? )?(?:is |was )?(?:running|runs|ran) (?:${NAMED}|${SUFFIXED}|${BARE}(?![\\w.]))${AND}${DIES}`,
  `\\b(?:my|our|this) [\\w -]{1,40} ?\\((?:running )?(?:${NAMED}|${SUFFIXED}|(?!))[^)]{0,40}\\)${AND}${DIES}`,
  `\\b(?:with|on|under|using|running) (?:${NAMED}|${SUFFIXED}|(?!))${AND}\\bI (?:always |often |sometimes |now |also )?(?:get|got|see|saw|have|had|hit) (?:this|the following|an? (?:\\w+ )?(?:panic|crash)|panics|crashes|these)\\b`,
].map((each) => new RegExp(each, 'i'));

/** A release anywhere, to see whether a line tells of two. */
const ANY = /(?<![\w.])v?\d{1,2}\.\d{1,2}(?:[-_.]\w+)?(?![\w.])/g;
const MAY_TELL = /\d(?:\.\d|-[A-Z])/;
/** What else a sentence can say of a release. */
const NOT_IT =
  /\b(?:not|never|n't|unlike|upgrad\w+|downgrad\w+|since|until|used to|no longer|fine|before)\b/i;

/** The release that a line gives to the machine that crashed; undefined if it gives none, or several. */
export function toldRelease(
  text: string,
): { system: System; release: string; at: number; end: number } | undefined {
  if (!MAY_TELL.test(text)) return undefined;
  for (const told of TOLD) {
    const m = told.exec(text);
    if (m === null) continue;
    const from = Math.max(...['. ', '! ', '? '].map((end) => text.lastIndexOf(end, m.index)));
    if (NOT_IT.test(text.slice(from + 1, m.index + m[0].length).replace(/\([^)]*\)/g, ''))) continue;
    if ((text.match(ANY)?.length ?? 0) > 1) return undefined;
    const release = (m[2] ?? m[3] ?? m[4])!.replace(/[.-]+$/, '');
    const at = m.index + m[0].indexOf(release);
    const named = ['FreeBSD', 'NetBSD', 'OpenBSD', 'DragonFly'].find(
      (each) => each.toLowerCase() === m[1]?.toLowerCase(),
    );
    const system = (named ?? (m[3] === undefined ? 'unknown' : 'FreeBSD')) as System;
    return { system, release, at, end: at + release.length };
  }
  return undefined;
}
