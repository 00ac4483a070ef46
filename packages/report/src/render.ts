import { FORMS } from './forms/index.js';
import { parameter } from './derive/prototypes.js';
import { culpritIndex, isNameless } from './culprit.js';
import { leavesOut } from './fault-place.js';
import { isFaultHandler, isHelper, isPanicHelper, isTrapHelper } from './functions/index.js';
import { signatureParts, titleOf } from './signature.js';
import type { Boundary, Frame, Lock, PanicEvent, Report, Span, Trap } from './types.js';

/** Turns a place in the text into what a person can look up. */
type Place = (span: Span | undefined) => string;

function placer(text: string | undefined): Place {
  if (text === undefined) return (span) => (span === undefined ? '' : ` [at ${span[0]}]`);
  const starts: number[] = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (span) => {
    if (span === undefined) return '';
    let lo = 0;
    let hi = starts.length - 1;
    while (lo < hi) {
      const mid = (lo + hi + 1) >> 1;
      if (starts[mid]! <= span[0]) lo = mid;
      else hi = mid - 1;
    }
    return ` [line ${lo + 1}]`;
  };
}

function offsetText(offset: number | undefined): string {
  return offset === undefined ? '' : `+0x${offset.toString(16)}`;
}

function processText(event: PanicEvent): string {
  const process = event.process?.value;
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

function frameText(frame: Frame): string {
  const args =
    frame.args.length === 0
      ? ''
      : frame.args
          .map((arg, i) => (frame.argNames?.[i] === undefined ? arg : `${frame.argNames[i]}=${arg}`))
          .join(', ');
  const source =
    frame.source === undefined
      ? ''
      : `  ${frame.source.file}${frame.source.line === undefined ? '' : `:${frame.source.line}`}`;
  const module = frame.module === undefined ? '' : `  from ${frame.module}`;
  return `${frame.function}(${args})${offsetText(frame.offset)}${source}${module}${frame.cut === true ? '  (cut)' : ''}${frame.unsure === true ? "  (or of the other CPU's backtrace)" : ''}`;
}

function boundaryText(boundary: Boundary): string {
  const what =
    boundary.what === 'trap'
      ? boundary.implied === true
        ? 'trap (implied by the entry code)'
        : `trap ${boundary.trap ?? '?'}`
      : boundary.what === 'syscall'
        ? `system call${boundary.syscall?.number === undefined ? '' : ` ${boundary.syscall.number}`}${boundary.syscall?.name === undefined ? '' : ` (${boundary.syscall.name})`}`
        : boundary.what;
  const at = [
    boundary.ip === undefined ? '' : `ip ${boundary.ip}`,
    boundary.sp === undefined ? '' : `sp ${boundary.sp}`,
    boundary.fp === undefined ? '' : `fp ${boundary.fp}`,
  ].filter(Boolean);
  return `--- ${what}${at.length === 0 ? '' : `: ${at.join(', ')}`} ---`;
}

/** The call path in the order of time: outermost first, a run of plain calls to a line. */
function pathSteps(event: PanicEvent, place: Place): string[] {
  const steps: string[] = [];
  const { frames, boundaries } = event;
  let i = frames.length - 1;
  const outer = boundaries.find((each) => each.after === i);
  // A new thread's stack ends in a trap frame of zeros: nothing came in.
  if (outer !== undefined && outer.ip !== '0x0') steps.push(`${originText(outer)}${place(outer.span)}`);
  while (i >= 0) {
    const boundary = boundaries.find((each) => each.after === i - 1);
    const frame = frames[i]!;
    if (boundary?.what === 'syscall' && i > 0) {
      steps.push(`${originText(boundary)}${place(boundary.span)}`);
      i--;
      continue;
    }
    if (boundary !== undefined && i > 0 && boundary.what === 'trap' && leavesOut(event)) {
      const at = event.faultPlace?.address;
      steps.push(
        `${frameText(frame)} called a function that a trap stopped${at === undefined ? '' : ` at ${at}`} (this kind of stack leaves it out)${place(boundary.span)}`,
      );
      i--;
      continue;
    }
    if (boundary?.what === 'trap' && i > 0 && event.faultPlace?.jump !== undefined) {
      const caller = isNameless(frame.function) && i + 1 < frames.length ? frames[i + 1]! : frame;
      steps.push(
        `${isNameless(caller.function) ? 'the kernel' : caller.function} called through a ${event.faultPlace.jump} pointer${place(boundary.span)}`,
      );
      i--;
      continue;
    }
    if (boundary !== undefined && i > 0) {
      const how =
        boundary.what === 'trap'
          ? `was stopped by ${boundary.trap === undefined ? 'a trap' : `trap ${boundary.trap}`}`
          : boundary.what === 'interrupt'
            ? 'was interrupted'
            : 'entered the kernel';
      steps.push(`${frameText(frame)} ${how}${faultAddress(event, boundary)}${place(boundary.span)}`);
      i--;
      continue;
    }
    if (isHelper(frame.function) || isFaultHandler(frame.function)) {
      const run: string[] = [];
      const first = frame;
      while (
        i >= 0 &&
        (isHelper(frames[i]!.function) || isFaultHandler(frames[i]!.function)) &&
        !(i > 0 && boundaries.some((each) => each.after === i - 1))
      ) {
        run.push(frames[i]!.function);
        i--;
      }
      if (run.length > 0) {
        steps.push(`${runVerb(run)} ${run.join(' > ')}${place(first.span)}`);
        continue;
      }
    }
    steps.push(`${steps.length === 0 ? 'in' : 'called'} ${frameText(frame)}${place(frame.span)}`);
    i--;
  }
  return steps;
}

/** What a run of helper functions did, by what they are. */
function runVerb(run: readonly string[]): string {
  if (run.some(isTrapHelper)) return 'the kernel handled the trap:';
  return run.some(isPanicHelper) ? 'on to the panic:' : 'called';
}

/** The address of an interrupted access, if trap_pfault stands inside the boundary and shows it. */
function faultAddress(event: PanicEvent, boundary: Boundary): string {
  const frame = event.frames.slice(0, boundary.after + 1).find((each) => each.function === 'trap_pfault');
  if (frame === undefined || boundary.what !== 'trap') return '';
  const named = frame.argNames?.indexOf('eva') ?? parameter('trap_pfault', 'eva');
  const value = frame.args[named];
  return value === undefined || value === '?' ? '' : `, at address ${value}`;
}

function originText(boundary: Boundary): string {
  if (boundary.what === 'syscall')
    return `a process made ${boundary.syscall?.name === undefined ? 'a system call' : `the system call ${boundary.syscall.name}`}`;
  return boundary.what === 'interrupt' ? 'an interrupt came in' : `trap ${boundary.trap ?? '?'} came in`;
}

function trapSentence(event: PanicEvent, trap: Trap): string {
  const at = event.stoppedAt?.debugger === true ? undefined : event.stoppedAt;
  const fault = event.faultPlace;
  const where =
    fault?.function !== undefined
      ? ` at ${fault.function}${offsetText(fault.offset)}`
      : fault?.address !== undefined
        ? ` at ${fault.address}${fault.caller === undefined ? '' : `, called from ${fault.caller.function}${offsetText(fault.caller.offset)}`}`
        : '';
  const code = trap.faultCode?.value;
  const what =
    code === undefined ? '' : `: ${code.by} ${code.access}${code.why === 'unknown' ? '' : `, ${code.why}`}`;
  const address = trap.faultAddress === undefined ? '' : `, address ${trap.faultAddress.value}`;
  const instruction = at?.instruction === undefined ? '' : `, in "${at.instruction}"`;
  return `${trap.name?.value ?? `trap ${trap.number?.value ?? '?'}`} in ${trap.mode?.value ?? 'kernel'} mode${where}${instruction}${what}${address}`;
}

/** What happened, in the order in which it happened. */
export function steps(event: PanicEvent, text?: string): string[] {
  const place = placer(text);
  const out: string[] = [];
  const who = processText(event);
  if (who !== '') out.push(`${who} was running${place(event.process?.span)}`);
  out.push(...pathSteps(event, place));
  for (const form of FORMS) {
    if (!event.forms.includes(form.id) || form.explain === undefined) continue;
    for (const step of form.explain(event)) out.push(`${step.text}${place(step.evidence?.span)}`);
  }
  if (event.trap !== undefined && event.kind === 'trap') {
    out.push(
      `${trapSentence(event, event.trap)}${place(event.trap.name?.span ?? event.trap.ip?.span ?? event.span)}`,
    );
  }
  if (event.kind === 'double-fault')
    out.push(`double fault: the processor could not even enter the handler of the first${place(event.span)}`);
  if (event.message !== undefined)
    out.push(`the kernel said "${event.message.value}"${place(event.message.span)}`);
  if (event.stoppedAt !== undefined && event.kind !== 'trap') {
    out.push(
      `the debugger stopped at ${event.stoppedAt.function}${offsetText(event.stoppedAt.offset)}${place(event.stoppedAt.span)}`,
    );
  }
  return out;
}

function fields(event: PanicEvent, place: Place): string[] {
  const out: string[] = [];
  const add = (name: string, value: string | undefined, span: Span | undefined) => {
    if (value !== undefined && value !== '') out.push(`${name.padEnd(22)} ${value}${place(span)}`);
  };
  const { trap } = event;
  add('kind', event.kind, undefined);
  if (trap !== undefined) {
    const seg = (fact: Trap['ip']) =>
      fact === undefined
        ? undefined
        : `${fact.value.selector === undefined ? '' : `${fact.value.selector}:`}${fact.value.address}`;
    add(
      'trap',
      trap.number === undefined
        ? undefined
        : `${trap.number.value}${trap.name === undefined ? '' : ` (${trap.name.value})`}`,
      trap.number?.span,
    );
    add('mode', trap.mode?.value, trap.mode?.span);
    add(
      'cpu',
      trap.cpuid === undefined
        ? undefined
        : `${trap.cpuid.value}${trap.apicId === undefined ? '' : ` (apic id ${trap.apicId.value})`}`,
      trap.cpuid?.span,
    );
    add('mp_lock', trap.mpLock?.value, trap.mpLock?.span);
    add('fault address', trap.faultAddress?.value, trap.faultAddress?.span);
    const code = trap.faultCode?.value;
    add(
      'fault code',
      code === undefined ? undefined : `${code.by} ${code.access}, ${code.why}`,
      trap.faultCode?.span,
    );
    add('instruction pointer', seg(trap.ip), trap.ip?.span);
    add('stack pointer', seg(trap.sp), trap.sp?.span);
    add('frame pointer', seg(trap.fp), trap.fp?.span);
    const segment = trap.codeSegment?.value;
    add(
      'code segment',
      segment === undefined
        ? undefined
        : Object.entries(segment)
            .map(([name, value]) => `${name} ${value}`)
            .join(', '),
      trap.codeSegment?.span,
    );
    const flags = trap.eflags?.value;
    add(
      'eflags',
      flags === undefined
        ? undefined
        : [...flags.flags, flags.iopl === undefined ? '' : `IOPL ${flags.iopl}`].filter(Boolean).join(', '),
      trap.eflags?.span,
    );
    add('interrupt mask', trap.interruptMask?.value, trap.interruptMask?.span);
    add(
      'error code',
      trap.errorCode === undefined ? undefined : `0x${trap.errorCode.value.toString(16)}`,
      trap.errorCode?.span,
    );
  }
  add('process', processText(event), event.process?.span);
  const at = event.stoppedAt;
  add(
    'stopped at',
    at === undefined
      ? undefined
      : `${at.function}${offsetText(at.offset)}${at.instruction === undefined ? '' : `: ${at.instruction}`}`,
    at?.span,
  );
  add('message', event.message?.value, event.message?.span);
  if (event.cpu !== undefined && trap?.cpuid === undefined)
    add('cpu', String(event.cpu.value), event.cpu.span);
  for (const [name, fact] of Object.entries(event.details))
    if (name !== 'stable') add(name, String(fact.value), fact.span);
  return out;
}

function lockText(lock: Lock): string {
  const parts = [
    lock.nth === undefined ? '' : `${lock.nth}.`,
    lock.mode ?? '',
    lock.class ?? '',
    lock.name,
    lock.type === undefined || lock.type === lock.name ? '' : `(${lock.type})`,
    lock.address ?? '',
  ];
  const at =
    lock.at === undefined ? '' : ` at ${lock.at.file}${lock.at.line === undefined ? '' : `:${lock.at.line}`}`;
  return `${parts.filter(Boolean).join(' ')}${at}`;
}

function traceLines(frames: readonly Frame[], boundaries: readonly Boundary[], culprit: number): string[] {
  const out: string[] = [];
  const bounds = (after: number) => boundaries.filter((each) => each.after === after).map(boundaryText);
  out.push(...bounds(-1));
  frames.forEach((frame, i) => {
    out.push(`${i === culprit ? '*' : ' '} ${frameText(frame)}`, ...bounds(i));
  });
  return out;
}

function registerLines(event: PanicEvent): string[] {
  return event.registers.map(
    (each) =>
      `${each.name.padEnd(8)} ${each.value.padStart(18)}${each.symbol === undefined ? '' : `  ${each.symbol}`}`,
  );
}

/** What the text leaves open, beyond its damage. */
function unclear(report: Report, place: Place): string[] {
  const out: string[] = [];
  for (const damage of report.damage)
    out.push(`${damage.kind}: ${damage.what} (${damage.reason})${place(damage.span)}`);
  const rules = new Set(report.derived.map((each) => each.rule));
  if (rules.has('page-directory-slot'))
    out.push('how the page directory came to be unmapped while it was still in use: the text does not say');
  if (rules.has('null-pointer-field') && !rules.has('null-pointer-struct'))
    out.push('which structure the null pointer should have pointed to: no layouts were given');
  if (rules.has('freed-memory')) out.push('who freed the memory, and when: the text does not say');
  if (report.kernel === undefined) out.push('which kernel it was: no version in the text');
  if (report.kind === 'trap' && report.registers.length === 0) out.push('the registers: not in the text');
  return out;
}

/** A heading and its lines; nothing if there are none. */
function section(title: string, lines: readonly string[], indent = '  '): string {
  return lines.length === 0 ? '' : `${title}\n${lines.map((line) => `${indent}${line}`).join('\n')}\n\n`;
}

function systemText(report: Report): string {
  return `${report.system}${report.kernel?.release === undefined ? '' : ` ${report.kernel.release}`}, ${report.arch}`;
}

/** Other panics whose backtraces are printed in full. */
const OTHERS_SHOWN = 4;

/**
 * The report for people: what happened in its order, the facts, what follows from them, what is unclear.
 *
 * @param text the original; with it, evidence is given by line
 */
export function renderReport(report: Report, text?: string): string {
  const place = placer(text);
  let out = `${report.title}\n${systemText(report)}\n\n`;
  out += section(
    'What happened',
    steps(report, text).map((step, i) => `${String(i + 1).padStart(2)}. ${step}`),
  );
  out += section('Facts', fields(report, place));
  out += section(
    'Backtrace, innermost first (* the frame to look at)',
    traceLines(report.frames, report.boundaries, culpritIndex(report.frames, report.boundaries)),
  );
  for (const trace of report.otherTraces.slice(0, 8)) {
    out += section(
      `Another backtrace${trace.purpose === undefined ? '' : ` (order ${trace.purpose})`}`,
      traceLines(trace.frames, trace.boundaries, -1),
    );
  }
  out += section('Registers', registerLines(report));
  out += section(
    'Locks',
    report.locks.map((lock) => `${lockText(lock)}${place(lock.span)}`),
  );
  if (report.dump !== undefined)
    out += section('Dump', [
      `${report.dump.state}${report.dump.detail === undefined ? '' : `: ${report.dump.detail}`}${place(report.dump.span)}`,
    ]);
  if (report.ps.length > 0)
    out += section(
      'Processes',
      report.ps
        .slice(0, 60)
        .map(
          (each) =>
            `${String(each.pid).padStart(6)} ${each.name}${each.wmesg === undefined ? '' : ` (${each.wmesg})`}`,
        ),
    );
  out += section(
    'To reproduce',
    report.recipe.map((each) => `${each.text}${sizeText(each)}${place(each.span)}`),
  );
  out += section(
    'What is known',
    report.derived.map(
      (each) =>
        `${each.claim}\n      because ${each.because}${each.evidence.map((span) => place(span)).join('')}`,
    ),
  );
  const passed = report.checks.filter((each) => each.ok);
  out += section(
    `Checks of facts against each other: ${passed.length} of ${report.checks.length} hold`,
    report.checks.map((each) => `${each.ok ? 'ok  ' : 'FAIL'} ${each.name}: ${each.detail}`),
  );
  out += section('What is unclear', unclear(report, place));
  out += section(
    'Also in the text',
    report.others.map((each) => `${titleOf(signatureParts(each), each)}${place(each.span)}`),
  );
  for (const each of report.others.slice(0, OTHERS_SHOWN)) {
    out += section(
      `Backtrace of: ${titleOf(signatureParts(each), each)}`,
      traceLines(each.frames, each.boundaries, culpritIndex(each.frames, each.boundaries)),
    );
  }
  out += section('Signature', [report.signature]);
  return `${out.trimEnd()}\n`;
}

function sizeText(recipe: Report['recipe'][number]): string {
  const { size } = recipe;
  if (size === undefined) return '';
  const mib = Math.abs(size.deltaBytes) / 2 ** 20;
  const delta = Number.isInteger(mib) ? `${mib} MB` : `${Math.abs(size.deltaBytes)} bytes`;
  const about = size.approximate ? 'about ' : '';
  if (!size.relativeToRam) return `, where ${size.variable} is ${about}${delta}`;
  const ram = size.ramFactor === 1 ? 'the size of memory' : `${size.ramFactor} times the size of memory`;
  return `, where ${size.variable} is ${about}${ram}${size.deltaBytes === 0 ? '' : ` ${size.deltaBytes < 0 ? 'minus' : 'plus'} ${delta}`}`;
}
