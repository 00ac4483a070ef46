import type { Arch } from './types.js';

/*
 * The names of architectures and of the ports to their machines, in all systems: in version lines, in
 * banners, behind a system's name in prose.
 */

const MIPS = 'sgimips|evbmips|hpcmips|sbmips|newsmips|ews4800mips|mipsco|emips|pmax|algor|loongson|octeon';
const ARM = 'zaurus|armish|hpcarm|acorn(?:26|32)|netwinder|iyonix|epoc32';
const POWERPC = '(?:mac|of|evb|amiga|mvme|soc|pm)ppc|prep|bebox|ibmnws|rs6000|sandpoint';
/** Ports whose names are words of other things: only a system's name in front says what they are. */
const WORDS: Record<string, Arch> = {
  arc: 'mips',
  cobalt: 'mips',
  playstation2: 'mips',
  sgi: 'mips',
  cats: 'arm',
  shark: 'arm',
};

/** A word that names an architecture, or a port to one. */
export const ARCH_WORD = new RegExp(
  `\\b(amd64|x86_64|i386|i486|i586|i686|arm64|aarch64|riscv(?:64)?|powerpc(?:64)?(?:le|spe)?|ppc64|sparc64|armv[67]\\w*|earm(?:v\\d\\w*)?|${POWERPC}|${MIPS}|${ARM}|mips(?:64)?\\w*|alpha|hppa|m68k|amiga|atari|hp[34]00|(?:mac|luna|mvme|news|next)68k|sun3x?|x68k|sh3e[bl]|dreamcast|hpcsh|landisk|mmeye|evbsh3|vax)\\b`,
  'i',
);
/** The same behind a system's name and a stroke; `evbarm` is of 32 or of 64 bits. */
export const PORT_NAME = `(?:${ARCH_WORD.source.slice(3, -3)}|evbarm|sparc|ia64|${Object.keys(WORDS).join('|')})`;

const ARCH_NAMES: readonly [word: RegExp, arch: Arch][] = [
  [/^(?:amd64|x86_64)$/, 'amd64'],
  [/^i[3-6]86$/, 'i386'],
  [/^(?:arm64|aarch64)$/, 'arm64'],
  [/^riscv/, 'riscv'],
  [new RegExp(`^(?:powerpc|ppc|(?:${POWERPC})$)`), 'powerpc'],
  [/^sparc64$/, 'sparc64'],
  [/^sparc$/, 'sparc'],
  // `evbarm` is the machine of NetBSD's 64-bit kernels too.
  [new RegExp(`^(?:armv|earm|(?:${ARM})$)`), 'arm'],
  [new RegExp(`^(?:mips|(?:${MIPS})$)`), 'mips'],
  [/^alpha$/, 'alpha'],
  [/^hppa$/, 'hppa'],
  [
    /^(?:m68k|m68000|amiga|atari|hp300|hp400|mac68k|luna68k|mvme68k|news68k|next68k|sun2|sun3x?|x68k|cesfic)$/,
    'm68k',
  ],
  [/^(?:sh3(?:eb|el)?|dreamcast|hpcsh|landisk|mmeye|evbsh3)$/, 'sh3'],
  [/^vax$/, 'vax'],
];

/** The architecture that a word names. */
export function archNamed(word: string): Arch | undefined {
  const low = word.toLowerCase();
  return ARCH_NAMES.find(([names]) => names.test(low))?.[1];
}

/** The architecture of a port whose system's name stands with it. */
export const archOfPort = (word: string): Arch | undefined => archNamed(word) ?? WORDS[word.toLowerCase()];
