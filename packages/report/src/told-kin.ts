import { ofOthers } from './other-words.js';
import { productOf } from './products.js';

/*
 * Kin of FreeBSD that people name in words: their numbers are their own, and say nothing of FreeBSD's.
 */

const KIN =
  '(MidnightBSD|GhostBSD|HardenedBSD|CheriBSD|NomadBSD|helloSystem|BSDRP|XigmaNAS|OPNsense|pfSense|TrueNAS|FreeNAS)';
const EDITION = '(?: CORE| Plus| CE)?';
const NUMBER = '\\(?[*`]{0,2}v?(\\d{1,2})\\.\\d[\\w.-]{0,30}';
const MACHINE =
  '(?:server|machine|box|host|system|router|firewall|gateway|laptop|desktop|workstation|pc|vm|nas|instance|install(?:ation)?)';
const LABEL =
  '(?:[*`]{0,2}(?:os|(?:operating )?system|version|platform|environment|release|distribution|software|machine|box|router|firewall|running)\\b[^:]{0,20}: *)?';

/**
 * A line that begins with it; a part between commas; what somebody calls his own: `- MidnightBSD 4.0`,
 * `OPNsense 23.1.1, IPv6 ..`, `my pfSense box`, `our TrueNAS (13.0-U6)`.
 */
const SAID: readonly RegExp[] = [
  `^(?:[-*\\u2022] {1,3})?${LABEL}[*\`]{0,2}${KIN}[*\`]{0,2}${EDITION}[ -]${NUMBER}`,
  `, ${KIN}${EDITION}[ -]${NUMBER}(?=,|\\.?$|\\. )`,
  `\\b(?:my|our|this|mon|notre|mein|unser|mi|nuestro) (?:[\\p{L}\\d-]{1,20} ){0,3}?${KIN}${EDITION} (?:${MACHINE}\\b()|(?:[\\p{L}]{1,12} ){0,4}?${NUMBER})`,
].map((each) => new RegExp(each, 'iu'));

/** What tells of a machine that is not the one that crashed, or of a day when it did not. */
const OTHER = ofOthers('behind|peer|client|from|fixed|download\\w*|image|iso');

/** From here on, TrueNAS is a Linux. */
const NAS_LINUX = 20;

/** The kin that a writer's line gives to his machine; undefined if it gives none. */
export function toldKin(text: string): string | undefined {
  if (text.length > 2000) return undefined;
  for (const said of SAID) {
    const m = said.exec(text);
    if (m === null) continue;
    const clause = `${/[^,.;:(]{0,60}$/.exec(text.slice(0, m.index))![0]}${m[0]}${/^[^,.;:)]{0,60}/.exec(text.slice(m.index + m[0].length))![0]}`;
    if (OTHER.test(clause) || /\bscale\b/i.test(clause)) return undefined;
    const number = Number(m[2] === undefined || m[2] === '' ? (m[3] ?? 0) : m[2]);
    if (/nas$/i.test(m[1]!) && number >= NAS_LINUX) return undefined;
    return productOf(m[1]!);
  }
  return undefined;
}
