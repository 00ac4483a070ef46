import { newEvent } from './event.js';
import type { Builder } from './builder.js';
import { isAgain, nameEvent, PANIC_FORM } from './panic-message.js';
import { dropFirst } from './line.js';
import { canonHex, hexNumber } from './scan.js';
import { isTrapName } from './trap-names.js';
import type { PanicEvent } from './types.js';

/**
 * `*cpu1: message`, ` cpu0: message`, `panic: message`, `Panic string: message` (NetBSD) or the message
 * alone, as `show panic` prints it.
 */
const SHOWN = /^(?:(\*)?cpu(\d{1,3}): |panic: |Panic string: |\d{1,3}: )?(.*)$/;
const PROMPT = /^(?:ddb|db)[{>:]/;

/**
 * Reads what `show panic` prints: the message of a panic that the text has told of, or a clean copy of one
 * whose line was lost or mixed with another's. Whether the line was taken; a prompt ends it.
 *
 * @param prefix the CPU whose prefix was taken off the line, or -1
 */
export function showPanic(b: Builder, prefix: number): boolean {
  const { text } = b.line;
  if (PROMPT.test(b.low)) {
    b.showing = null;
    return false;
  }
  const { current } = b;
  const m = SHOWN.exec(text)!;
  const message = m[3]!.trim();
  const i = text.length - m[3]!.length;
  // A trap is read by the form of its lines.
  const trapped = isTold(message) || /^(?:kernel: |fatal |trap )|^\w[\w.]*\([^)]*\) at /i.test(message);
  if (current === null && message !== '' && !trapped) return firstTold(b, m, prefix, message, i);
  if (current === null && message !== '' && i > 0) {
    // Nothing was told before: the line is the panic's own, behind a number.
    b.setLine(dropFirst(b.line, i));
    return false;
  }
  if (current === null || message === '') return false;
  // Of several CPUs' messages the starred is the first panic's.
  const cpu = m[2] === undefined ? prefix : Number(m[2]);
  const other = cpu >= 0 && m[1] === undefined;
  if (/^uvm_fault\(/.test(message) && !other) takeAddress(b, current, message, i);
  // A frame of the fault is read as one wherever it stands.
  if (/^\w[\w.]*\([^)]*\) at /.test(text)) return false;
  if (/^the kernel did not panic/i.test(message)) return true;
  if (m[1] !== undefined) takeCpu(b, current, cpu, text.indexOf(m[2]!));
  if (current.kind === 'unknown' && current.message === undefined && !other && !isSecondLine(message)) {
    nameEvent(b, current, message, i, text.length);
    return true;
  }
  if (!other && isGarbledCopy(current, message)) {
    cleanCopy(b, current, message, i);
    return true;
  }
  if (other) otherPanic(b, current, cpu, message, i);
  else if (
    current.message === undefined &&
    !isAgain(current, message) &&
    !isTold(message) &&
    current.kind === 'panic'
  )
    nameEvent(b, current, message, i, text.length);
  return true;
}

/** The answer is the first that the text has of the panic. */
function firstTold(b: Builder, m: RegExpExecArray, prefix: number, message: string, i: number): boolean {
  if (/^the kernel did not panic|^no such command/i.test(message)) return true;
  const cpu = m[2] === undefined ? prefix : Number(m[2]);
  const event = b.begin('panic', PANIC_FORM);
  nameEvent(b, event, message, i, b.line.text.length);
  if (cpu >= 0) event.cpu = b.fact(cpu, 0, i);
  return true;
}

/**
 * The starred line is that of the CPU that panicked. Where the debugger was on another, which waited, the
 * thread that it names is not the one that panicked: the row of that CPU is.
 */
function takeCpu(b: Builder, event: PanicEvent, cpu: number, i: number): void {
  event.cpu ??= b.fact(cpu, i, i + String(cpu).length);
  if (event.cpu.value !== cpu) return;
  const rows = b.running.get(event) ?? [];
  const debuggers = rows.find((each) => each.starred)?.cpu ?? b.promptCpu;
  if (debuggers < 0 || debuggers === cpu) return;
  b.elsewhere.set(event, debuggers);
  const row = rows.find((each) => each.cpu === cpu);
  if (row === undefined) delete event.process;
  else event.process = row.process;
}

/** A CPU that panicked as well, of which the text may have told before. */
function otherPanic(b: Builder, first: PanicEvent, cpu: number, message: string, i: number): void {
  const process = b.running.get(first)?.find((each) => each.cpu === cpu)?.process;
  b.cpuMessages.push({ message, cpu, span: b.span(i), ...(process === undefined ? {} : { process }) });
  const again = b.events.slice(-OTHERS_MAX).find((event) => event !== first && isAgain(event, message));
  if (again === undefined) return;
  again.cpu ??= b.fact(cpu, i);
  if (process !== undefined) again.process ??= process;
}

/** Panics of other CPUs that are kept of one answer or several. */
const OTHERS_MAX = 16;

/** Makes events of the panics of other CPUs of which nothing but the debugger's list tells. */
export function addOtherCpus(b: Builder): PanicEvent[] {
  const out: PanicEvent[] = [];
  for (const { message, cpu, span, process } of b.cpuMessages) {
    // A trap of theirs, in other words than its own lines.
    if (isTold(message) || out.length >= OTHERS_MAX) continue;
    if ([...b.events, ...out].some((event) => isAgain(event, message) || isGarbledCopy(event, message)))
      continue;
    const known = b.classify(message);
    if (known?.trap !== undefined) continue;
    const details: PanicEvent['details'] = {};
    for (const [name, value] of Object.entries(known?.details ?? {})) details[name] = { value, span };
    if (known?.stable !== undefined) details.stable = { value: known.stable, span };
    out.push({
      ...newEvent(known?.kind ?? 'panic', [PANIC_FORM], span),
      message: { value: message, span },
      details,
      cpu: { value: cpu, span },
      ...(process === undefined ? {} : { process }),
    });
  }
  return out;
}

/** `uvm_fault(map, address, 0, access) -> e` under `show panic`, where the console's own line is lost. */
function takeAddress(b: Builder, event: PanicEvent, message: string, i: number): void {
  const m = /^uvm_fault\(0x[0-9a-f]+, (0x[0-9a-f]+), (?:\d+, )?(\d)\) -> /.exec(message);
  const { trap } = event;
  if (
    m === null ||
    trap === undefined ||
    trap.faultAddress !== undefined ||
    trap.number?.value !== PAGE_FAULT
  )
    return;
  const address = canonHex(m[1]!);
  trap.faultAddress = b.fact(address, i, i + message.length);
  if (hexNumber(address) % 0x1000 === 0) trap.pageOnly = { value: true, span: trap.faultAddress.span };
  const access = m[2] === '2' ? 'write' : m[2] === '4' ? 'execute' : m[2] === '1' ? 'read' : undefined;
  if (access !== undefined) trap.faultCode ??= b.fact({ by: 'supervisor', access, why: 'unknown' }, i);
}

const PAGE_FAULT = 12;

/** Whether the console's line is this message with other letters in it: two CPUs printed at once. */
function isGarbledCopy(event: PanicEvent, message: string): boolean {
  const printed = event.message?.value;
  if (printed === undefined || event.trap !== undefined || isAgain(event, message) || message.length < 8)
    return false;
  let at = 0;
  for (let k = 0; k < printed.length && at < message.length; k++) if (printed[k] === message[at]) at++;
  // All of it in order, or all but the end, which the next line has. So many letters of a long message do not
  // stand in another one by chance.
  if (message.length >= LONG_MIN && at >= message.length * LONG_PART) return true;
  return at >= Math.min(message.length, printed.length) * 0.6 && printed.slice(0, 4) === message.slice(0, 4);
}

/** A message this long is known by most of its letters, whatever the other CPU printed before its first. */
const LONG_MIN = 24;
const LONG_PART = 0.85;

function cleanCopy(b: Builder, event: PanicEvent, message: string, i: number): void {
  const span = event.message!.span;
  event.details = {};
  nameEvent(b, event, message, i, i + message.length);
  b.damage.push({
    kind: 'garbled',
    what: 'panic message',
    reason: 'the console mixed it with other letters; the clean copy that the debugger shows is used',
    span,
  });
}

/** Lines that older systems print under the message: the fault, a frame, the end of the trace. */
function isSecondLine(message: string): boolean {
  return /^(?:uvm_fault\(|-{3} |end trace frame|end of kernel|\w[\w.]*\([^)]*\) at |#\d)/.test(message);
}

/** What says that a trap was the panic, and which one it was, the trap's own lines have told. */
function isTold(message: string): boolean {
  return (
    isSecondLine(message) || isTrapName(message) || /^kernel (?:page|protection|\w+) fault/i.test(message)
  );
}
