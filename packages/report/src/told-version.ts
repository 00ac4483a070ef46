import { ofOthers, ofOthersOrDenied } from './other-words.js';
import { PORT_NAME } from './arch-names.js';
import type { Line } from './line.js';
import { mayNumber } from './recipe-words.js';
import type { System } from './types.js';

/*
 * Releases that people tell in words: of these only one that a sentence gives to the very machine that
 * crashed, in that sentence. A text that compares releases names others in the same way.
 */

/** A release with the name of its system; without the name, as FreeBSD alone writes it. */
const NAMED = `(?:(FreeBSD|NetBSD|OpenBSD|DragonFly)(?:/${PORT_NAME}(?= ))?(?: |-|/))v?(\\d{1,2}\\.\\d{1,2}[\\w.-]{0,20})(?!\\w|[.-]\\w)(?:/${PORT_NAME}\\b)?`;
const SUFFIXED =
  '(\\d{1,2}(?:\\.\\d{1,2})?-(?:RELEASE|STABLE|CURRENT|PRERELEASE|(?:ALPHA|BETA|RC)\\d{0,2})(?:-p\\d{1,2})?)';
const BARE = '(\\d{1,2}\\.\\d{1,2}(?:_(?:STABLE|BETA\\d?|RC\\d{1,2}))?)';
const MACHINE =
  '(?:server|machine|box|host|system|router|firewall|gateway|laptop|desktop|workstation|pc|vm|guest|nas)s?';
const DIES =
  '\\b(?:crash\\w*|panic\\w*|reboots?|rebooted|hangs|hung|dies|died|freez\\w+|froze|(?:falls?|fell|drops?|dropped) (?:in)?to (?:the )?(?:ddb|debugger))\\b';
const AND = '[^.!?]{0,80}?';
const ARCH =
  '(?:amd64|x86_64|i386|arm64|aarch64|riscv64|riscv|powerpc\\w*|sparc64|sparc|alpha|mips\\w*|macppc|octeon|hppa|vax|armv7|evbarm)';

/** `my server running 12.1 crashes`, `our box (OpenBSD 5.6) falls into ddb`, `with 8.1-STABLE I get this` */
const TOLD: readonly RegExp[] = [
  `\\b(?:my|our|this) (?:[\\w-]{1,20} ){0,3}?(?:${MACHINE}(?:,? (?:which|that))? )?(?:is |was )?(?:running|runs|ran) (?:${NAMED}|${SUFFIXED}|${BARE}(?![\\w.]))${AND}${DIES}`,
  `\\b(?:my|our|this) [\\w -]{1,40} ?\\((?:running )?(?:${NAMED}|${SUFFIXED}|(?!))[^)]{0,40}\\)${AND}${DIES}`,
  `^(?:this (?:is|was) (?:on )?(?:an? )?)?(?:${NAMED}|${SUFFIXED}|(?!))(?: r\\d{5,6})?(?: \\(?${ARCH}\\)?)? here\\b`,
  `(?:^|[.!?] )this (?:is|was) (?:on |with )?(?:${NAMED}|${SUFFIXED}|(?!))(?: r\\d{5,6})?(?=,? \\(?${ARCH}\\b|[,.]|$)`,
  `^(?:${NAMED}|${SUFFIXED}|(?!))(?: r\\d{5,6})?, ${ARCH}(?=[,.]|$)`,
  `\\b(?:with|on|under|using|running) (?:${NAMED}|${SUFFIXED}|(?!))${AND}\\bI (?:always |often |sometimes |now |also )?(?:get|got|see|saw|have|had|hit) (?:this|the following|an? (?:\\w+ )?(?:panic|crash)|panics|crashes|these)\\b`,
  `\\b(?:reproduced?|triggered?|happen(?:s|ed)|occur(?:s|red)) (?:(?:this|the|it|here|issue|bug|panic|crash|problem) ){0,3}(?:on|under|with) (?:${NAMED}|${SUFFIXED}|(?!))(?: release)?(?: (?:running|on))?(?: ${ARCH})?(?=[.,]|$)`,
  `\\b(?:creat|install|boot|set up|setting up|start)\\w* (?:an? |my |the )?(?:new |fresh )?(?:${NAMED}|${SUFFIXED}|(?!)) (?:virtual machine|vm|guest|machine)\\b`,
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

/** How each system writes releases of its own where its name does not stand with them. */
const OWN: Partial<Record<System, string>> = {
  FreeBSD: SUFFIXED,
  DragonFly: '(\\d\\.\\d{1,2}(?:\\.\\d)?-(?:RELEASE|DEVELOPMENT|PREVIEW|STABLE|CURRENT))',
  NetBSD:
    '(\\d{1,2}\\.\\d{1,2}(?:\\.\\d)?_(?:STABLE|BETA\\d?|RC\\d{1,2}|ALPHA|PATCH)|\\d{1,2}\\.99\\.\\d{1,3})',
  OpenBSD: '(\\d\\.\\d(?:-(?:current|stable|beta|release)|(?= release\\b)))',
};
const NAMES: Partial<Record<System, string>> = {
  FreeBSD: 'FreeBSD',
  DragonFly: 'DragonFly(?:[ -]?BSD)?',
  NetBSD: 'NetBSD',
  OpenBSD: 'OpenBSD',
};
const mentions = new Map<System, RegExp>();

/** Every release of a system in a line: with its name, or as that system writes it, and no other's name. */
function mentionsOf(system: System): RegExp | undefined {
  const own = OWN[system];
  if (own === undefined) return undefined;
  let found = mentions.get(system);
  if (found === undefined) {
    const word = '(?:RELEASE|STABLE|CURRENT|PRERELEASE|ALPHA|BETA|RC|PATCH|DEVELOPMENT|PREVIEW)\\d{0,2}';
    const number = `\\d{1,2}\\.\\d{1,2}(?:\\.\\d{1,3})?(?:[-_]?${word}| RC\\d{1,2})?(?:-p\\d{1,2})?`;
    const named = `\\b${NAMES[system]}(?:/\\w{3,12})?[ -]\\*{0,2}v?(${number})(?!\\w|\\.\\d)`;
    found = new RegExp(
      `${named}|(?<![\\w./-])(?<!\\b(?:DragonFly|\\w{2,12}BSD|\\w{2,6}NAS|\\w{2,4}sense)(?: CORE)?[ -])${own}(?:-p\\d{1,2})?(?![\\w-])`,
      'gi',
    );
    mentions.set(system, found);
  }
  return found;
}

/** A sentence that may name the release of something else: a host, a peer, a source, a mend, a comparison. */
const OF_ANOTHER = ofOthers(
  'hosts?|hosted|hypervisor|dom0|clients?|peers?|sources?|src|tree|ports?|pkgsrc|packages?|built|compil\\w+|cross|patch\\w*|fix\\w*|merge\\w*|mfc\\w*|pull\\w*|commit\\w*|back-?port\\w*|releng|branch\\w*|introduced|regress\\w*|good|stable|previous\\w*|earlier|older|newer|next|tried|try|test(?:s|ed)|from|to|after|without|only|every|all|any|old|install\\w*|images?|iso|media|live|book\\w*|manual|docs?|errat\\w+|removed|kernels|advisor\\w+',
);
/** Whose machine a sentence tells of where it is not the writer's, and what somebody is asked to do. */
const OF_SOMEBODY =
  /\b(?:he|she|they|his|hers?|their|friends?|colleagues?|coworkers?|neighbou?rs?|some(?:one|body)|people|others|else(?:where)?|could you|can you|would you|have you|please|boots?|booted|survive[sd]?|unaffected)\b/i;

/**
 * Whether the sentence around a release may be about another machine than the one that crashed, or names
 * several systems: it is no sign of either.
 */
export function isOfAnother(text: string, at: number, end: number): boolean {
  const [from, to] = sentence(text, at, end);
  const said = text.slice(from, to);
  const around = `${text.slice(from, at)} ${text.slice(end, to)}`.replace(OF_A_DAY, '');
  if (text[to] === '?' || OF_SOMEBODY.test(around) || IN_COMPARISON.test(around)) return true;
  return (
    new Set(said.match(/\b(?:Free|Net|Open)BSD\b|\bDragonFly/gi)?.map((each) => each.toLowerCase())).size > 1
  );
}

/** What is said of a release on which the panic is not, or of a machine beside the one that crashed. */
const IN_COMPARISON = ofOthersOrDenied('too|as well|no longer|used to|fixed|cannot reproduce');

/** The day of a kernel that moves on: `FreeBSD 5.0-CURRENT from May 25`. */
const OF_A_DAY =
  /\b(?:from|of) (?:yesterday|today|last week|\d{4}-\d\d-\d\d|\d{1,2}\.? ?(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)\w*|(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)\w*\.? \d{1,2})\b/i;
/** A line of a header that tells of the writer's own machine, or of a list. */
const OF_WRITER =
  /^(?:x-[\w-]+|user-agent|received|organi[sz]ation|to|cc|from|message-id|references|in-reply-to):/i;

/** All releases of a branch: `3.0_*`, `13.x`. */
const SEVERAL = /\d(?:_\*|\.\*(?!\*)|\.x\b)/i;

/** A release without what may be left out of it: `1.2.0-RELEASE` and `1.2-RELEASE` are one. */
function plainRelease(release: string): string {
  return release
    .toLowerCase()
    .replace(/-p\d+$/, '')
    .replace(/^(\d+\.\d+)\.0(?=-|$)/, '$1');
}

/** A writer's lines up to the signature of his mail. */
function aboveSignature(prose: readonly Line[]): readonly Line[] {
  const end = prose.findIndex(({ text }) => text === '--');
  return end < 0 ? prose : prose.slice(0, end);
}

/** Letters of writings whose words are not read here. */
const OTHER_LETTERS = /[\u0370-\u1fff\u2e80-\ud7ff\uf900-\ufaff]/;
/** Of so many of a writer's lines one with such letters makes a text of another language. */
const LINES_TO_ONE = 4;
/** Lines by which the language of a text is known. */
const LINES_OF_LANGUAGE = 40;

/** Whether a text is in a language of which no word is read: what it says of a release is not known. */
function isForeign(prose: readonly Line[]): boolean {
  let n = 0;
  const lines = Math.min(prose.length, LINES_OF_LANGUAGE);
  for (let i = 0; i < lines; i++) if (OTHER_LETTERS.test(prose[i]!.text)) n++;
  return n * LINES_TO_ONE > lines;
}

/** Of these, those with a number that may be a release's. */
export const numberedLines = (prose: readonly Line[]): Line[] =>
  isForeign(prose) ? [] : aboveSignature(prose).filter(mayNumber);

/** And those with the name of a port and no number: `NetBSD/macppc`. */
export const portLines = (prose: readonly Line[]): Line[] =>
  aboveSignature(prose).filter((line) => line.text.includes('BSD/') && !mayNumber(line));

/**
 * The one release of the system that the writer's own lines name, where they name no other and say of this
 * one nothing but that it is there.
 *
 * @param numbered as `numberedLines` gives them
 */
export function onlyRelease(
  numbered: readonly Line[],
  system: System,
): { line: Line; release: string; at: number; end: number } | undefined {
  const mention = mentionsOf(system);
  if (mention === undefined) return undefined;
  let found: { line: Line; release: string; at: number; end: number } | undefined;
  for (const line of numbered) {
    const { text } = line;
    for (const m of text.matchAll(mention)) {
      const release = m[1] ?? m[2]!;
      const [from, to] = sentence(text, m.index, m.index + m[0].length);
      const around = text.slice(from, to).replace(m[0], '').replace(OF_A_DAY, '');
      if (OF_WRITER.test(text) || SEVERAL.test(text)) return undefined;
      // Whoever asks about a release does not say that it is there.
      if (text[to] === '?') continue;
      const end = m.index + m[0].length;
      const part = isPart(text, m.index, end);
      // `the 4.9 release` is anybody's.
      if (!part && m[1] === undefined && /^[\d.]+$/.test(release) && text.startsWith(' release', end))
        continue;
      const said = part ? around.replace(part, '') : around;
      const isElse = OF_ANOTHER.test(said) || OF_SOMEBODY.test(said) || NOT_IT.test(said);
      if (!isListed(text, m.index, end) && isElse) return undefined;
      if (found !== undefined) {
        if (plainRelease(found.release) !== plainRelease(release)) return undefined;
        if (found.release.length >= release.length) continue;
      }
      const at = m.index + m[0].lastIndexOf(release);
      found = { line, release, at, end: at + release.length };
    }
  }
  return found ?? bareRelease(numbered, system);
}

/** Numbers that a system's releases have, and few other things. */
const PLAIN: Partial<Record<System, RegExp>> = {
  OpenBSD: /^[2-7]\.\d$/,
  NetBSD: /^(?:[1-9]|1[01])\.[0-6](?:\.\d)?$/,
};
/** `Subject: panic with ath on 5.1/i386`; `EdgeRouter 4 with 7.3, crashed after 2 weeks:` */
const ON_NUMBER: readonly RegExp[] = [
  new RegExp(
    `^(?:subject|synopsis|summary|title): .*\\b(?:on|under|with|in|running) (\\d{1,2}\\.\\d(?:\\.\\d)?)(?:[/ ]${ARCH})?(?=[,.:;)]?(?: |$))`,
    'i',
  ),
  new RegExp(
    `^[A-Z][\\w ./-]{2,40} (?:with|on|running) (\\d{1,2}\\.\\d(?:\\.\\d)?)(?:[/ ]${ARCH})?(?=[,:;] ).*${DIES}`,
  ),
];

/** The number alone, in a heading or with a machine that died, if it is the only one of its line. */
function bareRelease(
  numbered: readonly Line[],
  system: System,
): { line: Line; release: string; at: number; end: number } | undefined {
  const plain = PLAIN[system];
  if (plain === undefined) return undefined;
  for (const line of numbered) {
    const { text } = line;
    if (!MAY_TELL.test(text)) continue;
    for (const said of ON_NUMBER) {
      const m = said.exec(text);
      if (m === null || !plain.test(m[1]!) || (text.match(ANY)?.length ?? 0) > 1) continue;
      if (OF_ANOTHER.test(text.replace(AROUND, '')) || NOT_IT.test(text)) continue;
      const at = m[0].lastIndexOf(` ${m[1]!}`) + 1;
      return { line, release: m[1]!, at, end: at + m[1]!.length };
    }
  }
  return undefined;
}

/** What a list of a machine's parts says around a release and not of it: where it is from, its ports. */
const AROUND = /\b(?:from|to|old|after|any|all|only|images?|iso|media|(?:serial|usb|com\d?) ports?)\b/gi;
const AROUND_DOM0 = new RegExp(`${AROUND.source}|\\bdom0\\b`, 'gi');
/** The name of a kernel, the architecture, and the end of a part: `XEN3_DOM0 amd64.`, ` (GENERIC) #0: ` */
const PART_BEHIND = new RegExp(
  `^(?: release)?(?: ([A-Z][A-Z\\d_.]{2,20}))?(?: ${ARCH})?(?:[,.):](?: |$)|$| \\([\\w. ,-]{1,60}\\)(?:,| #\\d)| with \\d)`,
);

/**
 * Is a release a part of its own, between commas, in brackets, or as a sentence's beginning?
 * @returns the words that say nothing of it there; null: it is none
 */
function isPart(text: string, at: number, end: number): RegExp | null {
  if (!/(?:^|[,:.] {1,2}|\()$/.test(text.slice(0, at))) return null;
  const behind = PART_BEHIND.exec(text.slice(end));
  if (behind === null) return null;
  return behind[1]?.includes('DOM0') === true ? AROUND_DOM0 : AROUND;
}

/** What may stand before a release, and at once behind it, where a line tells of a machine by its parts. */
const LISTED_BEFORE = /^(?:[A-Z\d][\w ()/+.-]{1,40}, )?$/;
const LISTED_BEHIND =
  /^\*{0,2}(?:[ /](?:amd64|x86_64|i386|arm64|aarch64|riscv64|powerpc\w*|sparc64|alpha|mips64|macppc))?(?:,|\.?$| from \d{4}-\d)/;

/** `FreeBSD 14.1-RELEASE, ThinkPad, ..`, `Ultra 10, NetBSD/sparc64 6.1.5, ..`: a line that is such a list. */
function isListed(text: string, at: number, end: number): boolean {
  const before = text.slice(0, at);
  return LISTED_BEFORE.test(before) && !OF_ANOTHER.test(before) && LISTED_BEHIND.test(text.slice(end));
}

/** The sentence of a line in which a place is. */
function sentence(text: string, at: number, end: number): [from: number, to: number] {
  const from = Math.max(...['. ', '! ', '? '].map((stop) => text.lastIndexOf(stop, at)));
  const to = /[.!?](?: |$)/.exec(text.slice(end));
  return [from + 1, to === null ? text.length : end + to.index];
}
