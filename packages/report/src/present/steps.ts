import { FORMS } from '../forms/index.js';
import { parameter } from '../derive/prototypes.js';
import { isFaultHandler, isHelper, isPanicHelper, isTrapHelper } from '../functions/index.js';
import type { Boundary, Frame, PanicEvent, Trap } from '../types.js';
import { type Item, item } from './item.js';
import { frameText, offsetText, processText } from './words.js';

/** What happened, in the order in which it happened. */
export function steps(event: PanicEvent): Item[] {
  const out: Item[] = [];
  const who = processText(event.process?.value);
  if (who !== '') out.push(item(`${who} was running`, event.process?.span));
  out.push(...pathSteps(event));
  for (const form of FORMS) {
    if (!event.forms.includes(form.id) || form.explain === undefined) continue;
    for (const step of form.explain(event)) out.push(item(step.text, step.evidence?.span));
  }
  const { trap, message, stoppedAt, kind } = event;
  if (trap !== undefined && kind === 'trap')
    out.push(item(trapSentence(event, trap), trap.name?.span ?? trap.ip?.span ?? event.span));
  if (kind === 'double-fault')
    out.push(item('double fault: the processor could not even enter the handler of the first', event.span));
  if (message !== undefined) out.push(item(`the kernel said "${message.value}"`, message.span));
  if (stoppedAt !== undefined && kind !== 'trap')
    out.push(
      item(`the debugger stopped at ${stoppedAt.function}${offsetText(stoppedAt.offset)}`, stoppedAt.span),
    );
  return out;
}

/** The call path in the order of time: outermost first, a run of helpers to a line. */
function pathSteps(event: PanicEvent): Item[] {
  const out: Item[] = [];
  const { frames, boundaries } = event;
  const before = (i: number): Boundary | undefined => boundaries.find((each) => each.after === i);
  const inRun = (i: number): boolean =>
    i >= 0 && isOnTheWay(frames[i]!) && !(i > 0 && before(i - 1) !== undefined);
  const outer = before(frames.length - 1);
  // A new thread's stack ends in a trap frame of zeros: nothing came in.
  if (outer !== undefined && outer.ip !== '0x0') out.push(item(originText(outer), outer.span));
  for (let i = frames.length - 1; i >= 0; i--) {
    const frame = frames[i]!;
    const boundary = i > 0 ? before(i - 1) : undefined;
    if (boundary?.what === 'syscall') out.push(item(originText(boundary), boundary.span));
    else if (boundary !== undefined)
      out.push(
        item(`${frameText(frame)} ${stopText(boundary)}${faultAddress(event, boundary)}`, boundary.span, frame.span),
      );
    else if (inRun(i)) {
      const run = [frame];
      while (inRun(i - 1)) run.push(frames[--i]!);
      const names = run.map((each) => each.function);
      out.push(item(`${runVerb(names)} ${names.join(' > ')}`, ...run.map((each) => each.span)));
    } else out.push(item(`${out.length === 0 ? 'in' : 'called'} ${frameText(frame)}`, frame.span));
  }
  return out;
}

/** Whether a frame is on the way of every panic and says nothing of its own. */
function isOnTheWay(frame: Frame): boolean {
  return isHelper(frame.function) || isFaultHandler(frame.function);
}

function stopText({ what, trap }: Boundary): string {
  if (what === 'trap') return `was stopped by ${trap === undefined ? 'a trap' : `trap ${trap}`}`;
  return what === 'interrupt' ? 'was interrupted' : 'entered the kernel';
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
  const at = event.stoppedAt;
  const where =
    at === undefined
      ? trap.ip === undefined
        ? ''
        : ` at ${trap.ip.value.address}`
      : ` at ${at.function}${offsetText(at.offset)}`;
  const code = trap.faultCode?.value;
  const what =
    code === undefined ? '' : `: ${code.by} ${code.access}${code.why === 'unknown' ? '' : `, ${code.why}`}`;
  const address = trap.faultAddress === undefined ? '' : `, address ${trap.faultAddress.value}`;
  const instruction = at?.instruction === undefined ? '' : `, in "${at.instruction}"`;
  return `${trap.name?.value ?? `trap ${trap.number?.value ?? '?'}`} in ${trap.mode?.value ?? 'kernel'} mode${where}${instruction}${what}${address}`;
}
