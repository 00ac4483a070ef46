import { isOfNextBoot, isTold } from './came-of.js';
import { assess } from './damage.js';
import { bucketLevels } from './bucket-levels.js';
import { eventFrames } from './fault-place.js';
import { derive } from './derive/index.js';
import { assemble, type Assembled } from './assemble.js';
import { foreignSystem } from './foreign.js';
import { decodeText, ONE_LINE } from './normalise.js';
import type { Builder } from './builder.js';
import type { Identity } from './identify.js';
import { type Line, lowOf, spanOf } from './line.js';
import { readText } from './parse.js';
import { findPrograms } from './programs.js';
import { findDumpNote } from './dump-note.js';
import { findRecipe } from './recipe.js';
import { linesBetween } from './recipe-place.js';
import { hasAny, TYPES } from './recipe-words.js';
import { hasBorrowedNumber, metBy, signatureParts, signatureText, titleOf } from './signature.js';
import { blamedBy } from './said-culprit.js';
import { noteCutLines } from './cut-message.js';
import { numberedLines, onlyRelease, portLines } from './told-version.js';
import { toldMachine } from './told-machine.js';
import { toldMemory } from './told-memory.js';
import { isTrapName, trapBeginning } from './trap-names.js';
import { naturesOf, standsThere } from './natures.js';
import { judge } from './verdicts.js';
import {
  NAMED_STATEMENTS,
  type KernelVersion,
  type Natures,
  type PanicEvent,
  type ParseOptions,
  type Part,
  PARTS,
  type Report,
  ReportError,
  type SignatureParts,
  type System,
  type Triage,
} from './types.js';

/**
 * Reads a panic report.
 *
 * @param input the text as it came: from a console, a mail, a tracker; bytes are decoded first
 * @throws ReportError if nothing of a panic is in it; the message is one line
 */
export function parseReport(input: string | Uint8Array, options: ParseOptions = {}): Report {
  const { text, builder, undone, found, parts, own } = readPanic(input);
  const { primary, others, identity } = found;
  const programs = text.includes('include') ? findPrograms(text) : [];
  const { prose: all } = builder;
  const prose = others.length === 0 ? all : all.filter((line) => !leadsToOther(line, text, primary, others));
  const { recipe, doubts } = findRecipe(
    prose,
    text,
    primary.span,
    programs.map(({ span }) => span),
  );
  const report: Report = {
    schema: 2,
    system: identity.system,
    arch: identity.arch,
    kind: primary.kind,
    forms: primary.forms,
    frames: primary.frames,
    boundaries: primary.boundaries,
    otherTraces: primary.otherTraces,
    registers: primary.registers,
    locks: primary.locks,
    details: primary.details,
    span: primary.span,
    others,
    ps: builder.ps,
    commands: builder.commands,
    recipe,
    programs,
    damage: builder.damage,
    unread: [],
    natures: UNJUDGED,
    derived: [],
    checks: [],
    signature: signatureText(parts),
    signatureParts: parts,
    title: titleOf(parts, primary),
    ownFrames: own,
    buckets: bucketLevels(primary, parts, own),
    normalised: undone,
  };
  takeOptional(report, primary);
  dropBorrowedNumber(report);
  for (const event of others) dropBorrowedNumber(event);
  if (identity.product !== undefined) report.product = identity.product;
  takeKernel(builder, report, primary, identity);
  const dump = builder.dump ?? findDumpNote(builder.prose);
  // A header names its panic; what the console says of a dump is of the one above it.
  if (dump !== undefined && (dump.header !== undefined || isTold(dump.span[0], report, others)))
    report.dump = dump;
  const memory = toldMemory(text, builder.prose);
  if (memory !== undefined && !isOfNextBoot(memory.span[0], report, others)) report.memory = memory;
  report.unread = unreadOf(report);
  for (const event of [report, ...others]) doubtMessage(text, event, undone[ONE_LINE] !== undefined);
  noteCutLines(text, [report, ...others], report.damage);
  const blamed = blamedBy(builder, report);
  if (blamed !== undefined) report.details.blamed = blamed;
  report.natures = naturesOf(report, identity);
  assess(report, text);
  report.damage.push(...doubts);
  derive(report, options, isTyped(builder));
  judge(report, report, report.damage);
  return report;
}

/** A text as far as the panic is named that it is about. */
interface Panic {
  text: string;
  builder: Builder;
  undone: Record<string, number>;
  found: Assembled;
  parts: SignatureParts;
  /** The functions that are its own. */
  own: string[];
}

/** Reads a text as far as all need who ask anything of it. */
function readPanic(input: string | Uint8Array): Panic {
  const text = decodeText(input);
  const { builder, undone } = readText(text);
  const found = assemble(builder);
  if (found === null || found.identity.system === 'unknown') {
    const foreign = foreignSystem(text, found?.primary.message?.value);
    if (foreign !== null)
      throw new ReportError(`not a panic report of a BSD system: what it has is ${foreign}'s`);
  }
  if (found === null || isRegistersOfAnybody(found, text)) throw new ReportError(notAReport(text));
  const { primary, others } = found;
  for (const event of [primary, ...others]) completeName(event, text);
  const parts = signatureParts(primary);
  const own = eventFrames(primary, parts.culprit ?? metBy(primary));
  return { text, builder, undone, found, parts, own };
}

/**
 * Reads of a panic report what sorts it, in about half the time of `parseReport`: each field is as there, and
 * what is refused is refused in the same words. Ways to the panic, derivations, checks and damage are not
 * looked for.
 *
 * @throws ReportError as parseReport() does
 */
export function triageReport(input: string | Uint8Array): Triage {
  const { builder, found, parts, own } = readPanic(input);
  const { primary, identity } = found;
  const triage: Triage = {
    system: identity.system,
    arch: identity.arch,
    kind: primary.kind,
    signature: signatureText(parts),
    signatureParts: parts,
    title: titleOf(parts, primary),
    ownFrames: own,
    buckets: bucketLevels(primary, parts, own),
  };
  if (identity.product !== undefined) triage.product = identity.product;
  takeKernel(builder, triage, primary, identity);
  judge(triage, primary, builder.damage);
  return triage;
}

/** The kernel that the text is of, and what its writer says of the machine. */
function takeKernel(builder: Builder, report: Triage, primary: PanicEvent, identity: Identity): void {
  const numbered = numberedLines(builder.prose);
  const kernel = builder.kernel ?? told(builder, numbered, identity.system);
  if (kernel !== undefined) report.kernel = kernel;
  if (kernel !== undefined && isOfLaterLogin(kernel, primary, builder)) kernel.likely = true;
  takeTold([...numbered, ...portLines(builder.prose)], report, identity);
}

/** How people say that they have typed a screen's text by hand. */
export const TYPED =
  /\b(?:(?:hand|manually)[- ]?(?:typed|copied|transcribed)|(?:typ|cop|transcrib)\w*\b[^.!?]{0,40}\b(?:by (?:hand|eye)|manually|from (?:a |the |my )?(?:\w+ )?(?:photos?|pictures?|screenshots?|camera|video|memory))|(?:typed|typing|transcribed)\b[^.!?]{0,40}\bfrom (?:a |the |my )?(?:\w+ )?(?:screen|console|monitor)|typing it|sorry for (?:any )?(?:typos?|mistakes)|(?:any|possible|probable) typos?|typos? (?:are|is|by) (?:mine|me|my))\b/i;

/** Whether the writer says that he has typed what was on a screen. */
function isTyped({ prose }: Builder): boolean {
  // Most lines are the machine's, and have none of its words.
  return prose.some((line) => hasAny(line, TYPES) && TYPED.test(lowOf(line)));
}

/** The version that somebody saw who logged in behind the panic: people mend kernels in between. */
function isOfLaterLogin({ span: [at] }: KernelVersion, { span: [, end] }: PanicEvent, b: Builder): boolean {
  return b.logins.some((login) => login > end && login < at);
}

/** The release that a heading or a sentence gives, if it is this system's; or the only one in the text. */
function told(
  { headedRelease: headed }: Builder,
  numbered: readonly Line[],
  system: System,
): KernelVersion | undefined {
  if (system === 'unknown') return undefined;
  if (headed?.system === 'unknown') return { ...headed, system };
  if (headed?.system === system) return headed;
  const only = onlyRelease(numbered, system);
  if (only === undefined) return undefined;
  const { line, release, at, end } = only;
  return { system, release, text: release, span: spanOf(line, at, end), likely: true };
}

/**
 * What a writer says of system and architecture beside a release counts as said where no line of the machine
 * says it, and its own signs do not say otherwise.
 */
function takeTold(lines: readonly Line[], report: Triage, identity: Identity): void {
  if (identity.systemStated && identity.archStated) return;
  const { kernel } = report;
  if (kernel?.arch !== undefined && kernel.arch === report.arch) identity.archStated = true;
  const said = toldMachine(lines);
  if (said.system !== undefined && !identity.systemStated) {
    const isTold = report.system === 'unknown' || said.system === report.system;
    // Signs are of systems as they are known: of another age they may be another's.
    report.system = isTold ? said.system : 'unknown';
    identity.system = report.system;
    identity.systemStated = isTold;
  }
  if (said.arch === undefined && said.port !== undefined && report.arch === 'unknown') {
    report.arch = said.port;
    identity.arch = said.port;
  }
  if (said.arch === undefined || identity.archStated) return;
  if (report.arch !== 'unknown' && report.arch !== said.arch) return;
  report.arch = said.arch;
  identity.arch = said.arch;
  identity.archStated = true;
}

/** Lines between a sentence and what it says is below. */
const BELOW_MAX = 2;

/** Does a line behind the panic end with `:`, with a later one at once below? What it says is of that one. */
function leadsToOther(
  { text: said, from, end }: Line,
  text: string,
  primary: PanicEvent,
  others: readonly PanicEvent[],
): boolean {
  if (!said.endsWith(':') || from < primary.span[1]) return false;
  return others.some(({ span }) => linesBetween(text, end, span[0]) <= BELOW_MAX);
}

/** Registers as FreeBSD alone prints them: on riscv, and with the bounds of a capability behind the value. */
const OWN_REGISTERS = /0x[0-9a-f]{1,16} \[[rwxRW]{1,8},0x|\bt\[0\] ?(?:==?|:) 0x[0-9a-f]/;

/** Any program can print registers: alone, and without a sign of one of the systems, they are no report. */
function isRegistersOfAnybody({ primary, others, identity }: Assembled, text: string): boolean {
  return (
    identity.system === 'unknown' &&
    primary.kind === 'unknown' &&
    others.length === 0 &&
    primary.frames.length === 0 &&
    primary.otherTraces.length === 0 &&
    primary.stoppedAt === undefined &&
    primary.registers.length > 0 &&
    !OWN_REGISTERS.test(text)
  );
}

/** The name of a trap that ends with the text may be cut: there is one for most beginnings. */
function completeName({ trap }: PanicEvent, text: string): void {
  const name = trap?.name;
  if (name === undefined || name.span[1] !== text.length || isTrapName(name.value)) return;
  name.likely = true;
  name.value = trapBeginning(name.value) ?? name.value;
}

const UNJUDGED = Object.fromEntries(NAMED_STATEMENTS.map((each) => [each, 'not known'])) as Natures;

/** What was read in no event of the text. */
function unreadOf(report: Report): Part[] {
  let event: PanicEvent = report;
  const read = { message: false, backtrace: false, version: report.kernel !== undefined, registers: false };
  for (let i = 0; i <= report.others.length; i++) {
    read.message ||= event.message !== undefined;
    read.backtrace ||= event.frames.length > 0 || event.otherTraces.length > 0;
    read.registers ||= event.registers.length > 0;
    event = report.others[i]!;
  }
  const out: Part[] = [];
  for (const part of PARTS) if (!read[part]) out.push(part);
  return out;
}

/**
 * A message that was put together of several lines is not there by the letter; where one ended whose line end
 * was lost is a judgement, and so is that one which ends with the text's last character was all of it.
 */
function doubtMessage(text: string, { message }: PanicEvent, oneLine: boolean): void {
  if (message !== undefined && (oneLine || message.span[1] === text.length || !standsThere(text, message)))
    message.likely = true;
}

/**
 * The fields that not every event has. They are taken one by one: an object that is put together by spreading
 * or by computed names is a slow one for all that follows.
 */
function takeOptional(report: Report, event: PanicEvent): void {
  if (event.message !== undefined) report.message = event.message;
  if (event.trap !== undefined) report.trap = event.trap;
  if (event.process !== undefined) report.process = event.process;
  if (event.stoppedAt !== undefined) report.stoppedAt = event.stoppedAt;
  if (event.faultPlace !== undefined) report.faultPlace = event.faultPlace;
  if (event.traceStyle !== undefined) report.traceStyle = event.traceStyle;
  if (event.traceEnd !== undefined) report.traceEnd = event.traceEnd;
  if (event.registersOf !== undefined) report.registersOf = event.registersOf;
  if (event.registersCpu !== undefined) report.registersCpu = event.registersCpu;
  if (event.cpu !== undefined) report.cpu = event.cpu;
  if (event.time !== undefined) report.time = event.time;
}

/**
 * OpenBSD and NetBSD name their traps; while they are read and named, FreeBSD's numbers stand for the names.
 * The text does not hold them.
 */
function dropBorrowedNumber(event: PanicEvent): void {
  if (event.trap?.number !== undefined && hasBorrowedNumber(event)) delete event.trap.number;
}

function notAReport(text: string): string {
  const size = text.length === 0 ? 'the text is empty' : `${text.length} characters read`;
  return `not read as a panic report: ${size}, and no line was taken for one of a panic, a trap, a double fault, a lock order reversal, a backtrace or registers`;
}
