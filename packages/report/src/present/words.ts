import { isNameless } from '../culprit.js';
import { isFormat } from '../panic-message.js';
import type {
  Boundary,
  Frame,
  Hex,
  Lock,
  Nature,
  ProcessFact,
  Program,
  RecipeCommand,
  Report,
} from '../types.js';

/*
 * How the parts of a report are put into words; every view of a report (text, page, lists) says them alike.
 */

/** `+0x1f`, or nothing. */
export function offsetText(offset: number | undefined): string {
  return offset === undefined ? '' : `+0x${offset.toString(16)}`;
}

/** `vm_fault1+0x122` */
export function placeText(place: {
  function: string;
  offset?: number | undefined;
  address?: Hex | undefined;
}): string {
  // Where the text gives an address without a name, it is that.
  if (place.function === '??' && place.address !== undefined) return place.address;
  return `${place.function}${offsetText(place.offset)}`;
}

/** `vmdaemon (pid 3)` */
export function processText(process: ProcessFact | undefined): string {
  if (process === undefined) return '';
  if (process.idle === true) return 'the idle process';
  const ids = [
    process.pid === undefined ? '' : `pid ${process.pid}`,
    process.tid === undefined ? '' : `thread ${process.tid}`,
  ]
    .filter(Boolean)
    .join(', ');
  if (process.name === undefined) return ids;
  return ids === '' ? process.name : `${process.name} (${ids})`;
}

function sourceText(source: { file: string; line?: number }): string {
  return `${source.file}${source.line === undefined ? '' : `:${source.line}`}`;
}

/** A frame as a debugger prints it, with the names of arguments and the source where the text has them. */
export function frameText(frame: Frame): string {
  const args = frame.args
    .map((arg, i) => (frame.argNames?.[i] === undefined ? arg : `${frame.argNames[i]}=${arg}`))
    .join(', ');
  const source = frame.source === undefined ? '' : `  ${sourceText(frame.source)}`;
  const module = frame.module === undefined ? '' : `  from ${frame.module}`;
  const cut = frame.cut === true ? '  (cut)' : '';
  const unsure = frame.unsure === true ? "  (or of the other CPU's backtrace)" : '';
  // Of a frame without a name its address is all that is known.
  const { address, function: name } = frame;
  const at = address !== undefined && isNameless(name) && !name.includes(address) ? ` at ${address}` : '';
  return `${name}(${args})${at}${offsetText(frame.offset)}${source}${module}${cut}${unsure}`;
}

/** What a line between two frames says, in FreeBSD's layout. */
export function boundaryText(boundary: Boundary): string {
  const at = [
    boundary.ip === undefined ? '' : `ip ${boundary.ip}`,
    boundary.sp === undefined ? '' : `sp ${boundary.sp}`,
    boundary.fp === undefined ? '' : `fp ${boundary.fp}`,
  ].filter(Boolean);
  return `--- ${boundaryName(boundary)}${at.length === 0 ? '' : `: ${at.join(', ')}`} ---`;
}

function boundaryName({ what, trap, implied, syscall }: Boundary): string {
  if (what === 'trap')
    return implied === true
      ? 'trap (implied by the entry code)'
      : trap === undefined
        ? 'trap'
        : `trap ${trap}`;
  if (what !== 'syscall') return implied === true ? `${what} (implied by the entry code)` : what;
  const number = syscall?.number === undefined ? '' : ` ${syscall.number}`;
  return `system call${number}${syscall?.name === undefined ? '' : ` (${syscall.name})`}`;
}

/** `1. exclusive sleep mutex vm (vm) 0xc0412340 at vm_map.c:12` */
export function lockText(lock: Lock): string {
  const parts = [
    lock.nth === undefined ? '' : `${lock.nth}.`,
    lock.mode ?? '',
    lock.class ?? '',
    lock.name,
    lock.type === undefined || lock.type === lock.name ? '' : `(${lock.type})`,
    lock.address ?? '',
  ];
  const at = lock.at === undefined ? '' : ` at ${sourceText(lock.at)}`;
  const who = lock.holder === undefined ? '' : `, held by ${processText(lock.holder)}`;
  const part = lock.part === undefined ? '' : ` (${lock.part})`;
  return `${parts.filter(Boolean).join(' ')}${at}${part}${who}`;
}

/** ` (3 times)` or ` (3 at once)`, and `, where N is about the size of memory minus 12 MB`, or nothing. */
export function recipeSizeText({ size, times, copies }: RecipeCommand): string {
  if (copies !== undefined) return ` (${copies} at once)${sizeText(size)}`;
  const often = times === undefined ? '' : times === 0 ? ' (again and again)' : ` (${times} times)`;
  return `${often}${sizeText(size)}`;
}

function sizeText(size: RecipeCommand['size']): string {
  if (size === undefined) return '';
  const mib = Math.abs(size.deltaBytes) / 2 ** 20;
  const delta = Number.isInteger(mib) ? `${mib} MB` : `${Math.abs(size.deltaBytes)} bytes`;
  const about = size.approximate ? 'about ' : '';
  if (!size.relativeToRam) return `, where ${size.variable} is ${about}${delta}`;
  const ram = size.ramFactor === 1 ? 'the size of memory' : `${size.ramFactor} times the size of memory`;
  const difference = size.deltaBytes === 0 ? '' : ` ${size.deltaBytes < 0 ? 'minus' : 'plus'} ${delta}`;
  return `, where ${size.variable} is ${about}${ram}${difference}`;
}

/** `1 frame`, `3 frames` */
export function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}

/** `a`, `a and b`, `a, b and c` */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? '';
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** What is put behind a statement that a rule has made which may err. */
export function doubt(nature: Nature): string {
  return nature === 'likely' ? ' (likely)' : '';
}

/** How a message is introduced: a form of printf, words that a writer has broken off, or all of it. */
export function messageSaid(message: string, cut = false): 'has the form' | 'begins' | 'is' {
  if (cut) return 'begins';
  if (isFormat(message)) return 'has the form';
  return 'is';
}

const BY_SIGNS = ' (likely, by signs)';

/** What of system and architecture was told by signs, for behind their names. */
function systemDoubt({ natures, system, arch }: Report): string {
  const first = system !== 'unknown' && natures.system === 'likely';
  const second = arch !== 'unknown' && natures.arch === 'likely';
  if (first && (second || arch === 'unknown')) return BY_SIGNS;
  if (second) return ` (${system === 'unknown' ? '' : `${arch} `}likely, by signs)`;
  return first ? ` (${system} likely, by signs)` : '';
}

const NO_ARCH = ', architecture not known';

/** The same with what of it is likely only. */
export function systemLine(report: Report): string {
  const [text, doubt] = [systemText(report), systemDoubt(report)];
  // Behind a release that is likely it is said once.
  if (doubt === BY_SIGNS && text.endsWith(` (likely)${NO_ARCH}`))
    return `${text.slice(0, -` (likely)${NO_ARCH}`.length)}${doubt}${NO_ARCH}`;
  // The doubt is one of the system, and stands behind it.
  return text.endsWith(NO_ARCH) ? `${text.slice(0, -NO_ARCH.length)}${doubt}${NO_ARCH}` : `${text}${doubt}`;
}

/** `FreeBSD 14.1-RELEASE (pfSense), amd64`, as far as the text tells. */
export function systemText({ system, product, kernel, arch }: Report): string {
  if (system === 'unknown' && arch === 'unknown') return 'system and architecture not known';
  const release =
    kernel?.release === undefined ? '' : ` ${kernel.release}${kernel.likely === true ? ' (likely)' : ''}`;
  const name = system === 'unknown' ? 'system not known' : `${system}${release}`;
  const number = kernel?.productRelease === undefined ? '' : ` ${kernel.productRelease}`;
  const called = product ?? kernel?.product;
  const brand = called === undefined ? undefined : `${called}${number}`;
  return `${name}${brand === undefined ? '' : ` (${brand})`}, ${arch === 'unknown' ? 'architecture not known' : arch}`;
}

/** `a program in C, 41 lines (zorp.c), with open, ioctl and close` */
export function programText({ language, name, lines, calls }: Program): string {
  const what = language === 'c' ? 'a program in C' : 'a script for sh';
  const file = name === undefined ? '' : ` (${name})`;
  return `${what}, ${counted(lines, 'line')}${file}${calls.length === 0 ? '' : `, with ${listed(calls)}`}`;
}
