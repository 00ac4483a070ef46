import { type Line, spanOf } from './line.js';
import { hasAny, MEMORY } from './recipe-words.js';
import type { Span, ToldMemory } from './types.js';

/*
 * How much memory the machine of a report has: by what its kernel printed when it started, or by what the
 * writer says of it.
 */

const MIB = 1024 * 1024;

/** `real memory  = 33554432 (32768K bytes)`, `real mem = 536244224 (511MB)`, `total memory = 32448 KB`. */
const PRINTED =
  /\b(?:real mem(?:ory)?|(total memory)) {0,3}= {0,3}(\d{5,15})(?:(?: ?([KMG]B)\b)|(?= ?\(\d| ?$))/gm;

const SIZE = '(\\d{1,5}) ?([mg])(?:i?b|egs?|egabytes?|bytes?)?';
/** `32 MB RAM`, `64M of memory`, `RAM: 64 MB`, `a box with 16 MB`. */
export const SAID: readonly RegExp[] = [
  `\\b${SIZE} (?:of )?(?:(?:system|physical|main|total|ecc|sd|ddr\\d?|edo) )?(?:ram|memory|core)\\b`,
  `\\b(?:ram|(?:physical |main |system )?memory)(?: size)?(?: is| of|:| =|=) ?${SIZE}(?![\\w/-])`,
  `\\b(?:machine|box|laptop|notebook|server|system|pc|computer|host|vm|p[i]{1,3}|[34]86)(?: is one)? with ${SIZE}(?![\\w/-])(?! (?!and\\b|that\\b|which\\b|died\\b)\\w)`,
].map((each) => new RegExp(each, 'gi'));

/** What is no size of the memory, or of another machine than the one that died. */
const OTHER =
  /\b(?:free|swap\w*|vram|drm|video|graphics|cache|disk|zfs|arc|another|others?|also|both|less|more|than|at least|minimum|requires?|needs?|needed|uses?|used|using|usage|takes?|took|taking|eats?|eating|alloc\w*|malloc\w*|fill\w*|touch\w*|map\w*|mmap\w*|leaves?|left|leak\w*|limit\w*|upgrad\w*|added|adding|add|removed|not|never|without|instead|until|works?|fine|or|bs|every|each|per|block|buffers?|process(?:es)?|consum\w*|grow\w*|reserv\w*|wired|pages?|(?:fails?|failed) (?:at|with))\b|n't\b/i;

/** Characters of the clause that a size stands in. */
const CLAUSE = 60;

/** What stands on both sides of a place up to the next comma or stop. */
function clauseAround(text: string, from: number, to: number): string {
  const before = /[^,.;:()]*$/.exec(text.slice(Math.max(0, from - CLAUSE), from))![0];
  const behind = /^[^,.;:()]*/.exec(text.slice(to, to + CLAUSE))![0];
  return `${before} ${behind}`;
}

function printed(text: string): ToldMemory | undefined {
  // `real memory`, `total memory`
  if (!text.includes('l mem')) return undefined;
  let found: ToldMemory | undefined;
  for (const m of text.matchAll(PRINTED)) {
    const [whole, total, count, unit] = m;
    const scale = unit === undefined ? 1 : unit === 'KB' ? 1024 : unit === 'MB' ? MIB : 1024 * MIB;
    const bytes = Number(count) * scale;
    // What this kernel calls the total lacks what the firmware keeps.
    const ramBytes = total === undefined ? bytes : Math.ceil(bytes / MIB) * MIB;
    if (found !== undefined && found.ramBytes !== ramBytes) return undefined;
    const span: Span = [m.index, m.index + whole.trimEnd().length];
    found ??= { ramBytes, said: whole.trim().replace(/ +/g, ' '), span };
  }
  return found;
}

function said(prose: readonly Line[]): ToldMemory | undefined {
  let found: ToldMemory | undefined;
  for (const line of prose) {
    const { text } = line;
    // The signature of a mail.
    if (text === '--') break;
    if (text.length > 500 || !hasAny(line, MEMORY) || !/\d ?[mg]/i.test(text)) continue;
    for (const each of SAID) {
      each.lastIndex = 0;
      for (let m = each.exec(text); m !== null; m = each.exec(text)) {
        const end = m.index + m[0].length;
        if (OTHER.test(clauseAround(text, m.index, end))) continue;
        const ramBytes = Number(m[1]) * (/g/i.test(m[2]!) ? 1024 * MIB : MIB);
        if (ramBytes === 0) continue;
        if (found !== undefined && found.ramBytes !== ramBytes) return undefined;
        found ??= { ramBytes, said: m[0], span: spanOf(line, m.index, end) };
      }
    }
  }
  return found;
}

/**
 * The memory of the machine, if the text tells one size only.
 * @param text the whole text
 * @param prose the lines that no form has read
 */
export function toldMemory(text: string, prose: readonly Line[]): ToldMemory | undefined {
  return printed(text) ?? said(prose);
}
